"""Events: published to SNS or EventBridge, written with the state they tell of, routed to handlers, handled once.

envelope      Event: id, type, time, version, data
publisher     SnsPublisher, EventBridgePublisher: batches, partial failure sent again
outbox        Outbox: events and state in one transaction, published by the table's stream
consumer      Router: a Lambda handler for SNS, SQS, EventBridge and their combinations
idempotency   Idempotency: an event's effect once, however often it is delivered
"""

from stratolite_patterns.events.consumer import Once, Router, UnknownEvent, read, read_text
from stratolite_patterns.events.envelope import Event, MalformedEvent, event_of
from stratolite_patterns.events.idempotency import AlreadyDone, Idempotency, InProgress
from stratolite_patterns.events.outbox import Outbox
from stratolite_patterns.events.publisher import (
    EventBridgePublisher,
    EventTooLarge,
    Failed,
    Publisher,
    PublishFailed,
    Retry,
    SnsPublisher,
)
from stratolite_patterns.records import BatchFailed

__all__ = [
    "AlreadyDone",
    "BatchFailed",
    "Event",
    "EventBridgePublisher",
    "EventTooLarge",
    "Failed",
    "Idempotency",
    "InProgress",
    "MalformedEvent",
    "Once",
    "Outbox",
    "PublishFailed",
    "Publisher",
    "Retry",
    "Router",
    "SnsPublisher",
    "UnknownEvent",
    "event_of",
    "read",
    "read_text",
]
