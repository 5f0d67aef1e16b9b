"""Mappings of queues beside the recorded answers of AWS: batches, filters, failures, tags; tests name their entries."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, ANSWERS, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.dynamodb_tables import table
from tests.wire.functions import ECHO, create
from tests.wire.queue_mappings import Mapped

API = "lambda_/test_lambda_api.json"
QUEUES = "lambda_/event_source_mapping/test_lambda_integration_sqs.json"
FILTER = "test_sqs_event_filter["


def filters() -> list[str]:
    """The entries of filters that have an answer, by what is in their brackets."""
    file = ANSWERS / QUEUES
    entries = json.loads(file.read_text()) if file.exists() else {}
    return [
        name.partition(FILTER)[2][:-1]
        for name, entry in entries.items()
        if FILTER in name and entry["recorded-content"]
    ]


def named(records: list[Any]) -> list[Any]:
    """Recorded records with what changes from run to run marked as such, and bodies as text, in order of bodies."""
    for record in records:
        record["attributes"] |= {"SentTimestamp": "<sent>", "SenderId": "<sender>"}
        if not isinstance(record["body"], str):
            record["body"] = json.dumps(record["body"])
    return sorted(records, key=lambda one: str(one["body"]))


def given(mapped: Mapped) -> list[Any]:
    """The records that the function was given, in order of bodies."""
    return sorted((one for event in mapped.events for one in event["Records"]), key=lambda one: str(one["body"]))


def passed(cloud: RunningCloud, seconds: int = 1) -> None:
    cloud.advance(seconds)
    cloud.drain()


@pytest.mark.parametrize("size", [15, 100, 1000, 10000])
def test_batches_of_every_size(timed_cloud: RunningCloud, size: int) -> None:
    """test_sqs_event_source_mapping_batch_size[...]"""
    entry = recorded(QUEUES, f"test_sqs_event_source_mapping_batch_size[{size}]")
    mapped = Mapped(timed_cloud, "sized")
    answer = mapped.map(BatchSize=size, MaximumBatchingWindowInSeconds=10)
    entry["create-event-source-mapping-response"]["MaximumBatchingWindowInSeconds"] = 10
    equal(answer, entry["create-event-source-mapping-response"])
    for count, group in ((10, 0), (5, 1)):
        mapped.send(*(f"{number}-{group}-message-{number}" for number in range(count)))
    passed(timed_cloud, 10)
    equal(given(mapped), named(entry["Records"]))
    assert len(mapped.events) == 1


def test_two_environments_take_two_batches(timed_cloud: RunningCloud) -> None:
    """test_sqs_event_source_mapping_batching_reserved_concurrency"""
    entry = recorded(QUEUES, "test_sqs_event_source_mapping_batching_reserved_concurrency")
    mapped = Mapped(timed_cloud, "reserved")
    reserve = mapped.functions.put_function_concurrency
    equal(reserve(FunctionName="reserved", ReservedConcurrentExecutions=2), entry["put_concurrency_resp"])
    answer = mapped.map(BatchSize=20, MaximumBatchingWindowInSeconds=1, ScalingConfig={"MaximumConcurrency": 2})
    equal(answer, entry["create-event-source-mapping-response"])
    mapped.send(*(f"{number}-{group}-message" for group in range(3) for number in range(10)))
    passed(timed_cloud)
    assert len(mapped.events) == entry["batch_info"]["total_batches_received"]
    equal(given(mapped), named(entry["Records"]))


@pytest.mark.parametrize("name", filters())
def test_filters(timed_cloud: RunningCloud, name: str) -> None:
    """test_sqs_event_filter[...], every entry that has an answer."""
    entry = recorded(QUEUES, f"{FILTER}{name}]")
    answer = entry["create_event_source_mapping_response"]
    (rule,) = answer["FilterCriteria"]["Filters"]
    mapped = Mapped(timed_cloud, "filtered")
    criteria = {"Filters": [{"Pattern": json.dumps(rule["Pattern"])}]}
    equal(mapped.map(FilterCriteria=criteria, MaximumBatchingWindowInSeconds=1), answer)
    records = named([record for event in entry["invocation_events"] for record in event["Records"]])
    mapped.send(*(record["body"] for record in records), {"other": "x"}, "this is a test string")
    passed(timed_cloud)
    equal(given(mapped), records)
    assert mapped.counts == (0, 0)


def test_a_function_that_raises_fails_the_whole_batch(timed_cloud: RunningCloud) -> None:
    """test_report_batch_item_failures_on_lambda_error"""
    entry = recorded(QUEUES, "test_report_batch_item_failures_on_lambda_error")
    dead = Mapped(timed_cloud, "raised-dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    mapped = Mapped(timed_cloud, "raised", RedrivePolicy=policy)
    aws = entry["dlq_messages"]
    bodies = [one["Body"] if isinstance(one["Body"], str) else json.dumps(one["Body"]) for one in aws]
    mapped.send(*bodies)
    mapped.map(FunctionResponseTypes=["ReportBatchItemFailures"])
    timed_cloud.drain()
    passed(timed_cloud, 30)
    found = mapped.sqs.receive_message(QueueUrl=dead.url, MaxNumberOfMessages=10)["Messages"]
    assert [one["Body"] for one in found] == bodies
    for ours, theirs in zip(found, aws, strict=True):
        assert set(ours) == set(theirs)


def test_an_empty_answer_is_a_success(timed_cloud: RunningCloud) -> None:
    """test_report_batch_item_failures_empty_json_batch_succeeds"""
    entry = recorded(QUEUES, "test_report_batch_item_failures_empty_json_batch_succeeds")
    aws = entry["first_invocation"]["Messages"][0]["Body"]
    mapped = Mapped(timed_cloud, "empty")
    mapped.map(FunctionResponseTypes=["ReportBatchItemFailures"])
    mapped.send({"answers": aws["result"]})
    records = named(aws["event"]["Records"])
    records[0]["body"] = '{"answers": {}}'
    equal(given(mapped), records)
    passed(timed_cloud, 30)
    assert (len(mapped.events), mapped.counts) == (1, (0, 0))


def test_no_filters_are_no_criteria(cloud: RunningCloud) -> None:
    """test_create_event_filter_criteria_validation"""
    entry = recorded(API, "test_create_event_filter_criteria_validation")["response-with-empty-filters"]
    client, tables = cloud.client("lambda"), cloud.client("dynamodb")
    create(client, "unfiltered", ECHO)
    with table(tables, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}) as name:
        arn = tables.describe_table(TableName=name)["Table"]["LatestStreamArn"]
        answer = client.create_event_source_mapping(
            FunctionName="unfiltered", EventSourceArn=arn, StartingPosition="LATEST", FilterCriteria={"Filters": []}
        )
        equal(answer, entry)
        client.delete_event_source_mapping(UUID=answer["UUID"])
        cloud.drain()


def test_data_streams_need_a_starting_position_too(cloud: RunningCloud) -> None:
    """test_create_event_source_validation_kinesis"""
    entry = recorded(API, "test_create_event_source_validation_kinesis")["no_starting_position"]
    client = cloud.client("lambda")
    create(client, "positioned", ECHO)
    arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
    equal(answered(client.create_event_source_mapping, FunctionName="positioned", EventSourceArn=arn), entry)


def test_the_life_of_tags(cloud: RunningCloud) -> None:
    """test_tag_lifecycle[event_source_mapping]"""
    entry = recorded(API, "test_tag_lifecycle[event_source_mapping]")
    mapped = Mapped(cloud, "labelled")
    arn, client = mapped.map()["EventSourceMappingArn"], mapped.functions
    tags = {
        "tag_single_response": {"A": "tag-a"},
        "tag_multiple_response": {"B": "tag-b", "C": "tag-c"},
        "tag_overlap_response": {"C": "tag-c-newsuffix", "D": "tag-d"},
    }
    for name, added in tags.items():
        equal(client.tag_resource(Resource=arn, Tags=added), entry[name])
        equal(client.list_tags(Resource=arn), entry[f"{name}_listtags"])
    removed = {
        "untag_single_response": ["A"],
        "untag_multiple_response": ["B", "C"],
        "untag_nonexisting_response": ["F"],
        "untag_existing_and_nonexisting_response": ["D", "F"],
    }
    for name, keys in removed.items():
        equal(client.untag_resource(Resource=arn, TagKeys=keys), entry[name])
        equal(client.list_tags(Resource=arn), entry[f"{name}_listtags"])
