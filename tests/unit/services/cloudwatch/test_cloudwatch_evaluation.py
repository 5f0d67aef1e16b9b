"""The states of alarms. The two tables are those of the page alarm-evaluation of CloudWatch's user guide."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.cloudwatch.domain import ALARM, INSUFFICIENT, OK
from stratolite.services.cloudwatch.evaluation import Datapoint, Rule, evaluate, range_periods, rule_of

POLICIES = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "kept"
COUNT = 1000.0


def found(marks: str) -> list[Datapoint]:
    """``0 - X``: oldest first, as the tables have them."""
    values = {"0": 0.0, "X": 10.0, "-": None}
    points = [Datapoint(60_000 * index, values[mark], COUNT) for index, mark in enumerate(marks.split())]
    return points[::-1]


def rule(periods: int, to_alarm: int, missing: str, **more: Any) -> Rule:
    return Rule("GreaterThanThreshold", 5.0, periods, to_alarm, missing, **more)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("0 - X - X", (OK, OK, OK, OK)),
        ("0 - - - -", (OK, OK, OK, OK)),
        ("- - - - -", (INSUFFICIENT, KEPT, ALARM, OK)),
        ("0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_three_of_three(marks: str, expected: Sequence[str]) -> None:
    for policy, state in zip(POLICIES, expected, strict=True):
        assert evaluate(rule(3, 3, policy), KEPT, found(marks)).state == state, policy


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", (OK, OK, ALARM, OK)),
        ("- - - - 0", (OK, OK, ALARM, OK)),
        ("- - - X -", (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_two_of_three(marks: str, expected: Sequence[str]) -> None:
    for policy, state in zip(POLICIES, expected, strict=True):
        assert evaluate(rule(3, 2, policy), KEPT, found(marks)).state == state, policy


def test_no_premature_alarm() -> None:
    """The section on premature transitions: the first data point that breaches is not enough for three of three."""
    assert evaluate(rule(3, 3, "missing"), OK, found("- - - - X")).state == OK
    assert evaluate(rule(3, 3, "missing"), OK, found("- - - X -")).state == OK
    assert evaluate(rule(3, 3, "missing"), OK, found("- - X - -")).state == ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", (6,)),
        ("GreaterThanOrEqualToThreshold", (5, 6)),
        ("LessThanThreshold", (4,)),
        ("LessThanOrEqualToThreshold", (4, 5)),
    ],
)
def test_comparisons(comparison: str, breaching: Sequence[int]) -> None:
    for value in (4, 5, 6):
        verdict = evaluate(Rule(comparison, 5.0, 1, 1), KEPT, [Datapoint(0, float(value), 1)])
        assert verdict.state == (ALARM if value in breaching else OK)


def test_few_samples_of_a_percentile() -> None:
    """The section on percentiles and low data samples: 10 / (1 - p) of them are needed above the median."""
    settings = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0, "EvaluationPeriods": 1}
    careful = rule_of({**settings, "EvaluateLowSampleCountPercentile": "ignore"}, "p90")
    assert careful.samples_min == pytest.approx(100)
    assert rule_of({**settings, "EvaluateLowSampleCountPercentile": "ignore"}, "p10").samples_min == pytest.approx(100)
    assert rule_of(settings, "p90").samples_min == 0
    few, enough = Datapoint(0, 10.0, 50), Datapoint(0, 10.0, 200)
    assert evaluate(careful, KEPT, [few]).state == KEPT
    assert evaluate(careful, KEPT, [enough]).state == ALARM
    assert evaluate(rule_of(settings, "p90"), KEPT, [few]).state == ALARM


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rule, list[Datapoint]]:
    periods = draw(st.integers(1, 6))
    marks = draw(st.lists(st.sampled_from("0X-"), min_size=periods, max_size=periods + 4))
    return rule(periods, draw(st.integers(1, periods)), draw(st.sampled_from(POLICIES))), found(" ".join(marks))


@given(cases())
def test_what_holds_of_every_verdict(case: tuple[Rule, list[Datapoint]]) -> None:
    wanted, points = case
    verdict = evaluate(wanted, KEPT, points)
    received = [point for point in points if point.value is not None]
    breaching = sum(1 for point in verdict.received if point.value == 10.0)
    begins = [point.begin_ms for point in verdict.evaluated]
    assert begins == sorted(begins, reverse=True)
    assert len(verdict.evaluated) == wanted.periods
    assert len(verdict.received) == min(len(received), wanted.periods)
    # So many that breach are ALARM under every policy, and enough that do not are OK.
    if breaching >= wanted.to_alarm:
        assert verdict.state == ALARM
    elif len(verdict.received) - breaching > wanted.periods - wanted.to_alarm:
        assert verdict.state == OK
    if len(received) >= wanted.periods:
        # Then nothing is missing, whatever is to be done with what is.
        assert verdict.filled == 0
        states = {evaluate(rule(wanted.periods, wanted.to_alarm, one), KEPT, points).state for one in POLICIES}
        assert len(states) == 1


@given(cases())
def test_policies_are_in_order(case: tuple[Rule, list[Datapoint]]) -> None:
    wanted, points = case
    rank = {OK: 0, KEPT: 1, INSUFFICIENT: 1, ALARM: 2}
    states = {one: rank[evaluate(rule(wanted.periods, wanted.to_alarm, one), KEPT, points).state] for one in POLICIES}
    assert states["notBreaching"] <= min(states["ignore"], states["missing"])
    assert states["ignore"] <= states["missing"] <= 2
    assert states["ignore"] <= max(states["breaching"], 1)


@pytest.mark.parametrize(("periods", "period_s", "expected"), [(3, 60, 5), (1, 300, 3), (1, 10, 8), (2, 30, 5)])
def test_the_range(periods: int, period_s: int, expected: int) -> None:
    assert range_periods(periods, period_s) == expected


def test_the_default_for_missing_data() -> None:
    """The page alarms-and-missing-data: ``missing``, and ``ignore`` for what DynamoDB publishes."""
    settings = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0, "EvaluationPeriods": 1}
    assert rule_of(settings, "Sum", "AWS/Lambda").missing == "missing"
    assert rule_of(settings, "Sum", "AWS/DynamoDB").missing == "ignore"
    assert rule_of({**settings, "TreatMissingData": "breaching"}, "Sum", "AWS/DynamoDB").missing == "breaching"
