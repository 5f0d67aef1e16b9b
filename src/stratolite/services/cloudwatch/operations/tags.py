"""Tags of alarms and dashboards."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, api, rules

Tags = Mapping[str, str]


def tag_resource(call: Call, cloudwatch: CloudWatch, request: api.TagResourceInput) -> None:
    """Set tags of an alarm or a dashboard."""
    tags, keep = _of(call, cloudwatch, request["ResourceARN"])
    merged = {**tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
    keep(rules.checked_tags(merged))


def untag_resource(call: Call, cloudwatch: CloudWatch, request: api.UntagResourceInput) -> None:
    """Remove tags; those that it lacks are no error."""
    tags, keep = _of(call, cloudwatch, request["ResourceARN"])
    keep({key: value for key, value in tags.items() if key not in request["TagKeys"]})


def list_tags_for_resource(
    call: Call, cloudwatch: CloudWatch, request: api.ListTagsForResourceInput
) -> api.ListTagsForResourceOutput:
    """The tags of an alarm or a dashboard; what is gone has none."""
    try:
        tags, _ = _of(call, cloudwatch, request["ResourceARN"])
    except api.ResourceNotFoundException:
        tags = {}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _of(call: Call, cloudwatch: CloudWatch, arn: str) -> tuple[Tags, Callable[[Tags], None]]:
    """The tags of what an ARN names, and how others are kept. Raises ResourceNotFoundException."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        raise rules.invalid_value(f"The value {arn} for parameter ResourceARN is invalid.") from None
    if parsed.service != "cloudwatch" or parsed.account != call.account:
        raise rules.invalid_value(f"The value {arn} for parameter ResourceARN is invalid.")
    if parsed.resource.startswith("dashboard/"):
        name = parsed.resource.removeprefix("dashboard/")
        dashboard = cloudwatch.alarms.dashboard(call, name)
        if dashboard is not None:
            return dashboard.tags, lambda tags: cloudwatch.alarms.put_dashboard(call, replace(dashboard, tags=tags))
        raise api.ResourceNotFoundException(ResourceType="dashboard", ResourceId=name)
    alarm = cloudwatch.alarms.alarm(arn)
    if alarm is not None:
        return alarm.tags, lambda tags: cloudwatch.alarms.set_tags(arn, tags)
    raise api.ResourceNotFoundException(ResourceType="alarm", ResourceId=parsed.resource.removeprefix("alarm:"))
