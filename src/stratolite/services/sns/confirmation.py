"""Subscriptions that their endpoint confirms: tokens, the message that asks for it, and the one that says farewell.

A token is valid for two days; a subscription that nobody has confirmed by then is deleted. When somebody ends a
subscription through the link in a message, its endpoint is told, with a token that restores it.

Sources: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html, .../API_ConfirmSubscription.html,
.../API_Unsubscribe.html and recorded answers of the service.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.sns import rules
from stratolite.services.sns.domain import Subscription, Topic
from stratolite.services.sns.planning import delivery_of, plan

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

CONFIRMED_BY_ENDPOINT = frozenset({"http", "https", "email", "email-json"})
TOKEN_LENGTH = 288
VALID_MS = 2 * 24 * 60 * 60 * 1000
EXPIRE = "sns.expire"


def ask(call: Call, sns: "Sns", topic: Topic, subscription: Subscription) -> None:
    """Plan the message that asks an endpoint to confirm."""
    text = (
        f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    _tell(call, sns, topic, subscription, "SubscriptionConfirmation", text)


def expire_later(call: Call, sns: "Sns", subscription: Subscription) -> None:
    """Plan to delete a subscription unless it is confirmed by then."""
    sns.world.outbox.put(
        call, EXPIRE, subscription.arn.encode(), source=subscription.topic_arn, due_ms=call.now_ms + VALID_MS
    )


def say_farewell(call: Call, sns: "Sns", topic: Topic, subscription: Subscription) -> None:
    """Plan the message that tells an endpoint that its subscription has ended, and how to have it back."""
    text = (
        f"You have chosen to deactivate subscription {subscription.arn}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )
    _tell(call, sns, topic, subscription, "UnsubscribeConfirmation", text)


def confirm(call: Call, sns: "Sns", topic_arn: str, token: str, *, is_protected: bool) -> str:
    """Confirm or restore the subscription of a token; its ARN. Raises InvalidParameter.

    The topic's name is not compared, its region is; to confirm again is no error. Recorded: entry
    ``test_subscribe_external_http_endpoint``.
    """
    rules.confirmed_topic(topic_arn)
    kept = sns.store.subscription_of_token(token, call.now_ms)
    if kept is None:
        raise rules.confirmation_refused(token)
    if topic_arn.split(":")[3] != kept.region:
        raise rules.invalid("Topic")
    known = sns.store.same_subscription(kept.topic_arn, kept.protocol, kept.endpoint)
    if known is not None and not known.is_pending:
        return known.arn
    if (known is None and kept.is_pending) or sns.store.topic(kept.topic_arn) is None:
        raise rules.confirmation_refused(token)
    is_signed = bool(call.access_key_id)
    confirmed = replace(
        known or kept, is_pending=False, is_authenticated=is_signed, is_protected=is_protected and is_signed
    )
    if known is None:
        sns.store.insert_subscription(confirmed)
    else:
        sns.store.confirm_subscription(confirmed)
    return confirmed.arn


def _tell(call: Call, sns: "Sns", topic: Topic, subscription: Subscription, kind: str, text: str) -> None:
    token = sns.world.entropy.hexadecimal(TOKEN_LENGTH)
    sns.store.insert_token(token, subscription, call.now_ms, call.now_ms + VALID_MS)
    said: dict[str, Any] = {
        **delivery_of(call, topic, subscription),
        "type": kind,
        "message_id": sns.world.entropy.uuid(),
        "message": text,
        "raw": False,
        "token": token,
        # What does not arrive here is no message of the topic.
        "dead_letter_arn": "",
    }
    plan(call, sns, said)
