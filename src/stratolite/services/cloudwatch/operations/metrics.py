"""Which metrics there are."""

from collections.abc import Sequence
from itertools import islice

from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, place_of, token_of
from stratolite.services.cloudwatch import CloudWatch, api, rules
from stratolite.services.cloudwatch.store import Dimensions

LISTED_MS = 14 * 24 * 60 * 60 * 1000
"""Metrics without data for so long are not listed."""
RECENT_MS = 3 * 60 * 60 * 1000


def list_metrics(call: Call, cloudwatch: CloudWatch, request: api.ListMetricsInput) -> api.ListMetricsOutput:
    """Metrics that had data within two weeks, or within three hours, a page of 500 at a time."""
    if request.get("IncludeLinkedAccounts"):
        raise rules.not_here("IncludeLinkedAccounts of ListMetrics")
    if request.get("OwningAccount", call.account) != call.account:
        raise rules.not_here("OwningAccount of another account in ListMetrics")
    since_ms = call.now_ms - (RECENT_MS if request.get("RecentlyActive") else LISTED_MS)
    filters = request.get("Dimensions", [])
    rows = cloudwatch.store.metrics(
        call.account,
        call.region,
        namespace=request.get("Namespace", ""),
        name=request.get("MetricName", ""),
        since_ms=since_ms,
        after=_place(request.get("NextToken", "")),
    )
    matching = ((metric_id, metric) for metric_id, metric in rows if _matches(metric.dimensions, filters))
    found = list(islice(matching, rules.METRICS_PAGE + 1))
    shown = found[: rules.METRICS_PAGE]
    answer: api.ListMetricsOutput = {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for _, metric in shown
        ]
    }
    if len(found) > len(shown):
        answer["NextToken"] = token_of(shown[-1][0])
    return answer


def _matches(dimensions: Dimensions, filters: Sequence[api.DimensionFilter]) -> bool:
    known = dict(dimensions)
    return all(
        wanted["Name"] in known and wanted.get("Value", known[wanted["Name"]]) == known[wanted["Name"]]
        for wanted in filters
    )


def _place(token: str) -> int:
    try:
        return place_of(token)
    except InvalidToken:
        raise rules.invalid_value("Request parameter NextToken is invalid") from None
