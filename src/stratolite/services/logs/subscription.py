"""Lines on their way to the functions and the streams of Kinesis that subscription filters name.

    {"awslogs": {"data": base64 of gzip of {"messageType": "DATA_MESSAGE", "owner": ..., "logEvents": [...]}}}

A record of a stream is that gzip itself. One delivery for what one write brought to one filter; larger ones than may be
given at once are divided. Who is throttled or at fault is tried again for a day; what it, or its absence, refuses is
lost, as AWS documents.
Follows
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.grants import lets_invoke
from stratolite.services.logs.domain import Group
from stratolite.services.world import World

DELIVER = "logs.deliver"
DATA_BYTES_MAX = 1_048_576 - 64
"""What fits into the event of an asynchronous invoke, and into a record."""
BY_STREAM = "ByLogStream"

LogEvents = Sequence[Mapping[str, Any]]


def payload(
    group: Group, stream: str, filter_name: str, destination_arn: str, events: LogEvents, distribution: str = BY_STREAM
) -> bytes:
    """The delivery's row."""
    delivery = {
        "group": group.name,
        "stream": stream,
        "filter": filter_name,
        "destination": destination_arn,
        "distribution": distribution,
        "events": events,
    }
    return json.dumps(delivery).encode()


def function_events(owner: str, delivery: Mapping[str, Any]) -> Iterator[bytes]:
    """The events that a function is given for a delivery: one, or more when that would be too large."""
    for document in documents(owner, delivery, DATA_BYTES_MAX * 3 // 4):
        yield json.dumps({"awslogs": {"data": base64.b64encode(document).decode()}}).encode()


def documents(owner: str, delivery: Mapping[str, Any], bytes_max: int = DATA_BYTES_MAX) -> Iterator[bytes]:
    """A delivery's lines, in one document or more."""
    waiting: list[LogEvents] = [delivery["events"]]
    while waiting:
        events = waiting.pop()
        data = _data(owner, delivery, events)
        if len(data) > bytes_max and len(events) > 1:
            half = len(events) // 2
            waiting += [events[half:], events[:half]]
        else:
            yield data


def control_message(now_ms: int) -> bytes:
    """What a stream gets when it is named, so that it is known to be reachable."""
    text = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."
    return _packed(
        {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [{"id": "", "timestamp": now_ms, "message": text}],
        }
    )


def partition_key(world: World, delivery: Mapping[str, Any]) -> str:
    """By which a stream spreads documents: the same one for the lines of a log stream, unless they are to be spread."""
    if delivery.get("distribution", BY_STREAM) != BY_STREAM:
        return world.entropy.hexadecimal(32)
    return hashlib.md5(delivery["stream"].encode(), usedforsecurity=False).hexdigest()


def _data(owner: str, delivery: Mapping[str, Any], events: LogEvents) -> bytes:
    return _packed(
        {
            "messageType": "DATA_MESSAGE",
            "owner": owner,
            "logGroup": delivery["group"],
            "logStream": delivery["stream"],
            "subscriptionFilters": [delivery["filter"]],
            "logEvents": events,
        }
    )


def _packed(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "surrogatepass"), 6, mtime=0)


def may_invoke(call: Call, world: World, group: Group, function: Arn) -> bool:
    """Whether the policy of a function lets CloudWatch Logs invoke it with lines of a group."""
    name, _, qualifier = function.resource.removeprefix("function:").partition(":")
    request = {"FunctionName": name, **({"Qualifier": qualifier} if qualifier else {})}
    try:
        policy = world.operations.run(call, "lambda", "GetPolicy", request)["Policy"]
    except AwsError:
        # There is no policy, or no function: neither can be executed.
        return False
    facts = {"aws:sourcearn": f"{group.arn}:*", "aws:sourceaccount": group.account}
    return lets_invoke(json.loads(policy)["Statement"], "logs", call.region, facts)
