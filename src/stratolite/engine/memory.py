"""How much memory a sandbox uses: what its first process holds that no file backs.

RLIMIT_AS and RLIMIT_DATA count address space, of which Node reserves gigabytes that it never touches, so memory is
measured instead: resident minus file-backed pages (the report shows all that is resident), read from
``/proc/<pid>/statm`` (some 10 µs), every 20 ms while the environment works. A sandbox over its limit is killed, as
AWS's is; one that goes over it and back between two looks is not noticed. The memory of further processes that a
function starts is not counted. Where there is no /proc (macOS) nothing is measured and no limit is held.
"""

import os

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryMeter:
    """Reads the memory of one process, and remembers the most that it has seen."""

    def __init__(self, pid: int, poll_s: float) -> None:
        self._poll_s = poll_s
        self._looked_s = 0.0
        self._resident_bytes_most = 0
        self._fd: int | None = None
        try:
            self._fd = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return  # No /proc, or the process is dead already.

    def look(self, now_s: float) -> int:
        """Bytes in use now that count against the limit; 0 when that cannot be known."""
        if self._fd is None:
            return 0
        self._looked_s = now_s
        try:
            fields = os.pread(self._fd, 128, 0).split()
        except ProcessLookupError:
            return 0
        if len(fields) < 3:
            return 0
        resident_bytes, shared_bytes = int(fields[1]) * PAGE_BYTES, int(fields[2]) * PAGE_BYTES
        self._resident_bytes_most = max(self._resident_bytes_most, resident_bytes)
        return resident_bytes - shared_bytes

    def used_mb(self, now_s: float) -> int:
        """The most that has been resident, file-backed pages included, in whole megabytes; looks when it is time."""
        if now_s - self._looked_s >= self._poll_s:
            self.look(now_s)
        return -(-self._resident_bytes_most // (1024 * 1024))

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
