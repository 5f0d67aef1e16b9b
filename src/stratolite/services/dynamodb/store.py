"""The tables of DynamoDB: definitions, items, index entries, expiry times, tags.

An item is stored as the bytes that GetItem returns, under a numeric table id and order-preserving keys, so that an
item is read without being decoded. Each secondary index keeps its own entries, written in the item's transaction.
Definitions are cached in memory; a definition that an uncommitted transaction changed is read from its row instead.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from stratolite.core.call import Call
from stratolite.services.dynamodb.domain import HASH_PREFIX_BYTES, Index, ItemKey, Table, table_of
from stratolite.storage.database import Database, Row, Value

TABLES_CACHED_MAX = 4096
"""How many compiled definitions are kept; at the limit all are dropped and compiled again on use."""
PURGED_ROWS_MAX = 2000
"""How many rows of a deleted table go in one transaction."""

encode = msgspec.json.Encoder().encode
decode: Callable[[bytes], Any] = msgspec.json.Decoder().decode

_PUT = (
    "INSERT INTO dynamodb_item (table_id, hash, range, size_bytes, item) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET size_bytes = excluded.size_bytes, item = excluded.item"
)
_GET = "SELECT item, size_bytes FROM dynamodb_item WHERE table_id = ? AND hash = ? AND range = ?"
_DELETE = "DELETE FROM dynamodb_item WHERE table_id = ? AND hash = ? AND range = ?"

Name = tuple[str, str, str]


class Stored(NamedTuple):
    """An item as it is kept."""

    item: bytes
    size_bytes: int


class Found(NamedTuple):
    """A row of a search. ``key`` is the item's own key, ``at`` its place in what was searched."""

    at: ItemKey
    key: ItemKey
    size_bytes: int
    item: bytes


class Bounds(NamedTuple):
    """Which rows a search reads, in which order: conditions on the columns ``hash`` and ``range`` and their values."""

    where: str
    values: tuple[Value, ...]
    forward: bool = True


