"""Metrics that come out of log lines: metric filters and the embedded metric format, read through CloudWatch.

Expectations: aws-answers/logs/test_logs_metric_filters.json and the pages of AWS's user guide that
``services/logs/transformation.py`` and ``embedded.py`` name.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.functions import create
from tests.wire.published import published
from tests.wire.stacks import Stack

ENTRIES = "logs/test_logs_metric_filters.json"
COUNT = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}


@pytest.fixture
def logs(timed_cloud: RunningCloud) -> Any:
    client = timed_cloud.client("logs", parameter_validation=False)
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    return client


def put(cloud: RunningCloud, logs: Any, *messages: str) -> None:
    now = cloud.clock.now_ms()
    logs.put_log_events(
        logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now, "message": one} for one in messages]
    )


def points(cloud: RunningCloud, namespace: str, name: str, period_s: int = 60, **dimensions: str) -> list[Any]:
    """(sum, count, unit) of each period, the first one first."""
    now_s = cloud.clock.now_s()
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.fromtimestamp(now_s - 600, UTC),
        EndTime=datetime.fromtimestamp(now_s + 600, UTC),
        Period=period_s,
        Statistics=["Sum", "SampleCount"],
    )
    found = sorted(answer["Datapoints"], key=lambda one: one["Timestamp"])
    return [(one["Sum"], one["SampleCount"], one["Unit"]) for one in found]


def put_filter(logs: Any, name: str, pattern: str, **given: Any) -> None:
    request = {"logGroupName": "g", "filterName": name, "filterPattern": pattern}
    logs.put_metric_filter(**request, metricTransformations=[{**COUNT, **given}])


# What is recorded ------------------------------------------------------------------------------------------------


def test_filters_are_described_as_recorded(logs: Any) -> None:
    shown = logs.describe_metric_filters
    put_filter(logs, "basic", " ", defaultValue=0)
    equal(shown(filterNamePrefix="basic"), recorded(ENTRIES, "test_put_metric_filter_basic")["describe-metric-filters"])
    put_filter(logs, "json", '{$.message = "test"}', defaultValue=0)
    entry = recorded(ENTRIES, "test_put_metric_filter_json_pattern")["describe-metric-filters-json"]
    equal(shown(filterNamePrefix="json"), entry)
    logs.create_log_group(logGroupName="h")
    for number, group in enumerate("gh"):
        given = {"metricName": f"m{number}", "metricNamespace": f"n{number}", "metricValue": str(number)}
        logs.put_metric_filter(
            logGroupName=group,
            filterName=f"f-{number}",
            filterPattern=f"filterPattern{number}",
            metricTransformations=[given],
        )
    entry = recorded(ENTRIES, "test_describe_metric_filters_by_prefix")["describe-by-prefix"]
    equal(shown(filterNamePrefix="f-"), entry)
    logs.create_log_group(logGroupName="i")
    given = {"metricName": "metric", "metricNamespace": "namespace", "metricValue": "1"}
    request = {"logGroupName": "i", "filterPattern": "pattern", "metricTransformations": [given]}
    logs.put_metric_filter(filterName="i-0", **request)
    entry = recorded(ENTRIES, "test_describe_metric_filters_by_log_group")["describe-by-log-group"]
    equal(shown(logGroupName="i"), entry)
    entry = recorded(ENTRIES, "test_describe_metric_filters_by_metric_name")["describe-by-metric-name"]
    equal(shown(metricName="metric", metricNamespace="namespace"), entry)


@pytest.mark.parametrize(
    ("entry", "case", "operation", "request_"),
    [
        (
            "test_put_metric_filter_invalid_filter_name",
            "error-invalid-filter-name",
            "put_metric_filter",
            {"logGroupName": "g", "filterName": "X" * 513, "filterPattern": "", "metricTransformations": [COUNT]},
        ),
        (
            "test_put_metric_filter_invalid_filter_pattern",
            "error-invalid-filter-pattern",
            "put_metric_filter",
            {"logGroupName": "g", "filterName": "f", "filterPattern": "X" * 1025, "metricTransformations": [COUNT]},
        ),
        (
            "test_put_metric_filter_too_many_transformations",
            "error-too-many-transformations",
            "put_metric_filter",
            {
                "logGroupName": "g",
                "filterName": "f",
                "filterPattern": "pattern",
                "metricTransformations": [
                    {"metricName": f"metric{one}", "metricNamespace": f"namespace{one}", "metricValue": "1"}
                    for one in (1, 2)
                ],
            },
        ),
        (
            "test_delete_metric_filter_invalid_filter_name",
            "error-invalid-filter-name",
            "delete_metric_filter",
            {"logGroupName": "g", "filterName": "X" * 513},
        ),
        (
            "test_delete_metric_filter_invalid_log_group_name",
            "error-invalid-log-group-name",
            "delete_metric_filter",
            {"logGroupName": "X" * 513, "filterName": "f"},
        ),
        (
            "test_describe_metric_filters_invalid_parameters",
            "error-invalid-filter-prefix",
            "describe_metric_filters",
            {"filterNamePrefix": "X" * 513},
        ),
        (
            "test_describe_metric_filters_invalid_parameters",
            "error-invalid-metric-name",
            "describe_metric_filters",
            {"metricName": "X" * 256},
        ),
    ],
)
def test_refusals_are_the_recorded_ones(
    logs: Any, entry: str, case: str, operation: str, request_: dict[str, Any]
) -> None:
    ours, wanted = answered(getattr(logs, operation), **request_), recorded(ENTRIES, entry)[case]
    for answer in (ours, wanted):
        answer["Error"]["Message"] = re.sub("X+", "X", answer["Error"]["Message"])
    equal(ours, wanted)


def test_what_comes_in_is_counted(logs: Any, timed_cloud: RunningCloud) -> None:
    """CloudWatch-Logs-Monitoring-CloudWatch-Metrics"""
    put(timed_cloud, logs, "1234", "12")
    for dimensions in ({}, {"LogGroupName": "g"}):
        assert published(timed_cloud, "AWS/Logs", "IncomingLogEvents", **dimensions) == (2.0, 1.0, 2.0)
        assert published(timed_cloud, "AWS/Logs", "IncomingBytes", **dimensions) == (58.0, 1.0, 58.0)


# Metric filters --------------------------------------------------------------------------------------------------


def test_lines_are_counted_from_then_on(logs: Any, timed_cloud: RunningCloud) -> None:
    put(timed_cloud, logs, "ERROR before")
    put_filter(logs, "f", "ERROR", defaultValue=0, unit="Count")
    assert logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"][0]["metricFilterCount"] == 1
    put(timed_cloud, logs, "ERROR one", "fine", "ERROR two")
    assert points(timed_cloud, "app", "errors") == [(2.0, 3.0, "Count")]
    timed_cloud.advance(60)
    put(timed_cloud, logs, "fine")
    assert points(timed_cloud, "app", "errors")[1:] == [(0.0, 1.0, "Count")]
    put_filter(logs, "f", "fine")
    put(timed_cloud, logs, "fine", "ERROR three")
    logs.delete_metric_filter(logGroupName="g", filterName="f")
    put(timed_cloud, logs, "fine", "ERROR four")
    assert points(timed_cloud, "app", "errors")[-1][0] == 1.0
    assert logs.describe_metric_filters(logGroupName="g")["metricFilters"] == []


def test_values_and_dimensions_come_from_the_lines(logs: Any, timed_cloud: RunningCloud) -> None:
    put_filter(
        logs, "f", "{ $.latency = * }", metricValue="$.latency", unit="Milliseconds", dimensions={"Path": "$.path"}
    )
    put(timed_cloud, logs, '{"latency": 20, "path": "/a"}', '{"latency": 22.5, "path": "/a"}', '{"latency": 9}')
    assert points(timed_cloud, "app", "errors", Path="/a") == [(42.5, 2.0, "Milliseconds")]
    found = timed_cloud.client("cloudwatch").list_metrics(Namespace="app")["Metrics"]
    assert [one["Dimensions"] for one in found] == [[{"Name": "Path", "Value": "/a"}]]


def test_lines_of_services_count_as_soon_as_metrics_are_read(timed_cloud: RunningCloud) -> None:
    """What a function prints is held for a moment, but not from who reads the metrics that it makes."""
    logs = timed_cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/counted")
    logs.put_metric_filter(
        logGroupName="/aws/lambda/counted",
        filterName="f",
        filterPattern="[kind = seen, number]",
        metricTransformations=[{**COUNT, "metricValue": "$number"}],
    )
    create(timed_cloud.client("lambda"), "counted", "def handler(event, context):\n    print('seen', event)\n")
    for number in (2, 40):
        timed_cloud.client("lambda").invoke(FunctionName="counted", Payload=str(number).encode())
    assert points(timed_cloud, "app", "errors") == [(42.0, 2.0, "None")]


def test_pages_of_filters(logs: Any) -> None:
    for number in range(5):
        put_filter(logs, f"f{number}", "x")
    pages = logs.get_paginator("describe_metric_filters").paginate(logGroupName="g", PaginationConfig={"PageSize": 2})
    assert [[one["filterName"] for one in page["metricFilters"]] for page in pages] == [
        ["f0", "f1"],
        ["f2", "f3"],
        ["f4"],
    ]


def test_a_group_has_at_most_a_hundred_filters(logs: Any) -> None:
    """cloudwatch_limits_cwl: "Metric filters: 100 per log group"."""
    for number in range(100):
        put_filter(logs, f"f{number}", "x")
    put_filter(logs, "f0", "y")
    with pytest.raises(logs.exceptions.LimitExceededException):
        put_filter(logs, "f100", "x")


def test_regular_expressions_are_few(logs: Any) -> None:
    """The API reference's page of PutMetricFilter: two within a filter pattern, and five patterns a log group."""
    for number in range(5):
        put_filter(logs, f"f{number}", "%a% -%b%")
    put_filter(logs, "f0", "%c%")
    put_filter(logs, "plain", '"%a%" or "%b% %c%"')
    request = {"logGroupName": "g", "filterName": "f5", "metricTransformations": [COUNT]}
    assert refused(logs.put_metric_filter, **request, filterPattern="%a%") == (
        "LimitExceededException",
        "Resource limit exceeded.",
        400,
    )
    code, text, _ = refused(logs.put_metric_filter, **request, filterPattern="[a=%x%, b=%y%, c=%z%]")
    assert (code, "more than 2 regular expressions" in text) == ("InvalidParameterException", True)
    logs.delete_metric_filter(logGroupName="g", filterName="f1")
    put_filter(logs, "f5", "%a%")


