"""SNS over the wire: topics, subscriptions, publishing, as AWS answers."""

import base64
import json
import urllib.request
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:listener"


class Functions:
    """Stands in for Lambda: remembers what it is invoked with, and can fail."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.missing: set[str] = set()

    def exists(self, function: str) -> bool:
        return function not in self.missing

    def invoke_later(self, call: Any, function: str, payload: bytes, *, source: str) -> str:
        self.events.append({"function": function, "source": source, "trace": call.trace_id, **json.loads(payload)})
        return "request"


class Queues:
    """Stands in for SQS."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    def exists(self, queue_arn: str) -> bool:
        return True

    def send(self, call: Any, queue_arn: str, body: str, *, attributes: Any = None, **rest: Any) -> str:
        self.sent.append((queue_arn, body, attributes))
        return "message"


@pytest.fixture
def functions(timed_cloud: Any) -> Functions:
    functions = Functions()
    timed_cloud.cloud.world.ports._found["function"] = functions
    return functions


@pytest.fixture
def queues(timed_cloud: Any) -> Queues:
    queues = Queues()
    timed_cloud.cloud.world.ports._found["queue"] = queues
    return queues


def topic_with(sns: Any, name: str, subscriptions: Sequence[dict[str, Any]]) -> str:
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    for place, attributes in enumerate(subscriptions):
        sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=f"{FUNCTION}-{place}", Attributes=attributes)
    return arn


def said(call: Any, **arguments: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_a_message_reaches_the_subscriptions_whose_policy_accepts_it(timed_cloud: Any, functions: Functions) -> None:
    sns = timed_cloud.client("sns")
    arn = topic_with(
        sns,
        "fan",
        [
            {},
            {"FilterPolicy": json.dumps({"kind": ["a"]})},
            {"FilterPolicy": json.dumps({"total": [{"numeric": [">", 5]}]}), "FilterPolicyScope": "MessageBody"},
        ],
    )
    sns.publish(
        TopicArn=arn,
        Message='{"total": 6}',
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "b"}},
    )
    timed_cloud.drain()
    assert sorted(event["function"][-1] for event in functions.events) == ["0", "2"]


def test_the_event_is_what_lambda_gets_from_sns(timed_cloud: Any, functions: Functions) -> None:
    # aws-answers: sns/test_sns.json, test_python_lambda_subscribe_sns_topic
    sns = timed_cloud.client("sns")
    arn = topic_with(sns, "event", [{}])
    published = sns.publish(
        TopicArn=arn,
        Message="Hello world.",
        Subject="[Subject] Test subject",
        MessageAttributes={
            "n": {"DataType": "Number", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"x"},
        },
    )
    timed_cloud.drain()
    [event] = functions.events
    [record] = event["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"].startswith(f"{arn}:")
    body = record["Sns"]
    assert list(body) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertUrl",
        "UnsubscribeUrl",
        "MessageAttributes",
    ]
    assert body["MessageId"] == published["MessageId"]
    assert body["MessageAttributes"] == {
        "n": {"Type": "Number", "Value": "1"},
        "b": {"Type": "Binary", "Value": base64.b64encode(b"x").decode()},
    }
    with urllib.request.urlopen(body["SigningCertUrl"]) as answer:
        key = x509.load_pem_x509_certificate(answer.read()).public_key()
    assert isinstance(key, RSAPublicKey)
    signed = "".join(
        f"{name}\n{body[name]}\n" for name in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    )
    key.verify(base64.b64decode(body["Signature"]), signed.encode(), PKCS1v15(), hashes.SHA1())


