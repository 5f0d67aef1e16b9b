"""Messages: sent, received, deleted, hidden for longer or shorter."""

from functools import partial

from stratolite.core.call import Call
from stratolite.services.sqs import Sqs, api, receiving, rules, sending
from stratolite.services.sqs.domain import Message, Queue
from stratolite.services.sqs.lookup import held, require_queue


def send_message(call: Call, sqs: Sqs, request: api.SendMessageRequest) -> api.SendMessageResult:
    """Send one message."""
    message = sending.draft(request)
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    sending.check(queue, message)
    return sending.send(call, sqs, queue, message).shown()  # type: ignore[return-value]


async def receive_message(call: Call, sqs: Sqs, request: api.ReceiveMessageRequest) -> api.ReceiveMessageResult:
    """Receive up to ten messages; a long poll waits until there is one, or its time is up."""
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    asked = receiving.wanted(queue, request)
    clock, database = sqs.world.clock, sqs.world.database
    until_ms = call.now_ms + asked.wait_s * 1000
    while True:
        now_ms = clock.now_ms()
        received = await database.transact(partial(_receive, call, sqs, queue.id, asked, now_ms))
        if received:
            sqs.meters.received(queue, len(received))
            return {"Messages": [receiving.shown(message, asked) for message in received]}
        if now_ms >= until_ms or not await sqs.bells.wait(
            queue.id, clock, until_ms, partial(_next_ms, sqs, queue, now_ms)
        ):
            sqs.meters.received(queue, 0)
            return {}


def _receive(call: Call, sqs: Sqs, queue_id: int, asked: receiving.Wanted, now_ms: int) -> list[Message]:
    # A long poll sees what has become of its queue meanwhile.
    queue = sqs.store.queue_by_id(queue_id)
    if queue is None:
        raise api.QueueDoesNotExist("The specified queue does not exist.")
    return receiving.receive(call, sqs, queue, asked, now_ms)


def _next_ms(sqs: Sqs, queue: Queue, seen_ms: int) -> int | None:
    """When there may be something to receive: at once for what came since, else when the next hidden one shows."""
    if sqs.store.receivable(queue, sqs.world.clock.now_ms(), 1):
        return seen_ms
    return sqs.store.next_visible_ms(queue, seen_ms)


def delete_message(call: Call, sqs: Sqs, request: api.DeleteMessageRequest) -> None:
    """Delete the message that a handle holds; a message already gone, or received again since, is no error.

    A FIFO queue refuses a handle whose time is over (``test_fifo_delete_after_visibility_timeout``).
    """
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    message = held(sqs.store, queue, request.get("ReceiptHandle", ""))
    if message is None:
        return
    if queue.is_fifo and message.visible_ms <= call.now_ms:
        raise rules.invalid("ReceiptHandle", request["ReceiptHandle"], "The receipt handle has expired.")
    sqs.store.delete_message(message.id)
    sqs.meters.deleted(queue)
    sqs.bells.ring(queue)


def change_message_visibility(call: Call, sqs: Sqs, request: api.ChangeMessageVisibilityRequest) -> None:
    """Hide a message that is in flight for so many seconds from now; 0 gives it back at once."""
    reason = f"VisibilityTimeout must be an integer between 0 and {rules.VISIBILITY_S_MAX}."
    visibility_s = rules.number(request, "VisibilityTimeout", 0, rules.VISIBILITY_S_MAX, reason)
    if visibility_s is None:
        raise rules.MissingRequiredParameterException("The request must contain the parameter VisibilityTimeout.")
    queue = require_queue(call, sqs.store, request.get("QueueUrl", ""))
    handle = request.get("ReceiptHandle", "")
    message = held(sqs.store, queue, handle)
    if message is None or (queue.is_fifo and message.visible_ms <= call.now_ms):
        raise rules.invalid(
            "ReceiptHandle", handle, "Message does not exist or is not available for visibility timeout change."
        )
    visible_ms = call.now_ms + visibility_s * 1000
    if visible_ms > message.received_ms + rules.VISIBILITY_S_MAX * 1000:
        raise rules.invalid(
            "VisibilityTimeout",
            visibility_s,
            f"Total VisibilityTimeout for the message is beyond the limit [{rules.VISIBILITY_S_MAX} seconds]",
        )
    sqs.store.set_visible(message.id, visible_ms)
    sqs.bells.ring(queue)
