"""What may be published: the message, its subject, structure and attributes, checked in AWS's order and words.

Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and recorded answers of the service.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.rule_tokens import whole
from stratolite.services.sns import api, rules

_NAME = re.compile(r"[A-Za-z0-9_.-]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TYPES = ("String", "Number", "Binary")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that passed its checks."""

    text: str
    subject: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    by_protocol: Mapping[str, str] = field(default_factory=dict)
    """With MessageStructure ``json``: the text for each protocol."""
    group_id: str = ""
    """Orders the messages of FIFO topics; queues that are shared fairly tell their tenants apart by it."""
    deduplication_id: str = ""
    digest: str = ""
    """SHA-256 of what was published: the deduplication id of messages that have none."""

    def for_protocol(self, name: str) -> str:
        """The text that subscribers of a protocol receive."""
        return self.by_protocol.get(name, self.text)


def read(request: Mapping[str, Any]) -> Message:
    """The message of a Publish, or of an entry of PublishBatch. Raises InvalidParameter, ParameterValueInvalid."""
    text: str = request["Message"]
    attributes = request.get("MessageAttributes", {})
    if not text:
        raise rules.invalid("Empty message")
    if size_bytes(text, attributes) > rules.MESSAGE_BYTES_MAX:
        raise rules.invalid("Message too long")
    subject = request.get("Subject")
    if subject is not None:
        _subject(subject)
    by_protocol: Mapping[str, str] = {}
    if request.get("MessageStructure") == "json":
        by_protocol = _structure(text)
        text = by_protocol["default"]
    _attributes(attributes)
    group_id, deduplication_id = request.get("MessageGroupId", ""), request.get("MessageDeduplicationId", "")
    digest = hashlib.sha256(request["Message"].encode()).hexdigest() if group_id else ""
    return Message(text, subject, attributes, by_protocol, group_id, deduplication_id, digest)


def ordering(request: Mapping[str, Any]) -> Message:
    """What FIFO topics need of a message, before all of it is read."""
    group_id, deduplication_id = request.get("MessageGroupId", ""), request.get("MessageDeduplicationId", "")
    return Message(request["Message"], group_id=group_id, deduplication_id=deduplication_id)


def size_bytes(text: str, attributes: Mapping[str, Any]) -> int:
    """What counts against the limit: the text, and the attributes' names, types and values."""
    size = len(text.encode())
    for name, attribute in attributes.items():
        value = attribute.get("StringValue", "").encode() or attribute.get("BinaryValue", b"")
        size += len(name.encode()) + len(attribute.get("DataType", "")) + len(value)
    return size


def _subject(subject: str) -> None:
    is_printable = all(" " <= letter <= "~" for letter in subject)
    if not subject or len(subject) > rules.SUBJECT_LENGTH_MAX or not is_printable or subject[0] == " ":
        raise rules.invalid("Subject")


def _structure(text: str) -> dict[str, str]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise rules.invalid("Message Structure - JSON message body failed to parse") from error
    by_protocol = (
        {key: whole(value) for key, value in parsed.items() if isinstance(value, str)}
        if isinstance(parsed, dict)
        else {}
    )
    if "default" not in by_protocol:
        raise rules.invalid("Message Structure - No default entry in JSON message body")
    return by_protocol


def _attributes(attributes: Mapping[str, Any]) -> None:
    for name, attribute in attributes.items():
        _attribute_name(name)
        kind = attribute["DataType"]
        base = kind.partition(".")[0]
        if base not in _TYPES:
            raise api.InvalidParameterValueException(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String."
            )
        _attribute_value(name, base, attribute)


def _attribute_name(name: str) -> None:
    if not name or len(name.encode()) > rules.ATTRIBUTE_NAME_BYTES_MAX:
        raise api.InvalidParameterValueException("Length of message attribute name must be less than 256 bytes.")
    for letter in name:
        if not _NAME.match(letter):
            raise api.InvalidParameterValueException(
                f"Invalid non-alphanumeric character '#x{ord(letter):X}' was found in the message attribute name. "
                "Can only include alphanumeric characters, hyphens, underscores, or dots."
            )
    for place, found in (("starting", name[0]), ("ending", name[-1])):
        if found == ".":
            raise api.InvalidParameterValueException(
                f"Invalid message attribute name {place} with character '.' was found."
            )
    if ".." in name:
        raise api.InvalidParameterValueException("Message attribute name can not have successive '.' character.")


def _is_number(kind: str, text: str) -> bool:
    """Whether a text is a number, or, of the type ``Number.Array``, a list of them.

    Source: https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html
    """
    if _NUMBER.fullmatch(text.strip()):
        return True
    if kind != "Number.Array":
        return False
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(values, list) and all(isinstance(one, int | float) and type(one) is not bool for one in values)


def _attribute_value(name: str, base: str, attribute: Mapping[str, Any]) -> None:
    wanted, other = ("BinaryValue", "StringValue") if base == "Binary" else ("StringValue", "BinaryValue")
    if attribute.get(other) and not attribute.get(wanted):
        kind = "Binary" if base == "Binary" else "String"
        raise api.InvalidParameterValueException(
            f"The message attribute '{name}' with type '{base}' must use field '{kind}'."
        )
    value = attribute.get(wanted)
    if not value:
        raise api.InvalidParameterValueException(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{attribute['DataType']}'."
        )
    if base == "Number" and not _is_number(attribute["DataType"], value):
        raise api.InvalidParameterValueException(f"Could not cast message attribute '{name}' value to number.")
