"""The rows of queues, messages, deduplication, receive attempts and move tasks."""

import json
from collections.abc import Mapping, Sequence

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.services.sqs.domain import Message, Queue, Receipt
from stratolite.services.sqs.moving import MoveTask
from stratolite.storage.database import Database, Row

_QUEUE = "id, account, region, name, attributes, tags, created_ms, modified_ms, purged_ms"
_MESSAGE = (
    "id, queue_id, visible_ms, sent_ms, received_ms, first_received_ms, receives, receipt, message_id, group_id,"
    " deduplication_id, sequence, sender, trace, source_arn, attributes, body"
)
_TASK = "id, source_arn, destination_arn, per_second, started_ms, status, moved, to_move, failure"
_RECEIVABLE = f"SELECT {_MESSAGE} FROM sqs_message m WHERE queue_id = ? AND visible_ms <= ? AND sent_ms > ?"
# Messages of one group are given in order: one that is not visible, in flight or delayed, holds back those behind it.
_IN_ORDER = (
    f"SELECT {_MESSAGE} FROM sqs_message WHERE id IN (SELECT m.id FROM sqs_message m LEFT JOIN (SELECT group_id,"
    " min(id) AS first FROM sqs_message WHERE queue_id = ?1 AND visible_ms > ?2 GROUP BY group_id) hidden"
    " ON hidden.group_id = m.group_id WHERE m.queue_id = ?1 AND m.group_id <> '' AND m.visible_ms <= ?2"
    " AND m.sent_ms > ?3 AND (hidden.first IS NULL OR m.id < hidden.first) ORDER BY m.id LIMIT ?4) ORDER BY id"
)


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Queues ----------------------------------------------------------------------------------------------

    def queue(self, account: str, region: str, name: str) -> Queue | None:
        row = self._database.one(
            f"SELECT {_QUEUE} FROM sqs_queue WHERE account = ? AND region = ? AND name = ?", (account, region, name)
        )
        return _queue(row) if row else None

    def queue_by_arn(self, arn: str) -> Queue | None:
        """A queue by its ARN; None for what is no ARN, too."""
        try:
            parts = Arn.parse(arn)
        except ValueError:
            return None
        return self.queue(parts.account, parts.region, parts.resource) if parts.service == "sqs" else None

    def queue_by_id(self, queue_id: int) -> Queue | None:
        row = self._database.one(f"SELECT {_QUEUE} FROM sqs_queue WHERE id = ?", (queue_id,))
        return _queue(row) if row else None

    def queues(self, call: Call, prefix: str, after: str, limit: int) -> list[Queue]:
        """Queues of the caller's namespace in order of name, after a name."""
        rows = self._database.query(
            f"SELECT {_QUEUE} FROM sqs_queue WHERE account = ? AND region = ? AND name > ?"
            " AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (call.account, call.region, after, len(prefix), prefix, limit),
        )
        return [_queue(row) for row in rows]

    def sources_of(self, target: Queue) -> list[Queue]:
        """The queues whose dead letters a queue takes, in order of name."""
        rows = self._database.query(
            f"SELECT {_QUEUE} FROM sqs_queue WHERE account = ? AND region = ?"
            " AND json_extract(json_extract(attributes, '$.RedrivePolicy'), '$.deadLetterTargetArn') = ? ORDER BY name",
            (target.account, target.region, target.arn),
        )
        return [_queue(row) for row in rows]

    def insert_queue(self, call: Call, name: str, attributes: Mapping[str, str], tags: Mapping[str, str]) -> None:
        self._database.write(
            "INSERT INTO sqs_queue (account, region, name, attributes, tags, created_ms, modified_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                call.account,
                call.region,
                name,
                json.dumps(dict(attributes)),
                json.dumps(dict(tags)),
                call.now_ms,
                call.now_ms,
            ),
        )

    def update_queue(self, queue: Queue, now_ms: int, attributes: Mapping[str, str], tags: Mapping[str, str]) -> None:
        self._database.write(
            "UPDATE sqs_queue SET attributes = ?, tags = ?, modified_ms = ? WHERE id = ?",
            (json.dumps(dict(attributes)), json.dumps(dict(tags)), now_ms, queue.id),
        )

    def delete_queue(self, queue: Queue) -> None:
        for table in ("sqs_message", "sqs_deduplication", "sqs_attempt"):
            self._database.write(f"DELETE FROM {table} WHERE queue_id = ?", (queue.id,))
        self._database.write("DELETE FROM sqs_queue WHERE id = ?", (queue.id,))

    def purge(self, queue: Queue, now_ms: int) -> None:
        """Delete all messages, and what is remembered of those that were sent and received."""
        for table in ("sqs_message", "sqs_deduplication", "sqs_attempt"):
            self._database.write(f"DELETE FROM {table} WHERE queue_id = ?", (queue.id,))
        self._database.write("UPDATE sqs_queue SET purged_ms = ? WHERE id = ?", (now_ms, queue.id))

    # Messages --------------------------------------------------------------------------------------------

    def insert_message(self, message: Message) -> int:
        """Add a message; its row, which is its place in the order of sending."""
        return self._database.insert(
            "INSERT INTO sqs_message (queue_id, visible_ms, sent_ms, received_ms, first_received_ms, receives, receipt,"
            " message_id, group_id, deduplication_id, sequence, sender, trace, source_arn, attributes, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message.queue_id,
                message.visible_ms,
                message.sent_ms,
                message.received_ms,
                message.first_received_ms,
                message.receives,
                message.receipt,
                message.message_id,
                message.group_id,
                message.deduplication_id,
                message.sequence,
                message.sender,
                message.trace,
                message.source_arn,
                message.attributes,
                message.body,
            ),
        )

    def set_sequence(self, row: int, sequence: str) -> None:
        self._database.write("UPDATE sqs_message SET sequence = ? WHERE id = ?", (sequence, row))

    def receivable(self, queue: Queue, now_ms: int, limit: int) -> list[Message]:
        """Messages that may be received now, in the order in which they are given."""
        values: tuple[int, ...] = (queue.id, now_ms, now_ms - queue.retention_ms)
        if queue.is_fifo:
            rows = self._database.query(_IN_ORDER, (*values, limit))
        else:
            rows = self._database.query(f"{_RECEIVABLE} ORDER BY visible_ms, id LIMIT ?", (*values, limit))
        return [Message(*row) for row in rows]

    def next_visible_ms(self, queue: Queue, now_ms: int) -> int | None:
        """When a message that is hidden now can be received first."""
        row = self._database.one(
            "SELECT min(visible_ms) FROM sqs_message WHERE queue_id = ? AND visible_ms > ?", (queue.id, now_ms)
        )
        return row[0] if row else None

    def mark_received(self, messages: Sequence[Message]) -> None:
        self._database.write_many(
            "UPDATE sqs_message SET visible_ms = ?, received_ms = ?, first_received_ms = ?, receives = ?, receipt = ?"
            " WHERE id = ?",
            [
                (one.visible_ms, one.received_ms, one.first_received_ms, one.receives, one.receipt, one.id)
                for one in messages
            ],
        )

    def message(self, queue: Queue, row: int) -> Message | None:
        found = self._database.one(f"SELECT {_MESSAGE} FROM sqs_message WHERE id = ? AND queue_id = ?", (row, queue.id))
        return Message(*found) if found else None

    def set_visible(self, row: int, visible_ms: int) -> None:
        self._database.write("UPDATE sqs_message SET visible_ms = ? WHERE id = ?", (visible_ms, row))

    def delete_message(self, row: int) -> None:
        self._database.write("DELETE FROM sqs_message WHERE id = ?", (row,))

    def delete_held(self, queue: Queue, receipts: Sequence[Receipt], now_ms: int) -> None:
        """Delete messages that were not received again since; from a FIFO queue those alone that are still hidden."""
        from_ms = now_ms if queue.is_fifo else -1
        self._database.write_many(
            "DELETE FROM sqs_message WHERE id = ? AND queue_id = ? AND receipt = ? AND visible_ms > ?",
            [(receipt.row, queue.id, receipt.token, from_ms) for receipt in receipts],
        )

    def release_held(self, queue: Queue, receipts: Sequence[Receipt], visible_ms: int) -> None:
        """Hide messages until another time, as far as they were not received again since."""
        self._database.write_many(
            "UPDATE sqs_message SET visible_ms = ? WHERE id = ? AND queue_id = ? AND receipt = ?",
            [(visible_ms, receipt.row, queue.id, receipt.token) for receipt in receipts],
        )

    def counts(self, queue: Queue, now_ms: int) -> tuple[int, int, int]:
        """How many messages are visible, in flight, delayed."""
        row = self._database.one(
            "SELECT sum(visible_ms <= ?), sum(visible_ms > ? AND receives > 0), sum(visible_ms > ? AND receives = 0)"
            " FROM sqs_message WHERE queue_id = ? AND sent_ms > ?",
            (now_ms, now_ms, now_ms, queue.id, now_ms - queue.retention_ms),
        )
        assert row is not None
        return row[0] or 0, row[1] or 0, row[2] or 0

    def oldest_age_ms(self, queue: Queue, now_ms: int) -> int:
        """How old the oldest message is; 0 where there is none."""
        row = self._database.one(
            "SELECT min(sent_ms) FROM sqs_message WHERE queue_id = ? AND sent_ms > ?",
            (queue.id, now_ms - queue.retention_ms),
        )
        return now_ms - row[0] if row and row[0] is not None else 0

    def count_in_flight(self, queue: Queue, now_ms: int) -> int:
        row = self._database.one(
            "SELECT count(*) FROM sqs_message WHERE queue_id = ? AND visible_ms > ? AND receives > 0",
            (queue.id, now_ms),
        )
        return int(row[0]) if row else 0

    # Retention -------------------------------------------------------------------------------------------

    def expire(self, queue: Queue, now_ms: int) -> int | None:
        """Remove messages past their retention; when the oldest of the others will be, or None when none is left."""
        self._database.write(
            "DELETE FROM sqs_message WHERE queue_id = ? AND sent_ms <= ?", (queue.id, now_ms - queue.retention_ms)
        )
        row = self._database.one("SELECT min(sent_ms) FROM sqs_message WHERE queue_id = ?", (queue.id,))
        return row[0] + queue.retention_ms if row and row[0] is not None else None

    def expiry_ms(self, queue_id: int) -> int:
        """When messages of a queue are looked through next; 0 when that is not planned."""
        row = self._database.one("SELECT expiry_ms FROM sqs_queue WHERE id = ?", (queue_id,))
        return int(row[0]) if row else 0

    def set_expiry_ms(self, queue_id: int, due_ms: int) -> None:
        self._database.write("UPDATE sqs_queue SET expiry_ms = ? WHERE id = ?", (due_ms, queue_id))

    # Deduplication ---------------------------------------------------------------------------------------

    def sent_before(self, queue: Queue, scope: str, deduplication_id: str, now_ms: int) -> tuple[str, str] | None:
        """Message id and sequence number of what was sent under an id within the interval.

        What was sent while the scope was the queue counts in every group
        (``test_fifo_change_to_high_throughput_after_creation``).
        """
        row = self._database.one(
            "SELECT message_id, sequence FROM sqs_deduplication WHERE queue_id = ? AND scope IN (?, '')"
            " AND deduplication_id = ? AND expires_ms > ?",
            (queue.id, scope, deduplication_id, now_ms),
        )
        return (row[0], row[1]) if row else None

    def remember_sent(self, message: Message, scope: str, expires_ms: int, now_ms: int) -> None:
        self._database.write(
            "DELETE FROM sqs_deduplication WHERE queue_id = ? AND expires_ms <= ?", (message.queue_id, now_ms)
        )
        self._database.write(
            "INSERT OR REPLACE INTO sqs_deduplication VALUES (?, ?, ?, ?, ?, ?)",
            (message.queue_id, scope, message.deduplication_id, expires_ms, message.message_id, message.sequence),
        )

    def attempt(self, queue: Queue, attempt_id: str, now_ms: int) -> list[tuple[int, str]]:
        """What a receive attempt gave: rows and their receipts."""
        row = self._database.one(
            "SELECT received FROM sqs_attempt WHERE queue_id = ? AND attempt_id = ? AND expires_ms > ?",
            (queue.id, attempt_id, now_ms),
        )
        return [(one, token) for one, token in json.loads(row[0])] if row else []

    def remember_attempt(
        self, queue: Queue, attempt_id: str, received: Sequence[Message], expires_ms: int, now_ms: int
    ) -> None:
        self._database.write("DELETE FROM sqs_attempt WHERE queue_id = ? AND expires_ms <= ?", (queue.id, now_ms))
        kept = json.dumps([(message.id, message.receipt) for message in received])
        self._database.write(
            "INSERT OR REPLACE INTO sqs_attempt VALUES (?, ?, ?, ?)", (queue.id, attempt_id, expires_ms, kept)
        )

    # Move tasks ------------------------------------------------------------------------------------------

    def put_task(self, task: MoveTask) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO sqs_move_task VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                task.id,
                task.source_arn,
                task.destination_arn,
                task.per_second,
                task.started_ms,
                task.status,
                task.moved,
                task.to_move,
                task.failure,
            ),
        )

    def task(self, task_id: str) -> MoveTask | None:
        row = self._database.one(f"SELECT {_TASK} FROM sqs_move_task WHERE id = ?", (task_id,))
        return MoveTask(*row) if row else None

    def tasks(self, source_arn: str, limit: int) -> list[MoveTask]:
        """The tasks of a source, the newest first."""
        rows = self._database.query(
            f"SELECT {_TASK} FROM sqs_move_task WHERE source_arn = ? ORDER BY started_ms DESC, id DESC LIMIT ?",
            (source_arn, limit),
        )
        return [MoveTask(*row) for row in rows]

    def movable(self, queue: Queue, now_ms: int, limit: int) -> list[Message]:
        """Messages that a move task may take, in order of sending."""
        rows = self._database.query(
            f"{_RECEIVABLE} ORDER BY id LIMIT ?", (queue.id, now_ms, now_ms - queue.retention_ms, limit)
        )
        return [Message(*row) for row in rows]


def _queue(row: Row) -> Queue:
    queue_id, account, region, name, attributes, tags, created_ms, modified_ms, purged_ms = row
    return Queue(
        queue_id, account, region, name, json.loads(attributes), json.loads(tags), created_ms, modified_ms, purged_ms
    )
