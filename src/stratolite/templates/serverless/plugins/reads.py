"""What roles of single functions allow, so that functions get the records of their streams and queues."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.document import Map
from stratolite.templates.javascript import truthy

_OF_STREAMS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
_READS = {
    "dynamodb": _OF_STREAMS,
    "kinesis": _OF_STREAMS,
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
}
"""What reading from each service takes, in the order in which plugins write it."""


def statements(settings: Map, events: Sequence[str] = ("stream", "sqs")) -> list[dict[str, Any]]:
    """A statement for each service that events of these kinds read from. ``settings`` are a function's."""
    arns: dict[str, list[Any]] = {kind: [] for kind in _READS}
    written = settings.get("events")
    for event in written if isinstance(written, list) else ():
        for name in events:
            given = event.get(name) if isinstance(event, dict) else None
            arn = given["arn"] if isinstance(given, dict) and "arn" in given else given
            kind = "sqs" if name == "sqs" else given.get("type") if isinstance(given, dict) else None
            kind = kind or (str(arn).split(":")[2:3] or [""])[0]
            if truthy(arn) and kind in arns:
                arns[kind].append(arn)
    return [
        {"Effect": "Allow", "Action": [f"{kind}:{action}" for action in actions], "Resource": arns[kind]}
        for kind, actions in _READS.items()
        if arns[kind]
    ]
