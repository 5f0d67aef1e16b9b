"""The rows of FIFO topics: sequence numbers, what was published in the last minutes, deliveries in their order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.storage.database import Database

_DELIVERY = "id, account, region, trace_id, payload, outbox_id"


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery of a FIFO topic. ``outbox_id`` is 0 while an earlier one of its group is not over."""

    id: int
    account: str
    region: str
    trace_id: str
    delivery: Mapping[str, Any]
    outbox_id: int

    def call(self, now_ms: int) -> Call:
        """The call in whose name it is made."""
        return Call(account=self.account, region=self.region, now_ms=now_ms, trace_id=self.trace_id)


class FifoStore:
    """Reads and writes the tables of FIFO topics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_published(self, topic_arn: str) -> int:
        """Count one more message of a topic; how many there were before."""
        row = self._database.one("SELECT published FROM sns_topic WHERE arn = ?", (topic_arn,))
        assert row is not None
        self._database.write("UPDATE sns_topic SET published = published + 1 WHERE arn = ?", (topic_arn,))
        return int(row[0])

    def published(self, topic_arn: str, scope: str, deduplication_id: str, now_ms: int) -> tuple[str, str] | None:
        """The message id and sequence number of a message that is still remembered."""
        row = self._database.one(
            "SELECT message_id, sequence_number FROM sns_deduplication"
            " WHERE topic_arn = ? AND scope = ? AND deduplication_id = ? AND expires_ms > ?",
            (topic_arn, scope, deduplication_id, now_ms),
        )
        return (row[0], row[1]) if row else None

    def remember(
        self, topic_arn: str, scope: str, deduplication_id: str, published: tuple[str, str], expires_ms: int
    ) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO sns_deduplication VALUES (?, ?, ?, ?, ?, ?)",
            (topic_arn, scope, deduplication_id, *published, expires_ms),
        )

    def forget_expired(self, now_ms: int) -> None:
        self._database.write("DELETE FROM sns_deduplication WHERE expires_ms <= ?", (now_ms,))

    def forget_topic(self, topic_arn: str) -> None:
        self._database.write("DELETE FROM sns_deduplication WHERE topic_arn = ?", (topic_arn,))

    def append(self, call: Call, lane: str, group_id: str, delivery: Mapping[str, Any]) -> None:
        """Put a delivery after the others of its lane and group."""
        self._database.write(
            "INSERT INTO sns_fifo_delivery (lane, group_id, account, region, trace_id, payload)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (lane, group_id, call.account, call.region, call.trace_id, json.dumps(dict(delivery))),
        )

    def first(self, lane: str, group_id: str) -> Queued | None:
        """The oldest delivery of a lane and group."""
        row = self._database.one(
            f"SELECT {_DELIVERY} FROM sns_fifo_delivery WHERE lane = ? AND group_id = ? ORDER BY id LIMIT 1",
            (lane, group_id),
        )
        if row is None:
            return None
        delivery_id, account, region, trace_id, payload, outbox_id = row
        return Queued(delivery_id, account, region, trace_id, json.loads(payload), outbox_id)

    def begin(self, delivery_id: int, outbox_id: int) -> None:
        """A delivery is the first of its group now, and in the outbox."""
        self._database.write("UPDATE sns_fifo_delivery SET outbox_id = ? WHERE id = ?", (outbox_id, delivery_id))

    def remove(self, delivery_id: int) -> None:
        self._database.write("DELETE FROM sns_fifo_delivery WHERE id = ?", (delivery_id,))
