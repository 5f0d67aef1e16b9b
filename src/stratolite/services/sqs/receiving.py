"""Handing messages out: hidden while they are in flight, moved to the dead-letter queue when received too often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sqs import api, digests, redrive, rules, sending
from stratolite.services.sqs.domain import Message, Queue, Receipt

if TYPE_CHECKING:
    from stratolite.services.sqs import Sqs

TOKEN_LENGTH = 24
DEAD_MAX = 1000
"""How many messages one receive may move to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a receive asks for."""

    count: int
    visibility_s: int
    wait_s: int
    system_names: frozenset[str]
    names: tuple[str, ...]
    attempt_id: str = ""


def wanted(queue: Queue, request: Mapping[str, Any]) -> Wanted:
    """What a request asks for. Raises InvalidParameterValueException."""
    count = rules.number(request, "MaxNumberOfMessages", 1, rules.BATCH_MAX, "Must be between 1 and 10, if provided.")
    wait_s = rules.number(request, "WaitTimeSeconds", 0, rules.WAIT_S_MAX, "Must be >= 0 and <= 20, if provided.")
    visibility_s = rules.number(
        request, "VisibilityTimeout", 0, rules.VISIBILITY_S_MAX, "Must be between 0 and 43200, if provided."
    )
    attempt_id = request.get("ReceiveRequestAttemptId", "")
    if attempt_id:
        rules.token("ReceiveRequestAttemptId", attempt_id)
        if not queue.is_fifo:
            raise rules.invalid("ReceiveRequestAttemptId", attempt_id, sending.WRONG_TYPE)
    system = {*request.get("AttributeNames", []), *request.get("MessageSystemAttributeNames", [])}
    return Wanted(
        count=1 if count is None else count,
        visibility_s=queue.number("VisibilityTimeout") if visibility_s is None else visibility_s,
        wait_s=queue.number("ReceiveMessageWaitTimeSeconds") if wait_s is None else wait_s,
        system_names=frozenset(system),
        names=tuple(request.get("MessageAttributeNames", [])),
        attempt_id=attempt_id,
    )


def receive(call: Call, sqs: "Sqs", queue: Queue, asked: Wanted, now_ms: int) -> list[Message]:
    """Hand out what can be received now, in the current transaction. Raises OverLimit."""
    if asked.attempt_id:
        again = _again(sqs, queue, asked, now_ms)
        if again:
            return again
    if not queue.is_fifo and sqs.store.count_in_flight(queue, now_ms) >= rules.IN_FLIGHT_MAX:
        raise api.OverLimit(f"Too many messages in flight: {rules.IN_FLIGHT_MAX} is the limit.")
    received: list[Message] = []
    for _ in range(DEAD_MAX):
        found = sqs.store.receivable(queue, now_ms, asked.count)
        dead = [message for message in found if _is_dead(queue, message)]
        if not dead:
            received = [_handed_out(sqs, message, asked, now_ms) for message in found]
            if received:
                sqs.store.mark_received(received)
            break
        for message in dead:
            _bury(call, sqs, queue, message, now_ms)
    if asked.attempt_id and received:
        sqs.store.remember_attempt(queue, asked.attempt_id, received, now_ms + rules.DEDUPLICATION_MS, now_ms)
    return received


def shown(message: Message, asked: Wanted) -> api.Message:
    """A message as its receiver sees it."""
    result: api.Message = {
        "MessageId": message.message_id,
        "ReceiptHandle": Receipt(message.queue_id, message.id, message.receipt).handle(),
        "MD5OfBody": digests.of_body(message.body),
        "Body": message.body,
    }
    system = message.system_attributes()
    if "All" not in asked.system_names:
        system = {name: value for name, value in system.items() if name in asked.system_names}
    if system:
        result["Attributes"] = system
    attributes = {name: value for name, value in message.user_attributes().items() if _is_asked(name, asked.names)}
    if attributes:
        result["MessageAttributes"] = attributes  # type: ignore[typeddict-item]
        result["MD5OfMessageAttributes"] = digests.of_attributes(attributes)
    return result


def _is_asked(name: str, patterns: Sequence[str]) -> bool:
    """``All`` and ``.*`` are every attribute, ``bar.*`` those that begin with ``bar``, ``*`` with nothing."""
    return any(
        pattern in ("All", ".*", name) or (pattern.endswith("*") and name.startswith(pattern[:-1].removesuffix(".")))
        for pattern in patterns
    )


def _handed_out(sqs: "Sqs", message: Message, asked: Wanted, now_ms: int) -> Message:
    return replace(
        message,
        visible_ms=now_ms + asked.visibility_s * 1000,
        received_ms=now_ms,
        first_received_ms=message.first_received_ms or now_ms,
        receives=message.receives + 1,
        receipt=sqs.world.entropy.hexadecimal(TOKEN_LENGTH),
    )


def _again(sqs: "Sqs", queue: Queue, asked: Wanted, now_ms: int) -> list[Message]:
    """The messages of an attempt that is made again, hidden anew; none once one of them was changed."""
    messages = []
    for row, token in sqs.store.attempt(queue, asked.attempt_id, now_ms):
        message = sqs.store.message(queue, row)
        if message is None or message.receipt != token or message.visible_ms <= now_ms:
            return []
        messages.append(replace(message, visible_ms=now_ms + asked.visibility_s * 1000))
    for message in messages:
        sqs.store.set_visible(message.id, message.visible_ms)
    return messages


def _is_dead(queue: Queue, message: Message) -> bool:
    return queue.redrive is not None and message.receives >= queue.redrive[1]


def _bury(call: Call, sqs: "Sqs", queue: Queue, message: Message, now_ms: int) -> None:
    """Move a message to the dead-letter queue; where that is gone, it stays and is handed out no more for now.

    A FIFO queue's message is as if sent anew; a standard queue's keeps its age.
    """
    assert queue.redrive is not None
    target = sqs.store.queue_by_arn(queue.redrive[0])
    if target is None or not redrive.allows(target, queue.arn):
        sqs.store.set_visible(message.id, now_ms + queue.number("VisibilityTimeout") * 1000 + 1)
        return
    sqs.store.delete_message(message.id)
    sent_ms = now_ms if queue.is_fifo else message.sent_ms
    buried = replace(message, visible_ms=now_ms, sent_ms=sent_ms, receipt="", source_arn=queue.arn)
    sending.place(call, sqs, target, buried)
