"""Numbers: canonical texts, order of keys, sizes, sums.

Ranges and digits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.dynamodb import numbers

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
NUMBERS = st.builds(
    lambda sign, digits, exponent: f"{sign}{digits}e{exponent}",
    st.sampled_from(["", "-", "+"]),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 87),
).map(numbers.canonical)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0e125", "0"),
        ("0.0e126", "0"),
        ("0e-130", "0"),
        ("+1", "1"),
        ("007", "7"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("-12.3400e1", "-123.4"),
        ("1" + "0" * 125, "1" + "0" * 125),
        ("9" * 38, "9" * 38),
        ("1e125", "1" + "0" * 125),
        ("1e-130", "0." + "0" * 129 + "1"),
    ],
)
def test_canonical_texts(text: str, expected: str) -> None:
    assert numbers.canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("b", "The parameter cannot be converted to a numeric value: b"),
        (" 1", "The parameter cannot be converted to a numeric value:  1"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("٣", "The parameter cannot be converted to a numeric value: ٣"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        (".", "The parameter cannot be converted to a numeric value: ."),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("-1e126", OVERFLOW),
        ("1e-131", UNDERFLOW),
        ("1e99999999999999999999", OVERFLOW),
        ("1e-99999999999999999999", UNDERFLOW),
        ("0e126", OVERFLOW),
        ("0e-131", UNDERFLOW),
        ("0e999999999999999999", OVERFLOW),
    ],
)
def test_refused_texts(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        numbers.canonical(text)
    assert refused.value.message == message


@given(NUMBERS, NUMBERS)
def test_keys_are_ordered_as_the_numbers_are(left: str, right: str) -> None:
    first, second = numbers.key_bytes(left), numbers.key_bytes(right)
    assert (first < second) == (Decimal(left) < Decimal(right))
    assert (first == second) == (Decimal(left) == Decimal(right))


@given(NUMBERS)
def test_a_canonical_text_stays_as_it_is(text: str) -> None:
    assert numbers.canonical(text) == text
    assert 1 <= numbers.size_bytes(text) <= 22


@given(st.text())
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        canonical = numbers.canonical(text)
    except AwsError as error:
        assert error.status == 400
    else:
        assert Decimal(canonical) == Decimal(text)


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_sums_are_exact(left: int, right: int) -> None:
    assert numbers.add(str(left), str(right)) == str(left + right)
    assert numbers.add(str(left), str(right), subtract=True) == str(left - right)


def test_a_sum_that_needs_more_digits_is_refused() -> None:
    # In other words than a number that is given with too many.
    for subtract in (False, True):
        with pytest.raises(ValidationException) as refused:
            numbers.add("1" + "0" * 50, "1", subtract=subtract)
        assert refused.value.message == OVERFLOW
    assert numbers.add("9" + "0" * 125, "9" + "0" * 124) == "99" + "0" * 124


@pytest.mark.parametrize(("text", "size"), [("0", 1), ("1", 2), ("-1", 3), ("12", 2), ("123", 3), ("100", 2)])
def test_sizes(text: str, size: int) -> None:
    # A byte for each two digits and one for the exponent: Amazon's "Item sizes and formats".
    assert numbers.size_bytes(text) in (size, size + 1)
