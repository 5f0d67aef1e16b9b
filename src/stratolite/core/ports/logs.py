"""CloudWatch Logs, as services write to it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from stratolite.core.call import Call


class LogPort(Protocol):
    """CloudWatch Logs, as services write to it."""

    def append(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (milliseconds, message) events in the current transaction; makes group and stream."""

    def hold(self, call: Call, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Take events that need not be durable at once: written with others, soon, and before anyone reads."""

    def collect(self, hand_over: Callable[[], None]) -> None:
        """Before anyone reads, ask for events that somebody still has: they are held then."""

    async def flush(self) -> None:
        """Write what is held."""

    def watch(self, see: Callable[[Call, str, Sequence[tuple[int, str]]], None]) -> None:
        """From now on, tell of the events that services write: the call, the group, the events."""
