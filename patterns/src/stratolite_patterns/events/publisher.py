"""Publishing events to SNS and EventBridge: in batches, with what failed sent again, and what still failed raised.

Limits: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html,
https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html (256 KiB unless the topic's MaximumMessageSize
says more) and https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html (1 MiB since January
2026).
"""

import json
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stratolite_patterns.connections import client_of
from stratolite_patterns.events.envelope import Event, MalformedEvent

BATCH_ENTRIES_MAX = 10
SNS_BYTES_MAX = 256 * 1024
EVENTBRIDGE_BYTES_MAX = 1024 * 1024
ATTRIBUTES_MAX = 10
"""SNS discards a message with more where it is delivered raw to a queue, and tells nobody."""
OWN_ATTRIBUTES = frozenset({"type", "version", "source"})
TIME_BYTES = 14
"""What EventBridge counts for an entry's time."""
PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalException",
        "InternalServerError",
        "RequestTimeout",
        "ServiceUnavailable",
        "Throttled",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
"""Codes of entries that are worth sending again."""

Entry = dict[str, Any]


class EventTooLarge(MalformedEvent):
    """An event that no transport will take: said before anything is sent."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An event that was not published, and why: AWS's code and text, or ``NotSent`` where none was tried."""

    event: Event
    code: str
    reason: str


class PublishFailed(Exception):
    """Some events were not published; all others were. ``failed`` has them, in the order in which they were given."""

    def __init__(self, failed: Sequence[Failed]) -> None:
        self.failed = tuple(failed)
        first = self.failed[0]
        super().__init__(
            f"{len(self.failed)} event(s) were not published; the first: {first.event.type} {first.event.id}: "
            f"{first.code}: {first.reason}"
        )


@dataclass(frozen=True, slots=True)
class Retry:
    """How often entries that failed are sent, and how long is waited in between: full jitter, doubling, bounded."""

    attempts: int = 4
    base_s: float = 0.05
    wait_s_max: float = 2.0
    sleep: Callable[[float], object] = time.sleep

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts: at least one is needed")

    def wait(self, attempt: int) -> None:
        """Wait after an attempt, counted from 1."""
        self.sleep(random.uniform(0, min(self.wait_s_max, self.base_s * 2 ** (attempt - 1))))


class Publisher(ABC):
    """What SNS and EventBridge publishers share. ``publish`` is safe to call from several threads."""

    bytes_max: int
    retry: Retry

    def publish(self, *events: Event, ordered_by: Callable[[Event], Hashable] | None = None) -> None:
        """Publish events, ten to a request.

        With ``ordered_by``, those of one key go out in their order: never two in one request, and none after one that
        failed. FIFO topics do so by their groups without being asked.

        Raises EventTooLarge or MalformedEvent before anything is sent, and PublishFailed with those that did not get
        out after all attempts.
        """
        entries = [(event, *self.entry(event)) for event in events]
        order = ordered_by or self._order()
        failed: dict[int, Failed] = {}
        broken: set[Hashable] = set()
        is_unreachable = False
        for batch in _batches(entries, self.bytes_max, order):
            sendable = []
            for place in batch:
                event = events[place]
                if is_unreachable or (order is not None and order(event) in broken):
                    failed[place] = Failed(event, "NotSent", "what comes before it failed")
                else:
                    sendable.append(place)
            found, is_gone = self._send_all(sendable, entries)
            is_unreachable = is_unreachable or is_gone
            failed |= found
            if order is not None:
                broken |= {order(events[place]) for place in found}
        if failed:
            raise PublishFailed([failed[place] for place in sorted(failed)])

    def check(self, event: Event) -> None:
        """Raise EventTooLarge or MalformedEvent for an event that ``publish`` would refuse."""
        self.entry(event)

    @abstractmethod
    def entry(self, event: Event) -> tuple[Entry, int]:
        """The request's entry for an event, and its size as the service counts it, in bytes."""

    def _order(self) -> Callable[[Event], Hashable] | None:
        return None

    @abstractmethod
    def _request(self, entries: list[Entry]) -> dict[int, tuple[str, str, bool]]:
        """Send a batch. What failed: place in the batch, code, reason, whether to try again."""

    def _send_all(
        self, places: list[int], entries: Sequence[tuple[Event, Entry, int]]
    ) -> tuple[dict[int, Failed], bool]:
        """Send a batch until nothing of it is worth another attempt: what failed, and whether nobody answers."""
        from botocore.exceptions import BotoCoreError, ClientError

        failed: dict[int, Failed] = {}
        for attempt in range(1, self.retry.attempts + 1):
            if not places:
                return failed, False
            try:
                answers = self._request([entries[place][1] for place in places])
            except ClientError as error:
                code = error.response["Error"].get("Code", "Unknown")
                reason = error.response["Error"].get("Message", "")
                answers = dict.fromkeys(range(len(places)), (code, reason, code in PASSING))
            except BotoCoreError as error:
                # The client has tried for as long as it was told to: further batches would only wait again.
                gone = {place: Failed(entries[place][0], type(error).__name__, str(error)) for place in places}
                return failed | gone, True
            again = []
            for position, (code, reason, is_passing) in answers.items():
                place = places[position]
                if is_passing and attempt < self.retry.attempts:
                    again.append(place)
                else:
                    failed[place] = Failed(entries[place][0], code, reason)
            places = again
            if places:
                self.retry.wait(attempt)
        return failed, False


