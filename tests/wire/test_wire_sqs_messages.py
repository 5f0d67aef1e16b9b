"""Messages over the wire: sent, received, hidden, dead, moved; beside what AWS answered (``sqs/test_sqs*.json``)."""

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import RunningCloud, recorded

ANSWERS = "sqs/test_sqs.json"
MOVES = "sqs/test_sqs_move_task.json"
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture
def sqs(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sqs")


def queue(sqs: Any, name: str = "q", **attributes: str) -> str:
    if name.endswith(".fifo"):
        attributes = {**FIFO, **attributes}
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def received(sqs: Any, url: str, **request: Any) -> list[dict[str, Any]]:
    request = {"MaxNumberOfMessages": 10, **request}
    return list(sqs.receive_message(QueueUrl=url, **request).get("Messages", []))


def bodies(sqs: Any, url: str, **request: Any) -> list[str]:
    return [message["Body"] for message in received(sqs, url, **request)]


def refused(call: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return dict(caught.value.response["Error"])


def counts(sqs: Any, url: str) -> list[int]:
    """How many are visible, in flight, delayed."""
    names = [f"ApproximateNumberOfMessages{rest}" for rest in ("", "NotVisible", "Delayed")]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return [int(shown[name]) for name in names]


# Standard queues --------------------------------------------------------------------------------------------


def test_a_message_is_hidden_while_it_is_in_flight_and_comes_back(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, VisibilityTimeout="30")
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    [first] = received(sqs, url, AttributeNames=["All"])
    assert (first["MessageId"], first["Attributes"]["ApproximateReceiveCount"]) == (sent["MessageId"], "1")
    assert received(sqs, url) == []
    assert counts(sqs, url) == [0, 1, 0]
    timed_cloud.advance(30)
    [second] = received(sqs, url, AttributeNames=["All"])
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["Attributes"]["ApproximateFirstReceiveTimestamp"] == first["Attributes"]["SentTimestamp"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    # An older handle deletes nothing, and says nothing of it.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert counts(sqs, url) == [0, 1, 0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    assert counts(sqs, url) == [0, 0, 0]


def test_visibility_is_changed(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [message] = received(sqs, url)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=100)
    timed_cloud.advance(99)
    assert received(sqs, url) == []
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    [again] = received(sqs, url)
    error = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=43201)
    assert "must be an integer between 0 and 43200" in error["Message"]
    handle["ReceiptHandle"] = again["ReceiptHandle"]
    timed_cloud.advance(10)
    error = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=43200)
    assert "beyond the limit [43200 seconds]" in error["Message"]
    sqs.delete_message(**handle)
    error = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=1)
    assert "Message does not exist or is not available for visibility timeout change." in error["Message"]
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense")["Code"] == "ReceiptHandleIsInvalid"


def test_delays(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, DelaySeconds="10")
    sqs.send_message(QueueUrl=url, MessageBody="by the queue")
    sqs.send_message(QueueUrl=url, MessageBody="at once", DelaySeconds=0)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=20)
    assert counts(sqs, url) == [1, 0, 2]
    assert bodies(sqs, url) == ["at once"]
    timed_cloud.advance(10)
    assert bodies(sqs, url) == ["by the queue"]
    timed_cloud.advance(10)
    assert bodies(sqs, url) == ["later"]


def test_retention_is_by_the_clock(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, MessageRetentionPeriod="60")
    sqs.send_message(QueueUrl=url, MessageBody="old")
    timed_cloud.advance(59)
    sqs.send_message(QueueUrl=url, MessageBody="young")
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert bodies(sqs, url, VisibilityTimeout=0) == ["young"]
    rows = timed_cloud.cloud.world.database.one("SELECT count(*) FROM sqs_message")
    assert rows == (1,), "what is past its retention is removed, not only hidden"
    timed_cloud.advance(59)
    timed_cloud.drain()
    assert bodies(sqs, url) == []
    assert timed_cloud.cloud.world.database.one("SELECT count(*) FROM sqs_message") == (0,)


def test_a_long_poll_wakes_at_once(cloud: RunningCloud) -> None:
    client, other = cloud.client("sqs"), cloud.client("sqs")
    url = queue(client, "polled")
    found: list[list[str]] = []
    waiting = threading.Thread(target=lambda: found.append(bodies(client, url, WaitTimeSeconds=20)))
    waiting.start()
    other.send_message(QueueUrl=url, MessageBody="news")
    waiting.join(60)
    assert found == [["news"]]


