"""Event source mappings: what they are, and their table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.core.arn import partition_of
from stratolite.services.lambda_.domain import FunctionName
from stratolite.storage.database import Database, Row

CREATING, ENABLING, ENABLED, UPDATING = "Creating", "Enabling", "Enabled", "Updating"
DISABLING, DISABLED, DELETING = "Disabling", "Disabled", "Deleting"
POLLED = frozenset({CREATING, ENABLING, ENABLED, UPDATING})
"""The states in which a mapping is polled, or is about to be."""
NOT_YET = "No records processed"

_COLUMNS = "uuid, account, region, function, qualifier, source_arn, settings, state, modified_ms, last_result, tags"


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """What a source's records are given to. ``settings`` have the names of the API, defaults included."""

    uuid: str
    function: FunctionName
    """With the qualifier that it was named by."""
    source_arn: str
    settings: Mapping[str, Any]
    state: str
    modified_ms: int
    last_result: str
    """``LastProcessingResult``; shown for streams alone."""
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        place = self.function
        return (
            f"arn:{partition_of(place.region)}:lambda:{place.region}:{place.account}:event-source-mapping:{self.uuid}"
        )

    @property
    def service(self) -> str:
        """``sqs`` or ``dynamodb``: what kind of source it is."""
        return self.source_arn.split(":")[2]


class MappingStore:
    """Rows of mappings. Writes belong inside a transaction; ``changed`` is told of a mapping after their commit."""

    def __init__(self, database: Database, changed: Callable[[str], None]) -> None:
        self._database = database
        self._changed = changed

    def put(self, mapping: EventSourceMapping) -> None:
        """Write a mapping, new or known."""
        place = mapping.function
        self._database.write(
            "INSERT OR REPLACE INTO lambda_event_source_mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                mapping.uuid,
                place.account,
                place.region,
                place.name,
                place.qualifier,
                mapping.source_arn,
                _json(mapping.settings),
                mapping.state,
                mapping.modified_ms,
                mapping.last_result,
                _json(mapping.tags),
            ),
        )
        self._database.after_commit(lambda: self._changed(mapping.uuid))

    def mapping(self, uuid: str) -> EventSourceMapping | None:
        row = self._database.one(f"SELECT {_COLUMNS} FROM lambda_event_source_mapping WHERE uuid = ?", (uuid,))
        return _mapping(row) if row else None

    def mappings(self, account: str, region: str, after: str = "") -> list[EventSourceMapping]:
        """The mappings of a namespace in order of UUID, from the one after a UUID."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM lambda_event_source_mapping"
            " WHERE account = ? AND region = ? AND uuid > ? ORDER BY uuid",
            (account, region, after),
        )
        return [_mapping(row) for row in rows]

    def uuids(self) -> list[str]:
        """Every mapping of every account and region."""
        return [uuid for (uuid,) in self._database.query("SELECT uuid FROM lambda_event_source_mapping")]

    def count(self) -> int:
        """How many mappings there are."""
        row = self._database.one("SELECT count(*) FROM lambda_event_source_mapping")
        return int(row[0]) if row else 0

    def settle(self, uuid: str, state: str) -> None:
        """What was begun is done: the state that follows. Tells nobody."""
        self._database.write("UPDATE lambda_event_source_mapping SET state = ? WHERE uuid = ?", (state, uuid))

    def set_last_result(self, uuid: str, text: str) -> None:
        self._database.write("UPDATE lambda_event_source_mapping SET last_result = ? WHERE uuid = ?", (text, uuid))

    def set_tags(self, uuid: str, tags: Mapping[str, str]) -> None:
        self._database.write("UPDATE lambda_event_source_mapping SET tags = ? WHERE uuid = ?", (_json(tags), uuid))

    def delete(self, uuid: str) -> None:
        self._database.write("DELETE FROM lambda_event_source_mapping WHERE uuid = ?", (uuid,))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _mapping(row: Row) -> EventSourceMapping:
    uuid, account, region, function, qualifier, source_arn, settings, state, modified_ms, last_result, tags = row
    return EventSourceMapping(
        uuid,
        FunctionName(account, region, function, qualifier),
        source_arn,
        msgspec.json.decode(settings),
        state,
        modified_ms,
        last_result,
        msgspec.json.decode(tags),
    )