def _batches(
    entries: Sequence[tuple[Event, Entry, int]], bytes_max: int, order: Callable[[Event], Hashable] | None
) -> Iterator[list[int]]:
    """Places of the entries, ten at most to a batch and no more bytes than allowed; no two of one key."""
    batch: list[int] = []
    total = 0
    keys: set[Hashable] = set()
    for place, (event, _, size) in enumerate(entries):
        key = order(event) if order is not None else place
        if batch and (len(batch) == BATCH_ENTRIES_MAX or total + size > bytes_max or key in keys):
            yield batch
            batch, total, keys = [], 0, set()
        batch.append(place)
        total += size
        keys.add(key)
    if batch:
        yield batch


class SnsPublisher(Publisher):
    """Publishes to an SNS topic.

    ``type``, ``version`` (a Number) and ``source`` are message attributes, so that subscriptions can filter by them;
    ``attributes`` names further ones that are taken from the event's data when they are there (texts, numbers,
    booleans, lists of them), seven at most. ``group`` gives a FIFO topic's message group, and is needed for one; the
    event's id is the deduplication id. ``bytes_max`` goes up with the topic's ``MaximumMessageSize``.
    """

    def __init__(
        self,
        topic_arn: str,
        *,
        attributes: Iterable[str] = (),
        group: Callable[[Event], str] | None = None,
        bytes_max: int = SNS_BYTES_MAX,
        retry: Retry | None = None,
        client: Any = None,
    ) -> None:
        self.topic_arn = topic_arn
        self.bytes_max = bytes_max
        self.retry = retry or Retry()
        self._attributes = tuple(attributes)
        if len(self._attributes) + len(OWN_ATTRIBUTES) > ATTRIBUTES_MAX:
            raise ValueError(f"attributes: {ATTRIBUTES_MAX - len(OWN_ATTRIBUTES)} at most")
        if OWN_ATTRIBUTES & set(self._attributes):
            raise ValueError(f"attributes: {', '.join(sorted(OWN_ATTRIBUTES))} are set already")
        self._group = group
        self._client = client
        is_fifo = topic_arn.endswith(".fifo")
        if is_fifo and group is None:
            raise ValueError("group: a FIFO topic needs the message group of each event")
        self._is_fifo = is_fifo

    def entry(self, event: Event) -> tuple[Entry, int]:
        """A PublishBatchRequestEntry without its Id. Raises EventTooLarge, MalformedEvent."""
        message = event.to_json()
        attributes = self._attributes_of(event)
        entry: Entry = {"Message": message, "MessageAttributes": attributes}
        if self._group is not None:
            entry["MessageGroupId"] = str(self._group(event))
            if self._is_fifo:
                entry["MessageDeduplicationId"] = event.id
        size = len(message.encode()) + sum(
            len(name.encode()) + len(value["DataType"]) + len(value["StringValue"].encode())
            for name, value in attributes.items()
        )
        return entry, _sized(event, size, self.bytes_max)

    def _attributes_of(self, event: Event) -> dict[str, dict[str, str]]:
        attributes = {
            "type": {"DataType": "String", "StringValue": event.type},
            "version": {"DataType": "Number", "StringValue": str(event.version)},
        }
        if event.source:
            attributes["source"] = {"DataType": "String", "StringValue": event.source}
        for name in self._attributes:
            value = event.data.get(name)
            # SNS takes no empty values, and a filter finds what is absent by {"exists": false}.
            if value is not None and value != "":
                attributes[name] = _attribute(name, value)
        return attributes

    def _order(self) -> Callable[[Event], Hashable] | None:
        return self._group if self._is_fifo else None

    def _request(self, entries: list[Entry]) -> dict[int, tuple[str, str, bool]]:
        sns = client_of(self._client, "sns")
        numbered = [{"Id": str(place), **entry} for place, entry in enumerate(entries)]
        answer = sns.publish_batch(TopicArn=self.topic_arn, PublishBatchRequestEntries=numbered)
        return {
            int(each["Id"]): (each["Code"], each.get("Message", ""), not each["SenderFault"] or each["Code"] in PASSING)
            for each in answer.get("Failed", ())
        }


