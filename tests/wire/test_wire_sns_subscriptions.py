"""SNS over the wire: subscriptions, their attributes and filter policies, as AWS answers."""

import json
import urllib.request
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.targets import queues_of

ANSWERS = "sns/test_sns.json"
FILTERS = "sns/test_sns_filter_policy.json"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:listener"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:listener"
DAY_S = 24 * 60 * 60


@pytest.fixture
def sns(cloud: RunningCloud) -> Any:
    return cloud.client("sns")


@pytest.fixture
def topic(sns: Any, request: pytest.FixtureRequest) -> str:
    """A topic of the test's own."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    return arn


def subscribe(sns: Any, topic: str, **attributes: str) -> str:
    arn: str = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes)["SubscriptionArn"]
    return arn


def attributes_of(sns: Any, arn: str) -> Any:
    return sns.get_subscription_attributes(SubscriptionArn=arn)


def test_a_subscription_is_made_shown_and_ended(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_not_found_error_on_set_subscription_attributes")
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    equal(made, entry["sub"])
    arn = made["SubscriptionArn"]
    shown = attributes_of(sns, arn)
    assert shown["Attributes"]["SubscriptionPrincipal"] == f"arn:aws:iam::{ACCOUNT}:root"
    shown["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    equal(shown, entry["sub-attrs"])
    equal(sns.list_subscriptions_by_topic(TopicArn=topic), entry["subscriptions-for-topic-before-unsub"])
    sns.unsubscribe(SubscriptionArn=arn)
    set_ = {"SubscriptionArn": arn, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    equal(answered(sns.set_subscription_attributes, **set_), entry["sub-not-found"])
    equal(sns.list_subscriptions_by_topic(TopicArn=topic), entry["subscriptions-for-topic-after-unsub"])
    error = recorded(ANSWERS, "test_get_subscription_attributes_error_not_exists")["get-sub-attrs-nonexistent"]
    equal(answered(attributes_of, sns=sns, arn=arn), error)
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsDeleted"]) == ("0", "1")


def test_attributes_that_are_shown(sns: Any, topic: str) -> None:
    """The entries whose subscriptions differ in one setting."""

    def shown(arn: str) -> Any:
        answer = attributes_of(sns, arn)
        answer["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
        return answer

    plain, raw = subscribe_to(sns, topic, f"{QUEUE}-plain"), subscribe(sns, topic, RawMessageDelivery="true")
    equal(shown(plain), recorded(ANSWERS, "test_subscribe_attributes")["get-subscription-attributes"])
    entry = recorded(ANSWERS, "test_sqs_topic_subscription_confirmation")["subscription-attrs"]
    equal(shown(plain)["Attributes"], entry)
    entry = recorded(ANSWERS, "test_creating_subscription_with_attributes")["subscription-with-attributes"]
    equal(shown(raw), entry)
    equal(shown(raw), recorded(ANSWERS, "test_attribute_raw_subscribe")["subscription-attributes"])
    set_ = {"SubscriptionArn": plain, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    sns.set_subscription_attributes(**set_)
    equal(shown(plain), recorded(ANSWERS, "test_set_subscription_attributes")["set-subscription-attributes"])
    sns.unsubscribe(SubscriptionArn=raw)
    policy = {"attr1": [{"numeric": [">", 0, "<=", 100]}]}
    filtered = subscribe(sns, topic, FilterPolicy=json.dumps(policy))
    equal(shown(filtered), recorded(ANSWERS, "test_subscribe_sqs_queue")["subscription-attributes"])
    sns.unsubscribe(SubscriptionArn=plain)
    entry = recorded(ANSWERS, "test_getting_subscriptions_by_topic")["list-subscriptions-by-topic"]
    equal(sns.list_subscriptions_by_topic(TopicArn=topic), entry)


def test_ending_again_is_no_error(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_unsubscribe_idempotency")
    arn = subscribe(sns, topic)
    equal(sns.unsubscribe(SubscriptionArn=arn), entry["unsubscribe-1"])
    equal(sns.unsubscribe(SubscriptionArn=arn), entry["unsubscribe-2"])
    entry = recorded(ANSWERS, "test_unsubscribe_from_non_existing_subscription")["empty-unsubscribe"]
    equal(sns.unsubscribe(SubscriptionArn=f"{topic}:{'0' * 8}"), entry)


@pytest.mark.parametrize(
    ("case", "arn"),
    [
        ("invalid-unsubscribe-arn-1", "randomstring"),
        ("invalid-unsubscribe-arn-2", "arn:aws:sns:us-east-1:random"),
        ("invalid-unsubscribe-arn-3", f"arn:aws:sns:us-east-1:{ACCOUNT}:random"),
        ("invalid-unsubscribe-arn-4", ""),
    ],
)
def test_arns_that_are_none(sns: Any, case: str, arn: str) -> None:
    entry = recorded(ANSWERS, "test_unsubscribe_wrong_arn_format")[case]
    equal(answered(sns.unsubscribe, SubscriptionArn=arn), entry)
    if arn == "randomstring":
        entry = recorded(ANSWERS, "test_unsubscribe_from_deleted_topic")["unsubscribe-deleted-topic"]
        equal(answered(sns.unsubscribe, SubscriptionArn="pending confirmation"), entry)


def test_topics_and_endpoints_that_are_none(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_subscribe_with_invalid_topic")
    topics = {
        "invalid-subscribe-arn-1": "randomstring",
        "invalid-subscribe-arn-2": "arn:aws:sns:us-east-1:random",
        "non-existent-topic": f"{topic}-none",
    }
    for case, arn in topics.items():
        equal(answered(sns.subscribe, TopicArn=arn, Protocol="sqs", Endpoint=QUEUE), entry[case])
    entry = recorded(ANSWERS, "test_subscribe_unknown_sqs_queue")
    unknown = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}-unknown")
    equal(unknown, entry["subscribe-unknown-sqs"])
    error = entry["subscribe-unknown-sqs-invalid_arn"]
    for endpoint in ("invalid_arn", f"http://127.0.0.1:4566/{ACCOUNT}/queue", FUNCTION, ""):
        equal(answered(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=endpoint), error)
    wrong = refused(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=QUEUE)
    assert wrong == ("InvalidParameter", "Invalid parameter: Lambda endpoint ARN", 400)
    for name, case in (
        ("test_subscribe_sqs_queue_url", "subscribe-sqs-via-url-error"),
        ("test_subscribe_to_sqs_with_queue_url", "sub-queue-url"),
    ):
        url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/queue"
        equal(answered(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=url), recorded(ANSWERS, name)[case])
    entry = recorded(ANSWERS, "test_subscribe_unknown_topic")["subscribe-unknown-topic"]
    equal(answered(sns.subscribe, TopicArn=f"{topic}-none", Protocol="sqs", Endpoint=QUEUE), entry)
    entry = recorded(ANSWERS, "test_validations_for_fifo")["not-fifo-topic"]
    equal(answered(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}.fifo"), entry)


@pytest.mark.parametrize("protocol", ["application", "firehose"])
def test_protocols_without_delivery_are_refused_by_name(sns: Any, topic: str, protocol: str) -> None:
    code, text, status = refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint="x")
    assert (code, status) == ("NotImplemented", 501)
    assert f"protocol {protocol}" in text


def test_protocols_that_sns_does_not_know(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_subscribe_with_invalid_protocol")["exception"]
    equal(answered(sns.subscribe, TopicArn=topic, Protocol="test-protocol", Endpoint="x"), entry)


def test_the_same_subscription_again(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_double_subscription")
    other = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": f"{QUEUE}-twice"}
    first, second = sns.subscribe(**other), sns.subscribe(**other)
    assert first["SubscriptionArn"] == second["SubscriptionArn"]
    assert list(entry["double-subscription-second"]) == ["SubscriptionArn", "ResponseMetadata"]
    entry = recorded(ANSWERS, "test_subscribe_idempotency")
    raw = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE, "Attributes": {"RawMessageDelivery": "true"}}
    made = sns.subscribe(**raw, ReturnSubscriptionArn=True)
    equal(made, entry["subscribe"])
    for attributes in ({"RawMessageDelivery": "true"}, {}, {"RawMessageDelivery": "true"}):
        assert sns.subscribe(**(raw | {"Attributes": attributes})) | {"ResponseMetadata": 0} == made | {
            "ResponseMetadata": 0
        }
    different = {"RawMessageDelivery": "false", "FilterPolicy": '{"store": ["c"]}'}
    equal(answered(sns.subscribe, **(raw | {"Attributes": different})), entry["subscribe-diff-attributes"])


def test_attributes_at_the_beginning(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_create_subscriptions_with_attributes")
    request = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE}
    wrong = {"RawMessageDelivery": "wrongvalue", "FilterPolicy": '{"store": ["c"]}'}
    equal(answered(sns.subscribe, **request, Attributes=wrong), entry["subscribe-wrong-attr"])
    right = {"RawMessageDelivery": "true", "FilterPolicy": ""}
    arn = sns.subscribe(**request, Attributes=right)["SubscriptionArn"]
    shown = attributes_of(sns, arn)
    shown["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    equal(shown, entry["get-attrs"])
    equal(answered(attributes_of, sns=sns, arn=f"{topic}:none"), entry["get-attrs-nonexistent-sub"])
    invalid = {"FilterPolicy": "invalid"}
    entry = recorded(ANSWERS, "test_subscribe_invalid_filter_policy")["subscribe-invalid-filter-policy"]
    equal(answered(sns.subscribe, **request, Attributes=invalid), entry)
    unknown = refused(sns.subscribe, **request, Attributes={"Nothing": "x"})
    assert unknown[:2] == ("InvalidParameter", "Invalid parameter: Attributes Reason: Unknown attribute: Nothing")


@pytest.mark.parametrize(
    ("case", "name", "value"),
    [
        ("fake-attribute", "FakeAttribute", "test-value"),
        ("raw-message-wrong-value", "RawMessageDelivery", "test-ValUe"),
        ("raw-message-empty-value", "RawMessageDelivery", ""),
        ("fake-arn-redrive-policy", "RedrivePolicy", '{"deadLetterTargetArn": "fake-arn"}'),
        ("invalid-json-redrive-policy", "RedrivePolicy", "{invalidjson}"),
        ("invalid-json-filter-policy", "FilterPolicy", "{invalidjson}"),
    ],
)
def test_attributes_set_later(sns: Any, topic: str, case: str, name: str, value: str) -> None:
    entry = recorded(ANSWERS, "test_validate_set_sub_attributes")[case]
    request = {"SubscriptionArn": subscribe(sns, topic), "AttributeName": name, "AttributeValue": value}
    equal(answered(sns.set_subscription_attributes, **request), entry)


def test_functions_get_no_raw_messages(sns: Any, topic: str) -> None:
    # The text is the one that users quote, as in https://github.com/serverless-components/aws-sns-subscription
    request = {"TopicArn": topic, "Protocol": "lambda", "Endpoint": FUNCTION}
    raw = {"RawMessageDelivery": "true"}
    said = "Delivery protocol [lambda] does not support raw message delivery."
    assert refused(sns.subscribe, **request, Attributes=raw)[:2] == (
        "InvalidParameter",
        f"Invalid parameter: Attributes Reason: {said}",
    )
    arn = sns.subscribe(**request, Attributes={"RawMessageDelivery": "false"})["SubscriptionArn"]
    set_ = {"SubscriptionArn": arn, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    assert refused(sns.set_subscription_attributes, **set_)[1] == f"Invalid parameter: {said}"


@pytest.mark.parametrize("name", ["SubscriptionRoleArn", "ReplayPolicy"])
def test_attributes_without_effect_are_refused_by_name(sns: Any, topic: str, name: str) -> None:
    code, text, _ = refused(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes={name: "{}"})
    assert code == "NotImplemented"
    assert name in text


def test_the_scope_is_shown_beside_a_policy_alone(sns: Any, topic: str) -> None:
    entry = recorded(FILTERS, "test_set_subscription_filter_policy_scope")
    arn = subscribe(sns, topic)

    def set_(name: str, value: str) -> Any:
        request = {"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value}
        return answered(sns.set_subscription_attributes, **request)

    def shown() -> Any:
        answer = attributes_of(sns, arn)
        answer["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
        return answer

    equal(shown(), entry["sub-attrs-default"])
    set_("FilterPolicyScope", "MessageBody")
    equal(shown(), entry["sub-attrs-filter-scope-body"])
    equal(set_("FilterPolicyScope", "RandomValue"), entry["sub-attrs-filter-scope-error"])
    set_("FilterPolicy", '{"attr": ["match-this"]}')
    equal(shown(), entry["sub-attrs-after-setting-policy"])
    nested = '{"object": {"key": [{"prefix": "auto-"}]}}'
    set_("FilterPolicy", nested)
    equal(shown(), recorded(FILTERS, "test_sub_filter_policy_nested_property")["sub-attrs-after-setting-nested-policy"])
    set_("FilterPolicy", "")
    set_("FilterPolicyScope", "MessageAttributes")
    error = recorded(FILTERS, "test_sub_filter_policy_nested_property")["sub-filter-policy-nested-error"]
    equal(set_("FilterPolicy", nested), error)
    assert "FilterPolicy" not in shown()["Attributes"]


POLICIES: dict[str, Any] = {
    "error-condition-list": {"key": [["value"]]},
    "error-condition-operator": {"key": [{"wrong-operator": True}]},
    "error-condition-two-operators": {"key": [{"suffix": "value", "prefix": "value2"}]},
    "error-condition-is-numeric": {"key": [{"suffix": 100}]},
    "error-condition-bad-cidr-str": {"key": [{"cidr": "bad-filter"}]},
    "error-condition-bad-cidr-str-slash": {"key": [{"cidr": "bad-filter/64"}]},
    "error-condition-bad-cidr-str-slash-2": {"key": [{"cidr": "10.0.0.0/bad"}]},
    "error-numeric-empty": {"key": [{"numeric": []}]},
    "error-numeric-too-many-range": {"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]},
    "error-complexity-in-one-condition": {"key": [f"value{place}" for place in range(151)]},
    "error-complexity-too-many-fields": {f"key{place}": ["value"] for place in range(6)},
    "error-condition-anything-but-suffix": {"key": [{"anything-but": {"suffix": "test"}}]},
    "error-condition-none": {"key": [{"exists": None}]},
}


@pytest.mark.parametrize("case", POLICIES)
def test_wrong_policies(sns: Any, topic: str, case: str) -> None:
    # The unit tests compare every refusal that quotes its policy.
    entries = [
        "test_validate_policy",
        "test_validate_policy_string_operators",
        "test_validate_policy_numeric_operator",
        "test_validate_policy_nested_anything_but_operator",
        "test_validate_policy_exists_operator",
        "test_policy_complexity",
    ]
    [entry] = [found for name in entries if (found := recorded(FILTERS, f"::{name}").get(case))]
    source = json.dumps(POLICIES[case], separators=(",", ":"))
    request = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE, "Attributes": {"FilterPolicy": source}}
    equal(answered(sns.subscribe, **request), entry)


def test_tokens_are_none(sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_sns_confirm_subscription_wrong_token")
    token = "51b2ff3edb475b7d91550e0ab6edf0c1" * 9
    equal(answered(sns.confirm_subscription, TopicArn=topic[:-1], Token=token), entry["topic-not-exists"])
    equal(answered(sns.confirm_subscription, TopicArn=topic, Token="randomtoken"), entry["invalid-token"])
    equal(answered(sns.confirm_subscription, TopicArn=topic, Token=token), entry["token-not-exists"])


def test_subscriptions_outlive_their_topic_for_a_while(timed_cloud: RunningCloud) -> None:
    # Entry test_delete_subscriptions_on_delete_topic, and https://docs.aws.amazon.com/sns/latest/dg/sns-delete-topic.html
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="deleted")["TopicArn"]
    arn = subscribe(sns, topic, RawMessageDelivery="true")
    ended = subscribe_to(sns, topic, f"{QUEUE}-ended")
    sns.delete_topic(TopicArn=topic)
    shown = attributes_of(sns, arn)
    shown["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    equal(shown, recorded(ANSWERS, "test_delete_subscriptions_on_delete_topic")["get-sub-after-topic-delete"])
    assert len(sns.list_subscriptions()["Subscriptions"]) == 2
    sns.unsubscribe(SubscriptionArn=ended)
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    # A topic of the same name is another one.
    sns.create_topic(Name="deleted")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    again = subscribe(sns, topic)
    assert again != arn
    timed_cloud.advance(DAY_S + 1)
    timed_cloud.drain()
    listed = sns.list_subscriptions()["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [again]


def subscribe_to(sns: Any, topic: str, endpoint: str) -> str:
    arn: str = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    return arn


def test_listings_have_pages(timed_cloud: RunningCloud) -> None:
    # Entry test_list_subscriptions_by_topic_pagination: a hundred a page
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="pages")["TopicArn"]
    for place in range(101):
        subscribe_to(sns, topic, f"{QUEUE}-{place}")
    first = sns.list_subscriptions_by_topic(TopicArn=topic)
    assert len(first["Subscriptions"]) == 100
    second = sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=first["NextToken"])
    second["Subscriptions"][0]["Protocol"] = "sms"
    equal(second, recorded(ANSWERS, "test_list_subscriptions_by_topic_pagination")["list-sub-per-topic-page-2"])
    pages = list(sns.get_paginator("list_subscriptions").paginate())
    assert [len(page["Subscriptions"]) for page in pages] == [100, 1]


def test_the_url_in_a_message_ends_its_subscription(timed_cloud: RunningCloud) -> None:
    """Anyone may follow it: the request is not signed."""
    queues = queues_of(timed_cloud)
    sns = timed_cloud.client("sns")
    topic = sns.create_topic(Name="unsubscribed")["TopicArn"]
    subscribe(sns, topic)
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    url = json.loads(queues.bodies("listener")[0])["UnsubscribeURL"]
    with urllib.request.urlopen(url) as answer:
        assert b"UnsubscribeResponse" in answer.read()
    assert sns.list_subscriptions()["Subscriptions"] == []


@settings(max_examples=100)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.sampled_from(["MessageBody", "MessageAttributes"]),
)
def test_any_text_is_a_policy_or_a_refusal(sns: Any, topic: str, source: str, scope: str) -> None:
    attributes = {"FilterPolicy": source, "FilterPolicyScope": scope}
    answer = answered(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500
