"""CloudFormation's view of Scheduler: ``AWS::Scheduler::Schedule``, ``AWS::Scheduler::ScheduleGroup``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Scheduler.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work

NAME_LENGTH_MAX = 64


def _request(work: Work, name: str) -> dict[str, Any]:
    request = {**work.properties, "Name": name}
    for key in ("StartDate", "EndDate"):
        if isinstance(request.get(key), str):
            request[key] = datetime.fromisoformat(request[key].replace("Z", "+00:00")).timestamp()
    return request


def _made(work: Work, name: str) -> Made:
    shown = work.operate("GetSchedule", {"Name": name, **_group(work.properties)})
    return Made(name, {"Arn": shown["Arn"]})


def _group(properties: Mapping[str, Any]) -> dict[str, str]:
    return {"GroupName": properties["GroupName"]} if properties.get("GroupName") else {}


def _create_schedule(work: Work) -> Made:
    name = work.properties.get("Name") or work.generated_name(NAME_LENGTH_MAX, "any")
    work.operate("CreateSchedule", _request(work, name))
    return _made(work, name)


def _update_schedule(work: Work) -> Made:
    work.operate("UpdateSchedule", _request(work, work.physical_id))
    return _made(work, work.physical_id)


def _delete_schedule(work: Work) -> None:
    work.unless_gone("DeleteSchedule", {"Name": work.physical_id, **_group(work.properties)})


def _create_group(work: Work) -> Made:
    name = work.properties.get("Name") or work.generated_name(NAME_LENGTH_MAX, "any")
    tags = {"Tags": work.properties["Tags"]} if work.properties.get("Tags") else {}
    work.operate("CreateScheduleGroup", {"Name": name, **tags})
    return _group_made(work, name)


def _group_made(work: Work, name: str) -> Made:
    shown = work.operate("GetScheduleGroup", {"Name": name})
    return Made(name, {"Arn": shown["Arn"], "State": shown["State"]})


def _update_group(work: Work) -> Made:
    made = _group_made(work, work.physical_id)
    wanted = {tag["Key"]: tag["Value"] for tag in work.properties.get("Tags", [])}
    had = {tag["Key"]: tag["Value"] for tag in work.previous.get("Tags", [])}
    if set(had) - set(wanted):
        gone = sorted(set(had) - set(wanted))
        work.operate("UntagResource", {"ResourceArn": made.attributes["Arn"], "TagKeys": gone})
    if wanted and wanted != had:
        work.operate("TagResource", {"ResourceArn": made.attributes["Arn"], "Tags": work.properties["Tags"]})
    return made


def _delete_group(work: Work) -> None:
    work.unless_gone("DeleteScheduleGroup", {"Name": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Scheduler::Schedule",
        implemented=frozenset(
            {
                "Description",
                "EndDate",
                "FlexibleTimeWindow",
                "GroupName",
                "Name",
                "ScheduleExpression",
                "ScheduleExpressionTimezone",
                "StartDate",
                "State",
                "Target",
            }
        ),
        create=_create_schedule,
        update=_update_schedule,
        delete=_delete_schedule,
    ),
    ResourceType(
        name="AWS::Scheduler::ScheduleGroup",
        implemented=frozenset({"Name", "Tags"}),
        create=_create_group,
        update=_update_group,
        delete=_delete_group,
    ),
)
