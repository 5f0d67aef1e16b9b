"""The outbox and its worker: at least once, on the clock, never lost, never spinning."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from stratolite.core.call import Call
from stratolite.core.clock import MovableClock
from stratolite.core.errors import AwsError, ServiceUnavailable
from stratolite.delivery import outbox as outbox_module
from stratolite.delivery.outbox import Entry, Outbox
from stratolite.delivery.retry import ONCE, DeliveryFailed, RetryPolicy, delays
from stratolite.delivery.worker import (
    FAULT_WAIT_S,
    IN_FLIGHT_MAX,
    KIND_IN_FLIGHT_MAX,
    TARGET_IN_FLIGHT_MAX,
    Effect,
    Kind,
    Worker,
)
from stratolite.storage.database import Database
from stratolite.storage.migrations import migrate

SCHEMA = (Path(__file__).parents[3] / "src/stratolite/delivery/schema.sql").read_text()


class Setting:
    """A database, an outbox, a clock, and a worker for the kinds that a test names."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path / "test.db")
        migrate(self.database, "delivery", SCHEMA)
        self.outbox = Outbox(self.database)
        self.clock = MovableClock(0)
        self.kinds: dict[str, Kind] = {}
        self.worker = Worker(self.database, self.outbox, self.clock, lambda name: self.kinds[name])

    def kind(self, deliver: Callable[[Entry], object], name: str = "test.kind", **options: object) -> None:
        async def run(entry: Entry) -> Effect | None:
            result = deliver(entry)
            if asyncio.iscoroutine(result):
                result = await result
            return result  # type: ignore[return-value]

        self.kinds[name] = Kind(name, run, **options)  # type: ignore[arg-type]

    async def put(
        self,
        payload: bytes = b"",
        due_ms: int | None = None,
        trace_id: str = "",
        kind: str = "test.kind",
        target: str = "",
    ) -> int:
        call = Call(now_ms=self.clock.now_ms(), trace_id=trace_id)
        return await self.database.transact(lambda: self.outbox.put(call, kind, payload, due_ms=due_ms, target=target))

    async def settle(self) -> None:
        """Let everything that can happen at this moment of the clock happen."""
        for _ in range(20):
            await asyncio.sleep(0)
        await self.worker.drain()


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    setting = Setting(tmp_path)
    setting.worker.start()
    yield setting
    await setting.worker.close()
    setting.database.close()


async def test_a_delivery_carries_its_cause(setting: Setting) -> None:
    seen: list[tuple[bytes, str, int]] = []
    setting.kind(lambda entry: seen.append((entry.payload, entry.call(0).trace_id, entry.attempts)))
    await setting.put(b"hello", trace_id="Root=1-2-3")
    await setting.settle()
    assert seen == [(b"hello", "Root=1-2-3", 0)]
    assert len(setting.outbox) == 0


async def test_a_delivery_waits_for_its_time(setting: Setting) -> None:
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(setting.clock.now_ms()))
    await setting.put(due_ms=5000)
    await setting.settle()
    assert seen == []
    setting.clock.advance(5)
    await setting.settle()
    assert seen == [5000]


async def test_a_failure_is_tried_again_as_the_policy_says(setting: Setting) -> None:
    tried: list[int] = []
    dead: list[str] = []

    def deliver(entry: Entry) -> None:
        tried.append(setting.clock.now_ms())
        raise DeliveryFailed("down")

    policy = RetryPolicy(delays(60, 120))
    setting.kind(deliver, retry=policy, dead=lambda entry, failure: dead.append(failure.reason))
    await setting.put()
    for seconds in (0, 59, 1, 119, 1, 1000):
        setting.clock.advance(seconds)
        await setting.settle()
    assert tried == [0, 60_000, 180_000]
    assert dead == ["down"]
    assert len(setting.outbox) == 0


async def test_a_delivery_may_be_tried_again_at_once(setting: Setting) -> None:
    attempts: list[int] = []

    def deliver(entry: Entry) -> None:
        attempts.append(entry.attempts)
        if entry.attempts < 3:
            raise DeliveryFailed("not yet")

    setting.kind(deliver, retry=RetryPolicy(delays(0, 0, 0)))
    await setting.put()
    await setting.settle()
    assert attempts == [0, 1, 2, 3]
    assert len(setting.outbox) == 0


