"""Functions that do harm: it ends with their own sandbox, nothing of it is left, and the others go on."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import Limits
from stratolite.engine.pool import Engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

BYSTANDER = "import os\ndef handler(event, context):\n    return os.getpid()\n"
DAEMONS = """
import os, signal, subprocess, sys, time
IGNORES = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(60)"
def start(**options):
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", IGNORES], **options).pid

def handler(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    read, write = os.pipe()
    if os.fork() == 0:  # The child of a child, in a session of its own: nobody's any more.
        os.setsid()
        if os.fork() == 0:
            os.write(write, b"%d" % os.getpid())
            time.sleep(60)
        os._exit(0)
    pids = [os.getpid(), int(os.read(read, 20)), start(), start(start_new_session=True)]
    print("pids", *pids)
    if event == "hang":
        time.sleep(60)
    if event == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return pids
"""


def make_read_only(path: Path) -> None:
    path.chmod(0o444)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["namespaces", "none"])
async def harmed(bench: Any, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """The bench with and without namespaces, and few processes."""
    own = bench.engine
    hidden = () if request.param == "namespaces" else None
    limits = Limits(processes_max=30)
    folder = bench.folder / request.param
    bench.engine = Engine(own._clock, SystemEntropy(), folder, bench.lines.append, limits, hidden=hidden)
    yield bench
    await bench.engine.close()
    bench.engine = own


@pytest.mark.parametrize("way", ["stop", "hang", "die"])
async def test_nothing_of_daemons_is_left(harmed: Any, way: str) -> None:
    """Forked, in groups and sessions of their own, deaf to signals: they end with their environment."""
    spec = harmed.function(DAEMONS, timeout_s=3 if way == "hang" else 60)
    if way == "stop":
        pids = await harmed.answer(spec)
        harmed.engine.retire(spec.key)
    else:
        _, outcome = await harmed.failure(spec, way)
        found = re.search(rb"pids ([\d ]+)", outcome.log_tail)
        assert found is not None
        pids = [int(pid) for pid in found[1].split()]
    await harmed.until_dead(*pids)


async def test_leaked_descriptors_are_its_own(harmed: Any) -> None:
    source = """
import os
kept = []
def handler(event, context):
    inherited = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    try:
        while True:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        return [inherited[:4], len(inherited), len(kept), error.strerror]
"""
    bystander = harmed.function(BYSTANDER)
    pid = await harmed.answer(bystander)
    first, count, leaked, text = await harmed.answer(harmed.function(source))
    # Besides: what sys.stdin is, the epoll that an event arrives by, and what reads the folder.
    assert (first, count) == ([0, 1, 2, 3], 7)
    assert (1000 < leaked < 1024, text) == (True, "Too many open files")
    assert await harmed.answer(bystander) == pid


async def test_a_flood_of_output_keeps_nobody_waiting(harmed: Any) -> None:
    flood = harmed.function(
        "import os\ndef handler(e, c):\n    while not os.path.exists('stop'):\n"
        "        print('x' * 1000 * 1000)\n    return 1\n"
    )
    bystander = harmed.function(BYSTANDER)
    await harmed.answer(bystander)
    running = asyncio.ensure_future(harmed.answer(flood))
    await harmed.until(lambda: any(text.startswith("xxx") for text in harmed.messages(flood)), "nothing is written")
    for _ in range(10):
        await harmed.answer(bystander)
    assert not running.done()
    (flood.code.path / "stop").touch()
    assert await running == 1


async def test_memory_of_child_processes_counts(harmed: Any) -> None:
    source = """
import subprocess, sys, time
def handler(event, context):
    grows = "keep = bytearray(300 * 1024 * 1024); import time; time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", grows])
    print("child", child.pid)
    time.sleep(60)
"""
    error, outcome = await harmed.failure(harmed.function(source, memory_mb=128))
    assert error["errorType"] == "Runtime.OutOfMemory"
    found = re.search(rb"child (\d+)", outcome.log_tail)
    assert found is not None
    await harmed.until_dead(int(found[1]))


async def test_the_number_of_processes_is_limited(harmed: Any) -> None:
    source = """
import subprocess, time
def handler(event, context):
    for _ in range(event):
        print("child", subprocess.Popen(["sleep", "60"]).pid)
    time.sleep(0.6 if event == 10 else 60)
    return event
"""
    spec = harmed.function(source)
    assert await harmed.answer(spec, 10) == 10
    _, outcome = await harmed.failure(harmed.function(source), 60)
    assert outcome.error_type == "Runtime.ExitError"
    await harmed.until_dead(*(int(pid) for pid in re.findall(rb"child (\d+)", outcome.log_tail)))


async def test_a_full_tmp_is_its_own(harmed: Any) -> None:
    source = """
import os, tempfile
def handler(event, context):
    folder = tempfile.gettempdir()
    try:
        for number in range(40):
            with open(os.path.join(folder, "big%d" % (number if event == "many" else 0)), "ab") as file:
                file.write(bytes(1024 * 1024))
    except OSError as error:
        return error.strerror
    import time
    time.sleep(60)
    return "written"
"""
    bystander = harmed.function(BYSTANDER)
    await harmed.answer(bystander)
    spec = harmed.function(source, tmp_mb=20)
    expected = "No space left on device" if harmed.is_isolated else "File too large"
    assert await harmed.answer(spec, "one") == expected
    other = harmed.function(source, tmp_mb=20)
    if harmed.is_isolated:
        assert await harmed.answer(other, "many") == expected
    else:
        error, _ = await harmed.failure(other, "many")
        assert error["errorType"] == "Runtime.ExitError"
    assert isinstance(await harmed.answer(bystander), int)


async def test_a_runtime_that_breaks_its_channel(harmed: Any) -> None:
    source = "import os\ndef handler(event, context):\n    os.write(3, b'garbage' * 1000)\n    os.close(3)\n"
    error, _ = await harmed.failure(harmed.function(source, timeout_s=2))
    assert error["errorType"] in ("Runtime.ExitError", "Sandbox.Timedout")
    assert isinstance(await harmed.answer(harmed.function(BYSTANDER)), int)


async def test_code_cannot_be_changed_for_the_next_environment(harmed: Any) -> None:
    """Where there are no namespaces, unpacked files are read-only; that holds off everybody but root."""
    source = "def handler(event, context):\n    try:\n        open(__file__, 'a').write('#')\n"
    source += "    except OSError as error:\n        return error.strerror\n    return 'written'\n"
    spec = harmed.function(source)
    make_read_only(spec.code.path / "app.py")
    answer = await harmed.answer(spec)
    assert answer in ("Read-only file system", "Permission denied") or not harmed.is_isolated


async def test_many_failures_leave_no_environment(harmed: Any) -> None:
    await asyncio.sleep(0)
    spec = harmed.function("import os\ndef handler(event, context):\n    os._exit(event)\n")
    await asyncio.gather(*(harmed.failure(spec, code) for code in range(1, 9)))
    assert not [one for one in harmed.engine._all if one.spec.key == spec.key]
    assert json.loads((await harmed.outcome(harmed.function(BYSTANDER))).payload)
