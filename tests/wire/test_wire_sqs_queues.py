"""Queues over the wire, beside what AWS answered (``sqs/test_sqs.json``)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, RunningCloud, recorded

ANSWERS = "sqs/test_sqs.json"


@pytest.fixture(scope="module")
def sqs(cloud: RunningCloud) -> Any:
    return cloud.client("sqs")


def refused(call: Any, **request: Any) -> dict[str, Any]:
    """The error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return dict(caught.value.response["Error"])


def settled(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes without what differs from run to run."""
    return {name: value for name, value in attributes.items() if "Timestamp" not in name and name != "QueueArn"}


def attributes(sqs: Any, url: str) -> dict[str, str]:
    return settled(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def test_attributes_have_defaults_and_are_changed(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_create_and_update_queue_attributes[sqs]")
    wanted = {"MessageRetentionPeriod": "604800", "ReceiveMessageWaitTimeSeconds": "10", "VisibilityTimeout": "20"}
    url = sqs.create_queue(QueueName="attributes", Attributes=wanted)["QueueUrl"]
    assert attributes(sqs, url) == settled(answer["get_queue_attributes"]["Attributes"])
    changes = {"DelaySeconds": "420", "MaximumMessageSize": "2048", "VisibilityTimeout": "69"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changes)
    assert attributes(sqs, url) == settled(answer["get_updated_queue_attributes"]["Attributes"])


def test_attributes_go_back_to_their_defaults(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_set_queue_attributes_default_values[sqs]")
    url = sqs.create_queue(QueueName="defaults")["QueueUrl"]
    assert attributes(sqs, url) == settled(answer["get-queue-attributes-initial-values"]["Attributes"])
    encrypted = {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=encrypted)
    assert attributes(sqs, url) == settled(answer["get-queue-attributes-after-update"]["Attributes"])


def test_fifo_attributes(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_fifo_set_content_based_deduplication_strategy[sqs]")
    wanted = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="content.fifo", Attributes=wanted)["QueueUrl"]
    assert attributes(sqs, url) == settled(answer["before-update"]["Attributes"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "false"})
    assert attributes(sqs, url) == settled(answer["after-update"]["Attributes"])


def test_the_same_queue_is_the_same_and_another_is_refused(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_create_queue_with_different_attributes_raises_exception[sqs]")
    first = sqs.create_queue(QueueName="same", Attributes={"DelaySeconds": "1"})["QueueUrl"]
    assert sqs.create_queue(QueueName="same", Attributes={"DelaySeconds": "1"})["QueueUrl"] == first
    assert sqs.create_queue(QueueName="same")["QueueUrl"] == first
    error = refused(sqs.create_queue, QueueName="same", Attributes={"DelaySeconds": "2"})
    assert error == answer["create_queue_02"]["Error"]


def test_a_standard_queue_has_no_fifo_attributes(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_create_standard_queue_with_fifo_attribute_raises_error[sqs]")
    for name, value, entry in (
        ("FifoQueue", "false", "invalid-attribute-fifo-queue"),
        ("ContentBasedDeduplication", "false", "invalid-attribute-content-based-deduplication"),
        ("DeduplicationScope", "queue", "invalid-attribute-deduplication-scope"),
        ("FifoThroughputLimit", "perQueue", "invalid-attribute-throughput-limit"),
    ):
        assert refused(sqs.create_queue, QueueName="standard", Attributes={name: value}) == answer[entry]["Error"]


def test_a_queue_keeps_its_type(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_set_unsupported_attribute_fifo[sqs]")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    error = refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "true"})
    assert error == answer["invalid-attr-name-1"]["Error"]
    url = sqs.create_queue(QueueName="kept.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    error = refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "false"})
    assert error == answer["invalid-attr-name-2"]["Error"]


@pytest.mark.parametrize("name", ["", "a" * 81, "a b", "a.b", "ä", "x.fifo"])
def test_names_have_a_form(sqs: Any, name: str) -> None:
    assert refused(sqs.create_queue, QueueName=name)["Code"] in ("InvalidParameterValue", "MissingParameter")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", "-1"),
        ("DelaySeconds", "901"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "x"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("SqsManagedSseEnabled", "yes"),
    ],
)
def test_values_have_bounds(sqs: Any, name: str, value: str) -> None:
    error = refused(sqs.create_queue, QueueName="bounds", Attributes={name: value})
    assert (error["Code"], error["Message"]) == (
        "InvalidAttributeValue",
        f"Invalid value for the parameter {name}.",
    )


def test_a_queue_that_is_not_there(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_non_existent_queue")
    assert refused(sqs.get_queue_url, QueueName="nowhere") == answer["queue-does-not-exist"]["Error"]
    url = f"http://127.0.0.1/{ACCOUNT}/nowhere"
    assert refused(sqs.get_queue_attributes, QueueUrl=url) == answer["queue-does-not-exist-url"]["Error"]


def test_urls_count_by_their_path_whatever_the_host(sqs: Any) -> None:
    made = sqs.create_queue(QueueName="anywhere")["QueueUrl"]
    assert made.endswith(f"/{ACCOUNT}/anywhere")
    for url in (made, f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/anywhere", "anywhere", f"{made}/"):
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]


def test_lists_are_paged(cloud: RunningCloud) -> None:
    sqs = cloud.client("sqs", account="111111111111")
    for number in range(5):
        sqs.create_queue(QueueName=f"list-{number}")
    sqs.create_queue(QueueName="other")
    first = sqs.list_queues(QueueNamePrefix="list-", MaxResults=3)
    rest = sqs.list_queues(QueueNamePrefix="list-", MaxResults=3, NextToken=first["NextToken"])
    names = [url.rpartition("/")[2] for url in first["QueueUrls"] + rest["QueueUrls"]]
    assert names == [f"list-{number}" for number in range(5)]
    assert "NextToken" not in rest
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="none")


def test_tags(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_tag_untag_queue[sqs]")
    url = sqs.create_queue(QueueName="tagged")["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"tag1": "value1", "tag2": "value2", "tag3": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == answer["get-tag-1"]["Tags"]
    sqs.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag3"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == answer["get-tag-2"]["Tags"]
    sqs.untag_queue(QueueUrl=url, TagKeys=["tag2"])
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)


def test_permissions_are_statements_of_the_policy(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_sqs_permission_lifecycle[sqs]")
    url = sqs.create_queue(QueueName="permitted")["QueueUrl"]
    label = "crossaccountpermission"
    permission = {"QueueUrl": url, "Label": label, "AWSAccountIds": [ACCOUNT], "Actions": ["ReceiveMessage"]}
    sqs.add_permission(**permission)
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    [statement] = json.loads(shown)["Statement"]
    [wanted] = answer["get-queue-policy-attribute-first-account-same-label"]["Attributes"]["Policy"]["Statement"]
    assert statement.keys() == wanted.keys()
    assert statement["Action"] == wanted["Action"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    entry = "get-queue-policy-attribute-second-account-same-label"
    assert refused(sqs.add_permission, **permission) == answer[entry]["Error"]
    sqs.remove_permission(QueueUrl=url, Label=label)
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    assert "can't find label." in refused(sqs.remove_permission, QueueUrl=url, Label=label)["Message"]


def test_purges_are_a_minute_apart(timed_cloud: RunningCloud) -> None:
    answer = recorded(ANSWERS, "test_successive_purge_calls_fail[sqs]")
    sqs = timed_cloud.client("sqs")
    url = sqs.create_queue(QueueName="purged")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="gone")
    sqs.purge_queue(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    error = refused(sqs.purge_queue, QueueUrl=url)
    wanted = answer["purge_queue_error"]["Error"]
    assert error == {**wanted, "Message": wanted["Message"].replace("<queue-name>", "purged")}
    timed_cloud.advance(60)
    sqs.purge_queue(QueueUrl=url)


REDRIVE = {
    "not JSON": ("x", "not a valid JSON map"),
    "no target": ('{"maxReceiveCount": 1}', "mandatory attribute: deadLetterTargetArn"),
    "no count": ('{"deadLetterTargetArn": "a"}', "mandatory attribute: maxReceiveCount"),
    "a count of nothing": ('{"deadLetterTargetArn": "a", "maxReceiveCount": 0}', "valid values are from 1 to 1000"),
    "a target that is no ARN": ('{"deadLetterTargetArn": "a", "maxReceiveCount": 1}', "deadLetterTargetArn"),
}


@pytest.mark.parametrize("case", REDRIVE)
def test_redrive_policies_are_checked(sqs: Any, case: str) -> None:
    policy, said = REDRIVE[case]
    error = refused(sqs.create_queue, QueueName="redriven", Attributes={"RedrivePolicy": policy})
    assert error["Code"] == "InvalidParameterValue"
    assert said in error["Message"]


def test_a_dead_letter_queue_knows_its_sources(sqs: Any) -> None:
    target = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=target, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    sources = [
        sqs.create_queue(QueueName=f"source-{number}", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        for number in range(3)
    ]
    assert sqs.list_dead_letter_source_queues(QueueUrl=target)["queueUrls"] == sources
    sqs.set_queue_attributes(QueueUrl=sources[0], Attributes={"RedrivePolicy": ""})
    assert sqs.list_dead_letter_source_queues(QueueUrl=target)["queueUrls"] == sources[1:]
    sqs.set_queue_attributes(QueueUrl=target, Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'})
    error = refused(sqs.set_queue_attributes, QueueUrl=sources[0], Attributes={"RedrivePolicy": policy})
    assert "does not allow" in error["Message"]


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.us-east-1.amazonaws.com/111122223333/named-by-url",
        f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/named-by-url",
        "https://queue.amazonaws.com/111122223333/named-by-url",
        "http://localhost:9324/queue/named-by-url",
    ],
)
def test_urls_from_elsewhere_name_the_queue_of_the_caller(cloud: RunningCloud, sqs: Any, url: str) -> None:
    """As they stand in code: with the account that the application has on AWS, or ElasticMQ's path."""
    here = sqs.create_queue(QueueName="named-by-url")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    [message] = sqs.receive_message(QueueUrl=here)["Messages"]
    assert message["Body"] == "hello"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_url_of_this_cloud_means_the_account_that_it_names(cloud: RunningCloud, sqs: Any) -> None:
    sqs.create_queue(QueueName="of-one-account")
    url = f"{cloud.endpoint}/111122223333/of-one-account"
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="hello")["Code"].endswith("NonExistentQueue")
