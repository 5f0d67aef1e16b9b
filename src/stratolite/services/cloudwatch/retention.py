"""How long data points are kept, and how they become coarser, as AWS keeps them:

    one second   for 3 hours, then by the minute          five minutes  for 63 days, then by the hour
    one minute   for 15 days, then by five minutes        one hour      for 455 days

An hourly timer does it, as long as there are metrics; so that data points may be finer for up to an hour longer than on
AWS. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from stratolite.core.call import Call
from stratolite.services.cloudwatch.store import Store
from stratolite.services.cloudwatch.timers import Timer
from stratolite.services.world import World

HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
STEPS = ((1, 3 * HOUR_MS, 60), (60, 15 * DAY_MS, 300), (300, 63 * DAY_MS, 3600), (3600, 455 * DAY_MS, 0))
"""A resolution in seconds, how long it is kept, and the one that follows; 0 stands for none."""
ROWS_AT_ONCE_MAX = 2000

TIMER = Timer("retention", "cloudwatch.retain")


def watch(world: World, now_ms: int) -> None:
    """See to it that the timer runs, in the transaction that adds data points."""
    TIMER.wake(world, Call(now_ms=now_ms), now_ms + HOUR_MS, keep=True)


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
