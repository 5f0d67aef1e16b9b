"""Values as JavaScript has them: one kind of number, its text, its dates, its order of keys.

The Serverless Framework reads a file into JavaScript's values before it compiles anything, and templates show it:
``1.50`` becomes ``"1.5"``, an unquoted ``2012-10-17`` a time stamp, and keys that are numbers come first.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

EXACT_MAX = 2**53
"""Up to here every integer is a number of JavaScript's; beyond, digits are lost."""

_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,9})$")
_INDEX_MAX = 2**32 - 2
_NUMERAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)$")
_BASED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)$")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})$")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?"
    r"(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?$"
)


def number(value: float) -> int | float:
    """A number as JSON would write it: whole ones without a fraction, large ones with the digits that are kept."""
    if isinstance(value, int) and -EXACT_MAX <= value <= EXACT_MAX:
        return value
    try:
        value = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    if not value.is_integer() or abs(value) >= 1e21:
        return value
    return int(value) if abs(value) <= EXACT_MAX else int(Decimal(repr(value)))


def numeral(text: str) -> int | float | None:
    """What ``Number(text)`` gives; None where that is not a number. An empty text is 0."""
    text = text.strip()
    if not text:
        return 0
    if _BASED.match(text):
        return number(int(text, 0))
    if _NUMERAL.match(text):
        return number(float(text))
    return {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}.get(text)


def text_of(value: float | bool | str) -> str:
    """What ``String(value)`` gives."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    value = number(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f")
    digits, _, exponent = repr(value).partition("e")
    sign, size = exponent[0], exponent[1:].lstrip("0")
    return f"{digits.removesuffix('.0')}e{sign}{size}"


def ordered(keys: Iterable[str]) -> list[str]:
    """Keys in the order in which an object gives them: those that are indexes first, by size."""
    keys = list(keys)
    if not any(key[:1].isdigit() for key in keys):
        return keys
    indexes = [key for key in keys if _INDEX.match(key) and int(key) <= _INDEX_MAX]
    first = set(indexes)
    return sorted(indexes, key=int) + [key for key in keys if key not in first]


def timestamp(text: str) -> str | None:
    """A date of YAML's as ``JSON.stringify`` writes it (``2012-10-17T00:00:00.000Z``); None where it is no date."""
    date = _DATE.match(text)
    if date is not None:
        return _stamp(int(date[1]), int(date[2]), int(date[3]), timedelta())
    time = _TIME.match(text)
    if time is None:
        return None
    fraction_ms = int((time[7] or "")[:3].ljust(3, "0"))
    clock = timedelta(hours=int(time[4]), minutes=int(time[5]), seconds=int(time[6]), milliseconds=fraction_ms)
    zone = timedelta(hours=int(time[10]), minutes=int(time[11] or 0)) if time[9] else timedelta()
    return _stamp(int(time[1]), int(time[2]), int(time[3]), clock + (zone if time[9] == "-" else -zone))


def _stamp(year: int, month: int, day: int, after: timedelta) -> str | None:
    # Date.UTC carries what is too large over into the next unit, and reads years before 100 as 19xx.
    year = year + 1900 if year < 100 else year
    try:
        moment = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC) + timedelta(day - 1) + after
    except (OverflowError, ValueError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z".rjust(24, "0")


def truthy(value: object) -> bool:
    """Whether ``if (value)`` takes the branch: an empty list or map is true, an empty text and NaN are not."""
    if isinstance(value, Mapping | list | tuple):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def json_text(value: object) -> str:
    """What ``JSON.stringify(value)`` gives."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json_text(key)}:{json_text(value[key])}" for key in ordered(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(json_text(each) for each in value) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return text_of(value) if math.isfinite(value) else "null"
    return json.dumps(value, ensure_ascii=False)


def coerced(value: object) -> str | None:
    """What ``"" + value`` gives: elements of a list joined by commas; None for maps and null, which have no text."""
    if value is None or isinstance(value, Mapping):
        return None
    if isinstance(value, list | tuple):
        return ",".join("" if each is None else coerced(each) or "[object Object]" for each in value)
    assert isinstance(value, str | bool | int | float)
    return text_of(value)
