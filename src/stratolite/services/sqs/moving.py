"""Message move tasks: dead letters go back to where they came from, or to a queue that is named.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.sqs import sending
from stratolite.services.sqs.domain import Message

if TYPE_CHECKING:
    from stratolite.services.sqs import Sqs

MOVE = "sqs.move"
PER_SECOND_MAX = 500
BATCH_MAX = 500
"""How many messages one step of a task moves."""
TASKS_LISTED_MAX = 10
GONE = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass(frozen=True, slots=True)
class MoveTask:
    """One task. ``per_second`` is 0 where the sender left the pace to us; ``destination_arn`` empty: to the sources."""

    id: str
    source_arn: str
    destination_arn: str
    per_second: int
    started_ms: int
    status: str
    moved: int
    to_move: int
    failure: str = ""

    @property
    def handle(self) -> str:
        """The text by which clients cancel it."""
        return base64.b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source_arn}).encode()).decode()


def step(call: Call, sqs: "Sqs", task: MoveTask) -> int | None:
    """Move what a second allows, in the current transaction; when the next step is due, or None when it is over."""
    source = sqs.store.queue_by_arn(task.source_arn)
    if source is None:
        sqs.store.put_task(replace(task, status="FAILED", failure=GONE))
        return None
    messages = sqs.store.movable(source, call.now_ms, task.per_second or BATCH_MAX)
    moved = task.moved
    for message in messages:
        if not _move(call, sqs, task, message):
            sqs.store.put_task(replace(task, status="FAILED", failure=GONE, moved=moved))
            return None
        moved += 1
    task = replace(task, moved=moved)
    if sqs.store.movable(source, call.now_ms, 1):
        sqs.store.put_task(task)
        return call.now_ms + (1000 if task.per_second else 0)
    sqs.store.put_task(replace(task, status="COMPLETED"))
    return None


def _move(call: Call, sqs: "Sqs", task: MoveTask, message: Message) -> bool:
    """Whether the message had a place to go to. It is as if sent anew: what it was through is forgotten."""
    target = sqs.store.queue_by_arn(task.destination_arn or message.source_arn)
    if target is None:
        return False
    sqs.store.delete_message(message.id)
    fresh = replace(
        message,
        visible_ms=call.now_ms,
        sent_ms=call.now_ms,
        received_ms=0,
        first_received_ms=0,
        receives=0,
        receipt="",
        source_arn="",
        sequence="",
    )
    sending.place(call, sqs, target, fresh)
    return True
