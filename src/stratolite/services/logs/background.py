"""What the timers of CloudWatch Logs do: sweep what a retention has ended, hand lines to those who subscribed."""

import json
import logging
from collections.abc import Callable

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DAY_S, DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Kind
from stratolite.services.logs import Logs, subscription
from stratolite.services.logs.expiry import plan_sweep

RETRY_S_MAX = 60.0
_THROTTLED = frozenset({"ProvisionedThroughputExceededException"})

log = logging.getLogger("stratolite.logs")


def kinds(logs: Logs) -> tuple[Kind, ...]:
    """``logs.sweep``: one waiting entry for each group that has a retention. ``logs.deliver``: lines of one write for
    one subscription filter, tried for a day."""

    async def sweep(entry: Entry) -> Callable[[], None]:
        return lambda: _sweep(logs, entry)

    async def deliver(entry: Entry) -> Callable[[], None]:
        return lambda: _deliver(logs, entry)

    policy = RetryPolicy(lambda attempts: min(2.0 ** min(attempts, 10), RETRY_S_MAX), age_s_max=DAY_S)
    return (
        Kind("logs.sweep", sweep),
        Kind(subscription.DELIVER, deliver, policy, lambda entry, failure: _lose(logs, entry, failure)),
    )


def _sweep(logs: Logs, entry: Entry) -> None:
    group = logs.store.group_of_id(int(entry.payload))
    if group is None or group.sweep_entry != entry.id:
        # The group is gone, or its retention was set again: another entry does it.
        return
    now_ms = logs.world.clock.now_ms()
    logs.store.sweep(group, now_ms)
    plan_sweep(entry.call(now_ms), logs, group, group.retention_days)


def _deliver(logs: Logs, entry: Entry) -> None:
    delivery, call = json.loads(entry.payload), entry.call(logs.world.clock.now_ms())
    ports = logs.world.ports
    try:
        if ":kinesis:" in entry.target:
            key = subscription.partition_key(logs.world, delivery)
            for document in subscription.documents(entry.account, delivery):
                ports.kinesis.put(call, entry.target, key, document)
        else:
            for event in subscription.function_events(entry.account, delivery):
                ports.function.invoke_later(call, entry.target, event, source=entry.source)
    except AwsError as error:
        retry = not error.is_client_fault or error.status == 429 or error.code in _THROTTLED
        raise DeliveryFailed(f"{error.code}: {error.message}", retry=retry) from error
    _count(logs, call, "ForwardedLogEvents", entry)


def _lose(logs: Logs, entry: Entry, failure: DeliveryFailed) -> None:
    log.warning("lines of %s for %s were lost: %s", entry.source, entry.target, failure.reason)
    _count(logs, entry.call(logs.world.clock.now_ms()), "DeliveryErrors", entry)


def _count(logs: Logs, call: Call, name: str, entry: Entry) -> None:
    delivery = json.loads(entry.payload)
    dimensions = {
        "LogGroupName": delivery["group"],
        "DestinationType": "Kinesis" if ":kinesis:" in entry.target else "Lambda",
        "FilterName": delivery["filter"],
    }
    logs.world.ports.metric.count(call, "AWS/Logs", name, dimensions, len(delivery["events"]))
