"""Which secrets a list keeps: filters of ListSecrets and BatchGetSecretValue, all of which must fit.

A value fits by its beginning, ``!`` before it turns that round; names keep their case, the rest does not.
Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratolite.services.secretsmanager.domain import Secret

_TEXTS: Mapping[str, Callable[[Secret], list[str]]] = {
    "name": lambda secret: [secret.name],
    "description": lambda secret: [secret.description, *secret.description.split()],
    "tag-key": lambda secret: list(secret.tags or ()),
    "tag-value": lambda secret: list((secret.tags or {}).values()),
    "primary-region": lambda secret: [],
    "owning-service": lambda secret: [],
    "all": lambda secret: [
        secret.name,
        *secret.name.split("/"),
        secret.description,
        *secret.description.split(),
        *(secret.tags or {}),
        *(secret.tags or {}).values(),
    ],
}


def fits(secret: Secret, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a secret is kept."""
    return all(_fits(secret, one.get("Key", "all"), one.get("Values", [])) for one in filters)


def _fits(secret: Secret, key: str, values: Sequence[str]) -> bool:
    is_exact = key in ("name", "tag-key", "tag-value")
    texts = _TEXTS[key](secret)
    if not is_exact:
        texts = [text.lower() for text in texts]

    def begins(value: str) -> bool:
        wanted = value if is_exact else value.lower()
        return any(text.startswith(wanted) for text in texts)

    return any(not begins(value[1:]) if value.startswith("!") else begins(value) for value in values)
