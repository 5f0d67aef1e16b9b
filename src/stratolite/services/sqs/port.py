"""SQS as other services use it, by way of its own rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sqs import api, receiving, sending
from stratolite.services.sqs.domain import Queue, Receipt

if TYPE_CHECKING:
    from stratolite.services.sqs import Sqs


class SqsPort:
    """The queue port."""

    def __init__(self, sqs: "Sqs") -> None:
        self._sqs = sqs

    def send(
        self,
        call: Call,
        queue_arn: str,
        body: str,
        *,
        attributes: Mapping[str, Any] | None = None,
        group_id: str = "",
        deduplication_id: str = "",
    ) -> str:
        """Send in the current transaction; the message id. Raises QueueDoesNotExist and what SendMessage raises."""
        queue = self._require(queue_arn)
        message = sending.Draft(
            body=body,
            attributes=attributes or {},
            trace=call.trace_id,
            group_id=group_id or None,
            deduplication_id=deduplication_id or None,
        )
        sending.check(queue, message)
        return sending.send(call, self._sqs, queue, message).message_id

    def exists(self, queue_arn: str) -> bool:
        """Whether there is such a queue."""
        return self._sqs.store.queue_by_arn(queue_arn) is not None

    def attributes(self, queue_arn: str) -> Mapping[str, str] | None:
        """The queue's settings as GetQueueAttributes names them; None when there is no such queue."""
        queue = self._sqs.store.queue_by_arn(queue_arn)
        return None if queue is None else {**queue.effective, "QueueArn": queue.arn}

    def receive(
        self, call: Call, queue_arn: str, count: int, *, visibility_s: int | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Take up to ``count`` messages in the current transaction, with all their attributes.

        Without ``visibility_s`` they are hidden for as long as the queue says, though for a second at least: who polls
        all the time is not given the same message all the time. Raises QueueDoesNotExist and OverLimit.
        """
        queue = self._require(queue_arn)
        hidden_s = max(1, queue.number("VisibilityTimeout")) if visibility_s is None else visibility_s
        asked = receiving.Wanted(count, hidden_s, 0, frozenset({"All"}), ("All",))
        received = receiving.receive(call, self._sqs, queue, asked, call.now_ms)
        self._sqs.meters.received(queue, len(received))
        return [receiving.shown(message, asked) for message in received]

    def delete(self, call: Call, queue_arn: str, handles: Sequence[str]) -> None:
        """Delete received messages in the current transaction; those that were received again since stay."""
        queue = self._sqs.store.queue_by_arn(queue_arn)
        if queue is not None:
            self._sqs.store.delete_held(queue, _receipts(handles), call.now_ms)
            self._sqs.meters.deleted(queue, len(handles))
            if queue.is_fifo:
                # The next messages of their groups are not held back any more.
                self._sqs.bells.ring(queue)

    def release(self, call: Call, queue_arn: str, handles: Sequence[str], visibility_s: int) -> None:
        """Let received messages be seen again after some time, in the current transaction."""
        queue = self._sqs.store.queue_by_arn(queue_arn)
        if queue is not None:
            self._sqs.store.release_held(queue, _receipts(handles), call.now_ms + visibility_s * 1000)
            self._sqs.bells.ring(queue)

    def receivable_ms(self, queue_arn: str, now_ms: int) -> int | None:
        """When the next message can be received (wall time, ms): now, later, or None: none waits."""
        queue = self._sqs.store.queue_by_arn(queue_arn)
        if queue is None:
            return None
        if self._sqs.store.receivable(queue, now_ms, 1):
            return now_ms
        return self._sqs.store.next_visible_ms(queue, now_ms)

    def watch(self, queue_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that may have made something receivable; call what is returned to stop."""
        return self._sqs.bells.watch(queue_arn, wake)

    def _require(self, queue_arn: str) -> Queue:
        queue = self._sqs.store.queue_by_arn(queue_arn)
        if queue is None:
            raise api.QueueDoesNotExist("The specified queue does not exist.")
        return queue


def _receipts(handles: Sequence[str]) -> list[Receipt]:
    return [receipt for handle in handles if (receipt := Receipt.parse(handle)) is not None]


def ports(sqs: "Sqs") -> dict[str, object]:
    """What this service offers."""
    return {"queue": SqsPort(sqs)}
