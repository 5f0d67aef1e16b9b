"""Which secrets a list keeps: filters of ListSecrets and BatchGetSecretValue, all of which must fit.

Names, and keys and values of tags, fit by their beginning and keep their case. Descriptions, and ``all`` that is known
of a secret, fit when each word of a value begins one of their words, in any case. ``!`` before a value turns it round.

Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html, and for what a word is the tests
of https://github.com/getmoto/moto (tests/test_secretsmanager/test_list_secrets.py), which were verified against AWS.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from stratolite.services.secretsmanager import api
from stratolite.services.secretsmanager.domain import Secret

_TEXTS: Mapping[str, Callable[[Secret], list[str]]] = {
    "name": lambda secret: [secret.name],
    "description": lambda secret: [secret.description],
    "tag-key": lambda secret: list(secret.tags or ()),
    "tag-value": lambda secret: list((secret.tags or {}).values()),
    "primary-region": lambda secret: [],
    "owning-service": lambda secret: [],
    "all": lambda secret: [
        secret.name,
        secret.description,
        *(secret.tags or {}),
        *(secret.tags or {}).values(),
    ],
}
_OF_WORDS = ("description", "all")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^\W_]+")
"""``AppBeta`` is two words, as is ``COMPANYthings``: ``COMPAN`` and ``Ythings``."""


def check(filters: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidParameterException for a filter without a key, or without values."""
    for one in filters:
        if "Key" not in one:
            raise api.InvalidParameterException("Invalid filter key")
        if not one.get("Values"):
            raise api.InvalidParameterException(f"Invalid filter values for key: {one['Key']}")


def fits(secret: Secret, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a secret is kept."""
    return all(_fits(secret, one["Key"], one["Values"]) for one in filters)


def _fits(secret: Secret, key: str, values: Sequence[str]) -> bool:
    texts = _TEXTS[key](secret)
    if key in _OF_WORDS:
        known = _words(texts)

        def found(value: str) -> bool:
            wanted = _words([value])
            return bool(wanted) and all(any(one.startswith(word) for one in known) for word in wanted)

    else:

        def found(value: str) -> bool:
            return any(text.startswith(value) for text in texts)

    return any(not found(value[1:]) if value.startswith("!") else found(value) for value in values)


def _words(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in _WORD.findall(text)}
