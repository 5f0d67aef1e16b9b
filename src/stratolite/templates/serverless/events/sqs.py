"""The event ``sqs``: queues whose messages a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-sqs.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import SQS, check_kind
from stratolite.templates.serverless.sources import filters, named_by, waits_for

BATCH_SIZE_DEFAULT = 10
_NAMING = ("Fn::GetAtt", "Fn::ImportValue", "Fn::Join")


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and one statement of the default role for all queues."""
    queues = [_make(work, event) for event in events]
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    work.allow({"Effect": "Allow", "Action": actions, "Resource": queues})


def _make(work: Compilation, event: Event) -> Any:
    """The mapping of one event; the ARN of its queue."""
    if isinstance(event.settings, dict):
        check_kind(event.settings, SQS, event.at, "sqs")
    settings = event.settings if isinstance(event.settings, dict) else {}
    arn = settings.get("arn") if settings else event.settings
    concurrency = settings.get("maximumConcurrency")
    response_type = settings.get("functionResponseType")
    properties = {
        "BatchSize": settings.get("batchSize") or BATCH_SIZE_DEFAULT,
        "MaximumBatchingWindowInSeconds": settings.get("maximumBatchingWindow"),
        "EventSourceArn": arn,
        "FunctionName": event.function.target,
        "Enabled": settings.get("enabled", True),
        "FunctionResponseTypes": None if response_type is None else [response_type],
        "FilterCriteria": filters(settings.get("filterPatterns")),
        "ScalingConfig": {"MaximumConcurrency": concurrency} if truthy(concurrency) else None,
    }
    logical_id = naming.queue_mapping(event.function.key, _name(event, arn))
    waits = waits_for(work, event.function)
    work.merge(logical_id, "AWS::Lambda::EventSourceMapping", properties, depends_on=waits)
    return arn


def _name(event: Event, arn: Any) -> str:
    name = arn.split(":")[-1] if isinstance(arn, str) else named_by(arn, _NAMING)
    if not isinstance(name, str):
        todo = f"Write the queue's ARN, or one of {', '.join(_NAMING)}, whose last part is a text."
        raise refusal("the event 'sqs' does not tell the name of its queue", event.mark("arn"), todo)
    return name
