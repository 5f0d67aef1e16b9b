"""DynamoDB's numbers: 38 significant digits, magnitudes from 1e-130 to below 1e126, kept as canonical text.

The canonical text has no exponent, no leading and no trailing zeros, so equal numbers have equal texts.
``key_bytes`` is an order-preserving encoding (base 100, excess-64 exponent, complement for negatives), equal to the
one by which DynamoDB hashes partition keys. Cost: one regular expression match for the usual integers and decimals.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from stratolite.core.errors import ValidationException

DIGITS_MAX = 38
EXPONENT_MAX = 125
EXPONENT_MIN = -130
EXPONENT_DIGITS_MAX = 12
"""Longer exponents are out of range whatever the mantissa's length may be (requests have at most 16 MB)."""

_CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,37}", re.ASCII)
_CANONICAL_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]+))?", re.ASCII)
_EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN)
_BODY_BYTES_MAX = 20
_OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_PAIRS = {f"{n:02d}": n for n in range(100)}


def canonical(text: str) -> str:
    """The canonical text of a number. Raises ValidationException with DynamoDB's texts."""
    if _CANONICAL.fullmatch(text):
        return text
    if len(text) <= DIGITS_MAX and _CANONICAL_FRACTION.fullmatch(text):
        return text
    return _normalised(text)


def _normalised(text: str) -> str:
    if not text:
        raise ValidationException("The parameter cannot be converted to a numeric value")
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValidationException(f"The parameter cannot be converted to a numeric value: {text}")
    whole, fraction = match[2] or "", match[3] or ""
    # The magnitude of a zero is that of its last digit: 0.0e126 is a number, 0e126 is none.
    digits = (whole + fraction).lstrip("0") or "0"
    exponent_text = (match[5] or "0").lstrip("0") or "0"
    shift = int(exponent_text[:EXPONENT_DIGITS_MAX])
    if match[4] == "-":
        shift = -shift
    exponent = shift - len(fraction) + len(digits) - 1
    if exponent > EXPONENT_MAX:
        raise ValidationException(_OVERFLOW)
    if exponent < EXPONENT_MIN:
        raise ValidationException(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if len(digits) > DIGITS_MAX:
        raise ValidationException("Attempting to store more than 38 significant digits in a Number")
    return ("-" if match[1] == "-" else "") + _plain(digits, exponent)


def _plain(digits: str, exponent: int) -> str:
    """``digits`` with the point after the digit whose place is 10 ** 0; ``exponent`` is the first digit's place."""
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if exponent + 1 >= len(digits):
        return digits + "0" * (exponent + 1 - len(digits))
    return digits[: exponent + 1] + "." + digits[exponent + 1 :]


def _split(text: str) -> tuple[bool, str, int]:
    """Sign, significant digits and the first digit's exponent of a canonical text that is not ``0``."""
    negative = text[0] == "-"
    if negative:
        text = text[1:]
    whole, _, fraction = text.partition(".")
    if whole != "0":
        return negative, (whole + fraction).rstrip("0"), len(whole) - 1
    digits = fraction.lstrip("0")
    return negative, digits, len(digits) - len(fraction) - 1


def key_bytes(text: str) -> bytes:
    """The bytes by which a canonical number is ordered and hashed as a key."""
    if text == "0":
        return b"\x80"
    negative, digits, exponent = _split(text)
    if exponent % 2 == 0:
        # Pairs of digits are counted from the decimal point: an odd number of places begins with half a pair.
        digits = "0" + digits
    if len(digits) % 2:
        digits += "0"
    head = 193 + exponent // 2
    if negative:
        body = [101 - _PAIRS[digits[i : i + 2]] for i in range(0, len(digits), 2)]
        # The terminator sorts a number that is a prefix of another after it: -1 is greater than -1.5.
        return bytes((255 - head, *body, 102) if len(body) < _BODY_BYTES_MAX else (255 - head, *body))
    return bytes((head, *[_PAIRS[digits[i : i + 2]] + 1 for i in range(0, len(digits), 2)]))


def size_bytes(text: str) -> int:
    """What a canonical number counts in an item's size: a byte for two digits, one for the exponent, one for a sign."""
    if text == "0":
        return 1
    negative, digits, exponent = _split(text)
    count = len(digits)
    return 1 + (count + 1) // 2 + (0 if count % 2 or exponent % 2 else 1) + negative


def add(left: str, right: str, *, subtract: bool = False) -> str:
    """The canonical sum (or difference) of two canonical numbers.

    Raises ValidationException when the result is out of range, or needs more than 38 digits, which AWS words alike.
    """
    first, second = Decimal(left), Decimal(right)
    result = (_EXACT.subtract(first, second) if subtract else _EXACT.add(first, second)).normalize(_EXACT)
    if len(result.as_tuple().digits) > DIGITS_MAX:
        raise ValidationException(_OVERFLOW)
    return canonical(format(result, "f"))


def value(text: str) -> Decimal:
    """The number itself, for comparisons."""
    return Decimal(text)
