"""Topics and subscriptions as values, and what can be said of them without a database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_RETRY = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. ``attributes`` are those that were set; defaults are added when they are shown."""

    arn: str
    account: str
    region: str
    name: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    deleted_subscriptions: int = 0

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoTopic") == "true"

    @property
    def deduplicates_by_content(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A confirmed subscription."""

    arn: str
    topic_arn: str
    account: str
    region: str
    owner: str
    principal: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]

    @property
    def is_raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery") == "true"

    @property
    def filter_scope(self) -> str:
        return self.attributes.get("FilterPolicyScope", "MessageAttributes")

    @property
    def dead_letter_arn(self) -> str:
        """The queue that takes what could not be delivered; empty when there is none."""
        policy = self.attributes.get("RedrivePolicy", "")
        return str(json.loads(policy)["deadLetterTargetArn"]) if policy else ""


def default_policy(topic_arn: str, account: str) -> dict[str, Any]:
    """The access policy of a topic that was given none."""
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "SNS:GetTopicAttributes",
                    "SNS:SetTopicAttributes",
                    "SNS:AddPermission",
                    "SNS:RemovePermission",
                    "SNS:DeleteTopic",
                    "SNS:Subscribe",
                    "SNS:ListSubscriptionsByTopic",
                    "SNS:Publish",
                ],
                "Resource": topic_arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
            }
        ],
    }


def shown_topic(topic: Topic, confirmed: int) -> dict[str, str]:
    """All attributes of a topic, as GetTopicAttributes shows them."""
    shown = {
        "Policy": json.dumps(default_policy(topic.arn, topic.account), separators=(",", ":")),
        "Owner": topic.account,
        "SubscriptionsPending": "0",
        "TopicArn": topic.arn,
        "EffectiveDeliveryPolicy": json.dumps(effective_delivery_policy(topic), separators=(",", ":")),
        "SubscriptionsConfirmed": str(confirmed),
        "DisplayName": "",
        "SubscriptionsDeleted": str(topic.deleted_subscriptions),
    }
    return shown | dict(topic.attributes)


def effective_delivery_policy(topic: Topic) -> dict[str, Any]:
    """The delivery policy with its defaults filled in."""
    own = json.loads(topic.attributes.get("DeliveryPolicy", "{}")).get("http", {})
    return {
        "http": {
            "defaultHealthyRetryPolicy": DEFAULT_RETRY | own.get("defaultHealthyRetryPolicy", {}),
            "disableSubscriptionOverrides": own.get("disableSubscriptionOverrides", False),
            "defaultRequestPolicy": own.get("defaultRequestPolicy")
            or {"headerContentType": "text/plain; charset=UTF-8"},
        }
    }


def shown_subscription(subscription: Subscription) -> dict[str, str]:
    """All attributes of a subscription, as GetSubscriptionAttributes shows them."""
    shown = {
        "SubscriptionPrincipal": subscription.principal,
        "Owner": subscription.owner,
        "RawMessageDelivery": "false",
        "TopicArn": subscription.topic_arn,
        "Endpoint": subscription.endpoint,
        "Protocol": subscription.protocol,
        "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true",
        "SubscriptionArn": subscription.arn,
        **subscription.attributes,
    }
    # The scope says nothing while there is no policy, and is not shown then.
    if "FilterPolicy" not in shown:
        shown.pop("FilterPolicyScope", None)
    return shown
