"""Kinesis in the binary form of AWS JSON, as Java's clients speak it: CBOR, with times in milliseconds."""

from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
import urllib3
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.kinesis_streams import arn_of, iterator, made, put

from stratolite.protocol.eventstream import Message, MessageDecoder

TYPE = "application/x-amz-cbor-1.1"


@pytest.fixture
def kinesis(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("kinesis")


def sent(cloud: RunningCloud, operation: str, request: dict[str, Any]) -> urllib3.BaseHTTPResponse:
    """The answer to a request in CBOR."""
    credential = f"Credential={ACCOUNT}/20260101/us-east-1/kinesis/aws4_request"
    headers = {
        "content-type": TYPE,
        "x-amz-date": "20260101T000000Z",
        "x-amz-target": f"Kinesis_20131202.{operation}",
        "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
    }
    body = cbor2.dumps(request)
    return urllib3.request("POST", cloud.endpoint, body=body, headers=headers, preload_content=False, retries=False)


def asked(cloud: RunningCloud, operation: str, request: dict[str, Any]) -> tuple[int, Any]:
    answer = sent(cloud, operation, request)
    assert answer.headers["content-type"] == TYPE
    return answer.status, cbor2.loads(answer.read(), semantic_decoders={1: lambda value, _: ("ms", value)})


def test_records_are_put_and_read(timed_cloud: RunningCloud, kinesis: Any) -> None:
    made(kinesis, "s")
    status, answer = asked(timed_cloud, "PutRecord", {"StreamName": "s", "Data": b"\xff\x00", "PartitionKey": "k"})
    assert (status, answer["ShardId"]) == (200, "shardId-000000000000")
    now_ms = timed_cloud.clock.now_ms()
    place = {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "AT_TIMESTAMP"}
    _, found = asked(timed_cloud, "GetShardIterator", {**place, "Timestamp": cbor2.CBORTag(1, now_ms - 1)})
    status, answer = asked(timed_cloud, "GetRecords", found)
    (record,) = answer["Records"]
    assert (status, record["Data"]) == (200, b"\xff\x00")
    assert record["ApproximateArrivalTimestamp"] == ("ms", now_ms)
    (read,) = kinesis.get_records(ShardIterator=iterator(kinesis, "s"))["Records"]
    assert read["ApproximateArrivalTimestamp"] == datetime.fromtimestamp(now_ms / 1000, UTC)


def test_errors(timed_cloud: RunningCloud) -> None:
    """test_cbor_exceptions"""
    recording = recorded("kinesis/test_kinesis.json", "test_cbor_exceptions")["cbor-error"]
    status, answer = asked(timed_cloud, "DescribeStream", {"StreamName": "wrong-stream-name"})
    assert status == 400
    assert answer == {**recording, "message": recording["message"].replace("111111111111", ACCOUNT)}
    assert asked(timed_cloud, "DescribeStream", {"StreamName": 1})[1]["__type"] == "SerializationException"


def test_subscriptions(timed_cloud: RunningCloud, kinesis: Any) -> None:
    """test_subscribe_to_shard_cbor_at_timestamp"""
    made(kinesis, "s")
    put(kinesis, "s", "a")
    consumer = kinesis.register_stream_consumer(StreamARN=arn_of("s"), ConsumerName="c")["Consumer"]["ConsumerARN"]
    position = {"Type": "AT_TIMESTAMP", "Timestamp": cbor2.CBORTag(1, timed_cloud.clock.now_ms())}
    answer = sent(
        timed_cloud,
        "SubscribeToShard",
        {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": position},
    )
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    decoder = MessageDecoder()
    messages: list[Message] = []
    while len(messages) < 2:
        messages += decoder.feed(answer.read1() or b"")
    answer.close()
    assert [message.headers[":event-type"] for message in messages] == ["initial-response", "SubscribeToShardEvent"]
    event = cbor2.loads(messages[1].payload, semantic_decoders={1: lambda value, _: value})
    assert (event["Records"][0]["Data"], event["MillisBehindLatest"]) == (b"a", 0)
