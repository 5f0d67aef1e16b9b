"""Custom resources, made by functions and by whoever listens to a topic.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html, and what users of AWS report.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.stacks import Stack, template

from stratolite.core.clock import MovableClock

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
RECORDER = """
import json, os, urllib.request
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
    wanted = event["ResourceProperties"]
    if wanted.get("Silent") == event["RequestType"]:
        return
    answer = {
        "Status": "FAILED" if event["RequestType"] in wanted.get("Fail", []) else "SUCCESS",
        "Reason": "it is broken",
        "PhysicalResourceId": wanted.get("Name") or event.get("PhysicalResourceId") or "one",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": wanted.get("NoEcho") == "true",
        "Data": {"Said": "hello " + wanted.get("To", "nobody"), "Number": 7, "a.b": "dotted"},
    }
    request = urllib.request.Request(
        event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    urllib.request.urlopen(request).read()
"""


class Maker:
    """A function that makes custom resources, and the requests that it got."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self.cloud = cloud
        self._sqs = cloud.client("sqs")
        self._url = self._sqs.create_queue(QueueName=f"{name}-requests")["QueueUrl"]
        self.stack = Stack(cloud, f"{name}-maker")
        function = {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": ROLE,
            "Timeout": 30,
            "Code": {"ZipFile": RECORDER},
            "Environment": {"Variables": {"QUEUE": self._url}},
        }
        outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Maker", "Arn"]}}}
        made = self.stack.create(
            template({"Maker": {"Type": "AWS::Lambda::Function", "Properties": function}}, Outputs=outputs)
        )
        assert made == "CREATE_COMPLETE", self.stack.told()
        self.arn = self.stack.described()["Outputs"][0]["OutputValue"]

    def resource(self, kind: str = "Custom::Thing", **properties: Any) -> dict[str, Any]:
        return {"Type": kind, "Properties": {"ServiceToken": self.arn, **properties}}

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the last look, the first one first."""
        found = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1).get("Messages"):
            found.append(json.loads(messages[0]["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def maker(cloud: RunningCloud) -> Maker:
    return Maker(cloud, "custom")


@pytest.fixture
def timed_maker(tmp_path: Path) -> Iterator[Maker]:
    running = RunningCloud(tmp_path / "data", MovableClock(running=True)).start()
    yield Maker(running, "timed")
    running.stop()


def put(url: str, text: bytes) -> int:
    request = urllib.request.Request(url, data=text, method="PUT", headers={"Content-Type": ""})
    try:
        with urllib.request.urlopen(request, timeout=180) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def said(cloud: RunningCloud, name: str, runtime: str, source: str) -> str:
    """What a custom resource's attribute ``Said`` is, of a stack that makes it by a function of its own, and goes."""
    function = {"Runtime": runtime, "Handler": "index.handler", "Role": ROLE, "Code": {"ZipFile": source}}
    resources = {
        "Maker": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}},
    }
    stack = Stack(cloud, name)
    outputs = {"Said": {"Value": {"Fn::GetAtt": ["Thing", "Said"]}}}
    assert stack.create(template(resources, Outputs=outputs)) == "CREATE_COMPLETE", stack.told()
    value = str(stack.described()["Outputs"][0]["OutputValue"])
    assert stack.delete() == "DELETE_COMPLETE"
    return value


