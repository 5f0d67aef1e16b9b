"""Shards that are split and merged, their lists, and records that are pushed, through boto3.

Sources: https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html, the API reference, and
the recorded answers of AWS, by entry.
"""

import threading
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import refused
from tests.wire.kinesis_streams import held, iterator, made, put, ranges, texts

from stratolite.services.kinesis.domain import HASH_KEYS

FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"
HALF = HASH_KEYS // 2


@pytest.fixture(scope="module")
def kinesis(cloud: RunningCloud) -> Any:
    return cloud.client("kinesis")


def shards(kinesis: Any, name: str, **filter_: Any) -> list[dict[str, Any]]:
    more = {"ShardFilter": filter_} if filter_ else {}
    found: list[dict[str, Any]] = kinesis.list_shards(StreamName=name, **more)["Shards"]
    return found


def names(found: list[dict[str, Any]]) -> list[int]:
    return [int(one["ShardId"].partition("-")[2]) for one in found]


def test_a_shard_is_split(kinesis: Any) -> None:
    made(kinesis, "split")
    put(kinesis, "split", "old", key="a")
    at = iterator(kinesis, "split")
    ask = {"StreamName": "split", "ShardToSplit": FIRST}
    text = refused(kinesis.split_shard, **ask, NewStartingHashKey="1")[1]
    assert text == (
        f"NewStartingHashKey 1 used in SplitShard() on shard {FIRST} in stream split under account {ACCOUNT} is not "
        "both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey "
        f"{HASH_KEYS - 1}."
    )
    kinesis.split_shard(**ask, NewStartingHashKey=str(HALF))
    parent, left, right = shards(kinesis, "split")
    assert ranges([parent, left, right]) == [(0, HALF - 1), (HALF, HASH_KEYS - 1)]
    assert left["ParentShardId"] == right["ParentShardId"] == FIRST and "AdjacentParentShardId" not in left
    ends = parent["SequenceNumberRange"]["EndingSequenceNumber"]
    assert int(left["SequenceNumberRange"]["StartingSequenceNumber"]) > int(ends)
    assert put(kinesis, "split", "new", key="a")[0]["ShardId"] == left["ShardId"]
    page = kinesis.get_records(ShardIterator=at)
    assert texts(page) == ["old"] and "NextShardIterator" not in page
    assert [child["ShardId"] for child in page["ChildShards"]] == [left["ShardId"], right["ShardId"]]
    assert page["ChildShards"][0]["ParentShards"] == [FIRST]
    assert held(kinesis, "split", 1) == ["new"]
    assert refused(kinesis.split_shard, **ask, NewStartingHashKey=str(HALF))[0] == "InvalidArgumentException"


def test_two_shards_are_merged(kinesis: Any) -> None:
    made(kinesis, "merge", 3)
    ask = {"StreamName": "merge", "ShardToMerge": FIRST}
    text = refused(kinesis.merge_shards, **ask, AdjacentShardToMerge="shardId-000000000002")[1]
    assert text.endswith("are not an adjacent pair of shards eligible for merging")
    kinesis.merge_shards(**ask, AdjacentShardToMerge=SECOND)
    *_, merged = shards(kinesis, "merge")
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (FIRST, SECOND)
    assert len(ranges(shards(kinesis, "merge"))) == 2


@pytest.mark.parametrize(("count", "target"), [(1, 2), (2, 3), (3, 5), (5, 3), (4, 2), (3, 3)])
def test_a_number_of_shards(kinesis: Any, count: int, target: int) -> None:
    name = f"spread-{count}-{target}"
    made(kinesis, name, count)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (count, target)
    size = HASH_KEYS // target
    assert [start for start, _ in ranges(shards(kinesis, name))] == [size * number for number in range(target)]
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["OpenShardCount"] == target


def test_a_number_of_shards_is_at_most_doubled_or_halved(kinesis: Any) -> None:
    made(kinesis, "bounds", 4)
    ask = {"StreamName": "bounds", "ScalingType": "UNIFORM_SCALING"}
    assert refused(kinesis.update_shard_count, **ask, TargetShardCount=9) == (
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 4, "
        "Target shard count: 9",
        400,
    )
    assert "below half" in refused(kinesis.update_shard_count, **ask, TargetShardCount=1)[1]


