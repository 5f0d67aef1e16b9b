"""Mappings of DynamoDB streams beside what AWS recorded: each entry of its file, by name."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.stream_mappings import RAISES, StreamWorld, asked_for, on_failure

FILE = "lambda_/event_source_mapping/test_lambda_integration_dynamodbstreams.json"
REPORTS_FAILED = """return {"batchItemFailures": [
    {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
    for record in event["Records"] if record["dynamodb"]["NewImage"].get("should_fail", {}).get("BOOL")
]}"""
BINARY = {"binary_key": {"B": b"foobar"}}
MINUTES = (1, *([1] * 10))
"""Long enough for a batching window and three retries."""


def renamed(recording: Any, names: dict[str, str]) -> Any:
    """Other names of keys and attributes than those of the recording's table."""
    text = json.dumps(recording)
    for before, after in names.items():
        text = text.replace(before, after)
    return json.loads(text)


def same_events(ours: list[dict[str, Any]], recording: list[dict[str, Any]]) -> None:
    """The same events, apart from when they were, and from the sizes that follow from names."""
    for event in ours:
        for record in event["Records"]:
            record["dynamodb"]["ApproximateCreationDateTime"] = "timestamp"
    theirs = renamed(recording, {"my_partition_key": "id", "<approximate-creation-datetime>": "timestamp"})
    for event, recorded_event in zip(ours, theirs, strict=True):
        for record, other in zip(event["Records"], recorded_event["Records"], strict=True):
            other["dynamodb"]["SizeBytes"] = record["dynamodb"]["SizeBytes"]
    equal(ours, theirs)


def test_a_mapping_and_its_event(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_event_source_mapping"""
    recording = recorded(FILE, "test_dynamodb_event_source_mapping")
    world = StreamWorld(timed_cloud, view="NEW_IMAGE")
    created = recording["create_event_source_mapping_response"]
    equal(world.create(**asked_for(created)), created)
    world.put("hello world", **BINARY)
    world.pass_time(1)
    same_events(world.events(), recording["event_logs"])


def test_a_mapping_is_disabled(timed_cloud: RunningCloud) -> None:
    """test_disabled_dynamodb_event_source_mapping"""
    recording = recorded(FILE, "test_disabled_dynamodb_event_source_mapping")
    world = StreamWorld(timed_cloud, view="NEW_IMAGE")
    created = recording["create_event_source_mapping_result"]
    answer = world.create(StartingPosition="TRIM_HORIZON", MaximumBatchingWindowInSeconds=1)
    equal(answer, created)
    world.put("a")
    world.pass_time(1)
    assert world.batches() == [["a"]]
    updated = world.lambda_.update_event_source_mapping(UUID=answer["UUID"], Enabled=False)
    equal(updated, recording["update_event_source_mapping_result"])
    world.pass_time()
    assert world.get(answer["UUID"])["State"] == "Disabled"
    world.put("b")
    world.pass_time(1)
    assert world.batches() == [["a"]]
    world.lambda_.update_event_source_mapping(UUID=answer["UUID"], Enabled=True)
    world.pass_time(1)
    assert world.batches() == [["a"], ["b"]], "it goes on where it was"


def test_a_mapping_outlives_its_function(timed_cloud: RunningCloud) -> None:
    """test_deletion_event_source_mapping_with_dynamodb"""
    recording = recorded(FILE, "test_deletion_event_source_mapping_with_dynamodb")
    world = StreamWorld(timed_cloud)
    equal(world.create(), recording["create_event_source_mapping_result"])
    world.pass_time()
    world.dynamodb.delete_table(TableName="tab")
    listed = world.lambda_.list_event_source_mappings(EventSourceArn=world.stream_arn)
    equal(listed, recording["list_event_source_mapping_result"])


@pytest.mark.parametrize("number", [0, 1])
def test_filters_that_are_none(timed_cloud: RunningCloud, number: int) -> None:
    """test_dynamodb_invalid_event_filter"""
    name, pattern = [("[single-string]", "single-string"), ('"=123}]]', '[{"eventName": ["INSERT"=123}]')][number]
    recording = recorded(FILE, f"test_dynamodb_invalid_event_filter{name}" if not number else "=123}]]")
    world = StreamWorld(timed_cloud)
    filters = {"Filters": [{"Pattern": pattern}]}
    equal(answered(world.create, FilterCriteria=filters), recording["exception_event_source_creation"])


def test_the_same_mapping_twice(timed_cloud: RunningCloud) -> None:
    """test_duplicate_event_source_mappings"""
    recording = recorded(FILE, "test_duplicate_event_source_mappings")
    world = StreamWorld(timed_cloud)
    again = asked_for(recording["create"])
    equal(world.create(**again), recording["create"])
    equal(answered(world.create, **again), recording["error"])


def test_a_stream_that_is_not_there(timed_cloud: RunningCloud) -> None:
    """test_esm_with_not_existing_dynamodb_stream"""
    recording = recorded(FILE, "test_esm_with_not_existing_dynamodb_stream")
    world = StreamWorld(timed_cloud)
    world.stream_arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/test-table-4a53f4e8/stream/2025-02-22T03:03:25.490"
    equal(answered(world.create), recording["error"])


FILTERED: dict[str, list[dict[str, Any]]] = {
    "insert_same_entry_twice": [{"id": {"S": "id_value"}, "id2": {"S": "id2_value"}}] * 2,
    "content_or_filter": [{"id": {"S": "id_value"}}, {"id": {"S": "id_value"}, "id2": {"S": "id2_new_value"}}],
    "content_multiple_filters": [{"id": {"S": "id_value"}}, {"id": {"S": "id_value"}, "id2": {"S": "id2_new_value"}}],
    "content_filter_type": [
        {"id": {"S": "id_value_1"}, "presentKey": {"S": "presentValue"}},
        {"id": {"S": "id_value_2"}},
    ],
    "exists_filter_type": [
        {"id": {"S": "id_value_1"}, "presentKey": {"S": "presentValue"}},
        {"id": {"S": "id_value_2"}},
    ],
    "exists_false_filter": [
        {"id": {"S": "id_value_1"}},
        {"id": {"S": "id_value_2"}, "presentKey": {"S": "presentValue"}},
    ],
    "numeric_filter": [
        {"id": {"S": "id_value_1"}, "numericFilter": {"N": "42"}},
        {"id": {"S": "id_value_2"}, "numericFilter": {"N": "101"}},
    ],
    "prefix_filter": [
        {"id": {"S": "id_value_1"}, "prefix": {"S": "us-1-other-suffix"}},
        {"id": {"S": "id_value_1"}, "prefix": {"S": "other-suffix"}},
    ],
    "date_time_conversion": [{"id": {"S": "id_value_1"}}, {"id": {"S": "id_value_2"}}],
}
"""The items of ``test_dynamodb_event_filter``, one before and one after the function's events are looked at."""


@pytest.mark.parametrize("name", FILTERED)
def test_filters(timed_cloud: RunningCloud, name: str) -> None:
    """test_dynamodb_event_filter"""
    recording = recorded(FILE, f"test_dynamodb_event_filter[{name}]")
    world = StreamWorld(timed_cloud)
    created = recording["create_event_source_mapping_response"]
    if name == "date_time_conversion":
        created["FilterCriteria"]["Filters"][0]["Pattern"]["dynamodb"]["ApproximateCreationDateTime"] = [
            {"numeric": [">", 0]}
        ]
    equal(world.create(**asked_for(created)), created)
    first, second = FILTERED[name]
    for item, logged in ((first, "lambda-log-events"), (second, "lambda-multiple-log-events")):
        world.dynamodb.put_item(TableName="tab", Item=item)
        world.pass_time(1)
        same_events(world.events(), recording[logged])


def test_a_queue_is_told_of_failed_batches(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_event_source_mapping_with_on_failure_destination_config"""
    recording = recorded(FILE, "test_dynamodb_event_source_mapping_with_on_failure_destination_config")
    world = StreamWorld(timed_cloud, RAISES)
    created = recording["create_event_source_mapping_response"]
    equal(world.create(**asked_for(created, DestinationConfig=on_failure(world.queue()))), created)
    world.put("hello world", **BINARY)
    world.pass_time(*MINUTES)
    equal(world.messages(), recording["destination_queue_messages"]["Messages"])


def test_a_topic_is_told_of_failed_batches(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_event_source_mapping_with_sns_on_failure_destination_config"""
    recording = recorded(FILE, "test_dynamodb_event_source_mapping_with_sns_on_failure_destination_config")
    world = StreamWorld(timed_cloud, RAISES)
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=world.queue())
    created = recording["create_event_source_mapping_response"]
    equal(world.create(**asked_for(created, DestinationConfig=on_failure(topic))), created)
    world.put("hello world", **BINARY)
    world.pass_time(*MINUTES)
    (message,) = world.given_up()
    theirs = recording["failure_sns_message"]["Message"]
    equal(message["Message"], theirs)


def test_a_bucket_is_told_of_failed_batches(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_event_source_mapping_with_s3_on_failure_destination"""
    recording = recorded(FILE, "test_dynamodb_event_source_mapping_with_s3_on_failure_destination")
    world = StreamWorld(timed_cloud, RAISES, view="NEW_IMAGE")
    s3 = timed_cloud.client("s3")
    s3.create_bucket(Bucket="failures")
    created = recording["create_event_source_mapping_response"]
    answer = world.create(**asked_for(created, DestinationConfig=on_failure("arn:aws:s3:::failures")))
    equal(answer, created)
    world.put("hello world")
    world.pass_time(*MINUTES)
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket="failures")["Contents"]]
    place, shard = f"aws/lambda/{answer['UUID']}/", "shardId-"
    assert key.startswith(place + shard), key
    document = json.loads(s3.get_object(Bucket="failures", Key=key)["Body"].read())
    assert isinstance(document["payload"], str), "the event is a text in the document"
    events = [json.loads(document.pop("payload"))]
    theirs = recording["record_body"]
    same_events(events, [theirs.pop("payload")])
    equal(document, theirs)


def failing_items(world: StreamWorld) -> None:
    for number in range(6):
        world.put(f"testId{number}", should_fail={"BOOL": number == 5})


def test_the_records_that_failed_are_reported(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_report_batch_item_failures"""
    recording = recorded(FILE, "test_dynamodb_report_batch_item_failures")
    world = StreamWorld(timed_cloud, REPORTS_FAILED, view="NEW_IMAGE")
    created = recording["create_event_source_mapping_response"]
    equal(world.create(**asked_for(created, DestinationConfig=on_failure(world.queue()))), created)
    failing_items(world)
    world.pass_time(*MINUTES)
    records = [record for event in world.events() for record in event["Records"]]
    same_events([{"Records": records}], [recording["dynamodb_records"]])
    equal(world.messages(), recording["destination_queue_messages"]["Messages"])


def test_what_was_reported_goes_to_the_destination(timed_cloud: RunningCloud) -> None:
    """test_dynamodb_report_batch_item_failures_with_on_failure_destination_config

    An older recording, in which a mapping had no ARN yet.
    """
    recording = recorded(FILE, "test_dynamodb_report_batch_item_failures_with_on_failure_destination_config")
    world = StreamWorld(timed_cloud, REPORTS_FAILED, view="NEW_IMAGE")
    created = recording["create_event_source_mapping_response"]
    answer = world.create(**asked_for(created, DestinationConfig=on_failure(world.queue())))
    del answer["EventSourceMappingArn"]
    equal(answer, created)
    failing_items(world)
    world.pass_time(*MINUTES)
    equal(world.messages(), recording["destination_queue_messages"]["Messages"])


SCENARIOS = {
    "failure_scenarios[empty_string_item_identifier_failure]": 'return {"batchItemFailures": [{"itemIdentifier": ""}]}',
    "failure_scenarios[null_item_identifier_failure]": 'return {"batchItemFailures": [{"itemIdentifier": None}]}',
    "failure_scenarios[invalid_key_foo_failure]": 'return {"batchItemFailures": [{"foo": "x"}]}',
    "failure_scenarios[invalid_key_foo_null_value_failure]": 'return {"batchItemFailures": [{"foo": None}]}',
    "failure_scenarios[item_identifier_not_present_failure]": 'return {"batchItemFailures": [{"itemIdentifier": "x"}]}',
    "failure_scenarios[unhandled_exception_in_function]": RAISES,
    "success_scenarios[empty_list_success]": "return []",
    "success_scenarios[null_success]": "return None",
    "success_scenarios[empty_dict_success]": "return {}",
    "success_scenarios[empty_batch_item_failure_success]": 'return {"batchItemFailures": []}',
    "success_scenarios[null_batch_item_failure_success]": 'return {"batchItemFailures": None}',
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_answers_of_the_function(timed_cloud: RunningCloud, name: str) -> None:
    """test_dynamodb_report_batch_item_failure_scenarios, test_dynamodb_report_batch_item_success_scenarios"""
    recording = recorded(FILE, f"test_dynamodb_report_batch_item_{name}")
    world = StreamWorld(timed_cloud, SCENARIOS[name], view="NEW_IMAGE")
    world.mapping(
        BatchSize=3,
        MaximumBatchingWindowInSeconds=1,
        MaximumRetryAttempts=3,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig=on_failure(world.queue()),
    )
    world.put("hello world", **BINARY)
    world.pass_time(*MINUTES)
    same_events(world.events(), recording["dynamodb_events"])
    equal(world.messages(), recording.get("destination_queue_messages", {"Messages": []})["Messages"])


KINESIS = "lambda_/event_source_mapping/test_lambda_integration_kinesis.json"


def of_a_table(messages: Any) -> Any:
    """What was recorded of a data stream, as it is of a table's: under another name, with times in seconds."""
    text = json.dumps(messages).replace("KinesisBatchInfo", "DDBStreamBatchInfo")
    return json.loads(text.replace("shardId-000000000000", "<shard-id:1>"))


@pytest.mark.parametrize("name", ["expire-while-retrying", "expire-before-ingestion"])
def test_records_that_are_too_old(timed_cloud: RunningCloud, name: str) -> None:
    """test_kinesis_maximum_record_age_exceeded"""
    recording = recorded(KINESIS, f"test_kinesis_maximum_record_age_exceeded[{name}]")
    world = StreamWorld(timed_cloud, RAISES)
    more = {"MaximumRecordAgeInSeconds": 60, "DestinationConfig": on_failure(world.queue())}
    if name == "expire-before-ingestion":
        world.put("a")
        timed_cloud.advance(61)
    world.mapping(**asked_for(recording["create_event_source_mapping_response"], **more))
    if name == "expire-while-retrying":
        world.put("a")
    world.pass_time(1, *[0.5] * 150)
    theirs = of_a_table(recording["record_age_exceeded_payload"]["Messages"])
    for one in theirs:
        info = one["Body"]["DDBStreamBatchInfo"]
        for which in ("First", "Last"):
            info[f"approximateArrivalOf{which}Record"] = "<timestamp:2022-07-13T13:48:01Z>"
        info["streamArn"] = world.stream_arn
    equal(world.messages(), theirs)


def test_the_others_of_their_batch_go_to_the_function(timed_cloud: RunningCloud) -> None:
    """test_kinesis_maximum_record_age_exceeded_discard_records: one record that is too old, five that are not."""
    recording = recorded(KINESIS, "test_kinesis_maximum_record_age_exceeded_discard_records")
    world = StreamWorld(timed_cloud)
    world.put("old")
    timed_cloud.advance(61)
    world.put(*"abcde")
    more = {"MaximumRecordAgeInSeconds": 60, "DestinationConfig": on_failure(world.queue())}
    world.mapping(**asked_for(recording["create_event_source_mapping_response"], **more))
    world.pass_time(1)
    assert world.batches() == [list("abcde")]
    assert len(recording["Records"]) == 5
    (ours,), (theirs,) = world.given_up(), recording["record_age_exceeded_payload"]["Messages"]
    assert (
        ours["requestContext"]["approximateInvokeCount"] == theirs["Body"]["requestContext"]["approximateInvokeCount"]
    )
    assert ours["DDBStreamBatchInfo"]["batchSize"] == theirs["Body"]["KinesisBatchInfo"]["batchSize"]
