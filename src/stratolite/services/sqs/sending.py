"""Accepting messages: from clients, from other services, into dead-letter queues.

Everything that a message causes (its place, its deduplication, the plan for its retention) is written in the current
transaction, and who waits for the queue is woken after its commit.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sqs import digests, rules
from stratolite.services.sqs.domain import Message, Queue, attributes_text
from stratolite.services.sqs.rules import InvalidParameterValueException, MissingRequiredParameterException, invalid

if TYPE_CHECKING:
    from stratolite.services.sqs import Sqs

EXPIRE = "sqs.expire"
SEQUENCE_FIRST = 18_849_496_460_467_696_128
SEQUENCE_STEP = 256
WRONG_TYPE = "The request include parameter that is not valid for this queue type."


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent, checked against everything but its queue."""

    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    trace: str = ""
    delay_s: int | None = None
    group_id: str | None = None
    deduplication_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender is told."""

    message_id: str
    sequence: str
    body_md5: str
    attributes_md5: str
    system_md5: str

    def shown(self) -> dict[str, str]:
        """As a result's members."""
        members = {
            "MessageId": self.message_id,
            "MD5OfMessageBody": self.body_md5,
            "MD5OfMessageAttributes": self.attributes_md5,
            "MD5OfMessageSystemAttributes": self.system_md5,
            "SequenceNumber": self.sequence,
        }
        return {name: value for name, value in members.items() if value}


def draft(request: Mapping[str, Any]) -> Draft:
    """What a request (or a batch's entry) asks to send. Raises what ``rules`` raise."""
    rules.require(request, "MessageBody")
    attributes = request.get("MessageAttributes", {})
    rules.message_attributes(attributes)
    rules.body(request["MessageBody"])
    system = request.get("MessageSystemAttributes", {})
    delay_s = rules.number(
        request, "DelaySeconds", 0, rules.DELAY_S_MAX, f"DelaySeconds must be >= 0 and <= {rules.DELAY_S_MAX}."
    )
    return Draft(
        request["MessageBody"],
        attributes,
        rules.system_attributes(system),
        delay_s,
        request.get("MessageGroupId"),
        request.get("MessageDeduplicationId"),
    )


def check(queue: Queue, message: Draft, *, in_batch: bool = False) -> None:
    """What depends on the queue: its type and its size. Raises InvalidParameterValue, MissingRequiredParameter."""
    if message.group_id is not None:
        rules.token("MessageGroupId", message.group_id)
    if message.deduplication_id is not None:
        rules.token("MessageDeduplicationId", message.deduplication_id)
    if queue.is_fifo:
        _check_fifo(queue, message, in_batch)
    elif message.deduplication_id is not None:
        raise invalid("MessageDeduplicationId", message.deduplication_id, WRONG_TYPE)
    limit = queue.number("MaximumMessageSize")
    if digests.size_bytes(message.body, message.attributes) > limit:
        verb = "cannot be validated" if in_batch else "are invalid"
        raise InvalidParameterValueException(
            f"One or more parameters {verb}. Reason: Message must be shorter than {limit} bytes."
        )


def _check_fifo(queue: Queue, message: Draft, in_batch: bool) -> None:
    if message.group_id is None:
        text = "The request must contain the parameter MessageGroupId."
        raise InvalidParameterValueException(text) if in_batch else MissingRequiredParameterException(text)
    # A delay of zero is taken as not given (test_fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay).
    if message.delay_s:
        raise invalid("DelaySeconds", message.delay_s, WRONG_TYPE)
    if message.deduplication_id is None and queue.effective["ContentBasedDeduplication"] != "true":
        raise InvalidParameterValueException(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )


def send(call: Call, sqs: "Sqs", queue: Queue, message: Draft) -> Sent:
    """Accept a checked message in the current transaction."""
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": message.trace}} if message.trace else {}
    digested = (
        digests.of_body(message.body),
        digests.of_attributes(message.attributes),
        digests.of_attributes(system),
    )
    deduplication_id = message.deduplication_id or ""
    scope = (message.group_id or "") if queue.deduplicates_by_group else ""
    if queue.is_fifo:
        deduplication_id = deduplication_id or hashlib.sha256(message.body.encode()).hexdigest()
        known = sqs.store.sent_before(queue, scope, deduplication_id, call.now_ms)
        if known is not None:
            return Sent(*known, *digested)
    delay_s = queue.number("DelaySeconds") if message.delay_s is None or queue.is_fifo else message.delay_s
    placed = place(
        call,
        sqs,
        queue,
        Message(
            id=0,
            queue_id=queue.id,
            visible_ms=call.now_ms + delay_s * 1000,
            sent_ms=call.now_ms,
            received_ms=0,
            first_received_ms=0,
            receives=0,
            receipt="",
            message_id=sqs.world.entropy.uuid(),
            group_id=message.group_id or "",
            deduplication_id=deduplication_id,
            sequence="",
            sender=_sender(call),
            trace=message.trace or call.trace_id,
            source_arn="",
            attributes=attributes_text(message.attributes),
            body=message.body,
        ),
    )
    sqs.meters.sent(queue, digests.size_bytes(message.body, message.attributes))
    if queue.is_fifo:
        sqs.store.remember_sent(placed, scope, call.now_ms + rules.DEDUPLICATION_MS, call.now_ms)
    return Sent(placed.message_id, placed.sequence, *digested)


def place(call: Call, sqs: "Sqs", queue: Queue, message: Message) -> Message:
    """Put a message at the end of a queue, with a sequence number of its own where that is FIFO."""
    row = sqs.store.insert_message(replace(message, queue_id=queue.id))
    placed = replace(message, id=row, queue_id=queue.id)
    if queue.is_fifo:
        placed = replace(placed, sequence=str(SEQUENCE_FIRST + row * SEQUENCE_STEP))
        sqs.store.set_sequence(row, placed.sequence)
    plan_expiry(call, sqs, queue, message.sent_ms + queue.retention_ms)
    sqs.bells.ring(queue)
    return placed


def plan_expiry(call: Call, sqs: "Sqs", queue: Queue, due_ms: int) -> None:
    """See to it that a queue is looked through when its oldest message is past its retention."""
    planned_ms = sqs.store.expiry_ms(queue.id)
    if planned_ms and planned_ms <= due_ms:
        return
    sqs.store.set_expiry_ms(queue.id, due_ms)
    sqs.world.outbox.put(call, EXPIRE, str(queue.id).encode(), target=queue.arn, due_ms=due_ms)


def _sender(call: Call) -> str:
    """The unique id of the caller, as SenderId shows it: an account for its root, a session's name for a role."""
    if ":assumed-role/" in call.principal:
        role, _, session = call.principal.partition(":assumed-role/")[2].partition("/")
        return f"{role}:{session}"
    return call.account