def test_a_function_makes_changes_and_deletes_a_resource(maker: Maker) -> None:
    stack = Stack(maker.cloud, "whole-life")
    outputs = {
        "Said": {"Value": {"Fn::GetAtt": ["Thing", "Said"]}},
        "Number": {"Value": {"Fn::GetAtt": ["Thing", "Number"]}},
        "Dotted": {"Value": {"Fn::GetAtt": ["Thing", "a.b"]}},
        "Id": {"Value": {"Ref": "Thing"}},
    }
    assert stack.create(
        template({"Thing": maker.resource(To="you", Deep=[{"on": True, "n": 3}])}, Outputs=outputs)
    ) == ("CREATE_COMPLETE")
    values = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert values == {"Said": "hello you", "Number": "7", "Dotted": "dotted", "Id": "one"}
    (request,) = maker.requests()
    assert request.pop("ResponseURL").startswith(maker.cloud.endpoint)
    assert len(request.pop("RequestId")) == 36
    properties = {"ServiceToken": maker.arn, "To": "you", "Deep": [{"on": "true", "n": "3"}]}
    assert request == {
        "RequestType": "Create",
        "ServiceToken": maker.arn,
        "StackId": stack.described()["StackId"],
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": properties,
    }
    assert stack.events() == [
        "* CREATE_IN_PROGRESS",
        "Thing CREATE_IN_PROGRESS",
        "Thing CREATE_IN_PROGRESS",
        "Thing CREATE_COMPLETE",
        "* CREATE_COMPLETE",
    ]
    assert stack.update(template({"Thing": maker.resource(To="them")}, Outputs=outputs)) == "UPDATE_COMPLETE"
    (request,) = maker.requests()
    assert (request["RequestType"], request["PhysicalResourceId"]) == ("Update", "one")
    assert request["OldResourceProperties"] == properties
    assert request["ResourceProperties"] == {"ServiceToken": maker.arn, "To": "them"}
    assert stack.delete() == "DELETE_COMPLETE"
    (request,) = maker.requests()
    assert (request["RequestType"], request["PhysicalResourceId"]) == ("Delete", "one")
    assert request["ResourceProperties"] == {"ServiceToken": maker.arn, "To": "them"}
    assert "OldResourceProperties" not in request


