"""The one worker that executes the outbox, at least once each, and says when nothing is left.

A handler (``Kind.deliver``) may return a plain function: it runs in the transaction that deletes the row, so that
the delivery's effect and its end commit together. A handler or effect that raises is tried again as its policy says;
when the policy is exhausted, ``dead`` runs in the transaction that deletes the row: the place of dead-letter queues.

What is executed at once is bounded three times: for a target, for a kind, and in all. So a target that hangs holds up
its own lane, a kind that hangs leaves room for the others. A fault of ours is logged and waits ``FAULT_WAIT_S`` before
it is tried again, so that nothing ever spins.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError
from stratolite.core.tasks import Supervisor, contain
from stratolite.delivery.lanes import Lane, Lanes
from stratolite.delivery.outbox import Entry, Outbox
from stratolite.delivery.retry import ONCE, DeliveryFailed, RetryPolicy
from stratolite.storage.database import Database

IN_FLIGHT_MAX = 256
"""How many deliveries are executed at the same time."""
KIND_IN_FLIGHT_MAX = 192
"""How many of them may be of one kind."""
TARGET_IN_FLIGHT_MAX = 32
"""How many of one kind may go to one target, unless the kind says otherwise."""
FAULT_WAIT_S = 60
"""How long a delivery waits that failed by a fault of ours which its policy does not cover."""

Effect = Callable[[], None]
log = logging.getLogger("stratolite.delivery")


def _lost(entry: Entry, failure: DeliveryFailed) -> None:
    log.warning("%s to %s was given up: %s", entry.kind, entry.target or "(no target)", failure.reason)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of delivery."""

    name: str
    deliver: Callable[[Entry], Awaitable[Effect | None]]
    retry: RetryPolicy | Callable[[Entry], RetryPolicy] = ONCE
    """The policy, or a function that reads it from the entry (per-subscription, per-function settings)."""
    dead: Callable[[Entry, DeliveryFailed], None] = _lost
    """Runs in the transaction that ends a delivery which no attempt could make. An AwsError of the dead-letter target
    is logged; the delivery is over all the same, as on AWS."""
    target_in_flight_max: int = TARGET_IN_FLIGHT_MAX

    def policy(self, entry: Entry) -> RetryPolicy:
        return self.retry if isinstance(self.retry, RetryPolicy) else self.retry(entry)


