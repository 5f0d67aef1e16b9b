"""Following the logs of functions, through CloudWatch Logs' public operations."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from stratolite.cli.summary import Perform
from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError

POLL_S = 0.25
GROUP_PREFIX = "/aws/lambda/"
SEEN_MAX = 20_000
OVERLAP_MS = 500
"""How far back each look goes again: events of one group do not arrive in exact order of time."""

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

    async def read(self, groups: Sequence[str], pattern: str = "") -> int:
        """Show what is new; how many events that were."""
        events: list[tuple[int, str, str]] = []
        for group in groups:
            for event in await self._new(group, pattern):
                if event["eventId"] not in self._seen:
                    self._seen[event["eventId"]] = None
                    events.append((event["timestamp"], group.removeprefix(GROUP_PREFIX), event["message"]))
                    self._since[group] = max(self._since.get(group, 0), event["timestamp"])
        while len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]
        for timestamp_ms, name, message in sorted(events, key=lambda one: one[0]):
            self._show(name, timestamp_ms, message)
        return len(events)

    async def follow(self, clock: Clock, groups: Callable[[], Awaitable[Sequence[str]]], pattern: str = "") -> None:
        """Show what is new until cancelled."""
        while True:
            await self.read(await groups(), pattern)
            await clock.sleep(POLL_S)

    async def _new(self, group: str, pattern: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        request: dict[str, Any] = {
            "logGroupName": group,
            "startTime": max(self._since.get(group, 0) - OVERLAP_MS, self._start_ms),
            **({"filterPattern": pattern} if pattern else {}),
        }
        while True:
            try:
                answer = await self._perform("logs", "FilterLogEvents", request)
            except AwsError as error:
                # A function that has not written yet has no group.
                if error.code == "ResourceNotFoundException":
                    return found
                raise
            found += answer.get("events", [])
            if "nextToken" not in answer:
                return found
            request = request | {"nextToken": answer["nextToken"]}


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
