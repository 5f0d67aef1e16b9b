"""CloudWatch Logs through boto3. Expectations: aws-answers/logs, and the API reference where no entry is named."""

from typing import Any

import botocore.exceptions
import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal

DAY_S = 24 * 60 * 60
EVENTS = "logs/test_logs_events.json"
GROUPS = "logs/test_logs_groups.json"
STREAMS = "logs/test_logs_streams.json"


def refused(operation: Any, **request: Any) -> dict[str, str]:
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        operation(**request)
    error: dict[str, str] = raised.value.response["Error"]
    return {key: error[key] for key in ("Code", "Message")}


@pytest.fixture
def logs(timed_cloud: RunningCloud) -> Any:
    client = timed_cloud.client("logs")
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    return client


def put(client: Any, events: list[tuple[int, str]], stream: str = "s") -> Any:
    listed = [{"timestamp": timestamp, "message": message} for timestamp, message in events]
    return client.put_log_events(logGroupName="g", logStreamName=stream, logEvents=listed)


def messages(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_events_are_read_in_pages_in_both_directions(logs: Any, timed_cloud: RunningCloud) -> None:
    now = timed_cloud.clock.now_ms()
    put(logs, [(now + index, f"m{index}") for index in range(5)])
    put(logs, [(now + index, f"n{index}") for index in range(5)])
    stream = {"logGroupName": "g", "logStreamName": "s"}
    first = logs.get_log_events(**stream, startFromHead=True, limit=3)
    assert messages(first) == ["m0", "n0", "m1"]
    second = logs.get_log_events(**stream, nextToken=first["nextForwardToken"], limit=100)
    assert messages(second) == ["n1", "m2", "n2", "m3", "n3", "m4", "n4"]
    last = logs.get_log_events(**stream, nextToken=second["nextForwardToken"])
    assert messages(last) == []
    assert last["nextForwardToken"] == second["nextForwardToken"]
    assert messages(logs.get_log_events(**stream, limit=2)) == ["m4", "n4"]
    tail = logs.get_log_events(**stream, limit=2)
    assert messages(logs.get_log_events(**stream, limit=2, nextToken=tail["nextBackwardToken"])) == ["m3", "n3"]
    middle = logs.get_log_events(**stream, startTime=now + 1, endTime=now + 2)
    assert messages(middle) == ["m1", "n1"]


def test_a_group_is_searched_over_all_its_streams(logs: Any, timed_cloud: RunningCloud) -> None:
    now = timed_cloud.clock.now_ms()
    logs.create_log_stream(logGroupName="g", logStreamName="t")
    put(logs, [(now, "ERROR one"), (now + 2, "fine")])
    put(logs, [(now + 1, "ERROR two")], "t")
    page = logs.filter_log_events(logGroupName="g", filterPattern="ERROR", limit=1)
    assert [(event["logStreamName"], event["message"]) for event in page["events"]] == [("s", "ERROR one")]
    rest = logs.filter_log_events(logGroupName="g", filterPattern="ERROR", nextToken=page["nextToken"])
    assert messages(rest) == ["ERROR two"]
    assert "nextToken" not in rest
    assert messages(logs.filter_log_events(logGroupName="g", logStreamNames=["t"])) == ["ERROR two"]
    assert messages(logs.filter_log_events(logGroupName="g", logStreamNamePrefix="s")) == ["ERROR one", "fine"]
    assert messages(logs.filter_log_events(logGroupName="g", startTime=now + 1, endTime=now + 1)) == ["ERROR two"]


def test_refusals_are_the_recorded_ones(logs: Any, timed_cloud: RunningCloud) -> None:
    now = timed_cloud.clock.now_ms()
    stream = {"logGroupName": "g", "logStreamName": "s"}
    missing = {"logGroupName": "g", "logStreamName": "none", "logEvents": [{"timestamp": now, "message": "m"}]}
    wrong_order = [{"timestamp": now, "message": "m"}, {"timestamp": now - 1, "message": "m"}]
    cases: list[tuple[str, str, str, Any, dict[str, Any]]] = [
        (EVENTS, "test_put_log_events_to_invalid_stream", "error-invalid-stream", logs.put_log_events, missing),
        (
            EVENTS,
            "test_put_log_events_wrong_order",
            "error-wrong-order",
            logs.put_log_events,
            {**stream, "logEvents": wrong_order},
        ),
        (
            EVENTS,
            "test_get_log_events_invalid_token",
            "error-invalid-token",
            logs.get_log_events,
            {**stream, "nextToken": "::"},
        ),
        (
            EVENTS,
            "test_get_log_events_limit_validation",
            "error-limit-exceeded",
            logs.get_log_events,
            {**stream, "limit": 10001},
        ),
        (
            EVENTS,
            "test_resource_does_not_exist",
            "error-log-group-does-not-exist",
            logs.get_log_events,
            {"logGroupName": "none", "logStreamName": "s"},
        ),
        (
            "logs/test_logs_filter_events.json",
            "test_filter_log_events_unknown_token",
            "invalid-token",
            logs.filter_log_events,
            {"logGroupName": "g", "nextToken": "unknown"},
        ),
        (
            GROUPS,
            "test_create_log_group_duplicate_error",
            "error-duplicate-log-group",
            logs.create_log_group,
            {"logGroupName": "g"},
        ),
        (
            GROUPS,
            "test_create_log_group_invalid_name_length",
            "error-invalid-name-length",
            logs.create_log_group,
            {"logGroupName": "g" * 513},
        ),
        (
            GROUPS,
            "test_describe_log_groups_prefix_and_pattern_error",
            "error-prefix-and-pattern",
            logs.describe_log_groups,
            {"logGroupNamePrefix": "g", "logGroupNamePattern": "g"},
        ),
        (
            STREAMS,
            "test_create_log_stream_duplicate_error",
            "error-duplicate-log-stream",
            logs.create_log_stream,
            stream,
        ),
        (
            STREAMS,
            "test_describe_log_streams_with_log_group_identifier",
            "error-both-name-and-identifier",
            logs.describe_log_streams,
            {"logGroupName": "g", "logGroupIdentifier": "g"},
        ),
    ]
    for path, name, entry, operation, request in cases:
        answer = recorded(path, name)[entry]["Error"]
        assert refused(operation, **request) == answer, name


def test_events_too_old_or_too_new_are_named(logs: Any, timed_cloud: RunningCloud) -> None:
    """Entries test_put_log_events_too_old and test_put_log_events_too_new."""
    now = timed_cloud.clock.now_ms()
    old = put(logs, [(now - 15 * DAY_S * 1000, "old"), (now, "m")])
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    new = put(logs, [(now, "n"), (now + 3 * 60 * 60 * 1000, "new")])
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="s")) == ["m", "n"]


