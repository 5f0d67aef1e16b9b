"""Limits, and checks beyond the model, with AWS's texts.

Sources: https://docs.aws.amazon.com/general/latest/gr/sns.html (quotas) and recorded answers of the service.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.rule_tokens import RuleSyntaxError, tokens
from stratolite.services.sns import api, delivery_policy, filter_policy

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
_TOKEN = re.compile(r"[0-9a-f]+")
_PHONE_NUMBER = re.compile(r"\+?[1-9][0-9]{1,14}")
_PHONE_SIGN = re.compile(r"[./-]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
FIFO_DELIVERED = frozenset({"sqs"})
"""What FIFO topics deliver to, so that order can be kept."""
DELIVERED = frozenset({"lambda", "sqs", "http", "https", "email", "email-json", "sms"})
RAW = frozenset({"sqs", "http", "https"})
"""What can be delivered to without an envelope."""

TOPIC_ATTRIBUTES = frozenset(
    {"DisplayName", "Policy", "DeliveryPolicy", "SignatureVersion", "TracingConfig", "KmsMasterKeyId"}
)
"""What SetTopicAttributes takes here. KmsMasterKeyId (encryption at rest) and TracingConfig are kept and returned."""
REFUSED_TOPIC_ATTRIBUTES = {
    "ArchivePolicy": "message archiving",
}
FIFO_ATTRIBUTES = {"ContentBasedDeduplication": ("true", "false"), "FifoThroughputScope": ("Topic", "MessageGroup")}
"""What FIFO topics have beyond others, and its values."""
FEEDBACK = re.compile(r"(Lambda|SQS|HTTP|Application|Firehose)(Success|Failure)Feedback(RoleArn|SampleRate)")
SUBSCRIPTION_ATTRIBUTES = frozenset(
    {"DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"}
)
SMS_DEFAULTS = {"MonthlySpendLimit": "1"}
SMS_ATTRIBUTES = {
    "DefaultSenderID": re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}"),
    "DefaultSMSType": re.compile(r"Promotional|Transactional"),
    "MonthlySpendLimit": re.compile(r"[0-9]+"),
    "DeliveryStatusSuccessSamplingRate": re.compile(r"100|[0-9]{1,2}"),
}
"""Settings of text messages and their values. The sender is shown; type, spend limit and sampling rate are kept and
returned: no message costs anything here, and none is sampled."""
REFUSED_SMS_ATTRIBUTES = frozenset({"DeliveryStatusIAMRole", "UsageReportS3Bucket"})
REFUSED_SUBSCRIPTION_ATTRIBUTES = {
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
        if kept_topic_attribute(name, value) not in FIFO_ATTRIBUTES[name]:
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
    if name == "DeliveryPolicy" and value:
        kept_topic_attribute(name, value)


def kept_topic_attribute(name: str, value: str) -> str:
    """A topic's attribute as it is kept and shown. Raises InvalidParameter for a delivery policy that is none."""
    if name == "ContentBasedDeduplication":
        # As of FifoTopic, AWS takes what languages make of truth: https://github.com/getmoto/moto/issues/9637
        return value.lower()
    if name != "DeliveryPolicy":
        return value
    try:
        return json.dumps(delivery_policy.of_topic(value), separators=(",", ":"))
    except delivery_policy.DeliveryPolicyError as error:
        raise invalid(f"DeliveryPolicy: {error}") from error


def kept_attribute(name: str, value: str) -> str:
    """A subscription's attribute as it is kept and shown; it passed its checks."""
    if name == "DeliveryPolicy":
        return json.dumps(delivery_policy.of_subscription(value), separators=(",", ":"))
    return value.lower() if name == "RawMessageDelivery" else value


def policy_document(text: str) -> dict[str, Any]:
    """A topic's access policy. Raises InvalidParameter unless it is a JSON object with statements."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid("Policy Error: null") from error
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    if not isinstance(document, dict) or not all(isinstance(statement, dict) for statement in listed):
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
        if name == "RawMessageDelivery" and value.lower() == "true" and protocol_name not in RAW:
            raise invalid(f"{where}Delivery protocol [{protocol_name}] does not support raw message delivery.")
        if name == "FilterPolicyScope" and value not in (filter_policy.MESSAGE_BODY, filter_policy.MESSAGE_ATTRIBUTES):
            raise invalid(
                f"{where}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )
        if name == "DeliveryPolicy" and value:
            _delivery_policy(value, protocol_name, where)
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


def _delivery_policy(source: str, protocol_name: str, where: str) -> None:
    if protocol_name not in ("http", "https"):
        raise invalid(f"{where}DeliveryPolicy: Delivery protocol [{protocol_name}] does not support delivery policies.")
    try:
        delivery_policy.of_subscription(source)
    except delivery_policy.DeliveryPolicyError as error:
        raise invalid(f"{where}DeliveryPolicy: {error}") from error


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

    if protocol_name in ("http", "https") and not text.startswith(f"{protocol_name}://"):
        raise invalid("Endpoint must match the specified protocol")
    if protocol_name.startswith("email") and not _EMAIL.fullmatch(text):
        raise invalid("Email address")
    if protocol_name == "sms" and not _is_written_phone_number(text):
        raise api.InvalidParameterException(f"Invalid SMS endpoint: {text}")


def is_phone_number(text: str) -> bool:
    """Whether a text is a phone number in E.164 form."""
    return bool(_PHONE_NUMBER.fullmatch(text))


def _is_written_phone_number(text: str) -> bool:
    """Subscriptions take numbers with single dots, slashes and dashes inside."""
    parts = _PHONE_SIGN.split(text)
    return all(parts) and is_phone_number("".join(parts))


def confirmed_topic(arn_: str) -> None:
    """Raises InvalidParameter unless a confirmation names a topic by an ARN."""
    if len(arn_.split(":")) < 6:
        raise invalid("Topic")


def confirmation_refused(token: str) -> api.InvalidParameterException:
    """What is said of a token that confirms nothing."""
    return invalid("Token") if _TOKEN.fullmatch(token) else api.InvalidParameterException("Invalid token")


def tags(pairs: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a mapping. Raises InvalidParameter for a key that is there twice, TagLimitExceeded."""
    found = {pair["Key"]: pair["Value"] for pair in pairs}
    if len(found) != len(pairs):
        raise invalid("Duplicated keys are not allowed.")
    if len(found) > TAGS_MAX:
        raise api.TagLimitExceededException("Could not complete request: tag quota of per resource exceeded")
    return found


def phone_number(text: str) -> None:
    """Raises InvalidParameter unless a text is a phone number in E.164 form."""
    if not is_phone_number(text):
        raise invalid("PhoneNumber Reason: input incorrectly formatted")


def sms_attribute(name: str, value: str) -> None:
    """Raises InvalidParameter for a setting of text messages that makes no sense, NotImplemented for one that would
    have no effect here."""
    if name in REFUSED_SMS_ATTRIBUTES:
        raise NotImplementedHere(f"The SMS attribute {name} is not implemented by this version of Stratolite.")
    if name not in SMS_ATTRIBUTES:
        raise api.InvalidParameterException(f"{name} is not a valid attribute")
    if not SMS_ATTRIBUTES[name].fullmatch(value):
        raise api.InvalidParameterException(f"{name} is invalid")
