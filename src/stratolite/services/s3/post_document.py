"""The document of a form's policy, read as strictly as AWS does: when it ends, and its conditions.

Sans I/O. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html; the texts are as
AWS says them (recorded where a test says so).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stratolite.core.errors import AwsError
from stratolite.protocol import timestamps

EQUAL = "eq"
PREFIX = "starts-with"
SIZE = "content-length-range"
_ARGUMENTS = 2
"""What every operation takes."""


class InvalidPolicyDocument(AwsError):
    """The policy does not have the form of one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What one condition says: an operation, and its two arguments as they stand in the document."""

    operation: str
    first: Any
    """The field with its ``$``, or the least size."""
    second: Any
    """Its value or the beginning of it, or the greatest size."""
    text: str
    """How AWS shows it: a list as it stands in the document."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a policy says."""

    ends_s: float
    conditions: list[Condition]


def read(text: str) -> Document:
    """The document of a form's field. Raises InvalidPolicyDocument."""
    members = _members(text)
    for name in members:
        if name not in ("expiration", "conditions"):
            raise _invalid(f"Unexpected: '{name.lower()}'")
    return Document(_ends_s(members), _conditions(members))


def _members(text: str) -> dict[str, msgspec.Raw]:
    """By name, as it is written."""
    if not text:
        raise _invalid("Expecting '{' but found End-of-Input")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("invalid Base64 encoding.") from error
    members: dict[str, msgspec.Raw] = _decoded(raw, dict[str, msgspec.Raw])
    return members


def _ends_s(members: Mapping[str, msgspec.Raw]) -> float:
    if "expiration" not in members:
        raise _invalid("Policy missing expiration.")
    said = _decoded(members["expiration"], str)
    try:
        return timestamps.parse(said)
    except ValueError as error:
        raise _invalid(f"Invalid 'expiration' value: '{said}'") from error


def _conditions(members: Mapping[str, msgspec.Raw]) -> list[Condition]:
    if "conditions" not in members:
        raise _invalid("Policy missing conditions.")
    if not isinstance(_decoded(members["conditions"]), list):
        raise _invalid("Invalid 'conditions' value: must be a List.")
    return [_condition(each) for each in _decoded(members["conditions"], list[msgspec.Raw])]


def _condition(raw: msgspec.Raw) -> Condition:
    said = _decoded(raw)
    if isinstance(said, dict):
        return _simple(said)
    if not isinstance(said, list):
        raise _invalid("Invalid condition test: must be a List or Object.")
    if not said:
        raise _invalid("Invalid Condition: missing operation identifier.")
    operation, *arguments = said
    if not isinstance(operation, str):
        raise _invalid("Invalid JSON.")
    operation = operation.lower()
    if operation not in (EQUAL, PREFIX, SIZE):
        raise _invalid(f"Invalid Condition: unknown operation '{operation}'.")
    if len(arguments) != _ARGUMENTS:
        raise _invalid(f"Invalid {operation}: wrong number of arguments.")
    # Numbers may be texts; a text that is no number fails the condition, and does not spoil the document.
    kinds = (str, int, float) if operation == SIZE else str
    if any(isinstance(each, bool) or not isinstance(each, kinds) for each in arguments):
        raise _invalid("Invalid JSON.")
    first, second = arguments
    return Condition(operation, first, second, bytes(raw).decode())


def _simple(said: Mapping[str, Any]) -> Condition:
    """``{"name": "value"}``, which says that they are equal."""
    if len(said) != 1:
        raise _invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
    ((name, value),) = said.items()
    if not isinstance(value, str):
        raise _invalid("Invalid Simple-Condition: value must be a string.")
    return Condition(EQUAL, f"${name}", value, json.dumps([EQUAL, f"${name}", value], ensure_ascii=False))


def _decoded(raw: bytes | msgspec.Raw, kind: Any = Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _invalid("Invalid JSON.") from error


def _invalid(text: str) -> InvalidPolicyDocument:
    return InvalidPolicyDocument(f"Invalid Policy: {text}")
