"""Log lines of an application's functions, shown as they come: ``up`` runs the cloud in its own process.

Following them by public operations (``tail.py``) would read each line several times; under load that costs more than
the functions themselves.
"""

import asyncio
from collections.abc import Callable, Sequence
from operator import itemgetter

from stratolite.core.call import Call

SHOWN_AFTER_S = 0.1
"""How long lines wait for others, to be shown together."""
LINES_WAITING_MAX = 20_000

TOLD_BY_REPORT = ("START RequestId: ", "END RequestId: ")
"""Lines that say nothing which the REPORT that follows them does not; ``stratolite logs`` shows them as well."""
REPORT, FAILED = "REPORT RequestId: ", "\tStatus: "
REPORTS_SHOWN_MAX = 200
"""Reports that are shown together: nobody reads thousands a second, and a busy function's requests would pay for them.
How many more there were is told; of invocations that were cut short every report is shown, as is all that functions
say themselves."""

Line = tuple[str, int, str]
"""The function's name, milliseconds, the message."""


class Live:
    """``see`` is told of lines; ``function_of`` says whose they are, with nothing for those of nobody here."""

    def __init__(self, function_of: Callable[[Call, str], str], show: Callable[[Sequence[Line]], None]) -> None:
        self._function_of = function_of
        self._show = show
        self._waiting: list[tuple[str, Sequence[tuple[int, str]]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def see(self, call: Call, group: str, events: Sequence[tuple[int, str]]) -> None:
        """Take events of a log group that were written just now."""
        name = self._function_of(call, group)
        if not name:
            return
        self._waiting.append((name, events))
        self._count += len(events)
        if self._count >= LINES_WAITING_MAX:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SHOWN_AFTER_S, self.flush)

    def flush(self) -> None:
        """Show what waits, in order of time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            waiting, self._waiting, self._count = self._waiting, [], 0
            lines = _readable(waiting)
            if lines:
                self._show(sorted(lines, key=itemgetter(1)))


def _readable(waiting: Sequence[tuple[str, Sequence[tuple[int, str]]]]) -> list[Line]:
    """The lines that are to be shown of each function's."""
    lines: list[Line] = []
    unshown: dict[str, tuple[int, int]] = {}
    left = REPORTS_SHOWN_MAX
    for name, events in waiting:
        for timestamp_ms, message in events:
            if message.startswith(TOLD_BY_REPORT):
                continue
            if message.startswith(REPORT) and FAILED not in message:
                left -= 1
                if left < 0:
                    unshown[name] = timestamp_ms, unshown.get(name, (0, 0))[1] + 1
                    continue
            lines.append((name, timestamp_ms, message))
    for name, (last_ms, count) in unshown.items():
        lines.append((name, last_ms, f"... and {count} more invocations, of which stratolite logs {name} tells"))
    return lines
