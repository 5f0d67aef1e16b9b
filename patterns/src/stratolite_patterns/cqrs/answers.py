"""Results as JSON, and answers for API Gateway."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from stratolite_patterns.cqrs.errors import InvalidMessage


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with a status or headers of its own: ``Answer(user, 201, {"location": "/users/ada"})``."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def to_json(value: object) -> str:
    """A result as JSON: dataclasses, models, times (ISO 8601), Decimal, enums, UUIDs, sets, bytes (base64)."""
    return _ENCODE(value)


def value(result: object) -> Any:
    """A result as Lambda can hand it on: JSON's own values. Of an Answer, its body."""
    return json.loads(_ENCODE(result.body if isinstance(result, Answer) else result))


def http(result: Any, status: int | None = None) -> dict[str, Any]:
    """A result as the answer that REST and HTTP APIs expect; 204 without a body for None."""
    headers: dict[str, str] = {}
    if isinstance(result, Answer):
        result, status, headers = result.body, result.status, dict(result.headers)
    if result is None:
        return {"statusCode": status or 204, "headers": headers, "body": ""}
    headers = {"content-type": "application/json", **headers}
    return {"statusCode": status or 200, "headers": headers, "body": _ENCODE(result)}


def refusal(error: Exception, status: int) -> dict[str, Any]:
    """An error as an answer: its name, its text, and the fields that are wrong."""
    text = getattr(error, "public", None) or str(error)
    body: dict[str, Any] = {"error": type(error).__name__, "message": text}
    if isinstance(error, InvalidMessage):
        body["message"] = "the request is not valid"
        body["errors"] = [{"pointer": pointer, "message": text} for pointer, text in error.errors]
    return http(Answer(body, status))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        from base64 import b64encode

        return b64encode(value).decode()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "__struct_fields__"):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if isinstance(value, Iterator):
        return list(value)
    raise TypeError(f"a {type(value).__name__} cannot be answered: it has no JSON")


def _number(value: Decimal) -> Any:
    """A number where JSON's readers get it back exactly, else a text."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and value.adjusted() < 16:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


_ENCODE = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
