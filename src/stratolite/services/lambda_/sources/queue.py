"""SQS queues as event sources: batches of messages, as many at once as the backlog and the function allow.

A message is received in one transaction, with its batch; what does not match the filters is deleted in that same one.
After a success the batch is deleted in one transaction, after a failure nothing happens: its messages come back when
their visibility time-out is over, and SQS moves those that came back too often to the dead-letter queue. So nothing
is lost when the server is killed, and order is SQS's own: it gives nothing of a FIFO group while an earlier message
of the group is in flight.

Of a batch that fails in part everything is deleted that the function does not name, in FIFO queues too: there it should
name all that follow its first failure, as AWS says, since Lambda does not do it for the function.

How many batches run at once: five at first; while all are busy and more messages wait, 300 more a minute, up to
``MaximumConcurrency`` or ``BATCHES_MAX``. A failure takes one away and a throttle half of them (failures of functions
that report single items take none); for ``CALM_S`` none is added then. A throttled batch is tried again, later each
time, until the visibility time-out of its first message is over.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, services-sqs-scaling.html and
services-sqs-errorhandling.html
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from stratolite.core.errors import AwsError
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.recursion import joined
from stratolite.services.lambda_.sources import filter, queue_event
from stratolite.services.lambda_.sources.batch import Answer, failed_identifiers
from stratolite.services.lambda_.sources.poller import BATCHES_MAX, Poller

BATCHES_FIRST = 5
BATCHES_ADDED_A_MINUTE = 300
CALM_S = 60
RECEIVED_MAX = 100
"""How many messages one transaction receives."""
LOOK_MS_MIN = 1000
"""How long a queue is left alone that has messages and gives none; how often it is seen whether more batches fit."""
BACKOFF_MS_MIN, BACKOFF_MS_MAX = 500, 60_000


@dataclass(frozen=True, slots=True)
class Item:
    """A received message on its way to the function."""

    message_id: str
    handle: str
    trace_id: str
    record: bytes
    """The record of the event, in JSON."""


@dataclass(slots=True)
class Batch:
    """Messages that go to the function together."""

    items: Sequence[Item]
    received_ms: int
    """When the first of its messages was received."""
    expires_ms: int = 0
    """When that can be received again; known once the batch was throttled."""
    due_ms: int = 0
    throttles: int = 0
    """How often it was not run, in a row."""


class Allowance:
    """How many batches may run at once."""

    def __init__(self, most: int, now_ms: int) -> None:
        self._most = most
        self._allowed = float(min(BATCHES_FIRST, most))
        self._grown_ms = now_ms
        self._calm_until_ms = 0

    @property
    def allowed(self) -> int:
        return int(self._allowed)

    @property
    def is_most(self) -> bool:
        return self.allowed == self._most

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to look whether more are wanted."""
        return not self.is_most and now_ms - self._grown_ms >= LOOK_MS_MIN

    def grow(self, now_ms: int) -> None:
        """All have been busy since the last call, and more messages wait."""
        passed_ms, self._grown_ms = now_ms - self._grown_ms, now_ms
        if now_ms >= self._calm_until_ms:
            self._allowed = min(self._most, self._allowed + BATCHES_ADDED_A_MINUTE / 60_000 * passed_ms)

    def rest(self, now_ms: int) -> None:
        """Not all are busy: what passes now does not count."""
        self._grown_ms = now_ms

    def shrink(self, now_ms: int, *, is_throttled: bool) -> None:
        """A batch has failed, or was throttled."""
        self._allowed = max(1.0, self._allowed / 2 if is_throttled else self._allowed - 1)
        self._calm_until_ms = now_ms + CALM_S * 1000


