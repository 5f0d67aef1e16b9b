"""CloudFormation's view of SQS: ``AWS::SQS::Queue``, ``AWS::SQS::QueuePolicy``, ``AWS::SQS::QueueInlinePolicy``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work

_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
_NAME_LENGTH_MAX = 80
_GONE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, dict) else str(value)


def _attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(properties[name]) for name in _ATTRIBUTES if properties.get(name) is not None}


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _create_queue(work: Work) -> Made:
    is_fifo = _text(work.properties.get("FifoQueue", False)) == "true"
    suffix = ".fifo" if is_fifo else ""
    name = work.properties.get("QueueName") or work.generated_name(_NAME_LENGTH_MAX - len(suffix), "any") + suffix
    attributes = _attributes(work.properties)
    if not is_fifo:
        attributes.pop("FifoQueue", None)
    url = work.operate("CreateQueue", {"QueueName": name, "Attributes": attributes, "tags": _tags(work.properties)})
    return _made(work, url["QueueUrl"])


def _made(work: Work, url: str) -> Made:
    arn = work.operate("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["QueueArn"]})["Attributes"][
        "QueueArn"
    ]
    return Made(url, {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": url})


def _update_queue(work: Work) -> Made:
    url = work.physical_id
    wanted, had = _attributes(work.properties), _attributes(work.previous)
    changed = {name: value for name, value in wanted.items() if had.get(name) != value}
    # What a template no longer names goes back to its default.
    changed |= {name: "" for name in had if name not in wanted}
    if changed:
        work.operate("SetQueueAttributes", {"QueueUrl": url, "Attributes": changed})
    tags, old = _tags(work.properties), _tags(work.previous)
    if set(old) - set(tags):
        work.operate("UntagQueue", {"QueueUrl": url, "TagKeys": sorted(set(old) - set(tags))})
    if tags and tags != old:
        work.operate("TagQueue", {"QueueUrl": url, "Tags": tags})
    return _made(work, url)


def _delete_queue(work: Work) -> None:
    work.unless_gone("DeleteQueue", {"QueueUrl": work.physical_id}, _GONE)


def _put_policy(work: Work) -> Made:
    document = _text(work.properties["PolicyDocument"])
    wanted = _urls(work.properties)
    for url in wanted:
        work.operate("SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": document}})
    for url in _urls(work.previous):
        if url not in wanted:
            _drop_policy(work, url)
    physical_id = work.physical_id or work.generated_name(128, "any")
    return Made(physical_id, {"Id": physical_id})


def _urls(properties: Mapping[str, Any]) -> list[str]:
    return [*properties.get("Queues", []), *([properties["Queue"]] if properties.get("Queue") else [])]


def _delete_policy(work: Work) -> None:
    for url in _urls(work.properties):
        _drop_policy(work, url)


def _drop_policy(work: Work, url: str) -> None:
    # The queue itself may be gone already.
    work.unless_gone("SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": ""}}, _GONE)


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::SQS::Queue",
        implemented=frozenset({"QueueName", "Tags", *_ATTRIBUTES})
        - {"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"},
        accepted={
            "KmsMasterKeyId": "encryption at rest has no effect that a client can see",
            "KmsDataKeyReusePeriodSeconds": "encryption at rest has no effect that a client can see",
            "SqsManagedSseEnabled": "encryption at rest has no effect that a client can see",
        },
        create=_create_queue,
        update=_update_queue,
        delete=_delete_queue,
    ),
    ResourceType(
        name="AWS::SQS::QueuePolicy",
        implemented=frozenset({"PolicyDocument", "Queues"}),
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
    ResourceType(
        name="AWS::SQS::QueueInlinePolicy",
        implemented=frozenset({"PolicyDocument", "Queue"}),
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
)
