"""Schedule expressions over a table of dates worked out by hand, with a calendar of the years 2026 to 2028."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stratolite.core.schedule import InvalidSchedule, parse

# 2026-01-01 is a Thursday, 2026-02-28 a Saturday, 2026-03-01 a Sunday; 2028 is a leap year.
NOW = "2026-01-01T00:00:00"
TABLE = [
    ("cron(0 10 * * ? *)", NOW, ["2026-01-01T10:00", "2026-01-02T10:00"]),
    ("cron(15 12 * * ? *)", "2026-01-01T12:15:00", ["2026-01-02T12:15"]),
    ("cron(0 18 ? * MON-FRI *)", NOW, ["2026-01-01T18:00", "2026-01-02T18:00", "2026-01-05T18:00"]),
    ("cron(0 8 1 * ? *)", NOW, ["2026-01-01T08:00", "2026-02-01T08:00"]),
    ("cron(0/15 * * * ? *)", NOW, ["2026-01-01T00:15", "2026-01-01T00:30", "2026-01-01T00:45", "2026-01-01T01:00"]),
    ("cron(0/10 * ? * MON-FRI *)", "2026-01-02T23:55:00", ["2026-01-05T00:00", "2026-01-05T00:10"]),
    ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-02T17:54:00", ["2026-01-02T17:55", "2026-01-05T08:00"]),
    # Sunday is 1.
    ("cron(0 0 ? * 1 *)", NOW, ["2026-01-04T00:00", "2026-01-11T00:00"]),
    ("cron(0 0 ? * SUN *)", NOW, ["2026-01-04T00:00"]),
    ("cron(0 0 ? * 7 *)", NOW, ["2026-01-03T00:00"]),
    ("cron(0 0 ? * FRI-MON *)", NOW, ["2026-01-02T00:00", "2026-01-03T00:00", "2026-01-04T00:00", "2026-01-05T00:00"]),
    ("cron(0 0 ? * 2,4 *)", NOW, ["2026-01-05T00:00", "2026-01-07T00:00"]),
    # The last day, the last Friday, the nearest weekday.
    ("cron(0 0 L * ? *)", NOW, ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]),
    ("cron(0 0 L 2 ? *)", "2027-03-01T00:00:00", ["2028-02-29T00:00"]),
    ("cron(0 0 ? * 6L *)", NOW, ["2026-01-30T00:00", "2026-02-27T00:00"]),
    ("cron(0 0 ? * FRIL *)", NOW, ["2026-01-30T00:00"]),
    ("cron(0 0 ? * L *)", NOW, ["2026-01-03T00:00"]),
    # 2026-03-15 is a Sunday, 2026-08-15 a Saturday, 2026-08-01 a Saturday, 2026-02-28 a Saturday.
    ("cron(0 0 15W 3 ? *)", NOW, ["2026-03-16T00:00"]),
    ("cron(0 0 15W 8 ? *)", NOW, ["2026-08-14T00:00"]),
    ("cron(0 0 1W 8 ? *)", NOW, ["2026-08-03T00:00"]),
    ("cron(0 0 LW 2 ? *)", NOW, ["2026-02-27T00:00"]),
    ("cron(0 0 31W * ? *)", "2026-01-31T00:00:00", ["2026-03-31T00:00"]),
    # The second Tuesday, the fifth Thursday.
    ("cron(0 9 ? * 3#2 *)", NOW, ["2026-01-13T09:00", "2026-02-10T09:00"]),
    ("cron(0 9 ? * THU#5 *)", NOW, ["2026-01-29T09:00", "2026-04-30T09:00"]),
    ("cron(0 0 30 * ? *)", "2026-01-30T00:00:00", ["2026-03-30T00:00"]),
    ("cron(0 0 29 2 ? *)", NOW, ["2028-02-29T00:00"]),
    ("cron(0 0 1 JAN,jul ? *)", NOW, ["2026-07-01T00:00", "2027-01-01T00:00"]),
    ("cron(0 0 1 1 ? 2027-2028)", NOW, ["2027-01-01T00:00", "2028-01-01T00:00", None]),
    ("cron(0 0 1 1 ? 2025)", NOW, [None]),
    ("cron(30 22-1 * * ? *)", NOW, ["2026-01-01T00:30", "2026-01-01T01:30", "2026-01-01T22:30"]),
    ("cron(0 0 */10 * ? *)", NOW, ["2026-01-11T00:00", "2026-01-21T00:00", "2026-01-31T00:00", "2026-02-01T00:00"]),
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("expression", "start", "wanted"), TABLE)
def test_the_table(expression: str, start: str, wanted: list[str | None]) -> None:
    schedule = parse(expression)
    now = moment(start)
    for text in wanted:
        due = schedule.next_after(now, moment(NOW))
        assert (None if due is None else due.strftime("%Y-%m-%dT%H:%M")) == text
        if due is not None:
            now = due


def test_rates_count_from_their_start() -> None:
    start = moment("2026-01-01T00:00:30")
    rate = parse("rate(5 minutes)")
    assert rate.next_after(start, start) == moment("2026-01-01T00:05:30")
    assert rate.next_after(moment("2026-01-01T00:05:30"), start) == moment("2026-01-01T00:10:30")
    assert rate.next_after(moment("2026-01-01T00:07:00"), start) == moment("2026-01-01T00:10:30")
    assert rate.next_after(moment("2025-12-01T00:00:00"), start) == start
    assert parse("rate(1 day)").next_after(start, start) == moment("2026-01-02T00:00:30")


def test_a_one_time_schedule_is_over_when_it_was() -> None:
    once = parse("at(2026-06-01T12:00:00)", ZoneInfo("Europe/Berlin"), with_at=True)
    assert once.next_after(moment(NOW), moment(NOW)) == moment("2026-06-01T10:00:00")
    assert once.next_after(moment("2026-06-01T10:00:00"), moment(NOW)) is None


def test_clocks_that_are_set_forward_skip_and_back_count_once() -> None:
    """In New York the clocks skip 02:00 to 03:00 on 2026-03-08, and show 01:00 to 02:00 twice on 2026-11-01."""
    zone = ZoneInfo("America/New_York")
    skipped = parse("cron(30 2 * * ? *)", zone)
    assert skipped.next_after(moment("2026-03-07T12:00:00"), moment(NOW)) == moment("2026-03-09T06:30:00")
    twice = parse("cron(30 1 * * ? *)", zone)
    first = twice.next_after(moment("2026-11-01T04:00:00"), moment(NOW))
    assert first == moment("2026-11-01T05:30:00")
    assert twice.next_after(first, moment(NOW)) == moment("2026-11-02T06:30:00")
    hourly = parse("cron(0 9 * * ? *)", zone)
    assert hourly.next_after(moment("2026-03-07T15:00:00"), moment(NOW)) == moment("2026-03-08T13:00:00")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(5 seconds)",
        "rate(-1 days)",
        "rate(1.5 hours)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * XXX *)",
        "cron(0 0 * * ? 1969)",
        "cron(0 0 ? * 3#6 *)",
        "at(2026-06-01T12:00:00)",
        "every day",
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse(expression)


@pytest.mark.parametrize("expression", ["at(2026-13-01T12:00:00)", "at(2026-06-01)", "at(2026-06-01T12:00:00Z)"])
def test_one_time_schedules_have_a_form(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse(expression, with_at=True)
