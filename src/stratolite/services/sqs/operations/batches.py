"""Batches: up to ten messages at once, each of which succeeds or fails by itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.sqs import Sqs, api, digests, rules, sending
from stratolite.services.sqs.lookup import require_queue
from stratolite.services.sqs.operations import messages

SHORT_CODES = {
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
}


def send_message_batch(call: Call, sqs: Sqs, request: api.SendMessageBatchRequest) -> api.SendMessageBatchResult:
    """Send messages. Together they may have as many bytes as one message."""
    entries = request.get("Entries", [])
    rules.batch(entries, "SendMessageBatch")
    size = sum(digests.size_bytes(one.get("MessageBody", ""), one.get("MessageAttributes", {})) for one in entries)
    if size > rules.BODY_BYTES_MAX:
        raise api.BatchRequestTooLong(
            f"Batch requests cannot be longer than {rules.BODY_BYTES_MAX} bytes. You have sent {size} bytes."
        )
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    if queue.is_fifo:
        # What every entry of a FIFO queue needs fails the whole request (test_send_batch_missing_*).
        for entry in entries:
            sending.check(
                queue,
                sending.Draft(
                    "", {}, group_id=entry.get("MessageGroupId"), deduplication_id=entry.get("MessageDeduplicationId")
                ),
                in_batch=True,
            )

    def work(entry: Mapping[str, Any]) -> dict[str, Any]:
        message = sending.draft(entry)
        sending.check(queue, message, in_batch=True)
        return dict(sending.send(call, sqs, queue, message).shown())

    return _each(sqs, entries, work)  # type: ignore[return-value]


def delete_message_batch(call: Call, sqs: Sqs, request: api.DeleteMessageBatchRequest) -> api.DeleteMessageBatchResult:
    """Delete messages."""
    entries = request.get("Entries", [])
    rules.batch(entries, "DeleteMessageBatch")
    url = request.get("QueueUrl", "")
    require_queue(call, sqs.store, url)

    def work(entry: Mapping[str, Any]) -> dict[str, Any]:
        messages.delete_message(call, sqs, {"QueueUrl": url, "ReceiptHandle": entry.get("ReceiptHandle", "")})
        return {}

    return _each(sqs, entries, work)  # type: ignore[return-value]


def change_message_visibility_batch(
    call: Call, sqs: Sqs, request: api.ChangeMessageVisibilityBatchRequest
) -> api.ChangeMessageVisibilityBatchResult:
    """Hide messages for longer or shorter."""
    entries = request.get("Entries", [])
    rules.batch(entries, "ChangeMessageVisibilityBatch")
    url = request.get("QueueUrl", "")
    require_queue(call, sqs.store, url)

    def work(entry: Mapping[str, Any]) -> dict[str, Any]:
        change: api.ChangeMessageVisibilityRequest = {
            "QueueUrl": url,
            "ReceiptHandle": entry.get("ReceiptHandle", ""),
            "VisibilityTimeout": entry.get("VisibilityTimeout", 0),
        }
        messages.change_message_visibility(call, sqs, change)
        return {}

    return _each(sqs, entries, work)  # type: ignore[return-value]


def _each(
    sqs: Sqs, entries: Sequence[Mapping[str, Any]], work: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    successful, failed = [], []
    for entry in entries:
        try:
            done = sqs.world.database.nested(lambda entry=entry: work(entry))  # type: ignore[misc]
            successful.append({"Id": entry["Id"], **done})
        except AwsError as error:
            code = SHORT_CODES.get(error.code, error.code)
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": error.message})
    result: dict[str, list[dict[str, Any]]] = {"Successful": successful}
    return {**result, "Failed": failed} if failed else result
