"""Following logs: each event once, in order, and no more than people can read."""

import asyncio
from collections.abc import Mapping
from typing import Any

from stratolite.cli.tail import LINES_MAX, MORE, POLL_S, Tail
from stratolite.core.clock import MovableClock
from stratolite.core.errors import AwsError

GROUP = "/aws/lambda/app-dev-hello"


class Logs:
    """CloudWatch Logs, as far as a tail asks it."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.events: list[tuple[int, str]] = []
        self.asked = 0

    def write(self, *messages: str, late_ms: int = 0) -> None:
        self.events += [(self.clock.now_ms() - late_ms, message) for message in messages]

    async def perform(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("logs", "FilterLogEvents")
        self.asked += 1
        if request["logGroupName"] != GROUP:
            raise type("ResourceNotFoundException", (AwsError,), {})("The specified log group does not exist.")
        found: list[dict[str, Any]] = [
            {"eventId": str(place), "timestamp": moment, "message": message}
            for place, (moment, message) in enumerate(self.events)
            if moment >= request["startTime"]
        ]
        found.sort(key=lambda event: event["timestamp"])
        start, size = int(request.get("nextToken", 0)), request.get("limit", 100)
        page = {"events": found[start : start + size]}
        return {**page, "nextToken": str(start + size)} if start + size < len(found) else page


async def turns(clock: MovableClock, count: int = 1) -> None:
    for _ in range(count):
        clock.advance(POLL_S)
        for _ in range(10):
            await asyncio.sleep(0)


async def test_each_event_is_shown_once_in_order() -> None:
    clock = MovableClock()
    logs, shown = Logs(clock), list[tuple[str, str]]()
    tail = Tail(logs.perform, lambda name, _, message: shown.append((name, message)), clock.now_ms())

    async def groups() -> list[str]:
        return [GROUP, "/aws/lambda/silent"]

    following = asyncio.ensure_future(tail.follow(clock, groups))
    logs.write("one", "two")
    await turns(clock)
    logs.write("three")
    logs.write("late", late_ms=200)
    await turns(clock, 3)
    following.cancel()
    assert shown == [("app-dev-hello", message) for message in ("one", "two", "late", "three")]


async def test_reading_shows_all_pages() -> None:
    clock = MovableClock()
    logs, shown = Logs(clock), list[str]()
    logs.write(*[str(number) for number in range(250)])
    await Tail(logs.perform, lambda _, __, message: shown.append(message), 0).read([GROUP])
    assert shown == [str(number) for number in range(250)]


async def test_a_flood_is_followed_in_part_and_said() -> None:
    clock = MovableClock()
    logs, shown = Logs(clock), list[str]()
    tail = Tail(logs.perform, lambda _, __, message: shown.append(message), clock.now_ms())

    async def groups() -> list[str]:
        return [GROUP]

    logs.write(*["flood"] * (LINES_MAX * 10))
    following = asyncio.ensure_future(tail.follow(clock, groups))
    await turns(clock, 4)
    logs.write("after")
    await turns(clock, 3)
    following.cancel()
    assert shown.count("flood") == LINES_MAX
    assert shown.count(MORE) == 1
    assert shown[-1] == "after"
