"""Data points: put, and read by many queries at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, place_of, token_of
from stratolite.services.cloudwatch import CloudWatch, api, labels, rules, series, statistics
from stratolite.services.cloudwatch.store import Metric, Point, Store


def put_metric_data(call: Call, cloudwatch: CloudWatch, request: api.PutMetricDataInput) -> None:
    """Add data points to metrics, which are made when they lack."""
    rules.check_namespace(request["Namespace"])
    if request.get("EntityMetricData"):
        raise rules.not_here("EntityMetricData of PutMetricData")
    data = request.get("MetricData", [])
    rules.check_size(data)
    made: list[tuple[Metric, Point]] = []
    for index, datum in enumerate(data, 1):
        where = f"MetricData.member.{index}"
        resolution_s = rules.resolution_s(datum, where)
        values = rules.values_of(datum, where)
        rules.check_dimensions(datum.get("Dimensions", ()), f"{where}.")
        metric = rules.metric_of(call, {**datum, "Namespace": request["Namespace"]}, f"{where}.")
        begin_ms = rules.begin_ms(datum, where, resolution_s, call.now_ms)
        if values.count:
            made.append((metric, Point(begin_ms, resolution_s, datum.get("Unit", "None"), values)))
    store = cloudwatch.store
    for metric, point in made:
        store.add(metric, point)
    cloudwatch.retention.keep_house(call.now_ms)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one query found, in the order that was asked for."""

    query_id: str
    label: str
    points: Sequence[tuple[int, float]]
    messages: Sequence[api.MessageData]


def get_metric_data(call: Call, cloudwatch: CloudWatch, request: api.GetMetricDataInput) -> api.GetMetricDataOutput:
    """The data points of metrics, a page at a time. Expressions (metric math, SEARCH, SQL) are refused by name."""
    queries = request["MetricDataQueries"]
    _check(call, queries, request)
    size = request.get("MaxDatapoints", rules.PAGE_DATAPOINTS_MAX)
    if not 1 <= size <= rules.PAGE_DATAPOINTS_MAX:
        raise rules.invalid_value(f"The parameter MaxDatapoints must be between 1 and {rules.PAGE_DATAPOINTS_MAX}.")
    store = cloudwatch.store
    own = labels.plain([query["MetricStat"] for query in queries])
    found = [
        _find(call, store, request, query, label)
        for query, label in zip(queries, own, strict=True)
        if query.get("ReturnData", True)
    ]
    start = _place(request.get("NextToken", ""))
    results, end = _page(found, start, size)
    answer: api.GetMetricDataOutput = {"MetricDataResults": results, "Messages": []}
    if end < sum(len(one.points) for one in found):
        answer["NextToken"] = token_of(end)
    return answer


def _check(call: Call, queries: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> None:
    if not queries:
        raise rules.Invalid("The parameter MetricDataQueries is required.\n")
    if len(queries) > rules.QUERIES_MAX:
        raise rules.Invalid(f"The collection MetricDataQueries must not have a size greater than {rules.QUERIES_MAX}.")
    for index, query in enumerate(queries, 1):
        where = f"MetricDataQueries.member.{index}"
        if not rules.matches_id(query["Id"]):
            raise rules.Invalid(
                f"The value {query['Id']} for parameter {where}.Id is not matching the expected pattern "
                "^[a-z][a-zA-Z0-9_]*$."
            )
        _check_query(call, query, where)
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise rules.Invalid("The values for parameter id in MetricDataQueries must be unique.")
    if request["StartTime"] > request["EndTime"]:
        raise rules.Invalid("The parameter EndTime must be greater than StartTime.")
    # AWS looks at whole seconds.
    if int(request["StartTime"]) == int(request["EndTime"]):
        raise rules.Invalid("The parameter StartTime must not equal parameter EndTime.")


def _check_query(call: Call, query: Mapping[str, Any], where: str) -> None:
    if "Expression" in query:
        raise rules.not_here("Expression of GetMetricData (metric math, SEARCH and SQL)")
    if query.get("AccountId", call.account) != call.account:
        raise rules.not_here("AccountId of another account in GetMetricData")
    if "MetricStat" not in query:
        raise rules.Invalid(f"The parameter {where}.MetricStat is required.\n")
    stat = query["MetricStat"]
    rules.check_period(stat["Period"], f"{where}.MetricStat.Period")
    rules.check_statistic(stat["Stat"], f"{where}.MetricStat.Stat")


def _find(call: Call, store: Store, request: Mapping[str, Any], query: Mapping[str, Any], own: str) -> _Found:
    stat = query["MetricStat"]
    span = series.asked(request["StartTime"], request["EndTime"], stat["Period"])
    metric = rules.metric_of(call, stat["Metric"])
    found = series.by_period(store, metric, span, stat.get("Unit", ""))
    several = series.units(found)
    messages: list[api.MessageData] = []
    if len(several) > 1:
        messages = [{"Code": "MultipleUnits", "Value": f"Multiple units returned: '[{', '.join(several)}]'"}]
    points = [
        (begin_ms, value)
        for begin_ms, values in (series.of_one_unit(found) if found else ())
        if (value := statistics.compute(stat["Stat"], values)) is not None
    ]
    label = own
    if "Label" in query:
        label = labels.dynamic(call, query["Label"], own, stat, [value for _, value in points])
    if request.get("ScanBy") != "TimestampAscending":
        points.reverse()
    return _Found(query["Id"], label, points, messages)


def _page(found: Sequence[_Found], start: int, size: int) -> tuple[list[api.MetricDataResult], int]:
    """The results from a data point on, counted over all of them, and where the page ends."""
    results: list[api.MetricDataResult] = []
    before, end = 0, start + size
    for one in found:
        count = len(one.points)
        first, last = max(start - before, 0), min(end - before, count)
        before += count
        # On later pages only those are told of that have more.
        if start and first >= count:
            continue
        shown = one.points[first : max(last, 0)]
        result: api.MetricDataResult = {
            "Id": one.query_id,
            "Label": one.label,
            "Timestamps": [begin_ms / 1000 for begin_ms, _ in shown],
            "Values": [value for _, value in shown],
            "StatusCode": "Complete" if not count or last >= count else "PartialData",
        }
        if one.messages:
            result["Messages"] = list(one.messages)
        results.append(result)
    return results, min(end, before)


def _place(token: str) -> int:
    try:
        return place_of(token)
    except InvalidToken:
        raise api.InvalidNextToken("The specified next token is invalid.") from None
