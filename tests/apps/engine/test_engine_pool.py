"""The pool over real processes: reuse, limits at the limit, retirement, reaping, closing, and what a kill leaves."""

import asyncio
import errno
import json
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stratolite.core.clock import MovableClock
from stratolite.core.entropy import SystemEntropy
from stratolite.engine.model import (
    EngineClosed,
    Invocation,
    LaunchFailed,
    Limits,
    TooManyEnvironments,
    UnsupportedRuntime,
)
from stratolite.engine.pool import Engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

GATED = """
import os, time
def handler(event, context):
    print("at", event, flush=True)
    while not os.path.exists(event):
        time.sleep(0.01)
    return os.getpid()
"""
PID = "import os, time\ndef handler(event, context):\n    time.sleep(event or 0)\n    return os.getpid()\n"


@pytest_asyncio.fixture(loop_scope="module")
async def small(bench: Any) -> AsyncIterator[Any]:
    """The bench with an engine of its own: two environments at most, and a clock that stands still."""
    own = bench.engine
    bench.clock = MovableClock()
    bench.engine = Engine(
        bench.clock,
        SystemEntropy(),
        bench.folder / "small",
        bench.lines.append,
        Limits(environments_max=2, idle_s_max=60),
    )
    yield bench
    await bench.engine.close()
    bench.engine = own


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_an_environment_is_reused(bench: Any) -> None:
    spec = bench.function(PID)
    first = await bench.answer(spec)
    assert [await bench.answer(spec) for _ in range(3)] == [first] * 3


async def test_the_lines_of_an_environment_that_is_being_stopped_are_there_at_once(bench: Any) -> None:
    spec = bench.function(PID)
    await bench.answer(spec)
    bench.engine.retire(spec.key)
    assert [line.split(" ")[0] for line in bench.messages(spec)] == ["INIT_START", "START", "END", "REPORT"]


async def test_functions_do_not_share_environments(bench: Any) -> None:
    one, other = bench.function(PID), bench.function(PID)
    assert await bench.answer(one) != await bench.answer(other)


async def test_concurrent_invocations_have_one_each(bench: Any) -> None:
    spec = bench.function(GATED)

    async def four(gate: str) -> set[int]:
        """The processes of four invocations that run at the same time."""
        running = [asyncio.ensure_future(bench.answer(spec, gate)) for _ in range(4)]
        await bench.until(lambda: bench.messages(spec).count(f"at {gate}\n") == 4, "not all of them run")
        (spec.code.path / gate).touch()
        return set(await asyncio.gather(*running))

    pids = await four("one")
    assert len(pids) == 4
    before = bench.engine.environment_count
    assert await four("two") == pids
    assert bench.engine.environment_count == before


async def test_environments_are_kept_ahead(small: Any) -> None:
    """Made before anybody asks, not ended for being idle, and as many as fit: two thirds of all."""
    engine = small.engine
    spec = replace(small.function(PID), is_provisioned=True)
    await engine.keep(spec, 1)
    assert engine.count(spec.key) == engine.environment_count == 1
    pid = await small.answer(spec)
    small.clock.advance(3600)
    assert await small.answer(spec) == pid
    with pytest.raises(TooManyEnvironments, match="1 of 2 environments are provisioned"):
        await engine.keep(spec, 2)
    # The other one is for those who have none; it makes room where the kept one does not.
    assert await small.answer(small.function(PID)) != await small.answer(small.function(PID))
    assert await small.answer(spec) == pid
    await engine.keep(spec, 0)
    assert engine.count(spec.key) == 0


async def test_the_limit(small: Any) -> None:
    spec = small.function(PID)
    running = [asyncio.create_task(small.answer(spec, 0.5)) for _ in range(2)]
    while small.engine.environment_count < 2:
        await asyncio.sleep(0)
    with pytest.raises(TooManyEnvironments, match="all 2 environments are busy"):
        await small.answer(spec)
    pids = await asyncio.gather(*running)
    assert len(set(pids)) == 2
    assert await small.answer(spec) in pids


async def test_at_the_limit_the_longest_idle_makes_room(small: Any) -> None:
    old, young, new = (small.function(PID) for _ in range(3))
    old_pid = await small.answer(old)
    small.clock.advance(1)
    young_pid = await small.answer(young)
    await small.answer(new)
    await small.until_dead(old_pid)
    assert await small.answer(young) == young_pid
    assert small.engine.environment_count == 2


async def test_idle_environments_are_reaped_by_the_clock(small: Any) -> None:
    spec = small.function(PID)
    pid = await small.answer(spec)
    small.clock.advance(59)
    assert await small.answer(spec) == pid
    small.clock.advance(59)
    await asyncio.sleep(0)
    assert small.engine.environment_count == 1
    small.clock.advance(1)
    await small.until_dead(pid)
    assert small.engine.environment_count == 0
    small.clock.advance(600)
    assert await small.answer(spec) != pid


