"""Mappings of Kinesis streams and of their consumers by the clock, beside what AWS recorded.

Expectations: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and its siblings, and the recorded answers,
by entry. What streams have in common is tested with those of DynamoDB.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.data_mappings import data_of, data_world
from tests.wire.kinesis_streams import made
from tests.wire.stream_mappings import RAISES, asked_for, on_failure

from stratolite.core.clock import MovableClock

FILE = "lambda_/event_source_mapping/test_lambda_integration_kinesis.json"
HALF = str((1 << 128) // 2)
FAILS_ON_BAD = """import base64
if any(base64.b64decode(record["kinesis"]["data"]).startswith(b"bad") for record in event["Records"]):
    raise ValueError("no")"""
REPORTS_FAILED = """import base64
return {"batchItemFailures": [
    {"itemIdentifier": record["kinesis"]["sequenceNumber"]}
    for record in event["Records"] if b"true" in base64.b64decode(record["kinesis"]["data"])
]}"""
MINUTES = (1, *([1] * 10))


@pytest.fixture(scope="module")
def data_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose clock stands still until ``advance``, for all tests here."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud") / "data", MovableClock()).start()
    yield running
    running.stop()


def timeless(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events with a text in the place of each time, as recorded."""
    for event in events:
        for record in event["Records"]:
            assert isinstance(record["kinesis"]["approximateArrivalTimestamp"], float)
            record["kinesis"]["approximateArrivalTimestamp"] = "timestamp"
    return events


def test_a_mapping_and_its_event(data_cloud: RunningCloud) -> None:
    """test_create_kinesis_event_source_mapping, test_duplicate_event_source_mappings"""
    recording = recorded(FILE, "test_create_kinesis_event_source_mapping")
    with data_world(data_cloud) as world:
        created = recording["create_event_source_mapping_response"]
        equal(world.create(**asked_for(created)), created)
        duplicate = recorded(FILE, "test_duplicate_event_source_mappings")
        equal(answered(world.create, **asked_for(created)), duplicate["error"])
        data_cloud.drain()
        for record in recording["kinesis_records"]["Records"]:
            world.put(data_of(record), key=record["kinesis"]["partitionKey"])
        world.pass_time(1)
        told = [record for event in timeless(world.events()) for record in event["Records"]]
        equal({"Records": told}, recording["kinesis_records"])


def test_from_the_oldest_record(data_cloud: RunningCloud) -> None:
    """test_kinesis_event_source_trim_horizon"""
    recording = recorded(FILE, "test_kinesis_event_source_trim_horizon")
    with data_world(data_cloud) as world:
        for event in recording["invocation_events"]:
            for record in event["event"]["Records"]:
                world.put(data_of(record), key=record["kinesis"]["partitionKey"])
        created = recording["create_event_source_mapping_response"]
        equal(world.create(**asked_for(created)), created)
        world.pass_time(1)
        equal(timeless(world.events()), [event["event"] for event in recording["invocation_events"]])


def test_from_a_time(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud) as world:
        world.put("before")
        data_cloud.advance(60)
        since_s = data_cloud.clock.now_ms() / 1000
        world.put("then", "after")
        answer = world.create(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=since_s)
        assert answer["StartingPositionTimestamp"].timestamp() == since_s
        world.pass_time(1)
        assert world.batches() == [["then", "after"]]


def test_from_the_latest_record(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud) as world:
        world.put("before")
        world.create(StartingPosition="LATEST")
        world.put("after")
        world.pass_time(1)
        assert world.batches() == [["after"]]


@pytest.mark.parametrize(
    ("entry", "then"),
    [
        ("test_kinesis_event_source_mapping_with_on_failure_destination_config", RAISES),
        ("test_kinesis_report_batch_item_failures", REPORTS_FAILED),
        (
            "test_kinesis_report_batch_item_failure_scenarios[item_identifier_not_present_failure]",
            'return {"batchItemFailures": [{"itemIdentifier": "item-that-does-not-exist"}]}',
        ),
        ("test_kinesis_report_batch_item_failure_scenarios[unhandled_exception_in_function]", RAISES),
    ],
)
def test_what_was_given_up_goes_to_a_queue(data_cloud: RunningCloud, entry: str, then: str) -> None:
    recording = recorded(FILE, entry)
    with data_world(data_cloud, then) as world:
        created = recording["create_event_source_mapping_response"]
        asked = asked_for(created, DestinationConfig=on_failure(world.queue()))
        equal(world.create(**asked), created)
        if "report_batch_item_failures" in entry:
            for number in range(6):
                world.put(json.dumps({"should_fail": number == 5}), key=f"test_{number}")
        else:
            world.put("hello", key="test")
        world.pass_time(*MINUTES)
        equal(world.given_up(), [message["Body"] for message in recording["sqs_payload"]["Messages"]])


