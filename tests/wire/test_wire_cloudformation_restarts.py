"""A cloud that dies in every step of a stack's operation, and is started again on the same data folder each time.

Every step is done twice: once in a transaction that the death undoes, once by the next life. Nothing may be made twice,
and the events and the end are those of a cloud that never died.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud

from stratolite.delivery.outbox import Entry
from stratolite.services.cloudformation import background, execute

NAME = "restarted"
LIVES_MAX = 60
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SNS = f"arn:aws:sns:{REGION}:{ACCOUNT}"


class Death(Exception):
    """The machine dies now."""


class OneStepALife:
    """Lets a cloud take one step of a stack operation; in the middle of the next one it dies."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.died = threading.Event()
        patch.setattr(execute, "STEPS", 1)
        patch.setattr(background._Runner, "deliver", self._deliver(background._Runner._step))

    def _deliver(self, step: Callable[[Any, str], bool]) -> Callable[[Any, Entry], Any]:
        async def deliver(runner: Any, entry: Entry) -> None:
            stack_id = entry.payload.decode()

            def half() -> None:
                step(runner, stack_id)
                raise Death

            if not await runner._database.transact(lambda: step(runner, stack_id)):
                return
            try:
                await runner._database.transact(half)
            except Death:
                self.died.set()
                await asyncio.Event().wait()

        return deliver


class Lives:
    """One data folder, and the clouds that live on it one after the other."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch | None) -> None:
        self._folder = folder
        self._steps = OneStepALife(patch) if patch else None
        self.count = 0

    def operate(self, ask: Callable[[Any], object]) -> None:
        """Ask for an operation, and restart the cloud until it has ended."""
        self._live(ask)
        while self._steps and self._steps.died.is_set():
            assert self.count < LIVES_MAX, "an operation that never ends"
            self._live(lambda client: None)

    def _live(self, ask: Callable[[Any], object]) -> None:
        if self._steps:
            self._steps.died.clear()
        running = RunningCloud(self._folder).start()
        self.count += 1
        try:
            client = running.client("cloudformation")
            ask(client)
            while not self._has_ended(client):
                if self._steps and self._steps.died.wait(0.005):
                    break
        finally:
            running.stop()

    def _has_ended(self, client: Any) -> bool:
        statuses = [one["StackStatus"] for one in client.list_stacks()["StackSummaries"]]
        return bool(statuses) and not any(status.endswith("_IN_PROGRESS") for status in statuses)

    def world(self) -> dict[str, Any]:
        """What there is in the end: the stack as it is told, and what its resources' own services tell."""
        running = RunningCloud(self._folder).start()
        try:
            return {"stack": _stack(running), "services": _services(running)}
        finally:
            running.stop()


def _stack(running: RunningCloud) -> dict[str, Any]:
    client = running.client("cloudformation")
    found = client.list_stacks()["StackSummaries"][0]
    events = client.describe_stack_events(StackName=found["StackId"])["StackEvents"]
    resources = client.describe_stack_resources(StackName=found["StackId"])["StackResources"]
    return {
        "status": found["StackStatus"],
        "events": [
            (one["LogicalResourceId"], one["ResourceStatus"], UUID.sub("", one.get("ResourceStatusReason", "")))
            for one in reversed(events)
        ],
        "resources": [(one["LogicalResourceId"], one["ResourceStatus"]) for one in resources],
        "exports": [one["Name"] for one in client.list_exports()["Exports"]],
    }


def _services(running: RunningCloud) -> dict[str, list[str]]:
    """Names, without what is random in them."""
    topics = running.client("sns").list_topics()["Topics"]
    subscriptions = running.client("sns").list_subscriptions()["Subscriptions"]
    roles = running.client("iam").list_roles()["Roles"]
    names = {
        "topics": [one["TopicArn"].split(":")[-1] for one in topics],
        "subscriptions": [f"{one['TopicArn']} {one['Endpoint']}" for one in subscriptions],
        "roles": [one["RoleName"] for one in roles],
        "groups": [one["logGroupName"] for one in running.client("logs").describe_log_groups()["logGroups"]],
        "tables": running.client("dynamodb").list_tables()["TableNames"],
        "queues": running.client("sqs").list_queues().get("QueueUrls", []),
        "functions": [one["FunctionName"] for one in running.client("lambda").list_functions()["Functions"]],
    }
    return {kind: sorted(_stable(name) for name in found) for kind, found in names.items()}


