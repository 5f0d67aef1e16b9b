"""Values taken for what is wanted, as the validator ajv takes them for the Serverless Framework.

With ``coerceTypes: "array"``, ``"10"`` is a number where one is wanted, ``s3:*`` a list of one text, a list of one its
element. Nothing is taken for a map.
Follows https://ajv.js.org/coercion.html
"""

import math
from collections.abc import Callable
from typing import Any

from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.javascript import numeral, text_of

_MISSING = object()


class Cell:
    """A value where it stands, so that it can be replaced by what it is taken for."""

    __slots__ = ("_holder", "_key", "value")

    def __init__(self, holder: Any, key: Any) -> None:
        self._holder = holder
        self._key = key
        self.value = holder[key]

    def assign(self, value: Any) -> None:
        self.value = value
        self._holder[self._key] = value

    def alone(self, value: Any) -> "List":
        """A list of one value, with the value's position."""
        mark = mark_of(self._holder, self._key)
        row = List(mark)
        row.put(value, mark)
        return row


def coerce(kind: str, cell: Cell) -> bool:
    """Replace a value by what it is taken for; False where it is taken for nothing of that kind."""
    if is_of(kind, cell.value):
        return True
    if isinstance(cell.value, List) and len(cell.value) == 1:
        # A list of one is its element from here on, for all further choices too.
        cell.value = cell.value[0]
        if is_of(kind, cell.value):
            cell.assign(cell.value)
            return True
    value = _COERCIONS[kind](cell)
    if value is _MISSING:
        return False
    cell.assign(value)
    return True


def is_of(kind: str, value: Any) -> bool:
    """Whether a value is of a kind of JSON Schema: ``string number integer boolean array object``."""
    if kind == "object":
        return isinstance(value, Map)
    if kind == "array":
        return isinstance(value, List)
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and (kind == "number" or float(value).is_integer())


def _to_text(cell: Cell) -> Any:
    if cell.value is None:
        return ""
    return text_of(cell.value) if isinstance(cell.value, bool | int | float) else _MISSING


def _to_number(cell: Cell) -> Any:
    value = cell.value
    if value is None or isinstance(value, bool):
        return int(bool(value))
    number = numeral(value) if isinstance(value, str) and value else None
    return _MISSING if number is None else number


def _to_integer(cell: Cell) -> Any:
    number = _to_number(cell)
    return number if number is not _MISSING and float(number).is_integer() else _MISSING


def _to_boolean(cell: Cell) -> Any:
    value = cell.value
    if value is None or value == "false" or (value == 0 and not isinstance(value, bool | str)):
        return False
    return True if value == "true" or value == 1 else _MISSING


def _to_list(cell: Cell) -> Any:
    return _MISSING if isinstance(cell.value, Map | List) else cell.alone(cell.value)


_COERCIONS: dict[str, Callable[[Cell], Any]] = {
    "string": _to_text,
    "number": _to_number,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "array": _to_list,
}
