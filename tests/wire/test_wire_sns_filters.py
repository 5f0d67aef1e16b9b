"""SNS over the wire: which subscribers receive a message."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import equal, refused
from tests.wire.sns_topics import FILTERS, functions, queues, sns, topic, with_function, with_queue
from tests.wire.targets import Functions, Queues

__all__ = ["functions", "queues", "sns", "topic"]


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


def test_lists_of_numbers(timed_cloud: RunningCloud, sns: Any, topic: str, functions: Functions) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html: ``Number.Array``."""
    with_function(sns, topic, "others", FilterPolicy=json.dumps({"price": [{"anything-but": [100, 500]}]}))
    with_function(sns, topic, "hundred", FilterPolicy=json.dumps({"price": [{"numeric": ["=", 100]}]}))
    for text, there in (("[100, 50]", ["hundred", "others"]), ("[100, 500]", ["hundred"]), ("1e2", ["hundred"])):
        prices = {"price": {"DataType": "Number.Array", "StringValue": text}}
        sns.publish(TopicArn=topic, Message="m", MessageAttributes=prices)
        assert receivers(timed_cloud, functions) == there
    for text in ("no number", '["100"]', "[true]", "[100"):
        prices = {"price": {"DataType": "Number.Array", "StringValue": text}}
        refusal = refused(sns.publish, TopicArn=topic, Message="m", MessageAttributes=prices)
        assert refusal[1] == "Could not cast message attribute 'price' value to number."


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
