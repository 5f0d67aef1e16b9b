"""Tags of log groups, by name (the older operations) and by ARN."""

from stratolite.core.call import Call
from stratolite.services.logs import Logs, api, rules
from stratolite.services.logs.domain import Group


def tag_resource(call: Call, logs: Logs, request: api.TagResourceRequest) -> None:
    """Set tags of a group."""
    group = _of_arn(call, logs, request["resourceArn"])
    logs.store.set_tags(group, rules.merged_tags(group.tags, request["tags"], api.TooManyTagsException))


def untag_resource(call: Call, logs: Logs, request: api.UntagResourceRequest) -> None:
    """Remove tags of a group; a tag that it lacks is no error."""
    group = _of_arn(call, logs, request["resourceArn"])
    logs.store.set_tags(group, _without(group, request["tagKeys"]))


def list_tags_for_resource(
    call: Call, logs: Logs, request: api.ListTagsForResourceRequest
) -> api.ListTagsForResourceResponse:
    """Tags of a group."""
    return {"tags": dict(_of_arn(call, logs, request["resourceArn"]).tags)}


def tag_log_group(call: Call, logs: Logs, request: api.TagLogGroupRequest) -> None:
    """Set tags of a group."""
    group = logs.store.require_group(call, request["logGroupName"])
    logs.store.set_tags(group, rules.merged_tags(group.tags, request["tags"], api.InvalidParameterException))


def untag_log_group(call: Call, logs: Logs, request: api.UntagLogGroupRequest) -> None:
    """Remove tags of a group; a tag that it lacks is no error."""
    group = logs.store.require_group(call, request["logGroupName"])
    logs.store.set_tags(group, _without(group, request["tags"]))


def list_tags_log_group(call: Call, logs: Logs, request: api.ListTagsLogGroupRequest) -> api.ListTagsLogGroupResponse:
    """Tags of a group."""
    return {"tags": dict(logs.store.require_group(call, request["logGroupName"]).tags)}


def _without(group: Group, keys: list[str]) -> dict[str, str]:
    return {key: value for key, value in group.tags.items() if key not in keys}


def _of_arn(call: Call, logs: Logs, arn: str) -> Group:
    name = rules.group_of_arn(arn, call)
    return logs.store.require_group(call, name)
