"""The one worker that executes the outbox, at least once each, and says when nothing is left.

A handler (``Kind.deliver``) may return a plain function: it runs in the transaction that deletes the row, so that
the delivery's effect and its end commit together. A handler that raises is tried again as its policy says; when
the policy is exhausted, ``dead`` runs in the transaction that deletes the row: the place of dead-letter queues.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError
from stratolite.core.tasks import Supervisor, contain
from stratolite.delivery.outbox import Entry, Outbox
from stratolite.delivery.retry import ONCE, DeliveryFailed, RetryPolicy
from stratolite.storage.database import Database

IN_FLIGHT_MAX = 256
"""How many deliveries are executed at the same time."""

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
    """Runs in the transaction that ends a delivery which no attempt could make."""

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
        self._in_flight: set[int] = set()
        self._wake = asyncio.Event()
        self._idle = asyncio.Condition()
        outbox.wake = self._wake.set

    def start(self) -> None:
        """Begin; entries left by an earlier process are executed too."""
        self._tasks.start("delivery", self._run())

    async def close(self) -> None:
        """Stop. What is in flight stays in the outbox and is executed again at the next start."""
        await self._tasks.close()

    @property
    def in_flight(self) -> int:
        """How many deliveries are being executed."""
        return len(self._in_flight)

    async def drain(self) -> None:
        """Return when nothing is due and nothing is in flight. What is due later is not waited for."""
        async with self._idle:
            await self._idle.wait_for(self._is_drained)

    def _is_drained(self) -> bool:
        return not self._in_flight and not self._outbox.due(self._clock.now_ms(), 1)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            self._launch()
            now_ms = self._clock.now_ms()
            due_ms = self._outbox.next_due_ms(now_ms)
            await self._until_woken(due_ms)

    async def _until_woken(self, due_ms: int | None) -> None:
        if due_ms is None:
            await self._wake.wait()
            return
        timer = asyncio.ensure_future(self._clock.sleep_until(due_ms))
        timer.add_done_callback(lambda _: self._wake.set())
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    def _launch(self) -> None:
        room = IN_FLIGHT_MAX - len(self._in_flight)
        if room <= 0:
            return
        # Rows in flight are still in the table, at its front: look past them.
        for entry in self._outbox.due(self._clock.now_ms(), len(self._in_flight) + room):
            if entry.id not in self._in_flight and len(self._in_flight) < IN_FLIGHT_MAX:
                self._in_flight.add(entry.id)
                self._tasks.start(f"{entry.kind} {entry.id}", self._execute(entry))

    async def _execute(self, entry: Entry) -> None:
        try:
            await self._attempt(entry)
        finally:
            self._in_flight.discard(entry.id)
            self._wake.set()
            async with self._idle:
                self._idle.notify_all()

    async def _attempt(self, entry: Entry) -> None:
        kind = self._kind(entry.kind)
        outcome = await contain(f"the delivery {entry.kind} {entry.id}", self._outcome(kind, entry))
        if isinstance(outcome, Exception) and not isinstance(outcome, DeliveryFailed):
            # A fault of ours: tried again like any other failure, so that it cannot spin.
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
        if due_ms is None:
            kind.dead(entry, failure)
            self._outbox.end(entry.id)
        else:
            self._outbox.postpone(entry.id, due_ms, attempts, failure.reason)
