"""DynamoDB over the wire: long names of attributes, and long answers to clients that want them compressed."""

import gzip
import urllib.request
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.answers import refused
from tests.wire.dynamodb_tables import table, texts

LONGEST = "n" * 65535
LONG = LONGEST + "n"
TOO_LARGE = "Attribute name is too large, must be less than 65536 bytes"
REPORTED = "1 validation error detected: "
UNPACKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}


@pytest.fixture
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


def test_names_at_their_size_limit(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        key = {"TableName": name, "Key": texts(a="1")}
        named = {"ExpressionAttributeNames": {"#n": LONGEST}}
        dynamodb.put_item(TableName=name, Item=texts(a="1") | {LONGEST: {"N": "1"}})
        assert dynamodb.get_item(AttributesToGet=[LONGEST], **key)["Item"] == {LONGEST: {"N": "1"}}
        updates = {LONGEST: {"Value": {"N": "2"}, "Action": "PUT"}}
        dynamodb.update_item(AttributeUpdates=updates, Expected={LONGEST: {"Value": {"N": "1"}}}, **key)
        sums = {"UpdateExpression": "SET #n = #n + :one", "ConditionExpression": "#n > :one"}
        dynamodb.update_item(ExpressionAttributeValues={":one": {"N": "1"}}, **sums, **named, **key)
        assert dynamodb.get_item(ProjectionExpression="#n", **named, **key)["Item"] == {LONGEST: {"N": "3"}}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_item", {"Item": texts(a="1") | {LONG: {"N": "1"}}}),
        ("put_item", {"Item": texts(a="1"), "Expected": {LONG: {"Exists": False}}}),
        ("get_item", {"Key": texts(a="1"), "AttributesToGet": [LONG]}),
        ("update_item", {"Key": texts(a="1"), "AttributeUpdates": {LONG: {"Action": "DELETE"}}}),
        ("scan", {"ScanFilter": {LONG: {"ComparisonOperator": "NULL"}}}),
    ],
)
def test_names_that_are_too_long(dynamodb: Any, operation: str, request_: dict[str, Any]) -> None:
    with table(dynamodb) as name:
        code, text, _ = refused(getattr(dynamodb, operation), TableName=name, **request_)
        assert code == "ValidationException"
        assert text.removeprefix(REPORTED) == f"One or more parameter values were invalid: {TOO_LARGE}"
        assert text.startswith(REPORTED) == (operation in ("put_item", "update_item"))


def test_names_in_expressions_that_are_too_long(dynamodb: Any) -> None:
    with table(dynamodb) as name:
        request = {"ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": LONG}}
        _, text, _ = refused(dynamodb.get_item, TableName=name, Key=texts(a="1"), **request)
        assert text == f"ExpressionAttributeNames contains invalid value: {TOO_LARGE} for key #n"


@pytest.mark.parametrize(
    ("accepted", "size", "encoding"),
    [("gzip", 4096, "gzip"), ("deflate, gzip", 4096, "deflate"), ("br", 4096, ""), ("gzip", 4095, "")],
)
def test_long_answers_are_compressed_for_who_wants_it(
    cloud: RunningCloud, dynamodb: Any, accepted: str, size: int, encoding: str
) -> None:
    with table(dynamodb) as name:
        around = len('{"Item":{"a":{"S":"1"},"t":{"S":""}}}')
        dynamodb.put_item(TableName=name, Item=texts(a="1", t="x" * (size - around)))
        headers = {
            "X-Amz-Target": "DynamoDB_20120810.GetItem",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "X-Amz-Date": "20260101T000000Z",
            "Accept-Encoding": accepted,
        }
        data = f'{{"TableName": "{name}", "Key": {{"a": {{"S": "1"}}}}}}'.encode()
        with urllib.request.urlopen(urllib.request.Request(cloud.endpoint, data, headers)) as response:
            body = response.read()
        assert response.headers.get("Content-Encoding", "") == encoding
        assert len(UNPACKED[encoding](body)) == size
        assert response.headers["x-amz-crc32"] == str(zlib.crc32(body))
