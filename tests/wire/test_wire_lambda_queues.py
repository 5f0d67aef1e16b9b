"""Queues as event sources: events, batches, failures, filters, order. Expectations: recorded answers, or as said."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.functions import create
from tests.wire.queue_mappings import HANDLER, Mapped

from stratolite.core.clock import MovableClock

QUEUES = "lambda_/event_source_mapping/test_lambda_integration_sqs.json"
VISIBILITY_S = 30
LOOKS_MAX = 50_000


def recorded_event(name: str, *path: Any) -> Any:
    """An event in an entry, its bodies as text again."""
    found = recorded(QUEUES, name)
    for part in path:
        found = found[part]
    for record in found["Records"]:
        if not isinstance(record["body"], str):
            record["body"] = json.dumps(record["body"])
        for attribute in ("SentTimestamp", "SenderId"):
            record["attributes"][attribute] = f"<{attribute}>"
    return found


# Events ---------------------------------------------------------------------------------------------------------------


def test_an_event_has_the_message_as_aws_shows_it(cloud: RunningCloud) -> None:
    mapped = Mapped(cloud, "shown")
    mapped.map(BatchSize=1)
    attributes = {
        "Title": {"DataType": "String", "StringValue": "The Whistler"},
        "Author": {"DataType": "String", "StringValue": "John Grisham"},
        "WeeksOn": {"DataType": "Number", "StringValue": "6"},
    }
    aws = recorded_event(
        "test_message_body_and_attributes_passed_correctly", "first_attempt", "Messages", 0, "Body", "event"
    )
    mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody="{}", MessageAttributes=attributes)
    cloud.drain()
    (event,) = mapped.events
    aws["Records"][0]["body"] = "{}"
    equal(event, aws)
    assert list(event["Records"][0]) == list(aws["Records"][0])


def test_an_event_of_a_mapping_with_a_window_shows_that_there_is_no_digest(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "windowed")
    mapped.map(MaximumBatchingWindowInSeconds=1)
    mapped.send({"foo": "bar"})
    assert mapped.events == []
    timed_cloud.advance(1)
    timed_cloud.drain()
    (event,) = mapped.events
    equal(event, recorded_event("TestSQSEventSourceMapping::test_sqs_event_source_mapping", "events", 0))


def test_binary_attributes_are_base_64(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    mapped = Mapped(cloud, "binary")
    mapped.map()
    attributes = {"B": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"}}
    mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody="x", MessageAttributes=attributes)
    cloud.drain()
    assert mapped.events[0]["Records"][0]["messageAttributes"] == {
        "B": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary.png"}
    }


def test_the_trace_of_a_sampled_message_goes_on(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html: the header of the message is the function's."""
    source = 'import os\ndef handler(event, context):\n    print("TRACE", os.environ["_X_AMZN_TRACE_ID"])\n'
    mapped = Mapped(cloud, "traced", source)
    mapped.map()
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody="x", MessageSystemAttributes=header)
    cloud.drain()
    logs: Any = cloud.client("logs")
    lines = logs.filter_log_events(logGroupName="/aws/lambda/traced", filterPattern="TRACE")["events"]
    assert "Root=1-5759e988-bd862e3fe1be46a994272793" in lines[0]["message"]


# Batches --------------------------------------------------------------------------------------------------------------


def test_a_backlog_comes_in_batches(cloud: RunningCloud) -> None:
    mapped = Mapped(cloud, "backlog")
    ids = mapped.send(*(str(number) for number in range(25)))
    mapped.map(BatchSize=10)
    cloud.drain()
    assert sorted(len(batch) for batch in mapped.bodies) == [5, 10, 10]
    assert {record["messageId"] for event in mapped.events for record in event["Records"]} == set(ids)
    assert mapped.counts == (0, 0)


def test_a_window_gathers_until_it_is_over_or_the_batch_is_full(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "gathered")
    mapped.map(BatchSize=15, MaximumBatchingWindowInSeconds=10)
    mapped.send("0", "1")
    timed_cloud.advance(9)
    mapped.send("2")
    assert mapped.bodies == []
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert mapped.bodies == [["0", "1", "2"]]
    mapped.send(*(str(number) for number in range(15)))
    assert [len(batch) for batch in mapped.bodies] == [3, 15]


