"""Statistics of one metric."""

import math

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, api, rules, series
from stratolite.services.cloudwatch.statistics import compute


def get_metric_statistics(
    call: Call, cloudwatch: CloudWatch, request: api.GetMetricStatisticsInput
) -> api.GetMetricStatisticsOutput:
    """The data points of one metric; those of several units stand beside each other unless one is asked for."""
    plain, extended = request.get("Statistics", []), request.get("ExtendedStatistics", [])
    if not plain and not extended:
        raise api.InvalidParameterCombinationException(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        )
    for text in extended:
        rules.check_statistic(text, "ExtendedStatistics")
    rules.check_period(request["Period"])
    # AWS looks at whole seconds.
    if int(request["StartTime"]) >= int(request["EndTime"]):
        raise rules.invalid_value("The parameter StartTime must be less than the parameter EndTime.")
    span = series.asked(request["StartTime"], request["EndTime"], request["Period"])
    count = math.ceil((request["EndTime"] - request["StartTime"]) / request["Period"])
    if count > rules.DATAPOINTS_MAX:
        raise api.InvalidParameterCombinationException(
            f"You have requested up to {count} datapoints, which exceeds the limit of {rules.DATAPOINTS_MAX}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    metric = rules.metric_of(call, request)
    found = series.by_period(cloudwatch.store, metric, span, request.get("Unit", ""))
    datapoints: list[api.Datapoint] = []
    for (begin_ms, unit), values in found.items():
        datapoint: api.Datapoint = {"Timestamp": begin_ms / 1000, "Unit": unit}
        for text in plain:
            datapoint[text] = compute(text, values)  # type: ignore[literal-required]
        computed = {text: value for text in extended if (value := compute(text, values)) is not None}
        if computed:
            datapoint["ExtendedStatistics"] = computed
        if plain or computed:
            datapoints.append(datapoint)
    return {"Label": request["MetricName"], "Datapoints": datapoints}
