"""When secrets are rotated: windows of whole hours, in UTC.

    AutomaticallyAfterDays 30, rate(30 days)   opens at midnight, closes at the end of the day
    rate(12 hours)                             opens on the hour, closes an hour later
    cron(0 16 1,15 * ? *)                      opens when it says, closes at the end of the day
    cron(0 4/12 * * ? *)                       has several hours of a day: closes an hour later

``Duration`` says otherwise of the end. Days and hours are counted from the last value. AWS rotates at any time of a
window; here it is at once when one opens.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stratolite.core import schedule
from stratolite.services.secretsmanager import api

DAY_HOURS = 24
HOUR_MS = 60 * 60 * 1000
INTERVAL_HOURS_MIN = 4
RATE_DAYS_MAX = 999
_RATE = re.compile(r"rate\((\d{1,6}) (hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.+)\)")


@dataclass(frozen=True, slots=True)
class Window:
    """When a rotation begins, and until when it has to. Wall time in milliseconds."""

    opens_ms: int
    closes_ms: int
    """Its last second, which AWS shows as the date of the next rotation."""


@dataclass(frozen=True, slots=True)
class _Plan:
    opens: Callable[[datetime], datetime | None]
    """When the first window after a moment opens."""
    duration_hours: int
    """Unless ``Duration`` says otherwise; 0: until the end of the day."""
    room_hours: int
    """How long a window may be at most."""


def check(rules: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException for rules that are none."""
    following(rules, 0)


def following(rules: Mapping[str, Any], after_ms: int) -> Window:
    """The first window after a moment. Raises InvalidParameterException."""
    plan = _plan(rules)
    duration = int(str(rules.get("Duration", "0h")).removesuffix("h"))
    if not ("Duration" not in rules or 1 <= duration <= plan.room_hours):
        raise _invalid(f"a Duration of 1h to {plan.room_hours}h keeps the window within its day, and before the next")
    opens = plan.opens(datetime.fromtimestamp(after_ms / 1000, UTC))
    if opens is None:
        raise _invalid("the ScheduleExpression names no time")
    opens_ms = round(opens.timestamp() * 1000)
    hours = duration or plan.duration_hours or DAY_HOURS - opens.hour
    return Window(opens_ms, opens_ms + hours * HOUR_MS - 1000)


def days(rules: Mapping[str, Any], after_ms: int) -> int:
    """How many days are between the windows after a moment, at least 1."""
    first = following(rules, after_ms).opens_ms
    return math.ceil((following(rules, first).opens_ms - first) / (DAY_HOURS * HOUR_MS))


def _plan(rules: Mapping[str, Any]) -> _Plan:
    expression, count = rules.get("ScheduleExpression"), rules.get("AutomaticallyAfterDays")
    if expression is not None and count is not None:
        raise api.InvalidParameterException(
            "You cannot specify both rotation frequency and schedule expression together."
        )
    if count is not None:
        return _every_days(count)
    if expression is None:
        raise _invalid("a Duration needs AutomaticallyAfterDays or a ScheduleExpression")
    if found := _RATE.fullmatch(expression):
        return _rate(int(found[1]), found[2], is_plural=bool(found[3]))
    if found := _CRON.fullmatch(expression):
        return _cron(found[1].split())
    raise _invalid(f"{expression} is neither rate(...) nor cron(...)")


def _rate(count: int, unit: str, *, is_plural: bool) -> _Plan:
    hours = count * (DAY_HOURS if unit == "day" else 1)
    if (count == 1) == is_plural or not INTERVAL_HOURS_MIN <= hours <= RATE_DAYS_MAX * DAY_HOURS:
        raise _invalid(f"rate() takes {INTERVAL_HOURS_MIN} hours to {RATE_DAYS_MAX} days")
    return _every_days(count) if unit == "day" else _every_hours(count)


def _every_days(count: int) -> _Plan:
    def opens(after: datetime) -> datetime:
        return after.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=count)

    return _Plan(opens, 0, DAY_HOURS)


def _every_hours(count: int) -> _Plan:
    def opens(after: datetime) -> datetime:
        return after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=count)

    return _Plan(opens, 1, count)


def _cron(fields: list[str]) -> _Plan:
    if len(fields) != 6 or fields[0] != "0" or fields[5] != "*":
        raise _invalid("cron() has six fields, of which the minutes are 0 and the year is *")
    # Of the two kinds of days AWS's own examples leave one at * where it says that it has to be ?.
    if fields[2] == "*" and fields[4] not in ("*", "?"):
        fields[2] = "?"
    elif fields[4] == "*":
        fields[4] = "?"
    try:
        calendar = schedule.parse(f"cron({' '.join(fields)})")
    except schedule.InvalidSchedule as error:
        raise _invalid(str(error)) from None
    assert isinstance(calendar, schedule.Cron)
    hours = calendar.hours
    pairs = zip(hours, [*hours[1:], hours[0] + DAY_HOURS], strict=True)
    interval = min(later - earlier for earlier, later in pairs)
    if interval < INTERVAL_HOURS_MIN:
        raise _invalid(f"rotations are at least {INTERVAL_HOURS_MIN} hours apart")
    room = min(interval, DAY_HOURS - max(hours))
    return _Plan(lambda after: calendar.next_after(after, after), 1 if len(hours) > 1 else 0, room)


def _invalid(why: str) -> api.InvalidParameterException:
    return api.InvalidParameterException(f"The rotation rules are not valid: {why}.")
