"""The transactional outbox: state and events are written in one transaction, and the table's stream publishes.

Publishing beside the write loses events (written, then died) or invents them (published, then the write failed). Here
an event is an item of the same TransactWriteItems, and a function on the table's stream publishes it: at least once,
and in order for each aggregate. One transaction writes one item for each aggregate, whatever the number of events:
items of one partition key reach the stream in the order of their writes, but those of one transaction in none that is
promised.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from stratolite_patterns.connections import client_of
from stratolite_patterns.events.envelope import Event, MalformedEvent, event_of
from stratolite_patterns.events.publisher import Publisher, PublishFailed
from stratolite_patterns.records import logger

MARK = "outbox"
"""The attribute by which the stream's function knows the items of the outbox."""
PREFIX = "OUTBOX#"
KEPT_S = 7 * 24 * 60 * 60
ACTIONS_MAX = 100
ITEM_BYTES_MAX = 390 * 1024
"""Below the 400 KB of an item, with room for keys and names."""


class Outbox:
    """Events of one table.

    ``partition_key``, ``sort_key`` (None where the table has none) and ``ttl`` name its attributes. Items stay for
    ``kept_s`` after they were written, for people to look at, and are then deleted by the table's TTL.
    """

    def __init__(
        self,
        table: str,
        publisher: Publisher,
        *,
        partition_key: str = "pk",
        sort_key: str | None = "sk",
        ttl: str = "expires_at",
        kept_s: int = KEPT_S,
        client: Any = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.table = table
        self.publisher = publisher
        self.partition_key = partition_key
        self.sort_key = sort_key
        self.ttl = ttl
        self.kept_s = kept_s
        self._client = client
        self._now = now

    def entry(self, aggregate: str, *events: Event) -> dict[str, Any]:
        """The entry of TransactItems that carries the events of an aggregate: add it to those that write its state.

        Raises MalformedEvent or EventTooLarge for what the publisher could never send: once written, it would stop the
        stream for a day.
        """
        if not events:
            raise ValueError("events: at least one is needed")
        for event in events:
            self.publisher.check(event)
        text = "[" + ",".join(event.to_json() for event in events) + "]"
        if len(text.encode()) > ITEM_BYTES_MAX:
            raise MalformedEvent(f"the events of one transaction have more than {ITEM_BYTES_MAX} bytes")
        first = events[0]
        key = f"{PREFIX}{aggregate}" if self.sort_key else f"{PREFIX}{aggregate}#{first.id}"
        item = {
            self.partition_key: {"S": key},
            MARK: {"S": text},
            "aggregate": {"S": aggregate},
            self.ttl: {"N": str(int(self._now()) + self.kept_s)},
        }
        if self.sort_key:
            item[self.sort_key] = {"S": f"{first.time.isoformat()}#{first.id}"}
        return {
            "Put": {
                "TableName": self.table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self.partition_key},
            }
        }

    def write(
        self, state: Sequence[Mapping[str, Any]], events: Mapping[str, Iterable[Event]], *, token: str | None = None
    ) -> None:
        """Write state (entries of TransactItems) and the events of each aggregate, or nothing.

        ``token`` (ClientRequestToken, up to 36 characters) makes a repetition within ten minutes harmless. Raises
        ValueError for more than 100 actions, and botocore's ClientError (TransactionCanceledException) as it comes.
        """
        entries = [*state, *(self.entry(aggregate, *each) for aggregate, each in events.items())]
        if len(entries) > ACTIONS_MAX:
            raise ValueError(f"{len(entries)} actions; a transaction has {ACTIONS_MAX} at most")
        options = {"ClientRequestToken": token} if token else {}
        client_of(self._client, "dynamodb").transact_write_items(TransactItems=entries, **options)

    def __call__(self, event: Mapping[str, Any], context: Any = None) -> dict[str, list[dict[str, str]]]:
        """The handler of the table's stream (NEW_IMAGE or NEW_AND_OLD_IMAGES, ReportBatchItemFailures).

        Publishes what the outbox was given; other changes are not its business. When an event cannot be published, the
        answer names its record, and Lambda delivers again from there: nothing of an aggregate overtakes.
        """
        sent: list[tuple[str, str, Event]] = []
        unreadable = ""
        for record in event["Records"]:
            sequence = record["dynamodb"]["SequenceNumber"]
            try:
                sent += [(sequence, aggregate, each) for aggregate, each in self._events(record)]
            except (KeyError, ValueError, MalformedEvent) as error:
                # What comes before it is published; from here on order could not be kept.
                logger.error("the outbox record %s cannot be read: %s: %s", sequence, type(error).__name__, error)
                unreadable = sequence
                break
        try:
            self._publish(sent)
        except PublishFailed as error:
            failed = {each.event.id for each in error.failed}
            first = next(sequence for sequence, _, each in sent if each.id in failed)
            logger.error("the outbox stops at %s: %s", first, error)
            return {"batchItemFailures": [{"itemIdentifier": first}]}
        return {"batchItemFailures": [{"itemIdentifier": unreadable}] if unreadable else []}

    def _publish(self, sent: Sequence[tuple[str, str, Event]]) -> None:
        if not sent:
            return
        aggregates = {id(event): aggregate for _, aggregate, event in sent}
        self.publisher.publish(*(event for _, _, event in sent), ordered_by=lambda event: aggregates[id(event)])

    def _events(self, record: Mapping[str, Any]) -> Iterable[tuple[str, Event]]:
        """The events that a record of the stream brings, none where it is no insertion into the outbox."""
        image = record["dynamodb"].get("NewImage")
        if record.get("eventName") != "INSERT":
            return
        if image is None:
            raise ValueError("no NewImage: the stream's view type has to be NEW_IMAGE or NEW_AND_OLD_IMAGES")
        if MARK not in image or not image[self.partition_key].get("S", "").startswith(PREFIX):
            return
        aggregate = image["aggregate"]["S"]
        for envelope in json.loads(image[MARK]["S"]):
            yield aggregate, event_of(envelope)
