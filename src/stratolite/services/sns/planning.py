"""Deliveries as the outbox keeps them: JSON objects, one a subscription and message."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sns import delivery_policy, envelope, fifo
from stratolite.services.sns.domain import HTTP, Subscription, Topic
from stratolite.services.sns.fifo import DELIVER
from stratolite.services.sns.message import Message

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

POST = "sns.post"
"""The kind of deliveries to web servers: those that hang hold up no queue and no function."""


def delivery_of(call: Call, topic: Topic, subscription: Subscription) -> dict[str, Any]:
    """What every delivery to a subscription says; the message itself is added by whoever plans it."""
    delivery: dict[str, Any] = {
        "type": "Notification",
        "topic_arn": topic.arn,
        "display_name": topic.attributes.get("DisplayName", ""),
        "subject": None,
        "published_ms": call.now_ms,
        "attributes": {},
        "subscription_arn": subscription.arn,
        "protocol": subscription.protocol,
        "endpoint": subscription.endpoint,
        "raw": subscription.is_raw,
        "dead_letter_arn": subscription.dead_letter_arn,
        "group_id": "",
        "deduplication_id": "",
        "sequence_number": "",
        "signature_version": topic.attributes.get("SignatureVersion", "1"),
    }
    if subscription.protocol in HTTP:
        delivery["policy"] = delivery_policy.effective(topic.attributes, subscription.attributes)
    return delivery


def text_of(call: Call, phone_number: str, message: Message, message_id: str) -> dict[str, Any]:
    """The delivery of a message to a phone number, of no topic."""
    nobody = Subscription("", "", call.account, call.region, call.account, call.principal, "sms", phone_number, {})
    topic = Topic("", call.account, call.region, "", {}, {})
    return {
        **delivery_of(call, topic, nobody),
        "message_id": message_id,
        "message": message.for_protocol("sms"),
        "attributes": envelope.stored_attributes(message.attributes),
    }


def plan(call: Call, sns: "Sns", delivery: Mapping[str, Any]) -> None:
    """Plan a delivery in the current transaction; one of a FIFO topic in its order."""
    if delivery["sequence_number"]:
        fifo.deliver_in_order(call, sns, delivery)
        return
    payload = json.dumps(dict(delivery)).encode()
    kind = POST if delivery["protocol"] in HTTP else DELIVER
    sns.world.outbox.put(call, kind, payload, source=delivery["topic_arn"], target=delivery["endpoint"])
