"""SNS over the wire: FIFO topics, their deduplication, their order, and the queues that they deliver to."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.targets import Queues, queues_of

from stratolite.core.clock import MovableClock

ANSWERS = "sns/test_sns.json"
QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}"
FIFO = {"FifoTopic": "true"}
BY_CONTENT = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
ENTRIES: list[dict[str, Any]] = [
    {
        "Id": "1",
        "Message": "Test Message with two attributes",
        "Subject": "Subject",
        "MessageAttributes": {
            "attr1": {"DataType": "Number", "StringValue": "99.12"},
            "attr2": {"DataType": "Number", "StringValue": "109.12"},
        },
        "MessageGroupId": "complexMessageGroupId",
    },
    {
        "Id": "2",
        "Message": "Test Message with one attribute",
        "Subject": "Subject",
        "MessageAttributes": {"attr1": {"DataType": "Number", "StringValue": "19.12"}},
        "MessageGroupId": "complexMessageGroupId",
    },
    {
        "Id": "3",
        "Message": "Test Message without attribute",
        "Subject": "Subject",
        "MessageGroupId": "complexMessageGroupId",
    },
]


@pytest.fixture
def sns(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sns")


@pytest.fixture
def sqs(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sqs")


def topic_of(sns: Any, name: str = "orders.fifo", **attributes: str) -> str:
    arn: str = sns.create_topic(Name=name, Attributes=FIFO | attributes)["TopicArn"]
    return arn


def queue_of(sqs: Any, name: str = "orders.fifo") -> str:
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def with_queue(sns: Any, topic: str, name: str = "orders.fifo", **attributes: str) -> str:
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:{name}", Attributes=attributes)
    arn: str = made["SubscriptionArn"]
    return arn


def shown(sns: Any, topic: str) -> Any:
    answer = sns.get_topic_attributes(TopicArn=topic)
    for name in ("Policy", "EffectiveDeliveryPolicy"):
        answer["Attributes"][name] = json.loads(answer["Attributes"][name])
    return answer


def received(cloud: RunningCloud, sqs: Any, url: str) -> Any:
    """What is in a queue now, the documents parsed."""
    cloud.drain()
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
    )
    for message in answer.get("Messages", []):
        message["Attributes"].pop("AWSTraceHeader", None)
        if message["Body"].startswith("{"):
            message["Body"] = json.loads(message["Body"])
    return answer


# Topics ---------------------------------------------------------------------------------------------------------


def test_a_fifo_topic_is_shown(sns: Any) -> None:
    for name, attributes, case in (
        ("explicit.fifo", FIFO, "test_publish_batch_messages_from_fifo_topic_to_fifo_queue[False]"),
        ("content.fifo", BY_CONTENT, "test_publish_batch_messages_from_fifo_topic_to_fifo_queue[True]"),
    ):
        topic = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        equal(shown(sns, topic), recorded(ANSWERS, case)["topic-attrs"])
        assert sns.create_topic(Name=name, Attributes=attributes)["TopicArn"] == topic
    entry = recorded(ANSWERS, "test_create_topic_with_attributes")["get-topic-attrs"]
    attributes = {"DisplayName": "TestTopic", "SignatureVersion": "2"}
    equal(shown(sns, topic_of(sns, "whole.fifo", **attributes)), entry)


def test_attributes_of_fifo_topics(sns: Any) -> None:
    topic = topic_of(sns, FifoThroughputScope="MessageGroup")
    assert shown(sns, topic)["Attributes"]["FifoThroughputScope"] == "MessageGroup"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    assert shown(sns, topic)["Attributes"]["ContentBasedDeduplication"] == "true"
    for name in ("ContentBasedDeduplication", "FifoThroughputScope"):
        set_ = {"TopicArn": topic, "AttributeName": name, "AttributeValue": "x"}
        assert refused(sns.set_topic_attributes, **set_)[0] == "InvalidParameter"
        standard = sns.create_topic(Name="standard")["TopicArn"]
        assert refused(sns.set_topic_attributes, **(set_ | {"TopicArn": standard}))[0] == "InvalidParameter"
    set_ = {"TopicArn": topic, "AttributeName": "FifoTopic", "AttributeValue": "false"}
    entry = recorded(ANSWERS, "test_topic_get_attributes_with_fifo_false")["set-fifo-false-after-creation"]
    equal(answered(sns.set_topic_attributes, **set_), entry)


def test_truth_is_written_as_languages_write_it(sns: Any) -> None:
    """Users tell that AWS takes Python's: https://github.com/getmoto/moto/issues/9637"""
    wanted = {"FifoTopic": str(True), "ContentBasedDeduplication": str(False)}
    topic = sns.create_topic(Name="python.fifo", Attributes=wanted)["TopicArn"]
    assert (
        shown(sns, topic)["Attributes"].items() >= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}.items()
    )
    sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue=str(True))
    assert shown(sns, topic)["Attributes"]["ContentBasedDeduplication"] == "true"


