"""SNS over the wire: what functions and queues receive, when it is tried again, and where it ends."""

import base64
import json
import urllib.request
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.targets import Functions, Queues, functions_of, queues_of

ANSWERS = "sns/test_sns.json"
FILTERS = "sns/test_sns_filter_policy.json"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:listener"
QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}"
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
ATTR1 = {"attr1": {"DataType": "Number", "StringValue": "99.12"}}


@pytest.fixture
def functions(timed_cloud: RunningCloud) -> Functions:
    return functions_of(timed_cloud)


@pytest.fixture
def queues(timed_cloud: RunningCloud) -> Queues:
    return queues_of(timed_cloud)


@pytest.fixture
def sns(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="deliveries")["TopicArn"]
    return arn


def with_function(sns: Any, topic: str, name: str = "listener", **attributes: str) -> str:
    endpoint = FUNCTION.replace("listener", name)
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint, Attributes=attributes)
    arn: str = made["SubscriptionArn"]
    return arn


def with_queue(sns: Any, topic: str, name: str = "listener", **attributes: str) -> str:
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:{name}", Attributes=attributes)
    arn: str = made["SubscriptionArn"]
    return arn


def verify(body: dict[str, Any], url: str, algorithm: hashes.HashAlgorithm) -> None:
    """Checks a signature as https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html says."""
    with urllib.request.urlopen(url) as answer:
        key = x509.load_pem_x509_certificate(answer.read()).public_key()
    assert isinstance(key, RSAPublicKey)
    signed = "".join(f"{name}\n{body[name]}\n" for name in SIGNED if body.get(name) is not None)
    key.verify(base64.b64decode(body["Signature"]), signed.encode(), PKCS1v15(), algorithm)


# What arrives -------------------------------------------------------------------------------------------------


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


# Who receives it ----------------------------------------------------------------------------------------------


def receivers(cloud: RunningCloud, functions: Functions) -> list[str]:
    cloud.drain()
    names = sorted(event["function"].rpartition(":")[2] for event in functions.events)
    functions.events.clear()
    return names


def test_policies_choose(timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions) -> None:
    with_function(sns, topic, "all")
    with_function(sns, topic, "kind", FilterPolicy=json.dumps({"kind": ["a"]}))
    total = json.dumps({"total": [{"numeric": [">", 5]}]})
    with_function(sns, topic, "total", FilterPolicy=total, FilterPolicyScope="MessageBody")
    kind = {"kind": {"DataType": "String", "StringValue": "b"}}
    sns.publish(TopicArn=topic, Message='{"total": 6}', MessageAttributes=kind)
    assert receivers(timed_cloud, functions) == ["all", "total"]
    kind = {"kind": {"DataType": "String", "StringValue": "a"}}
    sns.publish(TopicArn=topic, Message="no JSON", MessageAttributes=kind)
    assert receivers(timed_cloud, functions) == ["all", "kind"]


def test_a_policy_is_changed_and_taken_away(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions
) -> None:
    # Entry test_filter_policy
    arn = with_function(sns, topic)

    def policy(value: Any) -> None:
        text = json.dumps(value) if value else ""
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=text)

    def arrives(**numbers: str) -> bool:
        attributes = {name: {"DataType": "Number", "StringValue": number} for name, number in numbers.items()}
        sns.publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
        return bool(receivers(timed_cloud, functions))

    policy({"attr1": [{"numeric": [">", 0, "<=", 100]}]})
    assert (arrives(attr1="99"), arrives(attr1="111")) == (True, False)
    policy({"attr1": [None, {"anything-but": "whatever"}]})
    assert arrives() is False
    policy(None)
    assert arrives() is True
    # Entry test_exists_filter_policy
    policy({"store": [{"exists": True}]})
    assert (arrives(store="99", other="99"), arrives(attr1="111")) == (True, False)
    policy({"store": [{"exists": False}]})
    assert (arrives(store="99", other="99"), arrives(other="99")) == (False, True)


