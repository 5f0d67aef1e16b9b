"""SNS over the wire: what may be published, and what AWS says of the rest."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.targets import queues_of

ANSWERS = "sns/test_sns.json"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:listener"
LIMIT = 256 * 1024


@pytest.fixture
def sns(cloud: RunningCloud) -> Any:
    # The client's own validation is off: some of the recorded refusals are of requests that it would not send.
    return cloud.client("sns", parameter_validation=False)


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="published")["TopicArn"]
    return arn


def test_topics_that_are_not_there(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_unknown_topic_publish")
    equal(sns.publish(TopicArn=topic, Message="message"), entry["success"])
    equal(answered(sns.publish, TopicArn=f"{topic}1", Message="message"), entry["error"])
    entry = recorded(ANSWERS, "test_publish_wrong_arn_format")
    arns = {"invalid-topic-arn": "randomstring", "invalid-topic-arn-1": "randomstring:1", "empty-topic": ""}
    for case, arn in arns.items():
        equal(answered(sns.publish, TopicArn=arn, Message="message"), entry[case], case)
    entry = recorded(ANSWERS, "test_publish_non_existent_target")["non-existent-endpoint"]
    endpoint = f"arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/APNS/abcdef/0f7d5971-aa8b-4bd5-b585-0826e9f93a66"
    equal(answered(sns.publish, TargetArn=endpoint, Message="This is a push notification"), entry)
    entry = recorded(ANSWERS, "test_publish_batch_messages_without_topic")["publish-batch-no-topic"]
    batch = {"TopicArn": f"{topic}1", "PublishBatchRequestEntries": [{"Id": "1", "Message": "m"}]}
    equal(answered(sns.publish_batch, **batch), entry)
    code, text, _ = refused(sns.publish, Message="message")
    assert (code, text) == (
        "InvalidParameter",
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    )


def test_messages_and_subjects(sns: Any, topic: str) -> None:
    equal(
        answered(sns.publish, TopicArn=topic, Message=""),
        recorded(ANSWERS, "test_empty_sns_message")["empty-msg-error"],
    )
    entry = recorded(ANSWERS, "test_publish_with_empty_subject")
    equal(sns.publish(TopicArn=topic, Message="m"), entry["response-without-subject"])
    error = entry["response-with-empty-subject"]
    for subject in ("", " leading", "line\nbreak", "ö", "x" * 101):
        equal(answered(sns.publish, TopicArn=topic, Message="m", Subject=subject), error, subject)
    sns.publish(TopicArn=topic, Message="m", Subject="x" * 100)
    entry = recorded(ANSWERS, "test_validations_for_fifo")["no-msg-dedup-regular-topic"]
    equal(answered(sns.publish, TopicArn=topic, Message="m", MessageDeduplicationId="id"), entry)


def test_sizes(sns: Any, topic: str) -> None:
    attributes = {"attr1": {"DataType": "Number", "StringValue": "99.12"}}
    counted = len("attr1" + "Number" + "99.12")
    sns.publish(TopicArn=topic, Message="x" * LIMIT)
    sns.publish(TopicArn=topic, Message="x" * (LIMIT - counted), MessageAttributes=attributes)
    entry = recorded(ANSWERS, "test_publish_too_long_message")
    equal(answered(sns.publish, TopicArn=topic, Message="x" * (LIMIT + 1)), entry["error"])
    long = "ö" * ((LIMIT - counted) // 2) + "xx"
    equal(answered(sns.publish, TopicArn=topic, Message=long, MessageAttributes=attributes), entry["error-with-attrs"])


def test_structures(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_message_structure_json_exc")
    messages = {
        "missing-default-key": '{"sqs": "Test message"}',
        "invalid-json": '{"default": {"message": "Test message", }}',
        "duplicate-json-keys": '{"default": "Test message", "default": "Test message"}',
        "key-is-not-string": '{"default": {"message": "Test message"}}',
    }
    for case, message in messages.items():
        equal(answered(sns.publish, TopicArn=topic, Message=message, MessageStructure="json"), entry[case], case)
    for message in ("[]", '"x"', "null"):
        answer = answered(sns.publish, TopicArn=topic, Message=message, MessageStructure="json")
        equal(answer, entry["missing-default-key"])


ATTRIBUTES: dict[str, dict[str, Any]] = {
    "missing_string_attr": {"attr1": {"DataType": "String", "StringValue": ""}},
    "fully_missing_string_attr": {"attr1": {"DataType": "String"}},
    "fully_missing_data_type": {"attr1": {"StringValue": ""}},
    "missing_binary_attr": {"attr1": {"DataType": "Binary", "BinaryValue": b""}},
    "str_attr_binary_value": {"attr1": {"DataType": "String", "BinaryValue": b"123"}},
    "int_attr_binary_value": {"attr1": {"DataType": "Number", "BinaryValue": b"123"}},
    "binary_attr_string_value": {"attr1": {"DataType": "Binary", "StringValue": "123"}},
    "invalid_attr_string_value": {"attr1": {"DataType": "InvalidType", "StringValue": "123"}},
    "too_long_name": {"a" * 257: {"DataType": "String", "StringValue": "123"}},
    "invalid_name": {"a^*?": {"DataType": "String", "StringValue": "123"}},
    "invalid_name_2": {".abc": {"DataType": "String", "StringValue": "123"}},
    "invalid_name_3": {"abc.": {"DataType": "String", "StringValue": "123"}},
    "invalid_name_4": {"a..bc": {"DataType": "String", "StringValue": "123"}},
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_wrong_attributes(sns: Any, topic: str, case: str) -> None:
    entry = recorded(ANSWERS, "test_empty_or_wrong_message_attributes")
    attributes = ATTRIBUTES[case]
    equal(answered(sns.publish, TopicArn=topic, Message="message", MessageAttributes=attributes), entry[case])
    batch = [{"Id": "1", "Message": "message", "MessageAttributes": attributes}]
    equal(answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch), entry[f"batch-{case}"])


def test_types_of_attributes(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_message_attributes_prefixes")

    def publish(**attribute: Any) -> Any:
        return answered(sns.publish, TopicArn=topic, Message="m", MessageAttributes={"attr1": attribute})

    equal(publish(DataType="Stringprefixed", StringValue="my-value"), entry["publish-error"])
    equal(publish(DataType="Stringprefixed.Test", StringValue="my-value"), entry["publish-error-2"])
    equal(publish(DataType="String.prefixed", StringValue="my-value"), entry["publish-ok-1"])
    equal(publish(DataType="String.prefixed.", StringValue="my-value"), entry["publish-ok-2"])
    for number in ("1", "-1.5e3", "+.5", " 7 "):
        equal(publish(DataType="Number", StringValue=number), entry["publish-ok-1"])
    assert publish(DataType="Number", StringValue="seven")["Error"]["Code"] == "ParameterValueInvalid"


def test_batches(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_publish_batch_exceptions")

    def publish(*entries: dict[str, Any]) -> Any:
        return answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=list(entries))

    ten = [{"Id": f"Id_{place}", "Message": "message"} for place in range(11)]
    equal(publish(*ten), entry["too-many-msg"])
    equal(publish(ten[0], ten[0]), entry["same-msg-id"])
    equal(publish({"Id": "1", "Message": "{}", "MessageStructure": "json"}), entry["no-default-key-json"])
    assert publish()["Error"]["Code"] == "EmptyBatchRequest"
    entry = recorded(ANSWERS, "test_publish_batch_messages_from_sns_to_sqs")["publish-batch"]
    equal(publish(*[{"Id": str(place), "Message": "m"} for place in range(1, 6)]), entry)
    answer = publish({"Id": "1", "Message": "a"}, {"Id": "2", "Message": "b", "Subject": "\n"})
    assert [one["Id"] for one in answer["Successful"]] == ["1"]
    assert answer["Failed"] == [
        {"Id": "2", "Code": "InvalidParameter", "Message": "Invalid parameter: Subject", "SenderFault": True}
    ]


def test_ids_of_batch_entries(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_publish_batch_invalid_entry_id")
    ids = {
        "invalid-char-dot": "message.id",
        "invalid-char-special": "msg@123#test",
        "id-too-long-81": "a" * 81,
        "id-too-long-91": "myreally" + "really" * 13 + "longid",
        "valid-id-80-chars": "a" * 80,
        "valid-id-with-hyphen-underscore": "valid-message_123",
    }
    for case, id_ in ids.items():
        if case == "id-too-long-91":
            id_ = entry[case]["Error"]["Message"].rpartition(" ")[2]
        batch = [{"Id": id_, "Message": "m"}]
        equal(answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch), entry[case], case)


def test_sizes_of_batches(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_publish_batch_too_long_message")
    half = "x" * (LIMIT // 2)

    def publish(*entries: dict[str, Any]) -> Any:
        return answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=list(entries))

    first, second = {"Id": "1", "Message": half}, {"Id": "2", "Message": half}
    assert len(publish(first, second)["Successful"]) == 2
    equal(publish(first, second, {"Id": "3", "Message": "x"}), entry["error-no-attrs"])
    attributes = {"attr1": {"DataType": "Number", "StringValue": "1"}}
    equal(publish(first, second | {"MessageAttributes": attributes}), entry["error-with-attrs"])


def test_parameters_in_the_path(timed_cloud: RunningCloud) -> None:
    entry = recorded(ANSWERS, "test_publish_by_path_parameters")
    queues = queues_of(timed_cloud)
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="path")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    message = "test message direct post request"
    query = urllib.parse.urlencode(
        {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": message}
    )
    scope = f"Credential={ACCOUNT}/20240101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=none"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Date": "20240101T000000Z"}
    request = urllib.request.Request(f"{timed_cloud.endpoint}/?{query}", method="POST", headers=headers)
    with urllib.request.urlopen(request) as answer:
        assert b"<PublishResponse" in answer.read()
    timed_cloud.drain()
    [body] = queues.bodies("listener")
    equal(body, entry["messages"]["Messages"][0]["Body"])


@settings(max_examples=60)
@given(
    st.binary(max_size=60),
    st.sampled_from(["json", "raw"]),
    st.dictionaries(st.text("abA.-_ ^", max_size=5), st.text(st.characters(exclude_categories=["Cs"])), max_size=2),
)
def test_any_message_is_published_or_refused(
    sns: Any, topic: str, message: bytes, structure: str, attributes: dict[str, str]
) -> None:
    answer = answered(
        sns.publish,
        TopicArn=topic,
        Message=message.decode("latin-1").translate(dict.fromkeys(range(32))),
        MessageStructure=structure,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_random_bytes_are_refused(cloud: RunningCloud) -> None:
    """Two hundred bodies of random bytes after a good beginning: none is a fault of the server's."""
    entropy = cloud.cloud.world.entropy
    for place in range(200):
        body = b"Action=Publish&" + entropy.token_bytes(place)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(cloud.endpoint, data=body, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert 400 <= caught.value.code < 500
        caught.value.close()


def test_json_is_no_protocol_of_sns(cloud: RunningCloud) -> None:
    request = urllib.request.Request(
        cloud.endpoint,
        data=json.dumps({"TopicArn": "x"}).encode(),
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "SNS.Publish"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    caught.value.close()
