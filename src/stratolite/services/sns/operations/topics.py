"""Topics: made, shown, changed, listed, deleted."""

import json
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.sns import Sns, api, rules
from stratolite.services.sns.background import forget_later
from stratolite.services.sns.domain import Topic, shown_topic
from stratolite.services.sns.lookup import require_topic


def create_topic(call: Call, sns: Sns, request: api.CreateTopicInput) -> api.CreateTopicResponse:
    """Make a topic; one of the same name and settings is returned as it is."""
    name, wanted = request["Name"], dict(request.get("Attributes", {}))
    is_fifo = wanted.pop("FifoTopic", "false").lower() == "true"
    rules.topic_name(name, is_fifo=is_fifo)
    if "DataProtectionPolicy" in request:
        raise NotImplementedHere("Data protection policies are not implemented by this version of Stratolite.")
    for key, value in wanted.items():
        rules.topic_attribute(key, value, is_fifo=is_fifo)
    wanted = {key: rules.kept_topic_attribute(key, value) for key, value in wanted.items()}
    if is_fifo:
        wanted = {"FifoTopic": "true", "ContentBasedDeduplication": "false", **wanted}
    tags = rules.tags(request.get("Tags", []))
    arn = call.arn("sns", name)
    known = sns.store.topic(arn)
    if known is not None:
        if any(known.attributes.get(key) != value for key, value in wanted.items()):
            raise rules.invalid("Attributes Reason: Topic already exists with different attributes")
        if any(known.tags.get(key) != value for key, value in tags.items()):
            raise rules.invalid("Tags Reason: Topic already exists with different tags")
        return {"TopicArn": arn}
    sns.store.insert_topic(Topic(arn, call.account, call.region, name, wanted, tags))
    return {"TopicArn": arn}


def delete_topic(call: Call, sns: Sns, request: api.DeleteTopicInput) -> None:
    """Delete a topic; one that is gone already is no error. Its subscriptions are forgotten later, as on AWS."""
    arn = request["TopicArn"]
    if rules.arn("TopicArn", arn)[3] != call.region:
        raise rules.invalid("TopicArn")
    sns.fifo.forget_topic(arn)
    if sns.store.delete_topic(arn, call.now_ms):
        forget_later(call, sns, arn)


def get_topic_attributes(call: Call, sns: Sns, request: api.GetTopicAttributesInput) -> api.GetTopicAttributesResponse:
    """All attributes of a topic."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    confirmed, pending = sns.store.count_subscriptions(topic.arn)
    return {"Attributes": shown_topic(topic, confirmed, pending)}


def set_topic_attributes(call: Call, sns: Sns, request: api.SetTopicAttributesInput) -> None:
    """Change one attribute of a topic."""
    name, value = request["AttributeName"], request.get("AttributeValue", "")
    if name == "FifoTopic":
        raise rules.invalid("AttributeName")
    rules.topic_attribute(name, value, is_fifo=request["TopicArn"].endswith(".fifo"))
    topic = require_topic(call, sns.store, request["TopicArn"])
    attributes = dict(topic.attributes)
    if name in ("Policy", "DeliveryPolicy") and not value:
        attributes.pop(name, None)
    else:
        attributes[name] = rules.kept_topic_attribute(name, value)
    sns.store.update_topic(topic.arn, attributes=attributes)


def list_topics(call: Call, sns: Sns, request: api.ListTopicsInput) -> api.ListTopicsResponse:
    """Topics of the account and region, in pages of 100."""
    topics = sns.store.topics(call, request.get("NextToken", ""), rules.PAGE_MAX + 1)
    result: api.ListTopicsResponse = {"Topics": [{"TopicArn": topic.arn} for topic in topics[: rules.PAGE_MAX]]}
    if len(topics) > rules.PAGE_MAX:
        result["NextToken"] = topics[rules.PAGE_MAX - 1].name
    return result


def add_permission(call: Call, sns: Sns, request: api.AddPermissionInput) -> None:
    """Add a statement to a topic's access policy."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    actions = request["ActionName"]
    if any(action not in _ACTIONS for action in actions):
        raise rules.invalid("Policy statement action out of service scope!")
    policy = _policy(topic)
    if any(statement.get("Sid") == request["Label"] for statement in policy["Statement"]):
        raise rules.invalid("Statement already exists")
    principals = [f"arn:aws:iam::{account}:root" for account in request["AWSAccountId"]]
    granted = [f"SNS:{action}" for action in actions]
    policy["Statement"].append(
        {
            "Sid": request["Label"],
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": granted[0] if len(granted) == 1 else granted,
            "Resource": topic.arn,
        }
    )
    sns.store.update_topic(topic.arn, attributes={**topic.attributes, "Policy": json.dumps(policy)})


def remove_permission(call: Call, sns: Sns, request: api.RemovePermissionInput) -> None:
    """Take a statement out of a topic's access policy; one that is not there is no error."""
    topic = require_topic(call, sns.store, request["TopicArn"])
    policy = _policy(topic)
    policy["Statement"] = [one for one in policy["Statement"] if one.get("Sid") != request["Label"]]
    sns.store.update_topic(topic.arn, attributes={**topic.attributes, "Policy": json.dumps(policy)})


def tag_resource(call: Call, sns: Sns, request: api.TagResourceRequest) -> None:
    """Add tags to a topic, or change them."""
    added = rules.tags(request["Tags"])
    topic = _tagged(sns, request["ResourceArn"])
    tags = {**topic.tags, **added}
    rules.tags([{"Key": key, "Value": value} for key, value in tags.items()])
    sns.store.update_topic(topic.arn, tags=tags)


def untag_resource(call: Call, sns: Sns, request: api.UntagResourceRequest) -> None:
    """Take tags off a topic."""
    topic = _tagged(sns, request["ResourceArn"])
    gone = set(request["TagKeys"])
    sns.store.update_topic(topic.arn, tags={key: value for key, value in topic.tags.items() if key not in gone})


def list_tags_for_resource(
    call: Call, sns: Sns, request: api.ListTagsForResourceRequest
) -> api.ListTagsForResourceResponse:
    """A topic's tags."""
    topic = _tagged(sns, request["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in topic.tags.items()]}


_ACTIONS = frozenset(
    {
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
        "Receive",
    }
)


def _policy(topic: Topic) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(shown_topic(topic, 0, 0)["Policy"])
    statements = policy["Statement"]
    return {**policy, "Statement": statements if isinstance(statements, list) else [statements]}


def _tagged(sns: Sns, arn: str) -> Topic:
    topic = sns.store.topic(arn)
    if topic is None:
        raise api.ResourceNotFoundException("Resource does not exist")
    return topic
