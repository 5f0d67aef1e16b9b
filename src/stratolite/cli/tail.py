"""Following the logs of functions, through CloudWatch Logs' public operations."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from stratolite.cli.summary import Perform
from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError

POLL_S = 0.25
GROUP_PREFIX = "/aws/lambda/"
SEEN_MAX = 20_000
OVERLAP_MS = 300
"""How far back each look goes again: events of one group do not arrive in exact order of time."""
LINES_MAX = 500
"""How many lines of a group one look shows while following; nobody reads more in a quarter of a second."""
MORE = "... more lines than can be followed; 'stratolite logs' has all of them"

Show = Callable[[str, int, str], None]
"""Shows a line: the function's name, milliseconds, the message."""


class Tail:
    """Reads what is new in some log groups, each event once, in order of time."""

    def __init__(self, perform: Perform, show: Show, since_ms: int) -> None:
        self._perform = perform
        self._show = show
        self._since: dict[str, int] = {}
        self._start_ms = since_ms
        self._seen: dict[str, None] = {}

    async def read(self, groups: Sequence[str], pattern: str = "") -> None:
        """Show all that is new."""
        events: list[tuple[int, str, str]] = []
        for group in groups:
            request = self._request(group, pattern)
            while True:
                answer = await self._page(request)
                events += self._unseen(group, answer)
                if "nextToken" not in answer:
                    break
                request = request | {"nextToken": answer["nextToken"]}
        self._show_all(events)

    async def follow(self, clock: Clock, groups: Callable[[], Awaitable[Sequence[str]]], pattern: str = "") -> None:
        """Show what is new until cancelled. Of a function that writes faster than people read, a part is shown."""
        while True:
            events: list[tuple[int, str, str]] = []
            for group in await groups():
                now_ms = clock.now_ms()
                answer = await self._page({**self._request(group, pattern), "limit": LINES_MAX})
                events += self._unseen(group, answer)
                if "nextToken" in answer:
                    events.append((now_ms, group.removeprefix(GROUP_PREFIX), MORE))
                    self._since[group] = now_ms + OVERLAP_MS
            self._show_all(events)
            await clock.sleep(POLL_S)

    def _request(self, group: str, pattern: str) -> dict[str, Any]:
        since_ms = max(self._since.get(group, 0) - OVERLAP_MS, self._start_ms)
        request = {"logGroupName": group, "startTime": since_ms}
        return {**request, "filterPattern": pattern} if pattern else request

    async def _page(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._perform("logs", "FilterLogEvents", request)
        except AwsError as error:
            # A function that has not written yet has no group.
            if error.code == "ResourceNotFoundException":
                return {}
            raise

    def _unseen(self, group: str, answer: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
        for event in answer.get("events", []):
            if event["eventId"] not in self._seen:
                self._seen[event["eventId"]] = None
                self._since[group] = max(self._since.get(group, 0), event["timestamp"])
                yield event["timestamp"], group.removeprefix(GROUP_PREFIX), event["message"]

    def _show_all(self, events: list[tuple[int, str, str]]) -> None:
        while len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]
        for timestamp_ms, name, message in sorted(events, key=lambda one: one[0]):
            self._show(name, timestamp_ms, message)


async def function_groups(perform: Perform) -> list[str]:
    """The log groups of all functions that have written."""
    found: list[str] = []
    request = {"logGroupNamePrefix": GROUP_PREFIX}
    while True:
        answer = await perform("logs", "DescribeLogGroups", request)
        found += [group["logGroupName"] for group in answer.get("logGroups", [])]
        if "nextToken" not in answer:
            return found
        request = request | {"nextToken": answer["nextToken"]}