def test_a_long_poll_ends_by_the_clock_and_sees_what_comes_back(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, VisibilityTimeout="5")
    sqs.send_message(QueueUrl=url, MessageBody="again")
    received(sqs, url)
    other = timed_cloud.client("sqs")
    found: list[list[str]] = []
    waiting = threading.Thread(target=lambda: found.append(bodies(other, url, WaitTimeSeconds=20)))
    waiting.start()
    for _ in range(2400):
        if not waiting.is_alive():
            break
        timed_cloud.advance(1)
        waiting.join(0.05)
    assert found == [["again"]]


def test_attributes_are_filtered_and_digested(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_receive_message_message_attribute_names_filters[sqs]")
    url = queue(sqs, VisibilityTimeout="0")
    values = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    given = {name: {"StringValue": value, "DataType": "String"} for name, value in values.items()}
    sent = sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=given)
    assert sent["MD5OfMessageAttributes"] == answer["send_message_response"]["MD5OfMessageAttributes"]
    for entry, names in (
        ("empty_filter", []),
        ("all_name", ["All"]),
        ("all_wildcard", [".*"]),
        ("only_non_existing_names", ["Foo", "Help"]),
        ("only_existing", ["Hello", "General"]),
        ("existing_and_non_existing", ["Foo", "Hello"]),
        ("prefix_filter", ["Hel.*"]),
    ):
        [message] = received(sqs, url, MessageAttributeNames=names)
        wanted = answer[entry].get("Messages", [answer[entry]])[0]
        assert message.get("MessageAttributes") == wanted.get("MessageAttributes"), entry
        assert message.get("MD5OfMessageAttributes") == wanted.get("MD5OfMessageAttributes"), entry


def test_the_trace_header_is_carried(sqs: Any) -> None:
    url = queue(sqs)
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    sqs.send_message(
        QueueUrl=url,
        MessageBody="test",
        MessageSystemAttributes={"AWSTraceHeader": {"StringValue": trace, "DataType": "String"}},
    )
    [message] = received(sqs, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": trace}


def test_what_is_sent_is_checked(sqs: Any) -> None:
    url = queue(sqs, "checked", MaximumMessageSize="1024")

    def wanted(name: str, entry: str) -> Any:
        return recorded(ANSWERS, name)[entry]["Error"]

    error = refused(sqs.send_message, QueueUrl=url, MessageBody="")
    assert error == wanted("test_send_empty_message[sqs]", "send_empty_message")
    error = refused(sqs.send_message, QueueUrl=url, MessageBody="x" * 1025)
    assert error == wanted("test_send_message_with_updated_maximum_message_size[sqs]", "send_oversized_message")
    empty = {"ErrorDetails": {"StringValue": "", "DataType": "String"}}
    error = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=empty)
    assert error == wanted("test_send_message_with_empty_string_attribute[sqs]", "empty-string-attr")
    for group, entry in (("", "empty"), ("a" * 129, "too_long"), ("group 123", "spaces")):
        error = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId=group)
        name = f"test_send_message_to_standard_queue_with_invalid_message_group_id[{entry}]"
        assert error["Code"] == wanted(name, "error-response")["Code"]
        assert error["Message"].partition("Reason:")[2] in wanted(name, "error-response")["Message"]
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="\x01")["Code"] == "InvalidMessageContents"
    # test_invalid_string_attributes_cause_invalid_parameter_value_error: of attributes, with another code.
    garbled = {"attr1": {"StringValue": "Invalid-\x08,\x0b", "DataType": "String"}}
    error = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=garbled)
    assert error["Code"] == "InvalidParameterValue"
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=901)["Code"] == "InvalidParameterValue"


