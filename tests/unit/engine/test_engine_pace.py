"""When it pays to wait for a busy environment although another one idles."""

import pytest

from stratolite.engine import pace
from stratolite.engine.pace import CREDIT_MAX, QUICK_MS, SLOW_COSTS, Pace

QUICK = QUICK_MS / 2
SLOW = QUICK_MS * 2


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "processors", lambda: 2)


def at_work(*environments: object) -> Pace:
    result = Pace()
    for environment in environments:
        result.lent(environment)
    return result


@pytest.mark.usefixtures("two_processors")
def test_nobody_waits_while_a_processor_is_free() -> None:
    one = at_work("first")
    one.took(QUICK)
    assert not one.is_waiting_better
    two = at_work("first", "second")
    two.took(QUICK)
    assert two.is_waiting_better


@pytest.mark.usefixtures("two_processors")
def test_what_has_returned_is_not_at_work() -> None:
    known = at_work("first", "second")
    known.took(QUICK)
    known.returned("second")
    known.returned("second")
    assert not known.is_waiting_better


@pytest.mark.usefixtures("two_processors")
def test_nobody_waits_for_what_was_never_quick() -> None:
    known = at_work("first", "second")
    assert not known.is_waiting_better
    known.took(SLOW)
    assert not known.is_waiting_better


@pytest.mark.usefixtures("two_processors")
def test_slow_invocations_outweigh_quick_ones() -> None:
    known = at_work("first", "second")
    for _ in range(CREDIT_MAX * 2):
        known.took(QUICK)
    for _ in range(CREDIT_MAX // SLOW_COSTS):
        assert known.is_waiting_better
        known.took(SLOW)
    assert not known.is_waiting_better


def test_a_lone_processor_has_two_at_work() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "processors", lambda: 1)
        known = at_work("first")
        known.took(QUICK)
        assert not known.is_waiting_better
        known.lent("second")
        assert known.is_waiting_better
