"""A table's resource policy as it is kept: the document, and a revision that tells it from those before."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import ValidationException

POLICY_BYTES_MAX = 20 * 1024


def revised(text: str, now_ms: int, had: Mapping[str, str] | None) -> dict[str, str]:
    """A checked policy with its revision, a time in milliseconds later than that of the policy before.

    The same document keeps its revision. Raises ValidationException.
    """
    document = _document(text)
    if had is None:
        return {"Policy": text, "RevisionId": str(now_ms)}
    if document == json.loads(had["Policy"]):
        return dict(had)
    return {"Policy": text, "RevisionId": str(max(now_ms, int(had["RevisionId"]) + 1))}


def _document(text: str) -> Any:
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise ValidationException(f"Invalid policy document: it has more than {POLICY_BYTES_MAX} bytes")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise ValidationException("Invalid policy document: it is not a JSON object with a Statement")
    return document