def test_arrays_of_attributes(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(FILTERS, "test_exists_filter_policy_attributes_array")
    with_queue(sns, topic, RawMessageDelivery="true", FilterPolicy='{"store": ["value1"]}')
    values = [("String", "value1"), ("String.Array", '["value1"]'), ("String.Array", '["value2"]')]
    for place, (kind, text) in enumerate(values, 1):
        attributes = {"store": {"DataType": kind, "StringValue": text}}
        sns.publish(TopicArn=topic, Message=f"message-{place}", MessageAttributes=attributes)
        timed_cloud.drain()
    received = [one["Body"] for case in entry.values() for one in case.get("Messages", [])]
    assert queues.bodies("listener") == received


def test_arrays_in_bodies(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(FILTERS, "test_filter_policy_on_message_body_array_attributes")
    scope = {"FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"}
    for place in (1, 2):
        policy = json.dumps({"headers": {"route-to": [f"queue{place}"]}})
        with_queue(sns, topic, f"queue-{place - 1}", FilterPolicy=policy, **scope)
    for routes in (["queue3"], ["queue1"], ["queue2"], ["queue1", "queue2"]):
        sns.publish(TopicArn=topic, Message=json.dumps({"headers": {"route-to": routes}}))
    timed_cloud.drain()
    for place in (0, 1):
        wanted = [json.dumps(one["Body"]) for one in entry[f"messages-queue-{place}"]["Messages"]]
        assert sorted(queues.bodies(f"queue-{place}")) == sorted(wanted)


def test_batches_are_filtered_by_entry(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    entry = recorded(FILTERS, "test_filter_policy_for_batch")
    with_queue(sns, topic, "all")
    with_queue(sns, topic, "some", FilterPolicy=json.dumps({"attr1": [{"numeric": [">", 0, "<=", 100]}]}))
    texts = (("99", "This is a test message"), ("111", "This is another test message"))
    batch = [
        {
            "Id": number,
            "Message": text,
            "MessageAttributes": {"attr1": {"DataType": "Number", "StringValue": number}},
        }
        for number, text in texts
    ]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    timed_cloud.drain()
    [some] = queues.bodies("some")
    equal(some, entry["messages-with-filter-after-publish-ok"]["Messages"][0]["Body"])
    first, second = sorted(queues.bodies("all"), key=lambda body: str(json.loads(body)["Message"]))
    equal(second, entry["messages-no-filter-after-publish-ok-1"]["Messages"][0]["Body"])
    equal(first, entry["messages-no-filter-after-publish-ok"]["Messages"][0]["Body"])


def test_a_large_body_is_compared_at_once(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions
) -> None:
    """Entry test_filter_policy_large_complex_payload: many arrays of objects, which must not multiply."""
    policy = {"Events": {"Source": {"Kind": [{"prefix": "wanted"}]}, "Tags": {"Name": ["x"], "Value": ["y"]}}}
    with_function(sns, topic, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
    tags = [{"Name": f"n{place}", "Value": "y"} for place in range(60)]
    events = [{"Source": [{"Kind": f"k{place}"}], "Tags": tags} for place in range(60)]
    sns.publish(TopicArn=topic, Message=json.dumps({"Events": events}))
    assert receivers(timed_cloud, functions) == []
    events.append({"Source": [{"Kind": "wanted"}], "Tags": [*tags, {"Name": "x", "Value": "y"}]})
    sns.publish(TopicArn=topic, Message=json.dumps({"Events": events}))
    assert receivers(timed_cloud, functions) == ["listener"]


@pytest.mark.parametrize(
    ("entry", "policy"),
    [
        (
            "test_filter_policy_on_message_body_or_attribute",
            {
                "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}],
                "detail": {
                    "scope": ["Service"],
                    "$or": [{"source": ["aws.cloudwatch"]}, {"type": ["CloudWatch Alarm State Change"]}],
                },
            },
        ),
        (
            "test_filter_policy_ip_address_condition",
            {
                "detail": {
                    "$or": [
                        {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]},
                        {"sourceIPAddressV6": [{"cidr": "2001:db8:1234:1a00::/64"}]},
                    ]
                }
            },
        ),
        (
            "test_filter_policy_on_message_body_array_of_object_attributes",
            {
                "Records": {
                    "s3": {"object": {"key": [{"prefix": "auto-"}]}},
                    "eventName": [{"prefix": "ObjectCreated:"}],
                }
            },
        ),
        ("test_filter_policy_empty_array_payload", {"detail": {"eventVersion": [""], "responseElements": [None]}}),
    ],
)
def test_bodies_that_passed(
    timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues, entry: str, policy: dict[str, Any]
) -> None:
    """What the recordings show was received; in turn, none of it passes where a value of the policy is changed."""
    answers = next(iter(recorded(FILTERS, entry).values()))["Messages"]
    bodies: Sequence[str] = [json.dumps(one["Body"]) for one in answers]
    scope = {"FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"}
    with_queue(sns, topic, "listener", FilterPolicy=json.dumps(policy), **scope)
    other = json.dumps({"other": ["x"], **policy}) if len(policy) < 5 else "{}"
    with_queue(sns, topic, "none", FilterPolicy=other, **scope)
    for body in bodies:
        sns.publish(TopicArn=topic, Message=body)
    timed_cloud.drain()
    assert sorted(queues.bodies("listener")) == sorted(bodies)
    assert queues.bodies("none") == []


# When it fails ------------------------------------------------------------------------------------------------


def test_a_target_that_fails_is_tried_again(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions, queues: Queues
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: three at once, two a second apart,
    then with growing waits up to twenty seconds."""
    with_function(sns, topic)
    with_queue(sns, topic)
    functions.failures, queues.failures = 2, 7
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    assert (len(functions.events), len(queues.sent), queues.failures) == (1, 0, 4)
    failures = []
    for _ in range(9):
        timed_cloud.advance(1)
        timed_cloud.drain()
        failures.append(queues.failures)
    # A second, a second, then one, two and four seconds.
    assert failures == [3, 2, 1, 1, 0, 0, 0, 0, 0]
    assert len(queues.sent) == 1
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_after_23_days_a_message_is_dead(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    dead = f"{QUEUES}:dead"
    with_queue(sns, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    queues.failures = 4
    sns.publish(TopicArn=topic, Message="late")
    timed_cloud.drain()
    assert queues.failures == 1
    timed_cloud.advance(23 * 24 * 60 * 60)
    timed_cloud.drain()
    assert [json.loads(body)["Message"] for body in queues.bodies("dead")] == ["late"]


def test_a_function_that_is_gone(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions, queues: Queues
) -> None:
    entry = recorded(ANSWERS, "test_redrive_policy_lambda_subscription")["messages"]["Messages"][0]["Body"]
    functions.missing.add(FUNCTION)
    with_function(sns, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead"}))
    attributes = {"attr1": {"DataType": "Number", "StringValue": "1"}}
    sns.publish(TopicArn=topic, Message="test_redrive_policy", MessageAttributes=attributes)
    timed_cloud.drain()
    [body] = queues.bodies("dead")
    equal(body, entry)


@pytest.mark.parametrize("raw", [True, False])
def test_a_queue_that_is_gone(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues, raw: bool) -> None:
    entry = recorded(ANSWERS, f"test_redrive_policy_sqs_queue_subscription[{raw}]")["messages"]["Messages"][0]
    queues.missing.add(f"{QUEUES}:listener")
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead"})
    with_queue(sns, topic, RawMessageDelivery=str(raw).lower(), RedrivePolicy=redrive)
    attributes = {
        "attr1": {"DataType": "Number", "StringValue": "111"},
        "attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    sns.publish(TopicArn=topic, Message="test_dlq_after_sqs_endpoint_deleted", MessageAttributes=attributes)
    timed_cloud.drain()
    [sent] = queues.sent
    assert sent["queue"] == "dead"
    equal(sent["body"], entry["Body"])
    if raw:
        equal(sent["attributes"], entry["MessageAttributes"])


def test_what_has_no_dead_letter_queue_is_lost(
    timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions
) -> None:
    functions.missing.add(FUNCTION)
    with_function(sns, topic)
    sns.publish(TopicArn=topic, Message="lost")
    timed_cloud.drain()
    assert functions.events == []
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_refused_batch_leaves_nothing(timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions) -> None:
    """Deliveries belong to the transaction of their publish."""
    with_function(sns, topic)
    wrong = {"a^": {"DataType": "String", "StringValue": "x"}}
    batch = [{"Id": "1", "Message": "good"}, {"Id": "2", "Message": "bad", "MessageAttributes": wrong}]
    answer = answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch)
    assert answer["Error"]["Code"] == "ParameterValueInvalid"
    timed_cloud.drain()
    assert functions.events == []


def test_a_queue_that_comes_back(timed_cloud: RunningCloud, sns: Any, topic: str, queues: Queues) -> None:
    """Entry test_subscription_after_failure_to_deliver: the subscription stays, and gets what comes later."""
    arn = with_queue(sns, topic)
    queues.missing.add(f"{QUEUES}:listener")
    sns.publish(TopicArn=topic, Message="one")
    timed_cloud.drain()
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [arn]
    queues.missing.clear()
    sns.publish(TopicArn=topic, Message="two")
    timed_cloud.drain()
    assert [json.loads(body)["Message"] for body in queues.bodies("listener")] == ["two"]


def test_the_port_publishes(timed_cloud: RunningCloud, topic: str, sns: Any, queues: Queues) -> None:
    """Other services publish by way of the operation itself, in their own transaction."""
    from stratolite.core.call import Call

    with_queue(sns, topic, RawMessageDelivery="true")
    world = timed_cloud.cloud.world
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}

    async def publish() -> None:
        call = Call(account=ACCOUNT, now_ms=world.clock.now_ms())
        await world.database.transact(
            lambda: world.ports.topic.publish(call, topic, "m", subject="s", attributes=attributes)
        )

    timed_cloud.run(publish())
    timed_cloud.drain()
    assert [(one["body"], one["attributes"]) for one in queues.sent] == [("m", attributes)]