def test_what_is_asked_is_checked(sqs: Any) -> None:
    url = queue(sqs)
    answer = recorded(ANSWERS, "test_send_receive_max_number_of_messages[sqs]")
    error = refused(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    assert error == answer["send_max_number_of_messages"]["Error"]
    answer = recorded(ANSWERS, "test_send_receive_wait_time_seconds[sqs]")
    for seconds, entry in ((21, "recieve_message_error_too_large"), (-1, "recieve_message_error_too_small")):
        assert refused(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=seconds) == answer[entry]["Error"]


# Batches ----------------------------------------------------------------------------------------------------


def test_entries_of_a_batch_succeed_and_fail_by_themselves(sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_send_batch_message_size")["send-message-batch-result"]
    url = queue(sqs, MaximumMessageSize="1024")
    entries = [{"Id": "large", "MessageBody": "a" * 1025}, {"Id": "small", "MessageBody": "a" * 1024}]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert result["Failed"] == [{**answer["Failed"][0], "Id": "large"}]
    assert result["Successful"][0]["MD5OfMessageBody"] == answer["Successful"][0]["MD5OfMessageBody"]
    [message] = received(sqs, url)
    handles = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "nonsense"}]
    hidden = [{**one, "VisibilityTimeout": 5} for one in handles]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)
    assert [one["Id"] for one in changed["Successful"]] == ["a"]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    assert [one["Id"] for one in deleted["Successful"]] == ["a"]
    assert [one["Code"] for one in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]
    assert counts(sqs, url) == [0, 0, 0]


def test_batches_have_bounds(sqs: Any) -> None:
    url = queue(sqs)

    def wanted(name: str) -> Any:
        [entry] = recorded(ANSWERS, f"{name}[sqs]").values()
        return entry["Error"]

    many = [{"Id": str(number), "MessageBody": "x"} for number in range(20)]
    error = refused(sqs.send_message_batch, QueueUrl=url, Entries=many)
    assert error == wanted("test_too_many_entries_in_batch_request")
    error = refused(sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "message:1", "MessageBody": "x"}])
    assert error == wanted("test_invalid_batch_id")
    large = [{"Id": "1", "MessageBody": "a" * 1048576}, {"Id": "2", "MessageBody": "a"}]
    error = refused(sqs.send_message_batch, QueueUrl=url, Entries=large)
    assert error == wanted("test_send_message_batch_with_oversized_contents")
    twice = [{"Id": "1", "MessageBody": "a"}, {"Id": "1", "MessageBody": "a"}]
    error = refused(sqs.send_message_batch, QueueUrl=url, Entries=twice)
    assert error["Code"] == "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    for operation, name in (
        (sqs.send_message_batch, "SendMessageBatch"),
        (sqs.delete_message_batch, "DeleteMessageBatch"),
        (sqs.change_message_visibility_batch, "ChangeMessageVisibilityBatch"),
    ):
        error = refused(operation, QueueUrl=url, Entries=[])
        assert error["Code"] == "AWS.SimpleQueueService.EmptyBatchRequest"
        assert error["Message"] == f"There should be at least one {name}RequestEntry in the request."


# FIFO queues ------------------------------------------------------------------------------------------------


def test_groups_are_in_order_and_wait_for_what_is_in_flight(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, "ordered.fifo")
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a"), ("b2", "b")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    assert bodies(sqs, url, MaxNumberOfMessages=1) == ["a1"]
    assert bodies(sqs, url) == ["b1", "b2"], "group a waits for a1"
    assert bodies(sqs, url) == []
    timed_cloud.advance(30)
    [first, *_] = received(sqs, url, MaxNumberOfMessages=2)
    assert first["Body"] == "a1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    timed_cloud.advance(30)
    assert bodies(sqs, url) == ["b1", "a2", "a3", "b2"]


