"""What happens in buckets that exist already: a custom resource sets their notifications.

CloudFormation cannot change a bucket of another stack, so a function that is deployed along does it, when the stack is
made, changed and removed.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import custom_resources, naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.lodash import start_case

EVENT_DEFAULT = "s3:ObjectCreated:*"
MAKER = custom_resources.Maker("custom-resource-existing-s3", "s3/handler.handler", "nodejs22.x")
_FUNCTIONS = ["arn", {"Ref": "AWS::Partition"}, "lambda", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}]


def make_existing(work: Compilation, events: Sequence[Event]) -> None:
    """A custom resource for each function, the function that makes them, and its permissions."""
    statements: list[dict[str, Any]] = []
    made: dict[str, list[str]] = {}
    buckets: dict[str, Any] = {}
    for event in events:
        bucket, name = event.settings.get("bucket"), naming.existing_bucket(event.function.key)
        if not truthy(bucket):
            raise refusal("the event 's3' lacks 'bucket'", event.at, "Name the bucket.")
        if buckets.setdefault(name, bucket) != bucket:
            todo = "Let another function hear of the other bucket."
            raise refusal("a function can hear of one existing bucket only", event.mark("bucket"), todo)
        if name not in work.resources:
            work.resources[name] = _resource(work, event, bucket)
            arn = {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "s3", "", "", bucket]]}
            statements.append(_allowed(arn, "s3:PutBucketNotification", "s3:GetBucketNotification"))
            made.setdefault(json_text(bucket), []).append(name)
        work.resources[name]["Properties"]["BucketConfigs"].append(_configuration(event))
    for names in made.values():
        # Two at once would each undo what the other has set.
        for before, name in pairwise(names):
            work.resources[name]["DependsOn"].append(before)
    if statements:
        functions = {"Fn::Join": [":", [*_FUNCTIONS, "function", "*"]]}
        statements.append(_allowed(functions, "lambda:AddPermission", "lambda:RemovePermission"))
        custom_resources.add(work, MAKER, statements)


def _allowed(resource: Any, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Resource": resource, "Action": list(actions)}


def _resource(work: Compilation, event: Event, bucket: Any) -> dict[str, Any]:
    properties = {
        "ServiceToken": {"Fn::GetAtt": [MAKER.logical_id, "Arn"]},
        "FunctionName": event.function.name,
        "BucketName": bucket,
        "BucketConfigs": [],
    }
    if truthy(event.settings.get("forceDeploy")):
        properties["ForceDeploy"] = work.stamp_ms
    waits = [event.function.logical_id, MAKER.logical_id]
    return {"Type": "Custom::S3", "Version": 1, "DependsOn": waits, "Properties": properties}


def _configuration(event: Event) -> dict[str, Any]:
    rules = event.settings.get("rules") or []
    written = [{start_case(name): value} for rule in rules for name, value in list(rule.items())[:1]]
    return {"Event": event.settings.get("event") or EVENT_DEFAULT, "Rules": written}
