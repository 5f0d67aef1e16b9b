"""Subscriptions: made, confirmed, shown, changed, listed, ended.

Those to functions, queues and phone numbers are confirmed at once; web servers and people confirm theirs.
"""

from collections.abc import Mapping, Sequence

from stratolite.core.call import Call
from stratolite.services.sns import Sns, api, confirmation, filter_policy, rules
from stratolite.services.sns.domain import Subscription, Topic, shown_subscription
from stratolite.services.sns.lookup import require_subscription, require_topic


def subscribe(call: Call, sns: Sns, request: api.SubscribeInput) -> api.SubscribeResponse:
    """Subscribe an endpoint; the same one again is the same subscription."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
    rules.protocol(protocol)
    rules.endpoint(protocol, endpoint, is_fifo=topic.is_fifo)
    attributes = dict(request.get("Attributes", {}))
    rules.subscription_attributes(attributes, protocol, endpoint, at_subscribe=True)
    attributes = {name: rules.kept_attribute(name, value) for name, value in attributes.items() if value}
    if "FilterPolicy" in attributes:
        attributes.setdefault("FilterPolicyScope", filter_policy.MESSAGE_ATTRIBUTES)
    subscription = sns.store.same_subscription(topic.arn, protocol, endpoint)
    if subscription is None:
        subscription = _made(call, sns, topic, protocol, endpoint, attributes)
    elif any(subscription.attributes.get(name) != value for name, value in attributes.items()):
        raise rules.invalid("Attributes Reason: Subscription already exists with different attributes")
    if not subscription.is_pending:
        return {"SubscriptionArn": subscription.arn}
    confirmation.ask(call, sns, topic, subscription)
    return {"SubscriptionArn": subscription.arn if request.get("ReturnSubscriptionArn") else "pending confirmation"}


def _made(
    call: Call, sns: Sns, topic: Topic, protocol: str, endpoint: str, attributes: Mapping[str, str]
) -> Subscription:
    is_pending = protocol in confirmation.CONFIRMED_BY_ENDPOINT
    subscription = Subscription(
        f"{topic.arn}:{sns.world.entropy.uuid()}",
        topic.arn,
        topic.account,
        topic.region,
        call.account,
        call.principal,
        protocol,
        endpoint,
        attributes,
        is_pending=is_pending,
        is_authenticated=not is_pending,
    )
    sns.store.insert_subscription(subscription)
    if is_pending:
        confirmation.expire_later(call, sns, subscription)
    return subscription


def confirm_subscription(
    call: Call, sns: Sns, request: api.ConfirmSubscriptionInput
) -> api.ConfirmSubscriptionResponse:
    """Confirm a pending subscription, or restore one that was ended through its link."""
    is_protected = request.get("AuthenticateOnUnsubscribe", "").lower() == "true"
    arn = confirmation.confirm(call, sns, request["TopicArn"], request["Token"], is_protected=is_protected)
    return {"SubscriptionArn": arn}


def unsubscribe(call: Call, sns: Sns, request: api.UnsubscribeInput) -> None:
    """End a subscription; one that has ended already is no error.

    Whoever has its ARN may do it; when it is protected, an unsigned request gets AuthorizationError.
    """
    rules.subscription_arn(request["SubscriptionArn"])
    subscription = sns.store.subscription(request["SubscriptionArn"])
    if subscription is None:
        return
    if _is_stranger(call) and subscription.is_protected:
        raise api.AuthorizationErrorException("The subscription can only be ended by a signed request.")
    sns.store.delete_subscription(subscription)
    topic = sns.store.topic(subscription.topic_arn)
    is_told = subscription.protocol in confirmation.CONFIRMED_BY_ENDPOINT and not subscription.is_pending
    if _is_stranger(call) and is_told and topic is not None:
        confirmation.say_farewell(call, sns, topic, subscription)


def _is_stranger(call: Call) -> bool:
    """Whether a request came over the wire without a signature, as from a link in a message."""
    return bool(call.principal) and not call.access_key_id


def get_subscription_attributes(
    call: Call, sns: Sns, request: api.GetSubscriptionAttributesInput
) -> api.GetSubscriptionAttributesResponse:
    """All attributes of a subscription."""
    subscription = require_subscription(sns.store, request["SubscriptionArn"])
    topic = sns.store.topic(subscription.topic_arn)
    return {"Attributes": shown_subscription(subscription, topic.attributes if topic else {})}


def set_subscription_attributes(call: Call, sns: Sns, request: api.SetSubscriptionAttributesInput) -> None:
    """Change one attribute of a subscription."""
    name, value = request["AttributeName"], request.get("AttributeValue", "")
    subscription = require_subscription(sns.store, request["SubscriptionArn"])
    attributes = dict(subscription.attributes)
    changed = {name: value}
    if name == "FilterPolicy" and value:
        changed["FilterPolicyScope"] = subscription.filter_scope
    if name == "FilterPolicyScope" and "FilterPolicy" in attributes:
        changed["FilterPolicy"] = attributes["FilterPolicy"]
    rules.subscription_attributes(changed, subscription.protocol, subscription.endpoint, at_subscribe=False)
    if value:
        attributes |= changed | {name: rules.kept_attribute(name, value)}
    else:
        attributes.pop(name, None)
    sns.store.update_subscription(subscription.arn, attributes)


def list_subscriptions(call: Call, sns: Sns, request: api.ListSubscriptionsInput) -> api.ListSubscriptionsResponse:
    """Subscriptions of the account and region, in pages of 100."""
    found = sns.store.subscriptions(call, request.get("NextToken", ""), rules.PAGE_MAX + 1)
    result: api.ListSubscriptionsResponse = {"Subscriptions": _shown(found)}
    if len(found) > rules.PAGE_MAX:
        result["NextToken"] = found[rules.PAGE_MAX - 1].arn
    return result


def list_subscriptions_by_topic(
    call: Call, sns: Sns, request: api.ListSubscriptionsByTopicInput
) -> api.ListSubscriptionsByTopicResponse:
    """Subscriptions of a topic, in pages of 100."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    found = sns.store.subscriptions_of(topic.arn, request.get("NextToken", ""), rules.PAGE_MAX + 1)
    result: api.ListSubscriptionsByTopicResponse = {"Subscriptions": _shown(found)}
    if len(found) > rules.PAGE_MAX:
        result["NextToken"] = found[rules.PAGE_MAX - 1].arn
    return result


def _shown(found: Sequence[Subscription]) -> list[api.Subscription]:
    return [
        {
            "SubscriptionArn": "PendingConfirmation" if subscription.is_pending else subscription.arn,
            "Owner": subscription.owner,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": subscription.topic_arn,
        }
        for subscription in found[: rules.PAGE_MAX]
    ]
