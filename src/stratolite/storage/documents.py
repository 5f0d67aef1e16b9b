"""Documents: resources that are kept as the JSON that clients see, by account, region, kind, parent and id.

For services whose resources hang below one another, as those of an API do; each has a table of its own. Keys that begin
with ``_`` are ours and are never shown. Cost: one indexed read or write a call.
"""

import json
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from stratolite.core.call import Call
from stratolite.storage.database import Database

K = TypeVar("K", bound=str)
T = TypeVar("T")
Document = dict[str, Any]


def shown(document: Document, _shape: type[T]) -> T:
    """The document as a client sees it: of the shape that the model names, without what is ours."""
    return cast(T, {name: value for name, value in document.items() if name[0] != "_"})


class Documents(Generic[K]):
    """Reads and writes the documents of a ``table``; ``K``: its kinds. Writes belong inside a transaction, and end in
    ``forget`` after its commit."""

    def __init__(self, database: Database, table: str, forget: Callable[[], None]) -> None:
        self._database = database
        self._forget = forget
        below = "account = ?1 AND region = ?2 AND kind = ?3 AND parent = ?4"
        self._one = f"SELECT body FROM {table} WHERE {below} AND id = ?5"
        self._all = f"SELECT body FROM {table} WHERE {below} ORDER BY number"
        self._put = (
            f"INSERT INTO {table} (account, region, kind, parent, id, number, body)"
            f" VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(number), 0) + 1 FROM {table} WHERE {below}), ?6)"
            " ON CONFLICT (account, region, kind, parent, id) DO UPDATE SET body = excluded.body"
        )
        self._delete = f"DELETE FROM {table} WHERE {below} AND id = ?5"

    def get(self, call: Call, kind: K, parent: str, key: str) -> Document | None:
        """One document, or None."""
        row = self._database.one(self._one, (call.account, call.region, kind, parent, key))
        return json.loads(row[0]) if row else None

    def all(self, call: Call, kind: K, parent: str = "") -> list[Document]:
        """The documents below a parent, in the order of their creation."""
        rows = self._database.query(self._all, (call.account, call.region, kind, parent))
        return [json.loads(row[0]) for row in rows]

    def put(self, call: Call, kind: K, parent: str, key: str, body: Document) -> None:
        """Make or replace a document; a replaced one keeps its place in the order."""
        self._database.write(self._put, (call.account, call.region, kind, parent, key, json.dumps(body)))
        self._database.after_commit(self._forget)

    def delete(self, call: Call, kind: K, parent: str, key: str) -> None:
        """Remove a document; one that is gone already is no error."""
        self._database.write(self._delete, (call.account, call.region, kind, parent, key))
        self._database.after_commit(self._forget)