def test_what_was_given_up_goes_to_a_bucket(data_cloud: RunningCloud) -> None:
    """test_kinesis_event_source_mapping_with_s3_on_failure_destination"""
    recording = recorded(FILE, "test_kinesis_event_source_mapping_with_s3_on_failure_destination")
    with data_world(data_cloud, RAISES) as world:
        s3 = data_cloud.client("s3")
        s3.create_bucket(Bucket="given-up")
        created = recording["create_event_source_mapping_response"]
        world.create(**asked_for(created, DestinationConfig=on_failure("arn:aws:s3:::given-up")))
        theirs = recording["record_body"]
        world.put(data_of(theirs["payload"]["Records"][0]), key="custom")
        world.pass_time(*MINUTES)
        (found,) = s3.list_objects_v2(Bucket="given-up")["Contents"]
        ours = json.loads(s3.get_object(Bucket="given-up", Key=found["Key"])["Body"].read())
        ours["payload"] = timeless([json.loads(ours["payload"])])[0]
        equal(ours, theirs)


@pytest.mark.parametrize("name", ["expire-before-ingestion", "expire-while-retrying"])
def test_records_that_are_too_old(data_cloud: RunningCloud, name: str) -> None:
    """test_kinesis_maximum_record_age_exceeded"""
    recording = recorded(FILE, f"test_kinesis_maximum_record_age_exceeded[{name}]")
    with data_world(data_cloud, RAISES) as world:
        created = recording["create_event_source_mapping_response"]
        world.put("hello")
        if "before" in name:
            data_cloud.advance(61)
        age = created["MaximumRecordAgeInSeconds"]
        world.create(**asked_for(created, MaximumRecordAgeInSeconds=age, DestinationConfig=on_failure(world.queue())))
        world.pass_time(1, *[2] * 45)
        equal(world.given_up(), [message["Body"] for message in recording["record_age_exceeded_payload"]["Messages"]])


def test_a_stream_that_is_not_there(data_cloud: RunningCloud) -> None:
    """test_esm_with_not_existing_kinesis_stream"""
    recording = recorded(FILE, "test_esm_with_not_existing_kinesis_stream")
    with data_world(data_cloud) as world:
        for resource in ("stream/nothing", f"stream/{world.name}/consumer/nobody:1700000000"):
            arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:{resource}"
            code, text, status = refused(world.create, EventSourceArn=arn)
            assert (code, status) == (recording["error"]["Error"]["Code"], 400)
            assert text == f"Stream not found: {arn}"
        text = refused(world.create, StartingPosition="AT_TIMESTAMP")[1]
        assert text.startswith("StartingPositionTimestamp is required")


# Filters, bisection, lanes, windows -----------------------------------------------------------------------------------


def test_filters_look_into_data(data_cloud: RunningCloud) -> None:
    """test_kinesis_event_filtering_json_pattern"""
    recording = recorded(FILE, "test_kinesis_event_filtering_json_pattern")
    with data_world(data_cloud) as world:
        created = recording["create_event_source_mapping_response"]
        pattern = json.dumps(created["FilterCriteria"]["Filters"][0]["Pattern"])
        equal(world.create(**asked_for(created, FilterCriteria={"Filters": [{"Pattern": pattern}]})), created)
        (wanted,) = json.loads(recording["kinesis-record-lambda-payload"])
        world.put(json.dumps(wanted), json.dumps({**wanted, "event_type": "function_2"}), "plain text", "[1]")
        world.pass_time(1)
        assert [json.loads(text) for batch in world.batches() for text in batch] == [wanted]