class QueueSource:
    """One queue, polled for one mapping."""

    def __init__(self, poller: Poller) -> None:
        settings = poller.mapping.settings
        self._poller = poller
        self._world = poller.lambda_.world
        self._arn = poller.mapping.source_arn
        self._region = self._arn.split(":")[3]
        self._size: int = settings["BatchSize"]
        self._window_ms: int = settings["MaximumBatchingWindowInSeconds"] * 1000
        self._is_partial = "ReportBatchItemFailures" in settings.get("FunctionResponseTypes", [])
        self._matches = filter.of_messages(settings.get("FilterCriteria", {}))
        most = settings.get("ScalingConfig", {}).get("MaximumConcurrency", BATCHES_MAX)
        self._allowance = Allowance(most, self._world.clock.now_ms())
        self._gathered: deque[Item] = deque()
        self._gathered_bytes = 0
        self._opened_ms = 0
        """When the batch that is being gathered began."""
        self._throttled: list[Batch] = []
        self._is_empty = False
        """Whether the last look at the queue found nothing."""

    async def run(self) -> None:
        """Poll until the poller stops."""
        unwatch = self._world.ports.queue.watch(self._arn, self._poller.wake)
        try:
            while not self._poller.is_stopping:
                await self._begin()
                await self._poller.wait(self._next_ms())
            while self._gathered and self._poller.has_room:
                # They were received already: the function gets them now, though their batch is not full.
                self._poller.start(self._process(self._cut(self._world.clock.now_ms())))
        finally:
            unwatch()

    # What to do next ----------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Begin every batch that can be begun now."""
        self._is_empty = False
        self._again(self._world.clock.now_ms())
        while self._has_room() and not self._poller.is_stopping:
            batch = await self._next()
            if batch is None:
                break
            self._poller.start(self._process(batch))
        now_ms = self._world.clock.now_ms()
        if self._has_room():
            self._allowance.rest(now_ms)
        elif self._allowance.is_due(now_ms):
            waits = self._world.ports.queue.receivable_ms(self._arn, now_ms) == now_ms
            self._allowance.grow(now_ms) if waits else self._allowance.rest(now_ms)

    def _is_below(self) -> bool:
        """Whether fewer batches are running than may."""
        return self._poller.running < self._allowance.allowed and self._poller.has_room

    def _has_room(self) -> bool:
        """Whether a new batch may be begun; those that were throttled come first."""
        return self._is_below() and self._poller.running + len(self._throttled) < self._allowance.allowed

    def _again(self, now_ms: int) -> None:
        """Begin the throttled batches whose time has come; those whose messages are visible again are not ours."""
        waiting, self._throttled = self._throttled, []
        for batch in waiting:
            if batch.expires_ms <= now_ms:
                continue
            if batch.due_ms <= now_ms and self._is_below():
                self._poller.start(self._process(batch))
            else:
                self._throttled.append(batch)

    def _next_ms(self) -> int | None:
        """When there is something to do without news."""
        now_ms = self._world.clock.now_ms()
        # A batch for which there is no room is begun when another one ends, which is news.
        is_below = self._is_below()
        times = [min(batch.due_ms, batch.expires_ms) if is_below else batch.expires_ms for batch in self._throttled]
        if self._has_room():
            if self._gathered:
                times.append(self._opened_ms + self._window_ms)
            next_ms = self._world.ports.queue.receivable_ms(self._arn, now_ms)
            if next_ms is not None:
                gives_none = self._is_empty and next_ms <= now_ms
                times.append(now_ms + LOOK_MS_MIN if gives_none else next_ms)
        elif not self._allowance.is_most or not self._poller.running:
            times.append(now_ms + LOOK_MS_MIN)
        return min(times, default=None)

    # Batches --------------------------------------------------------------------------------------------------------

    async def _next(self) -> Batch | None:
        """The next batch that is full, or whose window is over; None when there is none yet."""
        while not self._is_full():
            now_ms = self._world.clock.now_ms()
            count = min(RECEIVED_MAX, self._size - len(self._gathered))
            received, items = await self._world.database.transact(partial(self._receive, count))
            if items and not self._gathered:
                self._opened_ms = now_ms
            self._gathered.extend(items)
            self._gathered_bytes += sum(len(item.record) + 1 for item in items)
            if not received:
                self._is_empty = True
                if not self._gathered or now_ms < self._opened_ms + self._window_ms:
                    return None
                break
            if not self._window_ms and self._gathered:
                break
        return self._cut(self._world.clock.now_ms())

    def _is_full(self) -> bool:
        room = queue_event.EVENT_BYTES_MAX - queue_event.ENVELOPE_BYTES
        return len(self._gathered) >= self._size or self._gathered_bytes > room

    def _receive(self, count: int) -> tuple[int, list[Item]]:
        """Receive messages; how many, and those that match. Runs inside a transaction."""
        call, queue = self._poller.call(), self._world.ports.queue
        try:
            messages = queue.receive(call, self._arn, count)
        except AwsError:
            # The queue is gone, or has too many messages in flight.
            return 0, []
        items, refused = [], []
        for message in messages:
            record = queue_event.record(message, self._arn, self._region, is_windowed=self._window_ms > 0)
            if self._matches is None or self._matches(record):
                trace_id = message.get("Attributes", {}).get(queue_event.TRACE, "")
                encoded = msgspec.json.encode(record)
                items.append(Item(message["MessageId"], message["ReceiptHandle"], trace_id, encoded))
            else:
                refused.append(message["ReceiptHandle"])
        if refused:
            queue.delete(call, self._arn, refused)
        return len(messages), items

    def _cut(self, now_ms: int) -> Batch:
        """Take a batch from the front of what was gathered: as many as go into one event."""
        items: list[Item] = []
        size_bytes = queue_event.ENVELOPE_BYTES
        while self._gathered and len(items) < self._size:
            size_bytes += len(self._gathered[0].record) + 1
            if items and size_bytes > queue_event.EVENT_BYTES_MAX:
                break
            items.append(self._gathered.popleft())
        self._gathered_bytes -= sum(len(item.record) + 1 for item in items)
        batch = Batch(items, self._opened_ms)
        self._opened_ms = now_ms
        return batch

    async def _process(self, batch: Batch) -> None:
        """Run the function with a batch, and delete what it has done."""
        payload = queue_event.event(item.record for item in batch.items)
        try:
            answer = await self._poller.invoke(payload, joined(item.trace_id for item in batch.items))
        except api.RecursiveInvocationException:
            self._allowance.shrink(self._world.clock.now_ms(), is_throttled=False)
        except AwsError:
            self._refused(batch)
        else:
            await self._answered(batch, answer)

    async def _answered(self, batch: Batch, answer: Answer) -> None:
        done = self._done(batch, answer)
        if not done:
            if not self._is_partial:
                self._allowance.shrink(self._world.clock.now_ms(), is_throttled=False)
            return
        handles = [item.handle for item in done]
        queue = self._world.ports.queue
        await self._world.database.transact(lambda: queue.delete(self._poller.call(), self._arn, handles))
        if self._throttled:
            # There is room again for one of those that had none.
            self._throttled[0].due_ms = 0

    def _done(self, batch: Batch, answer: Answer) -> Sequence[Item]:
        """What was processed: all, none, or what the function does not name as failed."""
        if answer.error:
            return ()
        if not self._is_partial:
            return batch.items
        failed = failed_identifiers(answer.payload)
        if failed is None or not set(failed) <= {item.message_id for item in batch.items}:
            return ()
        return [item for item in batch.items if item.message_id not in failed]

    def _refused(self, batch: Batch) -> None:
        """The function was not run: try again, later each time."""
        now_ms = self._world.clock.now_ms()
        settings = self._world.ports.queue.attributes(self._arn) or {}
        batch.expires_ms = batch.received_ms + int(settings.get("VisibilityTimeout", 0)) * 1000
        batch.due_ms = now_ms + min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << min(batch.throttles, 16))
        batch.throttles += 1
        self._throttled.append(batch)
        self._allowance.shrink(now_ms, is_throttled=True)
