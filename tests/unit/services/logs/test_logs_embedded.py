"""The embedded metric format, by its specification (CloudWatch_Embedded_Metric_Format_Specification)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.logs.embedded import MARK, PARSING_ERRORS, UNITS, VALIDATION_ERRORS, by_namespace, read

METRICS = [{"Name": "time", "Unit": "Milliseconds"}]


def line(directive: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **members: Any) -> str:
    whole = {"Namespace": "app", "Dimensions": [["version"]], "Metrics": METRICS, **(directive or {})}
    about = {"Timestamp": 1574109732004, "CloudWatchMetrics": [whole], **(metadata or {})}
    return json.dumps({"_aws": about, "version": "$LATEST", "time": 100, "requestId": "r", **members})


def datum(**changed: Any) -> tuple[str, dict[str, Any]]:
    return "app", {
        "MetricName": "time",
        "Values": [100.0],
        "Counts": [1.0],
        "Unit": "Milliseconds",
        "StorageResolution": 60,
        "Timestamp": 1574109732.004,
        "Dimensions": [{"Name": "version", "Value": "$LATEST"}],
        **changed,
    }


def found(message: str, *, has_prefix: bool = False) -> tuple[list[Any], dict[str, int]]:
    embedded = read(message, has_prefix=has_prefix)
    return embedded.data, dict(embedded.errors)


def test_the_example_of_the_specification() -> None:
    assert found(line()) == ([datum()], {})


def test_values_in_an_array_are_counted() -> None:
    assert found(line(time=[1, 2, 1.5, 1])) == ([datum(Values=[1.0, 2.0, 1.5], Counts=[2.0, 1.0, 1.0])], {})


def test_each_set_of_dimensions_is_a_metric() -> None:
    directive = {"Dimensions": [["version"], [], ["version", "stage"]]}
    data, errors = found(line(directive, stage="dev"))
    assert [[label["Name"] for label in one["Dimensions"]] for _, one in data] == [
        ["version"],
        [],
        ["version", "stage"],
    ]
    assert errors == {}
    assert found(line({"Dimensions": []})) == ([datum(Dimensions=[])], {})


def test_a_resolution_of_a_second() -> None:
    metrics = [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 1}]
    assert found(line({"Metrics": metrics})) == ([datum(StorageResolution=1)], {})


@pytest.mark.parametrize(
    ("directive", "members"),
    [
        ({}, {"time": "100"}),
        ({}, {"time": None}),
        ({}, {"time": True}),
        ({}, {"time": 10**400}),
        ({}, {"time": []}),
        ({}, {"time": [1] * 101}),
        ({}, {"time": [1, "2"]}),
        ({}, {"version": 7}),
        ({}, {"version": ""}),
        ({}, {"version": "v" * 1025}),
        ({"Dimensions": [["none"]]}, {}),
        ({"Dimensions": ["version"]}, {}),
        ({"Dimensions": [["version"] * 31]}, {}),
        ({"Dimensions": None}, {}),
        ({"Namespace": ""}, {}),
        ({"Namespace": "n" * 256}, {}),
        ({"Metrics": METRICS * 101}, {}),
        ({"Metrics": [{"Name": "none"}]}, {}),
        ({"Metrics": [{"Name": "time", "Unit": "Hours"}]}, {}),
        ({"Metrics": [{"Name": "time", "Unit": ["Count"]}]}, {}),
        ({"Metrics": [{"Name": "time", "StorageResolution": 5}]}, {}),
        ({"Metrics": ["time"]}, {}),
    ],
)
def test_what_breaks_the_specification_is_left_out(directive: dict[str, Any], members: dict[str, Any]) -> None:
    assert found(line(directive, **members)) == ([], {VALIDATION_ERRORS: 1})


def test_the_others_of_a_line_count() -> None:
    metrics = [{"Name": "none"}, *METRICS]
    assert found(line({"Metrics": metrics})) == ([datum()], {VALIDATION_ERRORS: 1})


@pytest.mark.parametrize(
    "message",
    [
        line()[:-1],
        line() + "x",
        "INFO " + line(),
        line(metadata={"Timestamp": "now"}),
        line(metadata={"CloudWatchMetrics": {}}),
    ],
)
def test_what_cannot_be_read_is_a_parse_error(message: str) -> None:
    assert found(message) == ([], {PARSING_ERRORS: 1})


def test_words_of_the_runtime_may_stand_before_the_document() -> None:
    prefix = "2026-01-01T00:00:00.000Z\t8d1f\tINFO\t"
    assert found(prefix + line(), has_prefix=True) == ([datum()], {})


@pytest.mark.parametrize(
    "message", ['{"_aws": []}', 'a "_aws" b', '{"a": {"_aws": 1}}', '"_aws"', '["_aws"]', '{"_aws": {"Timestamp": 1}}']
)
def test_other_lines_are_no_embedded_metrics(message: str) -> None:
    assert found(message) == ([], {})


def test_units_are_those_of_the_model() -> None:
    assert len(UNITS) == 27


def test_requests_are_of_one_namespace_and_a_size() -> None:
    data: list[tuple[str, dict[str, Any]]] = [("a", {"n": 1}), ("b", {"n": 2}), ("a", {"n": 3}), ("a", {"n": 4})]
    assert list(by_namespace(data, 2)) == [("a", [{"n": 1}, {"n": 3}]), ("a", [{"n": 4}]), ("b", [{"n": 2}])]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(_JSON, _JSON, _JSON, _JSON)
def test_any_document_is_read(dimensions: Any, metrics: Any, target: Any, metadata: Any) -> None:
    message = json.dumps({"_aws": {"Timestamp": 1, "CloudWatchMetrics": metadata}, "time": target})
    read(message, has_prefix=True)
    read(line({"Dimensions": dimensions, "Metrics": metrics}, time=target), has_prefix=False)


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    read(MARK + text, has_prefix=False)
    read("{" + MARK + text, has_prefix=True)
