"""After kill -9 of the server: its sandboxes notice, and the next server removes what is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.processes import is_alive

from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine import leftovers
from stratolite.engine.pool import Engine

ROOT = Path(__file__).parent.parent.parent
DEAD_S_MAX = 60

SERVER = """
import asyncio, json, sys
from pathlib import Path
from stratolite.core.clock import RealClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import CodeRef, FunctionSpec, Invocation
from stratolite.engine.pool import Engine

async def main():
    folder = Path(sys.argv[1])
    code = folder / "code"
    code.mkdir()
    (code / "app.py").write_text('''
import os, subprocess, time
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    daemon = subprocess.Popen(["sleep", "60"], start_new_session=True)
    if event:
        time.sleep(60)
    return [os.getpid(), os.getppid(), child.pid, daemon.pid]
''')
    engine = Engine(RealClock(), SystemEntropy(), folder / "work", lambda lines: None)
    spec = FunctionSpec("k", "f", "$LATEST", "arn", "python3.11", "app.handler", CodeRef("", code), timeout_s=60)
    outcome = await engine.invoke(spec, Invocation("i", b"0"))
    print(outcome.payload.decode(), flush=True)
    await engine.invoke(spec, Invocation("j", b"1"))

asyncio.run(main())
"""


def until_dead(*pids: int) -> None:
    until_s = time.monotonic() + DEAD_S_MAX
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < until_s, "still running"
        subprocess.run(["true"], check=True)


def serve(folder: Path) -> tuple["subprocess.Popen[str]", list[int]]:
    """A server with an environment that is busy: its runtime, zygote, a child, and a daemon that has left its group."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert server.stdout is not None
    return server, [int(pid) for pid in server.stdout.readline().strip(" []\n").split(",")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_server_for_long(tmp_path: Path, number: int) -> None:
    """Whatever ends the server, its launcher notices: with the environments go the daemons that they started."""
    server, pids = serve(tmp_path)
    with server:
        server.send_signal(number)
    until_dead(*pids)
    assert len(list((tmp_path / "work" / "environments").iterdir())) >= 1
    Engine(RealClock(), SystemEntropy(), tmp_path / "work", lambda lines: None)
    assert list((tmp_path / "work" / "environments").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")
def test_what_outlives_its_launcher_too_ends_at_the_next_start(tmp_path: Path) -> None:
    """What has left its process group and session is found by its environment variables."""
    server, (runtime, zygote, child, daemon) = serve(tmp_path)
    with server:
        server.send_signal(signal.SIGSTOP)  # So that it cannot help.
        os.kill(zygote, signal.SIGKILL)
        until_dead(zygote, runtime)
        server.send_signal(signal.SIGKILL)
    assert is_alive(daemon)
    Engine(RealClock(), SystemEntropy(), tmp_path / "work", lambda lines: None)
    until_dead(child, daemon)


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path: Path) -> None:
    """The kernel reuses numbers: the time of the start has to be the recorded one."""
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        folder = tmp_path / "environments" / ("0" * 32)
        folder.mkdir(parents=True)
        (folder / leftovers.PROCESS_FILE).write_text(f"{stranger.pid} 1")
        assert leftovers.clean(tmp_path / "environments") == 1
        assert stranger.poll() is None
        ours = tmp_path / "environments" / ("1" * 32)
        ours.mkdir()
        leftovers.record(ours, stranger.pid)
        assert leftovers.clean(tmp_path / "environments") == 1
        assert stranger.wait() == -signal.SIGKILL
    finally:
        stranger.kill()
        stranger.wait()


def test_nothing_to_clean(tmp_path: Path) -> None:
    assert leftovers.clean(tmp_path / "absent") == 0
