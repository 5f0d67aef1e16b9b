"""What a server that was killed left behind: process groups and folders of its environments.

Each environment's folder holds a file that names its process and when that process was started, so that a number
that the kernel has given to another process since is never taken for ours. Costs one directory listing at start.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from stratolite.engine.sandbox import remove

PROCESS_FILE = "process"
TOKEN_CHARS = 32
"""An environment's folder is named by this many random characters, with which its log stream's name ends."""
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


def strays(tokens: set[str]) -> list[int]:
    """Processes of recorded environments that have left their group: their log stream's name gives them away."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue  # Somebody else's, or gone.
        names = [one for one in variables if one.startswith(b"AWS_LAMBDA_LOG_STREAM_NAME=")]
        if names and names[0].decode(errors="replace")[-TOKEN_CHARS:] in tokens:
            found.append(int(folder.name))
    return found


def clean(environments: Path) -> int:
    """Kill what still runs of recorded environments and remove their folders; how many there were."""
    if not environments.is_dir():
        return 0
    folders = list(environments.iterdir())
    for folder in folders:
        try:
            number, _, when = (folder / PROCESS_FILE).read_text().partition(" ")
        except FileNotFoundError:
            number, when = "", ""
        if number and when and started(int(number)) == when:
            with contextlib.suppress(ProcessLookupError):  # It may end by itself in this instant.
                os.killpg(int(number), signal.SIGKILL)
    for pid in strays({folder.name for folder in folders}) if folders else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in folders:
        remove(folder)
    return len(folders)
