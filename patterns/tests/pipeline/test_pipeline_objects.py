"""Which objects a notification speaks of, in each of its forms."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite_patterns.pipeline import MalformedNotification, ObjectRef, objects_of, objects_of_text


def notified(key: str, name: str = "ObjectCreated:Put", **more: Any) -> dict[str, Any]:
    found = {"key": quote_plus(key, safe="/"), "size": 5, "eTag": "e", "sequencer": "0055AED6DCD90281E5", **more}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "b"}, "object": found},
    }


def bridged(key: str, kind: str = "Object Created") -> dict[str, Any]:
    found = {"key": key, "size": 5, "etag": "e", "version-id": "v", "sequencer": "0055"}
    return {"source": "aws.s3", "detail-type": kind, "detail": {"bucket": {"name": "b"}, "object": found}}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_keys_are_decoded_where_they_are_encoded_and_not_where_they_are_not(key: str) -> None:
    assert objects_of({"Records": [notified(key)]})[0].key == key
    assert objects_of(bridged(key))[0].key == key
    assert objects_of_text(ObjectRef("b", key).to_json()) == [ObjectRef("b", key)]


def test_a_plus_is_a_space_to_s3_and_a_plus_to_eventbridge() -> None:
    record = notified("x")
    record["s3"]["object"]["key"] = "a+b%2Bc%20d/%C3%A9.csv"
    assert objects_of({"Records": [record]})[0].key == "a b+c d/é.csv"
    assert objects_of(bridged("a+b%2Bc"))[0].key == "a+b%2Bc"


def test_what_is_known_of_an_object() -> None:
    (ref,) = objects_of({"Records": [notified("k", versionId="v")]})
    assert ref == ObjectRef("b", "k", "v", "e", 5, "0055AED6DCD90281E5")
    (ref,) = objects_of(bridged("k"))
    assert (ref.version_id, ref.sequencer) == ("v", "0055")


def test_the_test_event_and_other_events_speak_of_no_object() -> None:
    assert objects_of({"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "x", "Bucket": "b"}) == []
    removed = [notified("k", "ObjectRemoved:Delete"), notified("k", "s3:ObjectRestore:Post"), notified("n")]
    assert [ref.key for ref in objects_of({"Records": removed})] == ["n"]
    assert objects_of(bridged("k", "Object Deleted")) == []


def test_nested_in_sns() -> None:
    text = json.dumps({"Type": "Notification", "Message": json.dumps({"Records": [notified("k")]})})
    assert objects_of_text(text)[0].key == "k"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "1",
        "{}",
        '{"Records": [{}]}',
        '{"Records": [{"eventSource": "aws:sqs"}]}',
        json.dumps(bridged("k") | {"detail": {}}),
        '{"stratolite:object": {}}',
        '{"stratolite:object": 5}',
    ],
)
def test_what_is_no_notification_is_refused(text: str) -> None:
    with pytest.raises(MalformedNotification):
        objects_of_text(text)


def test_a_key_of_broken_utf8_is_refused_and_not_guessed() -> None:
    record = notified("k")
    record["s3"]["object"]["key"] = "%FF%FE"
    with pytest.raises(MalformedNotification, match="Unicode"):
        objects_of({"Records": [record]})


def test_sequencers_of_different_lengths_are_ordered_as_s3_orders_them() -> None:
    orders = [ObjectRef("b", "k", sequencer=each).order for each in ("", "0055", "0055ab", "0056")]
    assert orders == sorted(orders)
    assert ObjectRef("b", "k", sequencer="00A0").order == ObjectRef("b", "k", sequencer="00a000").order
