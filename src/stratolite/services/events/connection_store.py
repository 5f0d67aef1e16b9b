"""The rows of connections and API destinations."""

import json
from typing import Any

from stratolite.core.call import Call
from stratolite.services.events.domain import Connection, Destination
from stratolite.storage.database import Database

_CONNECTION = (
    "arn, account, region, name, description, kind, parameters, secret_arn, kms_key, state, created_ms, modified_ms,"
    " authorized_ms"
)
_DESTINATION = (
    "arn, account, region, name, description, connection_arn, endpoint, method, rate_limit, created_ms, modified_ms"
)


class ConnectionStore:
    """Reads and writes the tables of connections and API destinations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def connection(self, call: Call, name: str) -> Connection | None:
        row = self._database.one(
            f"SELECT {_CONNECTION} FROM events_connection WHERE account = ? AND region = ? AND name = ?",
            (call.account, call.region, name),
        )
        return _connection(row) if row else None

    def connection_by_arn(self, arn: str) -> Connection | None:
        row = self._database.one(f"SELECT {_CONNECTION} FROM events_connection WHERE arn = ?", (arn,))
        return _connection(row) if row else None

    def connections(self, call: Call, prefix: str, state: str, after: str, limit: int) -> list[Connection]:
        """Connections of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_CONNECTION} FROM events_connection WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? AND (? = '' OR state = ?) ORDER BY name LIMIT ?",
            (call.account, call.region, after, len(prefix), prefix, state, state, limit),
        )
        return [_connection(row) for row in rows]

    def put_connection(self, connection: Connection) -> None:
        """Insert or replace a connection."""
        self._database.write(
            f"INSERT OR REPLACE INTO events_connection ({_CONNECTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                connection.arn,
                connection.account,
                connection.region,
                connection.name,
                connection.description,
                connection.kind,
                json.dumps(connection.parameters),
                connection.secret_arn,
                connection.kms_key,
                connection.state,
                connection.created_ms,
                connection.modified_ms,
                connection.authorized_ms,
            ),
        )

    def delete_connection(self, arn: str) -> None:
        self._database.write("DELETE FROM events_connection WHERE arn = ?", (arn,))

    def destination(self, call: Call, name: str) -> Destination | None:
        row = self._database.one(
            f"SELECT {_DESTINATION} FROM events_destination WHERE account = ? AND region = ? AND name = ?",
            (call.account, call.region, name),
        )
        return Destination(*row) if row else None

    def destination_by_arn(self, arn: str) -> Destination | None:
        row = self._database.one(f"SELECT {_DESTINATION} FROM events_destination WHERE arn = ?", (arn,))
        return Destination(*row) if row else None

    def destinations(self, call: Call, prefix: str, connection_arn: str, after: str, limit: int) -> list[Destination]:
        """API destinations of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_DESTINATION} FROM events_destination WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? AND (? = '' OR connection_arn = ?) ORDER BY name LIMIT ?",
            (call.account, call.region, after, len(prefix), prefix, connection_arn, connection_arn, limit),
        )
        return [Destination(*row) for row in rows]

    def put_destination(self, destination: Destination) -> None:
        """Insert or replace an API destination."""
        self._database.write(
            f"INSERT OR REPLACE INTO events_destination ({_DESTINATION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                destination.arn,
                destination.account,
                destination.region,
                destination.name,
                destination.description,
                destination.connection_arn,
                destination.endpoint,
                destination.method,
                destination.rate_limit,
                destination.created_ms,
                destination.modified_ms,
            ),
        )

    def delete_destination(self, arn: str) -> None:
        self._database.write("DELETE FROM events_destination WHERE arn = ?", (arn,))


def _connection(row: tuple[Any, ...]) -> Connection:
    arn, account, region, name, description, kind, parameters, *rest = row
    return Connection(arn, account, region, name, description, kind, json.loads(parameters), *rest)