def test_what_may_subscribe(sns: Any, sqs: Any) -> None:
    entry = recorded(ANSWERS, "test_validations_for_fifo")
    topic, standard = topic_of(sns), sns.create_topic(Name="standard")["TopicArn"]
    fifo_queue, queue = f"{QUEUES}:orders.fifo", f"{QUEUES}:orders"
    equal(answered(sns.subscribe, TopicArn=standard, Protocol="sqs", Endpoint=fifo_queue), entry["not-fifo-topic"])
    arn = with_queue(sns, topic, "orders")
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    attributes["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    equal(attributes, entry["not-fifo-queue"])
    redrive = {
        "SubscriptionArn": with_queue(sns, topic),
        "AttributeName": "RedrivePolicy",
        "AttributeValue": json.dumps({"deadLetterTargetArn": queue}),
    }
    equal(answered(sns.set_subscription_attributes, **redrive), entry["regular-queue-for-dlq-of-fifo-topic"])
    # https://github.com/hashicorp/terraform/issues/28632
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    said = refused(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=function)
    assert said == ("InvalidParameter", "Invalid parameter: Invalid protocol type: lambda", 400)


def test_what_messages_need(sns: Any) -> None:
    entry = recorded(ANSWERS, "test_validations_for_fifo")
    topic, standard = topic_of(sns), sns.create_topic(Name="standard")["TopicArn"]
    request = {"TopicArn": topic, "Message": "test"}
    equal(answered(sns.publish, **request), entry["no-msg-group-id"])
    equal(answered(sns.publish, **request, MessageGroupId="g"), entry["no-dedup-policy"])
    to_standard = {"TopicArn": standard, "Message": "test", "MessageDeduplicationId": "d"}
    equal(answered(sns.publish, **to_standard), entry["no-msg-dedup-regular-topic"])
    batch = recorded(ANSWERS, "test_publish_batch_exceptions")
    one = {"Id": "1", "Message": "m"}
    answer = answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[one])
    equal(answer, batch["no-group-id"])
    grouped = one | {"MessageGroupId": "g"}
    answer = answered(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[grouped])
    equal(answer, batch["no-dedup-id"])
    for wrong in ({"MessageGroupId": "a b"}, {"MessageGroupId": "g", "MessageDeduplicationId": "x" * 129}):
        assert refused(sns.publish, **request, **({"MessageDeduplicationId": "d"} | wrong))[0] == "InvalidParameter"


