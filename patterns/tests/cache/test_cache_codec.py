"""Values in a shared cache: what comes out is what went in, and nothing that runs."""

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite_patterns.cache import Corrupt, NotCacheable, decode, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.dates()
    | st.uuids()
)
keys = st.text(st.characters(exclude_categories=["Cs"])) | st.just("~t") | st.just("v")
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(scalars, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_types_survive(value: Any) -> None:
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


@given(st.binary(max_size=200))
def test_what_others_wrote_is_corrupt_or_a_plain_value(data: bytes) -> None:
    try:
        decode(data)
    except Corrupt:
        return


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "builtins.object"),
        ({1: "a"}, "a key of type int"),
        (float("nan"), "not JSON compliant"),
        (lambda: 1, "function"),
        ("\ud800", "surrogates"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(value: Any, said: str) -> None:
    with pytest.raises(NotCacheable, match=said):
        encode(value)
    with pytest.raises(NotCacheable):
        encode({"deep": [value]})


def test_endless_values_are_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCacheable, match="nested"):
        encode(value)
    with pytest.raises(Corrupt):
        decode(b"[" * 100_000)


def test_a_pickle_is_never_run() -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return pytest.fail, ("a pickle was run",)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(Corrupt):
            decode(pickle.dumps(Bomb(), protocol))
    for forged in (b'{"~t":"os.system","v":"x"}', b'{"~t":"uuid"}', b'{"~t":"uuid","v":[]}', b'{"~t":[],"v":1}'):
        with pytest.raises(Corrupt):
            decode(forged)


def test_values_of_each_kind() -> None:
    value = {
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "on": date(2026, 1, 1),
        "price": Decimal("1.10"),
        "id": UUID(int=1),
        "raw": b"\x00\xff",
        "pair": (1, 2),
        "tags": {"a"},
    }
    back = decode(encode(value))
    assert back == value
    assert str(back["price"]) == "1.10"
