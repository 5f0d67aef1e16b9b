"""Topics, groups and tables made by stacks, beside the recorded answers of AWS."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.stacks import SNS, Stack, template, topic

TOPICS = "cloudformation/resources/test_sns.json"
GROUPS = "cloudformation/resources/test_logs.json"
TABLES = "cloudformation/resources/test_dynamodb.json"


def attributes(cloud: RunningCloud, arn: str) -> dict[str, Any]:
    """A topic's attributes, with the documents in them."""
    found = cloud.client("sns").get_topic_attributes(TopicArn=arn)
    values = {name: json.loads(text) if text.startswith("{") else text for name, text in found["Attributes"].items()}
    # AWS counts later.
    return {**found, "Attributes": {**values, "SubscriptionsPending": "0"}}


def subscriptions(cloud: RunningCloud, arn: str) -> dict[str, Any]:
    found = cloud.client("sns").list_subscriptions_by_topic(TopicArn=arn)
    return {"Subscriptions": found["Subscriptions"]}


# Topics --------------------------------------------------------------------------------------------------------------


def test_a_fifo_topic(cloud: RunningCloud) -> None:
    """Entry test_sns_topic_fifo_with_deduplication."""
    aws = recorded(TOPICS, "test_sns_topic_fifo_with_deduplication")["get-topic-attrs"]
    stack = Stack(cloud, "fifo")
    stack.create(template({"T": topic("stack.fifo", FifoTopic="true", ContentBasedDeduplication="true")}))
    equal(attributes(cloud, stack.physical("T")), aws)


def test_a_fifo_topic_without_its_suffix_fails(cloud: RunningCloud) -> None:
    """Entry test_sns_topic_fifo_without_suffix_fails."""
    aws = recorded(TOPICS, "test_sns_topic_fifo_without_suffix_fails")["describe-stack"]
    stack = Stack(cloud, "no-suffix")
    body = template(
        {"T": topic(TopicName={"Ref": "TopicName"}, FifoTopic=True)},
        Parameters={"TopicName": {"Type": "String"}},
    )
    given = [{"ParameterKey": "TopicName", "ParameterValue": "no-suffix"}]
    stack.client.create_change_set(
        StackName="no-suffix", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body, Parameters=given
    )
    stack.client.execute_change_set(StackName="no-suffix", ChangeSetName="c")
    assert stack.ended() == "ROLLBACK_COMPLETE"
    equal({key: value for key, value in stack.described().items() if key != "ChangeSetId"}, aws)


@pytest.mark.parametrize("name", ["test_sns_topic_update_attributes", "test_sns_topic_update_name"])
def test_a_topic_is_updated_or_replaced(cloud: RunningCloud, name: str) -> None:
    aws = recorded(TOPICS, name)
    short = name.rpartition("_")[2]
    stack = Stack(cloud, f"topic-{short}")
    subscribed = [{"Endpoint": "test@example.com", "Protocol": "email"}]
    first = topic(f"topic-{short}-1", DisplayName="Initial Display Name", Subscription=subscribed)
    stack.create(template({"T": first}))
    old = stack.physical("T")
    equal(attributes(cloud, old), aws["initial-topic-attributes"])
    equal(subscriptions(cloud, old), {"Subscriptions": aws["initial-subscriptions"]["Subscriptions"]})
    number = 1 if short == "attributes" else 2
    second = topic(f"topic-{short}-{number}", DisplayName="Updated Display Name", Subscription=subscribed)
    assert stack.update(template({"T": second})) == "UPDATE_COMPLETE"
    new = stack.physical("T")
    assert (new == old) is (short == "attributes")
    equal(attributes(cloud, new), aws["updated-topic-attributes" if number == 1 else "new-topic-attributes"])
    equal(subscriptions(cloud, new), {"Subscriptions": aws["new-subscriptions"]["Subscriptions"]})
    assert (f"{SNS}:topic-{short}-1" in str(cloud.client("sns").list_topics())) is (number == 1)


