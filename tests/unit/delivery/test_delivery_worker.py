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
from stratolite.delivery.worker import IN_FLIGHT_MAX, Effect, Kind, Worker
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

    def kind(self, deliver: Callable[[Entry], object], **options: object) -> None:
        async def run(entry: Entry) -> Effect | None:
            result = deliver(entry)
            if asyncio.iscoroutine(result):
                result = await result
            return result  # type: ignore[return-value]

        self.kinds["test.kind"] = Kind("test.kind", run, **options)  # type: ignore[arg-type]

    async def put(self, payload: bytes = b"", due_ms: int | None = None, trace_id: str = "") -> None:
        call = Call(now_ms=self.clock.now_ms(), trace_id=trace_id)
        await self.database.transact(lambda: self.outbox.put(call, "test.kind", payload, due_ms=due_ms))

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


async def test_no_attempt_begins_after_the_maximum_age(setting: Setting) -> None:
    assert RetryPolicy(lambda attempts: 30.0, age_s_max=60).next_due_ms(0, 1, 20_000) == 50_000
    assert RetryPolicy(lambda attempts: 30.0, age_s_max=60).next_due_ms(0, 2, 50_000) is None


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


async def test_deliveries_in_flight_are_bounded(setting: Setting) -> None:
    release = asyncio.Event()
    most = 0

    async def deliver(entry: Entry) -> None:
        nonlocal most
        most = max(most, setting.worker.in_flight)
        await release.wait()

    setting.kind(deliver)
    await asyncio.gather(*(setting.put() for _ in range(IN_FLIGHT_MAX + 50)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert setting.worker.in_flight == most == IN_FLIGHT_MAX
    release.set()
    await setting.worker.drain()
    assert len(setting.outbox) == 0


async def test_the_outbox_is_bounded(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "ENTRIES_MAX", 2)
    setting.kind(lambda entry: None)
    await setting.put(due_ms=10**12)
    await setting.put(due_ms=10**12)
    with pytest.raises(ServiceUnavailable):
        await setting.put(due_ms=10**12)
