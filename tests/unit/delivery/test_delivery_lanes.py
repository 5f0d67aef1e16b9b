"""The bookkeeping of lanes: each lane once, the longest waiting first, never too late."""

from hypothesis import given
from hypothesis import strategies as st

from stratolite.delivery.lanes import Lane, Lanes

A: Lane = ("kind", "a")
B: Lane = ("kind", "b")
C: Lane = ("kind", "c")


def test_a_lane_is_ready_when_its_time_has_come_and_once() -> None:
    lanes = Lanes()
    assert lanes.notice(A, 20)
    assert lanes.notice(B, 10)
    assert lanes.next_due_ms() == 10
    assert lanes.ready(9) == []
    assert lanes.ready(20) == [B, A]
    assert lanes.ready(20) == []
    assert lanes.next_due_ms() is None


def test_an_earlier_time_overtakes_a_later_one() -> None:
    lanes = Lanes()
    assert lanes.notice(A, 20)
    assert not lanes.notice(A, 30)
    assert lanes.notice(A, 10)
    assert lanes.ready(10) == [A]
    # What was overtaken wakes for nothing, at worst.
    assert lanes.ready(20) == []
    assert lanes.notice(A, 40)


def test_lanes_without_room_take_turns() -> None:
    lanes = Lanes()
    for lane in (A, B, C):
        lanes.wait(lane)
    assert not lanes.is_quiet(0)
    assert lanes.ready(0) == [A, B, C]
    lanes.wait(B)
    lanes.wait(A)
    lanes.notice(C, 0)
    assert lanes.ready(0) == [B, A, C]
    assert lanes.is_quiet(0)


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 50))), st.integers(0, 50))
def test_what_is_due_is_ready(noticed: list[tuple[Lane, int]], now_ms: int) -> None:
    lanes = Lanes()
    for lane, due_ms in noticed:
        lanes.notice(lane, due_ms)
    due = {lane for lane, due_ms in noticed if due_ms <= now_ms}
    assert lanes.is_quiet(now_ms) == (not due)
    ready = lanes.ready(now_ms)
    assert set(ready) == due and len(ready) == len(due)
    later = [due_ms for lane, due_ms in noticed if lane not in due]
    assert not later or (lanes.next_due_ms() or 0) <= min(later)
