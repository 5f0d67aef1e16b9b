"""Metrics over all three protocols.

Expectations are recorded answers of AWS (``cloudwatch/test_cloudwatch.json``) and the API reference's pages of the
operations."""

import gzip
import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.cloudwatch_clients import PROTOCOLS, speaking

from stratolite.core.call import Call

RECORDED = "cloudwatch/test_cloudwatch.json"
METRIC = {"Namespace": "n", "MetricName": "m"}


def now_s(cloud: RunningCloud) -> float:
    return cloud.clock.now_ms() / 1000


def around(cloud: RunningCloud) -> dict[str, float]:
    """The minutes around this moment."""
    return {"StartTime": now_s(cloud) - 300, "EndTime": now_s(cloud) + 300}


def results(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of an answer without what is of the moment."""
    return [{key: value for key, value in one.items() if key != "Timestamps"} for one in entry["MetricDataResults"]]


def query(query_id: str, name: str, stat: str, period: int = 60, **more: Any) -> dict[str, Any]:
    unit = {"Unit": more.pop("Unit")} if "Unit" in more else {}
    metric = {"Namespace": "n", "MetricName": name, **more}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat, **unit}}


@pytest.fixture(params=PROTOCOLS)
def spoken(request: pytest.FixtureRequest, timed_cloud: RunningCloud) -> tuple[Any, str]:
    """A client, and the protocol that it speaks."""
    return speaking(timed_cloud, request.param), request.param


def test_values_and_counts(timed_cloud: RunningCloud, spoken: tuple[Any, str]) -> None:
    """Entry test_put_metric_data_values_list."""
    client, protocol = spoken
    datum = {"MetricName": "test-metric", "Values": [1.0, 10.0], "Counts": [2, 4], "Unit": "Count"}
    client.put_metric_data(Namespace="n", MetricData=[{**datum, "Timestamp": now_s(timed_cloud)}])
    asked = {"Namespace": "n", "MetricName": "test-metric", "Period": 60, **around(timed_cloud)}
    answer = client.get_metric_statistics(**asked, Statistics=["Maximum", "SampleCount", "Sum"])
    theirs = recorded(RECORDED, f"test_put_metric_data_values_list[{protocol}]")["get_metric_statistics"]
    (ours,), (their,) = answer["Datapoints"], theirs["Datapoints"]
    assert {**ours, "Timestamp": "timestamp"} == their
    assert answer["Label"] == theirs["Label"]


@pytest.mark.parametrize(
    ("part", "datum"),
    [
        ("invalid-param-combination", {"Value": 1, "Values": [1]}),
        ("invalid-param-value", {"Values": [1], "Counts": [1, 2]}),
        (
            "invalid-param-combination-2",
            {"Value": 1, "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}},
        ),
    ],
)
def test_data_that_is_refused(spoken: tuple[Any, str], part: str, datum: dict[str, Any]) -> None:
    """Entry test_put_metric_data_validation."""
    client, protocol = spoken
    with pytest.raises(ClientError) as caught:
        client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", **datum}])
    theirs = recorded(RECORDED, f"test_put_metric_data_validation[{protocol}]")[part]
    assert caught.value.response["Error"] == theirs["Error"]
    assert not client.list_metrics()["Metrics"]


@pytest.mark.parametrize(
    ("dimension", "said"),
    [
        # https://github.com/cloudposse-archives/prometheus-to-cloudwatch/issues/14 quotes AWS.
        (("a", "\u00e9"), "The value for parameter {where}.Value contains non-ASCII characters."),
        (("\u00e9", "a"), "The value for parameter {where}.Name contains non-ASCII characters."),
        # The API reference's page of Dimension has these rules.
        ((":a", "b"), "The parameter {where}.Name must not start with a colon."),
        ((" ", "b"), "The parameter {where}.Name must include at least one non-whitespace character."),
        (("a", "b\t"), "The value for parameter {where}.Value contains ASCII control characters."),
    ],
)
def test_dimensions_that_are_refused(cloud: RunningCloud, dimension: tuple[str, str], said: str) -> None:
    name, value = dimension
    dimensions = [{"Name": "fine", "Value": ":-) "}, {"Name": name, "Value": value}]
    with pytest.raises(ClientError) as caught:
        cloud.client("cloudwatch").put_metric_data(
            Namespace="n", MetricData=[{"MetricName": "m", "Value": 1, "Dimensions": dimensions}]
        )
    error = caught.value.response["Error"]
    where = "MetricData.member.1.Dimensions.member.2"
    assert (error["Code"], error["Message"]) == ("InvalidParameterValue", said.format(where=where))


@pytest.mark.parametrize("stat", ["Sum", "SampleCount", "Minimum", "Maximum", "Average"])
def test_each_statistic(timed_cloud: RunningCloud, spoken: tuple[Any, str], stat: str) -> None:
    """Entry test_get_metric_data_stats."""
    client, protocol = spoken
    data = [{"MetricName": "metric1", "Value": value, "Unit": "Seconds"} for value in range(1, 12)]
    client.put_metric_data(Namespace="n", MetricData=data)
    answer = client.get_metric_data(MetricDataQueries=[query("result1", "metric1", stat)], **around(timed_cloud))
    assert results(answer) == results(
        recorded(RECORDED, f"test_get_metric_data_stats[{protocol}-{stat}]")["get_metric_data"]
    )


def test_units(timed_cloud: RunningCloud, spoken: tuple[Any, str]) -> None:
    """Entries test_handle_different_units, test_get_metric_data_with_different_units and
    test_get_metric_data_different_units_no_unit_in_query: the first unit by name is taken, others are told of."""
    client, protocol = spoken
    data: list[dict[str, Any]] = [{"Value": 1, "Unit": "Seconds"}, {"Value": 5, "Unit": "Count"}, {"Value": 10}]
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m-test", **datum} for datum in data])
    answer = client.get_metric_statistics(
        Namespace="n", MetricName="m-test", Period=60, Statistics=["Average"], **around(timed_cloud)
    )
    theirs = recorded(RECORDED, f"test_handle_different_units[{protocol}]")[
        "get_metric_statistics_with_different_units"
    ]

    def shown(points: list[dict[str, Any]]) -> list[tuple[str, float]]:
        return sorted((point["Unit"], point["Average"]) for point in points)

    assert shown(answer["Datapoints"]) == shown(theirs["Datapoints"])
    one = client.get_metric_data(
        MetricDataQueries=[query("m1", "m-test", "Average", Unit="Seconds")], **around(timed_cloud)
    )
    entry = recorded(RECORDED, f"test_get_metric_data_with_different_units[{protocol}]")
    assert results(one) == results(entry["get_metric_data_with_different_units"])
    base = [{"Value": 60000, "Unit": "Milliseconds"}, {"Value": 60, "Unit": "Seconds"}]
    asked = query("m1", "m-test", "Sum")
    for number, data in enumerate((base, base + base, [*base, *base, {"Value": 5, "Unit": "Count"}])):
        asked["MetricStat"]["Metric"]["Namespace"] = f"other-{number}"
        client.put_metric_data(
            Namespace=f"other-{number}", MetricData=[{"MetricName": "m-test", **datum} for datum in data]
        )
        several = client.get_metric_data(MetricDataQueries=[asked], **around(timed_cloud))
        name = f"test_get_metric_data_different_units_no_unit_in_query[{protocol}-metric_data{number}]"
        assert results(several) == results(recorded(RECORDED, name)["get_metric_data_with_no_unit_specified"])


@pytest.mark.parametrize(
    ("number", "pairs"),
    list(
        enumerate(
            [
                [("Sum", 60, "Seconds"), ("Minimum", 30, "Seconds")],
                [("Sum", 60, "Seconds"), ("Minimum", 60, "Seconds")],
                [("Sum", 60, "Seconds"), ("Sum", 30, "Seconds")],
                [("Sum", 60, "Seconds"), ("Minimum", 30, "Milliseconds")],
                [("Sum", 60, "Seconds"), ("Minimum", 60, "Milliseconds")],
                [("Sum", 60, "Seconds"), ("Sum", 30, "Milliseconds")],
                [("Sum", 60, "Seconds"), ("Sum", 60, "Milliseconds")],
            ]
        )
    ),
)
def test_labels(timed_cloud: RunningCloud, number: int, pairs: list[tuple[str, int, str]]) -> None:
    """Entry test_label_generation."""
    data = [{"MetricName": "metric1", "Value": value, "Unit": "Seconds"} for value in (0, 9, 100)]
    timed_cloud.client("cloudwatch").put_metric_data(Namespace="n", MetricData=data)
    queries = [
        query(f"result_{stat}_{period}_{unit}", "metric1", stat, period, Unit=unit) for stat, period, unit in pairs
    ]
    for protocol in PROTOCOLS:
        answer = speaking(timed_cloud, protocol).get_metric_data(MetricDataQueries=queries, **around(timed_cloud))
        theirs = recorded(RECORDED, f"test_label_generation[{protocol}-input_pairs{number}]")["label_generation"]
        assert results(answer) == results(theirs)


def test_dynamic_labels(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html"""
    client = timed_cloud.client("cloudwatch")
    dimensions = [{"Name": "f", "Value": "g"}]
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 5, "Dimensions": dimensions}])
    asked = {
        **query("a", "m", "Sum", Dimensions=dimensions),
        "Label": "${PROP('Dim.f')} ${LABEL} max: ${MAX} ${PROP('Stat')}",
    }
    answer = client.get_metric_data(MetricDataQueries=[asked], **around(timed_cloud))
    assert answer["MetricDataResults"][0]["Label"] == "g m max: 5 Sum"


