"""Tags of requests, checked. Raises ValidationException with DynamoDB's texts."""

from collections.abc import Sequence

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import api, rules

KEY_CHARS_MAX = 128
VALUE_CHARS_MAX = 256
_MARKS = frozenset("+-=._:/@")
"""What tags may hold beside letters, digits and spaces of any script."""


def check(tags: Sequence[api.Tag]) -> None:
    """Check tags by themselves and their number."""
    seen: set[str] = set()
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value")
        _check_key(key)
        if value is None or len(value) > VALUE_CHARS_MAX or not _is_plain(value):
            raise ValidationException(f"The Tag Value provided is invalid, Value: {_shown(value)}")
        if key in seen:
            raise ValidationException(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        seen.add(str(key))
    check_number(len(tags))


def check_keys(keys: Sequence[str]) -> None:
    """Check the keys of tags that are to go."""
    for key in keys:
        _check_key(key)
    check_number(len(keys))


def check_number(number: int) -> None:
    """Refuse more tags than a table may have."""
    if number > rules.TAGS_MAX:
        raise ValidationException("Number of Tags exceed the current limit for the provided ResourceArn")


def _check_key(key: str | None) -> None:
    if not key or len(key) > KEY_CHARS_MAX or not _is_plain(key):
        raise ValidationException(f"The Tag Key provided is invalid, Key: {_shown(key)}")
    if key.startswith("aws:"):
        raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def _is_plain(text: str) -> bool:
    return all(each.isalnum() or each.isspace() or each in _MARKS for each in text)


def _shown(text: str | None) -> str:
    return "null" if text is None else text
