"""The envelope of an event: what every consumer may rely on, whatever the transport.

As JSON: ``{"id", "type", "time", "version", "data"}`` and, when known, ``"source"``, ``"correlationId"`` and
``"causationId"``. ``time`` is ISO 8601 in UTC with milliseconds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeGuard
from uuid import UUID, uuid4

REQUIRED = ("id", "type", "time", "version", "data")
EXPONENT_MAX = 307
"""Of a Decimal: what is larger is no double."""
TYPE_LENGTH_MAX = 128
"""EventBridge takes no longer DetailType."""


class MalformedEvent(ValueError):
    """What was received or given is no event. The text names the field."""


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. ``data`` is a JSON object.

    ``version`` is that of the data's shape, and goes up when a consumer of the old shape would break.
    ``correlation_id`` is shared by all that one request set off; ``causation_id`` is the id of the event that led to
    this one.

    Raises MalformedEvent for a type that is empty or longer than 128 characters, a version below 1, or a time without
    a zone.
    """

    type: str
    data: Mapping[str, Any]
    version: int = 1
    source: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    time: datetime = field(default_factory=_now)

    def __post_init__(self) -> None:
        if not isinstance(self.type, str) or not 0 < len(self.type) <= TYPE_LENGTH_MAX:
            raise MalformedEvent(f"type: 1 to {TYPE_LENGTH_MAX} characters are needed")
        if type(self.version) is not int or self.version < 1:
            raise MalformedEvent("version: a whole number from 1 is needed")
        if not isinstance(self.id, str) or not self.id:
            raise MalformedEvent("id: a text that is not empty is needed")
        if not isinstance(self.time, datetime) or self.time.tzinfo is None:
            raise MalformedEvent("time: a time with a zone is needed")
        if not isinstance(self.data, Mapping):
            raise MalformedEvent("data: a JSON object is needed")

    def caused(self, type: str, data: Mapping[str, Any], *, version: int = 1, source: str | None = None) -> "Event":
        """An event that this one led to: of the same correlation, with this one as its cause."""
        return Event(
            type=type,
            data=data,
            version=version,
            source=source or self.source,
            correlation_id=self.correlation_id or self.id,
            causation_id=self.id,
        )

    def to_dict(self) -> dict[str, Any]:
        """The envelope as a JSON object; ``data`` is the mapping itself."""
        shown: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": self.version,
        }
        if self.source is not None:
            shown["source"] = self.source
        if self.correlation_id is not None:
            shown["correlationId"] = self.correlation_id
        if self.causation_id is not None:
            shown["causationId"] = self.causation_id
        shown["data"] = self.data
        return shown

    def to_json(self) -> str:
        """The envelope as text. Decimals, datetimes, UUIDs, enums, sets and dataclasses within the data become JSON.

        Raises MalformedEvent for what JSON cannot say: NaN, infinities, bytes, Decimals that a double would round,
        halves of surrogate pairs.
        """
        try:
            text = json.dumps(self.to_dict(), default=_json, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
            if not text.isascii():
                text.encode()
            return text
        except (TypeError, ValueError) as error:
            raise MalformedEvent(f"data: {error}") from error


def is_envelope(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value has an envelope's five fields."""
    return isinstance(value, dict) and all(name in value for name in REQUIRED)


def event_of(envelope: Mapping[str, Any]) -> Event:
    """The event of a decoded envelope. Raises MalformedEvent, naming the first field that is missing or wrong."""
    for name in REQUIRED:
        if name not in envelope:
            raise MalformedEvent(f"{name}: missing")
    for name in ("source", "correlationId", "causationId"):
        if not isinstance(envelope.get(name), str | None):
            raise MalformedEvent(f"{name}: a text is needed")
    return Event(
        id=envelope["id"],
        type=envelope["type"],
        time=time_of(envelope["time"]),
        version=envelope["version"],
        source=envelope.get("source"),
        correlation_id=envelope.get("correlationId"),
        causation_id=envelope.get("causationId"),
        data=envelope["data"],
    )


def time_of(text: Any) -> datetime:
    """A time of ISO 8601 with a zone. Raises MalformedEvent."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise MalformedEvent("time: ISO 8601 is needed") from None
    if time.tzinfo is None:
        raise MalformedEvent("time: a time with a zone is needed")
    return time


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _number(value: Decimal) -> int | float:
    """A Decimal as JSON's number, exactly: JSON numbers are doubles to almost every reader."""
    if not value.is_finite() or value.adjusted() > EXPONENT_MAX:
        raise ValueError(f"{value} has no JSON form")
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise ValueError(f"the Decimal {value} would be rounded as a JSON number; send it as a text")
    return near
