"""Who waits for an environment: the first who still does gets it, a failure has one victim, and nobody is kept."""

import asyncio
from typing import Any

import pytest

from stratolite.engine.environment import Environment
from stratolite.engine.model import LaunchFailed
from stratolite.engine.waiters import Waiters

KEY = "f"


@pytest.fixture
def environment() -> Environment:
    return Environment.__new__(Environment)


async def test_an_environment_goes_to_the_first_who_still_waits(environment: Environment) -> None:
    waiters = Waiters()
    left, first, second = (waiters.join(KEY) for _ in range(3))
    left.cancel()
    assert waiters.give(KEY, environment)
    assert (first.done(), second.done()) == (True, False)
    assert waiters.give(KEY, environment)
    assert second.result() is environment
    assert not waiters.give(KEY, environment)
    assert not waiters.give("another", environment)


async def test_whoever_leaves_is_not_kept() -> None:
    waiters = Waiters()
    for _ in range(1000):
        waiter = waiters.join(KEY)
        waiters.will_start(KEY)
        waiters.has_started(KEY)
        waiters.fail(KEY, waiter, LaunchFailed("no"))
        with pytest.raises(LaunchFailed):
            await waiter
        waiters.leave(KEY, waiter)
    assert waiters.waiting == {}
    assert waiters.starting(KEY) == 0


async def test_a_start_whose_caller_has_gone_serves_the_next() -> None:
    waiters = Waiters()
    assert waiters.is_start_needed(KEY)
    gone = waiters.join(KEY)
    waiters.will_start(KEY)
    assert waiters.is_start_needed(KEY)
    gone.cancel()
    assert not waiters.is_start_needed(KEY)
    heir: asyncio.Future[Any] = waiters.join(KEY)
    waiters.has_started(KEY)
    waiters.fail(KEY, gone, LaunchFailed("no"))
    assert isinstance(heir.exception(), LaunchFailed)


async def test_a_failure_spares_those_for_whom_others_are_being_started(environment: Environment) -> None:
    waiters = Waiters()
    one = waiters.join(KEY)
    for _ in range(2):
        waiters.will_start(KEY)
    waiters.has_started(KEY)
    waiters.fail(KEY, None, LaunchFailed("no"))
    assert not one.done()
    waiters.fail_all(LaunchFailed("the end"))
    assert isinstance(one.exception(), LaunchFailed)
