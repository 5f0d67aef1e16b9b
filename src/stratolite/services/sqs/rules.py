"""Limits of SQS, and the checks that it makes in words of its own.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html, the API reference,
and the recorded answers that the functions name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.services.sqs import api

BATCH_MAX = 10
BODY_BYTES_MAX = 1_048_576
IN_FLIGHT_MAX = 120_000
DELAY_S_MAX = 900
WAIT_S_MAX = 20
VISIBILITY_S_MAX = 43_200
DEDUPLICATION_MS = 5 * 60 * 1000
PURGE_MS = 60 * 1000
ATTRIBUTES_MAX = 10
TAGS_MAX = 50
TAG_KEY_LENGTH_MAX = 128
LIST_MAX = 1000
RECEIVES_MAX = 1000

RANGES = {
    "DelaySeconds": (0, DELAY_S_MAX),
    "MaximumMessageSize": (1024, BODY_BYTES_MAX),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, WAIT_S_MAX),
    "VisibilityTimeout": (0, VISIBILITY_S_MAX),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
CHOICES = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
FREE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
FIFO_ONLY = ("DeduplicationScope", "FifoThroughputLimit")
SETTABLE = frozenset({*RANGES, *CHOICES, *FREE})
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
READABLE = frozenset({*SETTABLE, *COUNTS, "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "All"})

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TOKEN = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORBIDDEN_TEXT = (
    "Invalid characters found. Valid unicode characters are "
    "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
)
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ACCOUNT = re.compile(r"[0-9]{12}")


class InvalidParameterValueException(AwsError):
    """A parameter's value is not allowed. Older clients know it as ``InvalidParameterValue``."""


class MissingRequiredParameterException(AwsError):
    """A parameter is missing. Older clients know it as ``MissingParameter``."""


