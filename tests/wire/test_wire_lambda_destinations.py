"""Where records of asynchronous invokes go, beside AWS's recordings; and what cannot be a destination.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import re
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.functions import archive

DESTINATIONS = "lambda_/test_lambda_destinations.json"
API = "lambda_/test_lambda_api.json"
RUN = "lambda_/test_lambda.json"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
TRACE_MEMBERS = {"AWSTraceHeader", "SenderId", "SentTimestamp"}


def create(cloud: RunningCloud, source: str, name: str = "f", **more: Any) -> Any:
    client = cloud.client("lambda")
    request = {
        "Runtime": "python3.12",
        "Handler": "handler.handler",
        "Role": ROLE,
        "Code": {"ZipFile": archive(source)},
    }
    client.create_function(**{"FunctionName": name, **request, **more})
    return client


def at_line(line: int, before: str, *, failing: str) -> str:
    """A module that fails in a line of its own, as the recorded one did."""
    head = f"import json\ndef handler(event, context):\n{before}"
    return head + "\n" * (line - 1 - head.count("\n")) + f"    {failing}\n"


INTEGRATION = at_line(
    55,
    """    if not event.get("raise_error"):
        names = ("invoked_function_arn", "function_version", "function_name", "memory_limit_in_mb", "aws_request_id",
                 "log_group_name", "log_stream_name", "client_context")
        return {"event": event, "context": {name: getattr(context, name) for name in names}}
