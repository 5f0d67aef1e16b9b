"""Key templates: ``USER#{id}``, ``POST#{created}#{id}``, ``SCORE#{points:08}``.

A value is written so that no two different values give the same key, and none can reach into the next part: the
separator and ``%`` are escaped as ``%23`` and ``%25``. An empty value is refused, since ``USER#`` would be the
beginning of all. Dates and times are ISO 8601 in UTC with six decimals, so that keys sort as times do; a whole number
sorts when it has a width (``{n:08}``), and one that does not fit is refused.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from uuid import UUID

from stratolite_patterns.single_table.errors import DeclarationError, KeyRefused

PARTITION_BYTES_MAX = 2048
SORT_BYTES_MAX = 1024
_PARSE = string.Formatter().parse


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template. ``parts`` are pairs of a text and, unless it ends there, the field that follows it."""

    text: str
    separator: str
    parts: tuple[tuple[str, str | None, str], ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in order."""
        return tuple(name for _, name, _ in self.parts if name is not None)

    @property
    def shape(self) -> str:
        """The template without names: two of the same shape can make the same key."""
        return "".join(text + ("{}" if name is not None else "") for text, name, _ in self.parts)

    def fill(self, values: Mapping[str, object]) -> str:
        """The key. Raises KeyRefused for a value that cannot be in it, or is missing."""
        filled = ""
        for text, name, spec in self.parts:
            filled += text
            if name is not None:
                if name not in values:
                    raise KeyRefused(f"{self.text} needs a value for {name}")
                try:
                    filled += key_text(values[name], spec, self.separator)
                except KeyRefused as error:
                    raise KeyRefused(f"{name} in {self.text}: {error}") from None
        return filled


def parse(text: str, separator: str) -> Template:
    """Read a template. Raises DeclarationError when it is malformed, or when two of its fields could run together."""
    try:
        parts = tuple((literal, name, spec or "") for literal, name, spec, _ in _PARSE(text))
    except ValueError as error:
        raise DeclarationError(f"the key template {text!r} is malformed: {error}") from None
    if not parts:
        raise DeclarationError("a key template cannot be empty")
    for _, name, _ in parts:
        if name is not None and not name.isidentifier():
            raise DeclarationError(f"{{{name}}} in the key template {text!r} is not the name of a field")
    for place, (literal, name, _) in enumerate(parts):
        if place and name is not None and separator not in literal:
            raise DeclarationError(f"put {separator!r} before {{{name}}} in {text!r}: two fields must not run together")
    return Template(text, separator, parts)


def key_text(value: object, spec: str = "", separator: str = "#") -> str:
    """A value as part of a key. Raises KeyRefused for what has no text that is unique and sorts."""
    if type(value) is not str:
        value = _plain_text(value, spec)
    elif spec:
        raise KeyRefused(f"a text has no format {spec!r}")
    if not value:
        raise KeyRefused("an empty value would make a key that others begin with")
    if "%" in value or separator in value:
        value = value.replace("%", "%25").replace(separator, f"%{ord(separator):02X}")
    return value


def checked(key: str, bytes_max: int) -> str:
    """A key that is short enough. Raises KeyRefused."""
    if len(key) * 4 > bytes_max and len(key.encode()) > bytes_max:
        raise KeyRefused(f"a key of {len(key.encode())} bytes is longer than the {bytes_max} that DynamoDB takes")
    return key


def timestamp(moment: datetime) -> str:
    """A moment as text that sorts: ISO 8601, UTC, six decimals. Raises KeyRefused without a time zone."""
    if moment.tzinfo is None:
        raise KeyRefused("a datetime without a time zone names no moment; use datetime.now(UTC)")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain_text(value: object, spec: str) -> str:
    if isinstance(value, Enum):
        return _plain_text(value.value, spec)
    if isinstance(value, str) and not spec:
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value, spec)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(spec) if spec and value.tzinfo else timestamp(value)
    if isinstance(value, date):
        return value.strftime(spec) if spec else value.isoformat()
    if isinstance(value, UUID) and not spec:
        return str(value)
    if spec and isinstance(value, str | UUID):
        raise KeyRefused(f"a {type(value).__name__} has no format {spec!r}")
    raise KeyRefused(f"a {type(value).__name__} cannot be part of a key; use text, whole numbers, dates, times, UUIDs")


def _whole(value: int, spec: str) -> str:
    if not spec:
        return str(value)
    width = spec.lstrip("0").removesuffix("d")
    if not spec.startswith("0") or not width.isdigit():
        raise KeyRefused(f"the format of a whole number is its width, as in 08, not {spec!r}")
    text = str(value).rjust(int(width), "0")
    if value < 0 or len(text) > int(width):
        raise KeyRefused(f"{value} does not fit into {width} digits, and would not sort")
    return text
