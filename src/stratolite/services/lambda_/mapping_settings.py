"""What CreateEventSourceMapping and UpdateEventSourceMapping set, from request to kept settings.

What a kind of source does not have is refused in AWS's words. Sources of the texts: the recorded answers that the
functions name, and for the rest what users report of AWS (``StartingPosition is not valid for SQS event sources.``,
``Queue visibility timeout: ...``, ``Batching window is not supported for FIFO queues``, ``MaximumRecordAgeInSeconds
must be either ...``, ``The Destination field is required ...``). What AWS says to a sixth filter is not known.
"""

from collections.abc import Mapping, Set
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_.names import invalid
from stratolite.services.lambda_.sources.filter import InvalidFilter, compiled
from stratolite.services.world import World

HARMLESS = {"KMSKeyArn": "Encryption of the filter criteria at rest: the data folder is as safe as the disk it is on."}
"""Accepted and returned, with the reason why they need no effect here."""

REFUSED = (
    "MetricsConfig",
    "LoggingConfig",
    "ProvisionedPollerConfig",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
)
ELSEWHERE = {"kafka": "Amazon MSK", "mq": "Amazon MQ", "rds": "DocumentDB"}
"""Sources that AWS has, by the service of their ARNs."""

OF_QUEUES: Mapping[str, Any] = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
OF_STREAMS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}
BATCH_SIZE_UNWINDOWED_MAX = 10
RECORD_AGE_S_MIN, RECORD_AGE_S_MAX = 60, 604_800
FILTERS_MAX = 5
DESTINATIONS = ("sqs", "sns", "s3")


def check_source(request: Mapping[str, Any]) -> str:
    """The service of a new mapping's source: ``sqs``, ``dynamodb`` or ``kinesis``.

    Recorded: ``test_event_source_mapping_exceptions``, ``test_create_event_source_self_managed``,
    ``test_create_event_source_validation``.
    """
    if request.get("SelfManagedEventSource"):
        if not request.get("SourceAccessConfigurations"):
            raise invalid("Required 'sourceAccessConfigurations' parameter is missing.")
        raise _elsewhere("self-managed Apache Kafka")
    parts = request.get("EventSourceArn", "").split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    is_stream = service == "kinesis" or (service == "dynamodb" and "/stream/" in parts[5])
    if is_stream and "StartingPosition" not in request:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if service in ELSEWHERE:
        raise _elsewhere(ELSEWHERE[service])
    if service != "sqs" and not is_stream:
        raise invalid("Unrecognized event source.")
    return service


def of_queue(
    world: World, arn: str, old: Mapping[str, Any], request: Mapping[str, Any], timeout_s: int
) -> dict[str, Any]:
    """The settings of a mapping of a queue after a request. ``timeout_s``: the function's.

    Recorded: ``test_event_source_mapping_default_batch_size``, ``test_esm_with_not_existing_sqs_queue``.
    """
    if "StartingPosition" in request or "StartingPositionTimestamp" in request:
        raise invalid("StartingPosition is not valid for SQS event sources.")
    settings = _changed(old, request, OF_QUEUES.keys() | {"ScalingConfig"})
    if not settings.get("ScalingConfig"):
        settings.pop("ScalingConfig", None)
    queue = world.ports.queue.attributes(arn)
    if queue is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    is_fifo = arn.endswith(".fifo")
    if is_fifo and settings["MaximumBatchingWindowInSeconds"]:
        raise invalid("Batching window is not supported for FIFO queues")
    if is_fifo and settings["BatchSize"] > BATCH_SIZE_UNWINDOWED_MAX:
        raise invalid(f"Maximum batch size must be between 1 and {BATCH_SIZE_UNWINDOWED_MAX} inclusive")
    if settings["BatchSize"] > BATCH_SIZE_UNWINDOWED_MAX and not settings["MaximumBatchingWindowInSeconds"]:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{BATCH_SIZE_UNWINDOWED_MAX}"
        )
    hidden_s = int(queue["VisibilityTimeout"])
    if hidden_s < timeout_s:
        raise invalid(
            f"Queue visibility timeout: {hidden_s} seconds is less than Function timeout: {timeout_s} seconds"
        )
    return settings


