"""Limits, and checks beyond the model, with AWS's texts.

Sources: https://docs.aws.amazon.com/general/latest/gr/sns.html (quotas) and recorded answers of the service.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.rule_tokens import RuleSyntaxError, tokens
from stratolite.services.sns import api, filter_policy

TOPIC_NAME_LENGTH_MAX = 256
MESSAGE_BYTES_MAX = 256 * 1024
BATCH_ENTRIES_MAX = 10
BATCH_ID_LENGTH_MAX = 80
TAGS_MAX = 50
FILTER_KEYS_MAX = 5
FILTER_COMBINATIONS_MAX = 150
SUBJECT_LENGTH_MAX = 100
ATTRIBUTE_NAME_BYTES_MAX = 255
PAGE_MAX = 100

_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SUBSCRIPTION_PARTS = 7
_TOKEN = re.compile(r"[0-9a-f]{200,}")

PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
FIFO_DELIVERED = frozenset({"sqs"})
"""What FIFO topics deliver to, so that order can be kept."""
DELIVERED = frozenset({"lambda", "sqs"})

TOPIC_ATTRIBUTES = frozenset({"DisplayName", "Policy", "SignatureVersion", "TracingConfig", "KmsMasterKeyId"})
"""What SetTopicAttributes takes here. KmsMasterKeyId (encryption at rest) and TracingConfig are kept and returned."""
REFUSED_TOPIC_ATTRIBUTES = {
    "DeliveryPolicy": "the retry policy of HTTP subscriptions",
    "ArchivePolicy": "message archiving",
}
FIFO_ATTRIBUTES = {"ContentBasedDeduplication": ("true", "false"), "FifoThroughputScope": ("Topic", "MessageGroup")}
"""What FIFO topics have beyond others, and its values."""
FEEDBACK = re.compile(r"(Lambda|SQS|HTTP|Application|Firehose)(Success|Failure)Feedback(RoleArn|SampleRate)")
SUBSCRIPTION_ATTRIBUTES = frozenset({"FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"})
REFUSED_SUBSCRIPTION_ATTRIBUTES = {
    "DeliveryPolicy": "the retry policy of HTTP subscriptions",
    "SubscriptionRoleArn": "Firehose subscriptions",
    "ReplayPolicy": "message archiving",
}


def invalid(text: str) -> api.InvalidParameterException:
    """``Invalid parameter: ...``, the service's usual answer."""
    return api.InvalidParameterException(f"Invalid parameter: {text}")


def topic_name(name: str, *, is_fifo: bool) -> None:
    """Raises InvalidParameter unless a topic may have this name."""
    if is_fifo != name.endswith(".fifo") or not _TOPIC_NAME.fullmatch(name.removesuffix(".fifo")):
        raise invalid("Topic Name")


def topic_attribute(name: str, value: str, *, is_fifo: bool) -> None:
    """Raises for an attribute of a topic that makes no sense, or that would have no effect here."""
    if is_fifo and name in FIFO_ATTRIBUTES:
        if value not in FIFO_ATTRIBUTES[name]:
            raise invalid(f"{name}: Invalid value [{value}]. Must be {' or '.join(FIFO_ATTRIBUTES[name])}.")
        return
    if name in REFUSED_TOPIC_ATTRIBUTES or FEEDBACK.fullmatch(name):
        what = REFUSED_TOPIC_ATTRIBUTES.get(name, "delivery status logging")
        raise NotImplementedHere(
            f"The topic attribute {name} ({what}) is not implemented by this version of Stratolite."
        )
    if name not in TOPIC_ATTRIBUTES:
        raise invalid("AttributeName")
    if name == "SignatureVersion" and value not in ("1", "2"):
        raise invalid(f"SignatureVersion: Invalid value [{value}]. Must be 1 or 2.")
    if name == "Policy" and value:
        policy_document(value)


def policy_document(text: str) -> dict[str, Any]:
    """A topic's access policy. Raises InvalidParameter unless it is a JSON object."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise invalid("Policy Error: null") from error
    if not isinstance(document, dict):
        raise invalid("Policy Error: null")
    return document


def arn(name: str, text: str) -> list[str]:
    """The parts of an ARN. Raises InvalidParameter with the count, as AWS does."""
    parts = text.split(":")
    if len(parts) < 6:
        raise invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return parts


def subscription_arn(text: str) -> None:
    """Raises InvalidParameter unless the text has the form of a subscription's ARN."""
    if not text:
        raise invalid("SubscriptionArn Reason: no value for required parameter")
    if len(arn("SubscriptionArn", text)) < _SUBSCRIPTION_PARTS:
        raise invalid("SubscriptionId")


