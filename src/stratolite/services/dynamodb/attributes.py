"""Attribute values in their wire form: ``{"S": "text"}``, ``{"N": "1.5"}``, ``{"L": [...]}`` and so on.

Values are checked, measured and brought into canonical form in one walk (numbers lose superfluous zeros, base 64 its
slack), because this is where most of a write's time goes: about 0.4 microseconds a scalar attribute. Everything past
this walk may rely on the form. The protocol layer hands attribute values over as they stand in the JSON body, so their
wire types are checked here too.

Sizes follow https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stratolite.core.errors import SerializationException, ValidationException
from stratolite.services.dynamodb import numbers

Value = dict[str, Any]
"""One attribute value, wire form."""
Item = dict[str, Value]

NESTING_MAX = 32
ITEM_BYTES_MAX = 400 * 1024

_INVALID = "One or more parameter values were invalid: "
_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)


def text_bytes(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def check_item(item: Mapping[str, Any]) -> int:
    """Check every attribute and make it canonical in place; the size in bytes.

    Raises ValidationException, or SerializationException for a wrong wire type.
    """
    size = 0
    for name, value in item.items():
        size += len(name) if name.isascii() else len(name.encode())
        size += check_value(value)
    return size


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
        raise _wrong_structure(value)
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


def _binary(value: Value, inner: Any, _depth: int) -> int:
    data = _decode(inner)
    value["B"] = base64.b64encode(data).decode()
    return len(data)


def _null(_value: Value, inner: Any, _depth: int) -> int:
    if inner is not True:
        if inner is False:
            raise ValidationException(_INVALID + "Null attribute value types must have the value of true")
        raise _wrong(inner, "Boolean")
    return 1


def _boolean(_value: Value, inner: Any, _depth: int) -> int:
    if inner is not True and inner is not False:
        raise _wrong(inner, "Boolean")
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


def _binary_set(value: Value, inner: Any, _depth: int) -> int:
    members = [_decode(member) for member in _list(inner)]
    if not members:
        raise ValidationException(_INVALID + "Binary sets should not be empty")
    texts = [base64.b64encode(member).decode() for member in members]
    if len(set(texts)) != len(texts):
        raise ValidationException(f"{_INVALID}Input collection [{', '.join(texts)}]of type BS contains duplicates.")
    value["BS"] = texts
    return sum(map(len, members))


def _map(_value: Value, inner: Any, depth: int) -> int:
    if type(inner) is not dict:
        if isinstance(inner, list):
            raise SerializationException("Unrecognized collection type java.util.Map")
        raise SerializationException("Unexpected field type")
    if depth >= NESTING_MAX:
        raise _too_deep()
    size = 3
    for name, member in inner.items():
        size += 1 + text_bytes(name) + check_value(member, depth + 1)
    return size


def _list_value(_value: Value, inner: Any, depth: int) -> int:
    if depth >= NESTING_MAX:
        raise _too_deep()
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


def _too_deep() -> ValidationException:
    return ValidationException(
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )


# Wire types: the texts of AWS's JSON unmarshaller -------------------------------------------------------------


def _text(inner: Any) -> str:
    if type(inner) is str:
        return inner
    raise _wrong(inner, "String")


def _list(inner: Any) -> list[Any]:
    if type(inner) is list:
        return inner
    if isinstance(inner, dict):
        raise SerializationException("Start of structure or map found where not expected")
    raise SerializationException("Unexpected field type")


def _decode(inner: Any) -> bytes:
    if type(inner) is not str:
        if isinstance(inner, bool | int | float):
            raise SerializationException("only base-64-encoded strings are convertible to bytes")
        raise _wrong(inner, "java.nio.ByteBuffer")
    if len(inner) % 4:
        raise SerializationException(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(inner)}")
    try:
        return base64.b64decode(inner, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SerializationException(f"Invalid last non-pad Base64 character dectected: {json.dumps(inner)}") from error


def _wrong(inner: Any, wanted: str) -> SerializationException:
    if inner is True:
        return SerializationException(f"TRUE_VALUE cannot be converted to {wanted}")
    if inner is False:
        return SerializationException(f"FALSE_VALUE cannot be converted to {wanted}")
    if isinstance(inner, int | float):
        return SerializationException(f"NUMBER_VALUE cannot be converted to {wanted}")
    if isinstance(inner, str):
        if wanted == "Boolean":
            return SerializationException("Unexpected token received from parser")
        return SerializationException(f"STRING_VALUE cannot be converted to {wanted}")
    if isinstance(inner, list):
        prefix = "" if "." in wanted else "java.lang."
        return SerializationException(f"Unrecognized collection type class {prefix}{wanted}")
    return SerializationException("Start of structure or map found where not expected")


def _wrong_structure(value: Any) -> SerializationException:
    if isinstance(value, list):
        return SerializationException(
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
        )
    return SerializationException("Unexpected value type in payload")
