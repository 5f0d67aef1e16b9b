"""The processes that serve caches: started, heard, ended. ``servers.py`` decides which."""

import asyncio
import json
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stratolite.core.tasks import Supervisor
from stratolite.services.elasticache.configuration import Configuration, redis_conf
from stratolite.services.elasticache.domain import PREFERRED
from stratolite.services.elasticache.programs import Program

READY_S_MAX = 60
"""How long a server may take to read its data."""
STOP_S_MAX = 10
SOCKET, CONF = "redis.sock", "redis.conf"


class StartFailed(Exception):
    """A server could not be started, for this reason."""


@dataclass(slots=True)
class Process:
    """A program that serves, and what it was told."""

    popen: asyncio.subprocess.Process
    program: Program
    wanted: Configuration
    ended: "asyncio.Future[str]"
    """Why it ended."""


async def launch(folder: Path, program: Program, wanted: Configuration, tasks: Supervisor) -> Process:
    """Start a program in the folder of its data, and wait until it serves. Raises StartFailed, OSError."""
    module, told = _orders(program, wanted, folder)
    popen = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", f"stratolite.services.elasticache.{module}"),
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # A Ctrl-C goes to the whole foreground group; the cloud decides about the end, not the terminal.
        start_new_session=True,
    )
    assert popen.stdin is not None
    process = Process(popen, program, wanted, asyncio.get_running_loop().create_future())
    try:
        popen.stdin.write(json.dumps(told).encode() + b"\n")
        said = await asyncio.wait_for(_line(popen), READY_S_MAX)
    except TimeoutError:
        await end(popen)
        raise StartFailed(f"{program.name} was not ready within {READY_S_MAX} s") from None
    except BaseException:
        await end(popen)
        raise
    if "ready" not in said:
        await end(popen)
        raise StartFailed(_why(said))
    tasks.start(f"hear {folder.name}", _hear(process))
    return process


def _orders(program: Program, wanted: Configuration, folder: Path) -> tuple[str, dict[str, Any]]:
    """Which of our programs serves, and what it is told. Makes the folder ready for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SOCKET).unlink(missing_ok=True)
    if program.is_fallback:
        return "fallback", asdict(wanted)
    conf = folder / CONF
    conf.touch(mode=0o600)
    conf.write_text(redis_conf(wanted, SOCKET))
    told: dict[str, Any] = {
        "argv": [program.path, CONF],
        "password": wanted.passwords[0] if wanted.passwords else "",
        "is_clustered": wanted.is_clustered,
    }
    if wanted.tls == PREFERRED:
        told["front"] = {"port": wanted.port, "certificate": wanted.certificate, "key": wanted.key}
    return "keeper", told


async def _line(popen: asyncio.subprocess.Process) -> dict[str, Any]:
    assert popen.stdout is not None
    line = await popen.stdout.readline()
    said: dict[str, Any] = json.loads(line) if line else {}
    return said


async def _hear(process: Process) -> None:
    """Wait until a program ends, and keep what it says of that."""
    why = "killed"
    while said := await _line(process.popen):
        why = _why(said)
    if not process.ended.done():
        process.ended.set_result(why)
    await process.popen.wait()


def _why(said: dict[str, Any]) -> str:
    if "failed" in said:
        return str(said["failed"])
    if said.get("log"):
        return str(said["log"])
    return f"exit status {said['ended']}" if "ended" in said else "it ended without a word"


async def end(popen: asyncio.subprocess.Process) -> None:
    """Let a program know that it is not needed any more, and wait; kill one that does not listen."""
    if popen.stdin is not None:
        popen.stdin.close()
    try:
        await asyncio.wait_for(popen.wait(), STOP_S_MAX)
    except TimeoutError:
        popen.kill()
        await popen.wait()


def is_free(port: int) -> bool:
    """Whether nobody has a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Redis does: connections that were closed lately are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