# What arrives ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_content", [True, False])
def test_a_message_and_its_duplicate(timed_cloud: RunningCloud, sns: Any, sqs: Any, by_content: bool) -> None:
    entry = recorded(ANSWERS, f"test_message_to_fifo_sqs[{by_content}]")
    topic = topic_of(sns, ContentBasedDeduplication=str(by_content).lower())
    url = queue_of(sqs)
    with_queue(sns, topic)
    request = {"TopicArn": topic, "Message": "Test", "MessageGroupId": "message-group-id-1"}
    if not by_content:
        request["MessageDeduplicationId"] = "message-deduplication-id-1"
    first = sns.publish(**request)
    answer = received(timed_cloud, sqs, url)
    equal(answer, entry["messages"])
    [message] = answer["Messages"]
    assert list(message["Body"]) == [
        "Type",
        "MessageId",
        "SequenceNumber",
        "TopicArn",
        "Message",
        "Timestamp",
        "UnsubscribeURL",
    ]
    assert (message["Body"]["MessageId"], message["Body"]["SequenceNumber"]) == (
        first["MessageId"],
        first["SequenceNumber"],
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    second = sns.publish(**request)
    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    equal(received(timed_cloud, sqs, url), entry["dedup-messages"])


@pytest.mark.parametrize("by_content", [True, False])
def test_a_batch_and_its_duplicate(timed_cloud: RunningCloud, sns: Any, sqs: Any, by_content: bool) -> None:
    entry = recorded(ANSWERS, f"test_publish_batch_messages_from_fifo_topic_to_fifo_queue[{by_content}]")
    topic = topic_of(sns, ContentBasedDeduplication=str(by_content).lower())
    url = queue_of(sqs)
    with_queue(sns, topic, RawMessageDelivery="true")
    entries = [
        one if by_content else {**one, "MessageDeduplicationId": f"MessageDeduplicationId-{place}"}
        for place, one in enumerate(ENTRIES)
    ]
    first = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    equal(first, entry["publish-batch-response-fifo"])
    answer = received(timed_cloud, sqs, url)
    equal(answer, entry["messages"])
    for message in answer["Messages"]:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    again = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert again["Successful"] == first["Successful"]
    equal(received(timed_cloud, sqs, url), entry["duplicate-messages"])


@pytest.mark.parametrize("is_raw", [True, False])
def test_the_digest_is_the_queues_deduplication_id(timed_cloud: RunningCloud, sns: Any, sqs: Any, is_raw: bool) -> None:
    entry = recorded(ANSWERS, f"test_publish_to_fifo_topic_to_sqs_queue_no_content_dedup[{is_raw}]")
    topic = topic_of(sns, **BY_CONTENT)
    url = queue_of(sqs)
    with_queue(sns, topic, RawMessageDelivery=str(is_raw).lower())
    sns.publish(TopicArn=topic, Message="Test single", MessageGroupId="message-group-id-1")
    batched = {"Id": "1", "Message": "Test batched", "MessageGroupId": "message-group-id-1"}
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[batched])
    equal(received(timed_cloud, sqs, url), entry["messages"])


@pytest.mark.parametrize("by_content", [True, False])
def test_a_standard_queue_gets_no_group(timed_cloud: RunningCloud, sns: Any, sqs: Any, by_content: bool) -> None:
    entry = recorded(ANSWERS, f"test_fifo_topic_to_regular_sqs[{by_content}]")
    topic = topic_of(sns, ContentBasedDeduplication=str(by_content).lower())
    url = queue_of(sqs, "orders")
    with_queue(sns, topic, "orders")
    request = {"TopicArn": topic, "Message": "Test", "MessageGroupId": "message-group-id-1"}
    if not by_content:
        request["MessageDeduplicationId"] = "message-deduplication-id-1"
    sns.publish(**request)
    answer = received(timed_cloud, sqs, url)
    equal(answer, entry["messages"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=answer["Messages"][0]["ReceiptHandle"])
    sns.publish(**request)
    equal(received(timed_cloud, sqs, url), entry["dedup-messages"])


@pytest.mark.parametrize("is_raw", [True, False])
def test_dead_letters_keep_group_and_order(timed_cloud: RunningCloud, sns: Any, sqs: Any, is_raw: bool) -> None:
    entry = recorded(ANSWERS, f"test_publish_fifo_messages_to_dlq[{is_raw}]")
    topic = topic_of(sns)
    equal(shown(sns, topic), entry["topic-attrs"])
    dead_url = queue_of(sqs, "dead.fifo")
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead.fifo"})
    with_queue(sns, topic, "gone.fifo", RawMessageDelivery=str(is_raw).lower(), RedrivePolicy=redrive)
    request = {"TopicArn": topic, "Message": "test-message", "MessageGroupId": "message-group-id-1"}
    made = sns.publish(**request, MessageDeduplicationId="message-deduplication-id-1")
    equal(made, entry["publish-response-fifo"])
    answer = received(timed_cloud, sqs, dead_url)
    equal(answer, entry["messages-in-dlq"])
    sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=answer["Messages"][0]["ReceiptHandle"])
    entries = [{**one, "MessageDeduplicationId": f"MessageDeduplicationId-{one['Id']}"} for one in ENTRIES]
    made = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    equal(made, entry["publish-batch-response-fifo"])
    equal(received(timed_cloud, sqs, dead_url), entry["batch-messages-in-dlq"])