def test_a_batch_is_refused_beyond_its_limits(logs: Any, timed_cloud: RunningCloud) -> None:
    now = timed_cloud.clock.now_ms()
    most = "x" * (1024 * 1024 - 26)
    put(logs, [(now, most)])
    assert refused(put_of(logs, [(now, most + "x")]))["Code"] == "InvalidParameterException"
    assert "Upload too large" in refused(put_of(logs, [(now, most), (now, "n")]))["Message"]
    too_long = refused(put_of(logs, [(now - DAY_S * 1000 - 1, "a"), (now, "b")]))
    assert too_long["Message"].endswith("cannot span more than 24 hours.")


def put_of(client: Any, events: list[tuple[int, str]]) -> Any:
    return lambda: put(client, events)


def test_retention_acts_by_the_clock(logs: Any, timed_cloud: RunningCloud) -> None:
    put(logs, [(timed_cloud.clock.now_ms(), "m")])
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 1
    timed_cloud.advance(DAY_S - 1)
    put(logs, [(timed_cloud.clock.now_ms(), "n")])
    assert messages(logs.filter_log_events(logGroupName="g")) == ["m", "n"]
    timed_cloud.advance(2)
    assert messages(logs.filter_log_events(logGroupName="g")) == ["n"]
    timed_cloud.drain()
    rows = timed_cloud.run(count_batches(timed_cloud))
    assert rows == 1
    timed_cloud.advance(DAY_S)
    timed_cloud.drain()
    assert timed_cloud.run(count_batches(timed_cloud)) == 0
    assert len(timed_cloud.cloud.world.outbox) == 1
    logs.delete_retention_policy(logGroupName="g")
    assert len(timed_cloud.cloud.world.outbox) == 0
    assert refused(logs.put_retention_policy, logGroupName="g", retentionInDays=2)["Code"] == (
        "InvalidParameterException"
    )


async def count_batches(cloud: RunningCloud) -> int:
    row = cloud.cloud.world.database.one("SELECT count(*) FROM logs_batch")
    assert row is not None
    return int(row[0])