def test_a_policy_that_goes_leaves_the_default_one(cloud: RunningCloud) -> None:
    """Entry test_sns_topic_policy_resets_to_default."""
    aws = recorded(TOPICS, "test_sns_topic_policy_resets_to_default")
    stack = Stack(cloud, "policy-resets")
    alone = {"T": topic("policy-resets")}
    statement = {
        "Sid": "0",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "T"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"PolicyDocument": document, "Topics": [{"Ref": "T"}]},
    }
    stack.create(template(alone))
    for body, key in (
        (None, "default-topic-attributes"),
        ({**alone, "P": policy}, "modified-topic-attributes"),
        (alone, "reverted-topic-attributes"),
    ):
        if body is not None:
            assert stack.update(template(body)) == "UPDATE_COMPLETE"
        equal(attributes(cloud, stack.physical("T"))["Attributes"]["Policy"], aws[key])


@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
def test_a_subscription_is_updated(cloud: RunningCloud, region: str) -> None:
    """Entries test_update_subscription and test_sns_subscription_region."""
    stack = Stack(cloud, f"subscription-{region}")
    sns = cloud.client("sns", region=region)
    arn = sns.create_topic(Name=f"subscription-{region}")["TopicArn"]

    def body(raw: bool) -> str:
        properties = {
            "TopicArn": arn,
            "Protocol": "sqs",
            "Endpoint": {"Fn::GetAtt": "Queue.Arn"},
            "RawMessageDelivery": raw,
            **({"Region": region} if region != REGION else {}),
        }
        return template(
            {"Queue": {"Type": "AWS::SQS::Queue"}, "S": {"Type": "AWS::SNS::Subscription", "Properties": properties}}
        )

    stack.create(body(True))
    first = sns.get_subscription_attributes(SubscriptionArn=stack.physical("S"))
    entry = "test_update_subscription" if region == REGION else "test_sns_subscription_region"
    # The account of these tests has no users: its root asks.
    aws = json.loads(json.dumps(recorded(TOPICS, entry)).replace(":user/<resource:3>", ":root"))
    equal(first, aws["subscription-1"])
    if region == REGION:
        assert stack.update(body(False)) == "UPDATE_COMPLETE"
        equal(sns.get_subscription_attributes(SubscriptionArn=stack.physical("S")), aws["subscription-2"])


# Groups --------------------------------------------------------------------------------------------------------------


def test_a_group(cloud: RunningCloud) -> None:
    """Entry test_cfn_handle_log_group_resource."""
    aws = recorded(GROUPS, "test_cfn_handle_log_group_resource")["describe_log_groups"]
    stack, logs = Stack(cloud, "grouped"), cloud.client("logs")
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "grouped", "RetentionInDays": "731"}}
    stack.create(template({"G": group}))
    found = logs.describe_log_groups(logGroupNamePrefix="grouped")
    # A member that is younger than the recording.
    assert found["logGroups"][0].pop("deletionProtectionEnabled") is False
    equal(found, aws)
    assert stack.delete() == "DELETE_COMPLETE"
    assert logs.describe_log_groups(logGroupNamePrefix="grouped")["logGroups"] == []


def test_a_group_that_somebody_made_already(cloud: RunningCloud) -> None:
    """Entry test_handle_existing_log_group."""
    aws = recorded(GROUPS, "test_handle_existing_log_group")["failed-stack-describe"]
    cloud.client("logs").create_log_group(logGroupName="already")
    stack = Stack(cloud, "group-already")
    body = template(
        {"G": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "LogGroupName"}}}},
        Parameters={"LogGroupName": {"Type": "String"}},
    )
    given = [{"ParameterKey": "LogGroupName", "ParameterValue": "already"}]
    agreed = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
    stack.client.create_change_set(
        StackName="group-already",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody=body,
        Parameters=given,
        Capabilities=agreed,
    )
    stack.client.execute_change_set(StackName="group-already", ChangeSetName="c")
    assert stack.ended() == "ROLLBACK_COMPLETE"
    equal({key: value for key, value in stack.described().items() if key != "ChangeSetId"}, aws)
    assert "HandlerErrorCode: AlreadyExists" in stack.reasons("CREATE_FAILED")[0]
    assert cloud.client("logs").describe_log_groups(logGroupNamePrefix="already")["logGroups"]


