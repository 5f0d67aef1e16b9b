"""Streams of Kinesis that get a table's changes: which, and the records on their way there.

A record is a delivery that is committed with the change; it is tried for a day, and what is about one item may arrive
in another order, as on AWS. The definition's own entry ``KinesisDestinations`` has one map a stream.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.domain import Table
from stratolite.services.dynamodb.records import is_same
from stratolite.services.dynamodb.store import Stored, decode, encode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

KIND = "dynamodb.kinesis"
ENTRY = "KinesisDestinations"
MILLISECOND, MICROSECOND = "MILLISECOND", "MICROSECOND"
RETRY_S_MAX = 60.0
_THROTTLED = "ProvisionedThroughputExceededException"
_SERVICE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def send(
    call: Call,
    dynamodb: "Dynamodb",
    table: Table,
    new: tuple[bytes, int] | None,
    stored: Stored | None,
    *,
    expired: bool = False,
) -> None:
    """Tell the table's streams of a change in its own transaction: from what was stored to the bytes and the size of a
    new item, or to nothing. What changes nothing leaves no record."""
    if stored is not None and new is not None and is_same(stored.item, new[0]):
        return
    key, change = _change(table, new, stored)
    for destination in table.destinations:
        is_fine = destination.get("Precision") == MICROSECOND
        moment = {"ApproximateCreationDateTime": call.now_ms * 1000 if is_fine else call.now_ms}
        if "Precision" in destination:
            moment["ApproximateCreationDateTimePrecision"] = destination["Precision"]
        record = {
            "awsRegion": table.region,
            "eventID": dynamodb.world.entropy.uuid(),
            "eventName": "INSERT" if stored is None else "REMOVE" if new is None else "MODIFY",
            "userIdentity": _SERVICE if expired else None,
            "recordFormat": "application/json",
            "tableName": table.name,
            "dynamodb": {**moment, **change},
            "eventSource": "aws:dynamodb",
        }
        payload = msgspec.msgpack.encode((key, json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()))
        dynamodb.world.outbox.put(call, KIND, payload, source=table.arn, target=destination["StreamArn"])


def _change(table: Table, new: tuple[bytes, int] | None, stored: Stored | None) -> tuple[str, dict[str, Any]]:
    """The record's partition key, which is the item's own, and what it says of the item."""
    images = {
        name: decode(data)
        for name, data in (("NewImage", new and new[0]), ("OldImage", stored and stored.item))
        if data
    }
    keys = {attribute.name: next(iter(images.values()))[attribute.name] for attribute in table.schema.attributes}
    partition_key = hashlib.md5(encode(keys), usedforsecurity=False).hexdigest().upper()
    sizes = (new[1] if new else 0) + (stored.size_bytes if stored else 0)
    return partition_key, {"Keys": keys, **images, "SizeBytes": sizes + attributes.check_item(keys)}


def kind(dynamodb: "Dynamodb") -> Kind:
    """How records arrive."""

    async def deliver(entry: Entry) -> Effect:
        key, data = msgspec.msgpack.decode(entry.payload, type=tuple[str, bytes])

        def effect() -> None:
            call = entry.call(dynamodb.world.clock.now_ms())
            try:
                dynamodb.world.ports.kinesis.put(call, entry.target, key, data)
            except AwsError as error:
                retry = error.code == _THROTTLED or not error.is_client_fault
                raise DeliveryFailed(f"{error.code}: {error.message}", retry=retry) from error

        return effect

    return Kind(KIND, deliver, RetryPolicy(lambda attempts: min(2.0 ** min(attempts, 10), RETRY_S_MAX)))


def listed(table: Table) -> list[Mapping[str, Any]]:
    """All that a table has or had."""
    found: list[Mapping[str, Any]] = table.definition.get(ENTRY, [])
    return found