def test_refusals(logs: Any) -> None:
    request = {"logGroupName": "g", "filterName": "f", "filterPattern": "a", "metricTransformations": [COUNT]}
    for operation, changed in (
        (logs.put_metric_filter, request),
        (logs.delete_metric_filter, {"filterName": "f"}),
        (logs.describe_metric_filters, {}),
    ):
        answer = refused(operation, **{**changed, "logGroupName": "none"})
        assert answer == ("ResourceNotFoundException", "The specified log group does not exist.", 400)
    assert refused(logs.delete_metric_filter, logGroupName="g", filterName="f")[0] == "ResourceNotFoundException"
    assert refused(logs.describe_metric_filters, metricName="m")[0] == "InvalidParameterException"
    assert refused(logs.put_metric_filter, **{**request, "filterPattern": "{ $.a"})[0] == "InvalidParameterException"
    for setting in ({"applyOnTransformedLogs": True}, {"fieldSelectionCriteria": "a"}):
        code, text, status = refused(logs.put_metric_filter, **request, **setting)
        assert (code, status, next(iter(setting)) in text) == ("NotImplemented", 501, True)
    logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    code, _, _ = refused(logs.put_metric_filter, **{**request, "logGroupName": "rare"})
    assert code == "InvalidOperationException"


def test_a_filter_is_tested(logs: Any) -> None:
    """The example of the API reference's TestMetricFilter."""
    lines = [
        '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534',
        '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324',
    ]
    answer = logs.test_metric_filter(filterPattern="[..., status = 500, size]", logEventMessages=lines)
    assert answer["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": lines[1],
            "extractedValues": {
                "$1": "127.0.0.1",
                "$2": "-",
                "$3": "frank",
                "$4": "10/Oct/2000:13:35:22 -0700",
                "$5": "GET /apache_pb.gif HTTP/1.0",
                "$status": "500",
                "$size": "5324",
            },
        }
    ]