@pytest.mark.parametrize(("shown", "entry"), [(0, "0-visible"), (1, "1-visible"), (2, "2-visible")])
def test_a_group_goes_as_far_as_its_first_hidden_message(sqs: Any, shown: int, entry: str) -> None:
    answer = recorded(ANSWERS, f"test_fifo_group_visibility_extends_with_change_message_visibility[sqs-{entry}]")
    url = queue(sqs, "group.fifo")
    for body in ("foo", "bar", "baz"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    for message in received(sqs, url)[:shown]:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    wanted = [message["Body"] for message in answer["some-messages-invisible"].get("Messages", [])]
    assert bodies(sqs, url) == wanted


def test_duplicates_are_accepted_once_in_five_minutes(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, "once.fifo")
    first = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a")
    again = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="b")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    other = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a", MessageDeduplicationId="own")
    assert int(other["SequenceNumber"]) > int(first["SequenceNumber"])
    [message, _] = received(sqs, url, AttributeNames=["All"])
    assert message["Attributes"]["SequenceNumber"] == first["SequenceNumber"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    # Deleting a message does not forget what it was.
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a")
    assert counts(sqs, url)[0] == 0
    timed_cloud.advance(300)
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a")
    assert sum(counts(sqs, url)) == 2


def test_high_throughput_queues_deduplicate_within_a_group(sqs: Any) -> None:
    url = queue(sqs, "fast.fifo", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("a", "b", "a"):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=group)
    assert len(received(sqs, url)) == 2


def test_what_was_sent_to_the_queue_counts_in_every_group_once_these_count(sqs: Any) -> None:
    """aws-answers: test_fifo_change_to_high_throughput_after_creation[sqs]."""
    answer = recorded(ANSWERS, "test_fifo_change_to_high_throughput_after_creation[sqs]")
    url = queue(sqs, "faster.fifo", ContentBasedDeduplication="false")

    def sent(group: str, deduplication_id: str) -> list[str]:
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId=deduplication_id)
        return [message["Body"] for message in received(sqs, url)]

    assert len(sent("1", "dedup1")) == len(answer["same-dedup-different-grp-1"]["Messages"])
    assert sent("2", "dedup1") == answer["same-dedup-different-grp-2"].get("Messages", [])
    faster = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=faster)
    assert sent("3", "dedup1") == answer["same-dedup-different-grp-high-throughput"].get("Messages", [])
    assert len(sent("4", "dedup2")) == len(answer["new-dedup2-high-throughput"]["Messages"])


def test_a_purge_forgets_what_was_sent(sqs: Any) -> None:
    """LocalStack's tests of the real service have this one: test_purge_queue_clears_fifo_deduplication_cache."""
    url = queue(sqs, "forgetful.fifo")
    request = {"QueueUrl": url, "MessageGroupId": "a", "MessageDeduplicationId": "same"}
    sqs.send_message(MessageBody="before", **request)
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(MessageBody="after", **request)
    assert [message["Body"] for message in received(sqs, url)] == ["after"]


def test_fifo_queues_have_rules_of_their_own(sqs: Any) -> None:
    url = queue(sqs, "strict.fifo", ContentBasedDeduplication="false")

    def wanted(name: str, entry: str) -> Any:
        return recorded(ANSWERS, f"{name}[sqs]")[entry]["Error"]

    name = "test_posting_to_fifo_requires_deduplicationid_group_id"
    error = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g")
    assert error == wanted(name, "invalid-parameter-value")
    error = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageDeduplicationId="d")
    assert error == wanted(name, "missing-parameter")
    request = {"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    error = refused(sqs.send_message, **request, DelaySeconds=2)
    assert error == wanted("test_fifo_queue_send_message_with_delay_seconds_fails", "send_message")
    entry = {"Id": "1", "MessageBody": "x", "MessageGroupId": "g"}
    error = refused(sqs.send_message_batch, QueueUrl=url, Entries=[entry])
    assert error == wanted(
        "test_send_batch_missing_deduplication_id_for_fifo_queue", "test_missing_deduplication_id_for_fifo_queue"
    )


def test_a_fifo_handle_expires(timed_cloud: RunningCloud, sqs: Any) -> None:
    answer = recorded(ANSWERS, "test_fifo_delete_after_visibility_timeout[sqs]")["delete_after_timeout_fifo"]["Error"]
    url = queue(sqs, "expired.fifo")
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    [message] = received(sqs, url)
    timed_cloud.advance(31)
    error = refused(sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert error == {**answer, "Message": answer["Message"].replace("<receipt-handle:1>", message["ReceiptHandle"])}


def test_a_receive_can_be_attempted_again(timed_cloud: RunningCloud, sqs: Any) -> None:
    url = queue(sqs, "attempted.fifo")
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    first = received(sqs, url, ReceiveRequestAttemptId="attempt")
    timed_cloud.advance(20)
    assert received(sqs, url, ReceiveRequestAttemptId="attempt") == first
    timed_cloud.advance(20)
    assert received(sqs, url, ReceiveRequestAttemptId="other") == [], "the retry hid them anew"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert received(sqs, url, ReceiveRequestAttemptId="attempt") == []


# Dead letters and moves -------------------------------------------------------------------------------------


def with_dead_letters(sqs: Any, suffix: str = "", receives: int = 2) -> tuple[str, str]:
    target = queue(sqs, f"letters{suffix}")
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, target), "maxReceiveCount": receives})
    return queue(sqs, f"source{suffix}", RedrivePolicy=policy, VisibilityTimeout="10"), target


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_dead_letters_after_exactly_so_many_receives(timed_cloud: RunningCloud, sqs: Any, suffix: str) -> None:
    source, target = with_dead_letters(sqs, suffix)
    group = {"MessageGroupId": "g"} if suffix else {}
    sent = sqs.send_message(QueueUrl=source, MessageBody="poison", **group)
    for _ in range(2):
        assert bodies(sqs, source) == ["poison"]
        timed_cloud.advance(10)
    assert bodies(sqs, target) == []
    assert bodies(sqs, source) == []
    [dead] = received(sqs, target, AttributeNames=["All"])
    assert dead["MessageId"] == sent["MessageId"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, source)
    assert dead["Attributes"]["ApproximateReceiveCount"] == "3"