async def test_a_policy_may_depend_on_the_entry(setting: Setting) -> None:
    dead: list[bytes] = []

    def deliver(entry: Entry) -> None:
        raise DeliveryFailed("down")

    setting.kind(
        deliver,
        retry=lambda entry: RetryPolicy(delays(10)) if entry.payload == b"twice" else ONCE,
        dead=lambda entry, failure: dead.append(entry.payload),
    )
    await setting.put(b"twice")
    await setting.put(b"once")
    await setting.settle()
    assert dead == [b"once"]
    setting.clock.advance(10)
    await setting.settle()
    assert dead == [b"once", b"twice"]


async def test_what_cannot_succeed_is_not_tried_again(setting: Setting) -> None:
    class Gone(AwsError):
        """The target does not exist."""

    tried: list[int] = []

    def deliver(entry: Entry) -> None:
        tried.append(1)
        raise Gone("the target is gone")

    setting.kind(deliver, retry=RetryPolicy(delays(1, 1, 1)))
    await setting.put()
    await setting.settle()
    assert tried == [1]
    assert len(setting.outbox) == 0


async def test_a_fault_of_ours_is_a_failure_like_any_other(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    def deliver(entry: Entry) -> None:
        raise ZeroDivisionError("ours")

    setting.kind(deliver, retry=RetryPolicy(delays(60)))
    await setting.put()
    await setting.settle()
    [entry] = setting.outbox.entries()
    assert (entry.attempts, entry.due_ms, entry.error) == (1, 60_000, "ZeroDivisionError: ours")
    assert "ZeroDivisionError" in caplog.text


async def test_the_effect_commits_with_the_end_of_the_delivery(setting: Setting) -> None:
    setting.database.script("CREATE TABLE effect (x INTEGER);")

    def effect() -> None:
        assert setting.database.in_transaction
        setting.database.write("INSERT INTO effect VALUES (1)")

    setting.kind(lambda entry: effect)
    await setting.put()
    await setting.settle()
    assert setting.database.query("SELECT x FROM effect") == [(1,)]


async def test_what_was_in_flight_is_executed_by_the_next_process(tmp_path: Path) -> None:
    first = Setting(tmp_path)
    started = asyncio.Event()

    async def hang(entry: Entry) -> None:
        started.set()
        await asyncio.Event().wait()

    first.kind(hang)
    first.worker.start()
    await first.put(b"survives")
    await started.wait()
    await first.worker.close()
    first.database.close()

    second = Setting(tmp_path)
    seen: list[bytes] = []
    second.kind(lambda entry: seen.append(entry.payload))
    second.worker.start()
    await second.worker.drain()
    assert seen == [b"survives"]
    await second.worker.close()
    second.database.close()


async def flood(setting: Setting, kinds: int, targets: int, count: int) -> tuple[int, asyncio.Event]:
    """Deliveries that hang, to so many targets of so many kinds: how many were in flight at most, and their release."""
    release = asyncio.Event()

    async def deliver(entry: Entry) -> None:
        await release.wait()

    for kind in range(kinds):
        setting.kind(deliver, f"test.kind{kind}")
    await asyncio.gather(
        *(
            setting.put(kind=f"test.kind{kind}", target=f"target{target}")
            for kind in range(kinds)
            for target in range(targets)
            for _ in range(count)
        )
    )
    for _ in range(20):
        await asyncio.sleep(0)
    return setting.worker.in_flight, release


@pytest.mark.parametrize(
    ("kinds", "targets", "bound"),
    [(2, 8, IN_FLIGHT_MAX), (1, 8, KIND_IN_FLIGHT_MAX), (1, 1, TARGET_IN_FLIGHT_MAX)],
)
async def test_deliveries_in_flight_are_bounded(setting: Setting, kinds: int, targets: int, bound: int) -> None:
    count = TARGET_IN_FLIGHT_MAX + 5
    most, release = await flood(setting, kinds, targets, count)
    assert most == bound
    release.set()
    await setting.worker.drain()
    assert len(setting.outbox) == 0


async def test_a_kind_sets_its_own_bound(setting: Setting) -> None:
    release = asyncio.Event()
    setting.kind(lambda entry: release.wait(), target_in_flight_max=2)
    for _ in range(5):
        await setting.put(target="one")
        await setting.put(target="two")
    for _ in range(20):
        await asyncio.sleep(0)
    assert setting.worker.in_flight == 4
    release.set()
    await setting.worker.drain()
    assert len(setting.outbox) == 0


async def test_a_kind_that_hangs_holds_up_no_other(setting: Setting) -> None:
    _, release = await flood(setting, 1, 10, TARGET_IN_FLIGHT_MAX + 5)
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(entry.id), "test.other")
    await setting.put(kind="test.other")
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(seen) == 1
    release.set()
    await setting.worker.drain()


