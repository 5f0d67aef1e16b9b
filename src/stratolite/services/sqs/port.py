"""SQS as other services use it, by way of its own rules."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sqs import api, sending

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
        queue = self._sqs.store.queue_by_arn(queue_arn)
        if queue is None:
            raise api.QueueDoesNotExist("The specified queue does not exist.")
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


def ports(sqs: "Sqs") -> dict[str, object]:
    """What this service offers."""
    return {"queue": SqsPort(sqs)}