class EventBridgePublisher(Publisher):
    """Publishes to an event bus: ``detail-type`` is the event's type, ``detail`` the whole envelope.

    ``source`` is the bus's source for events that have none of their own. ``resources`` gives the ARNs that an event
    concerns. An order by key is kept as far as the request: EventBridge itself delivers in no order.
    """

    def __init__(
        self,
        bus: str = "default",
        *,
        source: str,
        resources: Callable[[Event], Sequence[str]] | None = None,
        bytes_max: int = EVENTBRIDGE_BYTES_MAX,
        retry: Retry | None = None,
        client: Any = None,
    ) -> None:
        if source.startswith("aws."):
            raise ValueError("source: names that begin with aws. are AWS's own")
        self.bus = bus
        self.source = source
        self.bytes_max = bytes_max
        self.retry = retry or Retry()
        self._resources = resources
        self._client = client

    def entry(self, event: Event) -> tuple[Entry, int]:
        """A PutEventsRequestEntry. Raises EventTooLarge, MalformedEvent."""
        entry: Entry = {
            "EventBusName": self.bus,
            "Source": event.source or self.source,
            "DetailType": event.type,
            "Detail": event.to_json(),
            "Time": event.time,
        }
        resources = list(self._resources(event)) if self._resources else []
        if resources:
            entry["Resources"] = resources
        texts = (entry["Source"], entry["DetailType"], entry["Detail"], *resources)
        return entry, _sized(event, TIME_BYTES + sum(len(text.encode()) for text in texts), self.bytes_max)

    def _request(self, entries: list[Entry]) -> dict[int, tuple[str, str, bool]]:
        events = client_of(self._client, "events")
        answer = events.put_events(Entries=entries)
        return {
            place: (each["ErrorCode"], each.get("ErrorMessage", ""), each["ErrorCode"] in PASSING)
            for place, each in enumerate(answer["Entries"])
            if each.get("ErrorCode")
        }


def _sized(event: Event, size: int, bytes_max: int) -> int:
    if size > bytes_max:
        raise EventTooLarge(
            f"{event.type} {event.id} has {size} bytes, {bytes_max} are allowed: "
            "store the payload (S3) and publish its key"
        )
    return size


def _attribute(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, bool):
        return {"DataType": "String", "StringValue": "true" if value else "false"}
    if isinstance(value, int | float | Decimal):
        return {"DataType": "Number", "StringValue": str(value)}
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    if isinstance(value, list | tuple) and all(isinstance(each, str | int | float | bool) for each in value):
        return {"DataType": "String.Array", "StringValue": json.dumps(list(value))}
    raise MalformedEvent(f"data.{name}: no text, number, boolean or list of them, as a message attribute has to be")
