"""What subscribers receive: the Lambda event, and the JSON document that a queue gets.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.clock import iso8601


def signed_members(delivery: Mapping[str, Any], subscribe_url: str) -> dict[str, Any]:
    """The members that are signed, in the order of the documents. ``subscribe_url``: where a token is confirmed."""
    if delivery["type"] == "Notification":
        return notification(delivery)
    return {
        "Type": delivery["type"],
        "MessageId": delivery["message_id"],
        "Token": delivery["token"],
        "TopicArn": delivery["topic_arn"],
        "Message": delivery["message"],
        "SubscribeURL": subscribe_url,
        "Timestamp": iso8601(delivery["published_ms"]),
    }


def notification(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """The signed members of a published message."""
    return {
        "Type": "Notification",
        "MessageId": delivery["message_id"],
        "TopicArn": delivery["topic_arn"],
        "Subject": delivery["subject"],
        "Message": delivery["message"],
        "Timestamp": iso8601(delivery["published_ms"]),
    }


def shown_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Message attributes as ``{"Type": ..., "Value": ...}``; binary values are base 64."""
    return {
        name: {"Type": attribute["DataType"], "Value": attribute["Value"]} for name, attribute in attributes.items()
    }


def lambda_event(delivery: Mapping[str, Any], signature: Mapping[str, str]) -> bytes:
    """The event of one record. Keys that are URLs are spelled with a lower-case ``rl`` here, and only here."""
    signed = notification(delivery)
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": delivery["subscription_arn"],
        "Sns": {
            **{key: signed[key] for key in ("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp")},
            "SignatureVersion": signature["version"],
            "Signature": signature["signature"],
            "SigningCertUrl": signature["certificate_url"],
            "UnsubscribeUrl": signature["unsubscribe_url"],
            "MessageAttributes": shown_attributes(delivery["attributes"]),
        },
    }
    return json.dumps({"Records": [record]}, separators=(",", ":")).encode()


def document(delivery: Mapping[str, Any], signature: Mapping[str, str]) -> str:
    """The JSON document of a delivery that is not raw. Those of FIFO topics are numbered, and not signed."""
    signed = signed_members(delivery, signature["subscribe_url"])
    if signed.get("Subject", "") is None:
        del signed["Subject"]
    if delivery["sequence_number"]:
        number = {"SequenceNumber": delivery["sequence_number"]}
        signed = {"Type": signed.pop("Type"), "MessageId": signed.pop("MessageId"), **number, **signed}
    else:
        signed |= {
            "SignatureVersion": signature["version"],
            "Signature": signature["signature"],
            "SigningCertURL": signature["certificate_url"],
        }
    if delivery["type"] == "Notification":
        signed["UnsubscribeURL"] = signature["unsubscribe_url"]
    if delivery["attributes"]:
        signed["MessageAttributes"] = shown_attributes(delivery["attributes"])
    return json.dumps(signed)


def stored_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Message attributes as the outbox keeps them: JSON has no bytes."""
    return {
        name: {
            "DataType": attribute["DataType"],
            "Value": base64.b64encode(attribute["BinaryValue"]).decode()
            if attribute["DataType"].startswith("Binary")
            else attribute["StringValue"],
        }
        for name, attribute in attributes.items()
    }


def queue_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Message attributes of a raw delivery, as SQS has them."""
    return {
        name: {"DataType": attribute["DataType"], "BinaryValue": base64.b64decode(attribute["Value"])}
        if attribute["DataType"].startswith("Binary")
        else {"DataType": attribute["DataType"], "StringValue": attribute["Value"]}
        for name, attribute in attributes.items()
    }
