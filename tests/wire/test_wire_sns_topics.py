"""SNS over the wire: topics, their attributes, permissions and tags, as AWS answers."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

TOPICS = "sns/test_sns.json"


@pytest.fixture
def sns(cloud: RunningCloud) -> Any:
    return cloud.client("sns")


def attributes_of(sns: Any, arn: str) -> Any:
    answer = sns.get_topic_attributes(TopicArn=arn)
    for name in ("Policy", "EffectiveDeliveryPolicy"):
        answer["Attributes"][name] = json.loads(answer["Attributes"][name])
    return answer


def test_a_topic_is_made_shown_and_deleted(sns: Any) -> None:
    entry = recorded(TOPICS, "test_create_topic_test_arn")
    made = sns.create_topic(Name="shown")
    equal(made, entry["create-topic"])
    assert made["TopicArn"] == f"arn:aws:sns:us-east-1:{ACCOUNT}:shown"
    equal(attributes_of(sns, made["TopicArn"]), entry["get-topic-attrs"])
    equal(sns.delete_topic(TopicArn=made["TopicArn"]), entry["delete-topic"])
    equal(answered(sns.get_topic_attributes, TopicArn=made["TopicArn"]), entry["topic-not-exists"])
    equal(
        sns.delete_topic(TopicArn=made["TopicArn"]), recorded(TOPICS, "test_delete_topic_idempotency")["delete-topic"]
    )
    entry = recorded(TOPICS, "test_delete_non_existent_topic")["delete-non-existent-topic"]
    equal(sns.delete_topic(TopicArn=f"{made['TopicArn']}-never"), entry)


def test_attributes_are_kept_and_shown(sns: Any) -> None:
    entry = recorded(TOPICS, "test_create_topic_with_attributes")
    arn = sns.create_topic(
        Name="kept",
        Attributes={
            "DisplayName": "TestTopic",
            "SignatureVersion": "2",
            "KmsMasterKeyId": "alias/aws/sns",
            "TracingConfig": "Active",
        },
    )["TopicArn"]
    shown = attributes_of(sns, arn)["Attributes"]
    assert (shown.pop("KmsMasterKeyId"), shown.pop("TracingConfig")) == ("alias/aws/sns", "Active")
    # The recorded topic was a FIFO one: tests of those compare all of it.
    of_fifo = {"ContentBasedDeduplication", "FifoTopic"}
    equal(shown, {name: value for name, value in entry["get-topic-attrs"]["Attributes"].items() if name not in of_fifo})
    equal(answered(sns.get_topic_attributes, TopicArn=f"{arn}1"), entry["get-attrs-nonexistent-topic"])
    equal(answered(sns.get_topic_attributes, TopicArn="topic"), entry["get-attrs-malformed-topic"])
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="New")
    assert attributes_of(sns, arn)["Attributes"]["DisplayName"] == "New"


def test_the_same_topic_again(sns: Any) -> None:
    entry = recorded(TOPICS, "test_create_topic_different_attrs")
    topic = {"Name": "again", "Attributes": {"DisplayName": "Value1"}}
    made = sns.create_topic(**topic)
    equal(made, entry["create-topic"])
    equal(sns.create_topic(Name="again"), entry["create-topic-no-attrs"])
    equal(attributes_of(sns, made["TopicArn"]), entry["topic-attrs"])
    others: dict[str, dict[str, str]] = {
        "create-topic-diff-attrs": {"DisplayName": "Value2"},
        "create-topic-new-attrs-fifo": {"FifoTopic": "true"},
        "create-topic-new-attrs": {"SignatureVersion": "2"},
        "create-topic-new-and-same-attrs": {"DisplayName": "Value1", "SignatureVersion": "2"},
    }
    for case, attributes in others.items():
        equal(answered(sns.create_topic, Name="again", Attributes=attributes), entry[case], case)


def test_an_attribute_that_was_set_later_counts(sns: Any) -> None:
    entry = recorded(TOPICS, "test_create_topic_should_be_idempotent")
    arn = sns.create_topic(Name="later")["TopicArn"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="AlreadySet")
    for case in ("topic-attrs-idempotent-1", "topic-attrs-idempotent-2"):
        assert sns.create_topic(Name="later")["TopicArn"] == arn
        equal(attributes_of(sns, arn), entry[case])


@pytest.mark.parametrize(
    ("case", "name", "attributes"),
    [
        ("name-too-short", "", {}),
        ("name-too-long", "a" * 257, {}),
        ("name-contains-fifo", "topic.fifo", {}),
        ("fifo-name-not-contains-fifo", "topic", {"FifoTopic": "true"}),
        *[(f"name-invalid-char-{place}", f"bad{sign}name", {}) for place, sign in enumerate("@!#$%^&*")],
    ],
)
def test_names(sns: Any, case: str, name: str, attributes: dict[str, str]) -> None:
    entry = recorded(TOPICS, "test_create_topic_name_constraints")
    equal(answered(sns.create_topic, Name=name, Attributes=attributes), entry[case])
    sns.create_topic(Name="a" * 256)


def test_a_topic_that_is_expressly_standard(sns: Any) -> None:
    entry = recorded(TOPICS, "test_topic_get_attributes_with_fifo_false")
    arn = sns.create_topic(Name="no-fifo", Attributes={"FifoTopic": "false"})["TopicArn"]
    equal(attributes_of(sns, arn), entry["get-attrs-standard-topic"])
    set_ = {"TopicArn": arn, "AttributeName": "FifoTopic", "AttributeValue": "false"}
    equal(answered(sns.set_topic_attributes, **set_), entry["set-fifo-false-after-creation"])


@pytest.mark.parametrize(
    "name",
    [
        "ArchivePolicy",
        "LambdaSuccessFeedbackRoleArn",
        "SQSFailureFeedbackRoleArn",
        "HTTPSuccessFeedbackSampleRate",
    ],
)
def test_attributes_without_effect_are_refused_by_name(sns: Any, name: str) -> None:
    arn = sns.create_topic(Name="inert")["TopicArn"]
    code, text, status = refused(sns.set_topic_attributes, TopicArn=arn, AttributeName=name, AttributeValue="{}")
    assert (code, status) == ("NotImplemented", 501)
    assert name in text


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_platform_application", {"Name": "n", "Platform": "GCM", "Attributes": {}}),
        ("create_sms_sandbox_phone_number", {"PhoneNumber": "+15551234567"}),
        ("put_data_protection_policy", {"ResourceArn": "arn", "DataProtectionPolicy": "{}"}),
    ],
)
def test_operations_that_are_not_here_are_refused_by_name(sns: Any, operation: str, request_: dict[str, Any]) -> None:
    code, text, status = refused(getattr(sns, operation), **request_)
    assert (code, status) == ("NotImplemented", 501)
    assert operation.replace("_", "") in text.lower()


def test_tags(sns: Any) -> None:
    entry = recorded(TOPICS, "test_tags")
    first, second = {"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    equal(answered(sns.create_topic, Name="twice", Tags=twice), entry["duplicate-key-error"])
    arn = sns.create_topic(Name="tagged", Tags=[first, second])["TopicArn"]
    equal(sns.list_tags_for_resource(ResourceArn=arn), entry["list-created-tags"])
    sns.untag_resource(ResourceArn=arn, TagKeys=["k1"])
    equal(sns.list_tags_for_resource(ResourceArn=arn), entry["list-after-delete-tags"])
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "k2", "Value": "v2b"}])
    equal(sns.list_tags_for_resource(ResourceArn=arn), entry["list-after-update-tags"])
    assert refused(sns.list_tags_for_resource, ResourceArn=f"{arn}x")[0] == "ResourceNotFound"
    many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    assert refused(sns.tag_resource, ResourceArn=arn, Tags=many)[0] == "TagLimitExceeded"


def test_tags_of_a_topic_that_is_made_again(sns: Any) -> None:
    tags = [{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": "v2"}]
    entry = recorded(TOPICS, "test_create_duplicate_topic_check_idempotency")
    equal(sns.create_topic(Name="same", Tags=tags), entry["response-created"])
    for place, given in enumerate((tags, tags[:1], [])):
        equal(sns.create_topic(Name="same", Tags=given), entry[f"response-same-arn-{place}"])
    entry = recorded(TOPICS, "test_create_duplicate_topic_with_more_tags")["exception-duplicate"]
    equal(answered(sns.create_topic, Name="same", Tags=[{"Key": "k9", "Value": "v"}]), entry)
    entry = recorded(TOPICS, "test_tags_removed_after_deletion")
    arn = sns.create_topic(Name="same")["TopicArn"]
    equal(sns.list_tags_for_resource(ResourceArn=arn), entry["list-created-tags"])
    sns.delete_topic(TopicArn=arn)
    sns.create_topic(Name="same")
    equal(sns.list_tags_for_resource(ResourceArn=arn), entry["list-empty-tags"])
    sns.delete_topic(TopicArn=arn)
    entry = recorded(TOPICS, "test_create_topic_after_delete_with_new_tags")
    equal(sns.create_topic(Name="same", Tags=[{"Key": "k9", "Value": "v"}]), entry["topic-1"])


def test_permissions(sns: Any) -> None:
    arn = sns.create_topic(Name="permitted")["TopicArn"]
    grant = {"TopicArn": arn, "Label": "test", "AWSAccountId": ["111111111111"], "ActionName": ["Publish"]}

    def policy() -> Any:
        return attributes_of(sns, arn)["Attributes"]["Policy"]

    entry = recorded(TOPICS, "test_topic_add_permission")
    equal(sns.add_permission(**grant), entry["add-permission-response"])
    equal(policy(), entry["topic-policy-after-permission"])
    errors = recorded(TOPICS, "test_add_permission_errors")
    equal(answered(sns.add_permission, **grant), errors["duplicate-label"])
    equal(answered(sns.add_permission, **(grant | {"TopicArn": f"{arn}x"})), errors["topic-not-found"])
    wrong = grant | {"Label": "other", "ActionName": ["InvalidAction"]}
    equal(answered(sns.add_permission, **wrong), errors["invalid-action"])
    sns.remove_permission(TopicArn=arn, Label="test")
    equal(policy(), recorded(TOPICS, "test_topic_remove_permission")["topic-policy"])
    error = recorded(TOPICS, "test_remove_permission_errors")["topic-not-found"]
    equal(answered(sns.remove_permission, TopicArn=f"{arn}x", Label="test"), error)
    sns.add_permission(**(grant | {"ActionName": ["Publish", "Subscribe"]}))
    equal(policy(), recorded(TOPICS, "test_topic_add_multiple_permissions")["topic-policy-after-permission"])


def test_a_policy_of_ones_own(sns: Any) -> None:
    """Entry test_topic_policy_overwrite_lifecycle."""
    arn = sns.create_topic(Name="policed")["TopicArn"]
    own: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sns:*"}],
    }
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(own))
    assert attributes_of(sns, arn)["Attributes"]["Policy"] == own
    for policy in ("{", "[]", '{"foo": "bar"}', '{"Statement": 5}', '{"Statement": [5]}', "[" * 3000):
        code, text, _ = refused(sns.set_topic_attributes, TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        assert (code, text[:17]) == ("InvalidParameter", "Invalid parameter")
    # A statement may stand alone; what is added stands beside it.
    alone = json.dumps({**own, "Statement": own["Statement"][0]})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=alone)
    sns.add_permission(TopicArn=arn, Label="more", AWSAccountId=[ACCOUNT], ActionName=["Publish"])
    statements = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])["Statement"]
    assert [statement["Sid"] for statement in statements] == ["s", "more"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue="")
    assert attributes_of(sns, arn)["Attributes"]["Policy"]["Id"] == "__default_policy_ID"


def test_topics_are_of_their_account_and_region(timed_cloud: RunningCloud) -> None:
    entry = recorded(TOPICS, "test_create_topic_in_multiple_regions")
    east, west = timed_cloud.client("sns"), timed_cloud.client("sns", region="us-west-2")
    made = {client: client.create_topic(Name="mine")["TopicArn"] for client in (east, west)}
    equal(east.list_topics(), entry["list-primary"])
    equal(west.list_topics(), entry["list-secondary"])
    equal(attributes_of(east, made[east]), entry["topic-east"])
    equal(attributes_of(west, made[west]), entry["topic-west"])
    assert timed_cloud.client("sns", account="999999999999").list_topics()["Topics"] == []


def test_another_region_is_not_reached(cloud: RunningCloud) -> None:
    entry = recorded(TOPICS, "test_cross_region_access")
    arn = cloud.client("sns").create_topic(Name="east")["TopicArn"]
    west = cloud.client("sns", region="us-west-2")
    set_ = {"TopicArn": arn, "AttributeName": "DisplayName", "AttributeValue": "x"}
    equal(answered(west.set_topic_attributes, **set_), entry["set-topic-attrs"])
    equal(answered(west.get_topic_attributes, TopicArn=arn), entry["get-topic-attrs"])
    equal(answered(west.publish, TopicArn=arn, Message="m"), entry["cross-region-publish-forbidden"])
    subscribe = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-west-2:{ACCOUNT}:q"}
    equal(answered(west.subscribe, **subscribe), entry["cross-region-subscribe"])
    equal(answered(west.list_subscriptions_by_topic, TopicArn=arn), entry["list-subs"])
    equal(answered(west.delete_topic, TopicArn=arn), entry["delete-topic"])
    entry = recorded(TOPICS, "test_topic_publish_another_region")
    batch = {"TopicArn": arn, "PublishBatchRequestEntries": [{"Id": "1", "Message": "m"}]}
    equal(answered(west.publish_batch, **batch), entry["error-batch"])


def test_listings_have_pages(timed_cloud: RunningCloud) -> None:
    sns = timed_cloud.client("sns")
    for place in range(101):
        sns.create_topic(Name=f"page-{place:03d}")
    pages = list(sns.get_paginator("list_topics").paginate())
    assert [len(page["Topics"]) for page in pages] == [100, 1]


def test_unknown_actions_and_attributes(sns: Any) -> None:
    arn = sns.create_topic(Name="unknown")["TopicArn"]
    request = {"TopicArn": arn, "AttributeName": "Nothing", "AttributeValue": "x"}
    assert refused(sns.set_topic_attributes, **request)[:2] == ("InvalidParameter", "Invalid parameter: AttributeName")
    request = {"TopicArn": arn, "AttributeName": "SignatureVersion", "AttributeValue": "3"}
    assert refused(sns.set_topic_attributes, **request)[0] == "InvalidParameter"
