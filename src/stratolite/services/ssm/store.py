"""The rows of parameters and of their versions."""

import json
from collections.abc import Mapping, Sequence

from stratolite.core.call import Call
from stratolite.services.ssm.domain import Parameter
from stratolite.storage.database import Database, Row

_SELECT = (
    "SELECT v.account, v.region, v.name, v.version, v.body, v.labels, p.tags FROM ssm_version v"
    " JOIN ssm_parameter p USING (account, region, name) WHERE v.account = ? AND v.region = ?"
)


class Store:
    """Reads and writes the service's tables. A parameter is found with and without the slash that alone is in its name:
    both have the same ARN.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, call: Call, name: str) -> Parameter | None:
        """The newest version of a parameter."""
        row = self._database.one(
            f"{_SELECT} AND v.name IN (?, ?) AND v.version = p.latest", (call.account, call.region, *_spellings(name))
        )
        return _parameter(row) if row else None

    def version(self, call: Call, name: str, version: int) -> Parameter | None:
        row = self._database.one(
            f"{_SELECT} AND v.name IN (?, ?) AND v.version = ?",
            (call.account, call.region, *_spellings(name), version),
        )
        return _parameter(row) if row else None

    def versions(self, call: Call, name: str) -> list[Parameter]:
        """Every version that is kept, the oldest first."""
        rows = self._database.query(
            f"{_SELECT} AND v.name IN (?, ?) ORDER BY v.version", (call.account, call.region, *_spellings(name))
        )
        return [_parameter(row) for row in rows]

    def all_latest(self, call: Call, prefix: str = "") -> list[Parameter]:
        """The newest version of every parameter whose name begins with a text, in order of name."""
        rows = self._database.query(
            f"{_SELECT} AND v.version = p.latest AND substr(v.name, 1, ?) = ? ORDER BY v.name",
            (call.account, call.region, len(prefix), prefix),
        )
        return [_parameter(row) for row in rows]

    def count(self, call: Call) -> int:
        """How many parameters the namespace has."""
        row = self._database.one(
            "SELECT count(*) FROM ssm_parameter WHERE account = ? AND region = ?", (call.account, call.region)
        )
        assert row is not None
        number: int = row[0]
        return number

    def put(self, parameter: Parameter) -> None:
        """Add a version, which becomes the newest."""
        key = (parameter.account, parameter.region, parameter.name)
        self._database.write(
            "INSERT INTO ssm_parameter (account, region, name, latest, tags) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account, region, name) DO UPDATE SET latest = excluded.latest",
            (*key, parameter.version, json.dumps(parameter.tags)),
        )
        self._database.write(
            "INSERT INTO ssm_version (account, region, name, version, body) VALUES (?, ?, ?, ?, ?)",
            (*key, parameter.version, json.dumps(parameter.body())),
        )

    def delete(self, parameter: Parameter) -> None:
        """Delete a parameter with all its versions."""
        key = (parameter.account, parameter.region, parameter.name)
        self._database.write("DELETE FROM ssm_version WHERE account = ? AND region = ? AND name = ?", key)
        self._database.write("DELETE FROM ssm_parameter WHERE account = ? AND region = ? AND name = ?", key)

    def delete_version(self, parameter: Parameter) -> None:
        self._database.write(
            "DELETE FROM ssm_version WHERE account = ? AND region = ? AND name = ? AND version = ?",
            (parameter.account, parameter.region, parameter.name, parameter.version),
        )

    def set_labels(self, parameter: Parameter, labels: Sequence[str]) -> None:
        self._database.write(
            "UPDATE ssm_version SET labels = ? WHERE account = ? AND region = ? AND name = ? AND version = ?",
            (json.dumps(list(labels)), parameter.account, parameter.region, parameter.name, parameter.version),
        )

    def set_tags(self, parameter: Parameter, tags: Mapping[str, str]) -> None:
        self._database.write(
            "UPDATE ssm_parameter SET tags = ? WHERE account = ? AND region = ? AND name = ?",
            (json.dumps(dict(tags)), parameter.account, parameter.region, parameter.name),
        )


def _spellings(name: str) -> tuple[str, str]:
    """The names that mean the same parameter."""
    stem = name.removeprefix("/")
    return (name, name) if "/" in stem else (stem, f"/{stem}")


def _parameter(row: Row) -> Parameter:
    account, region, name, version, body, labels, tags = row
    return Parameter(
        account, region, name, version, **json.loads(body), labels=tuple(json.loads(labels)), tags=json.loads(tags)
    )