""",
    failing='raise Exception("Test exception (this is intentional)")',
)
ECHO_FAIL = at_line(7, "", failing='raise Exception("intentional failure")')
TELLS = "import json\ndef handler(event, context):\n    print('told', json.dumps(event))\n"


def queue(cloud: RunningCloud, name: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    url = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def taken(cloud: RunningCloud, url: str) -> list[Any]:
    """Every message of a queue, which stays."""
    request = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"], "VisibilityTimeout": 0}
    answer = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **request)
    messages: list[Any] = answer.get("Messages", [])
    return messages


def document(message: Any) -> Any:
    """The record in a message; code lies elsewhere here than on AWS."""
    return json.loads(re.sub(r'(File \\")[^"]*/', r"\1/var/task/", message["Body"]))


def told(cloud: RunningCloud, name: str) -> list[Any]:
    """What a function that tells was given."""
    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="told")["events"]
    return [json.loads(event["message"].partition(" ")[2]) for event in events]


def pass_time(cloud: RunningCloud, *seconds: float) -> None:
    cloud.drain()
    for wait_s in seconds:
        cloud.advance(wait_s)
        cloud.drain()


@pytest.mark.parametrize("payload", [{}, {"raise_error": 1}], ids=["payload0", "payload1"])
def test_a_queue_is_told_of_success_and_failure(timed_cloud: RunningCloud, payload: Any, request: Any) -> None:
    """TestLambdaDestinationSqs::test_assess_lambda_destination_invocation[payload0], [payload1]"""
    case = request.node.callspec.id
    aws = recorded(DESTINATIONS, f"::test_assess_lambda_destination_invocation[{case}]")
    client = create(timed_cloud, INTEGRATION)
    url, arn = queue(timed_cloud, "records")
    config = {"OnSuccess": {"Destination": arn}, "OnFailure": {"Destination": arn}}
    put = client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
    equal(put, aws["put_function_event_invoke_config"])
    equal(client.get_function_event_invoke_config(FunctionName="f"), aws["put_function_event_invoke_config"])
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(payload))
    timed_cloud.drain()
    messages = timed_cloud.client("sqs").receive_message(QueueUrl=url)
    body = messages["Messages"][0]["Body"] = document(messages["Messages"][0])
    equal(messages, aws["receive_message_result"])
    assert body["requestContext"]["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert list(body) == [
        "version",
        "timestamp",
        "requestContext",
        "requestPayload",
        "responseContext",
        "responsePayload",
    ]


def test_retries_are_counted(timed_cloud: RunningCloud) -> None:
    """TestLambdaDestinationSqs::test_retries, ::test_lambda_destination_default_retries"""
    aws = recorded(DESTINATIONS, "::test_retries")["queue_destination_payload"]["Messages"][0]
    client = create(timed_cloud, ECHO_FAIL)
    url, arn = queue(timed_cloud, "records")
    config = {"OnFailure": {"Destination": arn}}
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=2, DestinationConfig=config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"message": "<test-msg-id>"}')
    pass_time(timed_cloud, 60)
    assert taken(timed_cloud, url) == []
    pass_time(timed_cloud, 120)
    (message,) = taken(timed_cloud, url)
    equal(document(message), aws["Body"])
    assert set(message["Attributes"]) >= TRACE_MEMBERS
    client.delete_function_event_invoke_config(FunctionName="f")
    client.put_function_event_invoke_config(FunctionName="f", DestinationConfig=config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"message": "<test-msg-id>"}')
    pass_time(timed_cloud, 60, 120)
    equal(document(taken(timed_cloud, url)[-1]), aws["Body"])


@pytest.mark.parametrize(("age_s", "entry"), [(60, "no_retry_failure_message"), (80, "single_retry_failure_message")])
def test_an_event_grows_too_old(timed_cloud: RunningCloud, age_s: int, entry: str) -> None:
    """TestLambdaDestinationSqs::test_maxeventage: it is given up as soon as the next retry would come too late."""
    aws = recorded(DESTINATIONS, "::test_maxeventage")[entry]
    client = create(timed_cloud, ECHO_FAIL)
    url, arn = queue(timed_cloud, "records")
    client.put_function_event_invoke_config(
        FunctionName="f",
        MaximumRetryAttempts=2,
        MaximumEventAgeInSeconds=age_s,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"message": "<test-msg-id>"}')
    pass_time(timed_cloud, *([60] if age_s > 60 else []))
    (message,) = taken(timed_cloud, url)
    equal(document(message), aws["Body"])


def test_no_concurrency_at_all(timed_cloud: RunningCloud) -> None:
    """TestLambdaConcurrency::test_reserved_concurrency: the event goes to its destination without a try."""
    aws = recorded(RUN, "::test_reserved_concurrency")
    letters, letters_arn = queue(timed_cloud, "letters")
    client = create(timed_cloud, INTEGRATION, DeadLetterConfig={"TargetArn": letters_arn})
    url, arn = queue(timed_cloud, "records")
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    config = {"OnFailure": {"Destination": arn}}
    put = client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
    equal(put, aws["put_event_invoke_conf"])
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    timed_cloud.drain()
    (message,) = taken(timed_cloud, url)
    equal(document(message), aws["msg"]["Body"])
    (letter,) = taken(timed_cloud, letters)
    assert letter["Body"] == "{}"
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"


def test_a_dead_letter_queue(timed_cloud: RunningCloud) -> None:
    """TestLambdaDLQ::test_dead_letter_queue"""
    aws = recorded(DESTINATIONS, "TestLambdaDLQ::test_dead_letter_queue")
    url, arn = queue(timed_cloud, "letters")
    client = create(timed_cloud, INTEGRATION, DeadLetterConfig={"TargetArn": arn}, Timeout=30)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"raise_error": 1}')
    pass_time(timed_cloud, 60, 120)
    received = timed_cloud.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    equal(received, aws["receive_result"])
    shown = client.update_function_configuration(FunctionName="f", DeadLetterConfig={})
    assert "DeadLetterConfig" not in shown


def test_the_dead_letter_queue_is_the_version_s(timed_cloud: RunningCloud) -> None:
    """It is locked in when a version is published, and an alias leads to it."""
    url, arn = queue(timed_cloud, "letters")
    client = create(timed_cloud, INTEGRATION, DeadLetterConfig={"TargetArn": arn})
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    client.update_function_configuration(FunctionName="f", DeadLetterConfig={})
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"raise_error": 1}')
    client.invoke(FunctionName="f", Qualifier="live", InvocationType="Event", Payload=b'{"raise_error": 2}')
    pass_time(timed_cloud, 60, 120)
    assert [message["Body"] for message in taken(timed_cloud, url)] == ['{"raise_error": 2}']


def test_an_event_bus_is_told(timed_cloud: RunningCloud) -> None:
    """TestLambdaDestinationEventbridge::test_invoke_lambda_eventbridge"""
    aws = recorded(DESTINATIONS, "::test_invoke_lambda_eventbridge")
    source = """def handler(event, context):
    if event["mode"] == "failure":

        raise Exception("intentional failure!")
    return {"hello": "world", "test": "abc", "val": 5, "success": True}
