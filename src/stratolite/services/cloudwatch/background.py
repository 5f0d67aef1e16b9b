"""What the deliveries of CloudWatch do: evaluate alarms, execute actions.

An action that fails is not tried again, as on AWS; the history of the alarm tells of it.
"""

import json

from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.cloudwatch import CloudWatch, evaluating, notification, transition
from stratolite.services.cloudwatch.domain import Alarm, State


def kinds(cloudwatch: CloudWatch) -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def evaluate(entry: Entry) -> Effect:
        return lambda: _evaluate(cloudwatch, entry)

    async def act(entry: Entry) -> Effect:
        return lambda: _act(cloudwatch, entry)

    def dead(entry: Entry, failure: DeliveryFailed) -> None:
        alarm, _ = transition.loaded(entry.payload)
        _tell(cloudwatch, entry, alarm, failure.reason)

    return (
        Kind(evaluating.TIMER.kind, evaluate),
        Kind(transition.ACT, act, dead=dead),
    )


def _evaluate(cloudwatch: CloudWatch, entry: Entry) -> None:
    world = cloudwatch.world
    if not evaluating.TIMER.went_off(world, entry.id):
        return
    call = entry.call(world.clock.now_ms(), world.entropy.uuid())
    evaluating.evaluate_due(call, cloudwatch)
    cloudwatch.retention.keep_house(call.now_ms)
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
    cloudwatch.alarms.tell(call, alarm, "Action", summary, data)
