"""Schedules and their groups as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from stratolite.core import schedule
from stratolite.core.arn import Arn, partition_of

GROUP_DEFAULT = "default"
ATTEMPTS_DEFAULT = 185
AGE_S_DEFAULT = 86_400


@dataclass(frozen=True, slots=True)
class Group:
    """A group of schedules. The default one is always there."""

    account: str
    region: str
    name: str
    tags: Mapping[str, str]
    created_ms: int

    @property
    def arn(self) -> str:
        return _arn(self.region, self.account, f"schedule-group/{self.name}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule. ``body`` is the request that made it what it is, with its defaults."""

    id: int
    account: str
    region: str
    group: str
    name: str
    revision: int
    created_ms: int
    modified_ms: int
    client_token: str
    body: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return _arn(self.region, self.account, f"schedule/{self.group}/{self.name}")

    @property
    def is_enabled(self) -> bool:
        return bool(self.body["State"] == "ENABLED")

    @property
    def is_deleted_when_done(self) -> bool:
        return bool(self.body["ActionAfterCompletion"] == "DELETE")

    @property
    def window_ms(self) -> int:
        """Within how many milliseconds after its time it may run."""
        window = self.body["FlexibleTimeWindow"]
        return int(window.get("MaximumWindowInMinutes", 0)) * 60_000 if window["Mode"] == "FLEXIBLE" else 0

    def next_ms(self, after_ms: int) -> int | None:
        """When it is due next, later than a moment; None when it is complete."""
        zone = ZoneInfo(self.body["ScheduleExpressionTimezone"])
        parsed = schedule.parse(self.body["ScheduleExpression"], zone, with_at=True)
        first_ms = round(self.body.get("StartDate", self.modified_ms / 1000) * 1000)
        # A schedule of a rate runs at its start already.
        moment = _moment(max(after_ms, first_ms - 1))
        due = parsed.next_after(moment, _moment(first_ms))
        if due is None:
            return None
        due_ms = round(due.timestamp() * 1000)
        is_over = "EndDate" in self.body and due_ms > self.body["EndDate"] * 1000
        return None if is_over and not isinstance(parsed, schedule.At) else due_ms


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def _arn(region: str, account: str, resource: str) -> str:
    return str(Arn("scheduler", region, account, resource, partition_of(region)))
