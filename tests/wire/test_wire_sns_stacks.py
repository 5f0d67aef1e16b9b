"""SNS resources of CloudFormation: made, changed and taken away with their stack."""

import json
from typing import Any

from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.listeners import listening

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:listener"
DELAYS = {"Delay": 0.01, "MaxAttempts": 12_000}


def deploy(cloud: RunningCloud, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Make the stack, or change it; physical ids by logical ones."""
    client = cloud.client("cloudformation")
    body = json.dumps({"Resources": resources})
    known = [one["StackName"] for one in client.describe_stacks()["Stacks"]]
    what = "update" if name in known else "create"
    getattr(client, f"{what}_stack")(StackName=name, TemplateBody=body)
    client.get_waiter(f"stack_{what}_complete").wait(StackName=name, WaiterConfig=DELAYS)
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def subscribed(**properties: Any) -> dict[str, Any]:
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "stacked"}},
        "Listener": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": QUEUE, **properties},
        },
    }


def test_a_subscription_changes_its_scope_with_its_policy(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")
    nested = {"detail": {"kind": ["a"]}}
    made = deploy(cloud, "scopes", subscribed(FilterPolicy=nested, FilterPolicyScope="MessageBody"))
    arn = made["Listener"]

    def shown() -> dict[str, str]:
        attributes: dict[str, str] = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return {name: attributes[name] for name in attributes if name.startswith(("Filter", "Raw"))}

    assert json.loads(shown()["FilterPolicy"]) == nested
    flat = {"kind": ["a"]}
    deploy(cloud, "scopes", subscribed(FilterPolicy=flat, RawMessageDelivery=True))
    after = shown()
    assert json.loads(after.pop("FilterPolicy")) == flat
    assert after == {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "true"}
    deploy(cloud, "scopes", subscribed(FilterPolicy=nested, FilterPolicyScope="MessageBody"))
    assert json.loads(shown()["FilterPolicy"]) == nested
    deploy(cloud, "scopes", subscribed())
    assert shown() == {"RawMessageDelivery": "false"}


def test_a_topic_with_subscriptions_and_a_policy(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]}

    def resources(*queues: str, tags: dict[str, str], policy: bool) -> dict[str, Any]:
        properties = {
            "DisplayName": "Shown",
            "Subscription": [{"Protocol": "sqs", "Endpoint": f"{QUEUE}-{name}"} for name in queues],
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        made: dict[str, Any] = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}
        if policy:
            properties_ = {"PolicyDocument": document, "Topics": [{"Ref": "Topic"}]}
            made["Policy"] = {"Type": "AWS::SNS::TopicPolicy", "Properties": properties_}
        return made

    arn = deploy(cloud, "topics", resources("a", "b", tags={"k": "v", "l": "w"}, policy=True))["Topic"]

    def endpoints() -> list[str]:
        listed = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        return sorted(one["Endpoint"][-1] for one in listed)

    assert endpoints() == ["a", "b"]
    assert json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]) == document
    deploy(cloud, "topics", resources("b", "c", tags={"k": "x"}, policy=False))
    assert endpoints() == ["b", "c"]
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "x"}]
    assert "__default_policy_ID" in sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    client = cloud.client("cloudformation")
    client.delete_stack(StackName="topics")
    client.get_waiter("stack_delete_complete").wait(StackName="topics", WaiterConfig=DELAYS)
    assert arn not in [one["TopicArn"] for one in sns.list_topics()["Topics"]]


def test_a_fifo_topic_changes_how_it_deduplicates(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")

    def resources(**properties: Any) -> dict[str, Any]:
        return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": True, **properties}}}

    def shown(arn: str) -> dict[str, str]:
        attributes: dict[str, str] = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        return {name: attributes[name] for name in attributes if name.startswith(("Fifo", "Content"))}

    arn = deploy(cloud, "fifo", resources())["Topic"]
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
    assert arn.endswith(".fifo")
    assert shown(arn) == {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    changed = resources(ContentBasedDeduplication=True, FifoThroughputScope="MessageGroup")
    assert deploy(cloud, "fifo", changed)["Topic"] == arn
    assert shown(arn) == {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "true",
        "FifoThroughputScope": "MessageGroup",
    }
    deploy(cloud, "fifo", resources())
    assert shown(arn) == {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "false",
        "FifoThroughputScope": "Topic",
    }


def test_a_subscription_of_a_web_server_changes_its_delivery_policy(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")

    def resources(**properties: Any) -> dict[str, Any]:
        settings = {"TopicArn": {"Ref": "Topic"}, "Protocol": "http", **properties}
        return {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Listener": {"Type": "AWS::SNS::Subscription", "Properties": settings},
        }

    def shown(arn: str) -> dict[str, Any]:
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        policy: dict[str, Any] = json.loads(attributes.get("DeliveryPolicy", "{}"))
        return policy

    with listening() as listener:
        policy = {"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 2, "numRetries": 3}}
        made = deploy(cloud, "web", resources(Endpoint=listener.url, DeliveryPolicy=policy))
        arn = made["Listener"]
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
        assert arn.startswith(f"{made['Topic']}:")
        assert shown(arn)["healthyRetryPolicy"] == policy["healthyRetryPolicy"]
        cloud.drain()
        [asked] = listener.posted
        sns.confirm_subscription(TopicArn=made["Topic"], Token=asked.document["Token"])
        changed = {"requestPolicy": {"headerContentType": "application/json"}}
        assert deploy(cloud, "web", resources(Endpoint=listener.url, DeliveryPolicy=changed))["Listener"] == arn
        assert shown(arn)["requestPolicy"] == changed["requestPolicy"]
        sns.publish(TopicArn=made["Topic"], Message="m")
        cloud.drain()
        assert listener.posted[-1].headers["Content-Type"] == "application/json"
        deploy(cloud, "web", resources(Endpoint=listener.url))
        assert shown(arn) == {}
        client = cloud.client("cloudformation")
        client.delete_stack(StackName="web")
        client.get_waiter("stack_delete_complete").wait(StackName="web", WaiterConfig=DELAYS)
        cloud.drain()
        assert len(listener.posted) == 2
