"""``AWS::Lambda::EventSourceMapping``: queues and streams that call functions."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.lambda_ import api, mapping_settings, settings
from stratolite.services.lambda_.cfn.properties import given, tags, update_tags

_CHANGEABLE = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ScalingConfig",
    "TumblingWindowInSeconds",
)
_GIVEN_ONCE = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp")


def _create(work: Work) -> Made:
    request = given(work.properties, (*_GIVEN_ONCE, *_CHANGEABLE))
    if work.properties.get("KmsKeyArn"):
        request["KMSKeyArn"] = work.properties["KmsKeyArn"]
    if work.properties.get("Tags"):
        request["Tags"] = tags(work.properties)
    return _made(work, work.operate("CreateEventSourceMapping", request))


def _update(work: Work) -> Made:
    new, old = work.properties, work.previous
    changed = [name for name in _CHANGEABLE if new.get(name) != old.get(name)]
    restored = _restored(str(new.get("EventSourceArn", "")))
    request = {name: new[name] if new.get(name) is not None else restored[name] for name in changed}
    if new.get("KmsKeyArn") != old.get("KmsKeyArn"):
        request["KMSKeyArn"] = new.get("KmsKeyArn") or ""
    made = work.operate("UpdateEventSourceMapping", {"UUID": work.physical_id, **request})
    result = _made(work, made)
    update_tags(work, str(result.attributes["EventSourceMappingArn"]))
    return result


def _restored(source_arn: str) -> dict[str, Any]:
    """What a property that left the template goes back to."""
    defaults = mapping_settings.OF_QUEUES if ":sqs:" in source_arn else mapping_settings.OF_STREAMS
    return {**defaults, "Enabled": True, "FilterCriteria": {}, "ScalingConfig": {}}


def _made(work: Work, mapping: dict[str, Any]) -> Made:
    uuid = mapping["UUID"]
    arn = mapping.get("EventSourceMappingArn") or work.call.arn("lambda", f"event-source-mapping:{uuid}")
    return Made(uuid, {"Id": uuid, "EventSourceMappingArn": arn})


def _delete(work: Work) -> None:
    try:
        work.unless_gone("DeleteEventSourceMapping", {"UUID": work.physical_id})
    except api.ResourceInUseException:
        # Somebody else has begun to delete it.
        return


def _refuse(properties: Mapping[str, Any]) -> None:
    source = properties.get("EventSourceArn", "")
    service = source.split(":")[2] if isinstance(source, str) and source.count(":") >= 5 else ""
    if service and service not in ("sqs", "dynamodb", "kinesis"):
        raise NotImplementedHere(
            f"Event source mappings of {service} are not implemented by this version of Stratolite: "
            "those of SQS, of DynamoDB streams and of Kinesis are."
        )


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::EventSourceMapping",
        implemented=frozenset({*_GIVEN_ONCE, *_CHANGEABLE}),
        accepted={
            "KmsKeyArn": mapping_settings.HARMLESS["KMSKeyArn"],
            "Tags": settings.HARMLESS["Tags"],
        },
        create=_create,
        update=_update,
        delete=_delete,
        refuse=_refuse,
    ),
)
