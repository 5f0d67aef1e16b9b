"""Delivers notifications, one outbox row a target; carries out lifecycle rules and restorations.

A target that is gone, or that says no, is not tried again. One that is at fault itself is, with growing waits, for a
day: S3 promises delivery at least once and says no number of attempts; a day is what EventBridge and Lambda give.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import ONCE, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.s3 import lifecycle_run, restoration
from stratolite.services.s3.notifications import NOTIFY

if TYPE_CHECKING:
    from stratolite.core.ports import Ports
    from stratolite.services.s3 import S3

SUBJECT = "Amazon S3 Notification"
BACKOFF_S_MAX = 60.0


def delay_s(attempts: int) -> float:
    """The wait after the n-th failed attempt: 1, 2, 4 ... 60 seconds."""
    return min(2.0 ** min(attempts - 1, 6), BACKOFF_S_MAX)


def kinds(s3: "S3") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""

    async def notify(entry: Entry) -> Effect:
        delivery = json.loads(entry.payload)
        call = entry.call(s3.world.clock.now_ms())
        return lambda: _hand_over(call, s3.world.ports, delivery, entry.source)

    async def age(entry: Entry) -> Effect:
        return lambda: lifecycle_run.run(s3, entry)

    async def restore(entry: Entry) -> Effect:
        return lambda: restoration.run(s3, entry)

    return (
        Kind(NOTIFY, notify, RetryPolicy(delay_s)),
        Kind(lifecycle_run.RUN, age, ONCE),
        Kind(restoration.RESTORE, restore, ONCE),
    )


def _hand_over(call: Call, ports: "Ports", delivery: Mapping[str, Any], source: str) -> None:
    to, arn = delivery["to"], delivery["arn"]
    if to == "events":
        ports.event.put(call, "aws.s3", delivery["type"], delivery["detail"], [arn])
        return
    body = json.dumps(delivery["event"])
    if to == "sqs":
        ports.queue.send(call, arn, body)
    elif to == "sns":
        ports.topic.publish(call, arn, body, subject=SUBJECT)
    else:
        ports.function.invoke_later(call, arn, body.encode(), source=source)
