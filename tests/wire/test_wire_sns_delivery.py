"""SNS over the wire: what functions and queues receive."""

import base64
import json
import urllib.request
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import equal
from tests.wire.sns_topics import (
    ANSWERS,
    ATTR1,
    functions,
    queues,
    sns,
    topic,
    verify,
    with_function,
    with_queue,
)
from tests.wire.targets import Functions, Queues

__all__ = ["functions", "queues", "sns", "topic"]


def test_a_function_gets_one_record(timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions) -> None:
    arn = with_function(sns, topic)
    made = sns.publish(TopicArn=topic, Message="Hello world.", Subject="[Subject] Test subject")
    timed_cloud.drain()
    [record] = functions.records
    assert {key: record[key] for key in record if key != "Sns"} == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": arn,
    }
    body = record["Sns"]
    equal(body, recorded(ANSWERS, "test_python_lambda_subscribe_sns_topic")["notification"])
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
    assert body["MessageId"] == made["MessageId"]
    assert body["Timestamp"] == "2023-11-14T22:13:20.000Z"
    assert functions.sources == [topic]
    verify(body, body["SigningCertUrl"], hashes.SHA1())


def test_a_function_gets_attributes_and_no_subject(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    with_function(sns, topic)
    attributes = {
        "text": {"DataType": "String", "StringValue": "ö"},
        "array": {"DataType": "String.Array", "StringValue": '["a", 1]'},
        "number": {"DataType": "Number", "StringValue": "1"},
        "binary": {"DataType": "Binary", "BinaryValue": b"x"},
    }
    sns.publish(TopicArn=topic, Message='{"a": "ö"}', MessageAttributes=attributes)
    timed_cloud.drain()
    body = functions.records[0]["Sns"]
    assert (body["Subject"], body["Message"]) == (None, '{"a": "ö"}')
    assert body["MessageAttributes"] == {
        "text": {"Type": "String", "Value": "ö"},
        "array": {"Type": "String.Array", "Value": '["a", 1]'},
        "number": {"Type": "Number", "Value": "1"},
        "binary": {"Type": "Binary", "Value": base64.b64encode(b"x").decode()},
    }


@pytest.mark.parametrize(("version", "algorithm"), [("1", hashes.SHA1()), ("2", hashes.SHA256())])
def test_signatures(
    timed_cloud: RunningCloud,
    sns: Any,
    topic: str,
    functions: Functions,
    queues: Queues,
    version: str,
    algorithm: hashes.HashAlgorithm,
) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    with_function(sns, topic)
    with_queue(sns, topic)
    subject, attributes = (
        f"[Subject] Test subject Signature v{version}",
        {"attr1": {"DataType": "Number", "StringValue": "1"}},
    )
    sns.publish(TopicArn=topic, Message="Hello world.", Subject=subject)
    sns.publish(TopicArn=topic, Message="test signature value with attributes", MessageAttributes=attributes)
    timed_cloud.drain()
    body = next(record["Sns"] for record in functions.records if record["Sns"]["Subject"])
    # Functions get version 1 even where their topic says 2.
    equal(body, recorded(ANSWERS, f"test_publish_lambda_verify_signature[{version}]")["notification"])
    verify(body, body["SigningCertUrl"], hashes.SHA1())
    entry = recorded(ANSWERS, f"test_publish_sqs_verify_signature[{version}]")["messages"]["Messages"][0]["Body"]
    text = next(one for one in queues.bodies("listener") if "attr1" in one)
    equal(text, entry)
    verify(json.loads(text), json.loads(text)["SigningCertURL"], algorithm)
    with_subject = json.loads(next(one for one in queues.bodies("listener") if "Subject" in one))
    verify(with_subject, with_subject["SigningCertURL"], algorithm)


def test_the_certificate_alone_is_served(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    with_queue(sns, topic)
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    url = json.loads(queues.bodies("listener")[0])["SigningCertURL"]
    assert url.startswith(f"{timed_cloud.endpoint}/SimpleNotificationService-")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("Service-", "Service-0"))
    assert caught.value.code == 404
    caught.value.close()


def test_queues_get_the_document_or_the_raw_message(
    timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues
) -> None:
    entry = recorded(ANSWERS, "test_publish_sqs_from_sns")
    with_queue(sns, topic, "raw", RawMessageDelivery="true")
    with_queue(sns, topic, "wrapped")
    sns.publish(TopicArn=topic, Message="Test msg", MessageAttributes=ATTR1)
    timed_cloud.drain()
    raw = next(one for one in queues.sent if one["queue"] == "raw")
    aws = entry["message-raw-true"]["Messages"][0]
    assert (raw["body"], raw["attributes"]) == (aws["Body"], aws["MessageAttributes"])
    [wrapped] = queues.bodies("wrapped")
    aws = entry["message-raw-false"]["Messages"][0]["Body"]
    aws["MessageAttributes"]["attr1"]["Value"] = "99.12"
    equal(wrapped, aws)
    assert next(one for one in queues.sent if one["queue"] == "wrapped")["attributes"] == {}


def test_all_attributes_arrive(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_message_attributes_not_missing")
    with_queue(sns, topic, "raw", RawMessageDelivery="true")
    with_queue(sns, topic, "wrapped")
    attributes = {
        "an-attribute-key": {"DataType": "String", "StringValue": "an-attribute-value"},
        "binary-attribute": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    equal(sns.publish(TopicArn=topic, Message="text", MessageAttributes=attributes), entry["publish-msg-raw"])
    timed_cloud.drain()
    raw = next(one for one in queues.sent if one["queue"] == "raw")
    equal(raw["attributes"], entry["raw-delivery-msg-attrs"]["Messages"][0]["MessageAttributes"])
    equal(queues.bodies("wrapped")[0], entry["json-delivery-msg-attrs"]["Messages"][0]["Body"])


def test_subjects_and_targets(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_publish_message_before_subscribe_topic")
    before = sns.publish(TopicArn=topic, Subject="test-subject", Message="test_message")
    equal(before, entry["publish-before-subscribing"])
    timed_cloud.drain()
    with_queue(sns, topic)
    after = sns.publish(TopicArn=topic, Subject="test-subject-after-sub", Message="test_message_after")
    equal(after, entry["publish-after-subscribing"])
    timed_cloud.drain()
    [body] = queues.bodies("listener")
    equal(body, entry["receive-messages"]["Messages"][0]["Body"])
    entry = recorded(ANSWERS, "test_publish_message_by_target_arn")
    sns.publish(TargetArn=topic, Message="test-msg-2")
    timed_cloud.drain()
    equal(queues.bodies("listener")[1], entry["receive-target-arn"]["Messages"][0]["Body"])


def test_texts_of_many_letters(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    with_queue(sns, topic)
    with_queue(sns, topic, "raw", RawMessageDelivery="true")
    aws = recorded(ANSWERS, "test_publish_unicode_chars")["received-message"]["Messages"][0]["Body"]
    sns.publish(TopicArn=topic, Message=aws["Message"])
    timed_cloud.drain()
    equal(queues.bodies("listener")[0], aws)
    assert queues.bodies("raw") == [aws["Message"]]


def test_each_protocol_may_have_its_own_text(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions, queues: Queues
) -> None:
    entry = recorded(ANSWERS, "test_message_structure_json_to_sqs")
    with_queue(sns, topic)
    with_function(sns, topic)
    texts = {"default": "default field", "sqs": json.dumps({"field": "value"})}
    sns.publish(TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    timed_cloud.drain()
    equal(queues.bodies("listener")[0], entry["get-msg-json-sqs"]["Messages"][0]["Body"])
    assert functions.records[0]["Sns"]["Message"] == "default field"
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "default field"}), MessageStructure="json")
    timed_cloud.drain()
    equal(queues.bodies("listener")[1], entry["get-msg-json-default"]["Messages"][0]["Body"])


def test_halves_of_surrogate_pairs_arrive_as_question_marks(
    timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues
) -> None:
    with_queue(sns, topic)
    sns.publish(TopicArn=topic, Message='{"default": "a\\ud800b"}', MessageStructure="json")
    timed_cloud.drain()
    assert json.loads(queues.bodies("listener")[0])["Message"] == "a?b"


def test_a_group_goes_along(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_publish_message_group_id")["messages"]["Messages"][0]
    with_queue(sns, topic)
    sns.publish(
        TopicArn=topic,
        Message="test signature value with attributes",
        MessageAttributes={"attr1": {"DataType": "Number", "StringValue": "1"}},
        MessageGroupId="my-group-id-1",
    )
    timed_cloud.drain()
    [sent] = queues.sent
    assert sent["group"] == entry["Attributes"]["MessageGroupId"]
    equal(sent["body"], entry["Body"])


def test_the_trace_goes_along(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_publish_sqs_from_sns_with_xray_propagation")["xray-msg"]
    with_queue(sns, topic)
    trace = entry["Attributes"]["AWSTraceHeader"]

    def add(params: Any, **_: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = trace

    sns.meta.events.register("before-call.sns.Publish", add)
    sns.publish(TopicArn=topic, Message="X-Ray propagation test msg")
    timed_cloud.drain()
    [sent] = queues.sent
    assert sent["trace"] == trace
    equal(sent["body"], entry["Body"])


def test_queues_of_other_regions(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_cross_region_delivery_sqs")
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-west-2:{ACCOUNT}:far")
    equal(made, entry["subscribe-same-region"])
    sns.publish(TopicArn=topic, Message="This is a test message", MessageAttributes=ATTR1)
    timed_cloud.drain()
    equal(queues.bodies("far")[0], entry["messages"]["Messages"][0]["Body"])


def test_batches_arrive(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(ANSWERS, "test_publish_batch_messages_from_sns_to_sqs")["messages"]["Messages"]
    with_queue(sns, topic, RawMessageDelivery="true")
    messages: list[dict[str, Any]] = [
        {"Id": "1", "Message": "Test Message with two attributes"},
        {"Id": "2", "Message": "Test Message with one attribute"},
        {"Id": "3", "Message": "Test Message without attribute"},
        {"Id": "4", "Message": "Test Message without subject"},
        {
            "Id": "5",
            "Message": json.dumps({"default": "test default", "sqs": "test sqs"}),
            "MessageStructure": "json",
        },
    ]
    numbers = {
        name: {"DataType": "Number", "StringValue": text} for name, text in (("attr1", "99.12"), ("attr2", "109.12"))
    }
    messages[0]["MessageAttributes"] = numbers
    messages[1]["MessageAttributes"] = {"attr1": {"DataType": "Number", "StringValue": "19.12"}}
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=messages)
    timed_cloud.drain()
    ours = sorted((one["body"], json.dumps(one["attributes"], sort_keys=True)) for one in queues.sent)
    aws = sorted((one["Body"], json.dumps(one.get("MessageAttributes", {}), sort_keys=True)) for one in entry)
    assert ours == aws
