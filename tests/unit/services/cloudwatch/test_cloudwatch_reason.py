"""Reasons of states. Texts are those of the recorded answers, and of alarms of AWS that people have published."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stratolite.services.cloudwatch import reason
from stratolite.services.cloudwatch.domain import ALARM, INSUFFICIENT, OK, Watched
from stratolite.services.cloudwatch.evaluation import Datapoint, Rule, Verdict

MINUTE_MS = 60_000
START_MS = 1_721_890_740_000  # 2024-07-25 06:59:00


def points(*values: float | None) -> list[Datapoint]:
    """The most recent first."""
    return [Datapoint(START_MS - index * MINUTE_MS, value, 1.0) for index, value in enumerate(values)]


def rule(periods: int, to_alarm: int = 0, missing: str = "missing", comparison: str = "GreaterThanThreshold") -> Rule:
    return Rule(comparison, 1.0, periods, to_alarm or periods, missing)


def text(rule: Rule, state: str, *values: float | None, filled: int = 0, m: bool = False) -> str:
    return reason.text(rule, Verdict(state, points(*values), filled), counts_to_alarm=m)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            text(rule(1), ALARM, 21.5),
            "Threshold Crossed: 1 datapoint [21.5 (25/07/24 06:59:00)] was greater than the threshold (1.0).",
        ),
        (
            text(rule(2, comparison="LessThanOrEqualToThreshold"), OK, 2, 3),
            "Threshold Crossed: 2 datapoints [2.0 (25/07/24 06:59:00), 3.0 (25/07/24 06:58:00)] were not less than or "
            "equal to the threshold (1.0).",
        ),
        (
            text(rule(1), OK, 0.5, m=True),
            "Threshold Crossed: 1 out of the last 1 datapoints [0.5 (25/07/24 06:59:00)] was not greater than the "
            "threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            text(rule(3, 2), ALARM, 2, 0, 3, m=True),
            "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (25/07/24 06:59:00), 3.0 (25/07/24 06:57:00)] were "
            "greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            text(rule(2, missing="breaching"), ALARM, None, None, filled=2),
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        (
            text(rule(1, missing="notBreaching"), OK, None, filled=1),
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
        (
            text(rule(3, 2, missing="breaching"), ALARM, 0, None, None, filled=2),
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        (
            text(rule(2, missing="breaching"), OK, 0.5, None, filled=1),
            "Threshold Crossed: 1 datapoint [0.5 (25/07/24 06:59:00)] was not greater than the threshold (1.0) and 1 "
            "missing datapoint was treated as [Breaching].",
        ),
        (text(rule(1), INSUFFICIENT, None), "Insufficient Data: 1 datapoint was unknown."),
        (text(rule(5), INSUFFICIENT, *[None] * 5), "Insufficient Data: 5 datapoints were unknown."),
        (
            text(rule(6), ALARM, 9, 8, 7, 6, 5, 4),
            "Threshold Crossed: 6 datapoints were greater than the threshold (1.0). The most recent datapoints which "
            "crossed the threshold: [9.0 (25/07/24 06:59:00), 8.0 (25/07/24 06:58:00), 7.0 (25/07/24 06:57:00), 6.0 "
            "(25/07/24 06:56:00), 5.0 (25/07/24 06:55:00)].",
        ),
    ],
)
def test_texts(shown: str, expected: str) -> None:
    assert shown == expected


def test_data() -> None:
    """Entry test_put_metric_alarm of cloudwatch/test_cloudwatch.json; without data there is no start."""
    watched = Watched("n", "m", (), 60, "Average", "", "Seconds", "")
    verdict = Verdict(ALARM, points(3.0, None, 2.0))
    shown = json.loads(reason.data(rule(3), verdict, watched, START_MS + 123))
    assert shown == {
        "version": "1.0",
        "queryDate": "2024-07-25T06:59:00.123+0000",
        "startDate": "2024-07-25T06:57:00.000+0000",
        "unit": "Seconds",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [2.0, 3.0],
        "threshold": 1.0,
        "evaluatedDatapoints": [
            {"timestamp": "2024-07-25T06:59:00.000+0000", "sampleCount": 1.0, "value": 3.0},
            {"timestamp": "2024-07-25T06:58:00.000+0000"},
            {"timestamp": "2024-07-25T06:57:00.000+0000", "sampleCount": 1.0, "value": 2.0},
        ],
    }
    assert "startDate" not in json.loads(reason.data(rule(1), Verdict(ALARM, points(None)), watched, START_MS))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0.0"),
        (21.5, "21.5"),
        (1e7, "1.0E7"),
        (1234567890, "1.23456789E9"),
        (-12345678.5, "-1.23456785E7"),
        (0.001, "0.001"),
        (0.00012, "1.2E-4"),
        (99.50160229693434, "99.50160229693434"),
        (1e22, "1.0E22"),
        (9999999.0, "9999999.0"),
    ],
)
def test_numbers_as_java_writes_them(value: float, expected: str) -> None:
    """https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-"""
    assert reason.java_double(value) == expected


@given(st.floats(-1e100, 1e100, allow_subnormal=False))
@example(1e-12)
def test_numbers_stay_what_they_are(value: float) -> None:
    assert float(reason.java_double(value)) == value
