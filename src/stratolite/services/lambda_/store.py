"""The tables of functions, versions and aliases, permissions and asynchronous settings. Layers: ``layer_store.py``."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from stratolite.services.lambda_ import api, rules
from stratolite.services.lambda_.domain import (
    Alias,
    Code,
    EventInvokeConfig,
    Function,
    FunctionName,
    UsedLayer,
    Version,
)
from stratolite.services.lambda_.names import not_found
from stratolite.storage.blobs import Blobs
from stratolite.storage.database import Database, IntegrityError, Row

_KEY = "account = ? AND region = ? AND name = ?"
_OF_FUNCTION = "account = ? AND region = ? AND function = ?"
_OF_QUALIFIER = (
    "lambda_statement",
    "lambda_event_invoke_config",
    "lambda_provisioned_concurrency",
    "lambda_runtime_management",
)
"""What belongs to a version or an alias, and goes with it."""
_VERSION = "settings, layers, code_sha256, code_bytes, code_blob, revision_id, modified_ms, published"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Store:
    """Rows of functions. Writes belong inside a transaction; ``changed`` is told of every function that changes."""

    def __init__(self, database: Database, blobs: Blobs, changed: Callable[[FunctionName], None]) -> None:
        self._database = database
        self._blobs = blobs
        self._changed = changed

    # Functions -------------------------------------------------------------------------------------------------

    def add_function(self, name: FunctionName, tags: Mapping[str, str]) -> None:
        """Raises ResourceConflictException when there is one of that name."""
        try:
            self._database.write(
                "INSERT INTO lambda_function (account, region, name, tags) VALUES (?, ?, ?, ?)",
                (*_key(name), _json(tags)),
            )
        except IntegrityError:
            raise api.ResourceConflictException(f"Function already exist: {name.name}") from None

    def function(self, name: FunctionName) -> Function | None:
        row = self._database.one(
            f"SELECT last_version, reserved, tags, recursive_loop FROM lambda_function WHERE {_KEY}", _key(name)
        )
        return Function(name.with_qualifier(""), row[0], row[1], msgspec.json.decode(row[2]), row[3]) if row else None

    def require_function(self, name: FunctionName, shown: str = "") -> Function:
        """Raises ResourceNotFoundException, which names ``shown`` or the function's ARN."""
        function = self.function(name)
        if function is None:
            raise not_found(f"Function not found: {shown or name.arn}")
        return function

    def names(self, account: str, region: str, after: str, limit: int) -> list[FunctionName]:
        """Functions in order of name, from the one after a name."""
        rows = self._database.query(
            "SELECT name FROM lambda_function WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
            (account, region, after, limit),
        )
        return [FunctionName(account, region, name) for (name,) in rows]

    def set_tags(self, name: FunctionName, tags: Mapping[str, str]) -> None:
        self._database.write(f"UPDATE lambda_function SET tags = ? WHERE {_KEY}", (_json(tags), *_key(name)))

    def set_reserved(self, name: FunctionName, reserved: int | None) -> None:
        self._database.write(f"UPDATE lambda_function SET reserved = ? WHERE {_KEY}", (reserved, *_key(name)))
        self._tell(name)

    def touch(self, name: FunctionName) -> None:
        """What is kept elsewhere of a function has changed: tell of it after the commit."""
        self._tell(name)

    def set_recursive_loop(self, name: FunctionName, recursive_loop: str) -> None:
        self._database.write(
            f"UPDATE lambda_function SET recursive_loop = ? WHERE {_KEY}", (recursive_loop, *_key(name))
        )
        self._tell(name)

    def usage(self, account: str, region: str) -> tuple[int, int]:
        """How many functions there are, and the bytes of all their versions' code."""
        count = self._database.one(
            "SELECT count(*) FROM lambda_function WHERE account = ? AND region = ?", (account, region)
        )
        size = self._database.one(
            "SELECT coalesce(sum(code_bytes), 0) FROM lambda_version WHERE account = ? AND region = ?",
            (account, region),
        )
        return (int(count[0]) if count else 0, int(size[0]) if size else 0)

    def delete_function(self, name: FunctionName) -> None:
        """Delete a function with its versions, aliases, permissions and settings."""
        for version in self.versions(name):
            for blob in _blobs_of(version):
                self._blobs.drop(blob)
        for table in ("lambda_version", "lambda_function"):
            self._database.write(f"DELETE FROM {table} WHERE {_KEY}", _key(name))
        for table in ("lambda_alias", *_OF_QUALIFIER, "lambda_url"):
            self._database.write(f"DELETE FROM {table} WHERE {_OF_FUNCTION}", _key(name))
        self._tell(name)

    # Versions --------------------------------------------------------------------------------------------------

    def put_version(self, version: Version) -> None:
        """Write ``$LATEST`` or add a version; owns its code."""
        old = self.version(version.name, version.number)
        for blob in _blobs_of(version):
            self._blobs.keep(blob)
        for blob in _blobs_of(old) if old else ():
            self._blobs.drop(blob)
        code = version.code
        self._database.write(
            "INSERT OR REPLACE INTO lambda_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *_key(version.name),
                version.number,
                _json(version.settings),
                _json([(used.arn, used.code.sha256, used.code.size_bytes, used.code.blob) for used in version.layers]),
                code.sha256,
                code.size_bytes,
                code.blob,
                version.revision_id,
                version.modified_ms,
                version.published,
            ),
        )
        self._tell(version.name)

    def set_revision(self, name: FunctionName, number: int, revision_id: str) -> None:
        self._database.write(
            f"UPDATE lambda_version SET revision_id = ? WHERE {_KEY} AND number = ?",
            (revision_id, *_key(name), number),
        )

    def set_runtime_management(self, name: FunctionName, update_on: str, version_arn: str) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO lambda_runtime_management VALUES (?, ?, ?, ?, ?, ?)",
            (*_key(name), name.qualifier, update_on, version_arn),
        )

    def runtime_management(self, name: FunctionName) -> tuple[str, str] | None:
        """When a version's runtime is replaced, and by which."""
        row = self._database.one(
            f"SELECT update_on, version_arn FROM lambda_runtime_management WHERE {_OF_FUNCTION} AND qualifier = ?",
            (*_key(name), name.qualifier),
        )
        return (row[0], row[1]) if row else None

    def set_last_version(self, name: FunctionName, number: int) -> None:
        self._database.write(f"UPDATE lambda_function SET last_version = ? WHERE {_KEY}", (number, *_key(name)))

    def version(self, name: FunctionName, number: int) -> Version | None:
        row = self._database.one(
            f"SELECT number, {_VERSION} FROM lambda_version WHERE {_KEY} AND number = ?", (*_key(name), number)
        )
        return _version(name, row) if row else None

    def versions(self, name: FunctionName) -> list[Version]:
        """``$LATEST`` and all published versions, in order."""
        rows = self._database.query(
            f"SELECT number, {_VERSION} FROM lambda_version WHERE {_KEY} ORDER BY number", _key(name)
        )
        return [_version(name, row) for row in rows]

    def versions_after(self, account: str, region: str, after: str, limit: int) -> list[Version]:
        """The versions of all functions by name and number, from the one after ``<name>:<number>``."""
        name, _, number = after.partition(":")
        rows = self._database.query(
            f"SELECT name, number, {_VERSION} FROM lambda_version"
            " WHERE account = ? AND region = ? AND (name, number) > (?, ?) ORDER BY name, number LIMIT ?",
            (account, region, name, int(number) if number.isdigit() else -1, limit),
        )
        return [_version(FunctionName(account, region, row[0]), row[1:]) for row in rows]

    def require_version(self, name: FunctionName, shown: str = "") -> Version:
        """The version that a qualifier (version or alias) leads to, with the qualifier in its name.

        Raises ResourceNotFoundException, which names ``shown`` or the ARN as it was given.
        """
        number = rules.version_number(name.qualifier)
        if number is None:
            alias = self.alias(name, name.qualifier)
            number = rules.version_number(alias.version) if alias else -1
        version = self.version(name, -1 if number is None else number)
        if version is None:
            raise not_found(f"Function not found: {shown or name.qualified_arn}")
        return version

    def delete_version(self, name: FunctionName, number: int) -> None:
        """Delete a published version; one that is gone is no error."""
        version = self.version(name, number)
        if version is None:
            return
        for blob in _blobs_of(version):
            self._blobs.drop(blob)
        self._database.write(f"DELETE FROM lambda_version WHERE {_KEY} AND number = ?", (*_key(name), number))
        for table in _OF_QUALIFIER:
            self._database.write(
                f"DELETE FROM {table} WHERE {_OF_FUNCTION} AND qualifier = ?", (*_key(name), str(number))
            )
        self._tell(name)

    # Aliases ---------------------------------------------------------------------------------------------------

    def put_alias(self, alias: Alias) -> None:
        """Write an alias, new or known."""
        self._database.write(
            "INSERT OR REPLACE INTO lambda_alias VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *_key(alias.function),
                alias.name,
                alias.version,
                alias.description,
                _json(alias.weights),
                alias.revision_id,
            ),
        )
        self._tell(alias.function)

    def set_alias_revision(self, name: FunctionName, alias: str, revision_id: str) -> None:
        self._database.write(
            f"UPDATE lambda_alias SET revision_id = ? WHERE {_OF_FUNCTION} AND name = ?",
            (revision_id, *_key(name), alias),
        )

    def alias(self, name: FunctionName, alias: str) -> Alias | None:
        row = self._database.one(
            f"SELECT name, version, description, weights, revision_id FROM lambda_alias"
            f" WHERE {_OF_FUNCTION} AND name = ?",
            (*_key(name), alias),
        )
        return _alias(name, row) if row else None

    def aliases(self, name: FunctionName, after: str = "", limit: int = -1) -> list[Alias]:
        """Aliases in order of name."""
        rows = self._database.query(
            "SELECT name, version, description, weights, revision_id FROM lambda_alias"
            f" WHERE {_OF_FUNCTION} AND name > ? ORDER BY name LIMIT ?",
            (*_key(name), after, limit),
        )
        return [_alias(name, row) for row in rows]

    def delete_alias(self, name: FunctionName, alias: str) -> None:
        """Delete an alias with what belongs to it; one that is gone is no error."""
        self._database.write(f"DELETE FROM lambda_alias WHERE {_OF_FUNCTION} AND name = ?", (*_key(name), alias))
        for table in _OF_QUALIFIER:
            self._database.write(f"DELETE FROM {table} WHERE {_OF_FUNCTION} AND qualifier = ?", (*_key(name), alias))
        self._tell(name)

    # Permissions -----------------------------------------------------------------------------------------------

    def statements(self, name: FunctionName) -> dict[str, Mapping[str, Any]]:
        """The policy statements of a function and qualifier, by id, in order of addition."""
        rows = self._database.query(
            f"SELECT sid, statement FROM lambda_statement WHERE {_OF_FUNCTION} AND qualifier = ? ORDER BY id",
            (*_key(name), name.qualifier),
        )
        return {sid: msgspec.json.decode(statement) for sid, statement in rows}

    def add_statement(self, name: FunctionName, sid: str, statement: Mapping[str, Any]) -> None:
        self._database.insert(
            "INSERT INTO lambda_statement (account, region, function, qualifier, sid, statement)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*_key(name), name.qualifier, sid, _json(statement)),
        )

    def delete_statement(self, name: FunctionName, sid: str) -> None:
        self._database.write(
            f"DELETE FROM lambda_statement WHERE {_OF_FUNCTION} AND qualifier = ? AND sid = ?",
            (*_key(name), name.qualifier, sid),
        )

    # Asynchronous settings -------------------------------------------------------------------------------------

    def put_event_invoke_config(self, config: EventInvokeConfig) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO lambda_event_invoke_config VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *_key(config.name),
                config.name.qualifier,
                config.retries,
                config.age_s,
                config.modified_ms,
                config.on_success,
                config.on_failure,
            ),
        )

    def event_invoke_config(self, name: FunctionName) -> EventInvokeConfig | None:
        """The settings of a function and qualifier (``$LATEST`` when it is empty)."""
        found = [config for config in self.event_invoke_configs(name) if config.name.qualifier == name.qualifier]
        return found[0] if found else None

    def event_invoke_configs(self, name: FunctionName) -> list[EventInvokeConfig]:
        rows = self._database.query(
            "SELECT qualifier, retries, age_s, modified_ms, on_success, on_failure FROM lambda_event_invoke_config"
            f" WHERE {_OF_FUNCTION} ORDER BY qualifier",
            _key(name),
        )
        return [EventInvokeConfig(name.with_qualifier(row[0]), *row[1:]) for row in rows]

    def delete_event_invoke_config(self, name: FunctionName) -> bool:
        """False when there was none."""
        return bool(
            self._database.write(
                f"DELETE FROM lambda_event_invoke_config WHERE {_OF_FUNCTION} AND qualifier = ?",
                (*_key(name), name.qualifier),
            )
        )

    def _tell(self, name: FunctionName) -> None:
        self._database.after_commit(lambda: self._changed(name.with_qualifier("")))


def _key(name: FunctionName) -> tuple[str, str, str]:
    return name.account, name.region, name.name


def _blobs_of(version: Version) -> list[str]:
    return [version.code.blob, *(used.code.blob for used in version.layers)]


def _version(name: FunctionName, row: Row) -> Version:
    number, settings, layers, sha256, size_bytes, blob, revision_id, modified_ms, published = row
    return Version(
        name,
        number,
        msgspec.json.decode(settings),
        tuple(UsedLayer(arn, Code(*code)) for arn, *code in msgspec.json.decode(layers)),
        Code(sha256, size_bytes, blob),
        revision_id,
        modified_ms,
        published,
    )


def _alias(name: FunctionName, row: Row) -> Alias:
    alias, version, description, weights, revision_id = row
    return Alias(name.with_qualifier(""), alias, version, description, msgspec.json.decode(weights), revision_id)
