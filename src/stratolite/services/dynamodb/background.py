"""What happens later: items expire, the rows of deleted tables are removed, and the records of streams when a day old;
changes arrive in streams of Kinesis.

All work in steps of bounded size, and a step that leaves something to do puts the next one into the outbox.
"""

from typing import TYPE_CHECKING

from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import ONCE
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.dynamodb import kinesis_destinations
from stratolite.services.dynamodb.operations.tables import PURGE_KIND
from stratolite.services.dynamodb.store import decode
from stratolite.services.dynamodb.streams import TRIM_KIND
from stratolite.services.dynamodb.writing import EXPIRY_KIND, expiry_s, replace_item

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

EXPIRED_ITEMS_MAX = 500
"""How many items expire in one transaction."""


def kinds(dynamodb: "Dynamodb") -> tuple[Kind, ...]:
    """The deliveries of this service."""

    async def expire(entry: Entry) -> Effect:
        return lambda: _expire(dynamodb, entry)

    async def purge(entry: Entry) -> Effect:
        return lambda: _purge(dynamodb, entry)

    async def trim(entry: Entry) -> Effect:
        return lambda: dynamodb.streams.trim(entry.call(dynamodb.world.clock.now_ms()), int(entry.payload))

    return (
        Kind(EXPIRY_KIND, expire, ONCE),
        Kind(PURGE_KIND, purge, ONCE),
        Kind(TRIM_KIND, trim, ONCE),
        kinesis_destinations.kind(dynamodb),
    )


def _expire(dynamodb: "Dynamodb", entry: Entry) -> None:
    table_id, due_ms = map(int, entry.payload.split())
    store = dynamodb.store
    if store.timer_ms(table_id) != due_ms:
        return  # An earlier run was scheduled after this one, and has taken its place.
    table = store.table_by_id(table_id)
    if table is None or not table.ttl_attribute:
        store.set_timer(table_id, None)
        return
    now_ms = dynamodb.world.clock.now_ms()
    call = entry.call(now_ms)
    for expires_s, key in store.expired(table, now_ms // 1000, EXPIRED_ITEMS_MAX):
        store.delete_expiry(table, expires_s, key)
        stored = store.get(table, key)
        item = decode(stored.item) if stored else None
        if item is not None and expiry_s(item, table.ttl_attribute) == expires_s:
            replace_item(call, dynamodb, table, key, None, stored, item, expired=True)
            dynamodb.meters.expired(table)
    following = store.next_expiry_s(table)
    due = None if following is None else max(following * 1000, now_ms)
    store.set_timer(table_id, due)
    if due is not None:
        dynamodb.world.outbox.put(call, EXPIRY_KIND, f"{table_id} {due}".encode(), due_ms=due)


def _purge(dynamodb: "Dynamodb", entry: Entry) -> None:
    table_id, *index_ids = map(int, entry.payload.split())
    if dynamodb.store.purge(table_id, index_ids):
        now_ms = dynamodb.world.clock.now_ms()
        dynamodb.world.outbox.put(entry.call(now_ms), PURGE_KIND, entry.payload, source=entry.source)