async def test_a_target_that_hangs_holds_up_no_other(setting: Setting) -> None:
    _, release = await flood(setting, 1, 1, 500)
    seen: list[str] = []
    hanging = setting.kinds["test.kind0"].deliver

    async def deliver(entry: Entry) -> None:
        seen.append(entry.target)
        if entry.target == "target0":
            await hanging(entry)

    setting.kind(deliver, "test.kind0")
    await setting.put(kind="test.kind0", target="quick")
    for _ in range(20):
        await asyncio.sleep(0)
    assert seen == ["quick"]
    release.set()
    await setting.worker.drain()


async def test_a_kind_that_fails_holds_up_no_other(setting: Setting) -> None:
    def fail(entry: Entry) -> None:
        raise DeliveryFailed("down")

    seen: list[int] = []
    setting.kind(fail, "test.failing", retry=RetryPolicy(lambda attempts: 0.0))
    setting.kind(lambda entry: seen.append(entry.id), "test.other")
    for _ in range(100):
        await setting.put(kind="test.failing")
    for _ in range(10):
        await setting.put(kind="test.other")
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(seen) == 10


async def test_a_throttled_delivery_counts_no_attempt_until_it_is_too_old(setting: Setting) -> None:
    tried: list[int] = []
    dead: list[str] = []

    def deliver(entry: Entry) -> None:
        tried.append(entry.attempts)
        raise DeliveryFailed("throttled", delay_s=20)

    setting.kind(deliver, retry=RetryPolicy(delays(), age_s_max=50), dead=lambda entry, failure: dead.append("dead"))
    await setting.put()
    for seconds in (0, 20, 20, 20, 20):
        setting.clock.advance(seconds)
        await setting.settle()
    assert tried == [0, 0, 0]
    assert dead == ["dead"]


