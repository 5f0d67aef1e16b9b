"""CloudFormation's view of CloudWatch: ``AWS::CloudWatch::Alarm``, ``CompositeAlarm``, ``Dashboard``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.cloudwatch import api

NAME_LENGTH_MAX = 255
_SETTINGS = (
    "ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions",
    "EvaluateLowSampleCountPercentile", "EvaluationPeriods", "ExtendedStatistic", "InsufficientDataActions",
    "MetricName", "Metrics", "Namespace", "OKActions", "Period", "Statistic", "Threshold", "TreatMissingData", "Unit",
)  # fmt: skip
_COMPOSITE = (
    "ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmRule", "InsufficientDataActions", "OKActions",
)  # fmt: skip


def _create_alarm(work: Work) -> Made:
    name = work.properties.get("AlarmName") or work.generated_name(NAME_LENGTH_MAX, "any")
    return _put_alarm(work, name, {"Tags": work.properties["Tags"]} if work.properties.get("Tags") else {})


def _update_alarm(work: Work) -> Made:
    made = _put_alarm(work, work.physical_id, {})
    _update_tags(work, made.attributes["Arn"])
    return made


def _put_alarm(work: Work, name: str, more: Mapping[str, Any]) -> Made:
    settings = {key: work.properties[key] for key in _SETTINGS if work.properties.get(key) is not None}
    work.operate("PutMetricAlarm", {"AlarmName": name, **settings, **more})
    return Made(name, {"Arn": work.call.arn("cloudwatch", f"alarm:{name}")})


def _delete_alarm(work: Work) -> None:
    work.operate("DeleteAlarms", {"AlarmNames": [work.physical_id]})


def _update_tags(work: Work, arn: str) -> None:
    wanted, had = work.properties.get("Tags") or [], work.previous.get("Tags") or []
    gone = {tag["Key"] for tag in had} - {tag["Key"] for tag in wanted}
    if gone:
        work.operate("UntagResource", {"ResourceARN": arn, "TagKeys": sorted(gone)})
    if wanted and wanted != had:
        work.operate("TagResource", {"ResourceARN": arn, "Tags": wanted})


def _refuse_alarm(properties: Mapping[str, Any]) -> None:
    queries = properties.get("Metrics")
    if isinstance(queries, list) and any(isinstance(query, Mapping) and "Expression" in query for query in queries):
        raise NotImplementedHere(
            "Metrics with an Expression (metric math) of AWS::CloudWatch::Alarm is not implemented by this version of "
            "Stratolite."
        )


def _put_composite(work: Work) -> Made:
    name = work.physical_id or work.properties.get("AlarmName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request = {key: work.properties[key] for key in _COMPOSITE if work.properties.get(key) is not None}
    if work.properties.get("Tags") and not work.physical_id:
        request["Tags"] = work.properties["Tags"]
    work.operate("PutCompositeAlarm", {"AlarmName": name, **request})
    arn = work.call.arn("cloudwatch", f"alarm:{name}")
    if work.physical_id:
        _update_tags(work, arn)
    return Made(name, {"Arn": arn})


def _put_dashboard(work: Work) -> Made:
    name = work.physical_id or work.properties.get("DashboardName") or work.generated_name(NAME_LENGTH_MAX, "any")
    body = work.properties["DashboardBody"]
    request = {"DashboardName": name, "DashboardBody": body if isinstance(body, str) else json.dumps(body)}
    if work.properties.get("Tags") and not work.physical_id:
        request["Tags"] = work.properties["Tags"]
    work.operate("PutDashboard", request)
    if work.physical_id:
        arn = Arn("cloudwatch", "", work.call.account, f"dashboard/{name}", partition_of(work.call.region))
        _update_tags(work, str(arn))
    return Made(name)


def _delete_dashboard(work: Work) -> None:
    work.unless_gone("DeleteDashboards", {"DashboardNames": [work.physical_id]}, (api.DashboardNotFoundError.code,))


RESOURCE_TYPES = (
    ResourceType(
        "AWS::CloudWatch::Alarm",
        implemented=frozenset({"AlarmName", "Tags", *_SETTINGS}),
        create=_create_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        refuse=_refuse_alarm,
    ),
    ResourceType(
        "AWS::CloudWatch::CompositeAlarm",
        implemented=frozenset({"AlarmName", "Tags", *_COMPOSITE}),
        create=_put_composite,
        update=_put_composite,
        delete=_delete_alarm,
    ),
    ResourceType(
        "AWS::CloudWatch::Dashboard",
        implemented=frozenset({"DashboardName", "DashboardBody", "Tags"}),
        create=_put_dashboard,
        update=_put_dashboard,
        delete=_delete_dashboard,
    ),
)
