"""The policy of a form: until when it may be sent, and what its fields may say.

The signature is not checked, as for every request. Source:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html and recorded answers
(TestS3PresignedPost).
"""

import re
from collections.abc import Mapping

from stratolite.services.s3 import api, post_document, rules
from stratolite.services.s3.post_document import EQUAL, SIZE, Condition

_VERSION_4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_ALGORITHM = "AWS4-HMAC-SHA256"
_DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_CREDENTIAL_FORM = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
_CREDENTIAL_SEPARATORS = 4
_VERSION_2 = ("AWSAccessKeyId", "Signature")
_NEEDS_NO_CONDITION = frozenset({"policy", "signature", "x-amz-signature", "awsaccesskeyid", "file"})
_IGNORED_PREFIX = "x-ignore-"
_CONTENT_TYPE = "$content-type"


class Policy:
    """A policy that is in force."""

    def __init__(self, conditions: list[Condition]) -> None:
        self._of_size = [each for each in conditions if each.operation == SIZE]
        self._of_fields = [each for each in conditions if each.operation != SIZE]

    def check_fields(self, fields: Mapping[str, str], bucket: str) -> None:
        """Raises AccessDenied for a field that is against the policy, or that it does not name, as it has to name the
        bucket too."""
        values = {**fields, "bucket": bucket}
        for condition in self._of_fields:
            if not _holds(condition, values):
                raise _failed(condition)
        named = {condition.first.lower().removeprefix("$") for condition in self._of_fields}
        extra = [
            name
            for name in values
            if name not in named and name not in _NEEDS_NO_CONDITION and not name.startswith(_IGNORED_PREFIX)
        ]
        if extra:
            raise api.AccessDenied(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")

    def check_size(self, size_bytes: int) -> None:
        """Raises AccessDenied, EntityTooSmall, EntityTooLarge."""
        for condition in self._of_size:
            low, high = _whole(condition.first), _whole(condition.second)
            if low is None or high is None:
                raise _failed(condition)
            if size_bytes < low:
                raise api.EntityTooSmall(ProposedSize=size_bytes, MinSizeAllowed=low)
            if size_bytes > high:
                raise api.EntityTooLarge(ProposedSize=size_bytes, MaxSizeAllowed=high)


def of_form(fields: Mapping[str, str], now_ms: int) -> Policy | None:
    """The policy of a form; None for a form of nobody's.

    Raises AccessDenied, InvalidArgument, InvalidPolicyDocument.
    """
    text = fields.get("policy")
    is_signed = any(name.lower() in fields for name in (*_VERSION_2, *_VERSION_4))
    if text is None:
        if is_signed:
            raise missing("policy")
        return None
    if not is_signed:
        raise api.AccessDenied
    _check_signature(fields)
    document = post_document.read(text)
    if now_ms >= document.ends_s * 1000:
        raise api.AccessDenied("Invalid according to Policy: Policy expired.")
    return Policy(document.conditions)


def _check_signature(fields: Mapping[str, str]) -> None:
    """Raises InvalidArgument for half a signature, or for one of another form; whether it is right is not asked."""
    is_version_2 = any(name.lower() in fields for name in _VERSION_2)
    for name in _VERSION_2 if is_version_2 else _VERSION_4:
        if name.lower() not in fields:
            raise missing(name)
    if is_version_2:
        return
    algorithm, date = fields["x-amz-algorithm"], fields["x-amz-date"]
    if algorithm != _ALGORITHM:
        raise rules.invalid(f"Only {_ALGORITHM} is supported", "X-Amz-Algorithm", algorithm)
    if not _DATE.fullmatch(date):
        raise rules.invalid("X-Amz-Date must be formated via ISO8601 Long format", "X-Amz-Date", date)
    if fields["x-amz-credential"].count("/") < _CREDENTIAL_SEPARATORS:
        raise api.InvalidArgument(_CREDENTIAL_FORM)


def missing(name: str) -> api.InvalidArgument:
    """What is said of a form that lacks a field."""
    text = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return rules.invalid(text, name, "")


def _holds(condition: Condition, values: Mapping[str, str]) -> bool:
    field = condition.first.lower()
    value = values.get(field.removeprefix("$"))
    if value is None or not field.startswith("$"):
        return False
    if condition.operation == EQUAL:
        return bool(value == condition.second)
    # What is said of a content type is said of each in a list of them.
    texts = value.split(",") if field == _CONTENT_TYPE else [value]
    return all(text.strip().startswith(condition.second) for text in texts)


def _whole(bound: str | float) -> int | None:
    try:
        return int(bound)
    except (OverflowError, ValueError):
        return None


def _failed(condition: Condition) -> api.AccessDenied:
    return api.AccessDenied(f"Invalid according to Policy: Policy Condition failed: {condition.text}")