# Deduplication and the clock ---------------------------------------------------------------------------------------


def test_duplicates_are_known_for_five_minutes_and_before_there_were_subscriptions(
    timed_cloud: RunningCloud, sns: Any, sqs: Any
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html"""
    entry = recorded(ANSWERS, "test_publish_to_fifo_topic_deduplication_on_topic_level")
    topic = topic_of(sns, **BY_CONTENT)
    request = {"TopicArn": topic, "Message": "Test", "MessageGroupId": "message-group-id-1"}
    sns.publish(**request)
    url = queue_of(sqs)
    with_queue(sns, topic)
    timed_cloud.advance(299)
    sns.publish(**request)
    equal(received(timed_cloud, sqs, url), entry["dedup-messages"])
    timed_cloud.advance(1)
    again = sns.publish(**request)
    answer = received(timed_cloud, sqs, url)
    equal(answer, entry["messages"])
    assert answer["Messages"][0]["Body"]["SequenceNumber"] == again["SequenceNumber"] == "10000000000000001000"


@pytest.mark.parametrize(("scope", "count"), [("Topic", 1), ("MessageGroup", 2)])
def test_the_scope_of_deduplication(timed_cloud: RunningCloud, sns: Any, scope: str, count: int) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html"""
    queues = queues_of(timed_cloud)
    topic = topic_of(sns, **BY_CONTENT, FifoThroughputScope=scope)
    with_queue(sns, topic)
    numbers = {sns.publish(TopicArn=topic, Message="m", MessageGroupId=group)["SequenceNumber"] for group in "abab"}
    timed_cloud.drain()
    assert len(queues.sent) == len(numbers) == count


def test_a_topic_that_was_made_again_remembers_nothing(timed_cloud: RunningCloud, sns: Any) -> None:
    queues = queues_of(timed_cloud)
    for _ in range(2):
        topic = topic_of(sns, **BY_CONTENT)
        with_queue(sns, topic)
        sns.publish(TopicArn=topic, Message="m", MessageGroupId="g")
        timed_cloud.drain()
        sns.delete_topic(TopicArn=topic)
    assert len(queues.sent) == 2


# Order ----------------------------------------------------------------------------------------------------------


class _FailingGroup(Queues):
    """Has no room for the messages of one group, so many times."""

    def __init__(self, group: str, failures: int) -> None:
        super().__init__()
        self._group = group
        self._left = failures

    def send(self, call: Any, queue_arn: str, body: str, **options: Any) -> str:
        if options["group_id"] == self._group and self._left:
            self._left -= 1
            self.failures = 1
        return super().send(call, queue_arn, body, **options)


@pytest.fixture
def failing(timed_cloud: RunningCloud) -> Callable[[str, int], Queues]:
    def put(group: str, failures: int) -> Queues:
        queues = _FailingGroup(group, failures)
        timed_cloud.cloud.world.ports._found["queue"] = queues
        return queues

    return put


def test_a_message_that_is_tried_again_is_not_overtaken(
    timed_cloud: RunningCloud, sns: Any, failing: Callable[[str, int], Queues]
) -> None:
    # Entry test_message_to_fifo_sqs_ordering says that messages arrive in the order in which they were published.
    queues = failing("a", 6)
    topic = topic_of(sns, **BY_CONTENT)
    with_queue(sns, topic, RawMessageDelivery="true")
    for place in range(5):
        for group in "ab":
            sns.publish(TopicArn=topic, Message=f"{group}{place}", MessageGroupId=group)
    timed_cloud.drain()
    # Three attempts at once, the next ones a second later: the other group does not wait.
    assert queues.bodies("orders.fifo") == [f"b{place}" for place in range(5)]
    for _ in range(4):
        timed_cloud.advance(2)
        timed_cloud.drain()
    arrived = queues.bodies("orders.fifo")
    assert arrived[5:] == [f"a{place}" for place in range(5)]
    assert not timed_cloud.cloud.world.outbox.entries()


def test_messages_that_wait_for_an_earlier_one_outlive_the_server(tmp_path: Path) -> None:
    first = RunningCloud(tmp_path / "data", MovableClock()).start()
    try:
        sns, url = first.client("sns"), queue_of(first.client("sqs"))
        queues = queues_of(first)
        queues.failures = 100
        topic = topic_of(sns, **BY_CONTENT)
        with_queue(sns, topic, RawMessageDelivery="true")
        for place in range(4):
            sns.publish(TopicArn=topic, Message=f"m{place}", MessageGroupId="g")
        first.drain()
        assert (queues.sent, len(first.cloud.world.outbox)) == ([], 1)
        now_ms = first.clock.now_ms()
    finally:
        first.stop()
    second = RunningCloud(tmp_path / "data", MovableClock(now_ms + 10_000)).start()
    try:
        answer = received(second, second.client("sqs"), url.replace(first.endpoint, second.endpoint))
        assert [one["Body"] for one in answer["Messages"]] == [f"m{place}" for place in range(4)]
    finally:
        second.stop()


def test_a_line_that_lost_its_first_place_goes_on_with_the_next_message(timed_cloud: RunningCloud, sns: Any) -> None:
    """As after an outbox that had no room for the next delivery."""
    queues = queues_of(timed_cloud)
    queues.failures = 3
    topic = topic_of(sns, **BY_CONTENT)
    with_queue(sns, topic, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="m0", MessageGroupId="g")
    timed_cloud.drain()
    world = timed_cloud.cloud.world
    [entry] = world.outbox.entries()

    async def lose() -> None:
        await world.database.transact(lambda: world.outbox.end(entry.id))

    timed_cloud.run(lose())
    sns.publish(TopicArn=topic, Message="m1", MessageGroupId="g")
    timed_cloud.drain()
    assert queues.bodies("orders.fifo") == ["m0", "m1"]


def test_groups_of_two_subscriptions_are_lines_of_their_own(timed_cloud: RunningCloud, sns: Any) -> None:
    queues = queues_of(timed_cloud)
    queues.missing.add(f"{QUEUES}:gone.fifo")
    topic = topic_of(sns, **BY_CONTENT)
    with_queue(sns, topic, "one.fifo", RawMessageDelivery="true")
    with_queue(sns, topic, "two.fifo", RawMessageDelivery="true")
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead.fifo"})
    with_queue(sns, topic, "gone.fifo", RawMessageDelivery="true", RedrivePolicy=redrive)
    sent = [f"m{place}" for place in range(20)]
    for text in sent:
        sns.publish(TopicArn=topic, Message=text, MessageGroupId="g")
    timed_cloud.drain()
    for name in ("one.fifo", "two.fifo", "dead.fifo"):
        assert queues.bodies(name) == sent


def test_filter_policies_hold_for_fifo_topics(timed_cloud: RunningCloud, sns: Any) -> None:
    queues = queues_of(timed_cloud)
    topic = topic_of(sns, **BY_CONTENT)
    policy = json.dumps({"kind": ["wanted"]})
    with_queue(sns, topic, RawMessageDelivery="true", FilterPolicy=policy)
    for kind in ("wanted", "other"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageGroupId="g", MessageAttributes=attributes)
    timed_cloud.drain()
    assert queues.bodies("orders.fifo") == ["wanted"]
