"""Whatever the function answers, and whenever the process is killed: a lane skips no record and keeps their order."""

import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.stream_event import AGE_EXCEEDED, Item, Window
from stratolite.services.lambda_.sources.stream_lane import Batch, Discard, Done, Invoke, Lane, Read, Settings, Wait

START = 1_700_000_000_000
STEPS_MAX = 3000

LANES = st.builds(
    Settings,
    batch_size=st.integers(1, 7),
    window_s=st.sampled_from([0, 0, 3]),
    retries=st.integers(0, 3),
    age_s=st.sampled_from([-1, 60, 90]),
    is_bisecting=st.booleans(),
    is_partial=st.booleans(),
    tumbling_s=st.sampled_from([0, 0, 10]),
)
OUTCOMES = st.sampled_from(["ok", "ok", "ok", "error", "partial", "malformed", "stateless", "throttled", "kill"])


@dataclass
class World:
    """A stream, a function with given outcomes, and what is durable of the lane that is between them."""

    settings: Settings
    records: list[Item]
    outcomes: list[str]
    page: int
    position: str = ""
    window: Window | None = None
    executed: list[str] = field(default_factory=list)
    """Records in the order of their successful executions, or of being given up."""
    given_up: set[str] = field(default_factory=set)
    kills: int = 0
    now_ms: int = START
    arrived: int = 0

    def run(self) -> None:
        lane = self.lane()
        for _ in range(STEPS_MAX):
            step = lane.step(self.now_ms)
            match step:
                case Read():
                    self.read(lane, step)
                case Invoke():
                    if not self.invoke(lane, step.batch):
                        lane = self.lane()
                        continue
                case Discard():
                    self.give_up(step)
                case Wait():
                    self.wait(lane, step)
                case Done():
                    return
            self.save(lane)
        raise AssertionError(f"not done after {STEPS_MAX} steps")

    def lane(self) -> Lane:
        return Lane(self.settings, self.position, self.window)

    def save(self, lane: Lane) -> None:
        assert lane.position >= self.position, "a checkpoint never goes back"
        passed = {one.sequence for one in self.records if one.sequence <= lane.position}
        assert passed <= set(self.executed), "a checkpoint is never before a record that is not done"
        self.position, self.window = lane.position, lane.window

    def read(self, lane: Lane, step: Read) -> None:
        self.arrived = max(self.arrived, 1)
        there = [one for one in self.records[: self.arrived] if one.sequence > step.after][: self.page]
        is_at_end = len(there) < self.page
        lane.took(
            there,
            there[-1].sequence if there else step.after,
            self.now_ms,
            is_at_end=is_at_end,
            is_closed=is_at_end and self.arrived >= len(self.records),
        )

    def wait(self, lane: Lane, step: Wait) -> None:
        if step.for_records and self.arrived < len(self.records):
            self.arrived += 1
            self.now_ms = max(self.now_ms, self.records[self.arrived - 1].created_ms)
            lane.woken()
        else:
            assert step.until_ms is not None, "it waits for records that will not come"
            assert step.until_ms > self.now_ms, "it would turn"
            self.now_ms = step.until_ms

    def invoke(self, lane: Lane, batch: Batch) -> bool:
        """Whether the process goes on."""
        self.check(batch)
        outcome = self.outcomes.pop() if self.outcomes else "ok"
        if outcome == "kill":
            # The function may well have done it all.
            self.kills += 1
            return False
        if outcome == "throttled":
            lane.refused(self.now_ms)
            return True
        before = batch.items
        given_up = lane.answered(self.answer(outcome, batch), self.now_ms)
        self.executed += [one.sequence for one in before if one.sequence <= lane.position and before]
        if given_up is not None:
            assert given_up.invokes == self.settings.retries + 1
            self.given_up |= {one.sequence for one in given_up.items}
        return True

    def answer(self, outcome: str, batch: Batch) -> Answer:
        if outcome == "error":
            return Answer("r", b"{}", "Unhandled")
        response: dict[str, object] = {} if outcome == "stateless" else {"state": len(self.executed)}
        if outcome == "partial" and batch.items:
            middle = batch.items[len(batch.items) // 2].sequence
            response["batchItemFailures"] = [{"itemIdentifier": middle}]
        if outcome == "malformed":
            response["batchItemFailures"] = [{"itemIdentifier": "unknown"}]
        return Answer("r", json.dumps(response).encode())

    def check(self, batch: Batch) -> None:
        assert len(batch.items) <= self.settings.batch_size
        order = [one.sequence for one in batch.items]
        assert order == sorted(order)
        if self.settings.tumbling_s:
            assert batch.window is not None
            assert {Window.of(one.created_ms, 10).start_ms for one in batch.items} <= {batch.window.start_ms}
        else:
            assert batch.items

    def give_up(self, discard: Discard) -> None:
        assert discard.condition == AGE_EXCEEDED
        assert all(self.now_ms - one.created_ms > self.settings.age_ms_max for one in discard.items)
        self.executed += [one.sequence for one in discard.items]
        self.given_up |= {one.sequence for one in discard.items}


@settings(max_examples=300)
@given(
    LANES,
    st.lists(st.integers(0, 8000), min_size=1, max_size=25),
    st.lists(OUTCOMES, max_size=40),
    st.integers(1, 9),
)
def test_nothing_is_skipped_and_the_order_is_kept(
    lane: Settings, gaps_ms: list[int], outcomes: list[str], page: int
) -> None:
    records, created_ms = [], START
    for number, gap_ms in enumerate(gaps_ms, 1):
        created_ms += gap_ms
        records.append(Item(f"{number:04d}", created_ms, b"{}"))
    world = World(lane, records, outcomes, page)
    world.run()
    every = [one.sequence for one in records]
    assert sorted(set(world.executed)) == every
    firsts = list(dict.fromkeys(world.executed))
    assert firsts == every, "each record was first done after those before it"
    if not world.kills:
        assert world.executed == every, "none was done twice"
