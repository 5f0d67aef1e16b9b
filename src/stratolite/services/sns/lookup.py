"""Finding what an ARN names, with AWS's errors."""

from stratolite.core.call import Call
from stratolite.services.sns import api, rules
from stratolite.services.sns.domain import Subscription, Topic
from stratolite.services.sns.store import Store


def require_topic(call: Call, store: Store, arn: str) -> Topic:
    """A topic by its ARN. Raises InvalidParameter for another region's, NotFound."""
    if rules.arn("TopicArn", arn)[3] != call.region:
        raise rules.invalid("TopicArn")
    topic = store.topic(arn)
    if topic is None:
        raise api.NotFoundException("Topic does not exist")
    return topic


def require_subscription(store: Store, arn: str) -> Subscription:
    """A subscription by its ARN. Raises InvalidParameter, NotFound."""
    rules.subscription_arn(arn)
    subscription = store.subscription(arn)
    if subscription is None:
        raise api.NotFoundException("Subscription does not exist")
    return subscription
