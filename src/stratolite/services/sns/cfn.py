"""CloudFormation's view of SNS: ``AWS::SNS::Topic``, ``AWS::SNS::Subscription``, ``AWS::SNS::TopicPolicy``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
"""

import json
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work

_TOPIC_ATTRIBUTES = (
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
)
_TOPIC_UNSET = {"DisplayName": "", "ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"}
"""What a template that says nothing any more means; other attributes of a topic stay as they were."""
_SUBSCRIPTION_ATTRIBUTES = (
    "FilterPolicyScope",
    "FilterPolicy",
    "RawMessageDelivery",
    "RedrivePolicy",
    "DeliveryPolicy",
)
_UNSET = {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
"""What a template that says nothing means; the other attributes are taken away."""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _create_topic(work: Work) -> Made:
    is_fifo = _text(work.properties.get("FifoTopic", False)) == "true"
    suffix = ".fifo" if is_fifo else ""
    name = work.properties.get("TopicName") or work.generated_name(256 - len(suffix), "any") + suffix
    attributes = {key: _text(work.properties[key]) for key in _TOPIC_ATTRIBUTES if work.properties.get(key) is not None}
    request: dict[str, Any] = {
        "Name": name,
        "Attributes": {"FifoTopic": "true", **attributes} if is_fifo else attributes,
        "Tags": work.properties.get("Tags", []),
    }
    arn = work.operate("CreateTopic", request)["TopicArn"]
    for subscription in work.properties.get("Subscription", []):
        work.operate("Subscribe", {"TopicArn": arn, **subscription})
    return _topic(arn)


def _topic(arn: str) -> Made:
    return Made(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})


def _update_topic(work: Work) -> Made:
    arn = work.physical_id
    for key in _TOPIC_ATTRIBUTES:
        if work.properties.get(key) != work.previous.get(key):
            value = _text(work.properties.get(key, _TOPIC_UNSET.get(key, "")))
            if value or key == "DisplayName":
                work.operate("SetTopicAttributes", {"TopicArn": arn, "AttributeName": key, "AttributeValue": value})
    _update_tags(work, arn)
    _update_subscriptions(work, arn)
    return _topic(arn)


def _update_tags(work: Work, arn: str) -> None:
    wanted, had = work.properties.get("Tags", []), work.previous.get("Tags", [])
    gone = {tag["Key"] for tag in had} - {tag["Key"] for tag in wanted}
    if gone:
        work.operate("UntagResource", {"ResourceArn": arn, "TagKeys": sorted(gone)})
    if wanted and wanted != had:
        work.operate("TagResource", {"ResourceArn": arn, "Tags": wanted})


def _update_subscriptions(work: Work, arn: str) -> None:
    wanted, had = work.properties.get("Subscription", []), work.previous.get("Subscription", [])
    gone = [one for one in had if one not in wanted]
    if gone:
        listed = work.operate("ListSubscriptionsByTopic", {"TopicArn": arn})["Subscriptions"]
        for known in listed:
            if any(one["Endpoint"] == known["Endpoint"] and one["Protocol"] == known["Protocol"] for one in gone):
                work.operate("Unsubscribe", {"SubscriptionArn": known["SubscriptionArn"]})
    for one in wanted:
        if one not in had:
            work.operate("Subscribe", {"TopicArn": arn, **one})


def _delete_topic(work: Work) -> None:
    work.operate("DeleteTopic", {"TopicArn": work.physical_id})


def _create_subscription(work: Work) -> Made:
    request = {
        "TopicArn": work.properties["TopicArn"],
        "Protocol": work.properties["Protocol"],
        "Endpoint": work.properties.get("Endpoint", ""),
        "Attributes": {
            key: _text(work.properties[key]) for key in _SUBSCRIPTION_ATTRIBUTES if work.properties.get(key) is not None
        },
        "ReturnSubscriptionArn": True,
    }
    arn = work.operate("Subscribe", request, region=_topic_region(work))["SubscriptionArn"]
    return Made(arn, {"Arn": arn})


def _topic_region(work: Work) -> str:
    """Where the subscription's topic lives: ``Region`` names it where that is not the stack's."""
    return str(work.properties.get("Region") or work.call.region)


def _update_subscription(work: Work) -> Made:
    changed = [key for key in _SUBSCRIPTION_ATTRIBUTES if work.properties.get(key) != work.previous.get(key)]
    if "FilterPolicyScope" in changed and work.previous.get("FilterPolicy") is not None:
        # A policy of one scope may be none of the other.
        _set_attribute(work, "FilterPolicy", "")
        changed = [key for key in changed if key != "FilterPolicy"] + ["FilterPolicy"]
    for key in changed:
        value = work.properties.get(key)
        _set_attribute(work, key, _UNSET.get(key, "") if value is None else _text(value))
    return Made(work.physical_id, {"Arn": work.physical_id})


def _set_attribute(work: Work, name: str, value: str) -> None:
    request = {"SubscriptionArn": work.physical_id, "AttributeName": name, "AttributeValue": value}
    work.operate("SetSubscriptionAttributes", request, region=_topic_region(work))


def _delete_subscription(work: Work) -> None:
    work.operate("Unsubscribe", {"SubscriptionArn": work.physical_id}, region=_topic_region(work))


def _put_policy(work: Work) -> Made:
    document = _text(work.properties["PolicyDocument"])
    for arn in work.properties["Topics"]:
        work.operate("SetTopicAttributes", {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": document})
    for arn in work.previous.get("Topics", []):
        if arn not in work.properties["Topics"]:
            _reset_policy(work, arn)
    physical_id = work.physical_id or work.generated_name(128, "any")
    return Made(physical_id, {"Id": physical_id})


def _delete_policy(work: Work) -> None:
    for arn in work.properties["Topics"]:
        _reset_policy(work, arn)


def _reset_policy(work: Work, arn: str) -> None:
    # The topic itself may be gone already.
    request = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": ""}
    work.unless_gone("SetTopicAttributes", request, ("NotFound",))


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::SNS::Topic",
        implemented=frozenset(
            {
                "TopicName",
                "DisplayName",
                "Subscription",
                "FifoTopic",
                "ContentBasedDeduplication",
                "FifoThroughputScope",
                "SignatureVersion",
                "Tags",
            }
        ),
        accepted={
            "KmsMasterKeyId": "encryption at rest has no effect that a client can see",
            "TracingConfig": "the trace header is carried in any case",
        },
        create=_create_topic,
        update=_update_topic,
        delete=_delete_topic,
    ),
    ResourceType(
        name="AWS::SNS::Subscription",
        implemented=frozenset({"TopicArn", "Protocol", "Endpoint", "Region", *_SUBSCRIPTION_ATTRIBUTES}),
        create=_create_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
    ),
    ResourceType(
        name="AWS::SNS::TopicPolicy",
        implemented=frozenset({"PolicyDocument", "Topics"}),
        create=_put_policy,
        update=_put_policy,
        delete=_delete_policy,
    ),
)
