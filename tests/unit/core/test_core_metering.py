"""What services count about themselves: sums are exact, whatever is counted when; memory is bounded."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core import metering
from stratolite.core.call import Call
from stratolite.core.clock import MovableClock
from stratolite.core.distribution import VALUES_MAX, Distribution
from stratolite.core.metering import PERIOD_MS, VALUES_COUNTED_MAX, Derived, Meter, Metric

CALL = Call()
VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)


def test_minutes_are_kept_apart() -> None:
    clock = MovableClock(PERIOD_MS * 1000)
    meter = Meter(clock)
    series = meter.series(CALL, "AWS/Lambda", "Invocations", {"FunctionName": "f", "A": "b"}, "Count")
    series.add(1.0)
    series.add(1.0, 2)
    clock.advance(60)
    series.add(5.0)
    taken = meter.take()
    assert [(begin_ms, made.values) for (_, begin_ms), made in taken.items()] == [
        (PERIOD_MS * 1000, {1.0: 3.0}),
        (PERIOD_MS * 1001, {5.0: 1.0}),
    ]
    assert {metric.dimensions for metric, _ in taken} == {(("A", "b"), ("FunctionName", "f"))}
    assert not meter.has_counted and not meter.take()
    series.add(1.0)
    assert meter.has_counted


def test_one_notice_until_it_is_taken() -> None:
    meter, notices = Meter(MovableClock()), []
    meter.notice = lambda: notices.append(1)
    for name in ("a", "b", "a"):
        meter.count(CALL, "n", name, {}, 1.0)
    assert len(notices) == 1
    meter.take()
    meter.count(CALL, "n", "a", {}, 1.0)
    assert len(notices) == 2


def test_a_series_that_was_forgotten_counts_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "SERIES_MAX", 1)
    meter = Meter(MovableClock())
    first = meter.series(CALL, "n", "a", {})
    meter.series(CALL, "n", "b", {})
    again = meter.series(CALL, "n", "a", {})
    assert first is not again
    first.add(1.0)
    again.add(1.0)
    first.add(1.0)
    assert [made.count for made in meter.take().values()] == [3]


def test_many_values_are_summed_up_in_between() -> None:
    meter = Meter(MovableClock())
    series = meter.series(CALL, "n", "a", {})
    for value in range(3 * VALUES_COUNTED_MAX):
        series.add(value)
    (made,) = meter.take().values()
    assert made.count == 3 * VALUES_COUNTED_MAX
    assert made.sum == sum(range(3 * VALUES_COUNTED_MAX))
    assert made.values is not None and len(made.values) <= VALUES_MAX


@given(st.lists(VALUES, min_size=1, max_size=2000), st.integers(1, 5))
def test_sums_and_bounds_are_exact_in_any_split(values: list[float], parts: int) -> None:
    whole = Distribution()
    for part in range(parts):
        mine = values[part::parts]
        if mine:
            whole.merge(Distribution.of({value: mine.count(value) for value in mine}))
    assert whole.count == len(values)
    assert math.isclose(whole.sum, math.fsum(values), rel_tol=1e-9, abs_tol=1e-3)
    assert (whole.minimum, whole.maximum) == (min(values), max(values))
    assert whole.values is not None and len(whole.values) <= VALUES_MAX
    assert math.isclose(sum(whole.values.values()), len(values))
    assert min(values) <= min(whole.values) and max(whole.values) <= max(values)


@given(st.lists(st.floats(1, 100), min_size=300, max_size=600, unique=True))
def test_bins_are_as_narrow_as_they_are_said_to_be(values: list[float]) -> None:
    made = Distribution.of(dict.fromkeys(values, 1.0))
    assert made.values is not None
    for value in values:
        assert any(abs(kept - value) <= 0.0201 * value for kept in made.values)


def test_values_that_nobody_knows_stay_unknown() -> None:
    whole = Distribution()
    whole.merge(Distribution(3, 30, 5, 15))
    whole.merge(Distribution.of({1.0: 1.0}))
    assert whole.values is None
    assert (whole.count, whole.sum, whole.minimum, whole.maximum) == (4, 31, 1, 15)


def test_a_series_of_several_sets_of_dimensions() -> None:
    meter = Meter(MovableClock())
    series = meter.shared(CALL, "n", "m", [{}, {"A": "b"}], "Count")
    assert meter.shared(CALL, "n", "m", [{}, {"A": "b"}], "Count") is series
    series.add(2.0)
    series.add(2.0)
    assert {metric.dimensions: made.values for (metric, _), made in meter.take().items()} == {
        (): {2.0: 2.0},
        (("A", "b"),): {2.0: 2.0},
    }


def test_a_tally_is_several_metrics() -> None:
    clock = MovableClock(PERIOD_MS * 1000)
    meter = Meter(clock)
    duration, errors = (Metric("a", "r", "n", name, (), "None") for name in ("duration", "errors"))

    def derive(counted: Mapping[tuple[float, bool], float]) -> Derived:
        yield duration, {value: count for (value, _), count in counted.items()}
        yield errors, {1.0: sum(count for (_, failed), count in counted.items() if failed)}

    tally = meter.tally(derive)
    tally.add((5.0, False), 2)
    tally.add((7.0, True))
    assert {key: made.values for key, made in meter.take().items()} == {
        (duration, PERIOD_MS * 1000): {5.0: 2, 7.0: 1},
        (errors, PERIOD_MS * 1000): {1.0: 1},
    }
    assert meter.take() == {}
    clock.advance(60)
    tally.add((5.0, True))
    assert {begin_ms for _, begin_ms in meter.take()} == {PERIOD_MS * 1001}
