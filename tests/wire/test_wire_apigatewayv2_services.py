"""Integrations of HTTP APIs with services, over a real port: what they take from a request, and what is answered.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
and its reference of subtypes.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import HttpApis, error_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/gateway"


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


def integration(api_id: str, subtype: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ApiId": api_id,
        "IntegrationType": "AWS_PROXY",
        "IntegrationSubtype": subtype,
        "PayloadFormatVersion": "1.0",
        "CredentialsArn": ROLE,
        "RequestParameters": dict(parameters),
    }


def make(apis: HttpApis, route: str, subtype: str, parameters: Mapping[str, str]) -> str:
    """An API with one route to a service."""
    api_id: str = apis.client.create_api(Name="services", ProtocolType="HTTP")["ApiId"]
    made = apis.client.create_integration(**integration(api_id, subtype, parameters))
    apis.client.create_route(ApiId=api_id, RouteKey=route, Target=f"integrations/{made['IntegrationId']}")
    apis.client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


def test_a_request_becomes_a_message(apis: HttpApis) -> None:
    sqs = apis.cloud.client("sqs")
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    attributes = '{"kind": {"DataType": "String", "StringValue": "${request.header.x-kind}"}}'
    parameters = {
        "QueueUrl": url,
        "MessageBody": "$request.body",
        "MessageGroupId": "$request.path.customer",
        "MessageDeduplicationId": "$request.body.order.ids[0]",
        "MessageAttributes": attributes,
    }
    api_id = make(apis, "POST /orders/{customer}", "SQS-SendMessage", parameters)
    order = {"order": {"ids": ["17"]}}
    answer = apis.ask(api_id, "/orders/ada", "POST", order, {"X-Kind": "new"})
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml"
    assert b"<SendMessageResponse" in answer.body
    assert b"<MessageId>" in answer.body
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert json.loads(message["Body"]) == order
    assert message["Attributes"]["MessageGroupId"] == "ada"
    assert message["Attributes"]["MessageDeduplicationId"] == "17"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "new"


def test_messages_are_received_and_deleted(apis: HttpApis) -> None:
    sqs = apis.cloud.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    reading = make(apis, "GET /", "SQS-ReceiveMessage", {"QueueUrl": url, "AttributeNames": "SentTimestamp,SenderId"})
    answer = apis.ask(reading, "/")
    assert b"<Body>hello</Body>" in answer.body
    assert b"SentTimestamp" in answer.body
    handle = answer.body.partition(b"<ReceiptHandle>")[2].partition(b"</ReceiptHandle>")[0].decode()
    parameters = {"QueueUrl": url, "ReceiptHandle": "$request.querystring.handle"}
    assert (
        apis.ask(make(apis, "DELETE /", "SQS-DeleteMessage", parameters), f"/?handle={handle}", "DELETE").status == 200
    )
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert counted["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert apis.ask(make(apis, "POST /purge", "SQS-PurgeQueue", {"QueueUrl": url}), "/purge", "POST").status == 200


def test_a_request_becomes_an_event(apis: HttpApis) -> None:
    events, sqs = apis.cloud.client("events"), apis.cloud.client("sqs")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="shop")
    events.put_rule(Name="all", EventBusName="shop", EventPattern='{"source": ["web"]}')
    events.put_targets(Rule="all", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    parameters = {
        "Detail": "$request.body",
        "DetailType": "order.${context.httpMethod}",
        "Source": "web",
        "EventBusName": "shop",
        "Resources": '["a", "b"]',
    }
    answer = apis.ask(make(apis, "POST /", "EventBridge-PutEvents", parameters), "/", "POST", {"n": 1})
    assert (answer.status, answer.json["FailedEntryCount"]) == (200, 0)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail"], event["detail-type"], event["resources"]) == ({"n": 1}, "order.POST", ["a", "b"])


def test_what_the_service_refuses_is_the_answer(apis: HttpApis) -> None:
    parameters = {"QueueUrl": "$request.querystring.queue", "MessageBody": "x"}
    api_id = make(apis, "POST /", "SQS-SendMessage", parameters)
    answer = apis.ask(api_id, f"/?queue=http://sqs.us-east-1.amazonaws.com/{ACCOUNT}/nowhere", "POST")
    assert (answer.status, b"AWS.SimpleQueueService.NonExistentQueue" in answer.body) == (400, True)


@pytest.mark.parametrize(
    "parameters",
    [
        {"QueueUrl": "$request.querystring.queue", "MessageBody": "x"},
        {"QueueUrl": "q", "MessageBody": "x", "MessageAttributes": "$request.header.host"},
        {"QueueUrl": "q", "MessageBody": "x", "MessageAttributes": '{"a": 1}'},
    ],
)
def test_a_request_without_what_is_asked_with_is_a_bad_one(apis: HttpApis, parameters: Mapping[str, str]) -> None:
    answer = apis.ask(make(apis, "POST /", "SQS-SendMessage", parameters), "/", "POST")
    assert (answer.status, answer.json) == (400, {"message": "Bad Request"})


@pytest.mark.parametrize(
    ("subtype", "parameters", "expected"),
    [
        ("SQS-SendMessage", {"QueueUrl": "q"}, ("BadRequestException", "MessageBody is a required parameter")),
        ("SQS-PurgeQueue", {"QueueUrl": "q", "Body": "b"}, ("BadRequestException", "Body is not a parameter")),
        ("StepFunctions-StartExecution", {}, ("NotImplemented", "IntegrationSubtype StepFunctions-StartExecution")),
        ("AppConfig-GetConfiguration", {}, ("NotImplemented", "IntegrationSubtype AppConfig-GetConfiguration")),
    ],
)
def test_what_a_subtype_does_not_take(
    apis: HttpApis, subtype: str, parameters: Mapping[str, str], expected: tuple[str, str]
) -> None:
    api_id = apis.client.create_api(Name="services", ProtocolType="HTTP")["ApiId"]
    code, text = error_of(apis.client.create_integration, **integration(api_id, subtype, parameters))
    assert (code, text.startswith(expected[1])) == (expected[0], True)
