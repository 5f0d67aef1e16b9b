"""What topics publish about themselves: the namespace ``AWS/SNS``, by ``TopicName``.

Messages to phone numbers and what belongs to no topic are not counted. Follows
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call

if TYPE_CHECKING:
    from stratolite.services.sns import Sns

NAMESPACE = "AWS/SNS"
REDRIVEN = "is_redriven"
"""What a delivery to a dead-letter queue is marked with."""


def count(sns: "Sns", topic_arn: str, metric: str, value: float = 1.0, unit: str = "Count") -> None:
    """Count something of a topic."""
    if not topic_arn:
        return
    arn = Arn.parse(topic_arn)
    call = Call(account=arn.account, region=arn.region)
    sns.world.ports.metric.count(call, NAMESPACE, metric, {"TopicName": arn.resource}, value, unit)


def delivered(sns: "Sns", delivery: Mapping[str, Any]) -> None:
    """A notification has arrived, or its dead letter."""
    is_redriven = delivery.get(REDRIVEN, False)
    metric = "NumberOfNotificationsRedrivenToDlq" if is_redriven else "NumberOfNotificationsDelivered"
    count(sns, delivery["topic_arn"], metric)


def failed(sns: "Sns", delivery: Mapping[str, Any]) -> None:
    """A notification, or its dead letter, was given up."""
    is_redriven = delivery.get(REDRIVEN, False)
    metric = "NumberOfNotificationsFailedToRedriveToDlq" if is_redriven else "NumberOfNotificationsFailed"
    count(sns, delivery["topic_arn"], metric)