def test_dead_letters_make_way_for_the_living(timed_cloud: RunningCloud, sqs: Any) -> None:
    source, target = with_dead_letters(sqs, receives=1)
    for number in range(12):
        sqs.send_message(QueueUrl=source, MessageBody=f"poison {number}")
    for _ in range(2):
        received(sqs, source)
    timed_cloud.advance(10)
    sqs.send_message(QueueUrl=source, MessageBody="fresh")
    assert bodies(sqs, source) == ["fresh"]
    assert counts(sqs, target)[0] == 12


def test_messages_are_moved_back(timed_cloud: RunningCloud, sqs: Any) -> None:
    answer = recorded(MOVES, "test_move_task_workflow_with_default_destination")
    source, target = with_dead_letters(sqs, receives=1)
    for number in range(2):
        sqs.send_message(QueueUrl=source, MessageBody=str(number))
    received(sqs, source)
    timed_cloud.advance(10)
    assert bodies(sqs, source) == []
    handle = sqs.start_message_move_task(SourceArn=arn(sqs, target))["TaskHandle"]
    timed_cloud.drain()
    [task] = sqs.list_message_move_tasks(SourceArn=arn(sqs, target))["Results"]
    [wanted] = answer["list-message-move-task-response"]["Results"]
    assert task.keys() == wanted.keys()
    assert task["Status"] == wanted["Status"]
    assert task["ApproximateNumberOfMessagesMoved"] == 2
    [message, _] = received(sqs, source, AttributeNames=["All"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert refused(sqs.cancel_message_move_task, TaskHandle=handle)["Message"] == "Task does not exist."


def test_moves_keep_their_pace_and_can_be_cancelled(timed_cloud: RunningCloud, sqs: Any) -> None:
    _, target = with_dead_letters(sqs)
    elsewhere = queue(sqs, "elsewhere")
    for number in range(10):
        sqs.send_message(QueueUrl=target, MessageBody=str(number))
    task = sqs.start_message_move_task(
        SourceArn=arn(sqs, target), DestinationArn=arn(sqs, elsewhere), MaxNumberOfMessagesPerSecond=3
    )
    answer = recorded(MOVES, "test_start_multiple_move_tasks")["error"]["Error"]
    assert refused(sqs.start_message_move_task, SourceArn=arn(sqs, target)) == answer
    timed_cloud.drain()
    assert counts(sqs, elsewhere)[0] == 3
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert counts(sqs, elsewhere)[0] == 6
    assert sqs.cancel_message_move_task(TaskHandle=task["TaskHandle"])["ApproximateNumberOfMessagesMoved"] == 6
    timed_cloud.advance(1)
    timed_cloud.drain()
    assert counts(sqs, elsewhere)[0] == 6
    [shown] = sqs.list_message_move_tasks(SourceArn=arn(sqs, target))["Results"]
    assert (shown["Status"], shown["ApproximateNumberOfMessagesToMove"]) == ("CANCELLED", 10)


def test_moves_are_checked(sqs: Any) -> None:
    plain = queue(sqs, "plain")
    error = refused(sqs.start_message_move_task, SourceArn=arn(sqs, plain))
    assert error == recorded(MOVES, "test_source_needs_redrive_policy")["error"]["Error"]
    _, target = with_dead_letters(sqs)
    absent = arn(sqs, plain).replace("plain", "absent")
    error = refused(sqs.start_message_move_task, SourceArn=arn(sqs, target), DestinationArn=absent)
    assert error == recorded(MOVES, "test_destination_needs_to_exist")["error"]["Error"]
    error = refused(sqs.cancel_message_move_task, TaskHandle="foobared")
    assert error == recorded(MOVES, "test_cancel_with_invalid_task_handle")["error"]["Error"]
