"""What Lambda publishes about itself (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html)."""

import urllib.error
import urllib.request
from typing import Any

import botocore.exceptions
import pytest
from tests.conftest import RunningCloud
from tests.wire.functions import create
from tests.wire.published import published, units

SOURCE = "def handler(event, context):\n    if event == 'fail':\n        raise ValueError('no')\n    return event\n"


def of(cloud: RunningCloud, name: str, **dimensions: str) -> Any:
    return published(cloud, "AWS/Lambda", name, **dimensions)


def test_executions(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE)
    for payload in (b"1", b"2", b'"fail"'):
        client.invoke(FunctionName="f", Payload=payload)
    for dimensions in ({}, {"FunctionName": "f"}, {"FunctionName": "f", "Resource": "f"}):
        assert of(timed_cloud, "Invocations", **dimensions) == (3.0, 3.0, 1.0)
        assert of(timed_cloud, "Errors", **dimensions) == (1.0, 3.0, 1.0)
        assert of(timed_cloud, "Throttles", **dimensions) == (0.0, 3.0, 0.0)
        total_ms, count, longest_ms = of(timed_cloud, "Duration", **dimensions)
        assert count == 3.0 and 0 < longest_ms <= total_ms
        assert of(timed_cloud, "ConcurrentExecutions", **dimensions)[2] == 1.0
    assert of(timed_cloud, "UnreservedConcurrentExecutions")[2] == 1.0
    shown = units(timed_cloud, "AWS/Lambda")
    assert (shown["Duration"], shown["Invocations"], shown["ConcurrentExecutions"]) == (
        "Milliseconds",
        "Count",
        "Count",
    )


def test_minutes_are_kept_apart(timed_cloud: RunningCloud) -> None:
    client, cloudwatch = timed_cloud.client("lambda"), timed_cloud.client("cloudwatch")
    create(client, "f", SOURCE)
    for count in (1, 2):
        for _ in range(count):
            client.invoke(FunctionName="f", Payload=b"1")
        timed_cloud.advance(60)
    now_s = timed_cloud.clock.now_s()
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": "f"}],
        StartTime=now_s - 600,
        EndTime=now_s + 600,
        Period=60,
        Statistics=["Sum"],
    )
    points = sorted(answer["Datapoints"], key=lambda one: one["Timestamp"])
    assert [one["Sum"] for one in points] == [1.0, 2.0]


def test_an_alias_and_what_it_leads_to(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE, Publish=True)
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    client.invoke(FunctionName="f", Qualifier="live", Payload=b"1")
    client.invoke(FunctionName="f", Qualifier="1", Payload=b"1")
    for resource in ("f:live", "f:1"):
        assert of(timed_cloud, "Invocations", FunctionName="f", Resource=resource) == (1.0, 1.0, 1.0)
    alias = {"FunctionName": "f", "Resource": "f:live", "ExecutedVersion": "1"}
    assert of(timed_cloud, "Invocations", **alias) == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "Invocations", FunctionName="f") == (2.0, 2.0, 1.0)


def test_throttles(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE)
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(botocore.exceptions.ClientError):
        client.invoke(FunctionName="f", Payload=b"1")
    assert of(timed_cloud, "Throttles", FunctionName="f") == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "Invocations", FunctionName="f") is None
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    client.invoke(FunctionName="f", Payload=b"1")
    assert of(timed_cloud, "ConcurrentExecutions")[2] == 1.0
    assert of(timed_cloud, "UnreservedConcurrentExecutions")[2] == 0.0


def test_what_is_provisioned(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE, Publish=True)
    client.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    timed_cloud.drain()
    client.invoke(FunctionName="f", Qualifier="1", Payload=b"1")
    resource = {"FunctionName": "f", "Resource": "f:1"}
    assert of(timed_cloud, "ProvisionedConcurrencyInvocations", **resource) == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "ProvisionedConcurrencySpilloverInvocations", **resource) is None
    assert of(timed_cloud, "ProvisionedConcurrentExecutions", **resource) == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "ProvisionedConcurrencyUtilization", **resource) == (0.5, 1.0, 0.5)


def test_asynchronous_events(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE, DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:none"})
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    config = {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": gone}}}
    client.put_function_event_invoke_config(FunctionName="f", **config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'"fail"')
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"1")
    timed_cloud.drain()
    function = {"FunctionName": "f"}
    assert of(timed_cloud, "AsyncEventsReceived", **function) == (2.0, 2.0, 1.0)
    assert of(timed_cloud, "AsyncEventAge", **function) == (0.0, 2.0, 0.0)
    assert of(timed_cloud, "AsyncEventsDropped", **function) == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "DeadLetterErrors", **function) == (1.0, 1.0, 1.0)
    assert of(timed_cloud, "DestinationDeliveryFailures", **function) == (1.0, 1.0, 1.0)


def test_the_age_of_what_a_stream_brings(timed_cloud: RunningCloud) -> None:
    table, client = timed_cloud.client("dynamodb"), timed_cloud.client("lambda")
    stream = table.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]
    create(client, "f", SOURCE)
    client.create_event_source_mapping(FunctionName="f", EventSourceArn=stream, StartingPosition="TRIM_HORIZON")
    timed_cloud.drain()
    table.put_item(TableName="table", Item={"k": {"S": "a"}})
    timed_cloud.drain()
    _, count, _ = of(timed_cloud, "IteratorAge", FunctionName="f")
    assert count == 1.0


def test_function_urls(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("lambda")
    create(client, "f", SOURCE)
    host = client.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"].split("/")[2]
    request = urllib.request.Request(timed_cloud.endpoint, headers={"Host": host})
    for allowed in (False, True):
        if allowed:
            client.add_permission(
                FunctionName="f",
                StatementId="s",
                Action="lambda:InvokeFunctionUrl",
                Principal="*",
                FunctionUrlAuthType="NONE",
            )
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError as error:
            error.close()
    assert of(timed_cloud, "UrlRequestCount", FunctionName="f") == (2.0, 2.0, 1.0)
    assert of(timed_cloud, "Url4xxCount", FunctionName="f") == (1.0, 2.0, 1.0)
    assert of(timed_cloud, "Url5xxCount", FunctionName="f") == (0.0, 2.0, 0.0)
    assert of(timed_cloud, "UrlRequestLatency", FunctionName="f")[1] == 2.0
