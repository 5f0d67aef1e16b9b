"""Parameters, checked before the statement is read: their numbers follow other rules than those of items.

An exponent has to fit into 32 bits, and so does the arithmetic by which DynamoDB finds how large a number is. What is
wrong first, in the order of the document, is told. Raises ValidationException.
"""

import re
from collections.abc import Sequence

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.attributes import Value
from stratolite.services.dynamodb.partiql.lexer import INT32_MAX

_EXPONENT = re.compile(r"[+-]?(?P<whole>[0-9]*)\.?(?P<fraction>[0-9]*)[eE](?P<exponent>[+-]?[0-9]+)", re.ASCII)
_EXPONENT_CHARS_MAX = len(str(INT32_MAX)) + 1
_NEAR_LIMIT = INT32_MAX - attributes.ITEM_BYTES_MAX
"""From here on, digits can make the arithmetic overflow."""


def check(parameters: Sequence[Value]) -> None:
    """Check parameters and make them canonical in place."""
    for parameter in parameters:
        _check(parameter, 0)


def _check(value: Value, depth: int) -> None:
    if type(value) is dict and len(value) == 1:
        ((kind, inner),) = value.items()
        if kind in ("M", "L") and type(inner) in (dict, list):
            if depth >= attributes.NESTING_MAX:
                raise attributes.too_deep()
            for member in inner.values() if kind == "M" else inner:
                _check(member, depth + 1)
            return
        for number in [inner] if kind == "N" else inner if kind == "NS" and type(inner) is list else ():
            if type(number) is str:
                _check_exponent(number)
    attributes.check_value(value, depth)


def _check_exponent(text: str) -> None:
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return
    exponent = match["exponent"]
    if len(exponent) > _EXPONENT_CHARS_MAX or not -INT32_MAX - 1 <= int(exponent) <= INT32_MAX:
        raise ValidationException(f"The parameter cannot be converted to a numeric value: {text}")
    if int(exponent) > _NEAR_LIMIT:
        # Precision less scale wraps around, so that the largest numbers count as the smallest.
        raise ValidationException(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
