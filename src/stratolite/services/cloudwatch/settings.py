"""What an alarm may be set to: checks and defaults of PutMetricAlarm.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.cloudwatch import api, rules, statistics
from stratolite.services.cloudwatch.domain import ACTIONS_OF, watched_of
from stratolite.services.cloudwatch.evaluation import COMPARISONS

DAY_S = 24 * 60 * 60
ACTED_ON = frozenset({"sns", "lambda"})
"""The services whose ARNs are actions here."""

_ELSEWHERE = {
    "ThresholdMetricId": "anomaly detection",
    "EvaluationCriteria": "alarms on PromQL queries",
    "EvaluationInterval": "alarms on PromQL queries",
    "EvaluationWindow": "evaluation windows",
    "WarmUpConfiguration": "warm-up",
    "ActionConfiguration": "action configurations",
}
_KEPT = (
    "AlarmDescription", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit",
    "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
    "EvaluateLowSampleCountPercentile", "Metrics",
)  # fmt: skip
_OF_THE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit", "Dimensions")
_CHOICES = {
    "TreatMissingData": ("breaching", "notBreaching", "ignore", "missing"),
    "EvaluateLowSampleCountPercentile": ("evaluate", "ignore"),
}


def of_request(call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a request makes, as DescribeAlarms shows them. Raises AwsErrors of rules and NotImplemented."""
    for name, what in _ELSEWHERE.items():
        if name in request:
            raise rules.not_here(f"{name} of PutMetricAlarm ({what})")
    for name in ("ComparisonOperator", "EvaluationPeriods", "Threshold"):
        if name not in request:
            raise api.MissingRequiredParameterException(f"The parameter {name} is required.")
    if request["ComparisonOperator"] not in COMPARISONS:
        raise rules.not_here(f"{request['ComparisonOperator']} of PutMetricAlarm (anomaly detection)")
    for name, choices in _CHOICES.items():
        if request.get(name, choices[0]) not in choices:
            listed = f"{', '.join(choices[:-1])} and {choices[-1]}"
            raise rules.Invalid(
                f"Option {request[name]} is not supported. Supported options for parameter {name} are {listed}."
            )
    kept = {name: request[name] for name in _KEPT if name in request}
    kept |= actions(request)
    if "Metrics" in request:
        _check_queries(call, request)
    else:
        _check_metric(request)
        kept["Dimensions"] = request.get("Dimensions", [])
    _check_evaluation(kept)
    return kept


def actions(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of actions. Raises for what is no action here."""
    kept: dict[str, Any] = {"ActionsEnabled": request.get("ActionsEnabled", True)}
    for setting in ACTIONS_OF.values():
        kept[setting] = request.get(setting, [])
        for action in kept[setting]:
            _check_action(action)
    return kept


def actions_of(settings: Mapping[str, Any]) -> Iterator[str]:
    """The actions of all states."""
    for setting in ACTIONS_OF.values():
        yield from settings[setting]


def _check_action(action: str) -> None:
    try:
        service = Arn.parse(action).service
    except ValueError:
        raise rules.Invalid(f"Invalid arn syntax: {action}") from None
    if service not in ACTED_ON:
        raise rules.not_here(f"The alarm action {action}: actions other than SNS topics and Lambda functions")


def _check_metric(request: Mapping[str, Any]) -> None:
    for name in ("MetricName", "Namespace", "Period"):
        if name not in request:
            raise api.MissingRequiredParameterException(f"The parameter {name} is required.")
    if ("Statistic" in request) == ("ExtendedStatistic" in request):
        raise api.InvalidParameterCombinationException(
            "Exactly one of the parameters Statistic and ExtendedStatistic must be specified."
        )
    extended = request.get("ExtendedStatistic")
    if extended is not None and statistics.extended(extended) is None:
        raise rules.invalid_value(f"The value {extended} for parameter ExtendedStatistic is not supported.")


def _check_queries(call: Call, request: Mapping[str, Any]) -> None:
    """``Metrics`` may be one query for one metric: the same alarm in another form."""
    for name in _OF_THE_METRIC:
        if name in request:
            raise api.InvalidParameterCombinationException(
                f"The parameters {name} and Metrics are mutually exclusive and you have specified both."
            )
    queries = request["Metrics"]
    if any("Expression" in query for query in queries):
        raise rules.not_here("Expression in Metrics of PutMetricAlarm (metric math)")
    if len(queries) != 1:
        raise rules.not_here("More than one query in Metrics of PutMetricAlarm")
    (query,) = queries
    if "MetricStat" not in query or not query.get("ReturnData", True):
        raise rules.Invalid("Exactly one element of the metrics list should return data.")
    if query.get("AccountId", call.account) != call.account:
        raise rules.not_here("AccountId of another account in PutMetricAlarm")
    stat = query["MetricStat"]["Stat"]
    if not statistics.is_known(stat):
        raise rules.invalid_value(f"The value {stat} for parameter Metrics.member.1.MetricStat.Stat is not supported.")


def _check_evaluation(kept: Mapping[str, Any]) -> None:
    watched, periods = watched_of(kept), kept["EvaluationPeriods"]
    if watched.period_s not in (10, 20, 30) and watched.period_s % 60:
        raise rules.Invalid("Period must be 10, 20, 30 or a multiple of 60")
    if kept.get("DatapointsToAlarm", 1) > periods:
        raise rules.Invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    longest_s = DAY_S if watched.period_s < 3600 else 7 * DAY_S
    if watched.period_s * periods > longest_s:
        raise rules.Invalid(
            f"Metrics cannot be checked across more than {'a day' if longest_s == DAY_S else 'a week'} "
            f"(EvaluationPeriods * Period must be <= {longest_s})."
        )
    if "EvaluateLowSampleCountPercentile" in kept and not watched.stat.startswith("p"):
        raise rules.Invalid("EvaluateLowSampleCountPercentile is only supported for percentile statistics.")
