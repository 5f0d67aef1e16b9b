"""PutEvents and what it causes: targets, retries, dead letters, schedules."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.events_world import DETAIL, arn, bodies, messages, put, queue, refused, ruled
from tests.wire.targets import Functions

ANSWERS = "events/test_events.json"


def without(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("id", "time", "account", "region")}


def test_an_event_reaches_a_queue(cloud: RunningCloud) -> None:
    answer = recorded("events/test_events_targets.json", "TestEventsTargetSqs::test_put_events_with_target_sqs")
    wanted = answer["message"][0]["Body"]
    url, there = queue(cloud, "reached")
    ruled(cloud, "core.update-account-command", {"Arn": there})
    made = put(cloud, wanted["source"], wanted["detail"], DetailType=wanted["detail-type"])
    [message] = messages(cloud, url)
    event = json.loads(message["Body"])
    assert list(event) == list(wanted)
    assert without(event) == without(wanted)
    assert event["id"] == made["Entries"][0]["EventId"]
    assert (event["account"], event["region"]) == (ACCOUNT, REGION)


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"DetailType": "t", "Detail": "{}"}, "test_put_events_without_source"),
        ({"Source": "s", "Detail": "{}"}, "test_put_event_without_detail_type"),
        ({"Source": "s", "DetailType": "t"}, "test_put_event_without_detail"),
        ({"Source": "s", "DetailType": "t", "Detail": "text"}, "test_put_event_malformed_detail[STRING]"),
        ({"Source": "s", "DetailType": "t", "Detail": "[]"}, "test_put_event_malformed_detail[ARRAY]"),
        ({"Source": "s", "DetailType": "t", "Detail": '{"a": '}, "test_put_event_malformed_detail[MALFORMED_JSON]"),
        ({"Source": "s", "DetailType": "t", "Detail": '{"a": NaN}'}, "test_put_event_malformed_detail[MALFORMED_JSON]"),
        ({"Source": "s", "DetailType": "t", "Detail": '"text"'}, "test_put_event_malformed_detail[SERIALIZED_STRING]"),
    ],
)
def test_entries_fail_of_their_own(cloud: RunningCloud, entry: dict[str, str], name: str) -> None:
    [wanted] = recorded(ANSWERS, name)["put-events"]["Entries"]
    good = {"Source": "s", "DetailType": "t", "Detail": "{}"}
    answer = cloud.client("events").put_events(Entries=[good, entry])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1] == wanted
    assert set(answer["Entries"][0]) == {"EventId"}


def test_batches_have_limits(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    big = {"Source": "s", "DetailType": "t", "Detail": json.dumps({"text": "x" * 1024 * 1024})}
    error = recorded(ANSWERS, "test_put_event_with_too_big_detail")["put-events-too-big-detail-error"]["Error"]
    assert refused(events.put_events, Entries=[big])["Message"] == error["Message"]
    name = "test_put_events_exceed_limit_ten_entries[custom]"
    wanted = recorded(ANSWERS, name)["put-events-exceed-limit-error"]["Error"]["Message"]
    entry = {
        "Source": "core.update-account-command",
        "DetailType": "core.update-account-command",
        "Detail": json.dumps(DETAIL),
        "EventBusName": "bus",
    }
    error = refused(events.put_events, Entries=[entry] * wanted.count("PutEventsRequestEntry("))
    assert error["Message"] == wanted.replace("<bus-name>", "bus")


def test_an_event_for_no_bus_is_lost(cloud: RunningCloud) -> None:
    """aws-answers: test_put_events_nonexistent_event_bus."""
    answer = put(cloud, "lost", EventBusName="absent")
    assert answer["FailedEntryCount"] == 0 and "EventId" in answer["Entries"][0]


def test_a_time_that_is_given_is_the_events(cloud: RunningCloud) -> None:
    """aws-answers: test_put_events_time."""
    url, there = queue(cloud, "timed")
    ruled(cloud, "timed", {"Arn": there})
    put(cloud, "timed", Time="2022-01-01T00:00:00Z", Resources=["arn:one"])
    [body] = bodies(cloud, url)
    assert json.loads(body)["time"] == "2022-01-01T00:00:00Z"
    assert json.loads(body)["resources"] == ["arn:one"]


def test_targets_of_every_kind(cloud: RunningCloud) -> None:
    """aws-answers: test_put_events_with_target_sns, ..._cloudwatch_logs, ..._target_events."""
    events, sns, logs = cloud.client("events"), cloud.client("sns"), cloud.client("logs")
    url, there = queue(cloud, "kinds")
    fifo_url, fifo = queue(cloud, "kinds.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    topic = sns.create_topic(Name="kinds")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=there, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName="/aws/events/kinds")
    bus = events.create_event_bus(Name="kinds")["EventBusArn"]
    events.put_rule(Name="inner", EventBusName="kinds", EventPattern=json.dumps({"source": ["kinds"]}))
    events.put_targets(Rule="inner", EventBusName="kinds", Targets=[{"Id": "queue", "Arn": there}])
    events.put_rule(Name="kinds", EventPattern=json.dumps({"source": ["kinds"]}))
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/kinds"
    targets = [
        {"Id": "topic", "Arn": topic},
        {"Id": "group", "Arn": group},
        {"Id": "bus", "Arn": bus},
        {"Id": "fifo", "Arn": fifo, "SqsParameters": {"MessageGroupId": "group"}},
    ]
    events.put_targets(Rule="kinds", Targets=targets)
    assert events.list_targets_by_rule(Rule="kinds")["Targets"] == sorted(targets, key=lambda one: one["Id"])
    event_id = put(cloud, "kinds")["Entries"][0]["EventId"]
    assert [json.loads(body)["id"] for body in bodies(cloud, url)] == [event_id, event_id]
    [message] = messages(cloud, fifo_url)
    assert message["Attributes"]["MessageGroupId"] == "group"
    [logged] = logs.filter_log_events(logGroupName="/aws/events/kinds")["events"]
    assert json.loads(logged["message"])["id"] == event_id


@pytest.mark.parametrize("text", ["\u00fc\u20ac\U0001f600", "\u2028", "half \ud800"])
def test_texts_of_every_kind(cloud: RunningCloud, text: str) -> None:
    """Halves of surrogate pairs, which JSON can write, become question marks."""
    url, there = queue(cloud, f"texts-{len(text)}-{ord(text[0])}")
    source = f"texts {len(text)} {ord(text[0])}"
    ruled(cloud, f"texts-{len(text)}-{ord(text[0])}", {"Arn": there}, EventPattern=json.dumps({"source": [source]}))
    put(cloud, source, {"text": text})
    [body] = bodies(cloud, url)
    assert json.loads(body)["detail"] == {"text": text.replace("\ud800", "?")}


def test_disabled_rules_rest(cloud: RunningCloud) -> None:
    url, there = queue(cloud, "resting")
    ruled(cloud, "resting", {"Arn": there}, State="DISABLED")
    put(cloud, "resting")
    assert bodies(cloud, url) == []
    cloud.client("events").enable_rule(Name="resting")
    put(cloud, "resting")
    assert len(bodies(cloud, url)) == 1


def test_the_trace_goes_on(cloud: RunningCloud) -> None:
    url, there = queue(cloud, "traced")
    ruled(cloud, "traced", {"Arn": there})
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    put(cloud, "traced", TraceHeader=trace)
    [message] = messages(cloud, url)
    assert message["Attributes"]["AWSTraceHeader"] == trace


# Retries and dead letters ------------------------------------------------------------------------------------


def functions_of(cloud: RunningCloud) -> Functions:
    """Functions that can be made to fail, in place of the service's."""
    functions = Functions()
    cloud.cloud.world.ports._found["function"] = functions
    return functions


FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:handler"


def test_failures_are_tried_again_by_the_clock(timed_cloud: RunningCloud) -> None:
    functions = functions_of(timed_cloud)
    functions.failures = 3
    rule = ruled(timed_cloud, "again", {"Arn": FUNCTION})
    put(timed_cloud, "again")
    timed_cloud.drain()
    for wait_s in (1, 2, 4):
        assert functions.events == []
        timed_cloud.advance(wait_s)
        timed_cloud.drain()
    assert [event["source"] for event in functions.events] == ["again"]
    assert functions.sources == [rule]


def test_dead_letters_after_the_last_attempt(timed_cloud: RunningCloud) -> None:
    functions = functions_of(timed_cloud)
    functions.failures = 10
    url, there = queue(timed_cloud, "dead")
    target = {"Arn": FUNCTION, "RetryPolicy": {"MaximumRetryAttempts": 2}, "DeadLetterConfig": {"Arn": there}}
    rule = ruled(timed_cloud, "dying", target)
    put(timed_cloud, "dying")
    timed_cloud.drain()
    timed_cloud.advance(1)
    assert messages(timed_cloud, url) == []
    timed_cloud.advance(2)
    [message] = messages(timed_cloud, url)
    assert functions.failures == 7
    assert json.loads(message["Body"])["source"] == "dying"
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": rule,
        "TARGET_ARN": FUNCTION,
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
    }


