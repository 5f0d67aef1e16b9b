"""The tables of API Gateway. Every resource is one JSON document, named by kind, parent and id.

Keys that begin with ``_`` are ours and are never shown. Cost: one indexed read or write a call. Every write ends in
``forget`` after its commit, because compiled stages rest on these rows.
"""

import json
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from stratolite.core.call import Call
from stratolite.storage.database import Database

T = TypeVar("T")
Document = dict[str, Any]
Kind = Literal[
    "restapi",
    "resource",
    "method",
    "model",
    "validator",
    "authorizer",
    "gateway_response",
    "documentation_part",
    "documentation_version",
    "deployment",
    "snapshot",
    "stage",
    "key",
    "plan",
    "plan_key",
    "account",
]


def below(api_id: str, resource_id: str) -> str:
    """The parent of a resource's methods."""
    return f"{api_id}/{resource_id}"


def shown(document: Document, shape: type[T]) -> T:
    """The document as a client sees it: of the shape that the model names, without what is ours."""
    assert shape is not None
    return cast(T, {name: value for name, value in document.items() if name[0] != "_"})


class Store:
    """Reads and writes documents. Writes belong inside a transaction."""

    def __init__(self, database: Database, forget: Callable[[], None]) -> None:
        self._database = database
        self._forget = forget

    def get(self, call: Call, kind: Kind, parent: str, key: str) -> Document | None:
        """One document, or None."""
        row = self._database.one(
            "SELECT body FROM apigateway_document"
            " WHERE account = ? AND region = ? AND kind = ? AND parent = ? AND id = ?",
            (call.account, call.region, kind, parent, key),
        )
        return json.loads(row[0]) if row else None

    def all(self, call: Call, kind: Kind, parent: str = "") -> list[Document]:
        """The documents below a parent, in the order of their creation."""
        rows = self._database.query(
            "SELECT body FROM apigateway_document WHERE account = ? AND region = ? AND kind = ? AND parent = ?"
            " ORDER BY number",
            (call.account, call.region, kind, parent),
        )
        return [json.loads(row[0]) for row in rows]

    def put(self, call: Call, kind: Kind, parent: str, key: str, body: Document) -> None:
        """Make or replace a document; a replaced one keeps its place in the order."""
        self._database.write(
            "INSERT INTO apigateway_document (account, region, kind, parent, id, number, body)"
            " VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(number), 0) + 1 FROM apigateway_document"
            " WHERE account = ?1 AND region = ?2 AND kind = ?3 AND parent = ?4), ?6)"
            " ON CONFLICT (account, region, kind, parent, id) DO UPDATE SET body = excluded.body",
            (call.account, call.region, kind, parent, key, json.dumps(body)),
        )
        self._database.after_commit(self._forget)

    def delete(self, call: Call, kind: Kind, parent: str, key: str) -> None:
        """Remove a document; one that is gone already is no error."""
        self._database.write(
            "DELETE FROM apigateway_document WHERE account = ? AND region = ? AND kind = ? AND parent = ? AND id = ?",
            (call.account, call.region, kind, parent, key),
        )
        self._database.after_commit(self._forget)

    def delete_below(self, call: Call, parent: str) -> None:
        """Remove everything whose parent this is, and everything below that (parents are paths: ``api/resource``)."""
        self._database.write(
            "DELETE FROM apigateway_document WHERE account = ?1 AND region = ?2"
            " AND (parent = ?3 OR parent >= ?3 || '/' AND parent < ?3 || '0')",
            (call.account, call.region, parent),
        )
        self._database.after_commit(self._forget)

    # Across accounts and regions: what the data plane asks ------------------------------------------------------

    def owner_of_api(self, api_id: str) -> tuple[str, str] | None:
        """Account and region of an API."""
        row = self._database.one(
            "SELECT account, region FROM apigateway_document WHERE kind = 'restapi' AND id = ?", (api_id,)
        )
        return (row[0], row[1]) if row else None

    def stages_named(self, name: str) -> list[tuple[str, str, str]]:
        """(account, region, API id) of every stage of this name, the most recently deployed first."""
        rows = self._database.query(
            "SELECT account, region, parent FROM apigateway_document WHERE kind = 'stage' AND id = ?"
            " ORDER BY json_extract(body, '$._deployed') DESC",
            (name,),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def next_deployed(self, call: Call) -> int:
        """The number of a change of a stage's deployment: the time in milliseconds, and in any case more than all
        before. So it says of deployments of any service which one is the most recent."""
        row = self._database.one(
            "SELECT coalesce(max(json_extract(body, '$._deployed')), 0) + 1 FROM apigateway_document"
            " WHERE kind = 'stage'"
        )
        assert row is not None
        return max(int(row[0]), call.now_ms)

    # Usage of plans with a quota ---------------------------------------------------------------------------------

    def used(self, plan: str, key: str, first_day: int) -> int:
        """How many requests a key made under a plan since a day (days since the epoch)."""
        row = self._database.one(
            "SELECT coalesce(sum(used), 0) FROM apigateway_usage WHERE plan = ? AND key = ? AND day >= ?",
            (plan, key, first_day),
        )
        assert row is not None
        return int(row[0])

    def count_use(self, plan: str, key: str, day: int) -> None:
        """Count one request."""
        self._database.write(
            "INSERT INTO apigateway_usage (plan, key, day, used) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (plan, key, day) DO UPDATE SET used = used + 1",
            (plan, key, day),
        )

    def forget_usage(self, plan: str, key: str = "") -> None:
        """The plan (or one of its keys) is gone: so is what was counted."""
        self._database.write("DELETE FROM apigateway_usage WHERE plan = ? AND (? = '' OR key = ?)", (plan, key, key))
