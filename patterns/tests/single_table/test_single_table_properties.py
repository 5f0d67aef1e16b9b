"""What holds for all values: keys are unique and sort, values come back, tokens open nothing else."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite_patterns.attribute_values import ValueRefused, marshal, unmarshal
from stratolite_patterns.single_table import InvalidPageToken, tokens
from stratolite_patterns.single_table.codecs import codec_of
from stratolite_patterns.single_table.keys import key_text, parse

SEPARATED = st.text(alphabet="ab#%23", min_size=1, max_size=6) | st.text(min_size=1, max_size=10)
MOMENTS = st.datetimes(timezones=st.just(UTC))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.text() | st.binary() | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(SEPARATED, min_size=2, max_size=2), st.lists(SEPARATED, min_size=2, max_size=2))
def test_different_values_make_different_keys(one: list[str], two: list[str]) -> None:
    template = parse("A#{x}#{y}", "#")
    keys = [template.fill({"x": x, "y": y}) for x, y in (one, two)]
    assert (keys[0] == keys[1]) == (one == two)
    assert keys[0].count("#") == 2


@given(MOMENTS, MOMENTS)
def test_keys_sort_as_moments_do(one: datetime, two: datetime) -> None:
    assert (key_text(one) < key_text(two)) == (one < two)
    codec = codec_of(datetime, "field")
    assert codec.decode(codec.encode(one)) == one


@given(st.integers(0, 10**8 - 1), st.integers(0, 10**8 - 1))
def test_keys_sort_as_numbers_of_a_width_do(one: int, two: int) -> None:
    assert (key_text(one, "08") < key_text(two, "08")) == (one < two)


@given(st.floats())
def test_a_float_comes_back_or_is_refused(value: float) -> None:
    codec = codec_of(float, "field")
    try:
        attribute = codec.encode(value)
    except ValueRefused:
        assert not math.isfinite(value) or not 1e-129 < abs(value) < 1e125
    else:
        assert codec.decode(attribute) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_comes_back_or_is_refused(value: Decimal) -> None:
    codec = codec_of(Decimal, "field")
    try:
        attribute = codec.encode(value)
    except ValueRefused:
        return
    assert codec.decode(attribute) == value


@given(PLAIN)
def test_plain_values_come_back(value: object) -> None:
    assert unmarshal(marshal(value)) == value


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_a_token_opens_its_own_query_alone(start: list[str], query: list[str], other: list[str]) -> None:
    keys = [b"0123456789abcdef"]
    token = tokens.write(start, query, keys)
    assert tokens.read(token, query, keys) == start
    if query != other:
        with pytest.raises(InvalidPageToken):
            tokens.read(token, other, keys)


@given(st.text(max_size=40))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(InvalidPageToken):
        tokens.read(text, [], [b"0123456789abcdef"])
