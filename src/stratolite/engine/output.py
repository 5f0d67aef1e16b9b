"""What a sandbox writes: its log pipe, cut into lines, kept in order with the platform's own lines.

The pipe is read by at most 64 KB a loop turn, so a function that floods it waits for us and not the server for it.
Everything that a function wrote before it answered is in the pipe when the answer arrives; ``drain`` takes it out.
"""

import array
import asyncio
import fcntl
import os
import termios
from collections.abc import Callable, Sequence

from stratolite.core.clock import Clock
from stratolite.engine.model import LOG_TAIL_BYTES_MAX

READ_BYTES = 65536
_WAITING = array.array("i", [0])
"""Where the kernel says how much a pipe holds."""
JOIN = "\x1d"
"""Joins the lines of one message on their way (a group separator); what a function prints itself, CR too, stays."""
FLUSH_AFTER_S = 0.1
"""How long lines may wait for more before the log sink gets them: handing each invocation's over cost it 10 µs."""
PENDING_EVENTS_MAX = 1000


class Output:
    """The log of one environment. ``emit`` receives lists of (wall time in milliseconds, message)."""

    def __init__(self, clock: Clock, line_bytes_max: int, emit: Callable[[list[tuple[int, str]]], None]) -> None:
        self._clock = clock
        self._line_bytes_max = line_bytes_max
        self._emit = emit
        self._pending: list[tuple[int, str]] = []
        self._partial = bytearray()
        self._tail: list[str] | None = None
        self._tail_length = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._read_fd, write_fd = os.pipe()
        self.write_fd: int | None = write_fd
        os.set_blocking(self._read_fd, False)
        self._is_open = True
        self._loop.add_reader(self._read_fd, self._readable)

    def hand_over(self) -> None:
        """The sandbox has its end of the pipe: close ours."""
        if self.write_fd is not None:
            os.close(self.write_fd)
            self.write_fd = None

    def begin(self, *, keeps_tail: bool = True) -> None:
        """Another piece of work begins; a line that was left unfinished has ended. ``keeps_tail``: from here on, lines
        also count for the tail that the invoker may see.

        What was written meanwhile, the loop has read.
        """
        if self._partial:
            self._end_line()
        self._tail = [] if keeps_tail else None
        self._tail_length = 0

    def take_tail(self) -> bytes:
        """The last 4 KB since ``begin``."""
        tail, self._tail = self._tail or [], None
        return "".join(tail).encode()[-LOG_TAIL_BYTES_MAX:]

    def platform(self, lines: Sequence[str]) -> int:
        """Lines of the platform's own: START, END, REPORT ...; when they were written (ms)."""
        now_ms = self._clock.now_ms()
        self._add(now_ms, lines)
        return now_ms

    def drain(self) -> None:
        """Take in everything that has been written up to now, the last line complete or not."""
        if self._is_open:
            fcntl.ioctl(self._read_fd, termios.FIONREAD, _WAITING)
            left = _WAITING[0]
            while left > 0 and self._is_open and (read := self._read(min(left, READ_BYTES))):
                left -= read
        if self._partial:
            self._end_line()

    def _end_line(self) -> None:
        self._line(bytes(self._partial))
        self._partial = bytearray()

    def flush(self) -> None:
        """Give the log sink what there is."""
        if self._pending:
            pending, self._pending = self._pending, []
            self._emit(pending)

    def close(self) -> None:
        """Take in the rest and close the pipe."""
        self.drain()
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        self.hand_over()
        self._close_read()

    def _close_read(self) -> None:
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._read_fd)
            os.close(self._read_fd)

    def _readable(self) -> None:
        self._read(READ_BYTES)

    def _read(self, size: int) -> int:
        try:
            data = os.read(self._read_fd, size)
        except BlockingIOError:
            return 0
        if not data:
            self._close_read()
            return 0
        *lines, partial = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._partial + lines[0])
            self._partial = bytearray(partial)
            for line in lines:
                self._line(line + b"\n")
        else:
            self._partial += partial
        while len(self._partial) >= self._line_bytes_max:
            self._line(bytes(self._partial[: self._line_bytes_max]))
            del self._partial[: self._line_bytes_max]
        return len(data)

    def _line(self, line: bytes) -> None:
        now_ms = self._clock.now_ms()
        for start in range(0, len(line), self._line_bytes_max):
            # The built-in runtimes join the lines of one message; in the log it has its line ends again.
            text = line[start : start + self._line_bytes_max].decode("utf-8", "replace")
            self._add(now_ms, [text.replace(JOIN, "\n")])

    def _add(self, now_ms: int, texts: Sequence[str]) -> None:
        for text in texts:
            self._pending.append((now_ms, text))
        if self._tail is not None:
            self._tail += texts
            self._tail_length += sum(map(len, texts))
            if self._tail_length > 4 * LOG_TAIL_BYTES_MAX:
                self._tail = ["".join(self._tail)[-LOG_TAIL_BYTES_MAX:]]
                self._tail_length = LOG_TAIL_BYTES_MAX
        if len(self._pending) >= PENDING_EVENTS_MAX:
            self.flush()
        elif self._timer is None:
            # It stays set when the lines go earlier: one for each invocation would cost 1 µs.
            self._timer = self._loop.call_later(FLUSH_AFTER_S, self._flush_late)

    def _flush_late(self) -> None:
        self._timer = None
        self.flush()
