"""SQS queues, as other services send to them and receive from them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from stratolite.core.call import Call


class QueuePort(Protocol):
    """SQS queues, as other services send to them."""

    def send(
        self,
        call: Call,
        queue_arn: str,
        body: str,
        *,
        attributes: Mapping[str, Any] = ...,
        group_id: str = "",
        deduplication_id: str = "",
    ) -> str:
        """Send in the current transaction; the message id. ``attributes``: MessageAttributes as SQS has them."""

    def exists(self, queue_arn: str) -> bool:
        """Whether there is such a queue."""

    def attributes(self, queue_arn: str) -> Mapping[str, str] | None:
        """The queue's attributes as GetQueueAttributes names them; None when there is no such queue."""

    def receive(
        self, call: Call, queue_arn: str, count: int, *, visibility_s: int | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Take up to ``count`` messages in the current transaction, with all their attributes, as ReceiveMessage gives
        them. ``count`` may be over its 10. Raises QueueDoesNotExist."""

    def delete(self, call: Call, queue_arn: str, handles: Sequence[str]) -> None:
        """Delete received messages in the current transaction."""

    def release(self, call: Call, queue_arn: str, handles: Sequence[str], visibility_s: int) -> None:
        """Let received messages be seen again after some time, in the current transaction."""

    def receivable_ms(self, queue_arn: str, now_ms: int) -> int | None:
        """When the next message can be received (wall time, ms): now or earlier, later, or None: none waits."""

    def watch(self, queue_arn: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each commit that may have made something receivable; call what is returned to stop."""
