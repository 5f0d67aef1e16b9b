"""What targets are told of a new state: the message to SNS, the event to Lambda, the event on the bus, the history.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html and the recorded answers.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudwatch.domain import Alarm, State, Watched
from stratolite.services.cloudwatch.reason import java_date

SUBJECT_LENGTH_MAX = 100

_STATISTICS = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}
REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "cn-north-1": "China (Beijing)",
    "cn-northwest-1": "China (Ningxia)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
}


def subject(alarm: Alarm) -> str:
    """The subject of the message, within what SNS takes."""
    form = f'{alarm.state.value}: "%s" in {_region(alarm)}'
    room = SUBJECT_LENGTH_MAX - len(form) + 2
    # SNS takes ASCII alone.
    name = alarm.name.encode("ascii", "replace").decode()
    return form % (name if len(name) <= room else f"{name[: room - 3]}...")


def message(alarm: Alarm, old: State) -> str:
    """The message to a topic."""
    settings = alarm.settings
    document: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": alarm.account,
        "AlarmConfigurationUpdatedTimestamp": java_date(alarm.updated_ms),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": java_date(alarm.state.updated_ms),
        "Region": _region(alarm),
        "AlarmArn": alarm.arn,
        "OldStateValue": old.value,
        "OKActions": settings["OKActions"],
        "AlarmActions": settings["AlarmActions"],
        "InsufficientDataActions": settings["InsufficientDataActions"],
    }
    if alarm.is_composite:
        document |= {"AlarmRule": settings["AlarmRule"], "TriggeringChildren": _triggering(alarm)}
    else:
        document["Trigger"] = _trigger(alarm, alarm.watched)
    document["ActionExecutedAfterMuteWindow"] = False
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _triggering(alarm: Alarm) -> list[dict[str, Any]]:
    """The alarms that changed a composite one, in the form of the message."""
    found = json.loads(alarm.state.reason_data or "{}").get("triggeringAlarms", [])
    return [
        {"Arn": one["arn"], "State": {"Value": one["state"]["value"], "Timestamp": one["state"]["timestamp"]}}
        for one in found
    ]


def _trigger(alarm: Alarm, watched: Watched) -> dict[str, Any]:
    settings = alarm.settings
    trigger: dict[str, Any] = {"MetricName": watched.name, "Namespace": watched.namespace}
    if watched.statistic:
        trigger |= {"StatisticType": "Statistic", "Statistic": _STATISTICS[watched.statistic]}
    else:
        trigger |= {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": watched.extended}
    trigger |= {
        "Unit": watched.unit or None,
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in watched.dimensions],
        "Period": watched.period_s,
        "EvaluationPeriods": settings["EvaluationPeriods"],
    }
    if "DatapointsToAlarm" in settings:
        trigger["DatapointsToAlarm"] = settings["DatapointsToAlarm"]
    return trigger | {
        "ComparisonOperator": settings["ComparisonOperator"],
        "Threshold": float(settings["Threshold"]),
        "TreatMissingData": settings.get("TreatMissingData", ""),
        "EvaluateLowSampleCountPercentile": settings.get("EvaluateLowSampleCountPercentile", ""),
    }


def lambda_event(alarm: Alarm, old: State) -> dict[str, Any]:
    """The event to a function."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.account,
        "time": java_date(alarm.state.updated_ms),
        "region": alarm.region,
        "alarmData": detail(alarm, old),
    }


def detail(alarm: Alarm, old: State) -> dict[str, Any]:
    """What the bus is told, and a function too."""
    configuration: dict[str, Any] = {}
    if alarm.settings.get("AlarmDescription"):
        configuration["description"] = alarm.settings["AlarmDescription"]
    if alarm.is_composite:
        configuration["alarmRule"] = alarm.settings["AlarmRule"]
    else:
        configuration["metrics"] = [_query(alarm, alarm.watched)]
    return {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(old),
        "configuration": configuration,
    }


def _query(alarm: Alarm, watched: Watched) -> dict[str, Any]:
    stat: dict[str, Any] = {
        "metric": {
            "namespace": watched.namespace,
            "name": watched.name,
            "dimensions": {one["Name"]: one["Value"] for one in watched.dimensions},
        },
        "period": watched.period_s,
        "stat": watched.stat,
    }
    if watched.unit:
        stat["unit"] = watched.unit
    return {"id": watched.query_id or _query_id(alarm), "metricStat": stat, "returnData": True}


def _query_id(alarm: Alarm) -> str:
    """AWS makes one up; here it is always the same for an alarm."""
    digits = hashlib.sha256(alarm.arn.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _state(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason}
    if state.reason_data:
        shown["reasonData"] = state.reason_data
    return {**shown, "timestamp": java_date(state.updated_ms)}


def history_of_state(new: State, old: State) -> str:
    """The data of the history's item of a new state."""
    return json.dumps({"version": "1.0", "oldState": _told(old), "newState": _told(new)}, separators=(",", ":"))


def _told(state: State) -> dict[str, Any]:
    told: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data:
        told["stateReasonData"] = json.loads(state.reason_data)
    return told


def history_of_settings(alarm: Alarm, *, is_new: bool) -> str:
    """The data of the history's item of an alarm that was put."""
    settings = alarm.settings
    told: dict[str, Any] = {
        "stateValue": alarm.state.value,
        "okactions": settings["OKActions"],
        "alarmActions": settings["AlarmActions"],
        "alarmName": alarm.name,
        "insufficientDataActions": settings["InsufficientDataActions"],
        "actionsEnabled": settings["ActionsEnabled"],
        "alarmArn": alarm.arn,
        "alarmConfigurationUpdatedTimestamp": java_date(alarm.updated_ms),
    }
    if settings.get("AlarmDescription"):
        told["alarmDescription"] = settings["AlarmDescription"]
    told |= {"alarmRule": settings["AlarmRule"]} if alarm.is_composite else _told_metric(settings, alarm.watched)
    kind, key = ("Create", "createdAlarm") if is_new else ("Update", "updatedAlarm")
    return json.dumps({"version": "1.0", "type": kind, key: told}, separators=(",", ":"))


def _told_metric(settings: Mapping[str, Any], watched: Watched) -> dict[str, Any]:
    return {
        "threshold": settings["Threshold"],
        "namespace": watched.namespace,
        "dimensions": [{"name": one["Name"], "value": one["Value"]} for one in watched.dimensions],
        "evaluationPeriods": settings["EvaluationPeriods"],
        "comparisonOperator": settings["ComparisonOperator"],
        "metricName": watched.name,
        "period": watched.period_s,
        "statistic" if watched.statistic else "extendedStatistic": watched.stat,
    }


def history_of_action(alarm: Alarm, action: str, error: str) -> str:
    """The data of the history's item of an action that was executed, or failed."""
    told: dict[str, Any] = {
        "actionState": "Failed" if error else "Succeeded",
        "notificationResource": action,
        "stateUpdateTimestamp": alarm.state.updated_ms,
    }
    if error:
        told["error"] = error
    return json.dumps(told, separators=(",", ":"))


def _region(alarm: Alarm) -> str:
    return REGIONS.get(alarm.region, alarm.region)
