"""Subscription filters: lines on their way to functions.

Expectations: aws-answers/logs/test_logs_subscription_filters.json, and SubscriptionFilters of AWS's user guide.
"""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.functions import create
from tests.wire.stacks import Stack

ENTRIES = "logs/test_logs_subscription_filters.json"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
PRINTS = "import json\ndef handler(event, context):\n    print('GIVEN ' + json.dumps(event))\n"


@pytest.fixture
def logs(timed_cloud: RunningCloud) -> Any:
    client = timed_cloud.client("logs", parameter_validation=False)
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    return client


def allow(cloud: RunningCloud, function: str, group: str = "g", **more: Any) -> Any:
    permission = {
        "FunctionName": function,
        "StatementId": f"{function}-{group}",
        "Action": "lambda:InvokeFunction",
        "Principal": f"logs.{REGION}.amazonaws.com",
        "SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*",
        "SourceAccount": ACCOUNT,
    }
    return cloud.client("lambda").add_permission(**{**permission, **more})


def subscriber(cloud: RunningCloud, name: str = "subscriber") -> str:
    create(cloud.client("lambda"), name, PRINTS)
    allow(cloud, name)
    return f"{FUNCTION}:{name}"


def subscription(destination: str, pattern: str = "", name: str = "test", group: str = "g") -> dict[str, Any]:
    return {
        "logGroupName": group,
        "filterName": name,
        "filterPattern": pattern,
        "destinationArn": destination,
    }


def put(cloud: RunningCloud, logs: Any, *messages: str) -> None:
    now = cloud.clock.now_ms()
    events = [{"timestamp": now, "message": one} for one in messages]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)


