"""Delivers what was published, one outbox row a subscription; forgets what has had its time.

Lambda and SQS are endpoints that AWS manages: three attempts at once, two a second apart, ten with growing waits, then
every 20 seconds for 23 days. An endpoint that is gone is not tried again. HTTP endpoints have the delivery policy of
their subscription. E-mails and text messages are kept where they can be read. What cannot be delivered goes to the
subscription's dead-letter queue, if it has one.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DAY_S, DeliveryFailed, RetryPolicy
from stratolite.delivery.worker import Effect, Kind
from stratolite.services.sns import delivery_policy, envelope, fifo, mail, metrics, posting
from stratolite.services.sns.confirmation import EXPIRE
from stratolite.services.sns.fifo import DELIVER
from stratolite.services.sns.planning import POST, plan

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

log = logging.getLogger("stratolite.services.sns")

FORGET = "sns.forget"
ORPHAN_AGE_MS = 24 * 60 * 60 * 1000
"""How long subscriptions outlive their topic; AWS deletes them asynchronously and does not say when."""
RAW_ATTRIBUTES_MAX = 10
"""How many attributes a queue takes. A raw message with more is discarded, as an error of the client.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""
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

    async def forget(entry: Entry) -> Effect:
        return lambda: sns.store.forget_orphans(entry.due_ms - ORPHAN_AGE_MS)

    async def expire(entry: Entry) -> Effect:
        return lambda: sns.store.delete_pending(entry.payload.decode())

    return (
        Kind(DELIVER, delivery.deliver, MANAGED, delivery.dead),
        Kind(POST, delivery.post, _policy_of, delivery.dead),
        Kind(FORGET, forget),
        Kind(EXPIRE, expire),
    )


def _policy_of(entry: Entry) -> RetryPolicy:
    return delivery_policy.retry_policy(json.loads(entry.payload)["policy"]["healthyRetryPolicy"])


def forget_later(call: Call, sns: "Sns", topic_arn: str) -> None:
    """Plan to forget the subscriptions that a deleted topic leaves, in the transaction that deletes it."""
    sns.world.outbox.put(call, FORGET, b"", source=topic_arn, due_ms=call.now_ms + ORPHAN_AGE_MS)


