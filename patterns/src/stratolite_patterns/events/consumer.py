"""Reading events from whatever brings them: SNS, SQS, SNS in SQS (raw or not), EventBridge, EventBridge in SQS.

An EventBridge event that holds no envelope of ours, such as AWS's own, becomes one: its id, detail-type, time and
source, with its detail as the data.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeVar

from stratolite_patterns.events.envelope import Event, MalformedEvent, event_of, is_envelope, time_of
from stratolite_patterns.records import RESERVED_MS, logger, process_all, process_queue

Handler = Callable[[Event], object]
H = TypeVar("H", bound=Handler)
CO_COROUTINE = 0x80
"""The flag of a code object whose function is ``async def``."""


class UnknownEvent(LookupError):
    """No handler is registered for an event's type and version."""


class Once(Protocol):
    """What makes an effect happen once: ``Idempotency``, or something of yours."""

    def run(self, key: str, work: Callable[[], object], *, context: Any = None) -> object:
        """Do the work unless it was done under that key. Raises where it is in progress elsewhere."""


def read(payload: Any) -> Event:
    """The event of a decoded payload: an envelope, an SNS notification or an EventBridge event, nested as they come.

    Raises MalformedEvent.
    """
    if is_envelope(payload):
        return event_of(payload)
    if not isinstance(payload, dict):
        raise MalformedEvent("a JSON object is needed")
    if "detail-type" in payload:
        return _bridged(payload)
    if payload.get("Type") == "Notification" and "Message" in payload:
        return read_text(payload["Message"])
    missing = [name for name in ("id", "type", "time", "version", "data") if name not in payload]
    raise MalformedEvent(f"{', '.join(missing)}: missing")


def read_text(text: Any) -> Event:
    """The event of a message's text. Raises MalformedEvent."""
    try:
        payload = json.loads(text)
    except (TypeError, ValueError):
        raise MalformedEvent("no JSON") from None
    return read(payload)


def _bridged(payload: dict[str, Any]) -> Event:
    detail = payload.get("detail")
    if is_envelope(detail):
        return event_of(detail)
    if not isinstance(detail, dict):
        raise MalformedEvent("detail: a JSON object is needed")
    return Event(
        id=payload.get("id", ""),
        type=payload["detail-type"],
        time=time_of(payload.get("time")),
        source=payload.get("source"),
        data=detail,
    )


class Router:
    """A Lambda handler that hands each event to the function of its type.

    ``unknown`` decides about types and versions that nobody handles: ``"fail"`` fails the record, so that a dead letter
    queue keeps it; ``"skip"`` lets it go. ``once`` makes each event's handler run once for each event id, within the
    name ``consumer``: an event that is delivered again is not handled again.

    Of a queue, only the records that failed are delivered again; of SNS and EventBridge, BatchFailed or the handler's
    own error is raised, and Lambda tries the whole (single) event again.
    """

    def __init__(
        self,
        *,
        unknown: Literal["fail", "skip"] = "fail",
        once: Once | None = None,
        consumer: str = "",
        reserved_ms: int = RESERVED_MS,
    ) -> None:
        if unknown not in ("fail", "skip"):
            raise ValueError("unknown: fail or skip")
        if once is not None and not consumer:
            raise ValueError("consumer: two consumers of one event must not share their record; name this one")
        self._skips = unknown == "skip"
        self._once = once
        self._consumer = consumer
        self._reserved_ms = reserved_ms
        self._handlers: dict[tuple[str, int | None], Handler] = {}

    def on(self, type: str, *, version: int | None = None) -> Callable[[H], H]:
        """Register a handler of a type, for one version of it or for all that have none of their own.

        Raises ValueError where there is one already, TypeError for ``async def``: nobody would await it.
        """

        def register(handler: H) -> H:
            code = getattr(handler, "__code__", None)
            if code is not None and code.co_flags & CO_COROUTINE:
                raise TypeError(f"{handler!r} is a coroutine function, which nobody would await")
            if (type, version) in self._handlers:
                raise ValueError(f"{type} (version {version or 'any'}) has a handler already")
            self._handlers[type, version] = handler
            return handler

        return register

    def handle(self, event: Event, context: Any = None) -> object:
        """Hand one event to its handler, and return what that returns. Raises UnknownEvent, and what it raises."""
        handler = self._handlers.get((event.type, event.version)) or self._handlers.get((event.type, None))
        if handler is None:
            if self._skips:
                logger.debug("nobody handles %s (version %s)", event.type, event.version)
                return None
            raise UnknownEvent(f"nobody handles {event.type} (version {event.version})")
        if self._once is None:
            return handler(event)
        found = handler
        return self._once.run(f"{self._consumer}#{event.id}", lambda: found(event), context=context)

    def record(self, record: Mapping[str, Any], context: Any = None) -> object:
        """Handle one SQS or SNS record: the ``record_handler`` of powertools' BatchProcessor."""
        text = record["Sns"]["Message"] if "Sns" in record else record["body"]
        return self.handle(read_text(text), context)

    def __call__(self, event: Mapping[str, Any], context: Any = None) -> object:
        """The Lambda handler. Returns ``{"batchItemFailures": [...]}`` for queues, None otherwise."""
        records = event.get("Records")
        if records is None:
            self.handle(read(event), context)
            return None
        if not records or "Sns" in records[0]:
            process_all(records, lambda record: self.record(record, context))
            return None
        if records[0].get("eventSource") != "aws:sqs":
            raise MalformedEvent(f"records of {records[0].get('eventSource')} bring no events")
        return process_queue(
            records, lambda record: self.record(record, context), context, reserved_ms=self._reserved_ms
        )