def _stable(name: str) -> str:
    last = name.split("/")[-1]
    return "-".join(last.split("-")[:2]) if last.startswith(NAME) else last


def template(*, shown: str = "a", topic: str = "restarted-topic", **more: Any) -> str:
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trusted]}}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic, "DisplayName": shown}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Topic.TopicName}-queue"}}},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": "Queue.Arn"}},
        },
        "Group": {"Type": "AWS::Logs::LogGroup"},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "DependsOn": "Queue",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": "Role.Arn"},
                "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
                "Environment": {"Variables": {"TOPIC": {"Ref": "Topic"}, "SHOWN": shown}},
            },
        },
    }
    kept = {name: one for name, one in {**resources, **more}.items() if one is not None}
    outputs = {"Arn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "restarted-arn"}}}
    return json.dumps({"Resources": kept, "Outputs": outputs})


FAILING = {
    "Type": "AWS::SNS::Subscription",
    "DependsOn": ["Function", "Subscription"],
    "Properties": {"TopicArn": f"{SNS}:nothing", "Protocol": "lambda", "Endpoint": "arn:aws:lambda:x:y:function:z"},
}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    },
}
MAKER = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": "Role.Arn"},
        "Timeout": 30,
        "Code": {
            "ZipFile": "import cfnresponse\n"
            "def handler(event, context):\n"
            "    name = event['ResourceProperties']['Name']\n"
            "    status = 'FAILED' if event['RequestType'] == 'Update' and name == 'bad' else 'SUCCESS'\n"
            "    cfnresponse.send(event, context, status, {}, event.get('PhysicalResourceId', 'x') + name,"
            " reason='no')\n"
        },
    },
}


def thing(name: str) -> dict[str, Any]:
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": "Maker.Arn"}, "Name": name}}


def create(body: str, **options: Any) -> Callable[[Any], object]:
    return lambda client: client.create_stack(
        StackName=NAME, TemplateBody=body, Capabilities=["CAPABILITY_IAM"], **options
    )


def update(body: str) -> Callable[[Any], object]:
    return lambda client: client.update_stack(StackName=NAME, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])


def delete(client: Any) -> object:
    return client.delete_stack(StackName=NAME)


STORIES: dict[str, list[Callable[[Any], object]]] = {
    "creation": [create(template())],
    "creation that fails": [create(template(Failing=FAILING))],
    "creation that fails and is deleted": [create(template(Failing=FAILING), OnFailure="DELETE")],
    "update": [create(template()), update(template(shown="b", topic="restarted-second", Group=None, Table=TABLE))],
    "update that fails": [
        create(template()),
        update(template(shown="b", topic="restarted-second", Table=TABLE, Failing=FAILING)),
    ],
    "deletion": [create(template()), delete],
    "custom resources": [
        create(template(Maker=MAKER, Thing=thing("a"))),
        update(template(Maker=MAKER, Thing=thing("b"))),
        update(template(Maker=MAKER, Thing=thing("bad"))),
        delete,
    ],
}
LEAST_LIVES = {"creation": 7, "update": 14, "update that fails": 17, "deletion": 13}


@pytest.mark.parametrize("story", STORIES)
def test_a_cloud_that_dies_in_every_step_comes_to_the_same_end(tmp_path: Path, story: str) -> None:
    calm = Lives(tmp_path / "calm", None)
    for operation in STORIES[story]:
        calm.operate(operation)
    with pytest.MonkeyPatch.context() as patch:
        troubled = Lives(tmp_path / "troubled", patch)
        for operation in STORIES[story]:
            troubled.operate(operation)
    assert troubled.count >= LEAST_LIVES.get(story, 8)
    assert troubled.world() == calm.world()
