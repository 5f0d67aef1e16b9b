"""Subscriptions: made, shown, changed, listed, ended. Those to functions and queues are confirmed at once."""

from collections.abc import Sequence

from stratolite.core.call import Call
from stratolite.services.sns import Sns, api, filter_policy, rules
from stratolite.services.sns.domain import Subscription, shown_subscription
from stratolite.services.sns.lookup import require_subscription, require_topic


def subscribe(call: Call, sns: Sns, request: api.SubscribeInput) -> api.SubscribeResponse:
    """Subscribe an endpoint; the same one again is the same subscription."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
    rules.protocol(protocol)
    rules.endpoint(protocol, endpoint, is_fifo=topic.is_fifo)
    attributes = dict(request.get("Attributes", {}))
    rules.subscription_attributes(attributes, protocol, endpoint, at_subscribe=True)
    attributes = {name: value for name, value in attributes.items() if value}
    if "FilterPolicy" in attributes:
        attributes.setdefault("FilterPolicyScope", filter_policy.MESSAGE_ATTRIBUTES)
    known = sns.store.same_subscription(topic.arn, protocol, endpoint)
    if known is not None:
        if any(known.attributes.get(name) != value for name, value in attributes.items()):
            raise rules.invalid("Attributes Reason: Subscription already exists with different attributes")
        return {"SubscriptionArn": known.arn}
    arn = f"{topic.arn}:{sns.world.entropy.uuid()}"
    sns.store.insert_subscription(
        Subscription(
            arn, topic.arn, topic.account, topic.region, call.account, call.principal, protocol, endpoint, attributes
        )
    )
    return {"SubscriptionArn": arn}


def confirm_subscription(
    call: Call, sns: Sns, request: api.ConfirmSubscriptionInput
) -> api.ConfirmSubscriptionResponse:
    """Confirm a pending subscription. None is ever pending here, so that no token is valid."""
    rules.arn("TopicArn", request["TopicArn"])
    raise rules.confirmation_refused(request["Token"])


def unsubscribe(call: Call, sns: Sns, request: api.UnsubscribeInput) -> None:
    """End a subscription; one that has ended already is no error."""
    rules.subscription_arn(request["SubscriptionArn"])
    subscription = sns.store.subscription(request["SubscriptionArn"])
    if subscription is not None:
        sns.store.delete_subscription(subscription)


def get_subscription_attributes(
    call: Call, sns: Sns, request: api.GetSubscriptionAttributesInput
) -> api.GetSubscriptionAttributesResponse:
    """All attributes of a subscription."""
    return {"Attributes": shown_subscription(require_subscription(sns.store, request["SubscriptionArn"]))}


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
        attributes |= changed
    else:
        attributes.pop(name, None)
    if name == "RawMessageDelivery":
        attributes[name] = value.lower()
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
            "SubscriptionArn": subscription.arn,
            "Owner": subscription.owner,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": subscription.topic_arn,
        }
        for subscription in found[: rules.PAGE_MAX]
    ]