def invalid(name: str, value: Any, reason: str) -> InvalidParameterValueException:
    """``Value 11 for parameter MaxNumberOfMessages is invalid. Reason: ...``"""
    return InvalidParameterValueException(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def require(request: Mapping[str, Any], *names: str) -> None:
    """Raises MissingRequiredParameterException for a parameter that is missing (``test_send_empty_message``), or empty:
    the query protocol cannot tell the two apart."""
    for name in names:
        if request.get(name) in (None, "", [], {}):
            raise MissingRequiredParameterException(f"The request must contain the parameter {name}.")


# Queues -----------------------------------------------------------------------------------------------------


def queue_name(name: str, *, is_fifo: bool) -> None:
    """A new queue's name. Raises InvalidParameterValueException."""
    if is_fifo and not _FIFO_NAME.fullmatch(name):
        raise InvalidParameterValueException(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not is_fifo and not _NAME.fullmatch(name):
        raise InvalidParameterValueException(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def attributes(wanted: Mapping[str, str], *, is_fifo: bool) -> None:
    """Attributes that are set (``test_create_standard_queue_with_fifo_attribute_raises_error``).

    Raises InvalidAttributeName, InvalidAttributeValue.
    """
    for name, value in wanted.items():
        if name not in SETTABLE or (name == "ContentBasedDeduplication" and not is_fifo):
            raise api.InvalidAttributeName(f"Unknown Attribute {name}.")
        if name in FIFO_ONLY and not is_fifo:
            raise api.InvalidAttributeName(f"You can specify the {name} only when FifoQueue is set to true.")
        if name in RANGES and value:
            low, high = RANGES[name]
            if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
                raise api.InvalidAttributeValue(f"Invalid value for the parameter {name}.")
        if name in CHOICES and value and value not in CHOICES[name]:
            raise api.InvalidAttributeValue(f"Invalid value for the parameter {name}.")
    if wanted.get("Policy"):
        _policy(wanted["Policy"])
    if wanted.get("KmsMasterKeyId") and wanted.get("SqsManagedSseEnabled") == "true":
        # test_sse_kms_and_sqs_are_mutually_exclusive
        raise api.InvalidAttributeName(
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS "
            "SSE."
        )
    if wanted.get("FifoThroughputLimit") == "perMessageGroupId" and wanted.get("DeduplicationScope") == "queue":
        raise api.InvalidAttributeValue(
            "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for "
            "DeduplicationScope is messageGroup."
        )


def _policy(text: str) -> None:
    """A queue's policy is a document of statements, since permissions are added to them.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(statement, dict) for statement in listed):
        raise api.InvalidAttributeValue("Invalid value for the parameter Policy.")


def changed_type(wanted: Mapping[str, str], *, is_fifo: bool) -> None:
    """A queue keeps its type (``test_set_unsupported_attribute_fifo``). Raises InvalidAttributeName or -Value."""
    if "FifoQueue" not in wanted:
        return
    if not is_fifo:
        raise api.InvalidAttributeName("Unknown Attribute FifoQueue.")
    if wanted["FifoQueue"] != "true":
        raise api.InvalidAttributeValue(
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
        )


def readable(names: Sequence[str]) -> None:
    """Names of attributes that are asked for. Raises InvalidAttributeName."""
    for name in names:
        if name not in READABLE:
            raise api.InvalidAttributeName(f"Unknown Attribute {name}.")


# Messages ---------------------------------------------------------------------------------------------------


def number(request: Mapping[str, Any], name: str, low: int, high: int, reason: str) -> int | None:
    """A number in a range, where it is given. Raises InvalidParameterValueException."""
    value: int | None = request.get(name)
    if value is not None and not low <= value <= high:
        raise invalid(name, value, reason)
    return value


def token(name: str, value: str) -> None:
    """A group id or deduplication id (``test_message_deduplication_id_invalid``)."""
    if not _TOKEN.fullmatch(value):
        reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid(name, value, reason)


def body(text: str) -> None:
    """Raises InvalidMessageContents for characters that XML lacks."""
    if _FORBIDDEN.search(text):
        raise api.InvalidMessageContents(_FORBIDDEN_TEXT)


def message_attributes(given: Mapping[str, Mapping[str, Any]]) -> None:
    """Names, types and values of message attributes. Raises InvalidParameterValueException."""
    if len(given) > ATTRIBUTES_MAX:
        raise InvalidParameterValueException(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
        )
    for name, value in given.items():
        _attribute_name(name)
        _attribute_value(name, value)


def _attribute_name(name: str) -> None:
    if name.lower().startswith(("aws.", "amazon.")):
        raise InvalidParameterValueException(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved "
            "for internal use."
        )
    if not _ATTRIBUTE_NAME.fullmatch(name) or name[0] == "." or name[-1] == "." or ".." in name:
        raise InvalidParameterValueException(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters."
        )


def _attribute_value(name: str, value: Mapping[str, Any]) -> None:
    for key in ("StringListValues", "BinaryListValues"):
        if value.get(key):
            raise InvalidParameterValueException(
                "Message attribute list values in SendMessage operation are not supported."
            )
    kind = str(value.get("DataType", ""))
    if not kind:
        raise InvalidParameterValueException(
            f"The message attribute '{name}' must contain a non-empty message attribute type."
        )
    if not _TYPE.fullmatch(kind) or len(kind) > 256:
        raise InvalidParameterValueException(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    key = "BinaryValue" if kind.startswith("Binary") else "StringValue"
    given = value.get(key)
    if not given:
        raise InvalidParameterValueException(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{key.removesuffix('Value')}'."
        )
    if key == "StringValue" and _FORBIDDEN.search(given):
        # As of bodies, with another code (test_invalid_string_attributes_cause_invalid_parameter_value_error).
        raise InvalidParameterValueException(_FORBIDDEN_TEXT)
    if kind.startswith("Number") and not _NUMBER.fullmatch(given):
        raise InvalidParameterValueException(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def system_attributes(given: Mapping[str, Mapping[str, Any]]) -> str:
    """The trace header, the only system attribute that can be sent; empty when it is not there."""
    for name in given:
        if name != "AWSTraceHeader":
            raise InvalidParameterValueException(
                f"Message system attribute name '{name}' is invalid. The only supported name is AWSTraceHeader."
            )
    return str(given["AWSTraceHeader"].get("StringValue", "")) if given else ""


# Permissions and tags ---------------------------------------------------------------------------------------


def principals(accounts: Sequence[str]) -> None:
    """The accounts that a permission is for. Raises InvalidParameterValueException.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
    """
    if not accounts or not all(_ACCOUNT.fullmatch(account) for account in accounts):
        raise invalid("PrincipalId", f"[{', '.join(accounts)}]", "Unable to verify.")


def tag_keys(keys: Sequence[str]) -> None:
    """The keys of tags that are removed. Raises InvalidParameterValueException."""
    if not keys or not all(1 <= len(key) <= TAG_KEY_LENGTH_MAX for key in keys):
        raise InvalidParameterValueException(
            f"Tag keys must be between 1 and {TAG_KEY_LENGTH_MAX} characters in length."
        )


# Batches ----------------------------------------------------------------------------------------------------


def batch(entries: Sequence[Mapping[str, Any]], operation: str) -> None:
    """Number and ids of a batch's entries (``test_too_many_entries_in_batch_request``, ``test_invalid_batch_id``)."""
    if not entries:
        raise api.EmptyBatchRequest(f"There should be at least one {operation}RequestEntry in the request.")
    if len(entries) > BATCH_MAX:
        raise api.TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {BATCH_MAX}. You have sent {len(entries)}."
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = entry.get("Id", "")
        if not _ENTRY_ID.fullmatch(entry_id):
            raise api.InvalidBatchEntryId(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
        if entry_id in seen:
            raise api.BatchEntryIdsNotDistinct(f"Id {entry_id} repeated.")
        seen.add(entry_id)