@pytest.mark.parametrize(
    ("runtime", "source"),
    [
        (
            "python3.12",
            """
import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Said": "python"}, "p")
""",
        ),
        (
            "nodejs20.x",
            """
const response = require('cfn-response');
exports.handler = (event, context) => response.send(event, context, response.SUCCESS, {Said: "node"}, "p");
""",
        ),
    ],
)
def test_inline_source_has_the_module_that_answers(cloud: RunningCloud, runtime: str, source: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html"""
    language = runtime[:4].replace("pyth", "python")
    assert said(cloud, f"inline-{language}", runtime, source) == language


NODE_HANDLER = """
const https = require('https');
const url = require('url');
exports.handler = async (event, context) => {
  const body = JSON.stringify({
    Status: 'SUCCESS', PhysicalResourceId: 'x', StackId: event.StackId, RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId, Data: { Said: 'securely' },
  });
  const parsed = url.parse(event.ResponseURL);
  const method = 'PUT';
  const headers = { 'content-type': '', 'content-length': body.length };
  const made = (resolve) => (response) => { response.resume(); resolve(); };
  await new Promise((resolve, reject) => {
    const request = REQUEST;
    request.on('error', reject);
    request.end(body);
  });
};
"""


PYTHON_HANDLER = """
import json
from http.client import HTTPSConnection
from urllib.parse import urlsplit

def handler(event, context):
    names = ("StackId", "RequestId", "LogicalResourceId")
    body = {"Status": "SUCCESS", "PhysicalResourceId": "x", "Data": {"Said": "securely"}}
    body.update({name: event[name] for name in names})
    parts = urlsplit(event["ResponseURL"])
    connection = HTTPSConnection(parts.netloc)
    url = parts.path + "?" + parts.query
    connection.request(method="PUT", url=url, body=json.dumps(body), headers={"content-type": ""})
    connection.getresponse()
"""


def test_python_makers_that_speak_https_are_heard(cloud: RunningCloud) -> None:
    """How crhelper sends its answers (https://github.com/aws-cloudformation/custom-resource-helper)."""
    assert said(cloud, "https-python", "python3.12", PYTHON_HANDLER) == "securely"


@pytest.mark.parametrize(
    "request_text",
    [
        "https.request({hostname: parsed.hostname, path: parsed.path, method, headers}, made(resolve))",
        "https.request({hostname: parsed.hostname, port: 443, path: parsed.path, method, headers}, made(resolve))",
        "https.request(event.ResponseURL, {method, headers}, made(resolve))",
        "https.request(new URL(event.ResponseURL), {method, headers}, made(resolve))",
    ],
    ids=["cdk", "serverless", "text", "url"],
)
def test_makers_that_speak_https_are_heard(cloud: RunningCloud, request: Any, request_text: str) -> None:
    """How the CDK's nodejs-entrypoint and the Serverless Framework's custom resources send their answers."""
    source = NODE_HANDLER.replace("REQUEST", request_text)
    assert said(cloud, f"https-{request.node.callspec.id}", "nodejs20.x", source) == "securely"


def test_another_physical_id_has_the_old_one_deleted_after_the_update(maker: Maker) -> None:
    stack = Stack(maker.cloud, "replaced")
    assert stack.create(template({"Thing": maker.resource(Name="a")})) == "CREATE_COMPLETE"
    assert stack.update(template({"Thing": maker.resource(Name="b")})) == "UPDATE_COMPLETE"
    requests = [(one["RequestType"], one.get("PhysicalResourceId")) for one in maker.requests()]
    assert requests == [("Create", None), ("Update", "a"), ("Delete", "a")]
    assert stack.physical("Thing") == "b"
    assert stack.events()[-4:] == [
        "* UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Thing DELETE_IN_PROGRESS",
        "Thing DELETE_COMPLETE",
        "* UPDATE_COMPLETE",
    ]


def test_a_creation_that_fails_is_deleted(maker: Maker) -> None:
    stack = Stack(maker.cloud, "failing")
    assert stack.create(template({"Thing": maker.resource(Fail=["Create"])})) == "ROLLBACK_COMPLETE"
    create, delete = maker.requests()
    assert (create["RequestType"], delete["RequestType"], delete["PhysicalResourceId"]) == ("Create", "Delete", "one")
    told = "Received response status [FAILED] from custom resource. Message returned: it is broken"
    assert stack.reasons("CREATE_FAILED") == [f"{told} (RequestId: {create['RequestId']})"]
    assert stack.events() == [
        "* CREATE_IN_PROGRESS",
        "Thing CREATE_IN_PROGRESS",
        "Thing CREATE_FAILED",
        "* ROLLBACK_IN_PROGRESS",
        "Thing DELETE_IN_PROGRESS",
        "Thing DELETE_COMPLETE",
        "* ROLLBACK_COMPLETE",
    ]


def test_an_update_that_fails_is_taken_back_with_another_update(maker: Maker) -> None:
    stack = Stack(maker.cloud, "unchanged")
    assert stack.create(template({"Thing": maker.resource(To="a")})) == "CREATE_COMPLETE"
    assert stack.update(template({"Thing": maker.resource(To="b", Fail=["Update"])})) == "UPDATE_ROLLBACK_COMPLETE"
    _, forth, back = maker.requests()
    assert (forth["ResourceProperties"]["To"], forth["OldResourceProperties"]["To"]) == ("b", "a")
    assert (back["RequestType"], back["ResourceProperties"]["To"], back["OldResourceProperties"]["To"]) == (
        "Update",
        "a",
        "b",
    )
    assert stack.events()[-7:] == [
        "Thing UPDATE_IN_PROGRESS",
        "Thing UPDATE_FAILED",
        "* UPDATE_ROLLBACK_IN_PROGRESS",
        "Thing UPDATE_IN_PROGRESS",
        "Thing UPDATE_COMPLETE",
        "* UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "* UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_deletion_that_fails_leaves_the_stack(maker: Maker) -> None:
    stack = Stack(maker.cloud, "stubborn")
    assert stack.create(template({"Thing": maker.resource(Fail=["Delete"])})) == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_FAILED"
    (reason, _) = stack.reasons("DELETE_FAILED")
    assert reason.startswith("Received response status [FAILED] from custom resource. Message returned: it is broken")
    assert stack.delete(RetainResources=["Thing"]) == "DELETE_COMPLETE"
    maker.requests()


def test_a_service_token_cannot_change(maker: Maker) -> None:
    stack = Stack(maker.cloud, "tokens")
    assert stack.create(template({"Thing": maker.resource()})) == "CREATE_COMPLETE"
    maker.requests()
    other = {"Type": "Custom::Thing", "Properties": {"ServiceToken": f"{maker.arn}-other"}}
    assert stack.update(template({"Thing": other})) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reasons("UPDATE_FAILED") == ["Modifying service token is not allowed."]
    maker.requests()


def test_an_attribute_that_is_not_in_the_answer_fails_who_asks_for_it(maker: Maker) -> None:
    stack = Stack(maker.cloud, "attributes")
    outputs = {"Other": {"Value": {"Fn::GetAtt": ["Thing", "Other"]}}}
    assert stack.create(template({"Thing": maker.resource()}, Outputs=outputs)) == "ROLLBACK_COMPLETE"
    create, _ = maker.requests()
    object_name = f"{stack.described()['StackId']}|Thing|{create['RequestId']}"
    assert stack.told()[3]["ResourceStatusReason"] == (
        f"CustomResource attribute error: Vendor response doesn't contain Other attribute in object {object_name}. "
        "Rollback requested by user."
    )


def test_what_is_not_to_be_echoed_is_hidden_in_events(maker: Maker) -> None:
    stack = Stack(maker.cloud, "secrets")
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"Tags": [{"Key": "k", "Value": {"Fn::GetAtt": ["Thing", "Said"]}}]},
    }
    made = stack.create(template({"Thing": maker.resource(NoEcho=True, To="mother"), "Queue": queue}))
    assert made == "CREATE_COMPLETE"
    shown = [one["ResourceProperties"] for one in stack.told() if one["LogicalResourceId"] == "Queue"]
    assert shown and all("mother" not in text and '"Value":"*****"' in text for text in shown)
    tags = maker.cloud.client("sqs").list_queue_tags(QueueUrl=stack.physical("Queue"))["Tags"]
    assert tags["k"] == "hello mother"
    maker.requests()


def test_a_function_that_is_not_there(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "nobody")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody"
    thing = {"Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": arn}}
    assert stack.create(template({"Thing": thing})) == "ROLLBACK_COMPLETE"
    assert stack.reasons("CREATE_FAILED") == [f"Function not found: {arn}"]