async def test_retired_environments_end_when_they_are_done(bench: Any) -> None:
    spec = bench.function(PID)
    idle, busy = await asyncio.gather(bench.answer(spec, 0.1), bench.answer(spec, 0.1))
    task = asyncio.create_task(bench.answer(spec, 0.2))
    await asyncio.sleep(0)
    bench.engine.retire(spec.key)
    finished = await task
    await bench.until_dead(idle, busy)
    assert finished in (idle, busy)
    assert await bench.answer(replace(spec, key=f"{spec.key}+")) not in (idle, busy)


async def test_warming(bench: Any) -> None:
    spec = bench.function(PID)
    before = bench.engine.environment_count
    await bench.engine.warm(spec, 2)
    await bench.engine.warm(spec, 2)
    assert bench.engine.environment_count == before + 2
    outcome = await bench.outcome(spec)
    assert outcome.init_ms is not None
    await bench.engine.warm(bench.function("import nope"), 1)


async def test_an_invocation_relies_on_warming_and_hears_of_its_failure(bench: Any) -> None:
    source = "import os\ndef handler(e, c):\n    return os.getpid()\n"
    good, bad = bench.function(source), bench.function("import nope")
    before = bench.engine.environment_count
    _, pid = await asyncio.gather(bench.engine.warm(good, 1), bench.answer(good))
    assert isinstance(pid, int)
    assert bench.engine.environment_count == before + 1
    _, (error, _) = await asyncio.gather(bench.engine.warm(bad, 1), bench.failure(bad))
    assert error["errorType"] == "Runtime.ImportModuleError"


async def test_an_idle_environment_that_dies_is_replaced(bench: Any) -> None:
    spec = bench.function(PID)
    pid = await bench.answer(spec)
    os.kill(pid, 9)
    await bench.until_dead(pid)
    # Whether the engine has heard of it yet or not, the next invocation gets an answer or the exit error.
    outcome = await bench.outcome(spec)
    if outcome.error:
        assert json.loads(outcome.payload)["errorType"] == "Runtime.ExitError"
    assert await bench.answer(spec) != pid


async def test_a_launcher_that_dies_is_replaced(small: Any) -> None:
    spec = small.function(PID)
    pid = await small.answer(spec)
    zygote = parent_of(pid)
    running = asyncio.create_task(small.failure(spec, 30))
    await asyncio.sleep(0)
    os.kill(zygote, 9)
    error, _ = await running
    assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
    await small.until_dead(pid, zygote)
    assert await small.answer(spec) != pid


async def test_a_caller_that_goes_away_leaves_the_pool_whole(small: Any) -> None:
    spec = small.function(PID)
    for _ in range(5):
        task = asyncio.create_task(small.answer(spec))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    while True:
        try:
            first = await small.answer(spec)
            break
        except TooManyEnvironments:
            await asyncio.to_thread(os.sched_yield)
    task = asyncio.create_task(small.answer(spec, 0.1))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(first, int)
    assert isinstance(await small.answer(spec), int)
    assert small.engine.environment_count <= 2


async def test_an_init_phase_over_its_limit_is_done_again(bench: Any, tmp_path: Path) -> None:
    """As AWS does: the second try counts against the function's own time-out."""
    source = """
import os, tempfile, time
mark = os.path.join(tempfile.gettempdir(), "mark")
if not os.path.exists(mark):
    open(mark, "w").close()
    time.sleep(60)
def handler(event, context):
    return "ready"
"""
    engine = Engine(bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append, Limits(init_s_max=2))
    try:
        spec = bench.function(source)
        outcome = await engine.invoke(spec, Invocation("i", b"{}"))
        assert outcome.payload == b'"ready"'
        assert any("Phase: init\tStatus: timeout" in text for text in bench.messages(spec))
        engine.limits = Limits(init_s_max=0.3)
        slow = bench.function("import time\ntime.sleep(60)\n", timeout_s=0.3)
        outcome = await engine.invoke(slow, Invocation("i", b"{}"))
        assert json.loads(outcome.payload) == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: i Error: Task timed out after 0.30 seconds",
        }
    finally:
        await engine.close()


async def test_a_caller_waits_no_longer_than_it_may_and_the_function_works_on(bench: Any) -> None:
    spec = bench.function(GATED, files={"start": ""})
    pid = await bench.answer(spec, "start")
    left = asyncio.Event()
    impatient = Invocation("i", b'"end"', patience_s=0.05, on_left=left.set)
    with pytest.raises(TimeoutError):
        await bench.engine.invoke(spec, impatient)
    assert impatient.is_running
    (spec.code.path / "end").touch()
    await asyncio.wait_for(left.wait(), 60)
    assert await bench.answer(spec, "end") == pid
    assert sum(text.startswith("END RequestId: i\n") for text in bench.messages(spec)) == 1


