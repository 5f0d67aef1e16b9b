"""Functions that set themselves going again: by the sixteenth run in one chain they are stopped.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

import json
import re
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

API = "lambda_/test_lambda_api.json"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
RUNS_MAX = 16
RUNS_TRIED = 40
"""How often a sandbox goes on with a loop that nobody stops."""

LOOP = """
import json, os, boto3
runs = 0
def handler(event, context):
    global runs
    runs += 1
    print("run", os.environ["_X_AMZN_TRACE_ID"])
    if runs < 40:
        {again}
"""
BY_TOPIC = 'boto3.client("sns").publish(TopicArn=os.environ["TARGET"], Message="again")'
BY_QUEUE = 'boto3.client("sqs").send_message(QueueUrl=os.environ["TARGET"], MessageBody="again")'
BY_BUCKET = (
    'boto3.client("s3").put_object(Bucket=os.environ["TARGET"], Key=f"again/{context.aws_request_id}", Body=b"")'
)
BY_EVENT = 'boto3.client("lambda").invoke(FunctionName=os.environ["TARGET"], InvocationType="Event", Payload=b"{}")'
BY_BUS = (
    'boto3.client("events").put_events(Entries=[{"Source": "loop", "DetailType": "again", "Detail": "{}",'
    ' "TraceHeader": os.environ["_X_AMZN_TRACE_ID"]}])'
)


def create(cloud: RunningCloud, again: str, target: str, name: str = "f", **more: Any) -> Any:
    client = cloud.client("lambda")
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped(LOOP.replace("{again}", again))},
        Environment={"Variables": {"TARGET": target}},
        Timeout=60,
        **more,
    )
    return client


def runs(cloud: RunningCloud, name: str = "f") -> list[str]:
    """The trace headers of a function's runs."""
    client = cloud.client("logs")
    events = client.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="run")["events"]
    return [event["message"].split()[1] for event in events if event["message"].startswith("run ")]


def failures(cloud: RunningCloud, client: Any, name: str = "f") -> str:
    """A queue that is told of the events that the function could not process."""
    url: str = cloud.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    config = {"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failures"}}
    client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    return url


def told(cloud: RunningCloud, url: str) -> list[Any]:
    messages = (
        cloud.client("sqs")
        .receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
        .get("Messages", [])
    )
    return [json.loads(message["Body"]) for message in messages]


def by_topic(cloud: RunningCloud, **more: Any) -> Any:
    """A function that publishes to the topic that invokes it."""
    topics = cloud.client("sns")
    topic = topics.create_topic(Name="loop")["TopicArn"]
    client = create(cloud, BY_TOPIC, topic, **more)
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"{ARN}:f")
    return client


def test_a_loop_over_a_topic_is_stopped(timed_cloud: RunningCloud) -> None:
    """Its event goes to the destination and to the dead-letter queue; the lineage counts the runs."""
    letters = timed_cloud.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
    client = by_topic(timed_cloud, DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"})
    url = failures(timed_cloud, client)
    client.invoke(FunctionName="f", Payload=b"{}")
    timed_cloud.drain()
    headers = runs(timed_cloud)
    counts = [int(match[1]) for header in headers if (match := re.search(r";Lineage=[0-9a-f]{8}:(\d+)$", header))]
    assert sorted(counts) == list(range(1, RUNS_MAX + 1))
    assert len({header.partition(";")[0] for header in headers}) == 1
    (record,) = told(timed_cloud, url)
    assert record["requestContext"]["condition"] == "RecursiveInvocation"
    assert record["requestPayload"]["Records"][0]["Sns"]["Message"] == "again"
    letter = timed_cloud.client("sqs").receive_message(QueueUrl=letters, MessageAttributeNames=["All"])["Messages"][0]
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"].startswith("Lambda has detected your function")


def test_a_loop_that_is_allowed_goes_on(timed_cloud: RunningCloud) -> None:
    """TestLambdaRecursion::test_put_function_recursion_config_allow, ..._default_terminate"""
    client = by_topic(timed_cloud)
    shown = client.get_function_recursion_config(FunctionName="f")
    aws = recorded(API, "::test_put_function_recursion_config_default_terminate")
    equal(shown, aws["get_recursion_default_terminate_response"])
    aws = recorded(API, "::test_put_function_recursion_config_allow")
    answer = client.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    equal(answer, aws["put_recursion_config_response"])
    equal(client.get_function_recursion_config(FunctionName="f"), aws["get_recursion_config_response"])
    client.invoke(FunctionName="f", Payload=b"{}")
    timed_cloud.drain()
    assert len(runs(timed_cloud)) >= RUNS_TRIED


def test_a_loop_over_a_bucket_is_stopped(timed_cloud: RunningCloud) -> None:
    objects = timed_cloud.client("s3")
    objects.create_bucket(Bucket="loop")
    client = create(timed_cloud, BY_BUCKET, "loop")
    url = failures(timed_cloud, client)
    configuration = {"LambdaFunctionArn": f"{ARN}:f", "Events": ["s3:ObjectCreated:*"]}
    objects.put_bucket_notification_configuration(
        Bucket="loop", NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )
    objects.put_object(Bucket="loop", Key="first", Body=b"")
    timed_cloud.drain()
    assert len(runs(timed_cloud)) == RUNS_MAX
    assert len(told(timed_cloud, url)) == 1


def test_a_loop_over_a_queue_is_stopped(timed_cloud: RunningCloud) -> None:
    """The mapping tries the message again until its queue gives it up; each time the function's destination is told."""
    queues = timed_cloud.client("sqs")
    queues.create_queue(QueueName="dead")
    redrive = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": 2}
    attributes = {"VisibilityTimeout": "60", "RedrivePolicy": json.dumps(redrive)}
    url = queues.create_queue(QueueName="loop", Attributes=attributes)["QueueUrl"]
    client = create(timed_cloud, BY_QUEUE, url)
    told_url = failures(timed_cloud, client)
    client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:loop", BatchSize=1
    )
    queues.send_message(QueueUrl=url, MessageBody="first")
    for _ in range(4):
        timed_cloud.drain()
        timed_cloud.advance(61)
    timed_cloud.drain()
    assert len(runs(timed_cloud)) == RUNS_MAX
    (message,) = queues.receive_message(QueueUrl=queues.get_queue_url(QueueName="dead")["QueueUrl"])["Messages"]
    assert message["Body"] == "again"
    records = told(timed_cloud, told_url)
    assert [record["requestContext"]["condition"] for record in records] == ["RecursiveInvocation"] * 2
    assert records[0]["requestPayload"]["Records"][0]["body"] == "again"


