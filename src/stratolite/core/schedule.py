"""Schedule expressions of EventBridge: ``rate(5 minutes)``, ``cron(0 9 ? * MON-FRI *)``, ``at(2026-11-20T13:00:00)``.

Pure: a moment in, the next moment out. AWS's cron has six fields, minutes to years; days of the week count from 1 for
Sunday; one of day-of-month and day-of-week is ``?``; ``L`` is the last, ``W`` the nearest weekday, ``#`` the n-th.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (time zones, daylight saving).
"""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

YEAR_MIN = 1970
YEAR_MAX = 2199
UNITS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
MONTHS = {
    month: number
    for number, month in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}

_RATE = re.compile(r"rate\((\d{1,9}) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.+)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")

DayTest = Callable[[date], bool]


class InvalidSchedule(ValueError):
    """An expression that AWS would refuse."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, from when it was made."""

    seconds: int

    def next_after(self, moment: datetime, start: datetime) -> datetime | None:
        """The first time later than ``moment`` of those that begin at ``start``."""
        passed = (moment - start).total_seconds()
        count = int(passed // self.seconds) + 1 if passed >= 0 else 0
        return start + timedelta(seconds=max(count, 0) * self.seconds)


@dataclass(frozen=True, slots=True)
class At:
    """Once, at a local time."""

    moment: datetime
    """Without a zone."""
    zone: tzinfo

    def next_after(self, moment: datetime, start: datetime) -> datetime | None:
        """The time itself while it lies ahead."""
        due = self.moment.replace(tzinfo=self.zone).astimezone(UTC)
        return due if due > moment else None


@dataclass(frozen=True, slots=True)
class Cron:
    """A calendar: the minutes, hours and months that match, and whether a day does."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    is_day: DayTest
    zone: tzinfo

    def next_after(self, moment: datetime, start: datetime) -> datetime | None:
        """The first matching time later than ``moment``; None when there is none until 2199.

        A local time that the clocks skip is skipped; one that they show twice counts once.
        """
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        for day in self._days(local.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    naive = datetime(day.year, day.month, day.day, hour, minute)
                    due = naive.replace(tzinfo=self.zone).astimezone(UTC)
                    if due > moment and due.astimezone(self.zone).replace(tzinfo=None) == naive:
                        return due
        return None

    def _days(self, first: date) -> Iterator[date]:
        # A day earlier than the local one can still hold a later moment where clocks were set back.
        first -= timedelta(days=1)
        for year in range(first.year, YEAR_MAX + 1):
            if year not in self.years:
                continue
            for month in sorted(self.months):
                for number in range(1, calendar.monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self.is_day(day):
                        yield day


Schedule = Rate | Cron | At


def parse(text: str, zone: tzinfo = UTC, *, with_at: bool = False) -> Schedule:
    """The schedule that an expression means. ``with_at``: one-time schedules count too. Raises InvalidSchedule."""
    if found := _RATE.fullmatch(text):
        count, unit, plural = int(found[1]), found[2], found[3]
        if not count or (count == 1) == bool(plural):
            raise InvalidSchedule(text)
        return Rate(count * UNITS_S[unit])
    if found := _CRON.fullmatch(text):
        return _cron(found[1].split(), zone)
    if with_at and (found := _AT.fullmatch(text)):
        try:
            return At(datetime.fromisoformat(found[1]), zone)
        except ValueError as error:
            raise InvalidSchedule(text) from error
    raise InvalidSchedule(text)


def _cron(fields: list[str], zone: tzinfo) -> Cron:
    if len(fields) != 6:
        raise InvalidSchedule(f"a cron expression has six fields, not {len(fields)}")
    minutes, hours, days, months, weekdays, years = (field.upper() for field in fields)
    if (days == "?") == (weekdays == "?"):
        raise InvalidSchedule("one of day-of-month and day-of-week, and only one, is ?")
    return Cron(
        tuple(sorted(_values(minutes, 0, 59))),
        tuple(sorted(_values(hours, 0, 23))),
        _values(months, 1, 12, MONTHS),
        _values(years, YEAR_MIN, YEAR_MAX),
        _weekday_test(weekdays) if days == "?" else _day_test(days),
        zone,
    )


def _values(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """The numbers that a field of ``,``, ``-``, ``*`` and ``/`` names. Ranges may wrap: ``FRI-MON``, ``22-2``."""
    found: set[int] = set()
    for part in field.split(","):
        body, slash, step_text = part.partition("/")
        step = _number(step_text, 1, high) if slash else 1
        if body == "*":
            first, last = low, high
        elif "-" in body:
            first, last = (_number(end, low, high, names) for end in body.split("-", 1))
        else:
            first = _number(body, low, high, names)
            last = high if slash else first
        span = range(first, last + 1) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        found.update(span[::step])
    return frozenset(found)


def _number(text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not re.fullmatch(r"\d{1,4}", text) or not low <= int(text) <= high:
        raise InvalidSchedule(f"{text!r} is not a number from {low} to {high}")
    return int(text)


def _day_test(field: str) -> DayTest:
    """Whether a day of the month matches: numbers, ``L``, ``LW``, ``15W``."""
    if field == "L":
        return lambda day: day.day == _last(day)
    if field == "LW":
        return lambda day: day.day == _nearest_weekday(day, _last(day))
    if found := re.fullmatch(r"(\d{1,2})W", field):
        wanted = _number(found[1], 1, 31)
        return lambda day: wanted <= _last(day) and day.day == _nearest_weekday(day, wanted)
    days = _values(field, 1, 31)
    return lambda day: day.day in days


def _weekday_test(field: str) -> DayTest:
    """Whether a day of the week matches: numbers and names, ``FRIL``, ``3#2``, ``L`` (Saturday)."""
    if field == "L":
        return lambda day: _weekday(day) == WEEKDAYS["SAT"]
    if found := re.fullmatch(r"([1-7]|[A-Z]{3})L", field):
        wanted = _number(found[1], 1, 7, WEEKDAYS)
        return lambda day: _weekday(day) == wanted and day.day > _last(day) - 7
    if found := re.fullmatch(r"([1-7]|[A-Z]{3})#([1-5])", field):
        wanted, nth = _number(found[1], 1, 7, WEEKDAYS), int(found[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    weekdays = _values(field, 1, 7, WEEKDAYS)
    return lambda day: _weekday(day) in weekdays


def _weekday(day: date) -> int:
    """1 for Sunday to 7 for Saturday."""
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    """The weekday nearest to a day of the month, within the month."""
    there = day.replace(day=wanted)
    if there.isoweekday() == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if there.isoweekday() == 7:
        return wanted + 1 if wanted < _last(day) else wanted - 2
    return wanted