class Worker:
    """Executes due entries until it is closed."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock, kind: Callable[[str], Kind]) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._kind = kind
        self._tasks = Supervisor()
        self._lanes = Lanes()
        self._busy: dict[Lane, set[int]] = {}
        """The ids in flight, by lane."""
        self._of_kind: Counter[str] = Counter()
        self._postponed: dict[int, int] = {}
        """When what is still in flight is due again."""
        self._wake = asyncio.Event()
        self._quiet: list[asyncio.Future[None]] = []
        outbox.notice = self._notice

    def start(self) -> None:
        """Begin; entries left by an earlier process are executed too."""
        for lane, due_ms in self._outbox.lanes():
            self._lanes.notice(lane, due_ms)
        self._tasks.start("delivery", self._run())

    async def close(self) -> None:
        """Stop. What is in flight stays in the outbox and is executed again at the next start."""
        await self._tasks.close()

    @property
    def in_flight(self) -> int:
        """How many deliveries are being executed."""
        return self._of_kind.total()

    async def drain(self) -> None:
        """Return when nothing is due and nothing is in flight. What is due later is not waited for."""
        while not self._is_quiet():
            quiet: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._quiet.append(quiet)
            await quiet

    def _is_quiet(self) -> bool:
        return not self._busy and self._lanes.is_quiet(self._clock.now_ms())

    def _notice(self, lane: Lane, due_ms: int) -> None:
        if self._lanes.notice(lane, due_ms):
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now_ms = self._clock.now_ms()
            for lane in self._lanes.ready(now_ms):
                self._fill(lane, now_ms)
            if self._quiet and self._is_quiet():
                self._tell_quiet()
            await self._until_woken(self._lanes.next_due_ms())

    async def _until_woken(self, due_ms: int | None) -> None:
        if due_ms is None:
            await self._wake.wait()
            return
        timer = asyncio.ensure_future(self._clock.sleep_until(due_ms))
        # One that is cancelled wakes nobody: it would wake the wait after this one, and that the next, without end.
        timer.add_done_callback(lambda done: None if done.cancelled() else self._wake.set())
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    def _tell_quiet(self) -> None:
        waiters, self._quiet = self._quiet, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # What is executed next ----------------------------------------------------------------------------------

    def _fill(self, lane: Lane, now_ms: int) -> None:
        """Begin as many of a lane's due entries as there is room for."""
        busy = self._busy.get(lane, ())
        room = self._room(lane, len(busy))
        # Rows in flight are still in the table: look past them.
        due = [one for one in self._outbox.due(lane, now_ms, len(busy) + room) if one not in busy] if room else []
        for entry_id in due[:room]:
            self._begin(lane, entry_id)
        if len(due) >= room:
            self._lanes.wait(lane)
        next_ms = self._outbox.next_due_ms(lane, now_ms)
        if next_ms is not None:
            self._lanes.notice(lane, next_ms)

    def _room(self, lane: Lane, busy: int) -> int:
        kind = lane[0]
        try:
            target_max = self._kind(kind).target_in_flight_max
        except LookupError:
            # No service here has this kind: the execution says so.
            target_max = TARGET_IN_FLIGHT_MAX
        in_all, of_kind = IN_FLIGHT_MAX - self.in_flight, KIND_IN_FLIGHT_MAX - self._of_kind[kind]
        return max(0, min(in_all, of_kind, target_max - busy))

    def _begin(self, lane: Lane, entry_id: int) -> None:
        self._busy.setdefault(lane, set()).add(entry_id)
        self._of_kind[lane[0]] += 1
        self._tasks.start(f"{lane[0]} {entry_id}", self._execute(lane, entry_id))

    def _end(self, lane: Lane, entry_id: int) -> None:
        busy = self._busy[lane]
        busy.discard(entry_id)
        if not busy:
            del self._busy[lane]
        self._of_kind[lane[0]] -= 1
        due_ms = self._postponed.pop(entry_id, None)
        if due_ms is not None:
            # The commit noticed it too, but then it was in flight, and was looked past if it was due already.
            self._lanes.notice(lane, due_ms)
        # Some lane may have waited for this room, and a drain for this end.
        self._wake.set()

    # One delivery -------------------------------------------------------------------------------------------

    async def _execute(self, lane: Lane, entry_id: int) -> None:
        try:
            # Read now and not when it was found: its transaction had not committed then, perhaps.
            entry = self._outbox.entry(entry_id)
            if entry is not None:
                await self._attempt(entry)
        finally:
            self._end(lane, entry_id)

    async def _attempt(self, entry: Entry) -> None:
        what = f"the delivery {entry.kind} {entry.id}"
        fault = await contain(what, self._deliver(what, entry))
        if fault is None:
            return
        text = f"{type(fault).__name__}: {fault}"
        due_ms = self._clock.now_ms() + FAULT_WAIT_S * 1000
        postponed = self._database.transact(lambda: self._postpone(entry, due_ms, entry.attempts, text))
        if await contain(f"postponing {what}", postponed) is not None:
            # Not even that can be written (a full disk): keep it in memory, in flight, for as long.
            await self._clock.sleep_until(due_ms)
            self._notice(entry.lane, entry.due_ms)

    async def _deliver(self, what: str, entry: Entry) -> None:
        kind = self._kind(entry.kind)
        outcome = await contain(what, self._outcome(kind, entry))
        if isinstance(outcome, Exception) and not isinstance(outcome, DeliveryFailed):
            # A fault of ours counts as an attempt like any other failure.
            outcome = DeliveryFailed(f"{type(outcome).__name__}: {outcome}")
        if isinstance(outcome, DeliveryFailed):
            failure = outcome
            await self._database.transact(lambda: self._fail(kind, entry, failure))

    async def _outcome(self, kind: Kind, entry: Entry) -> DeliveryFailed | None:
        try:
            effect = await kind.deliver(entry)
            await self._database.transact(lambda: self._succeed(entry, effect))
        except DeliveryFailed as error:
            return error
        except AwsError as error:
            return DeliveryFailed(f"{error.code}: {error.message}", retry=not error.is_client_fault)
        return None

    def _succeed(self, entry: Entry, effect: Effect | None) -> None:
        if effect is not None:
            effect()
        self._outbox.end(entry.id)

    def _fail(self, kind: Kind, entry: Entry, failure: DeliveryFailed) -> None:
        now_ms = self._clock.now_ms()
        attempts, due_ms = entry.attempts, None
        if failure.delay_s is not None:
            due_ms = kind.policy(entry).due_ms(entry.created_ms, failure.delay_s, now_ms)
        elif failure.retry:
            attempts += 1
            due_ms = kind.policy(entry).next_due_ms(entry.created_ms, attempts, now_ms)
        if due_ms is not None:
            self._postpone(entry, due_ms, attempts, failure.reason)
            return
        try:
            self._database.nested(lambda: kind.dead(entry, failure))
        except AwsError as error:
            log.warning("%s to %s has no dead letter: %s", entry.kind, entry.target or "(no target)", error)
        self._outbox.end(entry.id)

    def _postpone(self, entry: Entry, due_ms: int, attempts: int, reason: str) -> None:
        self._postponed[entry.id] = due_ms
        self._outbox.postpone(entry, due_ms, attempts, reason)
