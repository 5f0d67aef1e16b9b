"""A stack that waits for whoever makes a custom resource goes on after ``kill -9`` as if nothing had happened."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.conftest import ACCOUNT, REGION
from tests.crash.server import Server, server

NAME = "awaited"


def client(of: Server, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=of.endpoint, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="test"
    )


def status(of: Server) -> str:
    return str(client(of, "cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"])


def make(of: Server) -> None:
    topic = client(of, "sns").create_topic(Name=NAME)["TopicArn"]
    client(of, "sqs").create_queue(QueueName=NAME)
    client(of, "sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}",
        Attributes={"RawMessageDelivery": "true"},
    )
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": topic}}
    template = {"Resources": {"Thing": thing, "After": {"Type": "AWS::SQS::Queue", "DependsOn": "Thing"}}}
    client(of, "cloudformation").create_stack(StackName=NAME, TemplateBody=json.dumps(template))


def request_of(of: Server) -> dict[str, Any]:
    sqs = client(of, "sqs")
    url = sqs.get_queue_url(QueueName=NAME)["QueueUrl"]
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
    request: dict[str, Any] = json.loads(message["Body"])
    return request


def put(of: Server, request: dict[str, Any], answer: dict[str, Any]) -> None:
    # The port is another one in each life here: only the path is what was given out.
    url = of.endpoint + "/_cloudformation" + request["ResponseURL"].partition("/_cloudformation")[2]
    data = json.dumps(answer).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="PUT")) as response:
        assert response.status == 200


@pytest.mark.parametrize("killed", ["before the answer", "right after the answer"])
def test_waiting_survives(tmp_path: Path, killed: str) -> None:
    data = tmp_path / "data"
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "made", "Data": {}}
    with server(data) as first:
        make(first)
        request = request_of(first)
        if killed == "right after the answer":
            put(first, request, answer)
        first.kill()
    with server(data) as second:
        if killed == "before the answer":
            assert status(second) == "CREATE_IN_PROGRESS"
            put(second, request, answer)
        client(second, "cloudformation").get_waiter("stack_create_complete").wait(
            StackName=NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200}
        )
        resources = client(second, "cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
        assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in resources} == {
            "Thing": "CREATE_COMPLETE",
            "After": "CREATE_COMPLETE",
        }
        events = client(second, "cloudformation").describe_stack_events(StackName=NAME)["StackEvents"]
        told = [one["ResourceStatus"] for one in events if one["LogicalResourceId"] == "Thing"]
        assert told == ["CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"]
