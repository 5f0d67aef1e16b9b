"""Event routing, beside a bare handler that parses the same bodies."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from bench.patterns.rounds import medians_us
from bench.report import Row
from stratolite_patterns.events import Event, Router

CALLS = 3000
OVER_US_MAX = 20.0

router = Router()


@router.on("user.created", version=1)
def created(event: Event) -> object:
    """Nearly nothing, so that the routing is what is measured."""
    return event.data["id"]


def bare(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """What people write for a queue: no envelope is checked, one bad record fails all."""
    for record in event["Records"]:
        envelope = json.loads(record["body"])
        if envelope["type"] == "user.created":
            envelope["data"]["id"]
    return {"batchItemFailures": []}


def bare_bridge(event: Mapping[str, Any], _context: Any) -> None:
    """What people write for EventBridge."""
    if event["detail-type"] == "user.created":
        event["detail"]["data"]["id"]


def run() -> list[Row]:
    """All rows."""
    event = Event(
        type="user.created", source="users", data={"id": "ada", "email": "ada@example.com", "tags": ["a", "b"]}
    )
    record = {
        "messageId": "1",
        "body": event.to_json(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
    }
    bridged = {"id": "1", "detail-type": event.type, "source": "users", "detail": event.to_dict()}
    rows = []
    for name, payload, plain in (("SQS", {"Records": [record]}, bare), ("EventBridge", bridged, bare_bridge)):
        routed_us, bare_us = medians_us(partial(router, payload, None), partial(plain, payload, None), calls=CALLS)
        rows.append(
            Row(
                f"events: routing, {name}",
                f"{routed_us - bare_us:.1f} us",
                f"bare handler {bare_us:.1f} us",
                f"<= {OVER_US_MAX:.0f} us over it",
                routed_us - bare_us <= OVER_US_MAX,
            )
        )
    return rows
