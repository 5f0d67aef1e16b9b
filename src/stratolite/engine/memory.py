"""How much memory a sandbox uses: what its processes hold that no file backs.

RLIMIT_AS and RLIMIT_DATA count address space, of which Node reserves gigabytes that it never touches, so memory is
measured instead: resident minus file-backed pages, read from ``/proc/<pid>/statm`` of the first process (some 10 µs),
every 20 ms while the environment is busy and once at the end. A sandbox over its limit is killed, as AWS's is; one that
goes over it and back between two looks is not noticed. Memory of further processes that a function starts is not
counted. Where there is no /proc (macOS) nothing is measured and no limit is held.
"""

import os

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryMeter:
    """Reads the memory of one process, and remembers the most that it has seen."""

    def __init__(self, pid: int) -> None:
        self._most_bytes = 0
        self._fd: int | None = None
        try:
            self._fd = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return  # No /proc, or the process is dead already.

    def look(self) -> int:
        """Bytes in use now; 0 when that cannot be known."""
        if self._fd is None:
            return 0
        try:
            fields = os.pread(self._fd, 128, 0).split()
        except ProcessLookupError:
            return 0
        used = (int(fields[1]) - int(fields[2])) * PAGE_BYTES if len(fields) > 2 else 0
        self._most_bytes = max(self._most_bytes, used)
        return used

    def used_mb(self) -> int:
        """The most that has been seen, in whole megabytes, with a look now."""
        self.look()
        return -(-self._most_bytes // (1024 * 1024))

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
