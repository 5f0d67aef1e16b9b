"""Mappings of DynamoDB streams by the clock: batches, retries, lanes, windows, positions.

Expectations: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, services-dynamodb-eventsourcemapping.html,
services-dynamodb-errors.html, services-ddb-batchfailurereporting.html, services-ddb-windows.html.
"""

import json
from pathlib import Path

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.stream_mappings import RAISES, StreamWorld, id_of, on_failure

from stratolite.core.clock import MovableClock

FAILS_ON_BAD = """if any("bad" in record["dynamodb"]["NewImage"] for record in event["Records"]):
    raise ValueError("no")"""
BAD = {"bad": {"BOOL": True}}


# Positions, batches --------------------------------------------------------------------------------------------------


def test_from_the_oldest_record_in_order(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    world.put("a", "b", "c")
    world.mapping(BatchSize=2)
    assert world.batches() == [["a", "b"], ["c"]]


def test_from_the_latest_record(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    world.put("before")
    world.create(StartingPosition="LATEST")
    world.put("after")
    world.pass_time()
    assert world.batches() == [["after"]]


def test_from_the_latest_record_when_it_is_enabled(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    uuid = world.mapping(StartingPosition="LATEST", Enabled=False)
    world.put("before")
    world.lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)
    world.pass_time()
    world.put("after")
    world.pass_time()
    assert world.batches() == [["after"]]


def test_a_batching_window(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    world.mapping(BatchSize=3, MaximumBatchingWindowInSeconds=10)
    world.put("a")
    world.pass_time(9)
    world.put("b")
    world.pass_time()
    assert world.batches() == []
    world.pass_time(1)
    assert world.batches() == [["a", "b"]]
    world.put("c", "d", "e")
    world.pass_time()
    assert world.batches()[1:] == [["c", "d", "e"]], "a full batch waits for no window"


def test_the_last_result_is_shown(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    uuid = world.mapping(MaximumRetryAttempts=0)
    assert world.get(uuid)["LastProcessingResult"] == "No records processed"
    world.put("a")
    world.pass_time()
    assert world.get(uuid)["LastProcessingResult"] == "OK"
    world.put("b", **BAD)
    world.pass_time()
    assert world.get(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"


def test_what_the_service_deletes_is_marked(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""
    world = StreamWorld(timed_cloud)
    world.dynamodb.update_time_to_live(
        TableName="tab", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    pattern = {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}
    world.mapping(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    now_s = timed_cloud.clock.now_ms() // 1000
    world.put("a", until={"N": str(now_s + 60)})
    world.pass_time(60, *[3600] * 4)
    (event,) = world.events()
    (record,) = event["Records"]
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_filters_that_change_do_not_bring_back_what_they_skipped(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    pattern = {"dynamodb": {"NewImage": {"bad": {"BOOL": [True]}}}}
    uuid = world.mapping(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    world.put("skipped")
    world.pass_time()
    world.lambda_.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    world.put("a")
    world.pass_time()
    assert world.batches() == [["a"]]


def test_shards_follow_one_another(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    world.mapping(MaximumRetryAttempts=2)
    world.put("a")
    world.pass_time()
    # A stream's shard is closed after about four hours, by the first write that comes then.
    world.pass_time(5 * 3600)
    world.put("b", **BAD)
    world.pass_time(5 * 3600)
    world.put("c")
    world.pass_time()
    assert world.batches() == [["a"], ["b"], ["b"]], "the next shard waits for this one"
    world.pass_time(1)
    assert world.batches() == [["a"], ["b"], ["b"], ["b"], ["c"]]
    shards = timed_cloud.client("dynamodbstreams").describe_stream(StreamArn=world.stream_arn)
    assert len(shards["StreamDescription"]["Shards"]) == 3


# Failures ------------------------------------------------------------------------------------------------------------


def test_a_failed_batch_holds_up_its_shard_until_it_is_given_up(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    world.mapping(BatchSize=1, MaximumRetryAttempts=2, DestinationConfig=on_failure(world.queue()))
    world.put("a", **BAD)
    world.put("b")
    world.pass_time()
    assert world.batches() == [["a"]]
    world.pass_time(0.5)
    assert world.batches() == [["a"], ["a"]]
    world.pass_time(1)
    assert world.batches() == [["a"], ["a"], ["a"], ["b"]]
    (given_up,) = world.given_up()
    assert given_up["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert given_up["requestContext"]["approximateInvokeCount"] == 3


def test_bisection_finds_the_bad_record(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    world.create(
        MaximumBatchingWindowInSeconds=1,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig=on_failure(world.queue()),
    )
    for one in "abcdefgh":
        world.put(one, **(BAD if one == "f" else {}))
    world.pass_time(1, 1, 1)
    executed = [ids for ids in world.batches() if "f" not in ids]
    assert executed == [list("abcd"), ["e"], list("gh")]
    assert world.batches().count(["f"]) == 2
    (given_up,) = world.given_up()
    assert given_up["DDBStreamBatchInfo"]["batchSize"] == 1


def test_records_that_are_too_old_are_given_up(timed_cloud: RunningCloud) -> None:
    """Recorded for Kinesis: test_kinesis_maximum_record_age_exceeded[expire-before-ingestion]."""
    world = StreamWorld(timed_cloud)
    world.put("old")
    timed_cloud.advance(61)
    world.put("new")
    world.mapping(MaximumRecordAgeInSeconds=60, DestinationConfig=on_failure(world.queue()))
    assert world.batches() == [["new"]]
    (given_up,) = world.given_up()
    assert set(given_up) == {"requestContext", "version", "timestamp", "DDBStreamBatchInfo"}
    assert given_up["requestContext"]["condition"] == "RecordAgeExceeded"
    assert given_up["requestContext"]["approximateInvokeCount"] == 1
    assert given_up["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_destination_that_is_gone_holds_up_nothing(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    world.mapping(MaximumRetryAttempts=0, DestinationConfig=on_failure(world.queue()))
    sqs = timed_cloud.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"])
    world.put("a", **BAD)
    world.pass_time()
    world.put("b")
    world.pass_time()
    assert world.batches() == [["a"], ["b"]]


def test_a_throttled_function_loses_no_attempt(timed_cloud: RunningCloud) -> None:
    """services-dynamodb-errors: before invocation, Lambda retries until the records expire."""
    world = StreamWorld(timed_cloud)
    world.lambda_.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    uuid = world.mapping(MaximumRetryAttempts=0, DestinationConfig=on_failure(world.queue()))
    world.put("a")
    world.pass_time(*[60] * 5)
    assert world.get(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"
    world.lambda_.delete_function_concurrency(FunctionName="f")
    world.pass_time(60)
    assert world.batches() == [["a"]]
    assert world.given_up() == []


def test_lanes_take_turns_where_concurrency_is_short(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    world.lambda_.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    ids = [f"item{number}" for number in range(30)]
    world.put(*ids)
    world.mapping(ParallelizationFactor=10, BatchSize=2, MaximumRetryAttempts=0)
    assert sorted(one for batch in world.batches() for one in batch) == sorted(ids), "no lane waits for the clock"


def test_a_function_that_is_deleted_and_made_again(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    uuid = world.mapping()
    world.lambda_.delete_function(FunctionName="f")
    world.put("a")
    world.pass_time()
    assert world.get(uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"
    world.function("f", "return None")
    world.pass_time(1)
    assert world.batches() == [["a"]]


# Lanes ---------------------------------------------------------------------------------------------------------------


def test_lanes_do_not_wait_for_one_another(timed_cloud: RunningCloud) -> None:
    """services-dynamodb-eventsourcemapping: order is kept for each item."""
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    world.put("stuck", **BAD)
    ids = [f"item{number}" for number in range(12)]
    for version in range(3):
        world.put(*ids, version={"N": str(version)})
    world.mapping(ParallelizationFactor=10, BatchSize=5)
    records = [record for event in world.events() for record in event["Records"] if id_of(record) != "stuck"]
    stuck = next(ids for ids in world.batches() if "stuck" in ids)
    versions: dict[str, list[str]] = {}
    for record in records:
        versions.setdefault(id_of(record), []).append(record["dynamodb"]["NewImage"]["version"]["N"])
    others = [order for one, order in versions.items() if one not in stuck]
    assert len(others) > len(ids) / 2, "only the lane of the bad record waits"
    assert all(order == ["0", "1", "2"] for order in others)


@pytest.mark.parametrize(("before", "after"), [(1, 10), (10, 1), (10, 3)])
def test_other_lanes_skip_nothing(timed_cloud: RunningCloud, before: int, after: int) -> None:
    world = StreamWorld(timed_cloud, FAILS_ON_BAD)
    uuid = world.mapping(ParallelizationFactor=before, BatchSize=2)
    world.put("a", "b", "c", "d")
    world.put("stuck", **BAD)
    world.put("e", "f", "g", "h")
    world.pass_time()
    world.lambda_.update_event_source_mapping(UUID=uuid, ParallelizationFactor=after, MaximumRetryAttempts=0)
    world.put("i")
    world.pass_time(1, 1, 1)
    done = [one for ids in world.batches() for one in ids]
    assert {*"abcdefghi", "stuck"} == set(done)


# Tumbling windows ----------------------------------------------------------------------------------------------------

SUMS = """state = event["state"]
for record in event["Records"]:
    state["sum"] = state.get("sum", 0) + int(record["dynamodb"]["NewImage"]["n"]["N"])
return {"state": state}"""


def test_windows_have_one_lane(timed_cloud: RunningCloud) -> None:
    """What users report of AWS."""
    world = StreamWorld(timed_cloud)
    told = "Parallelization factor must be equal to 1 when tumbling window period is configured"
    asked = {"TumblingWindowInSeconds": 60, "ParallelizationFactor": 2}
    assert refused(world.create, **asked) == ("InvalidParameterValueException", told, 400)
    uuid = world.mapping(ParallelizationFactor=2)
    change = world.lambda_.update_event_source_mapping
    assert refused(change, UUID=uuid, TumblingWindowInSeconds=60)[1] == told
    change(UUID=uuid, TumblingWindowInSeconds=60, ParallelizationFactor=1)


def test_a_tumbling_window(timed_cloud: RunningCloud) -> None:
    """services-ddb-windows: the state is handed on, the last execution of a window is final."""
    world = StreamWorld(timed_cloud, SUMS)
    start_ms = timed_cloud.clock.now_ms()
    world.pass_time(60 - start_ms / 1000 % 60)
    world.mapping(TumblingWindowInSeconds=60, BatchSize=1)
    world.put("a", n={"N": "1"})
    world.put("b", n={"N": "2"})
    world.pass_time(30)
    world.put("c", n={"N": "4"})
    world.pass_time(29)
    assert [event["state"] for event in world.events()] == [{}, {"sum": 1}, {"sum": 3}]
    world.pass_time(1)
    final = world.events()[3]
    assert final["Records"] == []
    assert final["state"] == {"sum": 7}
    assert final["isFinalInvokeForWindow"] is True
    assert final["isWindowTerminatedEarly"] is False
    assert final["eventSourceARN"] == world.stream_arn
    assert final["shardId"].startswith("shardId-")
    assert final["window"]["start"] < final["window"]["end"]
    world.put("d", n={"N": "8"})
    world.pass_time(60)
    assert [event["state"] for event in world.events()[4:]] == [{}, {"sum": 8}]


# Life ----------------------------------------------------------------------------------------------------------------


def test_a_mapping_resumes_at_its_checkpoint(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    uuid = world.mapping()
    world.put("a")
    world.pass_time()
    world.lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
    world.put("b")
    world.pass_time(3600)
    world.lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)
    world.pass_time()
    assert world.batches() == [["a"], ["b"]]


def test_a_deleted_mapping_leaves_nothing_behind(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud)
    uuid = world.mapping()
    world.put("a")
    world.pass_time()
    world.lambda_.delete_event_source_mapping(UUID=uuid)
    world.pass_time()
    assert timed_cloud.cloud.world.database.query("SELECT * FROM lambda_stream_checkpoint") == []
    world.mapping()
    assert world.batches() == [["a"], ["a"]], "a new mapping begins from the oldest record again"


def test_a_server_that_starts_again_goes_on(tmp_path: Path) -> None:
    first = RunningCloud(tmp_path / "data", MovableClock()).start()
    world = StreamWorld(first, FAILS_ON_BAD)
    world.mapping(BatchSize=1)
    world.put("a")
    world.put("b", **BAD)
    world.pass_time()
    now_ms = first.clock.now_ms()
    first.stop()
    second = RunningCloud(tmp_path / "data", MovableClock(now_ms)).start()
    again = StreamWorld.of(second)
    again.pass_time()
    assert again.batches() == [["a"], ["b"], ["b"]]
    second.stop()


def test_two_mappings_of_one_stream(timed_cloud: RunningCloud) -> None:
    world = StreamWorld(timed_cloud, RAISES)
    world.function("g", "return None")
    world.mapping(BatchSize=1)
    world.mapping(FunctionName="g", BatchSize=1)
    world.put("a", "b")
    world.pass_time(1)
    assert world.batches("g") == [["a"], ["b"]]
    assert world.batches()[:2] == [["a"], ["a"]]