def of_stream(world: World, arn: str, old: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a mapping of a DynamoDB or Kinesis stream after a request.

    Recorded: ``test_create_event_source_validation``, ``test_esm_with_not_existing_dynamodb_stream``,
    ``test_esm_with_not_existing_kinesis_stream``. What AWS says where a time is missing or not asked for is not known.
    """
    settings = _changed(old, request, OF_STREAMS.keys())
    is_kinesis = ":kinesis:" in arn
    if "StartingPosition" in request:
        position = request["StartingPosition"]
        has_time = "StartingPositionTimestamp" in request
        if not is_kinesis and (position == "AT_TIMESTAMP" or has_time):
            raise invalid(f"Unsupported starting position for arn type: {arn}")
        if has_time != (position == "AT_TIMESTAMP"):
            raise invalid("StartingPositionTimestamp is required with, and only with, StartingPosition AT_TIMESTAMP.")
        settings["StartingPosition"] = position
        if has_time:
            settings["StartingPositionTimestamp"] = request["StartingPositionTimestamp"]
    port = world.ports.kinesis if is_kinesis else world.ports.stream
    if not port.exists(arn):
        raise invalid(f"Stream not found: {arn}")
    if is_kinesis:
        _check_data_filters(settings.get("FilterCriteria", {}))
    if 0 <= settings["MaximumRecordAgeInSeconds"] < RECORD_AGE_S_MIN:
        raise invalid(
            f"MaximumRecordAgeInSeconds must be either -1 (forever) or between {RECORD_AGE_S_MIN} and "
            f"{RECORD_AGE_S_MAX} (inclusive)"
        )
    if settings["TumblingWindowInSeconds"] and settings["ParallelizationFactor"] > 1:
        raise invalid("Parallelization factor must be equal to 1 when tumbling window period is configured")
    if "DestinationConfig" in request:
        settings["DestinationConfig"] = _destination(request["DestinationConfig"])
    return settings


def _changed(old: Mapping[str, Any], request: Mapping[str, Any], own: Set[str]) -> dict[str, Any]:
    """The settings with what a request changes; ``own``: what this kind of source has."""
    for name in REFUSED:
        if request.get(name):
            raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite.")
    for name in OF_STREAMS.keys() | {"ScalingConfig"}:
        if name in request and name not in own:
            raise invalid(f"Unsupported {name} parameter for given event source mapping type.")
    new = {**old, **{name: request[name] for name in own if name in request}}
    if "KMSKeyArn" in request:
        new["KMSKeyArn"] = request["KMSKeyArn"]
    if not new.get("KMSKeyArn"):
        new.pop("KMSKeyArn", None)
    if "FilterCriteria" in request:
        new["FilterCriteria"] = _filters(request["FilterCriteria"])
    if not new.get("FilterCriteria"):
        new.pop("FilterCriteria", None)
    return new


def _filters(criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Recorded: ``test_sqs_invalid_event_filter``, ``test_create_event_filter_criteria_validation`` (no filters)."""
    filters = criteria.get("Filters", [])
    if len(filters) > FILTERS_MAX:
        raise invalid(f"A filter criteria has at most {FILTERS_MAX} filters.")
    try:
        for one in filters:
            compiled(one.get("Pattern", ""))
    except InvalidFilter:
        raise invalid("Invalid filter pattern definition.") from None
    return {"Filters": filters} if filters else {}


def _check_data_filters(criteria: Mapping[str, Any]) -> None:
    """Filters look into the data of Kinesis's records as JSON alone.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
    """
    if any("data" in compiled(one.get("Pattern", "")).leaves for one in criteria.get("Filters", [])):
        raise invalid("Invalid filter pattern definition.")


def _destination(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Where records go that were given up; streams have no destination for successes."""
    if wanted.get("OnSuccess", {}).get("Destination"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    if "OnFailure" in wanted and "Destination" not in wanted["OnFailure"]:
        raise invalid("The Destination field is required for an OnFailure configuration.")
    target = wanted.get("OnFailure", {}).get("Destination", "")
    if not target:
        return {"OnFailure": {}}
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    if service not in DESTINATIONS:
        raise invalid(f"The destination ARN {target} is invalid.")
    return {"OnFailure": {"Destination": target}}


def _elsewhere(source: str) -> NotImplementedHere:
    return NotImplementedHere(
        f"Event source mappings of {source} are not implemented by this version of Stratolite; those of SQS queues, "
        "DynamoDB streams and Kinesis streams are."
    )