def given(cloud: RunningCloud, name: str = "subscriber") -> list[Any]:
    """What a function was given, unpacked."""
    cloud.drain()
    client = cloud.client("logs")
    if not client.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]:
        return []
    found = client.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="GIVEN")["events"]
    events = [json.loads(event["message"].removeprefix("GIVEN ")) for event in found]
    assert all(set(event) == {"awslogs"} and set(event["awslogs"]) == {"data"} for event in events)
    return [json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"]))) for event in events]


def test_lines_arrive(logs: Any, timed_cloud: RunningCloud) -> None:
    """test_put_subscription_filter_lambda"""
    entry = recorded(ENTRIES, "test_put_subscription_filter_lambda")
    arn = subscriber(timed_cloud)
    put(timed_cloud, logs, "before")
    equal(logs.put_subscription_filter(**subscription(arn)), entry["put_subscription_filter"])
    equal(logs.describe_subscription_filters(logGroupName="g"), entry["describe_subscription_filter"])
    put(timed_cloud, logs, "test", "test 2")
    [document] = given(timed_cloud)
    assert {key: value for key, value in document.items() if key != "logEvents"} == {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["test"],
    }
    shown = logs.filter_log_events(logGroupName="g", filterPattern="test")["events"]
    for event, read, wanted in zip(document["logEvents"], shown, entry["list_all_log_events"], strict=True):
        assert set(event) == set(wanted)
        assert (event["id"], event["timestamp"]) == (read["eventId"], read["timestamp"])
        assert event["message"] == wanted["message"]


def test_only_lines_that_match_arrive(logs: Any, timed_cloud: RunningCloud) -> None:
    logs.put_subscription_filter(**subscription(subscriber(timed_cloud), "{ $.level = ERROR }"))
    put(timed_cloud, logs, "ERROR", '{"level": "INFO"}')
    put(timed_cloud, logs, '{"level": "ERROR"}', '{"level": "INFO"}')
    [document] = given(timed_cloud)
    assert [event["message"] for event in document["logEvents"]] == ['{"level": "ERROR"}']
    logs.delete_subscription_filter(logGroupName="g", filterName="test")
    put(timed_cloud, logs, '{"level": "ERROR"}')
    assert len(given(timed_cloud)) == 1
    forwarded = timed_cloud.client("cloudwatch").list_metrics(Namespace="AWS/Logs", MetricName="ForwardedLogEvents")
    labels = {one["Name"]: one["Value"] for one in forwarded["Metrics"][0]["Dimensions"]}
    assert labels == {"LogGroupName": "g", "DestinationType": "Lambda", "FilterName": "test"}


def test_lines_of_functions_arrive(timed_cloud: RunningCloud) -> None:
    """A function whose lines another one gets, as ``cloudwatchLog`` of serverless.yml makes it."""
    logs = timed_cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/talks")
    create(timed_cloud.client("lambda"), "talks", "def handler(event, context):\n    print('said', event)\n")
    create(timed_cloud.client("lambda"), "subscriber", PRINTS)
    allow(timed_cloud, "subscriber", "/aws/lambda/talks", StatementId="one")
    logs.put_subscription_filter(**subscription(f"{FUNCTION}:subscriber", "said", group="/aws/lambda/talks"))
    timed_cloud.client("lambda").invoke(FunctionName="talks", Payload=b"7")
    logs.filter_log_events(logGroupName="/aws/lambda/talks")
    [document] = given(timed_cloud)
    assert [event["message"] for event in document["logEvents"]] == ["said 7\n"]


def test_deliveries_outlive_the_server(tmp_path: Path) -> None:
    """What was acknowledged arrives, whoever delivers it."""
    running = RunningCloud(tmp_path / "data").start()
    client = running.client("logs")
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    client.put_subscription_filter(**subscription(subscriber(running)))
    put(running, client, "kept")
    running.stop()
    running = RunningCloud(tmp_path / "data").start()
    put(running, running.client("logs"), "new")
    texts = {event["message"] for document in given(running) for event in document["logEvents"]}
    assert texts == {"kept", "new"}
    running.stop()


def test_filters_are_described_and_changed(logs: Any, timed_cloud: RunningCloud) -> None:
    """test_describe_subscription_filters_empty, test_put_subscription_filter_update, ..._limit_exceeded"""
    entry = recorded(ENTRIES, "test_describe_subscription_filters_empty")["describe-subscription-filters-empty"]
    equal(logs.describe_subscription_filters(logGroupName="g"), entry)
    arn = subscriber(timed_cloud)
    logs.put_subscription_filter(**subscription(arn))
    logs.put_subscription_filter(**subscription(arn, "[]"))
    entry = recorded(ENTRIES, "test_put_subscription_filter_update")["updated-filter"]
    equal(logs.describe_subscription_filters(logGroupName="g"), entry)
    logs.put_subscription_filter(**subscription(arn, name="test2"))
    pages = logs.get_paginator("describe_subscription_filters").paginate(
        logGroupName="g", PaginationConfig={"PageSize": 1}
    )
    assert [one["filterName"] for page in pages for one in page["subscriptionFilters"]] == ["test", "test2"]
    entry = recorded(ENTRIES, "test_put_subscription_filter_limit_exceeded")["error-limit-exceeded"]
    equal(answered(logs.put_subscription_filter, **subscription(arn, name="test3")), entry)


def test_refusals_are_the_recorded_ones(logs: Any) -> None:
    """..._log_group_not_found, test_delete_subscription_filter_errors, test_put_subscription_filter_errors"""
    entry = recorded(ENTRIES, "test_describe_subscription_filters_log_group_not_found")["error-log-group-not-found"]
    equal(answered(logs.describe_subscription_filters, logGroupName="none"), entry)
    entry = recorded(ENTRIES, "test_delete_subscription_filter_errors")
    delete = logs.delete_subscription_filter
    equal(answered(delete, logGroupName="none", filterName="f"), entry["error-log-group-not-found"])
    equal(answered(delete, logGroupName="g", filterName="f"), entry["error-filter-not-found"])
    entry = recorded(ENTRIES, "test_put_subscription_filter_errors")
    put_filter, other = logs.put_subscription_filter, f"arn:aws:lambda:{REGION}:999999999999:function:f"
    equal(answered(put_filter, **subscription(other, group="none")), entry["error-log-group-not-found"])
    equal(answered(put_filter, **subscription(other)), entry["error-lambda-not-found"])
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
    equal(answered(put_filter, **subscription(stream)), entry["error-kinesis-not-found"])


def test_a_permission_is_answered_as_recorded(logs: Any, timed_cloud: RunningCloud) -> None:
    """test_put_subscription_filter_lambda"""
    create(timed_cloud.client("lambda"), "subscriber", PRINTS)
    entry = recorded(ENTRIES, "test_put_subscription_filter_lambda")["add_permission"]
    equal(allow(timed_cloud, "subscriber"), entry)


@pytest.mark.parametrize(
    "permission",
    [
        {"Principal": "events.amazonaws.com"},
        {"Principal": "logs.eu-west-1.amazonaws.com"},
        {"SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:h:*"},
        # "The source ARN requires a wildcard at the end" (hashicorp/terraform-provider-aws, pull request 16162)
        {"SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"},
        {"SourceAccount": "999999999999"},
        {"Action": "lambda:GetFunction"},
    ],
)
def test_a_function_has_to_allow_it(logs: Any, timed_cloud: RunningCloud, permission: dict[str, str]) -> None:
    create(timed_cloud.client("lambda"), "subscriber", PRINTS)
    denied = (
        "InvalidParameterException",
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
        "function.",
        400,
    )
    request = subscription(f"{FUNCTION}:subscriber")
    assert refused(logs.put_subscription_filter, **request) == denied
    allow(timed_cloud, "subscriber", **permission)
    assert refused(logs.put_subscription_filter, **request) == denied
    assert refused(logs.put_subscription_filter, **subscription(f"{FUNCTION}:absent")) == denied
    allow(timed_cloud, "subscriber", StatementId="wide", Principal="logs.amazonaws.com")
    logs.put_subscription_filter(**request)


def test_other_refusals(logs: Any) -> None:
    put_filter = logs.put_subscription_filter
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert refused(put_filter, **subscription(f"{FUNCTION}:f"), roleArn=role)[:2] == (
        "InvalidParameterException",
        "destinationArn for vendor lambda cannot be used with roleArn",
    )
    request = subscription(f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/s")
    code, text, status = refused(put_filter, **request, roleArn=role)
    assert (code, status, "firehose" in text) == ("NotImplemented", 501, True)
    assert refused(put_filter, **subscription(f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:d"))[0] == "NotImplemented"
    for destination in ("none", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"):
        assert refused(put_filter, **subscription(destination))[0] == "InvalidParameterException"
    assert refused(put_filter, **subscription(f"{FUNCTION}:f"), emitSystemFields=["@aws.region"])[0] == "NotImplemented"
    assert refused(put_filter, **subscription(f"{FUNCTION}:f", "{ $.a"))[0] == "InvalidParameterException"
    assert refused(put_filter, **subscription(f"{FUNCTION}:f", group="none"))[0] == "ResourceNotFoundException"


def test_lines_for_a_function_that_is_gone_are_lost(logs: Any, timed_cloud: RunningCloud) -> None:
    """CloudWatch Logs "doesn't try to re-deliver if the error is a non-retryable error, such as ResourceNotFound"."""
    logs.put_subscription_filter(**subscription(subscriber(timed_cloud)))
    timed_cloud.client("lambda").delete_function(FunctionName="subscriber")
    put(timed_cloud, logs, "lost")
    timed_cloud.drain()
    errors = timed_cloud.client("cloudwatch").list_metrics(Namespace="AWS/Logs", MetricName="DeliveryErrors")
    assert len(errors["Metrics"]) == 1


def test_a_filter_of_a_stack(cloud: RunningCloud) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "stacked",
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Code": {"ZipFile": PRINTS},
        },
    }
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": arn,
            "Action": "lambda:InvokeFunction",
            "Principal": "logs.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": ["Group", "Arn"]},
        },
    }

    def template(pattern: str) -> str:
        properties = {"LogGroupName": {"Ref": "Group"}, "FilterPattern": pattern, "DestinationArn": arn}
        resources = {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "stacked"}},
            "Function": function,
            "Permission": permission,
            "Filter": {"Type": "AWS::Logs::SubscriptionFilter", "DependsOn": "Permission", "Properties": properties},
        }
        return json.dumps({"Resources": resources})

    stack, logs = Stack(cloud, "subscribed"), cloud.client("logs")
    assert stack.create(template("ERROR")) == "CREATE_COMPLETE"
    assert stack.update(template("WARN")) == "UPDATE_COMPLETE"
    [made] = logs.describe_subscription_filters(logGroupName="stacked")["subscriptionFilters"]
    assert (made["filterPattern"], made["filterName"]) == ("WARN", stack.physical("Filter"))
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize("distribution", ["ByLogStream", "Random"])
def test_lines_arrive_in_a_stream(logs: Any, timed_cloud: RunningCloud, distribution: str) -> None:
    """Example 1 of SubscriptionFilters: documents as functions get them, gzip alone; the first one is a test."""
    kinesis, role = timed_cloud.client("kinesis"), f"arn:aws:iam::{ACCOUNT}:role/r"
    request = {**subscription(f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/lines"), "distribution": distribution}
    code, text, _ = refused(logs.put_subscription_filter, **request, roleArn=role)
    assert code == "InvalidParameterException"
    assert text.startswith("Could not deliver test message to specified Kinesis stream.")
    kinesis.create_stream(StreamName="lines", ShardCount=1)
    logs.put_subscription_filter(**request, roleArn=role)
    (shown,) = logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"]
    assert (shown["roleArn"], shown["distribution"]) == (role, distribution)
    for text in ("one", "two"):
        put(timed_cloud, logs, text)
    timed_cloud.drain()
    at = kinesis.get_shard_iterator(StreamName="lines", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=at)["Records"]
    first, *documents = [json.loads(gzip.decompress(record["Data"])) for record in records]
    assert (first["messageType"], first["owner"]) == ("CONTROL_MESSAGE", "CloudwatchLogs")
    assert sorted(event["message"] for document in documents for event in document["logEvents"]) == ["one", "two"]
    assert {document["logStream"] for document in documents} == {"s"}
    keys = {record["PartitionKey"] for record in records[1:]}
    assert len(keys) == (1 if distribution == "ByLogStream" else 2)
