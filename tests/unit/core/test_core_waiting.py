"""Waiting for a function: not for ever, unless somebody debugs it."""

import asyncio

import pytest

from stratolite.core.waiting import within


async def test_what_takes_too_long_is_cancelled() -> None:
    never = asyncio.Event()
    with pytest.raises(TimeoutError):
        await within(0.001, never.wait(), lambda: False)


async def test_while_somebody_debugs_it_no_time_counts() -> None:
    never, answers = asyncio.Event(), [True, True, False]
    with pytest.raises(TimeoutError):
        await within(0.001, never.wait(), lambda: answers.pop(0))
    assert not answers


async def test_the_callers_own_cancellation_goes_on() -> None:
    never = asyncio.Event()
    task = asyncio.ensure_future(within(60, never.wait(), lambda: False))
    await asyncio.wait({task}, timeout=0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