def test_too_many_data_points(timed_cloud: RunningCloud, spoken: tuple[Any, str]) -> None:
    """Entry test_invalid_amount_of_datapoints."""
    client, protocol = spoken
    entry = recorded(RECORDED, f"test_invalid_amount_of_datapoints[{protocol}]")
    day = {"StartTime": now_s(timed_cloud) - 86400, "EndTime": now_s(timed_cloud)}
    asked = {"Namespace": "n", "MetricName": "metric_name", "Statistics": ["SampleCount"]}
    backwards = {"StartTime": day["EndTime"], "EndTime": day["EndTime"]}
    for part, more in (
        ("error-invalid-amount-datapoints", {**day, "Period": 1}),
        ("error-invalid-time-frame", {**backwards, "Period": 1}),
    ):
        with pytest.raises(ClientError) as caught:
            client.get_metric_statistics(**asked, **more)
        assert caught.value.response["Error"] == entry[part]["Error"]
    answer = client.get_metric_statistics(**asked, **day, Period=60)
    assert (answer["Datapoints"], answer["Label"]) == ([], "metric_name")


def test_metric_data_pages(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: PartialData is cut."""
    client = timed_cloud.client("cloudwatch")
    start_s = now_s(timed_cloud) // 60 * 60 - 600
    data = [{"MetricName": "m", "Value": minute, "Timestamp": start_s + 60 * minute} for minute in range(8)]
    client.put_metric_data(Namespace="n", MetricData=data)
    asked: dict[str, Any] = {}
    asked["MetricDataQueries"] = [query("a", "m", "Sum"), query("b", "m", "Sum"), query("c", "none", "Sum")]
    asked |= {"StartTime": start_s, "EndTime": start_s + 600, "ScanBy": "TimestampAscending"}
    pages = list(client.get_paginator("get_metric_data").paginate(**asked, PaginationConfig={"PageSize": 5}))
    shown = [[(one["Id"], one["StatusCode"], one["Values"]) for one in page["MetricDataResults"]] for page in pages]
    assert shown[0] == [("a", "PartialData", [0, 1, 2, 3, 4]), ("b", "PartialData", []), ("c", "Complete", [])]
    assert shown[1] == [("a", "Complete", [5, 6, 7]), ("b", "PartialData", [0, 1])]
    assert [values for page in shown for name, _, values in page if name == "b"] == [[], [0, 1], [2, 3, 4, 5, 6], [7]]
    descending = client.get_metric_data(**{**asked, "ScanBy": "TimestampDescending"})["MetricDataResults"][0]
    assert descending["Values"] == [7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Expression": "SEARCH('{n,a}', 'Sum')"}, "NotImplemented"),
        ({"Id": "Upper"}, "ValidationError"),
        ({"AccountId": "999999999999"}, "NotImplemented"),
        ({"MetricStat": None}, "ValidationError"),
    ],
)
def test_queries_that_are_refused(cloud: RunningCloud, change: dict[str, Any], code: str) -> None:
    asked = {key: value for key, value in {**query("a", "m", "Sum"), **change}.items() if value is not None}
    with pytest.raises(ClientError) as caught:
        cloud.client("cloudwatch").get_metric_data(MetricDataQueries=[asked], StartTime=0, EndTime=60)
    assert caught.value.response["Error"]["Code"] == code


def test_times_within_a_second_are_one_time(cloud: RunningCloud) -> None:
    """As https://github.com/getmoto/moto tests it (``test_get_metric_data_starttime_endtime_within_1_second``)."""
    client, span = cloud.client("cloudwatch"), {"StartTime": 60.02, "EndTime": 60.987}
    asked = {"Namespace": "n", "MetricName": "m", "Period": 60, "Statistics": ["Sum"]}
    with pytest.raises(ClientError, match="StartTime must be less than the parameter EndTime"):
        client.get_metric_statistics(**asked, **span)
    with pytest.raises(ClientError, match="StartTime must not equal parameter EndTime"):
        client.get_metric_data(MetricDataQueries=[query("a", "m", "Sum")], **span)


def test_listing(timed_cloud: RunningCloud, spoken: tuple[Any, str]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    client, _ = spoken
    for first in range(0, 600, 200):
        names = [f"m{number:03d}" for number in range(first, first + 200)]
        data = [{"MetricName": name, "Value": 1, "Dimensions": [{"Name": "d", "Value": name}]} for name in names]
        client.put_metric_data(Namespace="n", MetricData=data)
    pages = [page["Metrics"] for page in client.get_paginator("list_metrics").paginate(Namespace="n")]
    assert [len(page) for page in pages] == [500, 100]
    assert len({metric["MetricName"] for page in pages for metric in page}) == 600
    (found,) = client.list_metrics(Dimensions=[{"Name": "d", "Value": "m007"}])["Metrics"]
    assert found == {"Namespace": "n", "MetricName": "m007", "Dimensions": [{"Name": "d", "Value": "m007"}]}
    assert not client.list_metrics(Dimensions=[{"Name": "e"}])["Metrics"]
    assert not client.list_metrics(Namespace="n", MetricName="m")["Metrics"]
    timed_cloud.advance(4 * 3600)
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "new", "Value": 1}])
    recent = client.list_metrics(RecentlyActive="PT3H")["Metrics"]
    assert [metric["MetricName"] for metric in recent] == ["new"]
    timed_cloud.advance(14 * 86400 + 60)
    assert not client.list_metrics()["Metrics"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_compressed_requests(cloud: RunningCloud, protocol: str) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html: SDKs compress large PutMetricData."""
    client = speaking(cloud, protocol, request_min_compression_size_bytes=1)
    sent: list[str] = []
    client.meta.events.register(
        "before-send.cloudwatch.PutMetricData",
        lambda request, **_: sent.append(str(request.headers.get("Content-Encoding"))),
    )
    datum = {"MetricName": f"m-{protocol}", "Value": 1, "Dimensions": [{"Name": "d", "Value": "x" * 1000}]}
    client.put_metric_data(Namespace="zipped", MetricData=[datum] * 50)
    assert "gzip" in sent[0]
    (metric,) = client.list_metrics(Namespace="zipped", MetricName=f"m-{protocol}")["Metrics"]
    assert metric["Dimensions"][0]["Value"] == "x" * 1000


def test_a_request_by_hand(cloud: RunningCloud) -> None:
    """The query protocol as old tools speak it, compressed, and an action that nobody has."""
    body = b"Action=PutMetricData&Version=2010-08-01&Namespace=by-hand&MetricData.member.1.MetricName=m"
    body += b"&MetricData.member.1.Value=2"
    scope = f"{ACCOUNT}/20260101/us-east-1/monitoring/aws4_request"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    zipped = urllib.request.Request(
        cloud.endpoint, data=gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"}
    )
    with urllib.request.urlopen(zipped) as response:
        assert b"<PutMetricDataResponse" in response.read()
    assert cloud.client("cloudwatch").list_metrics(Namespace="by-hand")["Metrics"]


@pytest.mark.parametrize("count", [1000, 1001])
def test_limits(cloud: RunningCloud, count: int) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    client = cloud.client("cloudwatch")
    data = [{"MetricName": "m", "Value": 1}] * count
    if count == 1000:
        client.put_metric_data(Namespace="limits", MetricData=data)
        return
    with pytest.raises(ClientError, match="must not have a size greater than 1000"):
        client.put_metric_data(Namespace="limits", MetricData=data)
    large = [{"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "d", "Value": "x" * 1024}] * 1}] * 1000
    with pytest.raises(ClientError) as caught:
        client.put_metric_data(Namespace="limits", MetricData=[{**datum, "Unit": "Count"} for datum in large])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": float("inf")},
        {"Value": 1e300},
        {"Value": 1, "Timestamp": 1},
        {"Value": 1, "Timestamp": 4_000_000_000},
        {"Value": 1, "StorageResolution": 30},
        {"Values": [1.0] * 151},
        {"Value": 1, "Dimensions": [{"Name": "a", "Value": "b"}] * 2},
        {"StatisticValues": {"SampleCount": 0, "Sum": 1, "Minimum": 1, "Maximum": 1}},
    ],
)
def test_values_that_are_refused(cloud: RunningCloud, datum: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        speaking(cloud, "query").put_metric_data(Namespace="refused", MetricData=[{"MetricName": "m", **datum}])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_entities_are_refused(cloud: RunningCloud) -> None:
    entity = {
        "Entity": {"KeyAttributes": {"Type": "Service", "Name": "s"}},
        "MetricData": [{"MetricName": "m", "Value": 1}],
    }
    with pytest.raises(ClientError, match="EntityMetricData"):
        cloud.client("cloudwatch").put_metric_data(Namespace="n", EntityMetricData=[entity])


def test_statistic_sets_have_no_percentiles(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html: unless all are one."""
    client = timed_cloud.client("cloudwatch")
    sets = {"sums": (3, 30, 5, 15), "same": (3, 30, 10, 10)}
    for name, (count, total, least, most) in sets.items():
        values = {"SampleCount": count, "Sum": total, "Minimum": least, "Maximum": most}
        client.put_metric_data(Namespace="n", MetricData=[{"MetricName": name, "StatisticValues": values}])
    asked = {"Namespace": "n", "Period": 60, "ExtendedStatistics": ["p50"], "Statistics": ["Average"]}
    (sums,) = client.get_metric_statistics(**asked, MetricName="sums", **around(timed_cloud))["Datapoints"]
    assert sums["Average"] == 10 and "ExtendedStatistics" not in sums
    (same,) = client.get_metric_statistics(**asked, MetricName="same", **around(timed_cloud))["Datapoints"]
    assert same["ExtendedStatistics"] == {"p50": 10}


def test_old_data_becomes_coarser(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention"""
    client = timed_cloud.client("cloudwatch")
    start_s = now_s(timed_cloud) // 60 * 60
    timed_cloud.advance(60)
    data = [{"MetricName": "m", "Value": second, "Timestamp": start_s + second} for second in range(60)]
    client.put_metric_data(Namespace="n", MetricData=[{**datum, "StorageResolution": 1} for datum in data])

    def points(period_s: int) -> list[tuple[float, float]]:
        asked = query("a", "m", "Sum", period_s)
        span = {"StartTime": start_s // 3600 * 3600, "EndTime": start_s + 60}
        (found,) = client.get_metric_data(MetricDataQueries=[asked], **span)["MetricDataResults"]
        stamps = [round(stamp.timestamp() - start_s) for stamp in found["Timestamps"]]
        return sorted(zip(stamps, found["Values"], strict=True))

    def later(days: float) -> None:
        timed_cloud.advance(days * 86400)
        client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "other", "Value": 1}])

    assert points(1) == [(second, second) for second in range(60)]
    later(0.2)
    assert points(1) == [(0, sum(range(60)))]
    later(20)
    assert points(60) == [(-start_s % 300 and -(start_s % 300), sum(range(60)))]
    later(60)
    assert points(300) == [(-(start_s % 3600), sum(range(60)))]
    later(400)
    assert points(3600) == []


def test_what_services_count(timed_cloud: RunningCloud) -> None:
    """Counted in memory: there for whoever reads, and after the cloud was stopped."""
    cloud = timed_cloud.cloud
    call = Call(account=ACCOUNT, region="us-east-1")

    async def count() -> None:
        series = cloud.world.ports.metric.series(call, "AWS/Lambda", "Duration", {"FunctionName": "f"}, "Milliseconds")
        for value in (1.0, 2.0, 3.0):
            series.add(value)

    timed_cloud.run(count())
    asked = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Duration",
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
    }
    client = timed_cloud.client("cloudwatch")

    def shown() -> list[dict[str, Any]]:
        statistics = ["Sum", "SampleCount"]
        answer = client.get_metric_statistics(**asked, Period=60, Statistics=statistics, **around(timed_cloud))
        found: list[dict[str, Any]] = answer["Datapoints"]
        return found

    (point,) = shown()
    assert (point["Sum"], point["SampleCount"], point["Unit"]) == (6, 3, "Milliseconds")
    timed_cloud.run(count())
    timed_cloud.advance(1)
    timed_cloud.drain()
    (point,) = shown()
    assert point["Sum"] == 12


def test_dashboards(timed_cloud: RunningCloud, spoken: tuple[Any, str]) -> None:
    """Entries test_dashboard_lifecycle and test_invalid_dashboard_name."""
    client, protocol = spoken
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "<a>"}}]})
    assert client.put_dashboard(DashboardName="d-1", DashboardBody=body)["DashboardValidationMessages"] == []
    answer = client.get_dashboard(DashboardName="d-1")
    theirs = recorded(RECORDED, f"test_dashboard_lifecycle[{protocol}]")
    assert set(answer) == {*theirs["get_dashboard"], "ResponseMetadata"}
    assert answer["DashboardBody"] == body
    assert answer["DashboardArn"] == f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d-1"
    (entry,) = client.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert set(entry) == set(theirs["list_dashboards"]["DashboardEntries"][0])
    assert entry["Size"] == len(body)
    assert not client.list_dashboards(DashboardNamePrefix="no")["DashboardEntries"]
    with pytest.raises(ClientError) as caught:
        client.put_dashboard(DashboardName="no good", DashboardBody="{}")
    invalid = recorded(RECORDED, f"test_invalid_dashboard_name[{protocol}]")["error-invalid-dashboardname"]
    assert caught.value.response["Error"] == invalid["Error"]
    with pytest.raises(client.exceptions.DashboardInvalidInputError):
        client.put_dashboard(DashboardName="d", DashboardBody="{")
    client.delete_dashboards(DashboardNames=["d-1"])
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        client.delete_dashboards(DashboardNames=[])
    with pytest.raises(ClientError) as gone:
        client.get_dashboard(DashboardName="d-1")
    assert gone.value.response["Error"]["Code"] == "ResourceNotFound"
