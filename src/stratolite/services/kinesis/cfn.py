"""CloudFormation's view of Kinesis: ``AWS::Kinesis::Stream``, ``AWS::Kinesis::StreamConsumer``,
``AWS::Kinesis::ResourcePolicy``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Kinesis.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from stratolite.core.clock import iso8601
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.kinesis import metrics, rules
from stratolite.services.kinesis.domain import ON_DEMAND, PROVISIONED

_NAME_LENGTH_MAX = 128
_AT_REST = "records say that they are encrypted; encryption at rest has no other effect that a client can see"


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}


def _given(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value}


# Streams ----------------------------------------------------------------------------------------------------


def _mode(properties: Mapping[str, Any]) -> tuple[str, int]:
    """Mode and number of shards (0 on demand); one shard where nothing is said.

    Recorded: ``test_default_parameters_kinesis``."""
    mode = (properties.get("StreamModeDetails") or {}).get("StreamMode", PROVISIONED)
    count = properties.get("ShardCount") or (0 if mode == ON_DEMAND else 1)
    return str(mode), int(count)


def _create_stream(work: Work) -> Made:
    properties = work.properties
    name = properties.get("Name") or work.generated_name(_NAME_LENGTH_MAX, "any")
    mode, count = _mode(properties)
    request = {
        "StreamName": name,
        "ShardCount": count,
        "StreamModeDetails": {"StreamMode": mode},
        "MaxRecordSizeInKiB": properties.get("MaxRecordSizeInKiB"),
        "Tags": _tags(properties),
    }
    work.operate("CreateStream", _given(request))
    _settle(work, name, {})
    return _stream(work, name)


def _update_stream(work: Work) -> Made:
    name, new, old = work.physical_id, work.properties, work.previous
    arn = _arn(work, name)
    (mode, count), (old_mode, old_count) = _mode(new), _mode(old)
    if mode != old_mode:
        work.operate("UpdateStreamMode", {"StreamARN": arn, "StreamModeDetails": {"StreamMode": mode}})
    if mode == PROVISIONED and count != old_count and "ShardCount" in new:
        request = {"StreamName": name, "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"}
        work.operate("UpdateShardCount", request)
    size, old_size = (one.get("MaxRecordSizeInKiB", rules.RECORD_KIB_MIN) for one in (new, old))
    if size != old_size:
        work.operate("UpdateMaxRecordSize", {"StreamARN": arn, "MaxRecordSizeInKiB": size})
    _settle(work, name, old)
    tags, old_tags = _tags(new), _tags(old)
    if set(old_tags) - set(tags):
        work.operate("UntagResource", {"ResourceARN": arn, "TagKeys": sorted(set(old_tags) - set(tags))})
    if tags and tags != old_tags:
        work.operate("TagResource", {"ResourceARN": arn, "Tags": tags})
    return _stream(work, name)


def _settle(work: Work, name: str, old: Mapping[str, Any]) -> None:
    """Bring a stream's retention, encryption and metrics from what they were to what the template says."""
    new = work.properties
    hours, old_hours = (one.get("RetentionPeriodHours", rules.RETENTION_H_MIN) for one in (new, old))
    if hours != old_hours:
        operation = "IncreaseStreamRetentionPeriod" if hours > old_hours else "DecreaseStreamRetentionPeriod"
        work.operate(operation, {"StreamName": name, "RetentionPeriodHours": hours})
    key, old_key = new.get("StreamEncryption"), old.get("StreamEncryption")
    if key and key != old_key:
        work.operate("StartStreamEncryption", {"StreamName": name, **key})
    if old_key and not key:
        work.operate("StopStreamEncryption", {"StreamName": name, **old_key})
    wanted, had = (_metrics(one.get("DesiredShardLevelMetrics") or ()) for one in (new, old))
    for operation, changed in (("EnableEnhancedMonitoring", wanted - had), ("DisableEnhancedMonitoring", had - wanted)):
        if changed:
            work.operate(operation, {"StreamName": name, "ShardLevelMetrics": sorted(changed)})


def _metrics(names: Iterable[str]) -> set[str]:
    return set(metrics.OF_SHARDS) if "ALL" in names else set(names)


def _arn(work: Work, name: str) -> str:
    return work.call.arn("kinesis", f"stream/{name}")


def _stream(work: Work, name: str) -> Made:
    return Made(name, {"Arn": _arn(work, name)})


def _delete_stream(work: Work) -> None:
    work.unless_gone("DeleteStream", {"StreamName": work.physical_id, "EnforceConsumerDeletion": True})


# Consumers and policies -------------------------------------------------------------------------------------


def _create_consumer(work: Work) -> Made:
    properties = work.properties
    request = {name: properties[name] for name in ("StreamARN", "ConsumerName")}
    arn = work.operate("RegisterStreamConsumer", _given({**request, "Tags": _tags(properties)}))["Consumer"][
        "ConsumerARN"
    ]
    described = work.operate("DescribeStreamConsumer", {"ConsumerARN": arn})["ConsumerDescription"]
    created_ms = round(described["ConsumerCreationTimestamp"] * 1000)
    attributes = {name: described[name] for name in ("ConsumerARN", "ConsumerName", "ConsumerStatus", "StreamARN")}
    return Made(arn, {**attributes, "ConsumerCreationTimestamp": iso8601(created_ms, milliseconds=False)})


def _delete_consumer(work: Work) -> None:
    work.unless_gone("DeregisterStreamConsumer", {"ConsumerARN": work.physical_id})


def _put_policy(work: Work) -> Made:
    arn, policy = work.properties["ResourceArn"], work.properties["ResourcePolicy"]
    work.operate("PutResourcePolicy", {"ResourceARN": arn, "Policy": json.dumps(policy)})
    return Made(arn)


def _delete_policy(work: Work) -> None:
    work.unless_gone("DeleteResourcePolicy", {"ResourceARN": work.physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Kinesis::Stream",
        implemented=frozenset(
            {
                "DesiredShardLevelMetrics",
                "MaxRecordSizeInKiB",
                "Name",
                "RetentionPeriodHours",
                "ShardCount",
                "StreamModeDetails",
                "Tags",
            }
        ),
        accepted={"StreamEncryption": _AT_REST},
        create=_create_stream,
        update=_update_stream,
        delete=_delete_stream,
    ),
    ResourceType(
        name="AWS::Kinesis::StreamConsumer",
        implemented=frozenset({"ConsumerName", "StreamARN", "Tags"}),
        create=_create_consumer,
        # All its properties are for life.
        update=_create_consumer,
        delete=_delete_consumer,
    ),
    ResourceType(
        name="AWS::Kinesis::ResourcePolicy",
        implemented=frozenset({"ResourceArn"}),
        accepted={"ResourcePolicy": "kept and given back; policies are not enforced"},
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
)
