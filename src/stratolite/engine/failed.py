"""Environments that a failure ended. The next of the same key takes over the sandbox, with /tmp as it was left."""

from collections import deque
from collections.abc import Iterable

from stratolite.engine.environment import Environment


class Failed:
    """They wait by key, in the order in which they failed."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Environment]] = {}

    def add(self, environment: Environment) -> None:
        """One more."""
        self._queues.setdefault(environment.spec.key, deque()).append(environment)

    async def take(self, key: str) -> Environment | None:
        """The first of a key, ended, now the caller's; None when there is none."""
        queue = self._queues.get(key)
        if not queue:
            return None
        environment = queue.popleft()
        if not queue:
            del self._queues[key]
        await environment.stopped
        return environment

    def drop(self, key: str) -> Iterable[Environment]:
        """All of a key, which nobody takes over any more."""
        return self._queues.pop(key, ())

    def drop_until(self, due_ms: int) -> list[Environment]:
        """All of the keys of which the first has waited since then, or for longer."""
        due = [key for key, queue in self._queues.items() if queue[0].idle_since_ms <= due_ms]
        return [environment for key in due for environment in self._queues.pop(key)]

    def all(self) -> list[Environment]:
        return [environment for queue in self._queues.values() for environment in queue]