def subscription_attributes(
    attributes: Mapping[str, str], protocol_name: str, endpoint_name: str, *, at_subscribe: bool
) -> None:
    """Raises InvalidParameter for the first attribute that is wrong. ``at_subscribe`` words it as Subscribe does."""
    where = "Attributes Reason: " if at_subscribe else ""
    for name, value in attributes.items():
        if name in REFUSED_SUBSCRIPTION_ATTRIBUTES:
            raise NotImplementedHere(
                f"The subscription attribute {name} ({REFUSED_SUBSCRIPTION_ATTRIBUTES[name]}) is not implemented by "
                "this version of Stratolite."
            )
        if name not in SUBSCRIPTION_ATTRIBUTES:
            raise invalid("Attributes Reason: Unknown attribute: " + name if at_subscribe else "AttributeName")
        if name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
            raise invalid(f"{where}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
        if name == "RawMessageDelivery" and value.lower() == "true" and protocol_name == "lambda":
            raise invalid(f"{where}Delivery protocol [lambda] does not support raw message delivery.")
        if name == "FilterPolicyScope" and value not in (filter_policy.MESSAGE_BODY, filter_policy.MESSAGE_ATTRIBUTES):
            raise invalid(
                f"{where}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )
        if name == "RedrivePolicy" and value:
            _redrive_policy(value, endpoint_name, where)
    policy = attributes.get("FilterPolicy")
    if policy:
        _filter_policy(policy, attributes.get("FilterPolicyScope", filter_policy.MESSAGE_ATTRIBUTES), where)


def _filter_policy(source: str, scope: str, where: str) -> None:
    try:
        filter_policy.parse(source, scope)
    except filter_policy.NestedPolicyError as error:
        raise invalid(f"{where}FilterPolicy: {error}" if where else str(error)) from error
    except filter_policy.FilterPolicyError as error:
        raise invalid(f"{where}FilterPolicy: {error}") from error


def _redrive_policy(source: str, endpoint_name: str, where: str) -> None:
    try:
        tokens(source)
    except RuleSyntaxError as error:
        raise invalid(f"{where}RedrivePolicy: failed to parse JSON. {error}") from error
    policy = json.loads(source)
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    parts = target.split(":") if isinstance(target, str) else []
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs":
        raise invalid(f"{where}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if endpoint_name.endswith(".fifo") and not parts[5].endswith(".fifo"):
        raise invalid(f"{where}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


def protocol(name: str) -> None:
    """Raises for a protocol that SNS does not know, or that is not delivered to here."""
    if name not in PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {name}")
    if name not in DELIVERED:
        raise NotImplementedHere(
            f"Subscriptions with the protocol {name} are not implemented by this version of Stratolite."
        )


def endpoint(protocol_name: str, text: str, *, is_fifo: bool) -> None:
    """Raises InvalidParameter unless the endpoint has the form that its protocol needs, and its kind of topic."""
    if is_fifo and protocol_name not in FIFO_DELIVERED:
        raise invalid(f"Invalid protocol type: {protocol_name}")
    parts = text.split(":")
    if protocol_name == "sqs" and (len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs"):
        raise invalid("SQS endpoint ARN")
    if protocol_name == "sqs" and text.endswith(".fifo") and not is_fifo:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    if protocol_name == "lambda" and (len(parts) < 7 or parts[0] != "arn" or parts[2] != "lambda"):
        raise invalid("Lambda endpoint ARN")


def confirmation_refused(token: str) -> api.InvalidParameterException:
    """What is said of a token: none was given out, since subscriptions to functions and queues need none."""
    return invalid("Token") if _TOKEN.fullmatch(token) else api.InvalidParameterException("Invalid token")


def tags(pairs: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a mapping. Raises InvalidParameter for a key that is there twice, TagLimitExceeded."""
    found = {pair["Key"]: pair["Value"] for pair in pairs}
    if len(found) != len(pairs):
        raise invalid("Duplicated keys are not allowed.")
    if len(found) > TAGS_MAX:
        raise api.TagLimitExceededException("Could not complete request: tag quota of per resource exceeded")
    return found
