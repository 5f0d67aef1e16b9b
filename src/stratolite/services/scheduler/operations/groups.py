"""Groups of schedules, and their tags."""

import base64
import binascii

from stratolite.core.call import Call
from stratolite.services.scheduler import Scheduler, api, rules
from stratolite.services.scheduler.domain import GROUP_DEFAULT, Group
from stratolite.services.scheduler.lookup import require_group


def create_schedule_group(
    call: Call, scheduler: Scheduler, request: api.CreateScheduleGroupInput
) -> api.CreateScheduleGroupOutput:
    """Make a group."""
    name = request["Name"]
    if scheduler.store.group(call, name) is not None:
        raise api.ConflictException(f"Schedule group {name} already exists.")
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    group = Group(call.account, call.region, name, tags, call.now_ms)
    scheduler.store.put_group(group, tags)
    return {"ScheduleGroupArn": group.arn}


def get_schedule_group(
    call: Call, scheduler: Scheduler, request: api.GetScheduleGroupInput
) -> api.GetScheduleGroupOutput:
    """One group."""
    return _shown(require_group(call, scheduler, request["Name"]))


def delete_schedule_group(call: Call, scheduler: Scheduler, request: api.DeleteScheduleGroupInput) -> None:
    """Delete a group with all its schedules."""
    if request["Name"] == GROUP_DEFAULT:
        raise api.ValidationException("The default schedule group cannot be deleted.")
    require_group(call, scheduler, request["Name"])
    scheduler.store.delete_group(call, request["Name"])


def list_schedule_groups(
    call: Call, scheduler: Scheduler, request: api.ListScheduleGroupsInput
) -> api.ListScheduleGroupsOutput:
    """Groups in order of name, in pages."""
    size = request.get("MaxResults", rules.PAGE_MAX)
    after = _after(request.get("NextToken", ""))
    prefix = request.get("NamePrefix", "")
    found = [one for one in scheduler.store.groups(call) if one.name > after and one.name.startswith(prefix)]
    result: api.ListScheduleGroupsOutput = {"ScheduleGroups": [_shown(one) for one in found[:size]]}
    if len(found) > size:
        result["NextToken"] = base64.b64encode(found[size - 1].name.encode()).decode()
    return result


def list_tags_for_resource(
    call: Call, scheduler: Scheduler, request: api.ListTagsForResourceInput
) -> api.ListTagsForResourceOutput:
    """The tags of a group."""
    group = _tagged(call, scheduler, request["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()]}


def tag_resource(call: Call, scheduler: Scheduler, request: api.TagResourceInput) -> None:
    """Add tags to a group, or give new values to those that are there."""
    group = _tagged(call, scheduler, request["ResourceArn"])
    tags = {**group.tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
    if len(tags) > rules.TAGS_MAX:
        raise api.ServiceQuotaExceededException(f"A resource can have at most {rules.TAGS_MAX} tags.")
    scheduler.store.put_group(group, tags)


def untag_resource(call: Call, scheduler: Scheduler, request: api.UntagResourceInput) -> None:
    """Remove tags from a group."""
    group = _tagged(call, scheduler, request["ResourceArn"])
    tags = {key: value for key, value in group.tags.items() if key not in request["TagKeys"]}
    scheduler.store.put_group(group, tags)


def _tagged(call: Call, scheduler: Scheduler, arn: str) -> Group:
    return require_group(call, scheduler, arn.rpartition("schedule-group/")[2])


def _shown(group: Group) -> api.ScheduleGroupSummary:
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": group.created_ms / 1000,
        "LastModificationDate": group.created_ms / 1000,
    }


def _after(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise api.ValidationException("Invalid NextToken.") from None
