"""Lines that are shown as they come: whose they are, in which order, many at a time."""

import asyncio
from collections.abc import Sequence

from stratolite.cli import live
from stratolite.cli.live import LINES_WAITING_MAX, REPORTS_SHOWN_MAX, Line, Live
from stratolite.core.call import Call

HERE, ELSEWHERE = Call(), Call(region="eu-west-1")


def function_of(call: Call, group: str) -> str:
    return group.removeprefix("/aws/lambda/") if call.region == HERE.region and group != "other" else ""


async def test_lines_are_shown_together_in_order_of_time() -> None:
    shown: list[Sequence[Line]] = []
    watching = Live(function_of, shown.append)
    watching.see(HERE, "/aws/lambda/f", [(2, "b"), (3, "c")])
    watching.see(HERE, "/aws/lambda/g", [(1, "a")])
    watching.see(HERE, "other", [(1, "x")])
    watching.see(ELSEWHERE, "/aws/lambda/f", [(1, "x")])
    assert shown == []
    watching.flush()
    watching.flush()
    assert shown == [[("g", 1, "a"), ("f", 2, "b"), ("f", 3, "c")]]


async def test_a_start_that_comes_alone_shows_nothing() -> None:
    shown: list[Sequence[Line]] = []
    watching = Live(function_of, shown.append)
    watching.see(HERE, "f", [(1, "START RequestId: 1 Version: $LATEST\n")])
    watching.flush()
    assert shown == []


async def test_of_thousands_of_reports_the_first_are_shown_and_the_others_counted() -> None:
    shown: list[Sequence[Line]] = []
    watching = Live(function_of, shown.append)
    report = "REPORT RequestId: 1\tDuration: 1.00 ms\tMax Memory Used: 40 MB\t\n"
    late = "REPORT RequestId: 2\tDuration: 1.00 ms\tMax Memory Used: 40 MB\tStatus: timeout\n"
    watching.see(HERE, "f", [(1, report)] * REPORTS_SHOWN_MAX)
    watching.see(HERE, "g", [(2, report), (3, "said"), (4, report), (5, late)])
    watching.flush()
    assert shown[0][: REPORTS_SHOWN_MAX + 1] == [("f", 1, report)] * REPORTS_SHOWN_MAX + [("g", 3, "said")]
    assert sorted(shown[0][REPORTS_SHOWN_MAX + 1 :]) == [
        ("g", 4, "... and 2 more invocations, of which stratolite logs g tells"),
        ("g", 5, late),
    ]
    watching.see(HERE, "g", [(6, report)])
    watching.flush()
    assert shown[1] == [("g", 6, report)]


async def test_lines_are_shown_by_themselves_and_at_the_limit() -> None:
    shown = asyncio.Event()
    watching = Live(function_of, lambda lines: shown.set())
    watching.see(HERE, "f", [(1, "a")])
    await asyncio.wait_for(shown.wait(), live.SHOWN_AFTER_S + 60)
    shown.clear()
    watching.see(HERE, "f", [(1, "a")] * LINES_WAITING_MAX)
    assert shown.is_set()
