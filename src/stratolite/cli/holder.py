"""Who listens on a port of this machine: what people need to know when it is taken."""

import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stratolite.core.errors import UserError

LISTENING = "0A"
LSOF_S_MAX = 2
COMMAND_LENGTH_MAX = 80
NEXT_MAX = 50


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that listens. ``command`` is empty where this machine does not tell it."""

    pid: int = 0
    command: str = ""

    def __str__(self) -> str:
        return f"'{self.command}' (pid {self.pid})" if self.command else "another process"


def holder_of(port: int) -> Holder:
    """Who listens on a port; nobody in particular where that is not told."""
    return _by_proc(port) if Path("/proc/net/tcp").exists() else _by_lsof(port)


def is_free(host: str, port: int) -> bool:
    """Whether a port can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


def next_free(host: str, port: int) -> int:
    """The next port that is free; 0, which means any, where none is near."""
    return next((one for one in range(port + 1, min(port + NEXT_MAX, 65536)) if is_free(host, one)), 0)


def taken(host: str, port: int, wanted: Mapping[str, int]) -> UserError:
    """What to tell of a port that somebody else has. ``wanted``: all ports, by the options that choose them."""
    others = [
        f"{option} {next_free(host, each)}" for option, each in wanted.items() if each and not is_free(host, each)
    ]
    return UserError(
        f"port {port} is in use by {holder_of(port)}",
        where=f"{host}:{port}",
        todo=f"Stop it, or choose another port: {' '.join(others)}",
    )


def _by_proc(port: int) -> Holder:
    """As Linux tells it: the socket's inode, then whose it is. Processes of other users do not tell."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _text(Path(table)).splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if inodes else ():
        try:
            if str(descriptor.readlink()) in inodes:
                process = descriptor.parent.parent
                return Holder(int(process.name), _shown(_text(process / "cmdline").split("\0")))
        except OSError:
            continue
    return Holder()


def _by_lsof(port: int) -> Holder:
    program = shutil.which("lsof")
    if program is None:
        return Holder()
    words = [program, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=LSOF_S_MAX, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return Holder()
    fields = {line[0]: line[1:] for line in said.splitlines() if line}
    return Holder(int(fields["p"]), fields.get("c", "")) if fields.get("p", "").isdigit() else Holder()


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _shown(words: list[str]) -> str:
    """A command line, the interpreter and the folders of programs left out."""
    words = [word for word in words if word]
    if len(words) > 1 and Path(words[0]).name.startswith(("python", "node")) and not words[1].startswith("-"):
        words = [Path(words[1]).name, *words[2:]]
    elif len(words) > 2 and words[1] == "-m":
        words = words[2:]
    elif words:
        words = [Path(words[0]).name, *words[1:]]
    text = " ".join(words)
    return text if len(text) <= COMMAND_LENGTH_MAX else f"{text[:COMMAND_LENGTH_MAX]}..."