def test_a_batch_has_at_most_six_megabytes(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: a payload of 6 MB ends a batch."""
    source = """
import json
def handler(event, context):
    print("EVENT 0", json.dumps({"Records": [{"body": len(record["body"])} for record in event["Records"]]}))
"""
    mapped = Mapped(cloud, "large", source)
    for _ in range(8):
        mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody="x" * 1_000_000)
    mapped.map(BatchSize=10)
    cloud.drain()
    assert sorted(len(batch) for batch in mapped.bodies) == [2, 6]
    assert mapped.counts == (0, 0)


def test_delayed_messages_come_when_their_time_has_come(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "delayed")
    mapped.map()
    mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody="late", DelaySeconds=60)
    timed_cloud.drain()
    timed_cloud.advance(59)
    timed_cloud.drain()
    assert mapped.bodies == []
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert mapped.bodies == [["late"]]


# Failures -------------------------------------------------------------------------------------------------------------


def test_a_failed_batch_comes_back_after_its_visibility_timeout(timed_cloud: RunningCloud) -> None:
    entry = "test_failing_lambda_retries_after_visibility_timeout"
    mapped = Mapped(timed_cloud, "retried")
    mapped.map(BatchSize=1)
    mapped.send({"raises": 1})
    assert mapped.counts == (0, 1)
    timed_cloud.advance(VISIBILITY_S - 1)
    timed_cloud.drain()
    assert len(mapped.events) == 1
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert mapped.counts == (0, 0)
    for event, attempt in zip(mapped.events, ("first_attempt", "second_attempt"), strict=True):
        aws = recorded_event(entry, attempt, "Messages", 0, "Body", "event")
        aws["Records"][0]["body"] = '{"raises": 1}'
        equal(event, aws, attempt)


def test_a_message_that_fails_too_often_goes_to_the_dead_letter_queue(timed_cloud: RunningCloud) -> None:
    """As ``test_redrive_policy_with_failing_lambda``: two attempts, then the message itself."""
    dead = Mapped(timed_cloud, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    mapped = Mapped(timed_cloud, "redriven", RedrivePolicy=policy)
    mapped.map(BatchSize=1)
    (message_id,) = mapped.send({"raises": 9})
    for _ in range(2):
        timed_cloud.advance(VISIBILITY_S)
        timed_cloud.drain()
    assert len(mapped.events) == 2
    (message,) = mapped.sqs.receive_message(QueueUrl=dead.url)["Messages"]
    assert (message["MessageId"], message["Body"]) == (message_id, '{"raises": 9}')


def test_single_messages_fail_and_the_others_are_done(timed_cloud: RunningCloud) -> None:
    """As ``test_report_batch_item_failures``, whose FIFO queue is the next test's."""
    mapped = Mapped(timed_cloud, "partial")
    mapped.map(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds=1)
    mapped.send({"n": 1}, {"n": 2, "fails": 1}, {"n": 3, "fails": 2})
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert mapped.counts == (0, 2)
    for _ in range(2):
        timed_cloud.advance(VISIBILITY_S)
        timed_cloud.drain()
        timed_cloud.advance(1)
        timed_cloud.drain()
    assert [[json.loads(body)["n"] for body in batch] for batch in mapped.bodies] == [[1, 2, 3], [2, 3], [3]]
    assert mapped.counts == (0, 0)


def test_a_batch_of_a_fifo_queue_fails_in_part(timed_cloud: RunningCloud) -> None:
    entry = recorded(QUEUES, "test_report_batch_item_failures")
    dead = Mapped(timed_cloud, "fifo-dead", FifoQueue="true")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    mapped = Mapped(timed_cloud, "fifo-partial", FifoQueue="true", RedrivePolicy=policy)
    fails = [0, 1, 1, 2]
    entries = [
        {
            "Id": f"message-{n}",
            "MessageBody": json.dumps({"n": n, "fails": fails[n - 1]}),
            "MessageGroupId": "1",
            "MessageDeduplicationId": f"dedup-{n}",
        }
        for n in range(1, 5)
    ]
    mapped.sqs.send_message_batch(QueueUrl=mapped.url, Entries=entries)
    equal(mapped.map(FunctionResponseTypes=["ReportBatchItemFailures"]), entry["create_event_source_mapping"])
    timed_cloud.drain()
    for _ in range(2):
        timed_cloud.advance(VISIBILITY_S)
        timed_cloud.drain()
    for event, attempt in zip(mapped.events, ("first_invocation", "second_invocation"), strict=True):
        aws = entry[attempt]["Messages"][0]["Body"]["event"]
        assert [json.loads(one["body"])["n"] for one in event["Records"]] == [
            one["body"]["message"] for one in aws["Records"]
        ]
        for ours, theirs in zip(event["Records"], aws["Records"], strict=True):
            assert set(ours["attributes"]) == set(theirs["attributes"])
            for name in ("ApproximateReceiveCount", "MessageGroupId", "MessageDeduplicationId"):
                assert ours["attributes"][name] == theirs["attributes"][name]
    (message,) = mapped.sqs.receive_message(QueueUrl=dead.url)["Messages"]
    assert json.loads(message["Body"])["n"] == entry["dlq_response"]["Messages"][0]["Body"]["message"]


@pytest.mark.parametrize(
    ("name", "answers", "is_done"),
    [
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (Success and failure conditions)
        ("empty", {}, True),
        ("null", None, True),
        ("empty-list", {"batchItemFailures": []}, True),
        ("null-list", {"batchItemFailures": None}, True),
        ("bad-key", {"batchItemFailures": [{"foo": "notvalid"}]}, False),
        ("null-id", {"batchItemFailures": [{"itemIdentifier": None}]}, False),
        ("empty-id", {"batchItemFailures": [{"itemIdentifier": ""}]}, False),
        ("unknown-id", {"batchItemFailures": [{"itemIdentifier": "nobody"}]}, False),
    ],
)
def test_what_an_answer_says_of_a_batch(cloud: RunningCloud, name: str, answers: Any, is_done: bool) -> None:
    """Recorded too: ``test_report_batch_item_failures_invalid_result_json_batch_fails`` and ``..._empty_json_batch_
    succeeds``."""
    mapped = Mapped(cloud, f"answers-{name}")
    mapped.map(FunctionResponseTypes=["ReportBatchItemFailures"])
    mapped.send({"answers": answers})
    assert mapped.counts == ((0, 0) if is_done else (0, 1))


def test_a_throttled_batch_is_tried_again_until_its_messages_are_visible(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (Backoff strategy)"""
    mapped = Mapped(timed_cloud, "throttled")
    mapped.functions.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    mapped.map()
    mapped.send("x")
    assert mapped.counts == (0, 1)
    timed_cloud.advance(5)
    timed_cloud.drain()
    assert mapped.events == []
    mapped.functions.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=1)
    timed_cloud.advance(10)
    timed_cloud.drain()
    (event,) = mapped.events
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"
    assert mapped.counts == (0, 0)


def test_a_batch_that_was_never_run_is_received_again(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "stopped")
    mapped.functions.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)
    mapped.map()
    mapped.send("x")
    timed_cloud.advance(VISIBILITY_S)
    timed_cloud.drain()
    mapped.functions.delete_function_concurrency(FunctionName="stopped")
    timed_cloud.advance(1)
    timed_cloud.drain()
    (event,) = mapped.events
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_backlog_gets_through_one_environment(timed_cloud: RunningCloud) -> None:
    """Reserved concurrency throttles four of the first five batches; they follow as the first one ends."""
    mapped = Mapped(timed_cloud, "narrow")
    mapped.functions.put_function_concurrency(FunctionName="narrow", ReservedConcurrentExecutions=1)
    mapped.send(*(str(number) for number in range(60)))
    mapped.map(BatchSize=2)
    timed_cloud.drain()
    assert sorted(int(body) for batch in mapped.bodies for body in batch) == list(range(60))
    counts = {record["attributes"]["ApproximateReceiveCount"] for event in mapped.events for record in event["Records"]}
    assert counts == {"1"}


def test_a_queue_that_hides_nothing_gives_a_message_once_a_second(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "unhidden")
    mapped.map()
    mapped.sqs.set_queue_attributes(QueueUrl=mapped.url, Attributes={"VisibilityTimeout": "0"})
    mapped.send({"raises": 2})
    assert len(mapped.events) == 1
    for attempt in (2, 3):
        timed_cloud.advance(1)
        timed_cloud.drain()
        assert len(mapped.events) == attempt
    assert mapped.counts == (0, 0)


def test_a_function_that_is_gone_leaves_messages_in_the_queue(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "gone")
    mapped.map()
    mapped.functions.delete_function(FunctionName="gone")
    mapped.send("x")
    assert mapped.counts == (0, 1)
    create(mapped.functions, "gone", HANDLER)
    timed_cloud.advance(VISIBILITY_S)
    timed_cloud.drain()
    timed_cloud.advance(VISIBILITY_S)
    timed_cloud.drain()
    assert mapped.bodies[-1] == ["x"]
    assert mapped.counts == (0, 0)


# Filters --------------------------------------------------------------------------------------------------------------

FILTERS: list[tuple[str, Any, list[Any], list[Any]]] = [
    ("single", {"body": {"my-key": ["my-value"]}}, [{"my-key": "my-value"}], [{"my-key": "other"}, "my-value"]),
    ("exists", {"body": {"my-key": [{"exists": True}]}}, [{"my-key": "any-value-one"}], [{"other": 1}]),
    ("range", {"body": {"n": [{"numeric": [">=", 100, "<", 200]}]}}, [{"n": 100}], [{"n": 200}, {"n": "150"}]),
    ("prefix", {"body": {"k": [{"prefix": "yes"}]}}, [{"k": "yes-value"}], [{"k": "no"}]),
    ("text", {"body": ["plain", {"prefix": "us-"}]}, ["plain", "us-east"], ["other", {"body": "plain"}]),
    ("meta", {"eventSource": ["aws:sqs"]}, ["plain", {"a": 1}], []),
]


@pytest.mark.parametrize(("name", "pattern", "passing", "refused"), FILTERS)
def test_messages_that_do_not_match_are_deleted(
    cloud: RunningCloud, name: str, pattern: Any, passing: list[Any], refused: list[Any]
) -> None:
    """Recorded: ``test_sqs_event_filter``. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
    mapped = Mapped(cloud, f"filter-{name}")
    answer = mapped.map(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    assert json.loads(answer["FilterCriteria"]["Filters"][0]["Pattern"]) == pattern
    mapped.send(*passing, *refused)
    given = [body for batch in mapped.bodies for body in batch]
    assert sorted(given) == sorted(one if isinstance(one, str) else json.dumps(one) for one in passing)
    assert mapped.counts == (0, 0)


# Order ----------------------------------------------------------------------------------------------------------------


def test_groups_of_a_fifo_queue_are_in_order(cloud: RunningCloud) -> None:
    mapped = Mapped(cloud, "ordered", FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(10):
        for group in ("a", "b", "c"):
            mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody=f"{group}{number}", MessageGroupId=group)
    mapped.map(BatchSize=4)
    cloud.drain()
    bodies = [body for batch in mapped.bodies for body in batch]
    for group in ("a", "b", "c"):
        assert [body for body in bodies if body[0] == group] == [f"{group}{number}" for number in range(10)]


def test_a_failed_group_waits_and_others_go_on(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "waiting", FifoQueue="true", ContentBasedDeduplication="true")
    mapped.map(BatchSize=1)
    bodies = {"a": [{"n": 1, "raises": 1}, {"n": 2}], "b": [{"n": 3}, {"n": 4}]}
    for group, asked in bodies.items():
        for body in asked:
            mapped.sqs.send_message(QueueUrl=mapped.url, MessageBody=json.dumps(body), MessageGroupId=group)
    timed_cloud.drain()
    given = [json.loads(body)["n"] for batch in mapped.bodies for body in batch]
    assert given.index(3) < given.index(4)
    assert 2 not in given
    timed_cloud.advance(VISIBILITY_S)
    timed_cloud.drain()
    given = [json.loads(body)["n"] for batch in mapped.bodies for body in batch]
    assert [n for n in given if n < 3] == [1, 1, 2]


# Lives ----------------------------------------------------------------------------------------------------------------


def test_a_disabled_mapping_leaves_messages_alone(cloud: RunningCloud) -> None:
    mapped = Mapped(cloud, "paused")
    mapped.map()
    assert mapped.update(Enabled=False)["State"] == "Disabling"
    mapped.send("x")
    assert mapped.state == "Disabled"
    assert mapped.update(BatchSize=1)["State"] == "Updating"
    cloud.drain()
    assert (mapped.state, mapped.events, mapped.counts) == ("Disabled", [], (1, 0))
    mapped.update(Enabled=True)
    cloud.drain()
    assert mapped.bodies == [["x"]]


def test_an_update_acts_on_the_next_messages(cloud: RunningCloud) -> None:
    """As ``test_sqs_event_source_mapping_update``: first one function, then another."""
    entry = recorded(QUEUES, "TestSQSEventSourceMapping::test_sqs_event_source_mapping_update")
    mapped = Mapped(cloud, "updated")
    mapped.map(MaximumBatchingWindowInSeconds=1)
    create(mapped.functions, "updated-2", 'def handler(event, context):\n    print("EVENT 0 {}")\n')
    equal(mapped.update(FunctionName="updated-2"), entry["updated_esm"])
    cloud.drain()
    shown = mapped.functions.get_event_source_mapping(UUID=mapped.uuid)
    equal(shown, entry["updated_event_source_mapping"])
    mapped.update(MaximumBatchingWindowInSeconds=0)
    mapped.send("bar2")
    assert (mapped.events, mapped.counts) == ([], (0, 0))


def test_messages_that_are_gathered_when_a_mapping_is_disabled_are_given(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "flushed")
    mapped.map(MaximumBatchingWindowInSeconds=60)
    mapped.send("x")
    assert mapped.bodies == []
    mapped.update(Enabled=False)
    timed_cloud.drain()
    assert (mapped.state, mapped.bodies, mapped.counts) == ("Disabled", [["x"]], (0, 0))


def test_a_queue_that_is_made_again_is_polled_again(cloud: RunningCloud) -> None:
    mapped = Mapped(cloud, "again")
    mapped.map()
    mapped.sqs.delete_queue(QueueUrl=mapped.url)
    cloud.drain()
    mapped.sqs.create_queue(QueueName="again")
    mapped.send("x")
    assert mapped.bodies == [["x"]]


def test_a_mapping_goes_on_when_the_server_starts_again(tmp_path: Path) -> None:
    first = RunningCloud(tmp_path / "data", MovableClock()).start()
    try:
        mapped = Mapped(first, "resumed")
        mapped.map()
        first.drain()
        mapped.update(Enabled=False)
        mapped.send("x")
        mapped.update(Enabled=True)
    finally:
        first.stop()
    second = RunningCloud(tmp_path / "data", MovableClock(first.clock.now_ms() + VISIBILITY_S * 1000)).start()
    try:
        second.drain()
        again = second.client("sqs").get_queue_attributes(QueueUrl=mapped.url, AttributeNames=["All"])["Attributes"]
        assert again["ApproximateNumberOfMessages"] == again["ApproximateNumberOfMessagesNotVisible"] == "0"
        (mapping,) = second.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        assert mapping["State"] == "Enabled"
    finally:
        second.stop()


# Concurrency ----------------------------------------------------------------------------------------------------------

SLOW = """
import os, time

def handler(event, context):
    begun = time.monotonic_ns()
    time.sleep(0.5)
    print("EVENT", begun, '{"until": %d, "from": %d, "Records": []}' % (time.monotonic_ns(), begun))
"""


def at_once(mapped: Mapped) -> int:
    """How many executions ran at the same time, at most."""
    edges = [(event["from"], 1) for event in mapped.events] + [(event["until"], -1) for event in mapped.events]
    running = most = 0
    for _, change in sorted(edges):
        running += change
        most = max(most, running)
    return most


def in_flight(mapped: Mapped, least: int) -> int:
    """How many messages are in flight, once there are so many."""
    for _ in range(LOOKS_MAX):
        if (count := mapped.counts[1]) >= least:
            return count
    raise AssertionError(f"{count} messages are in flight, and not {least}")


@pytest.mark.parametrize(("settings", "most"), [({"ScalingConfig": {"MaximumConcurrency": 2}}, 2), ({}, 5)])
def test_so_many_batches_run_at_once(timed_cloud: RunningCloud, settings: dict[str, Any], most: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five at first, ``MaximumConcurrency``."""
    mapped = Mapped(timed_cloud, "slow", SLOW)
    mapped.send(*(str(number) for number in range(12)))
    mapped.map(BatchSize=1, **settings)
    assert in_flight(mapped, most) == most
    timed_cloud.drain()
    assert len(mapped.events) == 12
    assert at_once(mapped) <= most


def test_a_backlog_gets_more_batches_as_time_goes_by(timed_cloud: RunningCloud) -> None:
    mapped = Mapped(timed_cloud, "growing", SLOW)
    mapped.send(*(str(number) for number in range(40)))
    mapped.map(BatchSize=1)
    in_flight(mapped, 5)
    timed_cloud.advance(2)
    assert 5 < in_flight(mapped, 6) <= 15
    timed_cloud.drain()
    assert len(mapped.events) == 40
    assert at_once(mapped) <= 15
