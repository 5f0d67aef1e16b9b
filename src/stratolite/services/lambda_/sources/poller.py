"""How one mapping is polled, whatever its source. A source is one module, and one line in ``pollers.SOURCES``.

A ``Poller`` is made when a mapping is to be polled (it was created or enabled, or the server has started), and lives
until that mapping is changed, disabled or deleted. Its mapping never changes: after an update the old poller ends,
and then a new one begins with a source of its own. So a source reads its settings once, from ``poller.mapping``, and
what it has to go on from after an update or a crash stands in the database.

To write a source:

1. A class that is made with its poller, and has ``run``::

    async def run(self) -> None:
        unwatch = ports.queue.watch(arn, self._poller.wake)     # woken after commits: nothing looks again and again
        try:
            while not self._poller.is_stopping:
                ...                                             # read, and begin what can be begun:
                if self._poller.has_room:
                    self._poller.start(self._process(batch))
                await self._poller.wait(until_ms)               # until woken, until a batch ends, until a time comes
        finally:
            unwatch()

   ``wait`` is the only place where it may wait for news or for the clock. What it waits for (a batch window, a retry,
   a back-off) is the earliest ``until_ms`` (wall time; None: nothing but a call of ``wake``). A poller that waits for
   later and has no batch running is quiet: ``drain`` does not wait for what is due later.

2. A batch is a coroutine that is given to ``start`` and runs beside others; how many is the source's choice, up to
   ``has_room``. It invokes the function, then makes what came of it durable in one transaction, and ends, which wakes
   the poller. It must not wait for the clock: a batch that is to be tried again later is kept by the source, which
   starts it again then. An exception of it is a fault of ours: it is logged, ``wait`` raises ``PollerFault``, and
   ``FAULT_WAIT_S`` later the mapping goes on with a new source, from what is durable.

3. ``poller.invoke(payload, trace_id)`` runs the function as a synchronous invoke does, within the function's
   concurrency. It returns an ``Answer`` whose ``error`` says whether the function failed. It raises AwsError when the
   function did not run: throttled (TooManyRequestsException), gone, not startable. Nothing was tried then; the source
   backs off.

4. Once ``is_stopping`` is set no batch may be begun, ``run`` returns soon, and the poller waits for the batches that
   are running. Until then the mapping is Disabling, Deleting or Updating.

5. ``poller.note(text)`` keeps LastProcessingResult, in the transaction that ends a batch.

6. In ``pollers.SOURCES``: ``open`` makes the source, ``begin`` runs in the transaction that creates a mapping (where
   does LATEST begin?), ``forget`` in the one that deletes it (its checkpoints).

A cancelled poller (the server stops) is cut off as by a crash: what was not committed is done again at the next
start.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from stratolite.core.call import Call
from stratolite.core.tasks import Supervisor, contain
from stratolite.services.lambda_ import api, background
from stratolite.services.lambda_.invocation import Event, execute
from stratolite.services.lambda_.mapping_store import EventSourceMapping
from stratolite.services.lambda_.sources.batch import Answer
from stratolite.services.lambda_.sources.rest import Rest

if TYPE_CHECKING:
    from stratolite.services.lambda_ import Lambda

BATCHES_MAX = 1250
"""How many batches of one mapping run at the same time: as many as on AWS."""
TASKS_USED_MAX = 8_000
"""From how many pollers and batches of all mappings no further batch is begun."""
FAULT_WAIT_S = 60
"""How long a mapping rests after a fault of ours, so that nothing ever spins."""
OK, PROBLEM = "OK", "PROBLEM: Function call failed"
"""What ``note`` is given."""


class PollerFault(Exception):
    """A batch has met a fault of ours, which was logged."""


class Source(Protocol):
    """What is polled for one mapping."""

    async def run(self) -> None:
        """Poll until ``poller.is_stopping``."""


class Poller:
    """One mapping while it is polled."""

    def __init__(
        self, lambda_: "Lambda", mapping: EventSourceMapping, tasks: Supervisor, rested: Callable[[], None]
    ) -> None:
        """``rested`` is called whenever the poller may have become quiet."""
        self.lambda_ = lambda_
        self.mapping = mapping
        self.is_stopping = False
        """Whether the source has to come to its end."""
        self.running = 0
        """How many batches are running."""
        self._tasks = tasks
        self._rest = Rest(lambda_.world.clock, rested)
        self._has_fault = False
        self._noted = mapping.last_result

    # For sources --------------------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whether one more batch may run beside those that are running."""
        return self.running < BATCHES_MAX and len(self._tasks) < TASKS_USED_MAX

    def call(self) -> Call:
        """The call in whose name the mapping acts: now, in the function's account and region."""
        place = self.mapping.function
        return Call(account=place.account, region=place.region, now_ms=self.lambda_.world.clock.now_ms())

    def wake(self) -> None:
        """There may be something to do: ``wait`` returns."""
        self._rest.wake()

    async def wait(self, until_ms: int | None = None) -> None:
        """Return once ``wake`` has been called since this returned last, or at a time (wall, ms).

        Raises PollerFault when a batch has failed by a fault of ours.
        """
        await self._rest.wait(until_ms)
        if self._has_fault:
            raise PollerFault(f"a batch of {self.mapping.arn} has failed")

    def start(self, batch: Coroutine[Any, Any, None]) -> None:
        """Run a batch beside the others."""
        assert self.has_room, "a source looks whether there is room"
        self.running += 1
        task = self._tasks.start(f"a batch of {self.mapping.arn}", self._run(batch))
        # One that is cancelled before its first step has not begun the batch.
        task.add_done_callback(lambda _: batch.close())

    async def invoke(self, payload: bytes, trace_id: str = "") -> Answer:
        """Run the function and wait for its answer. Raises AwsError when it did not run."""
        world, function = self.lambda_.world, self.mapping.function
        request_id = world.entropy.uuid()
        event = Event(request_id, payload, trace_id=trace_id)
        try:
            outcome = await execute(self.lambda_, function, event)
        except api.RecursiveInvocationException:
            call = self.call()
            await world.database.transact(lambda: background.stopped(call, self.lambda_, function, event))
            raise
        return Answer(request_id, outcome.payload, outcome.error, outcome.executed_version, event.trace_id)

    def note(self, result: str) -> None:
        """From now on this is LastProcessingResult; inside a transaction."""
        if result != self._noted:
            self._noted = result
            self.lambda_.mappings.set_last_result(self.mapping.uuid, result)

    # For ``Pollers`` ------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Begin no further batch; ``live`` returns when the running ones have ended."""
        self.is_stopping = True
        self.wake()

    def is_quiet(self, now_ms: int) -> bool:
        """Whether nothing is running and nothing is to be done before a later time."""
        return not self.running and self._rest.is_quiet(now_ms)

    async def live(self, make: Callable[["Poller"], Source]) -> None:
        """Poll until the poller is stopped and its last batch has ended."""
        clock = self.lambda_.world.clock
        while not self.is_stopping:
            self._has_fault = False
            fault = await contain(f"polling {self.mapping.source_arn}", make(self).run())
            while self.running:
                await self._rest.wait()
            until_ms = clock.now_ms() + FAULT_WAIT_S * 1000
            while fault is not None and not self.is_stopping and clock.now_ms() < until_ms:
                await self._rest.wait(until_ms)

    async def _run(self, batch: Coroutine[Any, Any, None]) -> None:
        try:
            if await contain(f"a batch of {self.mapping.arn}", batch) is not None:
                self._has_fault = True
        finally:
            self.running -= 1
            self._rest.wake()
