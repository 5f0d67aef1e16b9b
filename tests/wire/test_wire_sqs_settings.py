"""What settings, permissions, tags and numbers of SQS may be, in AWS's words.

Sources: ``sqs/test_sqs.json`` of the recorded answers, and the pages of
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference that the tests name.
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, refused

POLICY = ("InvalidAttributeValue", "Invalid value for the parameter Policy.", 400)


@pytest.fixture(scope="module")
def sqs(cloud: RunningCloud) -> Any:
    return cloud.client("sqs")


@pytest.fixture(scope="module")
def url(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="settled")["QueueUrl"])


def test_one_kind_of_encryption_at_a_time(sqs: Any, url: str) -> None:
    entry = recorded("sqs/test_sqs.json", "test_sse_kms_and_sqs_are_mutually_exclusive[sqs]")
    wanted = {"KmsMasterKeyId": "testKeyId", "SqsManagedSseEnabled": "true"}
    code, text, _ = refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=wanted)
    assert entry["error"] == f"An error occurred ({code}) when calling the SetQueueAttributes operation: {text}"


@pytest.mark.parametrize(
    "policy", ["nonsense", "[]", "5", '{"foo": "bar"}', '{"Statement": 1}', '{"Statement": [1]}', "[" * 3000]
)
def test_a_policy_has_statements(sqs: Any, url: str, policy: str) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": policy}) == POLICY
    assert refused(sqs.create_queue, QueueName="lawless", Attributes={"Policy": policy}) == POLICY


def test_a_receive_count_is_shown_as_a_number(sqs: Any, url: str) -> None:
    """``maxReceiveCount`` is a number, however it was written.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html
    """
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": "3"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    assert json.loads(shown) == {**policy, "maxReceiveCount": 3}


def test_sources_are_a_list(sqs: Any, url: str) -> None:
    policy = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": 5})
    code, text, status = refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": policy})
    assert (code, status) == ("InvalidParameterValue", 400)
    assert "sourceQueueArns must be a list" in text


def test_what_is_empty_is_missing(sqs: Any, url: str) -> None:
    """The query protocol, which older clients speak, has no way to send an empty list or map."""
    for call, member, others in (
        (sqs.tag_queue, "Tags", {}),
        (sqs.add_permission, "Actions", {"Label": "empty", "AWSAccountIds": [ACCOUNT]}),
    ):
        request = {**others, member: {} if member == "Tags" else []}
        text = f"The request must contain the parameter {member}."
        assert refused(call, QueueUrl=url, **request) == ("MissingParameter", text, 400)


def test_keys_of_tags_have_a_length(sqs: Any, url: str) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html"""
    expected = ("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.", 400)
    for keys in ([], ["k" * 129]):
        assert refused(sqs.untag_queue, QueueUrl=url, TagKeys=keys) == expected


@pytest.mark.parametrize("accounts", [[], ["nobody"], [ACCOUNT, "12"]])
def test_permissions_are_for_accounts(sqs: Any, url: str, accounts: list[str]) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html"""
    request = {"Label": "who", "AWSAccountIds": accounts, "Actions": ["SendMessage"]}
    text = f"Value [{', '.join(accounts)}] for parameter PrincipalId is invalid. Reason: Unable to verify."
    assert refused(sqs.add_permission, QueueUrl=url, **request) == ("InvalidParameterValue", text, 400)


@pytest.mark.parametrize(
    ("text", "is_number"),
    [("1", True), ("-1.5", True), (".5", True), ("1e5", True), ("nan", False), ("Infinity", False), ("1_000", False)],
)
def test_numbers_are_decimal(sqs: Any, url: str, text: str, is_number: bool) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    attribute = {"n": {"DataType": "Number", "StringValue": text}}
    answer = answered(sqs.send_message, QueueUrl=url, MessageBody="counted", MessageAttributes=attribute)
    if is_number:
        assert "MessageId" in answer
    else:
        assert answer["Error"]["Message"] == "Can't cast the value of message (user) attribute 'n' to a number."