async def test_a_function_that_is_late_is_so_after_the_caller_has_left(bench: Any) -> None:
    spec = bench.function("import time\ndef handler(event, context):\n    time.sleep(event)\n", timeout_s=1.5)
    await bench.answer(spec, 0)
    left = asyncio.Event()
    with pytest.raises(TimeoutError):
        await bench.engine.invoke(spec, Invocation("i", b"60", patience_s=0.05, on_left=left.set))
    await asyncio.wait_for(left.wait(), 60)
    assert any("i Task timed out after 1.50 seconds" in text for text in bench.messages(spec))


async def test_a_cold_start_counts_for_the_one_who_waits(bench: Any) -> None:
    source = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\n"
    spec = bench.function(f"{source}def handler(event, context):\n    return event\n")
    with pytest.raises(TimeoutError):
        await bench.engine.invoke(spec, Invocation("i", b"0", patience_s=0.05))
    (spec.code.path / "go").touch()
    # What was being started for the one who left is the next one's.
    count = bench.engine.environment_count
    assert await bench.answer(spec, 1) == 1
    assert bench.engine.environment_count == count


async def test_without_descriptors_there_is_no_environment_and_nothing_of_it(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    engine = Engine(bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append)
    spec = bench.function("def handler(event, context):\n    return event\n")
    try:
        await engine.prepare(spec.runtime)
        with monkeypatch.context() as patch:
            patch.setattr(socket, "create_server", full)
            with pytest.raises(LaunchFailed, match=r"could not be made: .*Too many open files"):
                await engine.invoke(spec, Invocation("i", b"0"))
        assert engine.environment_count == 0
        assert not [*(tmp_path / "work" / "environments").iterdir()]
        assert (await engine.invoke(spec, Invocation("j", b"1"))).payload == b"1"
    finally:
        await engine.close()


async def test_closing_leaves_nothing_running(bench: Any, tmp_path: Path) -> None:
    engine = Engine(bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append)
    source = "import os, subprocess, time\ndef handler(e, c):\n    child = subprocess.Popen(['sleep', '60'])\n"
    idle = bench.function(f"{source}    return [os.getpid(), os.getppid(), child.pid]\n")
    pids = json.loads((await engine.invoke(idle, Invocation("i", b"0"))).payload)
    busy = asyncio.ensure_future(engine.invoke(bench.function(f"{source}    time.sleep(60)\n"), Invocation("j", b"0")))
    starting = asyncio.ensure_future(
        engine.invoke(bench.function("import time\ntime.sleep(60)\n"), Invocation("k", b"0"))
    )
    while engine.environment_count < 3:
        await asyncio.sleep(0)
    await engine.close()
    for task in (busy, starting):
        with pytest.raises((EngineClosed, LaunchFailed)):
            await task
    await bench.until_dead(*pids)
    assert not (tmp_path / "work" / "environments").exists()
    with pytest.raises(EngineClosed):
        await engine.invoke(idle, Invocation("i", b"0"))


async def test_unknown_runtimes_are_refused_by_name(bench: Any) -> None:
    for runtime in ("java21", "ruby3.3", "dotnet8", "go1.x", "nonsense"):
        with pytest.raises(UnsupportedRuntime, match=f"The runtime {runtime} is not run here"):
            await bench.engine.invoke(bench.function("", runtime=runtime), Invocation("i", b"0"))


async def test_runtimes_that_are_quicker_than_their_launcher(bench: Any) -> None:
    """A fork may ask for work before the launcher's report of it is read: bursts of starts meet that often."""
    for _ in range(8):
        spec = bench.function("import time\ndef handler(event, context):\n    time.sleep(0.01)\n    return event\n")
        assert await asyncio.gather(*(bench.answer(spec, n) for n in range(8))) == list(range(8))
        bench.engine.retire(spec.key)


async def test_many_at_once(bench: Any) -> None:
    """A burst of invocations of one function all get their own answer."""
    spec = bench.function("def handler(event, context):\n    return event\n")
    assert await asyncio.gather(*(bench.answer(spec, n) for n in range(40))) == list(range(40))
    assert await asyncio.gather(*(bench.answer(spec, n) for n in range(40))) == list(range(40))


async def test_cold_starts_can_take_as_long_as_on_aws(bench: Any, tmp_path: Path) -> None:
    engine = Engine(bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append, is_delayed=True)
    try:
        spec = bench.function(PID)
        first = await engine.invoke(spec, Invocation("i", b"0"))
        assert first.init_ms is not None
        assert 90 <= first.init_ms < 30_000
        again = await engine.invoke(spec, Invocation("j", b"0"))
        assert (again.init_ms, again.payload) == (None, first.payload)
    finally:
        await engine.close()
