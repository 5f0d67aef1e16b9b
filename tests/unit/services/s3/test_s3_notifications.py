"""Which configurations of notifications are possible, whom they name, and what is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.call import Call
from stratolite.core.entropy import SeededEntropy
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.s3 import api
from stratolite.services.s3.background import delay_s
from stratolite.services.s3.cfn import _notifications
from stratolite.services.s3.domain import Bucket, Version
from stratolite.services.s3.notification_configuration import check_overlaps, checked, encoded, rules_of
from stratolite.services.s3.notifications import MARK, PUT, Sequencer, detail, record

BUCKET = Bucket("b", "123456789012", "us-east-1", 0)
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def queue(*events: str, arn: str = QUEUE, name: str = "", **filters: str) -> dict[str, Any]:
    one: dict[str, Any] = {"QueueArn": arn, "Events": list(events or ["s3:ObjectCreated:*"])}
    if name:
        one["Id"] = name
    if filters:
        one["Filter"] = {"Key": {"FilterRules": [{"Name": key, "Value": text} for key, text in filters.items()]}}
    return one


def kept(*queues: dict[str, Any]) -> dict[str, Any]:
    return checked({"QueueConfigurations": list(queues)}, BUCKET, SeededEntropy(1))


def refused(*queues: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        check_overlaps(kept(*queues))
    return caught.value


def test_an_id_is_given_to_those_without() -> None:
    first, second = kept(queue(), queue(name="mine"))["QueueConfigurations"]
    assert first["Id"]
    assert second["Id"] == "mine"


def test_what_is_empty_is_empty() -> None:
    assert checked({}, BUCKET, SeededEntropy(1)) == {}
    assert checked({"EventBridgeConfiguration": {}}, BUCKET, SeededEntropy(1)) == {"EventBridgeConfiguration": {}}


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (queue(arn="q"), "The ARN could not be parsed"),
        (queue(arn="arn:aws:sns:us-east-1:123456789012:q"), "The ARN is not well formed"),
        (
            queue(arn="arn:aws:sqs:eu-west-1:123456789012:q"),
            "The notification destination service region is not valid for the bucket location constraint",
        ),
        (queue(arn=f"{QUEUE}.fifo"), "FIFO SQS queues are not supported."),
        (queue(INVALID="x"), "filter rule name must be either prefix or suffix"),
        (queue(prefix="a", Prefix="b"), "Cannot specify more than one prefix rule in a filter."),
    ],
)
def test_entries_that_are_refused(one: dict[str, Any], text: str) -> None:
    error = refused(one)
    assert (error.code, error.message) == ("InvalidArgument", text)


def test_events_that_never_happen_are_refused_by_name() -> None:
    with pytest.raises(NotImplementedHere, match="s3:IntelligentTiering"):
        kept(queue("s3:IntelligentTiering"))
    assert refused(queue("s3:Nonsense")).message.startswith("The event 's3:Nonsense' is not supported")


def test_no_events_and_no_target() -> None:
    for one in ({"QueueArn": QUEUE, "Events": []}, {"Events": ["s3:ObjectCreated:*"]}):
        with pytest.raises(api.MalformedXML):
            kept(one)


def test_ids_are_unique() -> None:
    error = refused(queue(name="i"), queue("s3:ObjectRemoved:*", name="i"))
    assert error.message == "Same ID used for multiple configurations. IDs must be unique."


@pytest.mark.parametrize(
    ("one", "other", "is_ambiguous"),
    [
        (queue(), queue("s3:ObjectCreated:Put"), True),
        (queue(), queue("s3:ObjectRemoved:*"), False),
        (queue(prefix="images"), queue(prefix="images/jpg"), True),
        (queue(prefix="images"), queue(prefix="logs"), False),
        (queue(suffix="jpg"), queue(suffix="pg"), True),
        (queue(prefix="images", suffix=".jpg"), queue(prefix="images", suffix=".png"), False),
        (queue(prefix="images"), queue(suffix=".png"), True),
    ],
)
def test_overlaps(one: dict[str, Any], other: dict[str, Any], is_ambiguous: bool) -> None:
    """The examples of notification-how-to-filtering.html."""
    if is_ambiguous:
        assert refused(one, other).message.startswith("Configuration is ambiguously defined.")
    else:
        check_overlaps(kept(one, other))


def test_who_wants_what() -> None:
    (rule,) = rules_of(kept(queue(prefix="a/", suffix=".txt")))
    assert rule.wants("s3:ObjectCreated:Copy", "a/b.txt")
    assert not rule.wants("s3:ObjectRemoved:Delete", "a/b.txt")
    assert not rule.wants("s3:ObjectCreated:Copy", "b/b.txt")
    assert not rule.wants("s3:ObjectCreated:Copy", "a/b.csv")


def test_keys_are_encoded() -> None:
    assert encoded("a@b c/d+é") == "a%40b+c/d%2B%C3%A9"


@given(st.lists(st.integers(0, 2**40), min_size=2))
def test_sequencers_grow_and_have_one_length(times: list[int]) -> None:
    sequencer = Sequencer()
    found = [sequencer.next(now_ms) for now_ms in times]
    assert sorted(set(found)) == found
    assert len({len(text) for text in found}) == 1


def test_a_delete_marker_is_told_with_the_tag_of_nothing() -> None:
    marker = Version("b", "k", "v", 0, is_delete_marker=True)
    told = detail(Call(), BUCKET, MARK, marker, "1")
    assert told["deletion-type"] == "Delete Marker Created"
    assert told["object"] == {
        "key": "k",
        "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "version-id": "v",
        "sequencer": "1",
    }


def test_null_versions_are_not_named() -> None:
    version = Version("b", "k e", "null", 0, size_bytes=3, etag="e")
    said = record(Call(now_ms=1_000), BUCKET, PUT, version, "1", "i")
    assert said["s3"]["object"] == {"key": "k+e", "size": 3, "eTag": "e", "sequencer": "1"}
    assert said["eventTime"] == "1970-01-01T00:00:01.000Z"


def test_waits_grow_to_a_minute() -> None:
    assert [delay_s(attempts) for attempts in (1, 2, 3, 7, 100_000)] == [1, 2, 4, 60, 60]


def test_what_templates_say() -> None:
    rules = [{"Name": "prefix", "Value": "a"}]
    said = {
        "LambdaConfigurations": [{"Event": "e", "Function": "f", "Filter": {"S3Key": {"Rules": rules}}}],
        "TopicConfigurations": [{"Event": "e", "Topic": "t"}],
        "EventBridgeConfiguration": {"EventBridgeEnabled": "false"},
    }
    assert _notifications(said)["NotificationConfiguration"] == {
        "LambdaFunctionConfigurations": [
            {"Events": ["e"], "LambdaFunctionArn": "f", "Filter": {"Key": {"FilterRules": rules}}}
        ],
        "TopicConfigurations": [{"Events": ["e"], "TopicArn": "t"}],
    }
    assert _notifications({"EventBridgeConfiguration": {}})["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {}
    }
