"""Amazon CloudWatch: metrics and alarms.

    operations/   data (PutMetricData, GetMetricData), statistics, metrics (ListMetrics), alarms, composites, states,
                  history, tags, dashboards
    rules.py      limits, names of statistics and periods      statistics.py  what is computed of a stretch of time
    store.py      metrics and their data points                retention.py   what becomes coarser, and ends
    series.py     data points of a query, period by period     labels.py      what results are called
    alarm_store.py alarms, their history, dashboards           domain.py      what an alarm is
    evaluation.py from data points to a state                  reason.py      the state in AWS's words
    transition.py a new state and what it causes               notification.py  what targets are sent
    evaluating.py the clock of the alarms                      timers.py     timers with one outbox row each
    settings.py   what an alarm may be set to                  view.py       an alarm as clients see it
    alarm_rule.py the rules of composite alarms
    background.py what deliveries do                           port.py, backlog.py  metrics that services count

Alarms are evaluated by one timer, which is due when the next of them is; what a new state causes is put into the outbox
in the transaction of the state. Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html
"""

from stratolite.core.call import Call
from stratolite.services.cloudwatch.alarm_store import AlarmStore
from stratolite.services.cloudwatch.backlog import Backlog
from stratolite.services.cloudwatch.domain import Alarm, State
from stratolite.services.cloudwatch.retention import Retention
from stratolite.services.cloudwatch.store import Store
from stratolite.services.world import World


class CloudWatch:
    """CloudWatch of every account and region of one cloud."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._store = Store(world.database)
        self.alarms = AlarmStore(world.database)
        self.retention = Retention(self._store, self.alarms)
        self.backlog = Backlog(world, self._store, self.retention)

    @property
    def store(self) -> Store:
        """The tables of metrics, with all that services have counted until now."""
        self.backlog.settle()
        return self._store

    def told(self, call: Call, alarm: Alarm, old: State) -> None:
        """Tell of an alarm that changed its state, after the commit."""
        for see in self.world.ports.alarm_watchers:
            see(call, alarm.name, old.value, alarm.state.value, alarm.state.reason)


def build(world: World) -> CloudWatch:
    """Made once, when the service is first used."""
    return CloudWatch(world)
