"""How other services write log lines."""

from collections.abc import Callable, Sequence

from stratolite.core.call import Call
from stratolite.services.logs import Logs

Watcher = Callable[[Call, str, Sequence[tuple[int, str]]], None]


class LogPort:
    """The ``log`` port."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._watchers: list[Watcher] = []

    def watch(self, see: Watcher) -> None:
        """Tell of all events that services write, as they come."""
        self._watchers.append(see)

    def append(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (milliseconds, message) events in the current transaction. Messages over the limit are cut."""
        self._logs.writer.append(call, group, stream, events)
        self._tell(call, group, events)

    def hold(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Take lines that are written with others, soon, and before anyone reads."""
        self._logs.backlog.hold(call, group, stream, events)
        self._tell(call, group, events)

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Ask for the lines that somebody still holds, before anyone reads."""
        self._logs.backlog.sources.append(hand_over)

    async def flush(self) -> None:
        """Write what is held."""
        await self._logs.backlog.flush()

    def _tell(self, call: Call, group: str, events: Sequence[tuple[int, str]]) -> None:
        for see in self._watchers:
            see(call, group, events)


def ports(logs: Logs) -> dict[str, object]:
    """What this service offers to the others."""
    return {"log": LogPort(logs)}
