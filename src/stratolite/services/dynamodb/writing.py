"""One item changed: the row, its index entries and its expiry, in the current transaction.

Cost of a put to a table without indexes: one statement. Each index costs one or two more, a stream one, and both that
the old item is read.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.dynamodb import attributes, capacity, kinesis_destinations
from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.domain import Index, ItemKey, Table
from stratolite.services.dynamodb.store import Stored, encode

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

EXPIRY_KIND = "dynamodb.expiry"
EXPIRED_AGE_S_MAX = 5 * 365 * 24 * 3600
"""Times further in the past are no expiry times, says AWS's documentation of time to live."""
EXPIRY_S_MAX = 1 << 43
"""Later times, beyond the year 280,000, are no times."""

Units = dict[str, float]


def replace_item(
    call: Call,
    dynamodb: "Dynamodb",
    table: Table,
    key: ItemKey,
    new: tuple[Item, int] | None,
    stored: Stored | None,
    old: Item | None,
    *,
    expired: bool = False,
) -> Units:
    """Put (``new``: the item and its size) or delete (None) an item; ``stored`` is what stood there.

    ``old``: the same, decoded; it may be None for a table without indexes and time to live. ``expired``: whether the
    service itself deletes it. The write units that each index consumed.
    """
    store = dynamodb.store
    data = b""
    if new is None:
        store.delete(table, key)
    else:
        data = encode(new[0])
        store.put(table, key, new[1], data)
    units: Units = {}
    for index in table.indexes:
        used = _replace_entry(dynamodb, index, key, new, old, data)
        if used:
            units[index.name] = used
    if table.ttl_attribute:
        _replace_expiry(call, dynamodb, table, key, new[0] if new else None, old)
    if table.capture is not None:
        change = None if new is None else (data, new[1])
        dynamodb.streams.record(call, table, change, stored, expired=expired)
    if table.destinations:
        change = None if new is None else (data, new[1])
        kinesis_destinations.send(call, dynamodb, table, change, stored, expired=expired)
    return units


def add_entry(dynamodb: "Dynamodb", index: Index, key: ItemKey, item: Item) -> None:
    """Put an item into an index that is being built."""
    _replace_entry(dynamodb, index, key, (item, 0), None, b"")


def _replace_entry(
    dynamodb: "Dynamodb", index: Index, key: ItemKey, new: tuple[Item, int] | None, old: Item | None, data: bytes
) -> float:
    store = dynamodb.store
    before = index.key(old) if old is not None else None
    after = index.key(new[0]) if new is not None else None
    units = 0.0
    if before is not None and before != after:
        assert old is not None
        store.delete_entry(index, before, key)
        units += capacity.write_units(_size(index.project(old)))
    if after is None or new is None:
        return units
    held = index.project(new[0])
    if before == after and old is not None and index.project(old) == held:
        return units
    size = new[1] if held is new[0] and new[1] else _size(held)
    store.put_entry(index, after, key, size, data if held is new[0] and data else encode(held))
    return units + capacity.write_units(size)


def _size(item: Item) -> int:
    return attributes.check_item(item)


# Expiry -------------------------------------------------------------------------------------------------------


def expiry_s(item: Mapping[str, Any] | None, attribute: str) -> int | None:
    """The time that an item's attribute names, in seconds since the epoch; None when it is no number of that kind."""
    value = item.get(attribute) if item is not None else None
    if value is None or "N" not in value:
        return None
    seconds = Decimal(value["N"])
    return int(seconds) if 0 <= seconds < EXPIRY_S_MAX else None


def note_expiry(call: Call, dynamodb: "Dynamodb", table: Table, key: ItemKey, item: Item) -> None:
    """Note when an item expires, if it does."""
    seconds = expiry_s(item, table.ttl_attribute)
    if seconds is not None and seconds >= call.now_ms // 1000 - EXPIRED_AGE_S_MAX:
        dynamodb.store.add_expiry(table, seconds, key)
        schedule_expiry(call, dynamodb, table.id, seconds * 1000)


def _replace_expiry(
    call: Call, dynamodb: "Dynamodb", table: Table, key: ItemKey, new: Item | None, old: Item | None
) -> None:
    before = expiry_s(old, table.ttl_attribute)
    if before == expiry_s(new, table.ttl_attribute):
        return
    if before is not None:
        dynamodb.store.delete_expiry(table, before, key)
    if new is not None:
        note_expiry(call, dynamodb, table, key, new)


def schedule_expiry(call: Call, dynamodb: "Dynamodb", table_id: int, due_ms: int) -> None:
    """See to it that the table's expiry runs at ``due_ms`` at the latest."""
    timer_ms = dynamodb.store.timer_ms(table_id)
    if timer_ms is None or due_ms < timer_ms:
        dynamodb.store.set_timer(table_id, due_ms)
        dynamodb.world.outbox.put(call, EXPIRY_KIND, f"{table_id} {due_ms}".encode(), due_ms=due_ms)