def test_filters_of_shards(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "list")
    begun_s = timed_cloud.clock.now_ms() / 1000
    timed_cloud.advance(60)
    kinesis.split_shard(StreamName="list", ShardToSplit=FIRST, NewStartingHashKey=str(HALF))
    timed_cloud.advance(60)
    assert names(shards(kinesis, "list")) == [0, 1, 2]
    assert names(shards(kinesis, "list", Type="AT_LATEST")) == [1, 2]
    assert names(shards(kinesis, "list", Type="AT_TRIM_HORIZON")) == [0]
    assert names(shards(kinesis, "list", Type="FROM_TRIM_HORIZON")) == [0, 1, 2]
    assert names(shards(kinesis, "list", Type="AT_TIMESTAMP", Timestamp=begun_s + 30)) == [0]
    assert names(shards(kinesis, "list", Type="FROM_TIMESTAMP", Timestamp=begun_s + 90)) == [1, 2]
    assert names(shards(kinesis, "list", Type="AFTER_SHARD_ID", ShardId=SECOND)) == [2]
    page = kinesis.list_shards(StreamName="list", MaxResults=2)
    assert names(kinesis.list_shards(NextToken=page["NextToken"])["Shards"]) == [2]
    asked = {"StreamName": "list", "NextToken": page["NextToken"]}
    assert refused(kinesis.list_shards, **asked)[1] == "NextToken and StreamName cannot be provided together."
    timed_cloud.advance(301)
    assert refused(kinesis.list_shards, NextToken=page["NextToken"])[0] == "ExpiredNextTokenException"
    timed_cloud.advance(24 * 3600)
    assert names(shards(kinesis, "list")) == [1, 2], "what a closed shard had is gone"
    timed_cloud.drain()
    kinesis.merge_shards(StreamName="list", ShardToMerge=SECOND, AdjacentShardToMerge="shardId-000000000002")
    assert names(shards(kinesis, "list")) == [1, 2, 3]


# Subscriptions --------------------------------------------------------------------------------------------------------


def subscribed(kinesis: Any, name: str, **position: Any) -> Any:
    """The events of a new subscription to a stream's first shard."""
    arn = made(kinesis, name)
    put(kinesis, name, *(f"Hello world_{number}" for number in range(5)), key="1")
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    answer = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=FIRST, StartingPosition=position)
    return answer["EventStream"]


def test_records_are_pushed(timed_cloud: RunningCloud) -> None:
    """test_subscribe_to_shard"""
    kinesis = timed_cloud.client("kinesis")
    (recording,) = recorded("kinesis/test_kinesis.json", "test_subscribe_to_shard")["Events"]
    stream = subscribed(kinesis, "pushed", Type="TRIM_HORIZON")
    events = iter(stream)
    first = next(events)["SubscribeToShardEvent"]
    assert set(first) == set(recording)
    assert [set(one) for one in first["Records"]] == [set(one) for one in recording["Records"]]
    assert texts(first) == [text[2:-1] for text in (one["Data"] for one in recording["Records"])]
    assert first["ContinuationSequenceNumber"] == first["Records"][-1]["SequenceNumber"]
    put(kinesis, "pushed", "more")
    assert texts(next(events)["SubscribeToShardEvent"]) == ["more"]
    timed_cloud.advance(301)
    assert list(events) == [], "five minutes are over"
    stream.close()


def test_records_are_pushed_from_a_place_on(kinesis: Any) -> None:
    """test_subscribe_to_shard_with_sequence_number_as_iterator, test_subscribe_to_shard_with_at_timestamp"""
    arn = made(kinesis, "placed")
    numbers = [one["SequenceNumber"] for one in put(kinesis, "placed", *(f"Hello world_{one}" for one in range(5)))]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    created_s = kinesis.describe_stream(StreamARN=arn)["StreamDescription"]["StreamCreationTimestamp"]
    for position, entry in (
        ({"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": numbers[0]}, "with_sequence_number_as_iterator"),
        ({"Type": "AT_TIMESTAMP", "Timestamp": created_s}, "with_at_timestamp"),
    ):
        recording = recorded("kinesis/test_kinesis.json", f"test_subscribe_to_shard_{entry}")
        answer = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=FIRST, StartingPosition=position)
        event = next(iter(answer["EventStream"]))["SubscribeToShardEvent"]
        assert [set(one) for one in event["Records"]] == [set(one) for one in recording["Records"]]
        assert texts(event) == [one["Data"][2:-1] for one in recording["Records"]]
        answer["EventStream"].close()


def test_a_subscription_tells_of_children_and_ends(kinesis: Any) -> None:
    stream = subscribed(kinesis, "ended", Type="LATEST")
    events = iter(stream)
    assert texts(next(events)["SubscribeToShardEvent"]) == []
    kinesis.split_shard(StreamName="ended", ShardToSplit=FIRST, NewStartingHashKey=str(HALF))
    (last,) = (event["SubscribeToShardEvent"] for event in events)
    assert [child["ShardId"] for child in last["ChildShards"]] == [SECOND, "shardId-000000000002"]
    stream.close()


def test_a_subscription_ends_with_its_consumer(kinesis: Any) -> None:
    stream = subscribed(kinesis, "gone", Type="TRIM_HORIZON")
    events = iter(stream)
    assert len(next(events)["SubscribeToShardEvent"]["Records"]) == 5
    (consumer,) = kinesis.list_stream_consumers(StreamARN="arn:aws:kinesis:us-east-1:123456789012:stream/gone")[
        "Consumers"
    ]
    threading.Timer(0, lambda: kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])).start()
    with pytest.raises(kinesis.exceptions.ClientError, match="ResourceNotFoundException"):
        list(events)
    stream.close()