class Store:
    """Reads and writes rows. Writes belong inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables: dict[Name, Table] = {}
        self._changing: set[Name] = set()

    # Definitions -----------------------------------------------------------------------------------------

    def table(self, account: str, region: str, name: str) -> Table | None:
        """A table by its name."""
        key = (account, region, name)
        table = self._tables.get(key)
        if table is None:
            row = self._database.one(
                "SELECT id, definition FROM dynamodb_table WHERE account = ? AND region = ? AND name = ?", key
            )
            if row is None:
                return None
            table = table_of(row[0], account, region, decode(row[1]))
            if key not in self._changing:
                if len(self._tables) >= TABLES_CACHED_MAX:
                    self._tables.clear()
                self._tables[key] = table
        return table

    def table_by_id(self, table_id: int) -> Table | None:
        """A table by its number."""
        row = self._database.one("SELECT account, region, name FROM dynamodb_table WHERE id = ?", (table_id,))
        return self.table(*row) if row else None

    def names(self, call: Call, after: str, limit: int) -> list[str]:
        """Names of tables, in order."""
        rows = self._database.query(
            "SELECT name FROM dynamodb_table WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
            (call.account, call.region, after, limit),
        )
        return [row[0] for row in rows]

    def count_tables(self, call: Call) -> int:
        row = self._database.one(
            "SELECT count(*) FROM dynamodb_table WHERE account = ? AND region = ?", (call.account, call.region)
        )
        return int(row[0]) if row else 0

    def add_table(self, call: Call, definition: dict[str, Any]) -> Table:
        """Keep a new table; its indexes get their numbers."""
        key = (call.account, call.region, definition["TableName"])
        table_id = self._database.insert(
            "INSERT INTO dynamodb_table (account, region, name, definition) VALUES (?, ?, ?, '{}')", key
        )
        for listed in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for entry in definition.get(listed, ()):
                entry["IndexId"] = self.add_index(table_id)
        self._write_definition(table_id, key, definition)
        return table_of(table_id, call.account, call.region, definition)

    def add_index(self, table_id: int) -> int:
        """The number of a new index."""
        return self._database.insert("INSERT INTO dynamodb_index (table_id) VALUES (?)", (table_id,))

    def change_table(self, table: Table, definition: dict[str, Any]) -> Table:
        """Keep a changed definition."""
        self._write_definition(table.id, (table.account, table.region, table.name), definition)
        return table_of(table.id, table.account, table.region, definition)

    def delete_table(self, table: Table) -> None:
        """Forget a table; its items are left to ``purge``."""
        self._touch((table.account, table.region, table.name))
        for sql in (
            "DELETE FROM dynamodb_table WHERE id = ?",
            "DELETE FROM dynamodb_tag WHERE table_id = ?",
            "DELETE FROM dynamodb_expiry_timer WHERE table_id = ?",
        ):
            self._database.write(sql, (table.id,))

    def purge(self, table_id: int, index_ids: Sequence[int]) -> bool:
        """Delete some rows of a table that is gone; whether there may be more."""
        places = [("dynamodb_item", "table_id", table_id), ("dynamodb_expiry", "table_id", table_id)]
        places += [("dynamodb_index_item", "index_id", index_id) for index_id in index_ids]
        for name, column, number in places:
            columns = {
                "dynamodb_item": "hash, range",
                "dynamodb_expiry": "expires_s, hash, range",
                "dynamodb_index_item": "hash, range, item_hash, item_range",
            }[name]
            deleted = self._database.write(
                f"DELETE FROM {name} WHERE {column} = ? AND ({columns}) IN"
                f" (SELECT {columns} FROM {name} WHERE {column} = ? LIMIT ?)",
                (number, number, PURGED_ROWS_MAX),
            )
            if deleted == PURGED_ROWS_MAX:
                return True
        for index_id in index_ids:
            self._database.write("DELETE FROM dynamodb_index WHERE id = ?", (index_id,))
        return False

    def measure(self, table: Table) -> tuple[int, int]:
        """How many items a table has, and their size in bytes."""
        row = self._database.one(
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM dynamodb_item WHERE table_id = ?", (table.id,)
        )
        return (row[0], row[1]) if row else (0, 0)

    def measure_index(self, index: Index) -> tuple[int, int]:
        """How many entries an index has, and their size in bytes."""
        row = self._database.one(
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM dynamodb_index_item WHERE index_id = ?", (index.id,)
        )
        return (row[0], row[1]) if row else (0, 0)

    def collection_bytes(self, table: Table, hash_key: bytes) -> int:
        """The size of an item collection: all items of a partition key, and their local index entries."""
        row = self._database.one(
            "SELECT coalesce(sum(size_bytes), 0) FROM dynamodb_item WHERE table_id = ? AND hash = ?",
            (table.id, hash_key),
        )
        total = int(row[0]) if row else 0
        for index in table.indexes:
            if not index.is_global:
                row = self._database.one(
                    "SELECT coalesce(sum(size_bytes), 0) FROM dynamodb_index_item WHERE index_id = ? AND hash = ?",
                    (index.id, hash_key),
                )
                total += int(row[0]) if row else 0
        return total

    # Items -----------------------------------------------------------------------------------------------

    def get(self, table: Table, key: ItemKey) -> Stored | None:
        """An item by its key."""
        row = self._database.one(_GET, (table.id, key[0], key[1]))
        return Stored(*row) if row else None

    def put(self, table: Table, key: ItemKey, size_bytes: int, item: bytes) -> None:
        """Write an item; indexes and expiry are the caller's."""
        self._database.write(_PUT, (table.id, key[0], key[1], size_bytes, item))

    def delete(self, table: Table, key: ItemKey) -> bool:
        """Delete an item; whether there was one."""
        return bool(self._database.write(_DELETE, (table.id, key[0], key[1])))

    def put_entry(self, index: Index, at: ItemKey, key: ItemKey, size_bytes: int, item: bytes) -> None:
        """Write an item's entry in an index."""
        self._database.write(
            "INSERT INTO dynamodb_index_item"
            " (index_id, hash, range, item_hash, item_range, size_bytes, item) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET size_bytes = excluded.size_bytes, item = excluded.item",
            (index.id, at.hash, at.range, key.behind_its_hash, key.range, size_bytes, item),
        )

    def delete_entry(self, index: Index, at: ItemKey, key: ItemKey) -> None:
        """Delete an item's entry in an index."""
        self._database.write(
            "DELETE FROM dynamodb_index_item"
            " WHERE index_id = ? AND hash = ? AND range = ? AND item_hash = ? AND item_range = ?",
            (index.id, at.hash, at.range, key.behind_its_hash, key.range),
        )

    def delete_entries(self, index: Index) -> None:
        """Delete an index and all its entries."""
        self._database.write("DELETE FROM dynamodb_index_item WHERE index_id = ?", (index.id,))
        self._database.write("DELETE FROM dynamodb_index WHERE id = ?", (index.id,))

    def items(self, table: Table) -> list[tuple[ItemKey, bytes]]:
        """All items of a table."""
        rows = self._database.query("SELECT hash, range, item FROM dynamodb_item WHERE table_id = ?", (table.id,))
        return [(ItemKey(row[0], row[1]), row[2]) for row in rows]

    def search(self, table: Table, index: Index | None, bounds: Bounds) -> Iterable[Found]:
        """The rows within bounds, one at a time; nothing may be written meanwhile."""
        order = "ASC" if bounds.forward else "DESC"
        if index is None:
            rows: Iterable[Row] = self._database.each(
                "SELECT hash, range, hash, range, size_bytes, item FROM dynamodb_item"
                f" WHERE table_id = ?{bounds.where} ORDER BY hash {order}, range {order}",
                (table.id, *bounds.values),
            )
        else:
            rows = self._database.each(
                "SELECT hash, range, item_hash, item_range, size_bytes, item FROM dynamodb_index_item"
                f" WHERE index_id = ?{bounds.where}"
                f" ORDER BY hash {order}, range {order}, item_hash {order}, item_range {order}",
                (index.id, *bounds.values),
            )
        skipped = 0 if index is None else HASH_PREFIX_BYTES
        for row in rows:
            yield Found(ItemKey(row[0], row[1]), ItemKey(row[2][skipped:], row[3]), row[4], row[5])

    # Expiry ----------------------------------------------------------------------------------------------

    def add_expiry(self, table: Table, expires_s: int, key: ItemKey) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO dynamodb_expiry (table_id, expires_s, hash, range) VALUES (?, ?, ?, ?)",
            (table.id, expires_s, key.hash, key.range),
        )

    def delete_expiry(self, table: Table, expires_s: int, key: ItemKey) -> None:
        self._database.write(
            "DELETE FROM dynamodb_expiry WHERE table_id = ? AND expires_s = ? AND hash = ? AND range = ?",
            (table.id, expires_s, key.hash, key.range),
        )

    def delete_expiries(self, table: Table) -> None:
        """Forget when the items of a table expire."""
        self._database.write("DELETE FROM dynamodb_expiry WHERE table_id = ?", (table.id,))
        self._database.write("DELETE FROM dynamodb_expiry_timer WHERE table_id = ?", (table.id,))

    def expired(self, table: Table, now_s: int, limit: int) -> list[tuple[int, ItemKey]]:
        """Items whose time has come, in its order."""
        rows = self._database.query(
            "SELECT expires_s, hash, range FROM dynamodb_expiry"
            " WHERE table_id = ? AND expires_s <= ? ORDER BY expires_s LIMIT ?",
            (table.id, now_s, limit),
        )
        return [(row[0], ItemKey(row[1], row[2])) for row in rows]

    def next_expiry_s(self, table: Table) -> int | None:
        """When the first item of a table expires."""
        row = self._database.one("SELECT min(expires_s) FROM dynamodb_expiry WHERE table_id = ?", (table.id,))
        return row[0] if row else None

    def timer_ms(self, table_id: int) -> int | None:
        """When the table's expiry is due to run."""
        row = self._database.one("SELECT due_ms FROM dynamodb_expiry_timer WHERE table_id = ?", (table_id,))
        return row[0] if row else None

    def set_timer(self, table_id: int, due_ms: int | None) -> None:
        """Note when the table's expiry is due to run; None: it is not."""
        if due_ms is None:
            self._database.write("DELETE FROM dynamodb_expiry_timer WHERE table_id = ?", (table_id,))
        else:
            self._database.write(
                "INSERT OR REPLACE INTO dynamodb_expiry_timer (table_id, due_ms) VALUES (?, ?)", (table_id, due_ms)
            )

    # Tags ------------------------------------------------------------------------------------------------

    def tags(self, table: Table) -> list[tuple[str, str]]:
        """Keys and values of a table's tags, in order of keys."""
        rows = self._database.query("SELECT key, value FROM dynamodb_tag WHERE table_id = ? ORDER BY key", (table.id,))
        return [(row[0], row[1]) for row in rows]

    def set_tags(self, table: Table, tags: Iterable[tuple[str, str]]) -> None:
        self._database.write_many(
            "INSERT OR REPLACE INTO dynamodb_tag (table_id, key, value) VALUES (?, ?, ?)",
            [(table.id, key, value) for key, value in tags],
        )

    def delete_tags(self, table: Table, keys: Iterable[str]) -> None:
        self._database.write_many(
            "DELETE FROM dynamodb_tag WHERE table_id = ? AND key = ?", [(table.id, key) for key in keys]
        )

    # Transactions ----------------------------------------------------------------------------------------

    def transaction_digest(self, call: Call, token: str, since_ms: int) -> bytes | None:
        """The digest of the transaction that was done with a token at or after a time."""
        row = self._database.one(
            "SELECT digest FROM dynamodb_transaction WHERE account = ? AND region = ? AND token = ? AND done_ms >= ?",
            (call.account, call.region, token, since_ms),
        )
        return row[0] if row else None

    def add_transaction(self, call: Call, token: str, digest: bytes, before_ms: int) -> None:
        """Note a transaction that is done now, and forget those from before a time."""
        self._database.write("DELETE FROM dynamodb_transaction WHERE done_ms < ?", (before_ms,))
        self._database.write(
            "INSERT INTO dynamodb_transaction (account, region, token, digest, done_ms) VALUES (?, ?, ?, ?, ?)",
            (call.account, call.region, token, digest, call.now_ms),
        )

    # Cache -----------------------------------------------------------------------------------------------

    def _write_definition(self, table_id: int, key: Name, definition: dict[str, Any]) -> None:
        self._touch(key)
        self._database.write(
            "UPDATE dynamodb_table SET definition = ? WHERE id = ?", (encode(definition).decode(), table_id)
        )

    def _touch(self, key: Name) -> None:
        # Until the commit nothing may be cached under this name: the transaction may be rolled back. (After a
        # roll-back the name stays uncached until the next change: slower, never wrong.)
        self._tables.pop(key, None)
        self._changing.add(key)
        self._database.after_commit(lambda: self._changing.discard(key))
