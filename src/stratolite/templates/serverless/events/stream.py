"""The event ``stream``: streams of DynamoDB tables, whose records a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-streams.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import STREAM, check_kind
from stratolite.templates.serverless.sources import filters, named_by, waits_for

BATCH_SIZE_DEFAULT = 10
STARTING_POSITION_DEFAULT = "TRIM_HORIZON"
_NAMING = ("Fn::GetAtt", "Fn::ImportValue", "Ref", "Fn::Join")
_READ = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
_PUBLISH = ["sns:Publish"]
_SEND = ["sqs:ListQueues", "sqs:SendMessage"]


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and what the default role needs for them, function by function."""
    for _, of_function in groupby(events, key=lambda event: event.function.key):
        read: list[Any] = []
        publish: list[Any] = []
        send: list[Any] = []
        for event in of_function:
            arn, failed = _make(work, event)
            read.append(arn)
            if failed is not None:
                (publish if failed[0] == "sns" else send).append(failed[1])
        for actions, resources in ((_READ, read), (_PUBLISH, publish), (_SEND, send)):
            if resources:
                work.allow({"Effect": "Allow", "Action": list(actions), "Resource": resources})


def _make(work: Compilation, event: Event) -> tuple[Any, tuple[str, Any] | None]:
    """The mapping of one event; the ARN of its stream, and where batches that failed go."""
    if isinstance(event.settings, dict):
        check_kind(event.settings, STREAM, event.at, "stream")
    settings = event.settings if isinstance(event.settings, dict) else {}
    arn = settings.get("arn") if settings else event.settings
    kind = _kind(event)
    _warn(work, event, settings)
    failed = _on_failure(event, settings)
    factor, age_s = settings.get("parallelizationFactor"), settings.get("maximumRecordAgeInSeconds")
    response_type = settings.get("functionResponseType")
    properties = {
        "BatchSize": settings.get("batchSize") or BATCH_SIZE_DEFAULT,
        "Enabled": settings.get("enabled", True),
        "EventSourceArn": arn,
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
    }
    logical_id = naming.stream_mapping(event.function.key, kind, _name(event, arn))
    waits = waits_for(work, event.function)
    work.merge(logical_id, "AWS::Lambda::EventSourceMapping", properties, depends_on=waits)
    return arn, failed


def service_of(settings: Any) -> Any:
    """The service whose stream an event reads, as far as its settings tell: ``dynamodb`` or ``kinesis``."""
    arn = settings.get("arn") if isinstance(settings, dict) else settings
    written = settings.get("type") if isinstance(settings, dict) else None
    return written or (arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 1 else None)


def _kind(event: Event) -> str:
    kind = service_of(event.settings)
    if kind == "kinesis":
        todo = "There is no Kinesis to read from yet; streams of DynamoDB are run. Take the event out to run the rest."
        raise refusal("the event 'stream' is not compiled for Kinesis yet", event.mark("type"), todo)
    if kind != "dynamodb":
        todo = "Write 'type: dynamodb' beside an intrinsic function, or the whole ARN of a table's stream."
        raise refusal("the event 'stream' does not tell of which service its stream is", event.mark("arn"), todo)
    return "dynamodb"


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
            work.warn(f"{name!r} has no effect on a stream of DynamoDB", event.mark(name))


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
