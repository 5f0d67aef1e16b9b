"""Background tasks: none is lost, none fails in silence, their number is bounded."""

import asyncio
from collections.abc import Awaitable

import pytest

from stratolite.core import tasks
from stratolite.core.tasks import Supervisor, TaskLimitReached, contain, contain_answer


async def test_a_task_that_fails_is_reported_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    done: list[str] = []

    async def fail() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        done.append("done")

    first, second = supervisor.start("failing", fail()), supervisor.start("working", work())
    await asyncio.gather(first, second)
    assert done == ["done"] and len(supervisor) == 0
    assert "the background task failing failed" in caplog.text and "ZeroDivisionError" in caplog.text


async def test_a_fault_of_the_disk_needs_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()

    async def fail() -> None:
        raise OSError(28, "the commit failed: database or disk is full")

    await supervisor.start("failing", fail())
    assert "the background task failing failed: [Errno 28] the commit failed" in caplog.text
    assert "Traceback" not in caplog.text


async def test_close_ends_everything_and_waits_for_it() -> None:
    supervisor = Supervisor()
    ends: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ends.append("ended")

    supervisor.start("one", work())
    supervisor.start("two", work())
    await asyncio.sleep(0)
    await supervisor.close()
    assert ends == ["ended", "ended"] and len(supervisor) == 0


async def test_tasks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TASKS_MAX", 2)
    supervisor = Supervisor()

    async def work() -> None:
        await asyncio.Event().wait()

    supervisor.start("one", work())
    supervisor.start("two", work())
    with pytest.raises(TaskLimitReached):
        supervisor.start("three", work())
    await supervisor.close()


async def test_contain_gives_the_result_or_the_exception(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async def work() -> int:
        return 1

    assert await contain("working", work()) == 1
    assert isinstance(await contain("failing", fail()), ZeroDivisionError)
    assert "failing failed" in caplog.text


async def test_a_handler_may_fail_before_there_is_anything_to_wait_for(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(question: int) -> int:
        return question

    def fail(question: int) -> Awaitable[int]:
        raise ZeroDivisionError(question)

    assert await contain_answer("asking", answer, 1) == 1
    assert isinstance(await contain_answer("failing", fail, 1), ZeroDivisionError)
    assert "failing failed" in caplog.text


async def test_contain_lets_a_cancellation_pass() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await contain("cancelled", cancelled())
