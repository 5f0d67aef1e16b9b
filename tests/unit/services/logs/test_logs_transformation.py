"""Metric filters: what lines count as. Expectations: MonitoringLogData, FilterAndPatternSyntax of AWS's user guide."""

from typing import Any

import pytest

from stratolite.core.errors import AwsError
from stratolite.services.logs.transformation import VALUES_MAX, transformation

MINUTE_MS = 60_000


def data(pattern: str, events: list[tuple[int, str]], **given: Any) -> list[dict[str, Any]]:
    """MetricData without what is the same in all."""
    full: Any = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", **given}
    found = transformation(pattern, full).data(events)
    return [{key: value for key, value in one.items() if key not in ("MetricName", "Unit")} for one in found]


def test_lines_that_match_are_counted_by_the_minute() -> None:
    events = [(0, "ERROR a"), (1, "fine"), (59_999, "ERROR b"), (MINUTE_MS, "ERROR c")]
    assert data("ERROR", events) == [
        {"Timestamp": 0.0, "Values": [1.0], "Counts": [2.0]},
        {"Timestamp": 60.0, "Values": [1.0], "Counts": [1.0]},
    ]


def test_the_default_is_the_value_of_lines_that_do_not_match() -> None:
    assert data("ERROR", [(0, "fine"), (1, "fine")], defaultValue=0.0) == [
        {"Timestamp": 0.0, "Values": [0.0], "Counts": [2.0]}
    ]
    assert data("ERROR", [(0, "fine")]) == []


def test_values_are_taken_from_the_lines() -> None:
    events = [(0, '{"latency": 50}'), (1, '{"latency": "7.5"}'), (2, '{"latency": "slow"}'), (3, "{}")]
    assert data("{ $.latency = * }", events, metricValue="$.latency") == [
        {"Timestamp": 0.0, "Values": [50.0, 7.5], "Counts": [1.0, 1.0]}
    ]
    line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET / HTTP/1.0" 200 1534'
    for selector in ("$bytes", "$7"):
        assert data("[..., status, bytes]", [(0, line)], metricValue=selector)[0]["Values"] == [1534.0]


def test_dimensions_are_taken_from_the_lines() -> None:
    events = [(0, '{"a": 1, "server": "x"}'), (1, '{"a": 1, "server": "y"}'), (2, '{"a": 1}')]
    found = data("{ $.a = 1 }", events, dimensions={"Server": "$.server"})
    assert [one["Dimensions"] for one in found] == [
        [{"Name": "Server", "Value": "x"}],
        [{"Name": "Server", "Value": "y"}],
    ]


def test_more_values_than_one_datum_holds_are_divided() -> None:
    events = [(0, f'{{"v": {number}}}') for number in range(VALUES_MAX + 1)]
    assert [len(one["Values"]) for one in data("{ $.v = * }", events, metricValue="$.v")] == [VALUES_MAX, 1]


@pytest.mark.parametrize(
    ("pattern", "given", "text"),
    [
        # aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock, pull request 632
        (
            "{ $.a = 1 }",
            {"dimensions": {"D": "$.d"}, "defaultValue": 0.0},
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
        ),
        # hashicorp/terraform-provider-aws, issue 22105
        ("ERROR", {"dimensions": {"D": "$.d"}}, "The specified filter pattern does not support dimensions"),
        ("ERROR", {"metricValue": "$.a"}, "Invalid metric transformation"),
        ("{ $.a = 1 }", {"metricValue": "$a"}, "Invalid metric transformation"),
        ("{ $.a = 1 }", {"metricValue": "one"}, "Invalid metric transformation"),
        ("{ $.a = 1 }", {"dimensions": dict.fromkeys("abcd", "$.d")}, "Invalid metric transformation"),
        ("{ $.a", {}, "Invalid filter pattern"),
    ],
)
def test_what_aws_refuses(pattern: str, given: dict[str, Any], text: str) -> None:
    with pytest.raises(AwsError) as raised:
        data(pattern, [], **given)
    assert raised.value.code == "InvalidParameterException"
    assert raised.value.message.startswith(text)
