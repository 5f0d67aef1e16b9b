"""The tables of HTTP and WebSocket APIs.

Every resource is one JSON document of the model's shape, named by kind, API and id.

Every write ends in ``forget`` after its commit, because compiled stages rest on these rows.
"""

import json
from collections.abc import Callable
from typing import Literal

from stratolite.core.call import Call
from stratolite.storage.database import Database
from stratolite.storage.documents import Document, Documents

Kind = Literal[
    "api",
    "route",
    "route_response",
    "integration",
    "integration_response",
    "authorizer",
    "deployment",
    "snapshot",
    "stage",
]


class Store(Documents[Kind]):
    """Reads and writes documents. Writes belong inside a transaction. The parent of an API is empty, that of all the
    rest is its API's id."""

    def __init__(self, database: Database, forget: Callable[[], None]) -> None:
        super().__init__(database, "apigatewayv2_document", forget)

    def last(self, call: Call, kind: Kind, parent: str) -> Document | None:
        """The document below a parent that was made last, or None."""
        row = self._database.one(
            "SELECT body FROM apigatewayv2_document WHERE account = ? AND region = ? AND kind = ? AND parent = ?"
            " ORDER BY number DESC LIMIT 1",
            (call.account, call.region, kind, parent),
        )
        return json.loads(row[0]) if row else None

    def delete_below(self, call: Call, parent: str) -> None:
        """Remove everything that an API has."""
        self._database.write(
            "DELETE FROM apigatewayv2_document WHERE account = ? AND region = ? AND parent = ?",
            (call.account, call.region, parent),
        )
        self._database.after_commit(self._forget)

    # Across accounts and regions: what the data plane asks ------------------------------------------------------

    def owner_of_api(self, api_id: str) -> tuple[str, str] | None:
        """Account and region of an API."""
        row = self._database.one(
            "SELECT account, region FROM apigatewayv2_document WHERE kind = 'api' AND id = ?", (api_id,)
        )
        return (row[0], row[1]) if row else None

    def stages(self) -> list[tuple[str, str]]:
        """(name, API id) of every stage, the most recently deployed first."""
        rows = self._database.query(
            "SELECT id, parent FROM apigatewayv2_document WHERE kind = 'stage'"
            " ORDER BY json_extract(body, '$._deployed') DESC"
        )
        return [(row[0], row[1]) for row in rows]

    def next_deployed(self, call: Call) -> int:
        """The number of a deployment to a stage: the time in milliseconds, and in any case more than all before. So it
        says of deployments of any service which one is the most recent."""
        row = self._database.one(
            "SELECT coalesce(max(json_extract(body, '$._deployed')), 0) + 1 FROM apigatewayv2_document"
            " WHERE kind = 'stage'"
        )
        assert row is not None
        return max(int(row[0]), call.now_ms)

    # Connections of WebSocket APIs, which no compiled stage rests on --------------------------------------------

    def put_connection(self, connection_id: str, body: Document) -> None:
        """Remember a connection until its end, or until that of the next process."""
        self._database.write(
            "INSERT INTO apigatewayv2_connection (id, body) VALUES (?, ?)", (connection_id, json.dumps(body))
        )

    def delete_connection(self, connection_id: str) -> bool:
        """Forget a connection; whether it was there."""
        return self._database.write("DELETE FROM apigatewayv2_connection WHERE id = ?", (connection_id,)) > 0

    def connections(self) -> list[Document]:
        """What is remembered of all connections, as it was put."""
        return [json.loads(row[0]) for row in self._database.query("SELECT body FROM apigatewayv2_connection")]
