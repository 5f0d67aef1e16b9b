"""What a server that was killed left behind: process groups and folders of its environments.

Each environment's folder holds a file that names its process and when that process was started, so that a number
that the kernel has given to another process since is never taken for ours. Costs one directory listing at start.
"""

import os
import signal
import subprocess
from pathlib import Path

from stratolite.engine.sandbox import remove

PROCESS_FILE = "process"
PS_S_MAX = 5
STARTED_FIELD = 19
"""Of ``/proc/<pid>/stat``, counted after the program's name: when the process was started, in clock ticks."""


def started(pid: int) -> str:
    """When a process was started, in words of the system's; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self").exists() else _started_by_ps(pid)
    return stat.rpartition(")")[2].split()[STARTED_FIELD]


def _started_by_ps(pid: int) -> str:
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PS_S_MAX, check=False)
    return done.stdout.strip()


def record(folder: Path, pid: int) -> None:
    """Note that the environment in ``folder`` runs as ``pid``."""
    (folder / PROCESS_FILE).write_text(f"{pid} {started(pid)}")


def clean(environments: Path) -> int:
    """Kill what still runs of recorded environments and remove their folders; how many there were."""
    if not environments.is_dir():
        return 0
    count = 0
    for folder in environments.iterdir():
        count += 1
        try:
            pid, _, when = (folder / PROCESS_FILE).read_text().partition(" ")
        except FileNotFoundError:
            pid, when = "", ""
        if pid and when and started(int(pid)) == when:
            try:
                os.killpg(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass  # It ended by itself in this instant.
        remove(folder)
    return count
