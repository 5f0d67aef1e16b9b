"""Topics and subscriptions as values, and what can be said of them without a database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.sns import delivery_policy

HTTP = frozenset({"http", "https"})


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
    """A subscription."""

    arn: str
    topic_arn: str
    account: str
    region: str
    owner: str
    principal: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]
    is_pending: bool = False
    """Nothing is delivered before the endpoint confirms it."""
    is_authenticated: bool = True
    """Whether it was confirmed by a signed request."""
    is_protected: bool = False
    """Whether only signed requests end it."""

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


def shown_topic(topic: Topic, confirmed: int, pending: int) -> dict[str, str]:
    """All attributes of a topic, as GetTopicAttributes shows them."""
    shown = {
        "Policy": _json(default_policy(topic.arn, topic.account)),
        "Owner": topic.account,
        "SubscriptionsPending": str(pending),
        "TopicArn": topic.arn,
        "EffectiveDeliveryPolicy": _json(delivery_policy.effective_of_topic(topic.attributes)),
        "SubscriptionsConfirmed": str(confirmed),
        "DisplayName": "",
        "SubscriptionsDeleted": str(topic.deleted_subscriptions),
    }
    return shown | dict(topic.attributes)


def shown_subscription(subscription: Subscription, topic_attributes: Mapping[str, str]) -> dict[str, str]:
    """All attributes of a subscription, as GetSubscriptionAttributes shows them."""
    shown = {
        "SubscriptionPrincipal": subscription.principal,
        "Owner": subscription.owner,
        "RawMessageDelivery": "false",
        "TopicArn": subscription.topic_arn,
        "Endpoint": subscription.endpoint,
        "Protocol": subscription.protocol,
        "PendingConfirmation": _text(subscription.is_pending),
        "ConfirmationWasAuthenticated": _text(subscription.is_authenticated),
        "SubscriptionArn": subscription.arn,
        **subscription.attributes,
    }
    if subscription.protocol in HTTP:
        shown["EffectiveDeliveryPolicy"] = _json(delivery_policy.effective(topic_attributes, subscription.attributes))
    # The scope says nothing while there is no policy, and is not shown then.
    if "FilterPolicy" not in shown:
        shown.pop("FilterPolicyScope", None)
    return shown


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _text(value: bool) -> str:
    return "true" if value else "false"
