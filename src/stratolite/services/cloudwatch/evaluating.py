"""The clock of the alarms: one timer, due when the next of them is.

An alarm is evaluated once a minute (once in ten seconds for periods below a minute), at the whole minute. When the
clock has moved past several of these moments they are caught up with in order, up to ``CAUGHT_UP_MAX``: so that an
alarm that would have gone off does.
"""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, reason, series, statistics, transition
from stratolite.services.cloudwatch.domain import Alarm
from stratolite.services.cloudwatch.evaluation import Datapoint, evaluate, range_periods, rule_of
from stratolite.services.cloudwatch.store import Store
from stratolite.services.cloudwatch.timers import Timer

TIMER = Timer("alarms", "cloudwatch.evaluate")
ALARMS_AT_ONCE_MAX = 100
"""How many alarms are evaluated in one transaction."""
CAUGHT_UP_MAX = 60


def first_ms(alarm: Alarm, now_ms: int) -> int:
    """The next moment at which an alarm is evaluated."""
    step_ms = alarm.evaluation_ms
    return now_ms - now_ms % step_ms + step_ms


def watch(call: Call, cloudwatch: CloudWatch) -> None:
    """See to it that the timer goes off when the next alarm is due."""
    next_ms = cloudwatch.alarms.next_ms()
    if next_ms is not None:
        TIMER.wake(cloudwatch.world, Call(now_ms=call.now_ms), max(next_ms, call.now_ms))


def evaluate_due(call: Call, cloudwatch: CloudWatch) -> None:
    """Evaluate the alarms whose time has come, in the current transaction."""
    store = cloudwatch.store
    for alarm in cloudwatch.alarms.due(call.now_ms, ALARMS_AT_ONCE_MAX):
        step_ms = alarm.evaluation_ms
        last_ms = call.now_ms - call.now_ms % step_ms
        first = max(alarm.next_ms, last_ms - (CAUGHT_UP_MAX - 1) * step_ms)
        for at_ms in range(first, last_ms + 1, step_ms):
            alarm = _evaluated(cloudwatch, store, alarm, at_ms, call)
        cloudwatch.alarms.set_next(alarm.arn, last_ms + step_ms)


def _evaluated(cloudwatch: CloudWatch, store: Store, alarm: Alarm, at_ms: int, call: Call) -> Alarm:
    watched = alarm.watched
    rule = rule_of(alarm.settings, watched.stat, watched.namespace)
    verdict = evaluate(rule, alarm.state.value, _datapoints(store, alarm, at_ms))
    if verdict.state == alarm.state.value:
        return alarm
    text = reason.text(rule, verdict, counts_to_alarm="DatapointsToAlarm" in alarm.settings)
    data = reason.data(rule, verdict, watched, at_ms)
    at = replace(call, account=alarm.account, region=alarm.region, now_ms=at_ms)
    return transition.enter(at, cloudwatch, alarm, verdict.state, text, data)


def _datapoints(store: Store, alarm: Alarm, at_ms: int) -> list[Datapoint]:
    """The periods of the evaluation range before a moment, the most recent first."""
    watched = alarm.watched
    period_ms = watched.period_s * 1000
    count = range_periods(alarm.settings["EvaluationPeriods"], watched.period_s)
    span = series.Span(at_ms - count * period_ms, at_ms, watched.period_s)
    found = series.by_period(store, alarm.metric, span, watched.unit)
    known: dict[int, Datapoint] = {}
    for begin_ms, values in series.of_one_unit(found) if found else ():
        value = statistics.compute(watched.stat, values)
        if value is not None:
            known[begin_ms] = Datapoint(begin_ms, value, values.count)
    begins = range(at_ms - period_ms, span.begin_ms - 1, -period_ms)
    return [known.get(begin_ms) or Datapoint(begin_ms) for begin_ms in begins]