def test_dead_letters_of_age(timed_cloud: RunningCloud) -> None:
    functions_of(timed_cloud).failures = 100
    url, there = queue(timed_cloud, "old")
    target = {"Arn": FUNCTION, "RetryPolicy": {"MaximumEventAgeInSeconds": 60}, "DeadLetterConfig": {"Arn": there}}
    ruled(timed_cloud, "aging", target)
    put(timed_cloud, "aging")
    for _ in range(60):
        timed_cloud.drain()
        timed_cloud.advance(1)
    [message] = messages(timed_cloud, url)
    assert message["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumEventAgeInSeconds"


def test_a_target_that_is_gone_is_not_tried_again(cloud: RunningCloud) -> None:
    url, there = queue(cloud, "gone-dead")
    gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
    ruled(cloud, "gone", {"Arn": gone, "DeadLetterConfig": {"Arn": there}})
    put(cloud, "gone")
    [message] = messages(cloud, url)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


# Schedules --------------------------------------------------------------------------------------------------


def test_a_rate_fires_by_the_clock(timed_cloud: RunningCloud) -> None:
    answer = recorded("events/test_events_schedule.json", "tests_schedule_rate_target_sqs")
    wanted = answer["messages-first"][0]["Body"]
    url, there = queue(timed_cloud, "rate")
    ruled(timed_cloud, "rate", {"Arn": there}, ScheduleExpression="rate(1 minute)", EventPattern="")
    timed_cloud.advance(59)
    assert bodies(timed_cloud, url) == []
    timed_cloud.advance(1)
    [body] = bodies(timed_cloud, url)
    event = json.loads(body)
    assert list(event) == list(wanted)
    assert {**without(event), "resources": []} == {**without(wanted), "resources": []}
    assert event["resources"] == [arn("rule/rate")]
    timed_cloud.advance(60)
    assert len(bodies(timed_cloud, url)) == 1
    timed_cloud.client("events").disable_rule(Name="rate")
    timed_cloud.advance(120)
    assert bodies(timed_cloud, url) == []


def test_times_that_passed_are_not_made_up_for(timed_cloud: RunningCloud) -> None:
    url, there = queue(timed_cloud, "missed")
    ruled(timed_cloud, "missed", {"Arn": there}, ScheduleExpression="rate(5 minutes)", EventPattern="")
    timed_cloud.advance(3600)
    assert len(bodies(timed_cloud, url)) == 1
    timed_cloud.advance(300)
    assert len(bodies(timed_cloud, url)) == 1


def test_cron_with_input(timed_cloud: RunningCloud) -> None:
    """The movable clock begins at 2023-11-14T22:13:20Z; aws-answers: tests_schedule_rate_custom_input_target_sqs."""
    url, there = queue(timed_cloud, "cron")
    target = {"Arn": there, "Input": '{"custom-value": "somecustominput"}'}
    ruled(timed_cloud, "cron", target, ScheduleExpression="cron(15 22 * * ? *)", EventPattern="")
    timed_cloud.advance(99)
    assert bodies(timed_cloud, url) == []
    timed_cloud.advance(1)
    assert bodies(timed_cloud, url) == ['{"custom-value": "somecustominput"}']


def test_an_event_reaches_a_stream(cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html"""
    kinesis = cloud.client("kinesis")
    kinesis.create_stream(StreamName="reached", ShardCount=1)
    there = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/reached"
    ruled(cloud, "to.stream", {"Arn": there})
    by_who = {"Id": "by-who", "Arn": there, "KinesisParameters": {"PartitionKeyPath": "$.detail.who"}}
    cloud.client("events").put_targets(Rule="to.stream", Targets=[by_who])
    made = put(cloud, "to.stream", {"who": "ada"})
    cloud.drain()
    at = kinesis.get_shard_iterator(StreamName="reached", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    event_id = made["Entries"][0]["EventId"]
    assert {record["PartitionKey"] for record in records} == {"ada", event_id}
    assert [json.loads(record["Data"])["id"] for record in records] == [event_id] * 2
