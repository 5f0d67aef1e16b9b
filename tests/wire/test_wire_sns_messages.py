"""SNS over the wire: e-mails and text messages, which are kept where the API and the command line can read them."""

import json
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused

from stratolite.cli.messages import command

ANSWERS = "sns/test_sns.json"
NUMBER = "+15551234567"
MAIL = "someone@example.com"


@pytest.fixture
def sns(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="people")["TopicArn"]
    return arn


def messages(cloud: RunningCloud, to: str = "") -> list[dict[str, Any]]:
    """What was sent, as the server's own page has it."""
    cloud.drain()
    with urllib.request.urlopen(f"{cloud.endpoint}/_stratolite/messages?to={quote(to)}") as answer:
        found: list[dict[str, Any]] = json.loads(answer.read())["messages"]
    return found


def reply(cloud: RunningCloud, body: Any) -> int:
    """A phone's owner answers; the HTTP status."""
    request = urllib.request.Request(f"{cloud.endpoint}/_stratolite/messages", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def link_in(message: dict[str, Any], action: str) -> str:
    [link] = re.findall(rf"http://\S+Action={action}[^\s\"]+", message["body"])
    return str(link)


def follow(link: str) -> None:
    with urllib.request.urlopen(link) as answer:
        assert answer.status == 200


# E-mail ---------------------------------------------------------------------------------------------------------


def test_a_person_signs_up_gets_mail_and_leaves(timed_cloud: RunningCloud, sns: Any, topic: str) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"""
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Shop")
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=MAIL)
    assert made["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="too early")
    [asked] = messages(timed_cloud, MAIL)
    assert (asked["type"], asked["subject"]) == (
        "SubscriptionConfirmation",
        "AWS Notification - Subscription Confirmation",
    )
    assert asked["sender"] == "Shop <no-reply@sns.amazonaws.com>"
    assert topic in asked["body"]
    follow(link_in(asked, "ConfirmSubscription"))
    [subscription] = sns.list_subscriptions()["Subscriptions"]
    assert subscription["SubscriptionArn"].startswith(topic)
    sns.publish(TopicArn=topic, Message="Hello", Subject="News")
    timed_cloud.drain()
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "email": "for mail"}), MessageStructure="json")
    first, second = messages(timed_cloud, MAIL)[1:]
    assert (first["subject"], second["subject"]) == ("News", "AWS Notification Message")
    assert first["body"].startswith("Hello\n\n--\nIf you wish to stop")
    assert second["body"].startswith("for mail\n")
    follow(link_in(first, "Unsubscribe"))
    assert sns.list_subscriptions()["Subscriptions"] == []
    farewell = messages(timed_cloud, MAIL)[-1]
    assert farewell["subject"] == "AWS Notification - Unsubscribe Confirmation"
    follow(link_in(farewell, "ConfirmSubscription"))
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    assert messages(timed_cloud, "nobody@example.com") == []


def test_mail_in_json(timed_cloud: RunningCloud, sns: Any, topic: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=MAIL)
    [asked] = messages(timed_cloud)
    document = json.loads(asked["body"])
    assert document["Type"] == "SubscriptionConfirmation"
    sns.confirm_subscription(TopicArn=topic, Token=document["Token"])
    attributes = {"a": {"DataType": "Number", "StringValue": "1"}}
    text = json.dumps({"default": "d", "email-json": "j", "email": "e"})
    sns.publish(TopicArn=topic, Message=text, MessageStructure="json", Subject="s", MessageAttributes=attributes)
    document = json.loads(messages(timed_cloud)[-1]["body"])
    assert (document["Message"], document["Subject"]) == ("j", "s")
    assert document["MessageAttributes"] == {"a": {"Type": "Number", "Value": "1"}}
    assert "Signature" in document


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_addresses_that_are_none(sns: Any, topic: str, protocol: str) -> None:
    said = refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint="nobody")
    assert said == ("InvalidParameter", "Invalid parameter: Email address", 400)
    raw = {"TopicArn": topic, "Protocol": protocol, "Endpoint": MAIL, "Attributes": {"RawMessageDelivery": "true"}}
    assert "does not support raw message delivery" in refused(sns.subscribe, **raw)[1]


# Text messages --------------------------------------------------------------------------------------------------


def test_a_phone_subscribes_and_is_confirmed_at_once(timed_cloud: RunningCloud, sns: Any, topic: str) -> None:
    entry = recorded(ANSWERS, "test_subscribe_sms_endpoint")
    made = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+123123123")
    equal(made, entry["subscribe-sms-endpoint"])
    shown = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])
    shown["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    equal(shown, entry["subscribe-sms-attrs"])
    sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "sms": "short"}), MessageStructure="json")
    timed_cloud.drain()
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Shop")
    sns.publish(TopicArn=topic, Message="m")
    assert [one["body"] for one in messages(timed_cloud, "+123123123")] == ["short", "Shop> m"]


def test_numbers(sns: Any, topic: str) -> None:
    equal(
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=NUMBER),
        recorded(ANSWERS, "test_subscribe_sms")["subscribe-sms-1"],
    )
    equal(
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15/551.234567"),
        recorded(ANSWERS, "test_subscribe_sms_obscure_phone_number")["subscribe-sms-2"],
    )
    for name in ("test_subscribe_bad_sms", "test_subscribe_invalid_sms"):
        for case, entry in recorded(ANSWERS, f"::{name}").items():
            number = case.removeprefix("subscribe-bad-sms-") if name.endswith("invalid_sms") else "invalid-number"
            equal(answered(sns.subscribe, TopicArn=topic, Protocol="sms", Endpoint=number), entry)


def test_a_message_to_a_number(timed_cloud: RunningCloud, sns: Any) -> None:
    entry = recorded(ANSWERS, "test_publish_wrong_phone_format")
    sender = {"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "Chosen"}}
    first = sns.publish(PhoneNumber=NUMBER, Message="Your code is 123")
    timed_cloud.drain()
    sns.set_sms_attributes(attributes={"DefaultSenderID": "Usual"})
    sns.publish(PhoneNumber=NUMBER, Message="two")
    timed_cloud.drain()
    sns.publish(PhoneNumber=NUMBER, Message="three", MessageAttributes=sender)
    found = messages(timed_cloud, NUMBER)
    assert [one["body"] for one in found] == ["Your code is 123", "two", "three"]
    assert [one["sender"] for one in found] == ["", "Usual", "Chosen"]
    with urllib.request.urlopen(f"{timed_cloud.endpoint}/_stratolite/messages?to={NUMBER}") as unescaped:
        assert json.loads(unescaped.read())["messages"] == found
    assert (found[0]["message_id"], found[0]["topic_arn"]) == (first["MessageId"], "")
    for number, case in (("+1a234", "invalid-number"), ("NAA+15551234567", "wrong-format")):
        equal(answered(sns.publish, PhoneNumber=number, Message="m"), entry[case])
    made = sns.create_topic(Name="wrong")["TopicArn"]
    subscribe = {"TopicArn": made, "Protocol": "sms", "Endpoint": "NAA+15551234567"}
    equal(answered(sns.subscribe, **subscribe), entry["wrong-endpoint"])


def test_settings(timed_cloud: RunningCloud, sns: Any) -> None:
    entry = recorded(ANSWERS, "test_get_sms_attributes_from_unmodified_region")
    equal(sns.get_sms_attributes(), entry["get-sms-attributes_unmodified_region"])
    entry = recorded(ANSWERS, "test_set_get_sms_attributes")
    attributes = {
        "DefaultSMSType": "Promotional",
        "DefaultSenderID": "LSTest",
        "DeliveryStatusSuccessSamplingRate": "100",
        "MonthlySpendLimit": "1",
    }
    sns.set_sms_attributes(attributes=attributes)
    equal(sns.get_sms_attributes(), entry["get-sms-all-attributes"])
    some = sns.get_sms_attributes(attributes=["DefaultSMSType", "DefaultSenderID"])
    equal(some, entry["get-sms-some-attributes"])
    elsewhere = timed_cloud.client("sns", region="eu-west-1")
    assert elsewhere.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


@pytest.mark.parametrize(
    ("case", "name", "value"),
    [
        ("InvalidAttributeName", "InvalidAttribute", "x"),
        ("TooLongID", "DefaultSendID", "abcdefghijkl"),
        ("NoLetterID", "DefaultSendID", "1234"),
        ("InvalidSMSType", "DefaultSMSType", "x"),
    ],
)
def test_settings_that_are_none(sns: Any, case: str, name: str, value: str) -> None:
    entry = recorded(ANSWERS, f"test_set_invalid_sms_attributes[{case}]")["invalid-attribute"]
    equal(answered(sns.set_sms_attributes, attributes={name: value}), entry)


@pytest.mark.parametrize("name", ["DeliveryStatusIAMRole", "UsageReportS3Bucket"])
def test_settings_without_effect_are_refused_by_name(sns: Any, name: str) -> None:
    code, text, _ = refused(sns.set_sms_attributes, attributes={name: "x"})
    assert code == "NotImplemented"
    assert name in text


def test_a_number_opts_out_and_in(timed_cloud: RunningCloud, sns: Any) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sms_manage.html"""
    out = recorded(ANSWERS, "test_is_phone_number_opted_out")["phone-number-opted-out"]
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"] is False
    equal(sns.list_phone_numbers_opted_out(), recorded(ANSWERS, "test_list_opted_out")["list-opted-out"])
    sns.publish(PhoneNumber=NUMBER, Message="one")
    assert len(messages(timed_cloud)) == 1
    assert reply(timed_cloud, {"from": NUMBER, "body": " stop "}) == 200
    equal(sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER), out)
    listed = recorded(ANSWERS, "test_list_phone_numbers_opted_out")["list-phone-numbers-opted-out"]
    equal(sns.list_phone_numbers_opted_out(), listed)
    sns.publish(PhoneNumber=NUMBER, Message="two")
    assert len(messages(timed_cloud)) == 1
    # Only those who wrote to it are told.
    assert timed_cloud.client("sns", region="eu-west-1").list_phone_numbers_opted_out()["phoneNumbers"] == []
    entry = recorded(ANSWERS, "test_opt_in_phone_number")["opt-in-phone-number"]
    equal(sns.opt_in_phone_number(phoneNumber=NUMBER), entry)
    entry = recorded(ANSWERS, "test_opt_in_non_existing_phone_number")["opt-in-non-existing-number"]
    equal(sns.opt_in_phone_number(phoneNumber="+15550000000"), entry)
    entry = recorded(ANSWERS, "test_opt_in_invalid_number")["opt-in-non-existing-number"]
    equal(answered(sns.opt_in_phone_number, phoneNumber="no number"), entry)
    sns.publish(PhoneNumber=NUMBER, Message="three")
    assert [one["body"] for one in messages(timed_cloud)] == ["one", "three"]
    unread: list[Any] = [{"from": NUMBER, "body": "thanks"}, {"from": NUMBER}, [], {"from": "x" * 2000, "body": "STOP"}]
    for nothing in unread:
        assert reply(timed_cloud, nothing) == 400


# Both -----------------------------------------------------------------------------------------------------------


def test_a_batch_reaches_people(timed_cloud: RunningCloud, sns: Any, topic: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=NUMBER)
    entries = [{"Id": "a", "Message": "one"}, {"Id": "b", "Message": ""}, {"Id": "c", "Message": "three"}]
    made = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [one["Id"] for one in made["Failed"]] == ["b"]
    # A standard topic keeps no order.
    assert {one["body"] for one in messages(timed_cloud, NUMBER)} == {"one", "three"}


def test_the_command_shows_them(timed_cloud: RunningCloud, sns: Any, topic: str) -> None:
    def shown(*arguments: str) -> str:
        result = CliRunner().invoke(command, ["--endpoint", timed_cloud.endpoint, *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    assert shown() == "No message was sent.\n"
    sns.publish(PhoneNumber=NUMBER, Message="one\ntwo")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=MAIL)
    timed_cloud.drain()
    assert f"sms to {NUMBER}\n  one\n  two\n" in shown()
    assert "Subscription Confirmation" in shown("--to", MAIL)
    [one] = json.loads(shown("--to", NUMBER, "--json"))
    assert (one["body"], one["protocol"], one["account"]) == ("one\ntwo", "sms", ACCOUNT)
