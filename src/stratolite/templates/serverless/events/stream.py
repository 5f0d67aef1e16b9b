"""The event ``stream``: streams of DynamoDB tables and of Kinesis, whose records a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-streams.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import STREAM, check_kind
from stratolite.templates.serverless.sources import filters, named_by, waits_for

BATCH_SIZE_DEFAULT = 10
STARTING_POSITION_DEFAULT = "TRIM_HORIZON"
AT_TIMESTAMP = "AT_TIMESTAMP"
_NAMING = ("Fn::GetAtt", "Fn::ImportValue", "Ref", "Fn::Join")
_ACTIONS = {
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"),
    "consumed": (
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
    ),
    "consumer": ("kinesis:SubscribeToShard",),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:ListQueues", "sqs:SendMessage"),
}
"""What the default role needs, in order: for streams, those with a consumer, consumers, where failed batches go."""


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and what the default role needs for them, function by function."""
    for _, of_function in groupby(events, key=lambda event: event.function.key):
        needs: dict[str, list[Any]] = {name: [] for name in _ACTIONS}
        for event in of_function:
            for name, arn in _make(work, event):
                needs[name].append(arn)
        for name, arns in needs.items():
            if arns:
                work.allow({"Effect": "Allow", "Action": list(_ACTIONS[name]), "Resource": arns})


def _make(work: Compilation, event: Event) -> list[tuple[str, Any]]:
    """The mapping of one event; the ARNs that it needs, by what is done with them."""
    if isinstance(event.settings, dict):
        check_kind(event.settings, STREAM, event.at, "stream")
    settings = event.settings if isinstance(event.settings, dict) else {}
    arn = settings.get("arn") if settings else event.settings
    kind = _kind(event)
    name = _name(event, arn)
    if kind == "dynamodb":
        _warn(work, event, settings)
    failed = _on_failure(event, settings)
    consumer, needs = arn, [(kind, arn)]
    waits = waits_for(work, event.function)
    if kind == "kinesis" and truthy(settings.get("consumer")):
        consumer, made = _consumer(work, event, name, arn)
        waits += made
        needs = [("consumed", arn), ("consumer", consumer)]
    factor, age_s = settings.get("parallelizationFactor"), settings.get("maximumRecordAgeInSeconds")
    response_type = settings.get("functionResponseType")
    properties = {
        "BatchSize": settings.get("batchSize") or BATCH_SIZE_DEFAULT,
        "Enabled": settings.get("enabled", True),
        "EventSourceArn": consumer,
        "FunctionName": event.function.target,
        "ParallelizationFactor": factor if truthy(factor) else None,
        "StartingPosition": settings.get("startingPosition") or STARTING_POSITION_DEFAULT,
        "MaximumBatchingWindowInSeconds": settings.get("batchWindow"),
        "MaximumRetryAttempts": settings.get("maximumRetryAttempts"),
        "BisectBatchOnFunctionError": settings.get("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": None if response_type is None else [response_type],
        "MaximumRecordAgeInSeconds": age_s if truthy(age_s) else None,
        "TumblingWindowInSeconds": settings.get("tumblingWindowInSeconds"),
        "DestinationConfig": None if failed is None else {"OnFailure": {"Destination": failed[1]}},
        "FilterCriteria": filters(settings.get("filterPatterns")),
        "StartingPositionTimestamp": _stamp(work, event, settings) if kind == "kinesis" else None,
    }
    logical_id = naming.stream_mapping(event.function.key, kind, name)
    work.merge(logical_id, "AWS::Lambda::EventSourceMapping", properties, depends_on=waits)
    return needs if failed is None else [*needs, failed]


def _consumer(work: Compilation, event: Event, stream: str, arn: Any) -> tuple[Any, list[str]]:
    """The ARN of the stream's consumer; and its logical id, where it is made here."""
    given = event.settings["consumer"]
    if given is not True:
        return given, []
    service = work.service
    place = f"{service.name}{service.stage}" if truthy(service.setting("kinesis", "consumerNamingMode")) else ""
    name = f"{event.function.key}{stream}{place}Consumer"
    logical_id = naming.stream_consumer(name)
    work.merge(logical_id, "AWS::Kinesis::StreamConsumer", {"StreamARN": arn, "ConsumerName": name})
    return {"Ref": logical_id}, [logical_id]


def _stamp(work: Compilation, event: Event, settings: dict[str, Any]) -> Any:
    """Since when records are read: of a consumer alone."""
    stamp = settings.get("startingPositionTimestamp")
    if not truthy(settings.get("consumer")):
        if truthy(stamp):
            what = "'startingPositionTimestamp' has no effect on a stream without a consumer"
            work.warn(what, event.mark("startingPositionTimestamp"), Kind.NO_EFFECT, about="events")
        return None
    if settings.get("startingPosition") == AT_TIMESTAMP and not truthy(stamp):
        what = f"the startingPosition {AT_TIMESTAMP} lacks 'startingPositionTimestamp'"
        raise refusal(what, event.mark("startingPosition"), "Set it to seconds since 1970.")
    return stamp or None


def service_of(settings: Any) -> Any:
    """The service whose stream an event reads, as far as its settings tell: ``dynamodb`` or ``kinesis``."""
    arn = settings.get("arn") if isinstance(settings, dict) else settings
    written = settings.get("type") if isinstance(settings, dict) else None
    return written or (arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 1 else None)


def _kind(event: Event) -> str:
    kind = service_of(event.settings)
    if kind not in ("dynamodb", "kinesis"):
        todo = "Write 'type: dynamodb' or 'type: kinesis' beside an intrinsic function, or the stream's whole ARN."
        raise refusal("the event 'stream' does not tell of which service its stream is", event.mark("arn"), todo)
    return str(kind)


def _name(event: Event, arn: Any) -> str:
    name: Any
    if isinstance(arn, str):
        name = arn.split("/")[1] if "/" in arn else None
    else:
        name = named_by(arn, _NAMING)
        if isinstance(name, str) and "Fn::Join" in arn:
            name = name.split("/")[-1]
    if not isinstance(name, str):
        todo = f"Write the stream's ARN, or one of {', '.join(_NAMING)}, whose last part is a text."
        raise refusal("the event 'stream' does not tell the name of its stream", event.mark("arn"), todo)
    return name


def _warn(work: Compilation, event: Event, settings: dict[str, Any]) -> None:
    """The framework reads these for Kinesis alone."""
    for name in ("consumer", "startingPositionTimestamp"):
        if truthy(settings.get(name)):
            what = f"{name!r} has no effect on a stream of DynamoDB"
            work.warn(what, event.mark(name), Kind.NO_EFFECT, about="events")


def _on_failure(event: Event, settings: dict[str, Any]) -> tuple[str, Any] | None:
    """``sns`` or ``sqs``, and the ARN to which descriptions of failed batches are sent."""
    destinations = settings.get("destinations")
    if not isinstance(destinations, dict):
        return None
    target = destinations.get("onFailure")
    given = target if isinstance(target, dict) else {}
    arn = given.get("arn") if given else target
    kind = given.get("type") or (arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 1 else None)
    if not truthy(kind):
        todo = "Write 'type: sqs' or 'type: sns' beside an intrinsic function, or the whole ARN."
        raise refusal("the destination 'onFailure' is of no known kind", event.mark("destinations", "onFailure"), todo)
    return ("sns" if kind == "sns" else "sqs"), arn
