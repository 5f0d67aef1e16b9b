"""The rows of secrets and of their versions."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from stratolite.core.call import Call
from stratolite.services.secretsmanager.domain import Rotation, Secret, Version
from stratolite.storage.database import Database, Row

_OF_SECRET = (
    "created_ms",
    "changed_ms",
    "description",
    "key_id",
    "tags",
    "policy",
    "accessed_ms",
    "deleted_ms",
    "gone_ms",
)
_OF_VERSION = ("text", "binary", "created_ms", "accessed_ms")


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Secrets -------------------------------------------------------------------------------------------------

    def secret(self, call: Call, name: str) -> Secret | None:
        row = self._database.one(
            "SELECT account, region, name, suffix, body FROM secretsmanager_secret"
            " WHERE account = ? AND region = ? AND name = ?",
            (call.account, call.region, name),
        )
        return _secret(row) if row else None

    def secrets(self, call: Call) -> list[Secret]:
        """All secrets, those that wait for their deletion among them."""
        rows = self._database.query(
            "SELECT account, region, name, suffix, body FROM secretsmanager_secret WHERE account = ? AND region = ?",
            (call.account, call.region),
        )
        return [_secret(row) for row in rows]

    def put_secret(self, secret: Secret) -> None:
        body = {name: getattr(secret, name) for name in _OF_SECRET}
        if secret.rotation is not None:
            body["rotation"] = asdict(secret.rotation)
        self._database.write(
            "INSERT OR REPLACE INTO secretsmanager_secret VALUES (?, ?, ?, ?, ?)",
            (secret.account, secret.region, secret.name, secret.suffix, json.dumps(body)),
        )

    def delete_secret(self, secret: Secret) -> None:
        """Delete a secret with all its versions."""
        key = (secret.account, secret.region, secret.name)
        self._database.write("DELETE FROM secretsmanager_version WHERE account = ? AND region = ? AND name = ?", key)
        self._database.write("DELETE FROM secretsmanager_secret WHERE account = ? AND region = ? AND name = ?", key)

    # Versions ------------------------------------------------------------------------------------------------

    def versions(self, secret: Secret) -> list[Version]:
        """Every version that is kept, the oldest first."""
        rows = self._database.query(
            "SELECT id, body, stages FROM secretsmanager_version WHERE account = ? AND region = ? AND name = ?"
            " ORDER BY sequence",
            (secret.account, secret.region, secret.name),
        )
        return [_version(row) for row in rows]

    def put_versions(self, secret: Secret, versions: Iterable[Version]) -> None:
        """Write versions, each new or in the place of what it was."""
        for version in versions:
            body = {name: getattr(version, name) for name in _OF_VERSION}
            self._database.write(
                "INSERT INTO secretsmanager_version (account, region, name, id, body, stages) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (account, region, name, id) DO UPDATE SET body = excluded.body, stages = excluded.stages",
                (
                    secret.account,
                    secret.region,
                    secret.name,
                    version.id,
                    json.dumps(body),
                    json.dumps(version.shown_stages),
                ),
            )

    def delete_version(self, secret: Secret, version: Version) -> None:
        self._database.write(
            "DELETE FROM secretsmanager_version WHERE account = ? AND region = ? AND name = ? AND id = ?",
            (secret.account, secret.region, secret.name, version.id),
        )


def _secret(row: Row) -> Secret:
    account, region, name, suffix, text = row
    body = json.loads(text)
    if "rotation" in body:
        body["rotation"] = Rotation(**body["rotation"])
    return Secret(account, region, name, suffix, **body)


def _version(row: Row) -> Version:
    version_id, body, stages = row
    return Version(version_id, **json.loads(body), stages=frozenset(json.loads(stages)))
