"""JSON as AWS's runtime for Python writes what functions return."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import NoReturn

# Python 3.12's runtime was the first that leaves non-ASCII characters unescaped.
ESCAPES_FREELY = sys.version_info < (3, 12)


class Unusual(Exception):
    """A value that the encoder of the standard library knows nothing of."""


def is_unusual(_: object) -> NoReturn:
    raise Unusual


encode_usual = json.JSONEncoder(ensure_ascii=ESCAPES_FREELY, default=is_unusual, allow_nan=False).encode


def to_json(value: object) -> str:
    """JSON as AWS's runtime writes it: a Decimal is a number with its own digits, NaN is refused."""
    try:
        return encode_usual(value)
    except Unusual:
        return to_json_with_decimals(value)


def to_json_with_decimals(value: object) -> str:
    """The same for what has Decimals in it, or what has no JSON at all.

    The encoder of the standard library cannot write a number of ours, so Decimals travel as strings that nothing
    else can contain, and lose their quotes afterwards.
    """
    numbers: list[str] = []
    mark = ""

    def default(found: object) -> object:
        nonlocal mark
        if type(found).__name__ == "Decimal" and type(found).__module__ in ("decimal", "_decimal"):
            if not mark:
                mark = os.urandom(16).hex()
            if not found.is_finite():  # type: ignore[attr-defined]
                return float(found)  # type: ignore[arg-type]
            numbers.append(str(found))
            return f"{mark}{len(numbers) - 1}"
        raise TypeError(f"Object of type {type(found).__name__} is not JSON serializable")

    text = json.dumps(value, ensure_ascii=ESCAPES_FREELY, default=default, allow_nan=False)
    if numbers:
        text = re.sub(f'"{mark}([0-9]+)"', lambda match: numbers[int(match.group(1))], text)
    return text
