"""What the deliveries of CloudWatch do: evaluate alarms, execute actions, make old data coarser.

An action that fails is not tried again, as on AWS; the history of the alarm tells of it.
"""

import json

from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.cloudwatch import CloudWatch, evaluating, notification, retention, transition
from stratolite.services.cloudwatch.domain import Alarm, State

HISTORY_MS = 30 * 24 * 60 * 60 * 1000
"""How long the history of alarms is kept, as on AWS."""


def kinds(cloudwatch: CloudWatch) -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def evaluate(entry: Entry) -> Effect:
        return lambda: _evaluate(cloudwatch, entry)

    async def act(entry: Entry) -> Effect:
        return lambda: _act(cloudwatch, entry)

    async def retain(entry: Entry) -> Effect:
        return lambda: _retain(cloudwatch, entry)

    def dead(entry: Entry, failure: DeliveryFailed) -> None:
        alarm, _ = transition.loaded(entry.payload)
        _tell(cloudwatch, entry, alarm, failure.reason)

    return (
        Kind(evaluating.TIMER.kind, evaluate),
        Kind(transition.ACT, act, dead=dead),
        Kind(retention.TIMER.kind, retain),
    )


def _evaluate(cloudwatch: CloudWatch, entry: Entry) -> None:
    world = cloudwatch.world
    if not evaluating.TIMER.went_off(world, entry.id):
        return
    call = entry.call(world.clock.now_ms(), world.entropy.uuid())
    evaluating.evaluate_due(call, cloudwatch)
    evaluating.watch(call, cloudwatch)


def _act(cloudwatch: CloudWatch, entry: Entry) -> None:
    alarm, old = transition.loaded(entry.payload)
    try:
        _hand_over(cloudwatch, entry, alarm, old)
    except AwsError as error:
        raise DeliveryFailed(f"{error.code}: {error.message}", retry=False) from error
    _tell(cloudwatch, entry, alarm, "")


def _hand_over(cloudwatch: CloudWatch, entry: Entry, alarm: Alarm, old: State) -> None:
    world = cloudwatch.world
    call = entry.call(world.clock.now_ms(), world.entropy.uuid())
    if entry.target.split(":")[2] == "lambda":
        if not world.ports.function.exists(entry.target):
            raise DeliveryFailed(f"there is no function {entry.target}", retry=False)
        event = json.dumps(notification.lambda_event(alarm, old)).encode()
        world.ports.function.invoke_later(call, entry.target, event, source=alarm.arn)
    else:
        text = notification.message(alarm, old)
        world.ports.topic.publish(call, entry.target, text, subject=notification.subject(alarm))


def _tell(cloudwatch: CloudWatch, entry: Entry, alarm: Alarm, error: str) -> None:
    call = entry.call(cloudwatch.world.clock.now_ms())
    summary = f"{'Failed to execute' if error else 'Successfully executed'} action {entry.target}"
    data = notification.history_of_action(alarm, entry.target, error)
    cloudwatch.alarms.tell(call, alarm.name, "Action", summary, data)


def _retain(cloudwatch: CloudWatch, entry: Entry) -> None:
    world = cloudwatch.world
    if not retention.TIMER.went_off(world, entry.id):
        return
    now_ms = world.clock.now_ms()
    has_more = retention.retain(cloudwatch.store, now_ms)
    cloudwatch.alarms.forget_history(now_ms - HISTORY_MS)
    if not cloudwatch.store.is_empty or cloudwatch.alarms.has_history:
        retention.TIMER.wake(world, entry.call(now_ms), now_ms if has_more else now_ms + retention.HOUR_MS)
