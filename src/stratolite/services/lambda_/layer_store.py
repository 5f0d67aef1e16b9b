"""The tables of layers."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stratolite.core.call import Call
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import Code, LayerVersion
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database, Row

_COLUMNS = (
    "account, region, name, number, created_ms, description, license, runtimes, architectures,"
    " code_sha256, code_bytes, code_blob FROM lambda_layer_version"
)

_VERSION = "account = ? AND region = ? AND name = ? AND number = ?"


class LayerStore:
    """Rows of layers. Writes belong inside a transaction."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def next_number(self, account: str, region: str, name: str) -> int:
        """The number of a layer's next version; numbers of deleted versions are not used again."""
        self._database.write(
            "INSERT INTO lambda_layer VALUES (?, ?, ?, 1)"
            " ON CONFLICT (account, region, name) DO UPDATE SET last_version = last_version + 1",
            (account, region, name),
        )
        row = self._database.one(
            "SELECT last_version FROM lambda_layer WHERE account = ? AND region = ? AND name = ?",
            (account, region, name),
        )
        assert row is not None
        return int(row[0])

    def add(self, layer: LayerVersion) -> None:
        """Add a version; owns its code."""
        self._blobs.keep(layer.code.blob)
        self._database.write(
            "INSERT INTO lambda_layer_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                layer.account,
                layer.region,
                layer.name,
                layer.number,
                layer.created_ms,
                layer.description,
                layer.license,
                msgspec.json.encode(layer.runtimes).decode(),
                msgspec.json.encode(layer.architectures).decode(),
                layer.code.sha256,
                layer.code.size_bytes,
                layer.code.blob,
            ),
        )

    def version(self, account: str, region: str, name: str, number: int) -> LayerVersion | None:
        row = self._database.one(
            f"SELECT {_COLUMNS} WHERE account = ? AND region = ? AND name = ? AND number = ?",
            (account, region, name, number),
        )
        return _layer(row) if row else None

    def versions(self, account: str, region: str, name: str) -> list[LayerVersion]:
        """All versions of a layer, the newest first."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} WHERE account = ? AND region = ? AND name = ? ORDER BY number DESC",
            (account, region, name),
        )
        return [_layer(row) for row in rows]

    def names(self, account: str, region: str) -> list[str]:
        """The layers of an account and region that have a version, in order."""
        rows = self._database.query(
            "SELECT DISTINCT name FROM lambda_layer_version WHERE account = ? AND region = ? ORDER BY name",
            (account, region),
        )
        return [row[0] for row in rows]

    def usage(self, account: str, region: str) -> int:
        """The bytes of all layers' code."""
        row = self._database.one(
            "SELECT coalesce(sum(code_bytes), 0) FROM lambda_layer_version WHERE account = ? AND region = ?",
            (account, region),
        )
        return int(row[0]) if row else 0

    def delete(self, layer: LayerVersion) -> None:
        self._blobs.drop(layer.code.blob)
        for table in ("lambda_layer_version", "lambda_layer_policy"):
            self._database.write(
                f"DELETE FROM {table} WHERE {_VERSION}", (layer.account, layer.region, layer.name, layer.number)
            )

    def policy(self, layer: LayerVersion) -> tuple[dict[str, Any], str]:
        """The statements of a version's policy by id, in order of addition, and the policy's revision."""
        row = self._database.one(
            f"SELECT statements, revision_id FROM lambda_layer_policy WHERE {_VERSION}",
            (layer.account, layer.region, layer.name, layer.number),
        )
        return (msgspec.json.decode(row[0]), row[1]) if row else ({}, "")

    def require_allowed(self, call: Call, layer: LayerVersion) -> None:
        """Raises AccessDeniedException to another account that the version's policy does not name."""
        if layer.account == call.account:
            return
        statements, _ = self.policy(layer)
        allowed = [statement["Principal"] for statement in statements.values()]
        if "*" not in allowed and not any(f":{call.account}:" in str(principal) for principal in allowed):
            raise api.AccessDeniedException(
                f"User: {call.principal} is not authorized to perform: lambda:GetLayerVersion on resource: {layer.arn} "
                "because no resource-based policy allows the lambda:GetLayerVersion action"
            )

    def put_policy(self, layer: LayerVersion, statements: Mapping[str, Any], revision_id: str) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO lambda_layer_policy VALUES (?, ?, ?, ?, ?, ?)",
            (
                layer.account,
                layer.region,
                layer.name,
                layer.number,
                msgspec.json.encode(statements).decode(),
                revision_id,
            ),
        )


def _layer(row: Row) -> LayerVersion:
    account, region, name, number, created_ms, description, license_info, runtimes, architectures, *code = row
    return LayerVersion(
        account,
        region,
        name,
        number,
        created_ms,
        description,
        license_info,
        tuple(msgspec.json.decode(runtimes)),
        tuple(msgspec.json.decode(architectures)),
        Code(*code),
    )
