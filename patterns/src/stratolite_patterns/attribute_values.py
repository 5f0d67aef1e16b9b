"""DynamoDB's attribute values (``{"S": "text"}``) as Python values and back, exactly or not at all.

Numbers are ``Decimal`` when they are read, and never rounded: what DynamoDB cannot hold is refused. A float is written
by its shortest text, which reads back as the same float. Binary is ``bytes``, also from a Lambda event, where it is
base64.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, SupportsBytes, cast

AttributeValue = dict[str, Any]

DIGITS_MAX = 38
MAGNITUDE_MIN = -130
MAGNITUDE_MAX = 125
_PLAIN_INT_MAX = 10**DIGITS_MAX


class ValueRefused(ValueError):
    """A value that DynamoDB or a field's type cannot hold. ``where`` names the field, as far as it is known."""

    def __init__(self, text: str, where: str = "") -> None:
        super().__init__(f"{where}: {text}" if where else text)
        self.text = text
        self.where = where


def number_text(value: int | Decimal | float) -> str:
    """A number as DynamoDB takes it. Raises ValueRefused for what it would round, and for NaN and infinities."""
    if isinstance(value, int):
        if -_PLAIN_INT_MAX < value < _PLAIN_INT_MAX:
            return str(int(value))
        value = Decimal(value)
    elif isinstance(value, float):
        value = Decimal(repr(float(value)))
    if not value.is_finite():
        raise ValueRefused(f"{value} is no number that DynamoDB can hold")
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS_MAX:
        raise ValueRefused(f"a number of {len(digits)} digits would be rounded; DynamoDB holds {DIGITS_MAX}")
    if digits and not MAGNITUDE_MIN <= value.adjusted() <= MAGNITUDE_MAX:
        raise ValueRefused(f"{value} is outside of what DynamoDB can hold (1E{MAGNITUDE_MIN} to 1E+{MAGNITUDE_MAX})")
    return str(value)


def binary(value: object) -> bytes:
    """The bytes of an attribute of type B, which Lambda's events hold in base64."""
    if isinstance(value, str):
        from base64 import b64decode

        return b64decode(value)
    return bytes(cast("SupportsBytes", value))


def marshal(value: object) -> AttributeValue:
    """A plain value as an attribute value. Raises ValueRefused for what has none (a datetime, an object)."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float | Decimal):
        return {"N": number_text(value)}
    if isinstance(value, Mapping):
        return {"M": marshal_item(value)}
    if isinstance(value, list | tuple):
        return {"L": [marshal(member) for member in value]}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"B": bytes(value)}
    if isinstance(value, set | frozenset):
        return _set(value)
    raise ValueRefused(f"a {type(value).__name__} has no attribute value")


def marshal_item(item: Mapping[str, object]) -> dict[str, AttributeValue]:
    """A mapping with all its values. Raises ValueRefused, which names the attribute."""
    found = {}
    for name, value in item.items():
        try:
            found[name] = marshal(value)
        except ValueRefused as error:
            raise ValueRefused(error.text, f"{name}.{error.where}" if error.where else name) from None
    return found


def unmarshal(value: Mapping[str, Any]) -> Any:
    """An attribute value as a plain one: numbers are Decimal, sets are sets. Raises ValueRefused for other types."""
    ((kind, held),) = value.items()
    try:
        return _READERS[kind](held)
    except KeyError:
        raise ValueRefused(f"{kind} is no type of DynamoDB's") from None


def unmarshal_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """An item, or an image of a stream record, with all its attributes."""
    return {name: unmarshal(value) for name, value in item.items()}


def _set(members: set[Any] | frozenset[Any]) -> AttributeValue:
    if not members:
        raise ValueRefused("DynamoDB has no empty sets")
    kinds = {"S" if isinstance(m, str) else "B" if isinstance(m, bytes) else "N" for m in members}
    if len(kinds) > 1:
        raise ValueRefused("the members of a set have one type in DynamoDB")
    kind = kinds.pop()
    if kind != "N":
        return {f"{kind}S": sorted(members)}
    if not all(isinstance(member, int | float | Decimal) and not isinstance(member, bool) for member in members):
        raise ValueRefused("the members of a set are strings, numbers or bytes in DynamoDB")
    return {"NS": [number_text(member) for member in sorted(members)]}


_READERS: dict[str, Any] = {
    "S": str,
    "N": Decimal,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": unmarshal_item,
    "L": lambda members: [unmarshal(member) for member in members],
    "B": binary,
    "SS": set,
    "NS": lambda members: {Decimal(member) for member in members},
    "BS": lambda members: {binary(member) for member in members},
}
