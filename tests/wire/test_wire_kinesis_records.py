"""Records, through boto3: where they go, how they are read, how fast, and for how long they are kept.

Sources: https://docs.aws.amazon.com/kinesis/latest/APIReference/ and
https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html; the recorded answers of AWS, by entry.
"""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.kinesis_streams import held, iterator, made, put, texts

from stratolite.core.clock import MovableClock
from stratolite.services.kinesis import store
from stratolite.services.kinesis.domain import HASH_KEYS
from stratolite.services.kinesis.streams import Streams

EXCEEDED = "ProvisionedThroughputExceededException"
HOUR_S = 3600


@pytest.fixture(scope="module")
def kinesis(cloud: RunningCloud) -> Any:
    return cloud.client("kinesis")


def test_what_is_put_is_read(kinesis: Any) -> None:
    """test_record_lifecycle_data_integrity"""
    recording = recorded("kinesis/test_kinesis.json", "test_record_lifecycle_data_integrity")
    made(kinesis, "whole")
    texts_put = ("", "a" * 8, "test", "\u00fcnic\u00f6d\u00e9 \u7edf\u4e00\u7801 \U0001f4a3")
    answers = put(kinesis, "whole", *texts_put, key="1")
    numbers = [int(answer["SequenceNumber"]) for answer in answers]
    assert numbers == sorted(set(numbers)) and len(str(numbers[0])) == 56
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, "whole"))
    assert texts(answer) == list(texts_put)
    assert [set(one) for one in answer["Records"]] == [set(one) for one in recording["Records"]]
    assert [one["SequenceNumber"] for one in answer["Records"]] == [one["SequenceNumber"] for one in answers]
    assert answer["MillisBehindLatest"] == 0
    assert kinesis.get_records(ShardIterator=answer["NextShardIterator"])["Records"] == []


def test_keys_lead_to_shards(kinesis: Any) -> None:
    made(kinesis, "keys", 2)
    # The MD5 of `a` begins with 0c, that of `b` with 92.
    assert put(kinesis, "keys", "x", key="a")[0]["ShardId"] == "shardId-000000000000"
    assert put(kinesis, "keys", "y", key="b")[0]["ShardId"] == "shardId-000000000001"
    record = {"StreamName": "keys", "Data": b"z", "PartitionKey": "a"}
    assert kinesis.put_record(**record, ExplicitHashKey=str(HASH_KEYS - 1))["ShardId"] == "shardId-000000000001"
    assert held(kinesis, "keys", 1) == ["y", "z"]
    text = refused(kinesis.put_record, **record, ExplicitHashKey=str(HASH_KEYS))[1]
    assert text.startswith("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1].")
    code, text, _ = refused(kinesis.put_record, StreamName="keys", Data=b"z")
    assert code == "ValidationException" and text.endswith("Member must not be null")
    last = put(kinesis, "keys", "n", key="a")[0]["SequenceNumber"]
    kinesis.put_record(**record, SequenceNumberForOrdering=last)
    assert refused(kinesis.put_record, **record, SequenceNumberForOrdering="7")[0] == "InvalidArgumentException"