def test_a_stream_in_a_group(cloud: RunningCloud) -> None:
    """Entry test_logstream."""
    aws = recorded(GROUPS, "test_logstream")
    stack = Stack(cloud, "streamed")
    body = template(
        {
            "G": {"Type": "AWS::Logs::LogGroup"},
            "S": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "G"}}},
        },
        Outputs={"LogStreamNameOutput": {"Value": {"Ref": "S"}}, "LogGroupNameOutput": {"Value": {"Ref": "G"}}},
    )
    stack.create(body)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    equal(outputs, aws["outputs"])
    found = cloud.client("logs").describe_log_streams(logGroupName=outputs["LogGroupNameOutput"])["logStreams"]
    equal(found, aws["describe_log_streams"])
    assert found[0]["logStreamName"] == outputs["LogStreamNameOutput"]
    assert stack.delete() == "DELETE_COMPLETE"


# Tables --------------------------------------------------------------------------------------------------------------


def table(cloud: RunningCloud, name: str) -> dict[str, Any]:
    found = cloud.client("dynamodb").describe_table(TableName=name)
    return {"Table": found["Table"], "ResponseMetadata": found["ResponseMetadata"]}


def test_a_table_with_a_name_of_its_own(cloud: RunningCloud) -> None:
    """Entry test_default_name_for_table."""
    aws = recorded(TABLES, "test_default_name_for_table")
    stack = Stack(cloud, "named-table")
    properties = {
        "AttributeDefinitions": [{"AttributeName": "keyName", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "keyName", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        "Tags": [{"Key": "TagKey1", "Value": "TagValue1"}, {"Key": "TagKey2", "Value": "TagValue2"}],
    }
    stack.create(template({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}))
    name = stack.physical("T")
    equal(table(cloud, name), aws["table_description"])
    tags = cloud.client("dynamodb").list_tags_of_resource(ResourceArn=table(cloud, name)["Table"]["TableArn"])
    equal(tags, aws["list_tags_of_resource"])
    assert name.startswith("named-table-T-")
    assert f":{ACCOUNT}:table/{name}" in table(cloud, name)["Table"]["TableArn"]


@pytest.mark.parametrize("mode", ["PROVISIONED", "PAY_PER_REQUEST"])
def test_a_table_by_condition(cloud: RunningCloud, mode: str) -> None:
    """Entry test_billing_mode_as_conditional."""
    aws = recorded(TABLES, f"test_billing_mode_as_conditional[{mode}]")["table_description"]
    stack = Stack(cloud, f"by-condition-{mode.replace('_', '-').lower()}")
    nothing = {"Ref": "AWS::NoValue"}
    properties = {
        "BillingMode": {"Fn::If": ["OnDemand", {"Ref": "Mode"}, nothing]},
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"Fn::If": ["OnDemand", nothing, {"ReadCapacityUnits": "5", "WriteCapacityUnits": 5}]},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    body = template(
        {"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}},
        Parameters={"Mode": {"Type": "String"}},
        Conditions={"OnDemand": {"Fn::Equals": [{"Ref": "Mode"}, "PAY_PER_REQUEST"]}},
    )
    stack.create(body, Parameters=[{"ParameterKey": "Mode", "ParameterValue": mode}])
    equal(table(cloud, stack.physical("T")), aws)


def test_a_table_whose_items_expire(cloud: RunningCloud) -> None:
    """Entries test_ttl_cdk and test_table_with_ttl_and_sse."""
    aws = recorded(TABLES, "test_ttl_cdk")["table"]
    stack = Stack(cloud, "expiring")
    properties = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expire_at", "Enabled": True},
    }
    stack.create(template({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}))
    equal(cloud.client("dynamodb").describe_time_to_live(TableName=stack.physical("T")), aws)
