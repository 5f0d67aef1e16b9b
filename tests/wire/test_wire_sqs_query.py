"""SQS in the query protocol, as SDKs before 2023 speak it, and SQS as other services see it."""

import json
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

SPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/sqs/aws4_request, SignedHeaders=host, Signature=0"


def ask(cloud: RunningCloud, path: str = "/", **fields: str) -> tuple[int, ElementTree.Element]:
    """A query request; the status and the document."""
    body = urllib.parse.urlencode({"Version": "2012-11-05", **fields}).encode()
    request = urllib.request.Request(
        f"{cloud.endpoint}{path}", body, {"Authorization": SIGNED, "X-Amz-Date": "20260101T000000Z"}
    )
    try:
        with urllib.request.urlopen(request, timeout=180) as response:
            return response.status, ElementTree.fromstring(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ElementTree.fromstring(error.read())


def texts(document: ElementTree.Element, name: str) -> list[str]:
    return [element.text or "" for element in document.iter(f"{SPACE}{name}")]


def test_a_whole_conversation(cloud: RunningCloud) -> None:
    attribute = {"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "7"}
    tag = {"Tag.1.Key": "team", "Tag.1.Value": "blue"}
    status, document = ask(cloud, Action="CreateQueue", QueueName="queried", **attribute, **tag)
    assert status == 200
    [url] = texts(document, "QueueUrl")
    path = urllib.parse.urlsplit(url).path
    _, document = ask(
        cloud, path, Action="GetQueueAttributes", QueueUrl=url, **{"AttributeName.1": "VisibilityTimeout"}
    )
    assert (texts(document, "Name"), texts(document, "Value")) == (["VisibilityTimeout"], ["7"])
    given = {
        "MessageAttribute.1.Name": "colour",
        "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "red",
    }
    _, document = ask(cloud, path, Action="SendMessage", QueueUrl=url, MessageBody="a & b", **given)
    [message_id] = texts(document, "MessageId")
    asked = {"MessageAttributeName.1": "All", "AttributeName.1": "All"}
    _, document = ask(cloud, path, Action="ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="10", **asked)
    assert texts(document, "MessageId") == [message_id]
    assert texts(document, "Body") == ["a & b"]
    assert "red" in texts(document, "StringValue")
    assert "ApproximateReceiveCount" in texts(document, "Name")
    [handle] = texts(document, "ReceiptHandle")
    entry = {"DeleteMessageBatchRequestEntry.1.Id": "one", "DeleteMessageBatchRequestEntry.1.ReceiptHandle": handle}
    _, document = ask(cloud, path, Action="DeleteMessageBatch", QueueUrl=url, **entry)
    assert texts(document, "Id") == ["one"]
    _, document = ask(cloud, path, Action="ListQueueTags", QueueUrl=url)
    assert (texts(document, "Key"), texts(document, "Value")) == (["team"], ["blue"])


@pytest.mark.parametrize(
    ("fields", "name", "entry"),
    [
        ({"Action": "GetQueueUrl", "QueueName": "none"}, "test_non_existent_queue", "queue-does-not-exist-query"),
        (
            {"Action": "ReceiveMessage", "QueueUrl": "here", "MaxNumberOfMessages": "11"},
            "test_send_receive_max_number_of_messages[sqs_query]",
            "send_max_number_of_messages",
        ),
        (
            {"Action": "SendMessage", "QueueUrl": "here", "MessageBody": ""},
            "test_send_empty_message[sqs_query]",
            "send_empty_message",
        ),
    ],
)
def test_errors_have_their_older_codes(cloud: RunningCloud, fields: dict[str, str], name: str, entry: str) -> None:
    wanted = recorded("sqs/test_sqs.json", name)[entry]["Error"]
    ask(cloud, Action="CreateQueue", QueueName="here")
    status, document = ask(cloud, **fields)
    assert status == 400
    assert texts(document, "Code") == [wanted["Code"]]
    assert texts(document, "Message") == [wanted["Message"]]


def test_sns_delivers_to_queues(cloud: RunningCloud) -> None:
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    topic = sns.create_topic(Name="fan")["TopicArn"]
    urls = {}
    for name, attributes in (("plain", {}), ("raw", {"RawMessageDelivery": "true"})):
        urls[name] = sqs.create_queue(QueueName=f"fan-{name}")["QueueUrl"]
        shown = sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=shown["Attributes"]["QueueArn"], Attributes=attributes)
    given: Any = {"colour": {"DataType": "String", "StringValue": "red"}}
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=given)
    cloud.drain()
    [plain] = sqs.receive_message(QueueUrl=urls["plain"])["Messages"]
    assert json.loads(plain["Body"])["Message"] == "hello"
    [raw] = sqs.receive_message(QueueUrl=urls["raw"], MessageAttributeNames=["All"])["Messages"]
    assert (raw["Body"], raw["MessageAttributes"]) == ("hello", given)


TEMPLATE = {
    "Resources": {
        "Letters": {"Type": "AWS::SQS::Queue"},
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "stack-orders.fifo",
                "FifoQueue": True,
                "VisibilityTimeout": 60,
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        },
        "Jobs": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Letters", "Arn"]}, "maxReceiveCount": 3}
            },
        },
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Jobs"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
    },
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("Letters", "Orders", "Jobs")},
}


def test_stacks_make_queues(cloud: RunningCloud) -> None:
    cloudformation, sqs = cloud.client("cloudformation"), cloud.client("sqs")

    def outputs() -> dict[str, str]:
        stack = cloudformation.describe_stacks(StackName="queues")["Stacks"][0]
        assert stack["StackStatus"].endswith("_COMPLETE") and "ROLLBACK" not in stack["StackStatus"], stack
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def shown(url: str) -> dict[str, str]:
        return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])

    cloudformation.create_stack(StackName="queues", TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="queues", WaiterConfig={"Delay": 1})
    made = outputs()
    orders = shown(made["Orders"])
    assert (orders["FifoQueue"], orders["VisibilityTimeout"]) == ("true", "60")
    assert made["Letters"].rpartition("/")[2].startswith("queues-Letters-")
    assert json.loads(shown(made["Jobs"])["RedrivePolicy"])["maxReceiveCount"] == 3
    assert "Policy" in shown(made["Jobs"])
    changed = json.loads(json.dumps(TEMPLATE))
    del changed["Resources"]["Policy"]
    changed["Resources"]["Orders"]["Properties"].pop("VisibilityTimeout")
    changed["Resources"]["Jobs"]["Properties"] = {"DelaySeconds": 5}
    cloudformation.update_stack(StackName="queues", TemplateBody=json.dumps(changed))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="queues", WaiterConfig={"Delay": 1})
    jobs = shown(outputs()["Jobs"])
    assert (jobs["DelaySeconds"], "RedrivePolicy" in jobs, "Policy" in jobs) == ("5", False, False)
    assert shown(made["Orders"])["VisibilityTimeout"] == "30"
    cloudformation.delete_stack(StackName="queues")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="queues", WaiterConfig={"Delay": 1})
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="queues-")
