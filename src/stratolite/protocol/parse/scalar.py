"""Scalars that travel as text: labels, query fields, headers, form fields, the content of XML elements.

What passes is what the rest of the product can hold: integers of the type's width, finite times up to the year 9999.
Source: https://smithy.io/2.0/spec/simple-types.html
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.protocol import timestamps

Read = Callable[[str], Any]
"""What makes a value of a text."""
INTEGERS: Mapping[str, int] = {"integer": 1 << 31, "long": 1 << 63}
"""Types of whole numbers, with the first number that is too large."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?|NaN|-?Infinity")


def scalar(kind: str, text: str) -> Any:
    """The value of a text that is to be a ``kind``. Raises ValueError; a string is any text."""
    read = reader(kind)
    return text if read is None else read(text)


def reader(kind: str) -> Read | None:
    """What makes a ``kind`` of a text, or raises ValueError; None where the value is the text itself."""
    return _READERS.get(kind)


def _integer(bound: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if _INTEGER.fullmatch(text) is None or not -bound <= (value := int(text)) < bound:
            raise ValueError(text)
        return value

    return read


def _float(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    return float(text)


def _boolean(text: str) -> bool:
    folded = text.lower()
    if folded not in ("true", "false"):
        raise ValueError(text)
    return folded == "true"


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


_READERS: Mapping[str, Read] = {
    **{kind: _integer(bound) for kind, bound in INTEGERS.items()},
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": timestamps.parse,
}