"""
    client = create(timed_cloud, source, Code={"ZipFile": archive(source, "index.py")}, Handler="index.handler")
    events = timed_cloud.client("events")
    bus = events.create_event_bus(Name="results")["EventBusArn"]
    url, arn = queue(timed_cloud, "seen")
    events.put_rule(Name="all", EventBusName="results", EventPattern=json.dumps({"source": ["lambda"]}))
    events.put_targets(Rule="all", EventBusName="results", Targets=[{"Id": "1", "Arn": arn}])
    config = {"OnSuccess": {"Destination": bus}, "OnFailure": {"Destination": bus}}
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
    for mode in ("success", "failure"):
        client.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"mode": mode}))
        timed_cloud.drain()
    events = {event["detail"]["requestPayload"]["mode"]: event for event in map(document, taken(timed_cloud, url))}
    for mode, event in events.items():
        equal(event, aws[f"lambda_destination_event_bus_{mode}"])
    assert len(events) == 2


def test_a_topic_and_a_function_are_told(timed_cloud: RunningCloud) -> None:
    """A topic's message and a function's event are the record. That function's own end is told to its destinations."""
    client = create(timed_cloud, INTEGRATION)
    create(timed_cloud, TELLS, "teller")
    create(timed_cloud, TELLS, "reader")
    topics = timed_cloud.client("sns")
    topic = topics.create_topic(Name="failures")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"{ARN}:reader")
    config = {"OnSuccess": {"Destination": f"{ARN}:teller"}, "OnFailure": {"Destination": topic}}
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
    url, arn = queue(timed_cloud, "next")
    next_config = {"OnSuccess": {"Destination": arn}}
    client.put_function_event_invoke_config(FunctionName="teller", DestinationConfig=next_config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"raise_error": 1}')
    timed_cloud.drain()
    (success,) = told(timed_cloud, "teller")
    assert (success["requestContext"]["condition"], success["requestPayload"]) == ("Success", {"a": 1})
    (failure,) = told(timed_cloud, "reader")
    shown = json.loads(failure["Records"][0]["Sns"]["Message"])
    assert shown["requestContext"]["condition"] == "RetriesExhausted"
    assert shown["requestContext"]["functionArn"] == f"{ARN}:f:$LATEST"
    (after,) = taken(timed_cloud, url)
    assert json.loads(after["Body"])["requestPayload"] == success


def test_a_bucket_is_told_of_failures(timed_cloud: RunningCloud) -> None:
    """The object's name: ``aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>``"""
    client = create(timed_cloud, INTEGRATION)
    objects = timed_cloud.client("s3")
    objects.create_bucket(Bucket="failures")
    config = {"OnFailure": {"Destination": "arn:aws:s3:::failures"}}
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"raise_error": 1}')
    timed_cloud.drain()
    (listed,) = objects.list_objects_v2(Bucket="failures")["Contents"]
    name = (
        r"aws/lambda/async/f/\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    )
    assert re.fullmatch(name, listed["Key"])
    shown = json.loads(objects.get_object(Bucket="failures", Key=listed["Key"])["Body"].read())
    assert shown["requestContext"]["condition"] == "RetriesExhausted"
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_destination_that_is_gone_loses_the_record_alone(timed_cloud: RunningCloud) -> None:
    """As on AWS, which counts DestinationDeliveryFailures; also a queue of a kind that takes no such message."""
    client = create(timed_cloud, INTEGRATION)
    timed_cloud.client("sqs").create_queue(QueueName="d.fifo", Attributes={"FifoQueue": "true"})
    gone, fifo = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone", f"arn:aws:sqs:{REGION}:{ACCOUNT}:d.fifo"
    for arn in (gone, fifo, "arn:aws:s3:::gone", f"arn:aws:sns:{REGION}:{ACCOUNT}:gone"):
        config = {"OnFailure": {"Destination": arn}}
        client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=config)
        client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"raise_error": 1}')
        timed_cloud.drain()
        assert len(timed_cloud.cloud.world.outbox) == 0