def test_a_function_that_is_gone_ends_in_the_dead_letter_queue(
    timed_cloud: Any, functions: Functions, queues: Queues
) -> None:
    sns = timed_cloud.client("sns")
    queue = "arn:aws:sqs:us-east-1:123456789012:dead"
    arn = topic_with(sns, "gone", [{"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue})}])
    functions.missing.add(f"{FUNCTION}-0")
    sns.publish(TopicArn=arn, Message="lost?")
    timed_cloud.drain()
    [(target, body, _)] = queues.sent
    assert target == queue
    assert json.loads(body)["Message"] == "lost?"


def test_queues_get_the_document_or_the_raw_message(timed_cloud: Any, queues: Queues) -> None:
    # aws-answers: sns/test_sns.json, test_publish_sqs_from_sns
    sns = timed_cloud.client("sns")
    arn = sns.create_topic(Name="queues")["TopicArn"]
    for name, raw in (("raw", "true"), ("wrapped", "false")):
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{name}",
            Attributes={"RawMessageDelivery": raw},
        )
    attributes = {"attr1": {"DataType": "Number", "StringValue": "99.12"}}
    sns.publish(TopicArn=arn, Message="Test msg", MessageAttributes=attributes)
    timed_cloud.drain()
    sent = {queue.split(":")[-1]: (body, given) for queue, body, given in queues.sent}
    assert sent["raw"] == ("Test msg", attributes)
    document = json.loads(sent["wrapped"][0])
    assert (document["Type"], document["Message"]) == ("Notification", "Test msg")
    assert document["MessageAttributes"] == {"attr1": {"Type": "Number", "Value": "99.12"}}
    assert "Subject" not in document


def test_each_protocol_may_have_its_own_text(timed_cloud: Any, functions: Functions) -> None:
    sns = timed_cloud.client("sns")
    arn = topic_with(sns, "texts", [{}])
    sns.publish(TopicArn=arn, Message=json.dumps({"default": "d", "lambda": "l"}), MessageStructure="json")
    timed_cloud.drain()
    assert functions.events[0]["Records"][0]["Sns"]["Message"] == "l"


def test_a_batch_fails_by_entry(timed_cloud: Any, functions: Functions) -> None:
    sns = timed_cloud.client("sns")
    arn = topic_with(sns, "batch", [{}])
    answer = sns.publish_batch(
        TopicArn=arn,
        PublishBatchRequestEntries=[{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "b", "Subject": "\n"}],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["1"]
    assert answer["Failed"] == [
        {"Id": "2", "Code": "InvalidParameter", "Message": "Invalid parameter: Subject", "SenderFault": True}
    ]


def test_awss_refusals(timed_cloud: Any) -> None:
    # aws-answers: sns/test_sns.json, the entries that the comments name
    sns = timed_cloud.client("sns")
    arn = sns.create_topic(Name="refusals")["TopicArn"]
    invalid = "InvalidParameter"
    cases: list[tuple[Any, dict[str, Any], tuple[str, str, int]]] = [
        # test_unknown_topic_publish
        (sns.publish, {"TopicArn": f"{arn}x", "Message": "m"}, ("NotFound", "Topic does not exist", 404)),
        # test_publish_wrong_arn_format
        (
            sns.publish,
            {"TopicArn": "randomstring", "Message": "m"},
            (invalid, "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1", 400),
        ),
        # test_empty_sns_message
        (sns.publish, {"TopicArn": arn, "Message": ""}, (invalid, "Invalid parameter: Empty message", 400)),
        # test_publish_too_long_message: one byte above the limit
        (
            sns.publish,
            {"TopicArn": arn, "Message": "x" * (256 * 1024 + 1)},
            (invalid, "Invalid parameter: Message too long", 400),
        ),
        # test_publish_with_empty_subject
        (sns.publish, {"TopicArn": arn, "Message": "m", "Subject": ""}, (invalid, "Invalid parameter: Subject", 400)),
        # test_message_structure_json_exc
        (
            sns.publish,
            {"TopicArn": arn, "Message": "{", "MessageStructure": "json"},
            (invalid, "Invalid parameter: Message Structure - JSON message body failed to parse", 400),
        ),
        # test_create_topic_name_constraints
        (sns.create_topic, {"Name": "a" * 257}, (invalid, "Invalid parameter: Topic Name", 400)),
        (sns.create_topic, {"Name": "a.fifo"}, (invalid, "Invalid parameter: Topic Name", 400)),
        # test_subscribe_with_invalid_protocol
        (
            sns.subscribe,
            {"TopicArn": arn, "Protocol": "test-protocol", "Endpoint": "x"},
            (invalid, "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol", 400),
        ),
        # test_subscribe_unknown_sqs_queue
        (
            sns.subscribe,
            {"TopicArn": arn, "Protocol": "sqs", "Endpoint": "invalid_arn"},
            (invalid, "Invalid parameter: SQS endpoint ARN", 400),
        ),
        # test_publish_batch_exceptions
        (
            sns.publish_batch,
            {"TopicArn": arn, "PublishBatchRequestEntries": [{"Id": str(n), "Message": "m"} for n in range(11)]},
            ("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.", 400),
        ),
        # test_tags
        (
            sns.create_topic,
            {"Name": "t", "Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]},
            (invalid, "Invalid parameter: Duplicated keys are not allowed.", 400),
        ),
        # test_create_topic_different_attrs
        (
            sns.create_topic,
            {"Name": "refusals", "Attributes": {"DisplayName": "new"}},
            (invalid, "Invalid parameter: Attributes Reason: Topic already exists with different attributes", 400),
        ),
        # test_empty_or_wrong_message_attributes
        (
            sns.publish,
            {"TopicArn": arn, "Message": "m", "MessageAttributes": {"a^": {"DataType": "String", "StringValue": "v"}}},
            (
                "ParameterValueInvalid",
                "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
                "alphanumeric characters, hyphens, underscores, or dots.",
                400,
            ),
        ),
    ]
    for call, arguments, wanted in cases:
        assert said(call, **arguments) == wanted, arguments


@pytest.mark.parametrize("protocol", ["http", "https", "email", "email-json", "sms", "application", "firehose"])
def test_protocols_without_delivery_are_refused_by_name(timed_cloud: Any, protocol: str) -> None:
    sns = timed_cloud.client("sns")
    arn = sns.create_topic(Name="refused")["TopicArn"]
    code, text, status = said(sns.subscribe, TopicArn=arn, Protocol=protocol, Endpoint="x")
    assert (code, status) == ("NotImplemented", 501)
    assert protocol in text


def test_topics_are_of_their_account_and_region(timed_cloud: Any) -> None:
    timed_cloud.client("sns").create_topic(Name="mine")
    assert timed_cloud.client("sns", account="999999999999").list_topics()["Topics"] == []
    assert timed_cloud.client("sns", region="eu-west-1").list_topics()["Topics"] == []
    assert len(timed_cloud.client("sns").list_topics()["Topics"]) == 1


def test_listings_have_pages(timed_cloud: Any) -> None:
    sns = timed_cloud.client("sns")
    for place in range(101):
        sns.create_topic(Name=f"page-{place:03d}")
    pages = list(sns.get_paginator("list_topics").paginate())
    assert [len(page["Topics"]) for page in pages] == [100, 1]
