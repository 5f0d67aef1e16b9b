"""CloudWatch Logs over the wire: groups, streams, tags and retention beside the recorded answers of AWS."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

GROUPS = "logs/test_logs_groups.json"
STREAMS = "logs/test_logs_streams.json"
EVENTS = "logs/test_logs_events.json"
FILTERS = "logs/test_logs_filter_events.json"
DELAYS = {"Delay": 0.01, "MaxAttempts": 12_000}


@pytest.fixture
def logs(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("logs", parameter_validation=False)


@pytest.fixture
def group(logs: Any) -> str:
    logs.create_log_group(logGroupName="group")
    return "group"


def arn(name: str) -> str:
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"


def test_a_group_with_a_key(logs: Any) -> None:
    entry = recorded(GROUPS, "test_create_log_group_with_kms_key")["describe-log-groups-with-kms"]
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0"
    logs.create_log_group(logGroupName="keyed", kmsKeyId=key)
    equal(logs.describe_log_groups(logGroupNamePrefix="keyed"), entry)


def test_refusals_of_groups(logs: Any, group: str) -> None:
    entry = recorded(GROUPS, "test_create_log_group_duplicate_error")["error-duplicate-log-group"]
    equal(answered(logs.create_log_group, logGroupName=group), entry)
    entry = recorded(GROUPS, "test_create_log_group_invalid_name_length")["error-invalid-name-length"]
    equal(answered(logs.create_log_group, logGroupName="g" * 513), entry)
    entry = recorded(GROUPS, "test_describe_log_groups_prefix_and_pattern_error")["error-prefix-and-pattern"]
    request = {"logGroupNamePrefix": "g", "logGroupNamePattern": "g"}
    equal(answered(logs.describe_log_groups, **request), entry)
    assert refused(logs.delete_log_group, logGroupName="none") == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
        400,
    )
    assert refused(logs.create_log_group, logGroupName="a b")[0] == "InvalidParameterException"
    assert refused(logs.describe_log_groups, nextToken="!")[0] == "InvalidParameterException"


def test_tags(logs: Any) -> None:
    entry = recorded(GROUPS, "test_create_log_group_with_tags")["list-tags-after-create"]
    logs.create_log_group(logGroupName="tagged", tags={"env": "testing"})
    equal(logs.list_tags_log_group(logGroupName="tagged"), entry)
    logs.create_log_group(logGroupName="later")
    logs.tag_log_group(logGroupName="later", tags={"tag_key_1": "tag_value_1"})
    entry = recorded(GROUPS, "test_tag_log_group")["list-tags-after-tag"]
    equal(logs.list_tags_log_group(logGroupName="later"), entry)
    logs.tag_log_group(logGroupName="later", tags={"tag_key_2": "tag_value_2"})
    logs.untag_log_group(logGroupName="later", tags=["tag_key_1"])
    entry = recorded(GROUPS, "test_untag_log_group")["list-tags-after-untag"]
    equal(logs.list_tags_log_group(logGroupName="later"), entry)


def test_tags_by_arn(logs: Any) -> None:
    entry = recorded(GROUPS, "test_tag_resource_api")
    logs.create_log_group(logGroupName="g", tags={"env": "testing1"})

    def shown(case: str) -> None:
        equal(logs.list_tags_log_group(logGroupName="g"), entry[f"list-tags-log-group-after-{case}"])
        equal(logs.list_tags_for_resource(resourceArn=arn("g")), entry[f"list-tags-for-resource-after-{case}"])

    equal(logs.list_tags_log_group(logGroupName="g"), entry["list-tags-after-create"])
    logs.tag_resource(resourceArn=arn("g"), tags={"test1": "val1", "test2": "val2"})
    shown("tag-resource")
    logs.tag_log_group(logGroupName="g", tags={"test3": "val3"})
    shown("tag-log-group")
    logs.untag_log_group(logGroupName="g", tags=["env"])
    logs.untag_resource(resourceArn=arn("g"), tagKeys=["test1", "test3"])
    shown("untag")
    assert refused(logs.list_tags_for_resource, resourceArn=arn("none"))[0] == "ResourceNotFoundException"
    assert refused(logs.tag_resource, resourceArn="arn:aws:s3:::b", tags={"a": "b"})[0] == "InvalidParameterException"


def test_streams(logs: Any, group: str) -> None:
    entry = recorded(STREAMS, "test_create_and_delete_log_stream")["describe-log-streams-after-create"]
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    equal(logs.describe_log_streams(logGroupName=group), entry)
    entry = recorded(STREAMS, "test_log_stream_arn_format")["describe-log-streams-with-arn"]
    equal(logs.describe_log_streams(logGroupName=group), entry)
    entry = recorded(STREAMS, "test_create_log_stream_duplicate_error")["error-duplicate-log-stream"]
    equal(answered(logs.create_log_stream, logGroupName=group, logStreamName="s"), entry)
    entry = recorded(STREAMS, "test_describe_log_streams_with_log_group_identifier")
    equal(logs.describe_log_streams(logGroupIdentifier=group), entry["describe-streams-identifier-name"])
    equal(logs.describe_log_streams(logGroupIdentifier=arn(group)), entry["describe-streams-identifier-arn"])
    text = (
        "Value at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: "
    )
    assert refused(logs.describe_log_streams, logGroupIdentifier=f"{arn(group)}:*")[1] == (
        f"1 validation error detected: {text}[\\w#+=/:,.@-]*"
    )
    both = {"logGroupName": group, "logGroupIdentifier": group}
    equal(answered(logs.describe_log_streams, **both), entry["error-both-name-and-identifier"])
    logs.delete_log_stream(logGroupName=group, logStreamName="s")
    assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []
    assert refused(logs.delete_log_stream, logGroupName=group, logStreamName="s")[1] == (
        "The specified log stream does not exist."
    )


def test_streams_by_prefix(logs: Any, group: str) -> None:
    entry = recorded(STREAMS, "test_describe_log_streams_with_prefix")["describe-streams-with-prefix"]
    for name in ("a-1", "a-2", "a-3", "b"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    equal(logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="a-"), entry)
    by_time = {"logGroupName": group, "orderBy": "LastEventTime", "logStreamNamePrefix": "a"}
    assert refused(logs.describe_log_streams, **by_time)[0] == "InvalidParameterException"
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, PaginationConfig={"PageSize": 2, "MaxItems": 10}
    )
    assert [len(page["logStreams"]) for page in pages] == [2, 2]


def test_groups_and_streams_that_are_not_there(logs: Any, group: str) -> None:
    entry = recorded(EVENTS, "test_resource_does_not_exist")
    missing = {"logGroupName": "none", "logStreamName": "s"}
    equal(answered(logs.get_log_events, **missing), entry["error-log-group-does-not-exist"])
    missing["logGroupName"] = group
    equal(answered(logs.get_log_events, **missing), entry["error-log-stream-does-not-exist"])
    events = [{"timestamp": 1_700_000_000_000, "message": "m"}]
    entry = recorded(EVENTS, "test_put_log_events_to_invalid_stream")["error-invalid-stream"]
    equal(answered(logs.put_log_events, **missing, logEvents=events), entry)
    for operation in (logs.filter_log_events, logs.delete_retention_policy, logs.list_tags_log_group):
        assert refused(operation, logGroupName="none")[0] == "ResourceNotFoundException"
    assert refused(logs.put_retention_policy, logGroupName="none", retentionInDays=1)[0] == "ResourceNotFoundException"


def test_events_that_are_rejected(logs: Any, group: str, timed_cloud: RunningCloud) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    stream = {"logGroupName": group, "logStreamName": "s"}
    now = timed_cloud.clock.now_ms()
    day = 24 * 60 * 60 * 1000

    def put(*times: int) -> Any:
        return answered(logs.put_log_events, **stream, logEvents=[{"timestamp": one, "message": "m"} for one in times])

    old = put(now - 14 * day - 1)
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    entry = recorded(EVENTS, "test_put_log_events_too_old")["response-too-old"]
    assert set(old) - {"ResponseMetadata"} == set(entry) - {"ResponseMetadata"}
    new = put(now + 2 * 60 * 60 * 1000 + 1)
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    entry = recorded(EVENTS, "test_put_log_events_too_new")["response-too-new"]
    assert set(new) - {"ResponseMetadata"} == set(entry) - {"ResponseMetadata"}
    equal(put(now, now - 1), recorded(EVENTS, "test_put_log_events_wrong_order")["error-wrong-order"])
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    assert put(now - 2 * day, now)["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert len(logs.get_log_events(**stream)["events"]) == 1
    too_many = put(*[now] * 10_001)
    assert too_many["Error"]["Code"] == "InvalidParameterException"
    assert put()["Error"]["Code"] == "InvalidParameterException"
    empty = answered(logs.put_log_events, **stream, logEvents=[{"timestamp": now, "message": ""}])
    assert empty["Error"]["Code"] == "InvalidParameterException"


def test_limits_and_tokens(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    stream = {"logGroupName": group, "logStreamName": "s"}
    entry = recorded(EVENTS, "test_get_log_events_limit_validation")["error-limit-exceeded"]
    equal(answered(logs.get_log_events, **stream, limit=10001), entry)
    entry = recorded(EVENTS, "test_get_log_events_invalid_token")["error-invalid-token"]
    for token in ("::", "f/1/s", "x/" + "0" * 56 + "/s", "f/" + "²" * 56 + "/s"):
        equal(answered(logs.get_log_events, **stream, nextToken=token), entry)
    entry = recorded(FILTERS, "test_filter_log_events_limit_validation")["error-limit-exceeded"]
    equal(answered(logs.filter_log_events, logGroupName=group, limit=10001), entry)
    entry = recorded(FILTERS, "test_filter_log_events_unknown_token")["invalid-token"]
    equal(answered(logs.filter_log_events, logGroupName=group, nextToken="unknown"), entry)


def test_words_that_need_quotation_marks(logs: Any, group: str) -> None:
    # As users quote it: "Invalid character(s) in term ':'" of the pattern "?Status: timeout"
    for pattern, strange in (("?Status: timeout", ":"), ("(failed)", "("), ("a\\b", "\\")):
        assert refused(logs.filter_log_events, logGroupName=group, filterPattern=pattern) == (
            "InvalidParameterException",
            f"Invalid character(s) in term '{strange}'",
            400,
        )
    assert logs.filter_log_events(logGroupName=group, filterPattern='"Status: timeout"')["events"] == []


def test_groups_are_of_their_account_and_region(timed_cloud: RunningCloud, group: str) -> None:
    assert timed_cloud.client("logs", region="eu-west-1").describe_log_groups()["logGroups"] == []
    other = timed_cloud.client("logs", account="999999999999")
    assert other.describe_log_groups()["logGroups"] == []
    code, text, _ = refused(other.describe_log_streams, logGroupIdentifier=arn(group))
    assert (code, "other accounts" in text) == ("NotImplemented", True)
    far = timed_cloud.client("logs", region="eu-west-1")
    assert refused(far.describe_log_streams, logGroupIdentifier=arn(group))[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_destination", {"destinationName": "d", "targetArn": "t", "roleArn": "r"}),
        ("start_query", {"startTime": 1, "endTime": 2, "queryString": "fields @message"}),
        ("create_export_task", {"logGroupName": "g", "from": 1, "to": 2, "destination": "b"}),
    ],
)
def test_operations_that_are_not_here_are_refused_by_name(logs: Any, operation: str, request_: dict[str, Any]) -> None:
    code, text, status = refused(getattr(logs, operation), **request_)
    assert (code, status) == ("NotImplemented", 501)
    assert operation.replace("_", "") in text.lower()


@settings(max_examples=80)
@given(st.text(max_size=40), st.sampled_from(["", "{", "["]))
def test_any_pattern_is_answered_or_refused(cloud: RunningCloud, inner: str, opening: str) -> None:
    client = cloud.client("logs")
    if not client.describe_log_groups(logGroupNamePrefix="patterns")["logGroups"]:
        client.create_log_group(logGroupName="patterns")
    pattern = opening + inner.encode("utf-8", "replace").decode() + {"": "", "{": "}", "[": "]"}[opening]
    answer = answered(client.filter_log_events, logGroupName="patterns", filterPattern=pattern)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_random_bodies_are_refused(cloud: RunningCloud) -> None:
    entropy = cloud.cloud.world.entropy
    targets = ("PutLogEvents", "FilterLogEvents", "CreateLogGroup", "GetLogEvents")
    for place in range(200):
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"Logs_20140328.{targets[place % len(targets)]}",
        }
        request = urllib.request.Request(cloud.endpoint, data=entropy.token_bytes(place), headers=headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert 400 <= caught.value.code < 500
        caught.value.close()


def test_a_group_of_a_stack(cloud: RunningCloud) -> None:
    formation, logs = cloud.client("cloudformation"), cloud.client("logs")

    def template(**properties: Any) -> str:
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/f", **properties}}
        outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}}}
        return json.dumps({"Resources": {"Group": group}, "Outputs": outputs})

    formation.create_stack(
        StackName="groups", TemplateBody=template(RetentionInDays=7, Tags=[{"Key": "a", "Value": "b"}])
    )
    formation.get_waiter("stack_create_complete").wait(StackName="groups", WaiterConfig=DELAYS)
    [stack] = formation.describe_stacks(StackName="groups")["Stacks"]
    assert stack["Outputs"][0]["OutputValue"] == f"{arn('/aws/lambda/f')}:*"
    assert logs.describe_log_groups(logGroupNamePrefix="/aws")["logGroups"][0]["retentionInDays"] == 7
    assert logs.list_tags_log_group(logGroupName="/aws/lambda/f")["tags"]["a"] == "b"
    formation.update_stack(StackName="groups", TemplateBody=template())
    formation.get_waiter("stack_update_complete").wait(StackName="groups", WaiterConfig=DELAYS)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/aws")["logGroups"][0]
    formation.delete_stack(StackName="groups")
    formation.get_waiter("stack_delete_complete").wait(StackName="groups", WaiterConfig=DELAYS)
    assert logs.describe_log_groups(logGroupNamePrefix="/aws")["logGroups"] == []
