"""Statistics of values. Definitions: the page Statistics-definitions of CloudWatch's user guide."""

import math
import statistics as plain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.distribution import Distribution
from stratolite.services.cloudwatch.statistics import SIMPLE, compute, extended, is_known, merged

VALUES = st.lists(st.integers(-1000, 1000), min_size=1, max_size=200)


def of(values: list[int]) -> Distribution:
    return Distribution.of({float(value): float(values.count(value)) for value in values})


HUNDRED = of(list(range(1, 101)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SampleCount", 100),
        ("Sum", 5050),
        ("Average", 50.5),
        ("Minimum", 1),
        ("Maximum", 100),
        ("p50", 50),
        ("p99", 99),
        ("p99.9", 100),
        ("p100", 100),
        ("p0", 1),
        ("tm90", plain.mean(range(1, 91))),
        ("TM(10%:90%)", plain.mean(range(11, 91))),
        ("TM(:90%)", plain.mean(range(1, 91))),
        ("TM(90%:)", plain.mean(range(91, 101))),
        ("TM(10:20)", plain.mean(range(11, 21))),
        ("IQM", plain.mean(range(26, 76))),
        ("wm90", plain.mean([*range(1, 91), *[90] * 10])),
        ("WM(10%:90%)", plain.mean([*[11] * 10, *range(11, 91), *[90] * 10])),
        ("WM(10:20)", plain.mean([*[10] * 10, *range(11, 21), *[20] * 80])),
        ("tc90", 90),
        ("TC(10:20)", 10),
        ("ts90", sum(range(1, 91))),
        ("TS(80%:)", sum(range(81, 101))),
        ("PR(:20)", 20),
        ("PR(90:)", 10),
    ],
)
def test_a_hundred_values(text: str, expected: float) -> None:
    assert compute(text, HUNDRED) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p",
        "p101",
        "90",
        "median",
        "TM(90%)",
        "TM(:)",
        "TM(90%:10%)",
        "TM(10%:20)",
        "PR(10%:20%)",
        "TM(10%:120%)",
        "average",
    ],
)
def test_what_is_no_statistic(text: str) -> None:
    assert not is_known(text)


@pytest.mark.parametrize("text", ["p50", "P50", "tm99.9", "TM99", "IQM", "iqm", "PR(0:1.5)", "TS( 1% : 2% )"])
def test_what_is_one(text: str) -> None:
    assert is_known(text)


@given(VALUES, st.integers(0, 1000))
def test_percentiles_are_by_rank(values: list[int], per_mille: int) -> None:
    ranked = sorted(values)
    rank = max(1, math.ceil(per_mille * len(ranked) / 1000))
    assert compute(f"p{per_mille / 10}", of(values)) == ranked[rank - 1]


@given(VALUES, st.integers(0, 99), st.integers(1, 100))
def test_shares_make_up_the_whole(values: list[int], low: int, high: int) -> None:
    whole = of(values)
    low, high = min(low, high - 1), max(low + 1, high)
    parts = [f"(:{low}%)", f"({low}%:{high}%)", f"({high}%:)"]
    known = [part for part in parts if is_known(f"TC{part}")]
    assert sum(compute(f"TC{part}", whole) or 0.0 for part in known) == pytest.approx(len(values))
    assert sum(compute(f"TS{part}", whole) or 0.0 for part in known) == pytest.approx(sum(values), abs=1e-6)
    trimmed = compute(f"TM({low}%:{high}%)", whole)
    assert trimmed is not None and min(values) - 1e-9 <= trimmed <= max(values) + 1e-9


@given(VALUES, VALUES)
def test_together_or_one_after_the_other(first: list[int], second: list[int]) -> None:
    together, apart = of(first + second), merged([of(first), of(second)])
    for text in (*SIMPLE, "p90", "tm90", "IQM", "PR(:0)"):
        assert compute(text, together) == pytest.approx(compute(text, apart))


def test_sums_alone_have_no_percentiles() -> None:
    sums = Distribution(3, 30, 5, 15)
    assert compute("Average", sums) == 10
    assert [compute(text, sums) for text in ("p50", "tm90", "PR(:10)")] == [None, None, None]
    assert compute("TM(1000:)", HUNDRED) is None


def test_names_are_read_once() -> None:
    assert extended("p90") is extended("p90")