def test_a_loop_of_two_functions_is_stopped(timed_cloud: RunningCloud) -> None:
    """Each is counted for itself; it is the one that comes seventeenth that is stopped."""
    client = create(timed_cloud, BY_EVENT, "g")
    create(timed_cloud, BY_EVENT, "f", "g")
    url = failures(timed_cloud, client)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    timed_cloud.drain()
    assert (len(runs(timed_cloud)), len(runs(timed_cloud, "g"))) == (RUNS_MAX, RUNS_MAX)
    assert len(told(timed_cloud, url)) == 1


def test_a_loop_of_destinations_is_stopped(timed_cloud: RunningCloud) -> None:
    """AWS takes destinations that lead back, and has this end."""
    client = create(timed_cloud, "pass", "")
    create(timed_cloud, "pass", "", "g")
    for name, other in (("f", "g"), ("g", "f")):
        config = {"OnSuccess": {"Destination": f"{ARN}:{other}"}}
        client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    timed_cloud.drain()
    assert (len(runs(timed_cloud)), len(runs(timed_cloud, "g"))) == (RUNS_MAX, RUNS_MAX)


def test_other_triggers_go_on(timed_cloud: RunningCloud) -> None:
    """Only the chain ends: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
    client = create(timed_cloud, "pass", "")
    header = f"Root=1-5759e988-bd862e3fe1be46a994272793;Lineage={'0' * 8}:3|"
    client.invoke(FunctionName="f", Payload=b"{}")
    mark = re.search(r"Lineage=([0-9a-f]{8}):1$", runs(timed_cloud)[0])
    assert mark

    def trace(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = f"{header}{mark[1]}:{RUNS_MAX}"

    client.meta.events.register("before-sign.lambda.Invoke", trace)
    code, text, status = refused(client.invoke, FunctionName="f", Payload=b"{}")
    assert (code, status) == ("RecursiveInvocationException", 400)
    assert text.startswith("Lambda has detected your function being invoked in a recursive loop")
    client.meta.events.unregister("before-sign.lambda.Invoke", trace)
    assert client.invoke(FunctionName="f", Payload=b"{}")["StatusCode"] == 200


def test_a_loop_over_an_event_bus_is_not_seen(timed_cloud: RunningCloud) -> None:
    """'When another AWS service ... forms part of the loop, Lambda can't currently detect and stop it.'"""
    events = timed_cloud.client("events")
    client = create(timed_cloud, BY_BUS, "")
    events.put_rule(Name="loop", EventPattern=json.dumps({"source": ["loop"]}))
    events.put_targets(Rule="loop", Targets=[{"Id": "1", "Arn": f"{ARN}:f"}])
    client.invoke(FunctionName="f", Payload=b"{}")
    timed_cloud.drain()
    assert len(runs(timed_cloud)) >= RUNS_TRIED


def test_a_setting_that_is_none(cloud: RunningCloud) -> None:
    """TestLambdaRecursion::test_put_function_recursion_config_invalid_value"""
    aws = recorded(API, "::test_put_function_recursion_config_invalid_value")
    client = create(cloud, "pass", "")
    ours = answered(client.put_function_recursion_config, FunctionName="f", RecursiveLoop="InvalidValue")
    equal(ours, aws["put_recursion_invalid_value_error"])
    for operation in (client.get_function_recursion_config, client.put_function_recursion_config):
        more = {"RecursiveLoop": "Allow"} if operation == client.put_function_recursion_config else {}
        assert refused(operation, FunctionName="none", **more)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("qualifier", ["$LATEST", "1"])
def test_the_setting_is_the_function_s(cloud: RunningCloud, qualifier: str) -> None:
    client = create(cloud, "pass", "", f"q{qualifier.strip('$')}")
    assert client.put_function_recursion_config(FunctionName=f"q{qualifier.strip('$')}", RecursiveLoop="Allow")
