"""Attribute values in their wire form: ``{"S": "text"}``, ``{"N": "1.5"}``, ``{"L": [...]}`` and so on.

Values are checked, measured and brought into canonical form in one walk (numbers lose superfluous zeros), because this
is where most of a write's time goes: about 0.4 microseconds a scalar attribute. Everything past this walk may rely on
the form. The protocol layer hands attribute values over as they stand in the JSON body, so their wire types are checked
here too; it finds the words for a wrong one itself (``Codec.check_opaque``).

Sizes follow https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stratolite.core.errors import SerializationException, ValidationException
from stratolite.services.dynamodb import numbers

Value = dict[str, Any]
"""One attribute value, wire form."""
Item = dict[str, Value]

NESTING_MAX = 32
ITEM_BYTES_MAX = 400 * 1024
NAME_BYTES_MAX = 65535

_INVALID = "One or more parameter values were invalid: "
_FLAGS = {"TRUE": True, "YES": True, "1": True, "FALSE": False, "NO": False, "0": False}
_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
MISSHAPEN = frozenset((_EMPTY, _SEVERAL))
"""What is said of what is no attribute value at all."""
NAME_TOO_LARGE = f"Attribute name is too large, must be less than {NAME_BYTES_MAX + 1} bytes"


def text_bytes(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def check_item(item: Mapping[str, Any]) -> int:
    """Check every attribute and make it canonical in place; the size in bytes.

    Raises ValidationException, or SerializationException for a wrong wire type.
    """
    size = 0
    for name, value in item.items():
        if not name:
            raise ValidationException("Empty attribute name")
        size += len(name) if name.isascii() else len(name.encode())
        size += check_value(value)
    if size > NAME_BYTES_MAX:
        check_names(item)
    return size


def check_names(names: Iterable[str]) -> None:
    """Refuse names that are longer than any attribute's."""
    for name in names:
        if text_bytes(name) > NAME_BYTES_MAX:
            raise ValidationException(_INVALID + NAME_TOO_LARGE)


def check_value(value: Any, depth: int = 0) -> int:
    """Check one attribute value and make it canonical in place; its size in bytes (without a name)."""
    if type(value) is dict and len(value) == 1:
        for kind in value:
            inner = value[kind]
            if kind == "S" and type(inner) is str:
                return len(inner) if inner.isascii() else len(inner.encode())
            if inner is not None and kind in _CHECKS:
                return _CHECKS[kind](value, inner, depth)
    return _check_unusual(value, depth)


def _check_unusual(value: Any, depth: int) -> int:
    """Values with no type, several types, or members that the model does not know (those are ignored)."""
    if type(value) is not dict:
        raise SerializationException()
    known = [(kind, inner) for kind, inner in value.items() if inner is not None and kind in _CHECKS]
    if len(known) != len(value):
        value.clear()
        value.update(known)
    if not known:
        raise ValidationException(_EMPTY)
    size = 0
    for kind, inner in known:
        size += _CHECKS[kind](value, inner, depth)
    if len(known) > 1:
        raise ValidationException(_SEVERAL)
    return size


def _string(_value: Value, inner: Any, _depth: int) -> int:
    return text_bytes(_text(inner))


def _number(value: Value, inner: Any, _depth: int) -> int:
    text = numbers.canonical(_text(inner))
    value["N"] = text
    return numbers.size_bytes(text)


def _binary(_value: Value, inner: Any, _depth: int) -> int:
    return len(_decode(inner))


def _null(value: Value, inner: Any, _depth: int) -> int:
    if not _flag(value, "NULL", inner):
        raise ValidationException(_INVALID + "Null attribute value types must have the value of true")
    return 1


def _boolean(value: Value, inner: Any, _depth: int) -> int:
    _flag(value, "BOOL", inner)
    return 1


def _string_set(_value: Value, inner: Any, _depth: int) -> int:
    members = [_text(member) for member in _list(inner)]
    if not members:
        raise ValidationException(_INVALID + "An string set  may not be empty")
    if len(set(members)) != len(members):
        raise ValidationException(f"{_INVALID}Input collection [{', '.join(members)}] contains duplicates.")
    return sum(map(text_bytes, members))


def _number_set(value: Value, inner: Any, _depth: int) -> int:
    members = [_text(member) for member in _list(inner)]
    if not members:
        raise ValidationException(_INVALID + "An number set  may not be empty")
    members = [numbers.canonical(member) for member in members]
    if len(set(members)) != len(members):
        raise ValidationException("Input collection contains duplicates")
    value["NS"] = members
    return sum(map(numbers.size_bytes, members))


def _binary_set(_value: Value, inner: Any, _depth: int) -> int:
    members = [_decode(member) for member in _list(inner)]
    if not members:
        raise ValidationException(_INVALID + "Binary sets should not be empty")
    if len(set(members)) != len(members):
        raise ValidationException(f"{_INVALID}Input collection [{', '.join(inner)}]of type BS contains duplicates.")
    return sum(map(len, members))


def _map(_value: Value, inner: Any, depth: int) -> int:
    if type(inner) is not dict:
        raise SerializationException()
    if depth >= NESTING_MAX:
        raise too_deep()
    size = 3
    for name, member in inner.items():
        size += 1 + text_bytes(name) + check_value(member, depth + 1)
    return size


def _list_value(_value: Value, inner: Any, depth: int) -> int:
    if depth >= NESTING_MAX:
        raise too_deep()
    size = 3
    for member in _list(inner):
        size += 1 + check_value(member, depth + 1)
    return size


_CHECKS: dict[str, Callable[[Value, Any, int], int]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "NULL": _null,
    "BOOL": _boolean,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
    "M": _map,
    "L": _list_value,
}


def kind_of(value: Value) -> str:
    """The type of a checked attribute value: ``S``, ``N``, ``B``, ``SS`` ..."""
    for kind in value:
        return kind
    raise ValidationException(_EMPTY)


def binary(text: str) -> bytes:
    """The bytes of a checked base 64 text."""
    return base64.b64decode(text)


def shown(values: Iterable[str]) -> str:
    """A list as DynamoDB's texts show it."""
    return "[" + ", ".join(values) + "]"


def too_deep() -> ValidationException:
    """A value is nested deeper than DynamoDB keeps any."""
    return ValidationException(
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )


# Wire types ---------------------------------------------------------------------------------------------------


def _text(inner: Any) -> str:
    if type(inner) is str:
        return inner
    raise SerializationException()


def _list(inner: Any) -> list[Any]:
    if type(inner) is list:
        return inner
    raise SerializationException()


def _flag(value: Value, kind: str, inner: Any) -> bool:
    """A boolean, which AWS reads from some texts too."""
    if type(inner) is str and inner.upper() in _FLAGS:
        inner = value[kind] = _FLAGS[inner.upper()]
    if inner is True or inner is False:
        return inner
    raise SerializationException()


def _decode(inner: Any) -> bytes:
    try:
        data = base64.b64decode(_text(inner), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SerializationException() from error
    if base64.b64encode(data).decode() != inner:
        raise SerializationException()
    return data