class _Delivery:
    def __init__(self, sns: "Sns") -> None:
        self._sns = sns
        self._world = sns.world
        self._pace = posting.Pace()

    async def deliver(self, entry: Entry) -> Effect:
        delivery = json.loads(entry.payload)
        await self._sns.signer.prepare(self._world.clock.now_s())
        call = entry.call(self._world.clock.now_ms())
        hand_over = {"lambda": self._to_function, "sqs": self._to_queue}.get(delivery["protocol"], self._to_person)
        handed_over = hand_over(call, delivery)

        def effect() -> None:
            handed_over()
            metrics.delivered(self._sns, delivery)
            fifo.delivered(call.now_ms, self._sns, delivery)

        return effect

    async def post(self, entry: Entry) -> None:
        delivery = json.loads(entry.payload)
        self._pace.wait(delivery, entry.id, self._world.clock.now_ms())
        await self._sns.signer.prepare(self._world.clock.now_s())
        await posting.post(delivery, self._body(delivery), self._world.settings.detour)
        metrics.delivered(self._sns, delivery)

    def dead(self, entry: Entry, failure: DeliveryFailed) -> None:
        """No attempt succeeded: the message is delivered to the dead-letter queue of its subscription, or lost."""
        delivery = json.loads(entry.payload)
        call = entry.call(self._world.clock.now_ms())
        queue_arn = delivery["dead_letter_arn"]
        metrics.failed(self._sns, delivery)
        if queue_arn:
            dead_letter = {**delivery, "protocol": "sqs", "endpoint": queue_arn, "dead_letter_arn": ""}
            dead_letter[metrics.REDRIVEN] = True
            dead_letter.pop("fifo_id", None)
            plan(call, self._sns, dead_letter)
        else:
            log.warning("a message of %s to %s was lost: %s", entry.source, entry.target, failure.reason)
        fifo.delivered(call.now_ms, self._sns, delivery)

    def _to_function(self, call: Call, delivery: Mapping[str, Any]) -> Effect:
        function = delivery["endpoint"]
        if not self._world.ports.function.exists(function):
            raise DeliveryFailed(f"there is no function {function}", retry=False)
        event = envelope.lambda_event(delivery, self._signature(delivery, version="1"))

        def effect() -> None:
            try:
                self._world.ports.function.invoke_later(call, function, event, source=delivery["topic_arn"])
            except AwsError as error:
                raise _failure(error) from error

        return effect

    def _to_queue(self, call: Call, delivery: Mapping[str, Any]) -> Effect:
        queue, queue_arn, is_raw = self._world.ports.queue, delivery["endpoint"], delivery["raw"]
        group_id, deduplication_id = _order(delivery)
        body = self._body(delivery)
        attributes = envelope.queue_attributes(delivery["attributes"]) if is_raw else {}
        if len(attributes) > RAW_ATTRIBUTES_MAX:
            text = (
                f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{RAW_ATTRIBUTES_MAX}]."
            )
            raise DeliveryFailed(f"InvalidParameterValue: {text}", retry=False)

        def effect() -> None:
            try:
                queue.send(
                    call,
                    queue_arn,
                    body,
                    attributes=attributes,
                    group_id=group_id,
                    deduplication_id=deduplication_id,
                )
            except AwsError as error:
                raise _failure(error) from error

        return effect

    def _to_person(self, call: Call, delivery: Mapping[str, Any]) -> Effect:
        messages, signature = self._sns.messages, self._signature(delivery)

        def effect() -> None:
            if delivery["protocol"] == "sms":
                if messages.is_opted_out(call, delivery["endpoint"]):
                    return
                sender_id = messages.sms_attributes(call).get("DefaultSenderID", "")
                written = mail.text_message(delivery, sender_id)
            elif delivery["protocol"] == "email":
                written = mail.email(delivery, signature["subscribe_url"], signature["unsubscribe_url"])
            else:
                written = mail.email_json(delivery, envelope.document(delivery, signature))
            messages.keep(call, delivery, written)

        return effect

    def _body(self, delivery: Mapping[str, Any]) -> str:
        if delivery["raw"]:
            return str(delivery["message"])
        return envelope.document(delivery, self._signature(delivery))

    def _signature(self, delivery: Mapping[str, Any], version: str = "") -> dict[str, str]:
        """The topic's version unless one is given: functions get version 1 whatever their topic says."""
        signer, endpoint = self._sns.signer, self._world.settings.endpoint
        version = version or delivery["signature_version"]
        subscribe_url = ""
        if delivery["type"] != "Notification":
            query = f"TopicArn={delivery['topic_arn']}&Token={delivery['token']}"
            subscribe_url = f"{endpoint}/?Action=ConfirmSubscription&{query}"
        return {
            "version": version,
            "signature": signer.sign(envelope.signed_members(delivery, subscribe_url), version),
            "subscribe_url": subscribe_url,
            "certificate_url": f"{endpoint}{signer.certificate_path}",
            "unsubscribe_url": f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={delivery['subscription_arn']}",
        }


def _order(delivery: Mapping[str, Any]) -> tuple[str, str]:
    """Group and deduplication ids that a queue gets; a standard one gets none from a FIFO topic."""
    if delivery["sequence_number"] and not delivery["endpoint"].endswith(".fifo"):
        return "", ""
    return delivery["group_id"], delivery["deduplication_id"]


def _failure(error: AwsError) -> DeliveryFailed:
    """What a target said no to is not tried again, unless it had no room (429) or was at fault itself."""
    return DeliveryFailed(f"{error.code}: {error.message}", retry=not error.is_client_fault or error.status == 429)
