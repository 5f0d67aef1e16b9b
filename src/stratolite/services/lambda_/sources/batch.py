"""What one execution of a function with a batch came to, and which records it names as failed. Pure."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Answer:
    """An execution's outcome. ``error`` is empty, ``Handled`` or ``Unhandled``."""

    request_id: str
    payload: bytes = b"null"
    error: str = ""
    executed_version: str = "$LATEST"
    trace_id: str = ""
    """The trace header that the function was given."""


def failed_identifiers(payload: bytes) -> list[str] | None:
    """What an answer names under ``batchItemFailures``; None when it is malformed, which fails the whole batch.

    An answer that speaks of no failures (null, an empty text, list or object) names none. Source:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (Success and failure conditions)
    """
    try:
        response = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    failures = response.get("batchItemFailures") if isinstance(response, dict) else None
    if failures is None:
        return []
    if not isinstance(failures, list):
        return None
    named = []
    for failure in failures:
        name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(name, str) or not name:
            return None
        named.append(name)
    return named