def test_whoever_listens_to_a_topic_can_make_a_resource(cloud: RunningCloud) -> None:
    topic = cloud.client("sns").create_topic(Name="makers")["TopicArn"]
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="makers")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:makers"
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    stack = Stack(cloud, "by-topic")
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": topic, "Size": 3}}
    assert stack.create(template({"Thing": thing})) == "CREATE_IN_PROGRESS"
    assert stack.resources() == {"Thing": "CREATE_IN_PROGRESS"}
    message = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert message["Subject"] == "AWS CloudFormation custom resource request"
    request = json.loads(message["Message"])
    assert request["ResourceProperties"] == {"ServiceToken": topic, "Size": "3"}
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "by-hand"}
    assert put(request["ResponseURL"], json.dumps(answer).encode()) == 200
    assert stack.ended() == "CREATE_COMPLETE"
    assert stack.physical("Thing") == "by-hand"
    # A maker that puts its answer again is not refused: S3 would take it too.
    assert put(request["ResponseURL"], json.dumps(answer).encode()) == 200
    assert put(request["ResponseURL"] + "x", json.dumps(answer).encode()) == 403


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '{"Status": "FAILURE", "PhysicalResourceId": "x"}',
            "Invalid Response object: 'FAILURE' is not a valid ResponseStatus",
        ),
        ('{"Status": "SUCCESS"}', "Invalid PhysicalResourceId"),
        ('{"Status": "FAILED", "PhysicalResourceId": ""}', "Invalid PhysicalResourceId"),
        (
            json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "x", "Reason": "y" * 4096}),
            "Response object is too long.",
        ),
    ],
)
def test_answers_that_are_none(cloud: RunningCloud, text: str, reason: str) -> None:
    """The texts are those of https://github.com/PaloAltoNetworks/aws-elb-autoscaling/issues/23,
    https://github.com/aws-cloudformation/custom-resource-helper/issues/67 and https://github.com/aws/aws-cdk/issues/28498.
    """
    name = re.sub("[^a-z]+", "-", reason.lower())[:40].strip("-") + str(len(text))
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    topic = cloud.client("sns").create_topic(Name=name)["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
        Attributes={"RawMessageDelivery": "true"},
    )
    stack = Stack(cloud, name)
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": topic}}
    stack.create(template({"Thing": thing}), OnFailure="DO_NOTHING")
    request = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    put(request["ResponseURL"], text.encode())
    assert stack.ended() == "CREATE_FAILED"
    assert stack.reasons("CREATE_FAILED")[0] == reason


