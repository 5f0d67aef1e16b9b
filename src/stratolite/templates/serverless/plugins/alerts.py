"""serverless-plugin-aws-alerts: alarms for functions, the topics that hear of them, and metrics of what is logged.

``custom.alerts`` defines alarms and lists those of all functions, ``alarms`` of a function its own. All of it is made
with the stack of the service, also what would go to an ``externalStack``. Alarms of the type ``anomalyDetection``, and
dashboards, are not made, which is told.
Source: https://github.com/ACloudGuru/serverless-plugin-aws-alerts (1.7.5).
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, value_at
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.lodash import merge, present, upper_first
from stratolite.templates.serverless.service import Function

NAME = "serverless-plugin-aws-alerts"
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
ACTIONS = {"ok": "OKActions", "alarm": "AlarmActions", "insufficientData": "InsufficientDataActions"}
"""What topics are for, and the property of an alarm that names them."""
_OWN_ACTIONS = {"ok": "okActions", "alarm": "alarmActions", "insufficientData": "insufficientDataActions"}

Topics = dict[str, Any]
"""ARNs by what they are for; those of a name of their own below that name."""


def _of_functions(metric: str, threshold: int, statistic: str) -> dict[str, Any]:
    return {
        "namespace": "AWS/Lambda",
        "enabled": True,
        "actionsEnabled": True,
        "type": "static",
        "metric": metric,
        "threshold": threshold,
        "statistic": statistic,
        "period": 60,
        "evaluationPeriods": 1,
        "datapointsToAlarm": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
    }


DEFINITIONS = {
    "functionInvocations": _of_functions("Invocations", 100, "Sum"),
    "functionErrors": _of_functions("Errors", 1, "Sum"),
    "functionDuration": _of_functions("Duration", 500, "Average"),
    "functionThrottles": _of_functions("Throttles", 1, "Sum"),
}
"""Alarms that every service can name."""


def raise_alarms(work: Compilation, resources: dict[str, Any]) -> None:
    """Add topics, alarms and metric filters. Raises UserError for an alarm that nobody defines."""
    settings = value_at(work.service.document, "custom", "alerts")
    if not isinstance(settings, Map):
        return
    stages = settings.get("stages")
    if isinstance(stages, List) and work.service.stage not in stages:
        return
    if truthy(settings.get("dashboards")):
        at = work.service.mark("custom", "alerts", "dashboards")
        what = "custom.alerts.dashboards has no effect: dashboards are not made"
        work.warn(what, at, Kind.NO_EFFECT, about="plugins")
    definitions = merge(deepcopy(DEFINITIONS), settings.get("definitions") or {})
    made: dict[str, Any] = {}
    topics = _topics(settings.get("topics"), made)
    shared = [each for name in ("alarms", "global", "function") for each in settings.get(name) or ()]
    templates = {name: settings.get(name) for name in ("nameTemplate", "prefixTemplate")}
    for function in work.service.functions.values():
        wanted = [*_distinct(shared), *(function.settings.get("alarms") or ())]
        for alarm in _alarms(work, function, wanted, definitions):
            _make(work, made, function, {**templates, **alarm}, topics)
    for logical_id, resource in made.items():
        # What the service itself says of them wins, as it does where they are made before its own resources.
        resources[logical_id] = merge(resource, resources.get(logical_id, {}))


def _distinct(alarms: list[Any]) -> Iterator[Any]:
    for index, alarm in enumerate(alarms):
        if not isinstance(alarm, str) or alarm not in alarms[:index]:
            yield alarm


def _alarms(work: Compilation, function: Function, wanted: list[Any], definitions: Any) -> Iterator[dict[str, Any]]:
    for alarm in wanted:
        name = alarm.get("name") if isinstance(alarm, Map) else alarm
        defined = definitions.get(name)
        if defined is None and not isinstance(alarm, Map):
            at = work.service.mark("custom", "alerts")
            raise refusal(f"the alarm {name!r} is not defined", at, "Add it to 'custom.alerts.definitions'.")
        found: dict[str, Any] = merge({"enabled": True, "type": "static"}, defined or {})
        found = merge(found, alarm if isinstance(alarm, Map) else {"name": name})
        if found["type"] != "static":
            what = f"the alarm {name} of the type {found['type']} is not made for the function {function.key}"
            work.warn(what, work.service.mark("custom", "alerts"), Kind.LEFT_OUT, about="plugins")
            continue
        yield found


# Topics ------------------------------------------------------------------------------------------------------------


def _topics(settings: Any, made: dict[str, Any]) -> Topics:
    topics: Topics = {}
    for key, given in settings.items() if isinstance(settings, Map) else ():
        if key in ACTIONS:
            topics[key] = _topic(f"AwsAlerts{upper_first(key)}", given, made)
            continue
        topics[key] = {
            name: _topic(f"AwsAlerts{upper_first(key)}{upper_first(name)}", each, made)
            for name, each in (given.items() if isinstance(given, Map) else ())
        }
    return topics


def _topic(logical_id: str, given: Any, made: dict[str, Any]) -> Any:
    """The ARN of a topic; one that is named is made. None where there is none."""
    topic = given.get("topic") if isinstance(given, Map) and "topic" in given else given
    if not topic or isinstance(topic, dict) or str(topic).startswith("arn:"):
        return topic or None
    heard = given.get("notifications") if isinstance(given, Map) else None
    rows = [{"Protocol": each.get("protocol"), "Endpoint": each.get("endpoint")} for each in heard or ()]
    properties = {"TopicName": topic, "Subscription": rows}
    made[logical_id] = {"Type": "AWS::SNS::Topic", "Properties": properties}
    return {"Ref": logical_id}


# Alarms ------------------------------------------------------------------------------------------------------------


def _make(work: Compilation, made: dict[str, Any], function: Function, alarm: dict[str, Any], topics: Topics) -> None:
    logical_id = f"{naming.normalized(function.key)}{naming.normalized(str(alarm.get('name')))}Alarm"
    if not truthy(alarm["enabled"]):
        made.pop(logical_id, None)
        return
    by_pattern = truthy(alarm.get("pattern"))
    metric = str(alarm.get("metric"))
    metric_id = f"{upper_first(metric)}{function.logical_id}" if by_pattern else metric
    statistic = alarm.get("statistic")
    is_plain = statistic in STATISTICS
    properties = {
        "ActionsEnabled": alarm.get("actionsEnabled"),
        "Namespace": work.service.stack_name if by_pattern else alarm.get("namespace"),
        "MetricName": metric_id,
        "AlarmDescription": alarm.get("description"),
        "Threshold": alarm.get("threshold"),
        "Period": alarm.get("period"),
        "EvaluationPeriods": alarm.get("evaluationPeriods"),
        "DatapointsToAlarm": alarm.get("datapointsToAlarm"),
        "ComparisonOperator": alarm.get("comparisonOperator"),
        **{member: _heard(alarm, topics, key) for key, member in ACTIONS.items()},
        "Dimensions": [] if by_pattern else _dimensions(alarm, function),
        "TreatMissingData": alarm.get("treatMissingData") or "missing",
        "Statistic": statistic if is_plain else None,
        "ExtendedStatistic": None if is_plain else statistic,
        "EvaluateLowSampleCountPercentile": None if is_plain else alarm.get("evaluateLowSampleCountPercentile"),
        "AlarmName": _name(work, function, alarm, metric_id),
    }
    made[logical_id] = {"Type": "AWS::CloudWatch::Alarm", "Properties": present(properties)}
    if by_pattern:
        _count(work, made, function, alarm, metric_id)


def _heard(alarm: dict[str, Any], topics: Topics, key: str) -> list[Any]:
    """The topics that hear of a state: those of all alarms, and those that this one names."""
    named = [topics.get(str(name), {}).get(key) for name in alarm.get(_OWN_ACTIONS[key]) or ()]
    return [topic for topic in (topics.get(key), *named) if topic is not None]


def _dimensions(alarm: dict[str, Any], function: Function) -> list[Any]:
    given = list(alarm.get("dimensions") or ())
    if truthy(alarm.get("omitDefaultDimension")):
        return given
    others = [each for each in given if each.get("Name") != "FunctionName"]
    return [*others, {"Name": "FunctionName", "Value": {"Ref": function.logical_id}}]


def _name(work: Compilation, function: Function, alarm: dict[str, Any], metric_id: str) -> str | None:
    """What templates make of it; None where there are none."""
    template, prefix = alarm.get("nameTemplate"), alarm.get("prefixTemplate")
    if not truthy(template) and not truthy(prefix):
        return None
    metric = alarm.get("metric") if truthy(template) else alarm.get("name") or alarm.get("metric")
    name = str(template or "$[functionName]-$[metricName]")
    for key, value in (
        ("functionName", function.key),
        ("functionId", function.logical_id),
        ("metricName", str(metric)),
        ("metricId", metric_id),
    ):
        name = name.replace(f"$[{key}]", value, 1)
    before = "$[stackName]" if prefix is None else str(prefix)
    before = before.replace("$[stackName]", work.service.stack_name, 1)
    return f"{before}-{name}" if before else name


def _count(work: Compilation, made: dict[str, Any], function: Function, alarm: dict[str, Any], metric: str) -> None:
    """Metric filters: 1 for each line that a pattern fits, 0 for each line, so that there is a value at all times."""
    base = f"{function.logical_id}{upper_first(str(alarm.get('name')))}LogMetricFilter"
    for ending, pattern, value in (("ALERT", alarm["pattern"], 1), ("OK", "", 0)):
        counted = {"MetricValue": value, "MetricNamespace": work.service.stack_name, "MetricName": metric}
        made[f"{base}{ending}"] = {
            "Type": "AWS::Logs::MetricFilter",
            "DependsOn": naming.log_group(function.key),
            "Properties": {
                "FilterPattern": pattern,
                "LogGroupName": naming.log_group_name(function.name),
                "MetricTransformations": [counted],
            },
        }