def test_filters_see_keys_and_refuse_plain_data(data_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html"""
    with data_world(data_cloud) as world:
        plain = {"Filters": [{"Pattern": json.dumps({"data": ["text"]})}]}
        assert refused(world.create, FilterCriteria=plain)[1] == "Invalid filter pattern definition."
        for key in ("a", "b1", "c", "b2"):
            world.put(f"of {key}", key=key)
        world.create(FilterCriteria={"Filters": [{"Pattern": json.dumps({"partitionKey": [{"prefix": "b"}]})}]})
        world.pass_time(1)
        assert world.batches() == [["of b1", "of b2"]]


def test_bisection_finds_the_bad_record(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud, FAILS_ON_BAD) as world:
        world.put("a", "b", "bad", "c")
        world.create(
            BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, DestinationConfig=on_failure(world.queue())
        )
        world.pass_time(*MINUTES)
        assert world.batches() == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["c"]]
        (given_up,) = world.given_up()
        assert given_up["KinesisBatchInfo"]["batchSize"] == 1


def test_a_keys_records_stay_in_order_in_several_lanes(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud) as world:
        for number in range(4):
            for key in "abcdef":
                world.put(f"{key}{number}", key=key)
        world.create(ParallelizationFactor=10, BatchSize=5)
        world.pass_time(1)
        told = [text for batch in world.batches() for text in batch]
        assert len(told) == 24 and len(world.events()) > 5
        for key in "abcdef":
            assert [text for text in told if text[0] == key] == [f"{key}{number}" for number in range(4)]


def test_a_tumbling_window(data_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html"""
    with data_world(data_cloud, 'return {"state": {"n": event["state"].get("n", 0) + len(event["Records"])}}') as world:
        world.mapping(TumblingWindowInSeconds=10)
        world.put("a", "b")
        world.pass_time(1)
        world.put("c")
        world.pass_time(10)
        last = world.events()[-1]
        assert (last["Records"], last["state"], last["isFinalInvokeForWindow"]) == ([], {"n": 3}, True)
        assert last["eventSourceARN"] == world.stream_arn


# Shards, consumers, age ----------------------------------------------------------------------------------


def test_children_wait_for_their_parents(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud, FAILS_ON_BAD, shards=2) as world:
        world.mapping(MaximumRetryAttempts=1)
        first, second = "shardId-000000000000", "shardId-000000000001"
        # The MD5 of `a` begins with 0c, that of `b` with 92.
        world.put("bad", key="a")
        world.put("good", key="b")
        world.pass_time()
        world.kinesis.merge_shards(StreamName=world.name, ShardToMerge=first, AdjacentShardToMerge=second)
        world.put("merged")
        world.kinesis.split_shard(StreamName=world.name, ShardToSplit="shardId-000000000002", NewStartingHashKey=HALF)
        world.put("split", key="a")
        world.pass_time()
        assert sorted(world.batches()) == [["bad"], ["good"]], "one of the parents is not done"
        world.pass_time(1, 1)
        assert sorted(world.batches()[:3]) == [["bad"], ["bad"], ["good"]]
        assert world.batches()[3:] == [["merged"], ["split"]]


def test_a_consumer(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud) as world:
        register = world.kinesis.register_stream_consumer
        consumer = register(StreamARN=world.stream_arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        world.mapping(EventSourceArn=consumer)
        world.mapping()
        world.put("a")
        world.pass_time(1)
        assert world.batches() == [["a"], ["a"]], "beside a mapping of the stream itself"
        assert {event["Records"][0]["eventSourceARN"] for event in world.events()} == {consumer, world.stream_arn}


def test_records_that_are_kept_for_longer_are_tried_for_longer(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud, FAILS_ON_BAD) as world:
        world.kinesis.increase_stream_retention_period(StreamName=world.name, RetentionPeriodHours=48)
        world.put("bad")
        data_cloud.advance(30 * 3600)
        world.create(DestinationConfig=on_failure(world.queue()))
        world.pass_time()
        assert world.batches() == [["bad"]]
        world.kinesis.decrease_stream_retention_period(StreamName=world.name, RetentionPeriodHours=24)
        world.pass_time(1)
        (given_up,) = world.given_up()
        assert given_up["requestContext"]["condition"] == "RecordAgeExceeded"


def test_a_stream_that_is_made_again(data_cloud: RunningCloud) -> None:
    with data_world(data_cloud) as world:
        world.mapping()
        world.put("a", "b")
        world.pass_time(1)
        world.kinesis.delete_stream(StreamName=world.name)
        world.pass_time(1)
        made(world.kinesis, world.name)
        world.put("c")
        world.pass_time(1)
        assert world.batches() == [["a", "b"], ["c"]]
