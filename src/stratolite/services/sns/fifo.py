"""FIFO topics: what their messages need, deduplication, sequence numbers, and order within a group.

A message whose deduplication id was published in the last five minutes is accepted and not delivered again; its answer
is that of the first. Deliveries of one subscription and one message group form a line: only the first of it is in the
outbox, and the next one enters in the transaction that ends it, delivered or dead. So a later message never overtakes
an earlier one that has to be tried again, and groups do not wait for each other.

Sources: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html,
https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html and recorded answers of the service.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sns import rules
from stratolite.services.sns.domain import Topic
from stratolite.services.sns.message import Message

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

DEDUPLICATION_MS = 5 * 60 * 1000
SEQUENCE_FIRST = 10**19
SEQUENCE_STEP = 1000
DELIVER = "sns.deliver"

_TOKEN = re.compile(r"[\x21-\x7e]{1,128}")


def check(topic: Topic, message: Message) -> None:
    """Raises InvalidParameter unless a message has what its kind of topic needs, and nothing else."""
    if not topic.is_fifo:
        if message.deduplication_id:
            raise rules.invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        return
    if not message.group_id:
        raise rules.invalid("The MessageGroupId parameter is required for FIFO topics")
    if not message.deduplication_id and not topic.deduplicates_by_content:
        raise rules.invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )
    for name, value in (
        ("MessageGroupId", message.group_id),
        ("MessageDeduplicationId", message.deduplication_id or "-"),
    ):
        if not _TOKEN.fullmatch(value):
            raise rules.invalid(
                f"{name} Reason: can only include alphanumeric and punctuation characters. 1 to 128 in length"
            )


def deduplication_id(message: Message) -> str:
    """The id that was given, or else the digest of the message."""
    return message.deduplication_id or message.digest


def duplicate(call: Call, sns: "Sns", topic: Topic, message: Message) -> tuple[str, str] | None:
    """The message id and sequence number of the message of which this one is a duplicate."""
    scope = _scope(topic, message)
    return sns.fifo.published(topic.arn, scope, deduplication_id(message), call.now_ms)


def number(call: Call, sns: "Sns", topic: Topic, message: Message, message_id: str) -> str:
    """The sequence number of a new message, which is remembered for five minutes."""
    sequence_number = str(SEQUENCE_FIRST + SEQUENCE_STEP * sns.fifo.count_published(topic.arn))
    sns.fifo.forget_expired(call.now_ms)
    sns.fifo.remember(
        topic.arn,
        _scope(topic, message),
        deduplication_id(message),
        (message_id, sequence_number),
        call.now_ms + DEDUPLICATION_MS,
    )
    return sequence_number


def deliver_in_order(call: Call, sns: "Sns", delivery: Mapping[str, Any]) -> None:
    """Plan a delivery after the earlier ones of its subscription and group."""
    lane, group_id = _line(delivery)
    sns.fifo.append(call, lane, group_id, delivery)
    _begin_first(call.now_ms, sns, lane, group_id)


def delivered(now_ms: int, sns: "Sns", delivery: Mapping[str, Any]) -> None:
    """A delivery is over: the next one of its group begins."""
    if "fifo_id" in delivery:
        sns.fifo.remove(delivery["fifo_id"])
        _begin_first(now_ms, sns, *_line(delivery))


def _begin_first(now_ms: int, sns: "Sns", lane: str, group_id: str) -> None:
    first = sns.fifo.first(lane, group_id)
    if first is None or (first.outbox_id and sns.world.outbox.entry(first.outbox_id)):
        return
    payload = json.dumps({**first.delivery, "fifo_id": first.id}).encode()
    source, target = first.delivery["topic_arn"], first.delivery["endpoint"]
    outbox_id = sns.world.outbox.put(first.call(now_ms), DELIVER, payload, source=source, target=target)
    sns.fifo.begin(first.id, outbox_id)


def _line(delivery: Mapping[str, Any]) -> tuple[str, str]:
    """Dead letters of a subscription are a line of their own."""
    return f"{delivery['subscription_arn']} {delivery['endpoint']}", delivery["group_id"]


def _scope(topic: Topic, message: Message) -> str:
    """Deduplication holds for the whole topic, or within a group; empty for the topic."""
    is_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
    return message.group_id if is_group else ""
