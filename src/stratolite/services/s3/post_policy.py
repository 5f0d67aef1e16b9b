"""The policy of a form: until when it may be sent, and what its fields may say.

The signature is not checked, as for every request. Source:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html and recorded answers
(TestS3PresignedPost).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.protocol import timestamps
from stratolite.services.s3 import api, rules

_VERSION_4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_VERSION_2 = ("AWSAccessKeyId", "Signature")
_NEEDS_NO_CONDITION = frozenset({"policy", "signature", "x-amz-signature", "awsaccesskeyid", "file"})
_IGNORED_PREFIX = "x-ignore-"
_RANGE = "content-length-range"
_CONTENT_TYPE = "$content-type"


class InvalidPolicyDocument(AwsError):
    """The policy does not have the form of one."""


class Policy:
    """A policy that is in force."""

    def __init__(self, conditions: list[Any]) -> None:
        self._conditions = conditions

    def check_fields(self, fields: Mapping[str, str], bucket: str) -> None:
        """Raises AccessDenied for a field that is against the policy, or that it does not name, as it has to name the
        bucket too."""
        values = {**fields, "bucket": bucket}
        named = set()
        for condition in self._conditions:
            if isinstance(condition, dict):
                ((name, wanted),) = condition.items()
                kind, field = "eq", f"${name}"
            elif isinstance(condition, list) and len(condition) == 3:
                kind, field, wanted = condition[0], condition[1], condition[2]
            else:
                raise InvalidPolicyDocument("Invalid Policy: Invalid JSON.")
            if str(kind).lower() == _RANGE:
                continue
            named.add(str(field).lower().removeprefix("$"))
            if not _holds(str(kind), str(field), wanted, values):
                raise _failed([kind, field, wanted])
        extra = [
            name
            for name in values
            if name not in named and name not in _NEEDS_NO_CONDITION and not name.startswith(_IGNORED_PREFIX)
        ]
        if extra:
            raise api.AccessDenied(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")

    def check_size(self, size_bytes: int) -> None:
        """Raises EntityTooSmall, EntityTooLarge."""
        for condition in self._conditions:
            if isinstance(condition, list) and str(condition[0]).lower() == _RANGE:
                low, high = (_whole(bound) for bound in condition[1:])
                if low is None or high is None:
                    raise _failed([_RANGE, *(str(bound) for bound in condition[1:])])
                if size_bytes < low:
                    raise api.EntityTooSmall(ProposedSize=size_bytes, MinSizeAllowed=low)
                if size_bytes > high:
                    raise api.EntityTooLarge(ProposedSize=size_bytes, MaxSizeAllowed=high)


def of_form(fields: Mapping[str, str], now_ms: int) -> Policy | None:
    """The policy of a form; None for a form of nobody's.

    Raises AccessDenied, InvalidArgument, InvalidPolicyDocument.
    """
    text = fields.get("policy")
    if text is None:
        return None
    _check_signed(fields)
    try:
        document = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise InvalidPolicyDocument("Invalid Policy: Invalid JSON.") from error
    if not isinstance(document, dict) or not isinstance(document.get("conditions"), list):
        raise InvalidPolicyDocument("Invalid Policy: Invalid JSON.")
    if "expiration" not in document:
        raise InvalidPolicyDocument("Invalid Policy: Policy missing expiration.")
    try:
        ends_s = timestamps.parse(str(document["expiration"]))
    except ValueError as error:
        text = f"Invalid Policy: Invalid 'expiration' value: '{document['expiration']}'"
        raise InvalidPolicyDocument(text) from error
    if now_ms >= ends_s * 1000:
        raise api.AccessDenied("Invalid according to Policy: Policy expired.")
    for condition in document["conditions"]:
        if isinstance(condition, dict) and len(condition) != 1:
            raise InvalidPolicyDocument(
                "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            )
    return Policy(document["conditions"])


def _check_signed(fields: Mapping[str, str]) -> None:
    """Raises AccessDenied for a policy that nobody signed, InvalidArgument for half a signature."""
    is_version_2 = any(name.lower() in fields for name in _VERSION_2)
    if not is_version_2 and not any(name.lower() in fields for name in _VERSION_4):
        raise api.AccessDenied
    for name in _VERSION_2 if is_version_2 else _VERSION_4:
        if name.lower() not in fields:
            raise missing(name)


def missing(name: str) -> api.InvalidArgument:
    """What is said of a form that lacks a field."""
    text = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return rules.invalid(text, name, "")


def _holds(kind: str, field: str, wanted: Any, values: Mapping[str, str]) -> bool:
    if not field.startswith("$"):
        return False
    value = values.get(field[1:].lower())
    kind = kind.lower()
    if kind == "eq":
        return value is not None and value == wanted
    if kind == "starts-with" and value is not None and isinstance(wanted, str):
        # What is said of a content type is said of each in a list of them.
        texts = value.split(",") if field.lower() == _CONTENT_TYPE else [value]
        return all(text.strip().startswith(wanted) for text in texts)
    return False


def _whole(bound: Any) -> int | None:
    try:
        return int(bound)
    except (TypeError, ValueError):
        return None


def _failed(condition: list[Any]) -> api.AccessDenied:
    return api.AccessDenied(f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}")