def test_groups_are_described_as_recorded(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("logs")
    for name in ("a-1", "a-2", "a-3", "b"):
        client.create_log_group(logGroupName=name)
    entry = recorded(GROUPS, "test_describe_log_groups_with_prefix")["describe-log-groups-prefix"]
    answer = client.describe_log_groups(logGroupNamePrefix="a-")
    assert [set(group) for group in answer["logGroups"]] == [set(group) for group in entry["logGroups"]]
    assert answer["logGroups"][0]["arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:a-1:*"
    page = client.describe_log_groups(limit=3)
    rest = client.describe_log_groups(nextToken=page["nextToken"])
    assert [group["logGroupName"] for group in rest["logGroups"]] == ["b"]
    assert "nextToken" not in rest
    found = client.describe_log_groups(logGroupNamePattern="-2")
    equal(found, recorded(GROUPS, "test_describe_log_groups_with_pattern")["describe-log-groups-pattern"])
    assert found["logGroups"][0]["logGroupName"] == "a-2"
    none = client.describe_log_groups(logGroupNamePattern="-2", nextToken=found["nextToken"])
    equal(none, recorded(GROUPS, "test_list_log_groups_with_pattern")["list-log-groups-no-match"])
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePattern="a-")
    entry = recorded(GROUPS, "test_list_log_groups_with_pattern")["list-log-groups-match"]
    matching = [group for page in pages for group in page["logGroups"]]
    assert [set(group) for group in matching] == [set(entry[0])] * 3
    client.delete_log_group(logGroupName="b")
    assert refused(client.delete_log_group, logGroupName="b")["Code"] == "ResourceNotFoundException"


def test_streams_are_described_by_name_and_by_time(logs: Any, timed_cloud: RunningCloud) -> None:
    now = timed_cloud.clock.now_ms()
    for index, name in enumerate(("t1", "t3", "t2")):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
        put(logs, [(now + index, "m")], name)
    entry = recorded(STREAMS, "test_create_and_delete_log_stream")["describe-log-streams-after-create"]
    empty = logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="s")["logStreams"]
    assert set(empty[0]) == set(entry["logStreams"][0])
    assert empty[0]["arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s"
    by_name = logs.describe_log_streams(logGroupIdentifier="g", logStreamNamePrefix="t", descending=True, limit=2)
    assert [stream["logStreamName"] for stream in by_name["logStreams"]] == ["t3", "t2"]
    rest = logs.describe_log_streams(
        logGroupName="g", logStreamNamePrefix="t", descending=True, nextToken=by_name["nextToken"]
    )
    assert [stream["logStreamName"] for stream in rest["logStreams"]] == ["t1"]
    by_time = logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", descending=True, limit=3)
    assert [stream["logStreamName"] for stream in by_time["logStreams"]] == ["t2", "t3", "t1"]
    last = logs.describe_log_streams(
        logGroupName="g", orderBy="LastEventTime", descending=True, nextToken=by_time["nextToken"]
    )
    assert [stream["logStreamName"] for stream in last["logStreams"]] == ["s"]
    logs.delete_log_stream(logGroupName="g", logStreamName="t1")
    assert messages(logs.filter_log_events(logGroupName="g")) == ["m", "m"]


def test_tags_by_name_and_by_arn(timed_cloud: RunningCloud) -> None:
    """Entry test_tag_resource_api."""
    client = timed_cloud.client("logs")
    client.create_log_group(logGroupName="g", tags={"env": "testing1"})
    arn = client.describe_log_groups()["logGroups"][0]["logGroupArn"]
    client.tag_resource(resourceArn=arn, tags={"test1": "val1", "test2": "val2"})
    assert client.list_tags_log_group(logGroupName="g")["tags"] == {
        "env": "testing1",
        "test1": "val1",
        "test2": "val2",
    }
    client.tag_log_group(logGroupName="g", tags={"test3": "val3"})
    client.untag_log_group(logGroupName="g", tags=["env"])
    client.untag_resource(resourceArn=arn, tagKeys=["test1", "test3"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"test2": "val2"}
    assert (
        refused(client.tag_resource, resourceArn=arn, tags={f"k{index}": "" for index in range(50)})["Code"]
        == "TooManyTagsException"
    )


def test_a_protected_group_is_not_deleted(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("logs")
    client.create_log_group(logGroupName="g", deletionProtectionEnabled=True)
    assert refused(client.delete_log_group, logGroupName="g")["Code"] == "ValidationException"
    client.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=False)
    client.delete_log_group(logGroupName="g")


def test_what_is_not_here_is_refused_by_name(logs: Any) -> None:
    assert refused(logs.create_log_group, logGroupName="d", logGroupClass="DELIVERY")["Code"] == "NotImplemented"
    assert "includeLinkedAccounts" in refused(logs.describe_log_groups, includeLinkedAccounts=True)["Message"]


def test_the_port_appends_and_survives_a_deleted_group(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("logs")
    world = timed_cloud.cloud.world

    async def append(message: str) -> None:
        from stratolite.core.call import Call

        call = Call(account="123456789012", region="us-east-1", now_ms=world.clock.now_ms())
        await world.database.transact(lambda: world.ports.log.append(call, "p", "s", [(call.now_ms, message)]))

    timed_cloud.run(append("one"))
    timed_cloud.run(append("two"))
    client.delete_log_group(logGroupName="p")
    timed_cloud.run(append("three"))
    assert messages(client.get_log_events(logGroupName="p", logStreamName="s")) == ["three"]
