"""What queues publish about themselves: the namespace ``AWS/SQS``.

What is sent, received and deleted is counted as it happens. How many messages wait, and how old the oldest is, is
looked at once a minute, and before anyone reads metrics, for queues that were used in the last six hours: the active
ones. Follows
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from stratolite.core.call import Call
from stratolite.core.metering import PERIOD_MS, Metric

if TYPE_CHECKING:
    from stratolite.core.metering import Derived, Tally
    from stratolite.core.ports.metrics import MetricSeries
    from stratolite.services.sqs.domain import Queue
    from stratolite.services.sqs.store import Store
    from stratolite.services.world import World

NAMESPACE = "AWS/SQS"
ACTIVE_MS = 6 * 60 * 60 * 1000
QUEUES_COUNTED_MAX = 10_000


class _Counters(NamedTuple):
    """What is counted of one queue."""

    sent: "Tally[int]"
    """By size in bytes."""
    received: "Tally[int]"
    """By how many messages a request got."""
    deleted: "MetricSeries"


class Meters:
    """Counts for all queues of one cloud."""

    def __init__(self, world: "World", store: "Store") -> None:
        self._world = world
        self._store = store
        self._counters: dict[int, _Counters] = {}
        self._used: dict[int, int] = {}
        """By queue: when it was used last."""
        self._looked_ms: dict[int, int] = {}
        """By queue: the minute in which it was looked at last."""
        self._is_watching = False
        world.ports.metric.collect(self.look)

    def sent(self, queue: "Queue", size_bytes: int) -> None:
        """A message was put into a queue. Those that are moved to a dead-letter queue do not count, as on AWS."""
        self._of(queue).sent.add(size_bytes)

    def received(self, queue: "Queue", count: int) -> None:
        """A request for messages was answered."""
        self._of(queue).received.add(count)

    def deleted(self, queue: "Queue", count: int = 1) -> None:
        """Messages were deleted."""
        self._of(queue).deleted.add(1.0, count)

    def look(self) -> None:
        """See how many messages wait in the queues that are active, once a minute each."""
        now_ms = self._world.clock.now_ms()
        minute_ms = now_ms - now_ms % PERIOD_MS
        for queue_id, used_ms in list(self._used.items()):
            if self._looked_ms.get(queue_id) == minute_ms:
                continue
            queue = self._store.queue_by_id(queue_id)
            if queue is None or used_ms < now_ms - ACTIVE_MS:
                for kept in (self._used, self._looked_ms, self._counters):
                    kept.pop(queue_id, None)
                continue
            self._looked_ms[queue_id] = minute_ms
            self._look_at(queue, now_ms)

    def _look_at(self, queue: "Queue", now_ms: int) -> None:
        visible, in_flight, delayed = self._store.counts(queue, now_ms)
        age_s = self._store.oldest_age_ms(queue, now_ms) // 1000 if visible or in_flight else 0
        meter, call = self._world.ports.metric, Call(account=queue.account, region=queue.region)
        for name, value, unit in (
            ("ApproximateNumberOfMessagesVisible", visible, "Count"),
            ("ApproximateNumberOfMessagesNotVisible", in_flight, "Count"),
            ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
            ("ApproximateAgeOfOldestMessage", age_s, "Seconds"),
        ):
            meter.count(call, NAMESPACE, name, {"QueueName": queue.name}, value, unit)

    def _of(self, queue: "Queue") -> _Counters:
        self._used[queue.id] = self._world.clock.now_ms()
        counters = self._counters.get(queue.id)
        if counters is None:
            if len(self._counters) >= QUEUES_COUNTED_MAX:
                self._counters.clear()
            counters = self._counters[queue.id] = _counters(self._world, queue)
        if not self._is_watching:
            self._is_watching = True
            self._world.tasks.start("looking at queues", self._watch())
        return counters

    async def _watch(self) -> None:
        """Look at each minute's end, as long as any queue is active."""
        clock = self._world.clock
        while self._used:
            now_ms = clock.now_ms()
            await clock.sleep_until(now_ms - now_ms % PERIOD_MS + PERIOD_MS)
            self.look()
        self._is_watching = False


def _counters(world: "World", queue: "Queue") -> _Counters:
    labels = (("QueueName", queue.name),)

    def metric(name: str, unit: str = "Count") -> Metric:
        return Metric(queue.account, queue.region, NAMESPACE, name, labels, unit)

    def of_sent(counted: Mapping[int, float]) -> "Derived":
        yield metric("SentMessageSize", "Bytes"), {float(size): times for size, times in counted.items()}
        yield metric("NumberOfMessagesSent"), {1.0: sum(counted.values())}

    def of_received(counted: Mapping[int, float]) -> "Derived":
        full = {float(count): times for count, times in counted.items() if count}
        empty = counted.get(0, 0.0)
        yield metric("NumberOfMessagesReceived"), full or {0.0: empty}
        yield metric("NumberOfEmptyReceives"), {1.0: empty} if empty else {0.0: sum(full.values())}

    meter, call = world.ports.metric, Call(account=queue.account, region=queue.region)
    deleted = meter.series(call, NAMESPACE, "NumberOfMessagesDeleted", dict(labels), "Count")
    return _Counters(meter.tally(of_sent), meter.tally(of_received), deleted)
