"""How long data points are kept, and how they become coarser, as AWS keeps them:

    one second   for 3 hours, then by the minute          five minutes  for 63 days, then by the hour
    one minute   for 15 days, then by five minutes        one hour      for 455 days

Whoever writes does it, once an hour of the clock and a bounded piece at a time: data points may be finer for a while
longer than on AWS, and a cloud that nobody writes to is left alone. No timer: it would wake idle clouds for nothing.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from stratolite.services.cloudwatch.alarm_store import AlarmStore
from stratolite.services.cloudwatch.store import Store

HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
STEPS = ((1, 3 * HOUR_MS, 60), (60, 15 * DAY_MS, 300), (300, 63 * DAY_MS, 3600), (3600, 455 * DAY_MS, 0))
"""A resolution in seconds, how long it is kept, and the one that follows; 0 stands for none."""
ROWS_AT_ONCE_MAX = 2000

HISTORY_MS = 30 * DAY_MS
"""How long the history of alarms is kept."""


class Retention:
    """Keeps house now and then."""

    def __init__(self, store: Store, alarms: AlarmStore) -> None:
        self._store = store
        self._alarms = alarms
        self._next_ms = 0

    def keep_house(self, now_ms: int) -> None:
        """Make coarser, or end, what has had its time, if it was not done within the hour; inside a transaction."""
        if now_ms >= self._next_ms and not retain(self._store, now_ms):
            self._alarms.forget_history(now_ms - HISTORY_MS)
            self._next_ms = now_ms + HOUR_MS


def retain(store: Store, now_ms: int) -> bool:
    """Make coarser, or end, what has had its time; whether there is more of it, left for the next transaction."""
    left = ROWS_AT_ONCE_MAX
    for resolution_s, age_ms, coarser_s in STEPS:
        aged = store.aged(resolution_s, _edge(now_ms - age_ms, coarser_s), left)
        for metric_id, point in aged:
            store.coarsen(metric_id, point, coarser_s)
        left -= len(aged)
        if left <= 0:
            return True
    store.forget_metrics(now_ms - STEPS[-1][1])
    return False


def _edge(before_ms: int, coarser_s: int) -> int:
    """Only whole stretches of the coarser resolution are merged, so that a query never sees a part of one."""
    return before_ms - before_ms % (coarser_s * 1000) if coarser_s else before_ms
