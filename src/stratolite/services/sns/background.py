"""Delivers what was published: one outbox row a subscription.

Lambda and SQS are endpoints that AWS manages: three attempts at once, two a second apart, ten with growing waits, then
every 20 seconds for 23 days. An endpoint that is gone is not tried again. What cannot be delivered goes to the
subscription's dead-letter queue, if it has one.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DAY_S, DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.sns import envelope

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

DELIVER = "sns.deliver"
ATTEMPTS_MAX = 100_015
BACKOFF_S_MAX = 20.0


def managed_delay_s(attempts: int) -> float | None:
    """The wait after the n-th failed attempt at an endpoint that AWS manages."""
    if attempts >= ATTEMPTS_MAX:
        return None
    if attempts < 3:
        return 0.0
    if attempts < 5:
        return 1.0
    if attempts < 15:
        return min(2.0 ** (attempts - 5), BACKOFF_S_MAX)
    return BACKOFF_S_MAX


MANAGED = RetryPolicy(managed_delay_s, age_s_max=23 * DAY_S)


def kinds(sns: "Sns") -> tuple[Kind, ...]:
    """The kinds of deliveries of this service."""
    delivery = _Delivery(sns)
    return (Kind(DELIVER, delivery.deliver, MANAGED, delivery.dead),)


class _Delivery:
    def __init__(self, sns: "Sns") -> None:
        self._sns = sns
        self._world = sns.world

    async def deliver(self, entry: Entry) -> Effect:
        delivery = json.loads(entry.payload)
        await self._sns.signer.prepare(self._world.clock.now_s())
        call = entry.call(self._world.clock.now_ms())
        if delivery["protocol"] == "lambda":
            return self._to_function(call, delivery)
        return self._to_queue(call, delivery["endpoint"], delivery)

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        """No attempt succeeded: the message goes to the dead-letter queue of its subscription."""
        delivery = json.loads(entry.payload)
        if delivery["dead_letter_arn"]:
            self._to_queue(entry.call(self._world.clock.now_ms()), delivery["dead_letter_arn"], delivery)()

    def _to_function(self, call: Call, delivery: Mapping[str, Any]) -> Effect:
        function = delivery["endpoint"]
        if not self._world.ports.function.exists(function):
            raise DeliveryFailed(f"there is no function {function}", retry=False)
        event = envelope.lambda_event(delivery, self._signature(delivery))

        def effect() -> None:
            self._world.ports.function.invoke_later(call, function, event, source=delivery["topic_arn"])

        return effect

    def _to_queue(self, call: Call, queue_arn: str, delivery: Mapping[str, Any]) -> Effect:
        queue = self._world.ports.queue
        is_raw = delivery["raw"]
        body = delivery["message"] if is_raw else envelope.document(delivery, self._signature(delivery))
        attributes = envelope.queue_attributes(delivery["attributes"]) if is_raw else {}

        def effect() -> None:
            try:
                queue.send(call, queue_arn, body, attributes=attributes)
            except AwsError as error:
                raise DeliveryFailed(f"{error.code}: {error.message}", retry=not error.is_client_fault) from error

        return effect

    def _signature(self, delivery: Mapping[str, Any]) -> dict[str, str]:
        signer, endpoint = self._sns.signer, self._world.settings.endpoint
        version = delivery["signature_version"]
        return {
            "version": version,
            "signature": signer.sign(envelope.notification(delivery), version),
            "certificate_url": f"{endpoint}{signer.certificate_path}",
            "unsubscribe_url": f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={delivery['subscription_arn']}",
        }
