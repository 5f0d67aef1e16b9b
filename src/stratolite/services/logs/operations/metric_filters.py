"""Metric filters: what lines count as."""

import base64
import binascii

from stratolite.core.call import Call
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.filter_store import MetricFilter
from stratolite.services.logs.filters import extracted, reader
from stratolite.services.logs.transformation import transformation

DESCRIBED_DEFAULT = 50


def put_metric_filter(call: Call, logs: Logs, request: api.PutMetricFilterRequest) -> None:
    """Count the lines of a group that match a pattern, from now on."""
    name, pattern, [given] = request["filterName"], request["filterPattern"], request["metricTransformations"]
    rules.check_names(request["logGroupName"])
    rules.check_filter(request)
    transformation(pattern, given)
    group = logs.store.require_group(call, request["logGroupName"])
    rules.check_filtered(group)
    rules.check_regexes(pattern, logs.filters.patterns(group.id, without_metric=name))
    names = {one.name for one in logs.filters.metric_filters(group.id)}
    if name not in names and len(names) == rules.METRIC_FILTERS_MAX:
        raise api.LimitExceededException("Resource limit exceeded.")
    logs.filters.put_metric_filter(group.id, name, pattern, given, call.now_ms)


def delete_metric_filter(call: Call, logs: Logs, request: api.DeleteMetricFilterRequest) -> None:
    """Count no more; what was counted stays."""
    rules.check_names(request["logGroupName"])
    group = logs.store.require_group(call, request["logGroupName"])
    if not logs.filters.delete_metric_filter(group.id, request["filterName"]):
        raise api.ResourceNotFoundException("The specified metric filter does not exist.")


def describe_metric_filters(
    call: Call, logs: Logs, request: api.DescribeMetricFiltersRequest
) -> api.DescribeMetricFiltersResponse:
    """Filters of a group or of all groups, in order of name, a page at a time."""
    metric, namespace = request.get("metricName"), request.get("metricNamespace")
    if (metric is None) != (namespace is None):
        raise api.InvalidParameterException("metricName and metricNamespace must be specified together.")
    if "logGroupName" in request:
        rules.check_names(request["logGroupName"])
        found = logs.filters.metric_filters(logs.store.require_group(call, request["logGroupName"]).id)
    else:
        found = logs.filters.all_metric_filters(call)
    prefix, after = request.get("filterNamePrefix", ""), _after(request.get("nextToken"))
    wanted = [
        one
        for one in found
        if one.name.startswith(prefix)
        and (one.name, one.group_name) > after
        and (metric is None or one.transformation["metricName"] == metric)
        and (namespace is None or one.transformation["metricNamespace"] == namespace)
    ]
    shown = wanted[: request.get("limit", DESCRIBED_DEFAULT)]
    answer: api.DescribeMetricFiltersResponse = {"metricFilters": [_described(one) for one in shown]}
    if len(wanted) > len(shown):
        place = f"{shown[-1].name}\n{shown[-1].group_name}"
        answer["nextToken"] = base64.urlsafe_b64encode(place.encode()).decode()
    return answer


def test_metric_filter(call: Call, logs: Logs, request: api.TestMetricFilterRequest) -> api.TestMetricFilterResponse:
    """Which messages a pattern matches, and the columns that it finds in them."""
    read = reader(request["filterPattern"])
    matches: list[api.MetricFilterMatchRecord] = []
    for number, message in enumerate(request["logEventMessages"]):
        found = read(message)
        if found is not None:
            matches.append({"eventNumber": number, "eventMessage": message, "extractedValues": extracted(found)})
    return {"matches": matches}


def _described(one: MetricFilter) -> api.MetricFilter:
    given: api.MetricTransformation = {
        "metricName": one.transformation["metricName"],
        "metricNamespace": one.transformation["metricNamespace"],
        "metricValue": one.transformation["metricValue"],
    }
    if "defaultValue" in one.transformation:
        given["defaultValue"] = one.transformation["defaultValue"]
    if "dimensions" in one.transformation:
        given["dimensions"] = one.transformation["dimensions"]
    if "unit" in one.transformation:
        given["unit"] = one.transformation["unit"]
    return {
        "filterName": one.name,
        "filterPattern": one.pattern,
        "metricTransformations": [given],
        "creationTime": one.created_ms,
        "logGroupName": one.group_name,
        "applyOnTransformedLogs": False,
    }


def _after(token: str | None) -> tuple[str, str]:
    if not token:
        return "", ""
    try:
        name, _, group_name = base64.b64decode(token, altchars=b"-_", validate=True).decode().partition("\n")
    except (binascii.Error, UnicodeDecodeError):
        raise rules.invalid_token() from None
    return name, group_name