async def test_an_effect_may_fail_the_delivery(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    class Busy(AwsError):
        """The target has no room."""

        status = 503

    refusals: list[Exception] = [DeliveryFailed("no"), Busy("not now")]

    def effect() -> None:
        if refusals:
            setting.outbox.put(Call(), "test.kind", b"undone with the effect")
            raise refusals.pop()

    setting.kind(lambda entry: effect, retry=RetryPolicy(delays(1, 1)))
    await setting.put()
    for _ in range(3):
        await setting.settle()
        setting.clock.advance(1)
    assert not refusals and len(setting.outbox) == 0
    assert not caplog.records


async def test_a_dead_letter_that_is_refused_ends_the_delivery(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    class QueueDoesNotExist(AwsError):
        """The dead-letter queue is gone."""

    tried: list[int] = []

    def deliver(entry: Entry) -> None:
        tried.append(entry.id)
        raise DeliveryFailed("down")

    def dead(entry: Entry, failure: DeliveryFailed) -> None:
        setting.outbox.put(Call(), "test.kind", b"undone with the refusal")
        raise QueueDoesNotExist("no queue")

    setting.kind(deliver, dead=dead)
    await setting.put()
    await setting.settle()
    assert len(tried) == 1 and len(setting.outbox) == 0
    assert "QueueDoesNotExist: no queue" in caplog.text


async def test_what_has_no_kind_waits_and_spins_not(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    await setting.put(kind="gone.kind")
    await setting.settle()
    [entry] = setting.outbox.entries()
    assert (entry.attempts, entry.due_ms, entry.error) == (0, FAULT_WAIT_S * 1000, "KeyError: 'gone.kind'")
    assert len(caplog.records) == 1
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(entry.id), "gone.kind")
    setting.clock.advance(FAULT_WAIT_S)
    await setting.settle()
    assert seen == [entry.id]


async def test_a_fault_of_the_database_spins_not(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    setting.kind(lambda entry: tried.append(entry.id))
    entry_id = await setting.put(due_ms=1000)
    transact = setting.database.transact

    async def full(work: Callable[[], object]) -> object:
        raise OSError("the disk is full")

    monkeypatch.setattr(setting.database, "transact", full)
    setting.clock.advance(1)
    for _ in range(50):
        await asyncio.sleep(0)
    assert tried == [entry_id]
    monkeypatch.setattr(setting.database, "transact", transact)
    setting.clock.advance(FAULT_WAIT_S)
    await setting.settle()
    assert tried == [entry_id, entry_id]
    assert len(setting.outbox) == 0


async def test_what_was_ended_meanwhile_is_not_delivered(setting: Setting) -> None:
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(entry.id))
    entry_id = await setting.put(due_ms=1000)
    await setting.database.transact(lambda: setting.outbox.end(entry_id))
    setting.clock.advance(1)
    await setting.settle()
    assert seen == [] and len(setting.outbox) == 0


async def test_a_delivery_goes_with_its_cause(setting: Setting) -> None:
    """A transaction that fails leaves no delivery, and wakes nobody."""
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(entry.id))

    def cause() -> None:
        setting.outbox.put(Call(), "test.kind", b"")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await setting.database.transact(cause)
    await setting.settle()
    assert seen == [] and len(setting.outbox) == 0 and setting.outbox.entries() == []


async def test_drain_waits_for_what_a_delivery_causes(setting: Setting) -> None:
    seen: list[bytes] = []

    async def deliver(entry: Entry) -> Effect | None:
        seen.append(entry.payload)
        left = int(entry.payload)
        call = entry.call(setting.clock.now_ms())
        return (lambda: cause(call, left - 1)) if left else None

    def cause(call: Call, left: int) -> None:
        setting.outbox.put(call, "test.kind", b"%d" % left)

    setting.kind(deliver)
    await setting.put(b"5")
    await setting.put(b"0", due_ms=10**12)
    await setting.worker.drain()
    assert seen == [b"5", b"4", b"3", b"2", b"1", b"0"]
    assert len(setting.outbox) == 1


async def test_drain_of_an_idle_worker_returns_at_once(setting: Setting) -> None:
    await setting.worker.drain()


async def test_the_moved_clock_makes_due(setting: Setting) -> None:
    """Drain counts by the clock: what the clock has passed is due, though the worker has not woken yet."""
    seen: list[int] = []
    setting.kind(lambda entry: seen.append(entry.id))
    entry_id = await setting.put(due_ms=60_000)
    setting.clock.advance(60)
    await setting.worker.drain()
    assert seen == [entry_id]


async def test_the_outbox_is_bounded(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "ENTRIES_MAX", 2)
    setting.kind(lambda entry: None)
    first = await setting.put(due_ms=10**12)
    await setting.put(due_ms=10**12)
    with pytest.raises(ServiceUnavailable):
        await setting.put(due_ms=10**12)
    await setting.database.transact(lambda: setting.outbox.end(first))
    await setting.put(due_ms=10**12)


async def test_waiting_costs_nothing(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the simulation: once woken while something was due later, the worker turned without end."""
    setting.kind(lambda entry: None)
    await setting.put(due_ms=60_000)
    await setting.put()
    await setting.settle()
    waits: list[int] = []
    sleep_until = setting.clock.sleep_until

    async def counted(due_ms: int) -> None:
        waits.append(due_ms)
        await sleep_until(due_ms)

    monkeypatch.setattr(setting.clock, "sleep_until", counted)
    for _ in range(200):
        await asyncio.sleep(0)
    assert waits == []
    assert len(setting.outbox) == 1
