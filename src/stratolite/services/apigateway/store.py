"""The tables of API Gateway. Every resource is one JSON document, named by kind, parent and id.

Every write ends in ``forget`` after its commit, because compiled stages rest on these rows.
"""

from collections.abc import Callable
from typing import Literal

from stratolite.core.call import Call
from stratolite.storage.database import Database
from stratolite.storage.documents import Documents

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


class Store(Documents[Kind]):
    """Reads and writes documents. Writes belong inside a transaction."""

    def __init__(self, database: Database, forget: Callable[[], None]) -> None:
        super().__init__(database, "apigateway_document", forget)

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