def test_filters_of_a_stack(cloud: RunningCloud) -> None:
    def template(pattern: str, **transformation: Any) -> str:
        given = {"MetricName": "m", "MetricNamespace": "stack", "MetricValue": "1", **transformation}
        properties = {
            "LogGroupName": {"Ref": "Group"},
            "FilterPattern": pattern,
            "MetricTransformations": [given],
        }
        return json.dumps(
            {
                "Resources": {
                    "Group": {"Type": "AWS::Logs::LogGroup"},
                    "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": properties},
                },
                "Outputs": {"Name": {"Value": {"Ref": "Filter"}}},
            }
        )

    logs, stack = cloud.client("logs"), Stack(cloud, "filters")
    assert stack.create(template("ERROR", DefaultValue=0)) == "CREATE_COMPLETE"
    name = stack.described()["Outputs"][0]["OutputValue"]
    [made] = logs.describe_metric_filters(filterNamePrefix=name)["metricFilters"]
    assert (made["filterPattern"], made["metricTransformations"][0]["defaultValue"]) == ("ERROR", 0.0)
    labels = [{"Key": "Server", "Value": "$.server"}]
    assert stack.update(template("{ $.a = 1 }", Dimensions=labels, Unit="Count")) == "UPDATE_COMPLETE"
    [made] = logs.describe_metric_filters(filterNamePrefix=name)["metricFilters"]
    assert made["metricTransformations"][0]["dimensions"] == {"Server": "$.server"}
    assert stack.delete() == "DELETE_COMPLETE"
    assert logs.describe_metric_filters(filterNamePrefix=name)["metricFilters"] == []


