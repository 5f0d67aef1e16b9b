"""When secrets are rotated: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stratolite.services.secretsmanager import api
from stratolite.services.secretsmanager.windows import Window, check, days, following

WEDNESDAY = "2026-11-25T10:17:42"


def ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def shown(window: Window) -> tuple[str, str]:
    opens, closes = (
        datetime.fromtimestamp(at / 1000, UTC).isoformat()[:19] for at in (window.opens_ms, window.closes_ms)
    )
    return opens, closes


def expression(text: str, **more: str) -> dict[str, Any]:
    return {"ScheduleExpression": text, **more}


@pytest.mark.parametrize(
    ("rules", "opens", "closes"),
    [
        ({"AutomaticallyAfterDays": 1}, "2026-11-26T00:00:00", "2026-11-26T23:59:59"),
        ({"AutomaticallyAfterDays": 30, "Duration": "3h"}, "2026-12-25T00:00:00", "2026-12-25T02:59:59"),
        (expression("rate(1 day)"), "2026-11-26T00:00:00", "2026-11-26T23:59:59"),
        (expression("rate(10 days)", Duration="24h"), "2026-12-05T00:00:00", "2026-12-05T23:59:59"),
        (expression("rate(4 hours)"), "2026-11-25T14:00:00", "2026-11-25T14:59:59"),
        (expression("rate(4 hours)", Duration="4h"), "2026-11-25T14:00:00", "2026-11-25T17:59:59"),
        (expression("cron(0 10 * * ? *)"), "2026-11-26T10:00:00", "2026-11-26T23:59:59"),
        (expression("cron(0 18 ? * SAT *)", Duration="6h"), "2026-11-28T18:00:00", "2026-11-28T23:59:59"),
        (expression("cron(0 8 1 * ? *)"), "2026-12-01T08:00:00", "2026-12-01T23:59:59"),
        # AWS's own example has no ? in it.
        (expression("cron(0 1 * 1/3 SUN *)"), "2027-01-03T01:00:00", "2027-01-03T23:59:59"),
        (expression("cron(0 17 L * ? *)"), "2026-11-30T17:00:00", "2026-11-30T23:59:59"),
        (expression("cron(0 8 ? * MON-FRI *)"), "2026-11-26T08:00:00", "2026-11-26T23:59:59"),
        (expression("cron(0 16 1,15 * ? *)"), "2026-12-01T16:00:00", "2026-12-01T23:59:59"),
        (expression("cron(0 0 ? * SUN#1 *)"), "2026-12-06T00:00:00", "2026-12-06T23:59:59"),
        (expression("cron(0 4/12 * * ? *)"), "2026-11-25T16:00:00", "2026-11-25T16:59:59"),
        (expression("cron(0 */4 1 * * *)", Duration="2h"), "2026-12-01T00:00:00", "2026-12-01T01:59:59"),
    ],
)
def test_the_next_window(rules: dict[str, Any], opens: str, closes: str) -> None:
    assert shown(following(rules, ms(WEDNESDAY))) == (opens, closes)


def test_the_end_of_a_window_is_that_of_the_day() -> None:
    """As AWS has shown it: 30 days after a value of the 3rd of February 2026, 17:34:03 UTC."""
    window = following({"AutomaticallyAfterDays": 30}, ms("2026-02-03T17:34:03"))
    assert shown(window)[1] == "2026-03-05T23:59:59"


def test_windows_follow_each_other() -> None:
    for rules, hours in (({"AutomaticallyAfterDays": 2}, 48), (expression("rate(10 hours)"), 10)):
        first = following(rules, ms(WEDNESDAY)).opens_ms
        assert following(rules, first).opens_ms - first == hours * 3_600_000


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        ({"AutomaticallyAfterDays": 7}, 7),
        (expression("rate(10 days)"), 10),
        (expression("rate(12 hours)"), 1),
        (expression("rate(36 hours)"), 2),
        (expression("cron(0 16 1,15 * ? *)"), 14),
        (expression("cron(0 8 1 * ? *)"), 31),
    ],
)
def test_the_days_between_windows(rules: dict[str, Any], count: int) -> None:
    assert days(rules, ms(WEDNESDAY)) == count


def test_days_and_an_expression_exclude_each_other() -> None:
    with pytest.raises(api.InvalidParameterException) as caught:
        check({"AutomaticallyAfterDays": 1, **expression("rate(1 day)")})
    assert caught.value.message == "You cannot specify both rotation frequency and schedule expression together."


@pytest.mark.parametrize(
    "rules",
    [
        {"Duration": "3h"},
        {"AutomaticallyAfterDays": 1, "Duration": "0h"},
        {"AutomaticallyAfterDays": 1, "Duration": "25h"},
        *(
            expression(text)
            for text in (
                "rate(3 hours)",
                "rate(1 hour)",
                "rate(1 days)",
                "rate(4 hour)",
                "rate(1000 days)",
                "rate(30 minutes)",
                "cron(30 10 * * ? *)",
                "cron(0 10 * * ? 2030)",
                "cron(0 10 * * ?)",
                "cron(0 10 1 * SUN *)",
                "cron(0 0/3 * * ? *)",
                "cron(0 0,22 * * ? *)",
                "cron(0 25 * * ? *)",
                "cron(0 0 31 2 ? *)",
                "at(2030-01-01T00:00:00)",
                "daily",
            )
        ),
        expression("rate(4 hours)", Duration="5h"),
        expression("cron(0 18 ? * SAT *)", Duration="7h"),
        expression("cron(0 4/12 * * ? *)", Duration="9h"),
    ],
)
def test_rules_that_are_none(rules: dict[str, Any]) -> None:
    with pytest.raises(api.InvalidParameterException, match="The rotation rules are not valid"):
        check(rules)