def test_all_kinds_of_iterators(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "places")
    numbers = [one["SequenceNumber"] for one in put(kinesis, "places", "a", "b")]
    latest = iterator(kinesis, "places", kind="LATEST")
    timed_cloud.advance(10)
    put(kinesis, "places", "c")
    now_s = timed_cloud.clock.now_ms() / 1000
    assert held(kinesis, "places", kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == ["b", "c"]
    assert held(kinesis, "places", kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == ["c"]
    assert held(kinesis, "places", kind="AT_TIMESTAMP", Timestamp=now_s - 1) == ["c"]
    assert texts(kinesis.get_records(ShardIterator=latest)) == ["c"]
    timed_cloud.advance(1)
    assert held(kinesis, "places", kind="AT_TIMESTAMP", Timestamp=now_s - 10) == ["a", "b", "c"]
    assert held(kinesis, "places", kind="AT_TIMESTAMP", Timestamp=now_s + 1) == []
    at = {"StreamName": "places", "ShardId": "shardId-000000000000"}
    ask = kinesis.get_shard_iterator
    text = refused(ask, **at, ShardIteratorType="LATEST", StartingSequenceNumber=numbers[0])[1]
    assert text.endswith("Request specified LATEST and also a StartingSequenceNumber.")
    text = refused(ask, **at, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber="0")[1]
    assert text.endswith("is invalid because it did not come from this stream.")
    text = refused(ask, **at, ShardIteratorType="AT_TIMESTAMP", Timestamp=now_s + 60)[1]
    assert text.startswith("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis.")
    code, text, _ = refused(ask, **{**at, "ShardId": "shardId-000000000009"}, ShardIteratorType="LATEST")
    assert code == "ResourceNotFoundException"
    assert text == f"Shard shardId-000000000009 in stream places under account {ACCOUNT} does not exist"


def test_iterators_expire_and_pages_go_on(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "pages")
    put(kinesis, "pages", "a")
    timed_cloud.advance(7)
    put(kinesis, "pages", "b", "c")
    timed_cloud.advance(5)
    page = kinesis.get_records(ShardIterator=iterator(kinesis, "pages"), Limit=2)
    assert (texts(page), page["MillisBehindLatest"]) == (["a", "b"], 5000)
    timed_cloud.advance(300)
    assert texts(kinesis.get_records(ShardIterator=page["NextShardIterator"])) == ["c"]
    timed_cloud.advance(1)
    code, text, _ = refused(kinesis.get_records, ShardIterator=page["NextShardIterator"])
    assert code == "ExpiredIteratorException"
    assert text == (
        "Iterator expired. The iterator was created at time Tue Nov 14 22:13:32 UTC 2023 while right now it is "
        "Tue Nov 14 22:18:33 UTC 2023 which is further in the future than the tolerated delay of 300000 milliseconds."
    )


def test_a_shard_takes_a_megabyte_and_a_thousand_records_a_second(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "pace", 2)
    full = {"StreamName": "pace", "Data": b"x" * (1024 * 1024 - 1), "PartitionKey": "a"}
    kinesis.put_record(**full)
    text = f"Rate exceeded for shard shardId-000000000000 in stream pace under account {ACCOUNT}."
    assert refused(kinesis.put_record, **full) == (EXCEEDED, text, 400)
    records = [{"Data": b"x", "PartitionKey": key} for key in "ab"]
    answer = kinesis.put_records(StreamName="pace", Records=records)
    assert answer["FailedRecordCount"] == 1
    assert answer["Records"][0] == {"ErrorCode": EXCEEDED, "ErrorMessage": text}
    assert answer["Records"][1]["ShardId"] == "shardId-000000000001"
    timed_cloud.advance(1)
    many = [{"Data": b"", "PartitionKey": "a"} for _ in range(500)]
    failed = [kinesis.put_records(StreamName="pace", Records=many)["FailedRecordCount"] for _ in range(3)]
    assert failed == [0, 0, 500]
    timed_cloud.advance(0.5)
    assert kinesis.put_records(StreamName="pace", Records=many)["FailedRecordCount"] == 0


def test_large_records(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html"""
    kinesis = timed_cloud.client("kinesis")
    arn = made(kinesis, "large")
    large = {"StreamName": "large", "Data": b"x" * 3 * 1024 * 1024, "PartitionKey": "a"}
    assert "UpdateMaxRecordSize" in refused(kinesis.put_record, **large)[1]
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10240)
    kinesis.put_record(**large)
    timed_cloud.advance(2)
    assert refused(kinesis.put_record, **large)[0] == EXCEEDED, "what was let through is paid for"
    timed_cloud.advance(2)
    kinesis.put_record(**large)
    entry = {"Data": b"x" * 3500 * 1024, "PartitionKey": "a"}
    answer = refused(kinesis.put_records, StreamName="large", Records=[entry] * 3)
    assert answer == ("InvalidArgumentException", "Records size exceeds 10 MB limit", 400)


def test_a_shard_gives_two_megabytes_and_five_answers_a_second(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "reads")
    at = iterator(kinesis, "reads")
    for _ in range(5):
        kinesis.get_records(ShardIterator=at)
    assert refused(kinesis.get_records, ShardIterator=at)[0] == EXCEEDED
    for _ in range(4):
        timed_cloud.advance(1)
        kinesis.put_record(StreamName="reads", Data=b"x" * (1024 * 1024 - 1), PartitionKey="a")
    assert len(kinesis.get_records(ShardIterator=at)["Records"]) == 4
    timed_cloud.advance(0.5)
    assert refused(kinesis.get_records, ShardIterator=at)[0] == EXCEEDED, "4 MB were given"
    timed_cloud.advance(1)
    kinesis.get_records(ShardIterator=at)


def test_records_are_kept_for_their_time(timed_cloud: RunningCloud) -> None:
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "age")
    put(kinesis, "age", "a")
    timed_cloud.advance(23 * HOUR_S)
    put(kinesis, "age", "b")
    assert held(kinesis, "age") == ["a", "b"]
    timed_cloud.advance(HOUR_S)
    assert held(kinesis, "age") == ["b"]
    hours = {"StreamName": "age", "RetentionPeriodHours": 48}
    kinesis.increase_stream_retention_period(**hours)
    timed_cloud.advance(24 * HOUR_S)
    timed_cloud.drain()
    assert held(kinesis, "age") == ["b"], "for longer, and nothing comes back"
    text = refused(kinesis.increase_stream_retention_period, **{**hours, "RetentionPeriodHours": 30})[1]
    assert text.endswith("Use DecreaseRetentionPeriod API.")
    text = refused(kinesis.increase_stream_retention_period, **{**hours, "RetentionPeriodHours": 9000})[1]
    assert text.startswith("Maximum allowed retention period is 8760 hours.")
    kinesis.decrease_stream_retention_period(**{**hours, "RetentionPeriodHours": 24})
    assert held(kinesis, "age") == []
    timed_cloud.drain()
    rows = timed_cloud.cloud.world.database.query("SELECT 1 FROM kinesis_record")
    assert rows == [], "they are removed, too"


def test_what_is_removed_at_a_time_is_bounded(timed_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all shards together, when records get old, are kept for longer, or go with their stream."""
    database, limit = timed_cloud.cloud.world.database, 3
    monkeypatch.setattr(store, "REMOVED_ROWS_MAX", limit)
    removed: list[int] = []

    def count() -> int:
        return len(database.query("SELECT 1 FROM kinesis_record"))

    for name in ("trim", "purge"):
        real = getattr(Streams, name)

        def counted(*given: Any, real: Any = real) -> None:
            before = count()
            real(*given)
            removed.append(before - count())

        monkeypatch.setattr(Streams, name, counted)
    kinesis = timed_cloud.client("kinesis")
    made(kinesis, "bounded", 2)

    def fill() -> None:
        for key in ("a", "b"):
            put(kinesis, "bounded", *"vwxyz", key=key)

    fill()
    timed_cloud.advance(24 * HOUR_S)
    timed_cloud.drain()
    assert removed[-4:] == [3, 3, 3, 1]
    fill()
    kinesis.increase_stream_retention_period(StreamName="bounded", RetentionPeriodHours=48)
    timed_cloud.advance(25 * HOUR_S)
    fill()
    with monkeypatch.context() as slow:
        slow.setattr(store.Store, "trim", lambda *_: 0)
        kinesis.decrease_stream_retention_period(StreamName="bounded", RetentionPeriodHours=24)
        kinesis.increase_stream_retention_period(StreamName="bounded", RetentionPeriodHours=72)
    assert [held(kinesis, "bounded", shard) for shard in (0, 1)] == [[*"vwxyz"]] * 2
    assert count() == 20, "they do not come back, and nobody waited for their removal"
    removed.clear()
    kinesis.increase_stream_retention_period(StreamName="bounded", RetentionPeriodHours=96)
    timed_cloud.drain()
    assert removed == [3, 3, 3, 1]
    removed.clear()
    kinesis.delete_stream(StreamName="bounded")
    timed_cloud.drain()
    assert removed == [3, 3, 3, 1] and count() == 0


def test_records_survive_a_restart(tmp_path: Path) -> None:
    clock = MovableClock()
    first = RunningCloud(tmp_path / "data", clock).start()
    kinesis = first.client("kinesis")
    made(kinesis, "kept", 2)
    before = put(kinesis, "kept", "a", "b", key="a")
    at = iterator(kinesis, "kept")
    first.stop()
    second = RunningCloud(tmp_path / "data", clock).start()
    kinesis = second.client("kinesis")
    after = put(kinesis, "kept", "c", key="a")
    assert int(after[0]["SequenceNumber"]) > int(before[1]["SequenceNumber"])
    assert texts(kinesis.get_records(ShardIterator=at)) == ["a", "b", "c"]
    second.stop()


def test_a_stream_that_is_made_again_has_other_records(kinesis: Any) -> None:
    made(kinesis, "again")
    put(kinesis, "again", "old")
    at = iterator(kinesis, "again")
    kinesis.delete_stream(StreamName="again")
    made(kinesis, "again")
    put(kinesis, "again", "new")
    assert refused(kinesis.get_records, ShardIterator=at)[0] == "ResourceNotFoundException"
    assert held(kinesis, "again") == ["new"]


def test_metrics_of_streams_and_shards(timed_cloud: RunningCloud) -> None:
    kinesis, cloudwatch = timed_cloud.client("kinesis"), timed_cloud.client("cloudwatch")
    made(kinesis, "counted")
    enabled = kinesis.enable_enhanced_monitoring(StreamName="counted", ShardLevelMetrics=["ALL"])
    assert (enabled["CurrentShardLevelMetrics"], len(enabled["DesiredShardLevelMetrics"])) == ([], 7)
    kinesis.disable_enhanced_monitoring(StreamName="counted", ShardLevelMetrics=["OutgoingBytes"])
    put(kinesis, "counted", "abc", "de", key="k")
    held(kinesis, "counted")
    listed = cloudwatch.list_metrics(Namespace="AWS/Kinesis")["Metrics"]
    of_shards = {one["MetricName"] for one in listed if len(one["Dimensions"]) == 2}
    assert of_shards == {"IncomingBytes", "IncomingRecords", "OutgoingRecords", "IteratorAgeMilliseconds"}
    now_s = timed_cloud.clock.now_ms() // 1000
    (point,) = cloudwatch.get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName="IncomingBytes",
        Dimensions=[{"Name": "StreamName", "Value": "counted"}],
        StartTime=now_s - 3600,
        EndTime=now_s + 3600,
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert (point["Sum"], point["SampleCount"]) == (7.0, 2.0)


def test_answers_are_as_api_gateway_shows_them(kinesis: Any) -> None:
    """test_apigateway_to_kinesis[PutRecord], [PutRecords]"""
    made(kinesis, "shown")
    recording = recorded("apigateway/test_apigateway_kinesis.json", "test_apigateway_to_kinesis[PutRecord]")
    answer = kinesis.put_record(StreamName="shown", Data=b'{"kinesis": "snapshot"}', PartitionKey="test")
    answer.pop("ResponseMetadata")
    equal(answer, recording["apigateway_response"])
    read = kinesis.get_records(ShardIterator=iterator(kinesis, "shown"))
    read["Records"][0]["Data"] = str(read["Records"][0]["Data"])
    equal(read, recording["kinesis_records"])
