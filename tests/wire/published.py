"""Reading metrics that services publish about themselves."""

from datetime import UTC, datetime
from typing import Any

from tests.conftest import RunningCloud


def published(cloud: RunningCloud, namespace: str, name: str, **dimensions: str) -> Any:
    """Sum, count and largest value of a metric over the last hours; None where it has no values."""
    now_s = cloud.clock.now_s()
    answer = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.fromtimestamp(now_s - 10 * 3600, UTC),
        EndTime=datetime.fromtimestamp(now_s + 3600, UTC),
        Period=24 * 3600,
        Statistics=["Sum", "SampleCount", "Maximum"],
    )
    points = answer["Datapoints"]
    if not points:
        return None
    most = max(one["Maximum"] for one in points)
    return sum(one["Sum"] for one in points), sum(one["SampleCount"] for one in points), most


def units(cloud: RunningCloud, namespace: str) -> dict[str, str]:
    """The units of a namespace's metrics, by name."""
    client, now_s = cloud.client("cloudwatch"), cloud.clock.now_s()
    found = {}
    for metric in client.list_metrics(Namespace=namespace)["Metrics"]:
        answer = client.get_metric_statistics(
            **metric,
            StartTime=datetime.fromtimestamp(now_s - 10 * 3600, UTC),
            EndTime=datetime.fromtimestamp(now_s + 3600, UTC),
            Period=24 * 3600,
            Statistics=["Sum"],
        )
        found[metric["MetricName"]] = answer["Datapoints"][0]["Unit"]
    return found
