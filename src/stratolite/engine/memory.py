"""How much memory a sandbox uses: what its first process holds that no file backs.

RLIMIT_AS and RLIMIT_DATA count address space, of which Node reserves gigabytes that it never touches, so memory is
measured instead: resident minus file-backed pages (the report shows all that is resident), read from
``/proc/<pid>/statm`` (some 10 µs), every 20 ms while the environment works. A sandbox over its limit is killed, as
AWS's is; one that goes over it and back between two looks is not noticed. Processes that a function starts are looked
at less often: what they hold for themselves (a look costs about 1 ms each) and how many they are. Where there is no
/proc (macOS) nothing is measured and no limit is held.
"""

import os
import re
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


LOOKS_FOR_ALL = 10
"""At every so many looks, the processes that the first one has started are counted, too."""
CHILDREN_BYTES_MAX = 65536
"""Of a thread's list of children no more is read: it names thousands, and a few hundred are too many already."""
_PRIVATE = re.compile(r"^Pss_Anon: +(\d+) kB$", re.MULTILINE)


def descendants(pid: int, count_max: int) -> list[int]:
    """Processes that ``pid`` has started, and they, at most ``count_max``."""
    found = [pid]
    for parent in found:
        tasks = f"/proc/{parent}/task"
        try:
            texts = [_read(f"{tasks}/{task}/children") for task in os.listdir(tasks)]  # noqa: PTH208 - paths cost 0.1 ms
        except OSError:
            continue  # It has ended.
        found += [int(child) for text in texts for child in text.split()]
        if len(found) > count_max:
            break
    return found[1 : count_max + 1]


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, CHILDREN_BYTES_MAX)
    finally:
        os.close(descriptor)


def private_bytes(pid: int) -> int:
    """What a process holds that no file backs, its share of what it has in common with others; 0 when it has ended."""
    try:
        found = _PRIVATE.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


class MemoryMeter:
    """Reads the memory of one process and of those that it starts, and remembers the most that it has seen."""

    def __init__(self, pid: int, poll_s: float, processes_max: int) -> None:
        self._pid = pid
        self._poll_s = poll_s
        self._processes_max = processes_max
        self._looks = 0
        self.process_count = 1
        """Processes at the last look at all of them; counted no further than one too many."""
        self._others_bytes = 0
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
        self._looks += 1
        if self._looks % LOOKS_FOR_ALL == 0:
            self._look_at_others()
        self._resident_bytes_most = max(self._resident_bytes_most, resident_bytes + self._others_bytes)
        return resident_bytes - shared_bytes + self._others_bytes

    def _look_at_others(self) -> None:
        others = descendants(self._pid, self._processes_max)
        self.process_count = 1 + len(others)
        is_bounded = self.process_count <= self._processes_max
        self._others_bytes = sum(map(private_bytes, others)) if is_bounded else 0

    def used_mb(self, now_s: float) -> int:
        """The most that has been resident, file-backed pages included, in whole megabytes; looks when it is time."""
        if now_s - self._looked_s >= self._poll_s:
            self.look(now_s)
        return -(-self._resident_bytes_most // (1024 * 1024))

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