def test_a_maker_that_never_answers(timed_maker: Maker) -> None:
    """https://github.com/aws-samples/cloudfront-authorization-at-edge/issues/313 has the text."""
    maker = timed_maker
    stack = Stack(maker.cloud, "silent")
    resources = {"Thing": maker.resource(Silent="Create", ServiceTimeout=20)}
    assert stack.create(template(resources)) == "CREATE_IN_PROGRESS"
    (create,) = maker.requests()
    assert create["ResourceProperties"]["ServiceTimeout"] == "20"
    maker.cloud.advance(21)
    assert stack.ended() == "ROLLBACK_COMPLETE"
    assert stack.reasons("CREATE_FAILED") == [
        f"CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
        f"[{create['RequestId']}]. If you are using the Python cfn-response module, you may need to update your Lambda "
        "function code so that CloudFormation can attach the updated version."
    ]
    (delete,) = maker.requests()
    assert delete["PhysicalResourceId"].startswith("silent-Thing-")


def test_an_hour_is_waited_for_an_answer_unless_the_stack_has_less(timed_maker: Maker) -> None:
    maker = timed_maker
    stack = Stack(maker.cloud, "patient")
    assert stack.create(template({"Thing": maker.resource(Silent="Create")})) == "CREATE_IN_PROGRESS"
    hasty = Stack(maker.cloud, "hasty")
    made = hasty.create(template({"Thing": maker.resource(Silent="Create")}), TimeoutInMinutes=5)
    assert made == "CREATE_IN_PROGRESS"
    maker.cloud.advance(5 * 60 + 1)
    assert hasty.ended() == "ROLLBACK_COMPLETE"
    assert hasty.reasons("CREATE_FAILED") == ["Resource creation cancelled"]
    assert hasty.reasons("ROLLBACK_IN_PROGRESS") == [
        "Stack creation time exceeded the specified timeout. Rollback requested by user."
    ]
    maker.cloud.advance(50 * 60)
    assert stack.ended() == "CREATE_IN_PROGRESS"
    maker.cloud.advance(5 * 60)
    assert stack.ended() == "ROLLBACK_COMPLETE"


def test_waiting_ends_when_the_user_cancels_or_deletes(maker: Maker) -> None:
    stack = Stack(maker.cloud, "cancelled")
    assert stack.create(template({"Thing": maker.resource(To="a")})) == "CREATE_COMPLETE"
    assert stack.update(template({"Thing": maker.resource(To="b", Silent="Update")})) == "UPDATE_IN_PROGRESS"
    stack.client.cancel_update_stack(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reasons("UPDATE_FAILED") == ["Resource update cancelled"]
    assert [one["RequestType"] for one in maker.requests()] == ["Create", "Update", "Update"]
    begun = Stack(maker.cloud, "begun")
    assert begun.create(template({"Thing": maker.resource(Silent="Create")})) == "CREATE_IN_PROGRESS"
    assert begun.delete() == "DELETE_COMPLETE"
    _, delete = maker.requests()
    assert delete["PhysicalResourceId"].startswith("begun-Thing-")


def test_a_change_set_previews_a_custom_resource(maker: Maker) -> None:
    client = maker.cloud.client("cloudformation")
    outputs = {"Said": {"Value": {"Fn::GetAtt": ["Thing", "Said"]}}}
    body = template({"Thing": maker.resource("AWS::CloudFormation::CustomResource", To="x")}, Outputs=outputs)
    client.create_change_set(StackName="previewed", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)
    maker.cloud.drain()
    changes = client.describe_change_set(StackName="previewed", ChangeSetName="c")["Changes"]
    assert [one["ResourceChange"]["ResourceType"] for one in changes] == ["AWS::CloudFormation::CustomResource"]


def test_an_unfinished_answer_survives_the_end_of_the_process(tmp_path: Path) -> None:
    cloud = RunningCloud(tmp_path / "data").start()
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="late")["QueueUrl"]
    topic = cloud.client("sns").create_topic(Name="late")["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:late",
        Attributes={"RawMessageDelivery": "true"},
    )
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": topic}}
    assert Stack(cloud, "late").create(template({"Thing": thing})) == "CREATE_IN_PROGRESS"
    request = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    cloud.stop()
    again = RunningCloud(tmp_path / "data").start()
    stack = Stack(again, "late")
    assert stack.ended() == "CREATE_IN_PROGRESS"
    path = request["ResponseURL"].partition("/_cloudformation")[2]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "late", "Data": {}}
    assert put(f"{again.endpoint}/_cloudformation{path}", json.dumps(answer).encode()) == 200
    assert stack.ended() == "CREATE_COMPLETE"
    again.stop()
