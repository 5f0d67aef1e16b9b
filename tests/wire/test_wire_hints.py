"""Hints: AWS's own error for the caller, and for the person who watches what is there, and where."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, RunningCloud


@pytest.fixture
def hints(cloud: RunningCloud) -> Iterator[list[str]]:
    """What is told while a test runs."""
    told: list[str] = []
    watchers = cloud.cloud.world.ports.hint_watchers
    watchers.append(told.append)
    yield told
    watchers.remove(told.append)


def missed(call: Callable[..., Any], **request: Any) -> str:
    """The code of the error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def test_a_table_of_another_region(cloud: RunningCloud, hints: list[str]) -> None:
    key: dict[str, Any] = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    cloud.client("dynamodb", region="eu-west-1").create_table(TableName="hinted-users", **key)
    here = cloud.client("dynamodb")
    item = {"id": {"S": "1"}}
    for _ in range(2):
        assert missed(here.get_item, TableName="hinted-users", Key=item) == "ResourceNotFoundException"
    wanted = "GetItem asked for the table hinted-users in us-east-1: it is not there, but in eu-west-1"
    assert hints == [wanted]
    put = {"Put": {"TableName": "hinted-orders", "Item": item}}
    assert missed(here.transact_write_items, TransactItems=[put]) == "ResourceNotFoundException"
    batch = {"hinted-carts": {"Keys": [item]}}
    assert missed(here.batch_get_item, RequestItems=batch) == "ResourceNotFoundException"
    assert [text.partition(":")[0] for text in hints[1:]] == [
        "TransactWriteItems asked for the table hinted-orders in us-east-1",
        "BatchGetItem asked for the table hinted-carts in us-east-1",
    ]


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "noun"),
    [
        ("sqs", "get_queue_url", {"QueueName": "unseen"}, "AWS.SimpleQueueService.NonExistentQueue", "queue"),
        ("s3", "get_object", {"Bucket": "unseen", "Key": "a"}, "NoSuchBucket", "bucket"),
        ("s3", "head_bucket", {"Bucket": "unseen"}, "404", "bucket"),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:unseen", "Message": "a"},
            "NotFound",
            "topic",
        ),
        ("lambda", "invoke", {"FunctionName": "unseen"}, "ResourceNotFoundException", "function"),
        ("ssm", "get_parameter", {"Name": "unseen"}, "ParameterNotFound", "parameter"),
        ("secretsmanager", "get_secret_value", {"SecretId": "unseen"}, "ResourceNotFoundException", "secret"),
    ],
)
def test_every_service_that_keeps_names(
    cloud: RunningCloud, hints: list[str], service: str, operation: str, request_: dict[str, Any], code: str, noun: str
) -> None:
    assert missed(getattr(cloud.client(service), operation), **request_) == code
    [hint] = hints
    assert f" asked for the {noun} unseen in us-east-1: " in hint


def test_what_is_there_needs_no_hint(cloud: RunningCloud, hints: list[str]) -> None:
    """The error is about something else: an object, an alias. And what is to be deleted may be gone."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="hinted-bucket")
    assert missed(s3.get_object, Bucket="hinted-bucket", Key="none") == "NoSuchKey"
    assert missed(cloud.client("lambda").delete_function, FunctionName="gone") == "ResourceNotFoundException"
    assert hints == []


def test_what_this_version_lacks_is_told(cloud: RunningCloud, hints: list[str]) -> None:
    assert missed(cloud.client("firehose").list_delivery_streams) == "NotImplemented"
    assert hints == ["The service firehose is not part of this version of Stratolite."]