def test_each_qualifier_has_destinations_of_its_own(timed_cloud: RunningCloud) -> None:
    client = create(timed_cloud, INTEGRATION)
    url, arn = queue(timed_cloud, "records")
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    config = {"OnSuccess": {"Destination": arn}}
    client.put_function_event_invoke_config(FunctionName="f", Qualifier="live", DestinationConfig=config)
    for qualifier in ("$LATEST", "1", "live"):
        client.invoke(FunctionName="f", Qualifier=qualifier, InvocationType="Event", Payload=b"{}")
    timed_cloud.drain()
    (message,) = taken(timed_cloud, url)
    shown = document(message)
    assert shown["requestContext"]["functionArn"] == f"{ARN}:f:live"
    assert shown["responseContext"] == {"statusCode": 200, "executedVersion": "1"}


def test_what_cannot_be_a_destination(cloud: RunningCloud) -> None:
    """TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_exceptions"""
    aws = recorded(API, "::test_lambda_eventinvokeconfig_exceptions")
    client = create(cloud, INTEGRATION, "g")
    create(cloud, INTEGRATION, "other")
    config = cloud.client("lambda", parameter_validation=False).put_function_event_invoke_config

    def put(entry: str, **destinations: Any) -> None:
        ours = answered(config, FunctionName="g", DestinationConfig=destinations)
        equal(ours, aws[entry], entry)

    put("put_functionname_nootherargs")
    put("put_destination_lambda_doesntexist", OnSuccess={"Destination": f"{ARN}:doesnotexist"})
    put("put_destination_recursive", OnSuccess={"Destination": f"{ARN}:g"})
    put("put_destination_other_lambda", OnSuccess={"Destination": f"{ARN}:other"})
    put(
        "put_destination_invalid_service_arn",
        OnSuccess={"Destination": f"arn:aws:iam:{REGION}:{ACCOUNT}:function:g"},
    )
    put("put_destination_success_no_destination_arn", OnSuccess={})
    put("put_destination_failure_no_destination_arn", OnFailure={})
    put(
        "put_destination_invalid_arn_pattern",
        OnFailure={"Destination": f"arn:aws:_-/!lambda:{REGION}:{ACCOUNT}:function:g"},
    )
    code, text, _ = refused(
        config,
        FunctionName="g",
        DestinationConfig={
            "OnSuccess": {"Destination": "arn:aws:s3:::bucket"},
            "OnFailure": {"Destination": "arn:aws:s3:::bucket"},
        },
    )
    bucket = "(destination=arn:aws:s3:::bucket)"
    assert (code, text) == (
        "InvalidParameterValueException",
        f"The provided destination config DestinationConfig(onSuccess=OnSuccess{bucket}, onFailure=OnFailure{bucket}) "
        "is invalid.",
    )
    put("put_destination_other_lambda", OnSuccess={"Destination": f"{ARN}:other"})
    kept = client.update_function_event_invoke_config(FunctionName="g", MaximumRetryAttempts=1)
    assert kept["DestinationConfig"]["OnSuccess"] == {"Destination": f"{ARN}:other"}
    changed = client.update_function_event_invoke_config(
        FunctionName="g", DestinationConfig={"OnFailure": {"Destination": f"{ARN}:other"}}
    )
    assert changed["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": f"{ARN}:other"}}
    assert changed["MaximumRetryAttempts"] == 1
    (listed,) = client.list_function_event_invoke_configs(FunctionName="g")["FunctionEventInvokeConfigs"]
    assert listed["DestinationConfig"] == changed["DestinationConfig"]