# The embedded metric format --------------------------------------------------------------------------------------


def embedded(cloud: RunningCloud, *, timestamp_ms: int | None = None, **members: Any) -> str:
    directive = {
        "Namespace": "embedded",
        "Dimensions": [["service"], []],
        "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 1}],
    }
    timestamp_ms = cloud.clock.now_ms() if timestamp_ms is None else timestamp_ms
    metadata = {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, "service": "a", "time": 1, **members})


def test_embedded_metrics_of_clients(logs: Any, timed_cloud: RunningCloud) -> None:
    put(timed_cloud, logs, embedded(timed_cloud, time=[1, 2, 39]), embedded(timed_cloud, service="b"))
    assert points(timed_cloud, "embedded", "time", service="a") == [(42.0, 3.0, "Milliseconds")]
    assert points(timed_cloud, "embedded", "time", 10) == [(43.0, 4.0, "Milliseconds")]


def test_embedded_metrics_that_are_invalid_are_counted_as_errors(logs: Any, timed_cloud: RunningCloud) -> None:
    """CloudWatch-Logs-Monitoring-CloudWatch-Metrics: EMFParsingErrors and EMFValidationErrors of a log group."""
    far_ms = timed_cloud.clock.now_ms() - 15 * 24 * 3600 * 1000
    put(
        timed_cloud,
        logs,
        embedded(timed_cloud)[:-1],
        "INFO " + embedded(timed_cloud),
        embedded(timed_cloud, time="slow"),
        embedded(timed_cloud, timestamp_ms=far_ms),
        embedded(timed_cloud),
    )
    assert points(timed_cloud, "AWS/Logs", "EMFParsingErrors", LogGroupName="g") == [(2.0, 1.0, "None")]
    assert points(timed_cloud, "AWS/Logs", "EMFValidationErrors", LogGroupName="g") == [(3.0, 1.0, "None")]
    assert points(timed_cloud, "embedded", "time") == [(1.0, 1.0, "Milliseconds")]


def test_groups_of_infrequent_access_have_no_embedded_metrics(logs: Any, timed_cloud: RunningCloud) -> None:
    """CloudWatch_Logs_Log_Classes"""
    logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_stream(logGroupName="rare", logStreamName="s")
    event = {"timestamp": timed_cloud.clock.now_ms(), "message": embedded(timed_cloud)}
    logs.put_log_events(logGroupName="rare", logStreamName="s", logEvents=[event])
    assert points(timed_cloud, "embedded", "time") == []


@pytest.mark.parametrize(
    ("runtime", "source", "file"),
    [
        ("python3.12", "import json\ndef handler(event, context):\n    print(json.dumps(event))\n", "handler.py"),
        ("nodejs20.x", "exports.handler = async (e) => { console.log(JSON.stringify(e)); };", "handler.js"),
    ],
)
def test_embedded_metrics_of_functions(timed_cloud: RunningCloud, runtime: str, source: str, file: str) -> None:
    """Lines of Node have a time and a request id before them: "a valid document after this metadata is valid"."""
    from tests.wire.functions import archive

    client = timed_cloud.client("lambda")
    create(client, "embedding", source, Runtime=runtime, Code={"ZipFile": archive(source, file)})
    client.invoke(FunctionName="embedding", Payload=embedded(timed_cloud, time=7).encode())
    assert points(timed_cloud, "embedded", "time", service="a") == [(7.0, 1.0, "Milliseconds")]


POWERTOOLS = """
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

metrics = Metrics(namespace="shop", service="booking")

@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    metrics.add_dimension(name="stage", value="dev")
    metrics.add_metric(name="Booked", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Booked", unit=MetricUnit.Count, value=2)
"""


def test_metrics_of_powertools(cloud: RunningCloud) -> None:
    """A library that writes the format, as a function has it in its package."""
    powertools = pytest.importorskip("aws_lambda_powertools")
    client, folder = cloud.client("lambda"), powertools.__path__[0].rpartition("/")[0]
    source = f"import sys\nsys.path.append({folder!r})\n{POWERTOOLS}"
    create(client, "powered", source)
    answer = client.invoke(FunctionName="powered", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert points(cloud, "shop", "Booked", service="booking", stage="dev") == [(3.0, 2.0, "Count")]
    assert points(cloud, "shop", "ColdStart", service="booking", function_name="powered") == [(1.0, 1.0, "Count")]
