"""SNS over the wire: web servers as subscribers, from the handshake to the dead letter."""

import base64
import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from tests.conftest import ACCOUNT, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.listeners import Listener, Posted, listening
from tests.wire.targets import Queues, queues_of

ANSWERS = "sns/test_sns.json"
HANDSHAKE = "test_subscribe_external_http_endpoint"
DAY_S = 24 * 60 * 60
SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}"
AT_ONCE = {
    "minDelayTarget": 1,
    "maxDelayTarget": 1,
    "numRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
    "backoffFunction": "linear",
}


@pytest.fixture
def sns(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("sns")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="web")["TopicArn"]
    return arn


@pytest.fixture
def queues(timed_cloud: RunningCloud) -> Queues:
    return queues_of(timed_cloud)


def subscribe(sns: Any, topic: str, listener: Listener, **attributes: Any) -> str:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()}
    made = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=listener.url, Attributes=texts, ReturnSubscriptionArn=True
    )
    arn: str = made["SubscriptionArn"]
    return arn


def confirmed(cloud: RunningCloud, sns: Any, topic: str, listener: Listener, **attributes: Any) -> str:
    """Subscribe, and confirm by the operation."""
    arn = subscribe(sns, topic, listener, **attributes)
    cloud.drain()
    sns.confirm_subscription(TopicArn=topic, Token=listener.posted[-1].document["Token"])
    listener.posted.clear()
    return arn


def got(url: str) -> tuple[int, dict[str, Any]]:
    """The status and the answer of a GET without signature, namespaces taken away."""
    try:
        with urllib.request.urlopen(url) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, body = error.code, error.read()
    root = ElementTree.fromstring(body)
    return status, {_name(root): _tree(root)}


def _tree(node: ElementTree.Element) -> Any:
    return {_name(child): _tree(child) for child in node} if len(node) else node.text


def _name(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def equal_xml(url: str, entry: Any) -> None:
    """A GET has the recorded answer."""
    status, ours = got(url)
    [(name, aws)] = entry.items()
    assert list(ours) == [name]
    assert status == (400 if name == "ErrorResponse" else 200)
    mine = dict(ours[name])
    theirs = {key: value for key, value in aws.items() if key != "ResponseMetadata"}
    mine.pop("ResponseMetadata", None)
    equal(mine, theirs)


def equal_headers(posted: Posted, entry: dict[str, str]) -> None:
    ours = {name.title(): value for name, value in posted.headers.items()}
    assert set(ours) == set(entry)
    for name in set(entry) - {"Connection", "Content-Length", "Host"}:
        equal(ours[name], entry[name], name)


def verify(document: dict[str, Any], algorithm: hashes.HashAlgorithm) -> None:
    """Checks a signature as https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html says."""
    with urllib.request.urlopen(document["SigningCertURL"]) as answer:
        key = x509.load_pem_x509_certificate(answer.read()).public_key()
    assert isinstance(key, RSAPublicKey)
    signed = "".join(f"{name}\n{document[name]}\n" for name in SIGNED if name in document)
    key.verify(base64.b64decode(document["Signature"]), signed.encode(), PKCS1v15(), algorithm)


# The handshake --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_raw", [True, False])
def test_a_subscription_from_handshake_to_farewell(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, is_raw: bool
) -> None:
    entry = recorded(ANSWERS, f"{HANDSHAKE}[{is_raw}]")
    arn = subscribe(sns, topic, listener, RawMessageDelivery=str(is_raw).lower())
    timed_cloud.drain()
    [asked] = listener.posted
    equal(asked.document, entry["subscription-confirmation"])
    equal_headers(asked, entry["http-confirm-sub-headers"])
    verify(asked.document, hashes.SHA1())
    url, token = asked.document["SubscribeURL"], asked.document["Token"]
    assert url == f"{timed_cloud.endpoint}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
    equal_xml(url.replace(topic, "not-an-arn"), entry["broken-topic-arn-confirm"])
    equal_xml(url.replace(token, "abc123"), entry["broken-token-confirm"])
    equal_xml(url.replace("us-east-1", "eu-central-1"), entry["different-region-arn-confirm"])
    equal_xml(url.replace(topic, f"{topic[:-1]}x"), entry["nonexistent-token-confirm"])
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "false")
    equal_xml(url, entry["confirm-subscribe"])
    sns.publish(TopicArn=topic, Message="test_external_http_endpoint")
    timed_cloud.drain()
    [message] = listener.of_type("Notification")
    equal_headers(message, entry["http-message-headers-raw" if is_raw else "http-message-headers"])
    if is_raw:
        assert message.body == "test_external_http_endpoint"
    else:
        equal(message.document, entry["http-message"])
        verify(message.document, hashes.SHA1())
    equal_xml(f"{timed_cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}", entry["unsubscribe-response"])
    timed_cloud.drain()
    [farewell] = listener.of_type("UnsubscribeConfirmation")
    equal(farewell.document, entry["unsubscribe-request"])
    assert farewell.headers["x-amz-sns-subscription-arn"] == arn
    verify(farewell.document, hashes.SHA1())
    assert sns.list_subscriptions()["Subscriptions"] == []
    # The farewell's own link takes it back.
    assert got(farewell.document["SubscribeURL"])[0] == 200
    assert [one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]] == [arn]


def test_what_is_posted_in_lower_case(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    entry = recorded(ANSWERS, f"{HANDSHAKE}_lambda_url_sig_validation")
    subscribe(sns, topic, listener)
    timed_cloud.drain()
    asked = listener.posted[0].document
    equal(sns.confirm_subscription(TopicArn=topic, Token=asked["Token"]), entry["confirm-subscription"])
    sns.publish(TopicArn=topic, Message="test_external_http_endpoint")
    timed_cloud.drain()
    follow = listener.of_type("Notification")[0].document["UnsubscribeURL"]
    assert got(follow)[0] == 200
    timed_cloud.drain()
    for posted, case in zip(
        listener.posted, ("subscription-confirmation", "publish-event", "unsubscribe-event"), strict=True
    ):
        [aws] = entry[case]["events"]
        equal(posted.document, aws["body"], case)
        ours = {name.lower(): value for name, value in posted.headers.items()}
        of_connection = {"host", "connection", "content-length"}
        equal({name: ours[name] for name in ours if name not in of_connection}, aws["headers"], case)
        verify(posted.document, hashes.SHA1())


def test_what_subscribe_answers(sns: Any, topic: str, listener: Listener) -> None:
    entry = recorded(ANSWERS, "test_http_subscription_response")
    request = {"TopicArn": topic, "Protocol": "http", "Endpoint": listener.url}
    equal(sns.subscribe(**request), entry["subscription"])
    equal(sns.subscribe(**request, ReturnSubscriptionArn=True), entry["subscription-with-arn"])
    creating = recorded(ANSWERS, "test_creating_subscription")["create-subscription"]
    equal(sns.subscribe(**(request | {"Endpoint": f"{listener.url}/other"})), creating)
    # https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {one["SubscriptionArn"] for one in listed} == {"PendingConfirmation"}
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]) == ("2", "0")


def test_confirmed_by_a_signed_request(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    entry = recorded(ANSWERS, "test_confirm_subscription")["confirm-subscription"]
    arn = subscribe(sns, topic, listener)
    timed_cloud.drain()
    token = listener.posted[0].document["Token"]
    made = sns.confirm_subscription(TopicArn=topic, Token=token)
    assert list(made) == list(entry)
    assert made["SubscriptionArn"] == arn
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "true")


def test_nothing_is_delivered_before_and_it_may_be_asked_again(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener
) -> None:
    subscribe(sns, topic, listener)
    sns.publish(TopicArn=topic, Message="too early")
    timed_cloud.drain()
    subscribe(sns, topic, listener)
    timed_cloud.drain()
    first, second = listener.posted
    assert first.document["Token"] != second.document["Token"]
    assert {one.document["Type"] for one in listener.posted} == {"SubscriptionConfirmation"}


def test_two_days_to_confirm(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    arn = subscribe(sns, topic, listener)
    timed_cloud.drain()
    token = listener.posted[0].document["Token"]
    timed_cloud.advance(2 * DAY_S)
    timed_cloud.drain()
    said = refused(sns.confirm_subscription, TopicArn=topic, Token=token)
    assert said[:2] == ("InvalidParameter", "Invalid parameter: Token")
    assert refused(sns.get_subscription_attributes, SubscriptionArn=arn)[0] == "NotFound"
    kept = confirmed(timed_cloud, sns, topic, listener)
    timed_cloud.advance(2 * DAY_S)
    timed_cloud.drain()
    assert sns.get_subscription_attributes(SubscriptionArn=kept)["Attributes"]["PendingConfirmation"] == "false"


def test_the_owner_gets_no_farewell(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    sns.unsubscribe(SubscriptionArn=confirmed(timed_cloud, sns, topic, listener))
    timed_cloud.drain()
    assert listener.posted == []


def test_a_subscription_that_only_signed_requests_end(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener
) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
    arn = subscribe(sns, topic, listener)
    timed_cloud.drain()
    token = listener.posted[0].document["Token"]
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    status, answer = got(f"{timed_cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}")
    assert (status, answer["ErrorResponse"]["Error"]["Code"]) == (403, "AuthorizationError")
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_handshake_does_not_bring_back_what_was_ended(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener
) -> None:
    arn = subscribe(sns, topic, listener)
    timed_cloud.drain()
    token = listener.posted[0].document["Token"]
    sns.unsubscribe(SubscriptionArn=arn)
    assert refused(sns.confirm_subscription, TopicArn=topic, Token=token)[1] == "Invalid parameter: Token"


@pytest.mark.parametrize(
    ("protocol", "endpoint"), [("http", "https://127.0.0.1/"), ("https", "http://127.0.0.1/"), ("http", "x")]
)
def test_endpoints_of_another_protocol(sns: Any, topic: str, protocol: str, endpoint: str) -> None:
    said = refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert said == ("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol", 400)


# Delivery policies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_raw", [True, False])
def test_the_content_type_of_the_policy(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, is_raw: bool
) -> None:
    entry = recorded(ANSWERS, f"{HANDSHAKE}_content_type[{is_raw}]")
    own = {"healthyRetryPolicy": AT_ONCE, "throttlePolicy": {"maxReceivesPerSecond": 1000}}
    arn = subscribe(sns, topic, listener, RawMessageDelivery=str(is_raw).lower(), DeliveryPolicy=own)
    if is_raw:
        policy = json.dumps({"requestPolicy": {"headerContentType": "text/csv"}})
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=policy)
    else:
        policy = json.dumps({"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=policy)
    of_topic = sns.get_topic_attributes(TopicArn=topic)
    # AWS counts with some delay.
    assert of_topic["Attributes"]["SubscriptionsPending"] == "1"
    of_topic["Attributes"]["SubscriptionsPending"] = "0"
    equal(of_topic, entry["topic-attrs"])
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)
    shown["Attributes"]["SubscriptionPrincipal"] = f"arn:aws:iam::{ACCOUNT}:user/u"
    aws = entry["sub-attrs"]
    aws["Attributes"]["Endpoint"] = listener.url
    equal(shown, aws)
    timed_cloud.drain()
    [asked] = listener.posted
    equal(asked.document, entry["subscription-confirmation"])
    equal_headers(asked, entry["http-confirm-sub-headers"])
    sns.confirm_subscription(TopicArn=topic, Token=asked.document["Token"])
    sns.publish(TopicArn=topic, Message="test_external_http_endpoint")
    timed_cloud.drain()
    [message] = listener.of_type("Notification")
    equal_headers(message, entry["http-message-headers-raw" if is_raw else "http-message-headers"])
    if not is_raw:
        equal(message.document, entry["http-message"])


def test_a_topics_policy_is_kept_and_shown(sns: Any) -> None:
    entry = recorded(ANSWERS, "test_topic_delivery_policy_crud")
    content = {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}}
    attributes = {
        "DisplayName": "TestTopic",
        "SignatureVersion": "2",
        "FifoTopic": "true",
        "DeliveryPolicy": json.dumps(content),
    }
    arn = sns.create_topic(Name="policy.fifo", Attributes=attributes)["TopicArn"]
    assert sns.create_topic(Name="policy.fifo", Attributes=attributes)["TopicArn"] == arn
    equal(sns.get_topic_attributes(TopicArn=arn), entry["get-topic-attrs"])
    retry = {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1}
    for policy, case in (
        (json.dumps({"http": {"defaultHealthyRetryPolicy": retry}}), "get-topic-attrs-after-update"),
        (json.dumps({"http": {"defaultHealthyRetryPolicy": None}}), "get-topic-attrs-after-none"),
        ("", "get-topic-attrs-after-delete"),
    ):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="DeliveryPolicy", AttributeValue=policy)
        equal(sns.get_topic_attributes(TopicArn=arn), entry[case], case)


def test_policies_that_are_none(sns: Any, topic: str, listener: Listener) -> None:
    # The text is the one of https://github.com/awsdocs/amazon-sns-developer-guide/pull/5
    request = {"TopicArn": topic, "Protocol": "http", "Endpoint": listener.url}
    policy = json.dumps({"healthyRetryPolicy": AT_ONCE | {"minDelayTarget": 0}})
    said = refused(sns.subscribe, **request, Attributes={"DeliveryPolicy": policy})
    assert said[:2] == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: DeliveryPolicy: healthyRetryPolicy.minDelayTarget must be greater than "
        "or equal to 1",
    )
    queue = request | {"Protocol": "sqs", "Endpoint": f"{QUEUES}:q"}
    assert refused(sns.subscribe, **queue, Attributes={"DeliveryPolicy": "{}"})[0] == "InvalidParameter"
    set_ = {"TopicArn": topic, "AttributeName": "DeliveryPolicy", "AttributeValue": "{"}
    assert refused(sns.set_topic_attributes, **set_)[0] == "InvalidParameter"


# Failures -------------------------------------------------------------------------------------------------------


def test_three_retries_of_twenty_seconds_and_then_the_dead_letter(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, queues: Queues
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""
    redrive = {"deadLetterTargetArn": f"{QUEUES}:dead"}
    confirmed(timed_cloud, sns, topic, listener, RedrivePolicy=redrive)
    listener.statuses = [500, 503, 429, 500]
    sns.publish(TopicArn=topic, Message="m")
    for count in (1, 2, 3, 4):
        timed_cloud.drain()
        assert len(listener.posted) == count
        assert bool(queues.sent) == (count == 4)
        timed_cloud.advance(19)
        timed_cloud.drain()
        assert len(listener.posted) == count
        timed_cloud.advance(1)
    assert len({one.headers["x-amz-sns-message-id"] for one in listener.posted}) == 1
    [dead] = queues.bodies("dead")
    assert json.loads(dead)["Message"] == "m"
    assert len(timed_cloud.cloud.world.outbox.entries(target=listener.url)) == 0


def test_a_retry_that_succeeds(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    policy = {"healthyRetryPolicy": AT_ONCE | {"numRetries": 2, "numNoDelayRetries": 2}}
    confirmed(timed_cloud, sns, topic, listener, DeliveryPolicy=policy)
    listener.statuses = [500, 500]
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    assert [one.document["Message"] for one in listener.posted] == ["m"] * 3


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
def test_what_the_endpoint_says_no_to_is_not_tried_again(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, queues: Queues, status: int
) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html: a client-side error is final."""
    redrive = {"deadLetterTargetArn": f"{QUEUES}:dead"}
    confirmed(timed_cloud, sns, topic, listener, RedrivePolicy=redrive, RawMessageDelivery="true")
    listener.statuses = [status]
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    assert (len(listener.posted), queues.bodies("dead")) == (1, ["m"])


def test_an_endpoint_that_is_gone(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, queues: Queues
) -> None:
    policy = {"healthyRetryPolicy": AT_ONCE | {"numRetries": 1}}
    redrive = {"deadLetterTargetArn": f"{QUEUES}:dead"}
    confirmed(timed_cloud, sns, topic, listener, RedrivePolicy=redrive, DeliveryPolicy=policy)
    with socket.socket() as held:  # So that nobody else listens there.
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url, ReturnSubscriptionArn=True)
        arn = answer["SubscriptionArn"]
        timed_cloud.drain()
    [waiting] = timed_cloud.cloud.world.outbox.entries(target=url)
    assert "cannot be reached" in waiting.error
    timed_cloud.advance(60)
    timed_cloud.drain()
    assert queues.sent == []
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"


def test_a_throttle_policy(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    policy = {"throttlePolicy": {"maxReceivesPerSecond": 2}}
    confirmed(timed_cloud, sns, topic, listener, DeliveryPolicy=policy)
    for place in range(5):
        sns.publish(TopicArn=topic, Message=f"m{place}")
    for count in range(1, 6):
        timed_cloud.drain()
        assert len(listener.posted) == count
        timed_cloud.advance(0.5)
    assert sorted(one.document["Message"] for one in listener.posted) == [f"m{place}" for place in range(5)]


def test_a_topics_policy_may_forbid_others(
    timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener, queues: Queues
) -> None:
    of_topic = {"http": {"disableSubscriptionOverrides": True, "defaultHealthyRetryPolicy": AT_ONCE}}
    set_ = {"TopicArn": topic, "AttributeName": "DeliveryPolicy", "AttributeValue": json.dumps(of_topic)}
    sns.set_topic_attributes(**set_)
    policy = {"healthyRetryPolicy": AT_ONCE | {"numRetries": 5, "numNoDelayRetries": 5}}
    arn = confirmed(timed_cloud, sns, topic, listener, DeliveryPolicy=policy)
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"] == AT_ONCE
    listener.statuses = [500]
    sns.publish(TopicArn=topic, Message="m")
    timed_cloud.drain()
    assert len(listener.posted) == 1


def test_the_text_for_the_protocol(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    confirmed(timed_cloud, sns, topic, listener)
    message = json.dumps({"default": "d", "http": "for the web", "https": "not this"})
    attributes = {"a": {"DataType": "Binary", "BinaryValue": b"x"}}
    sns.publish(TopicArn=topic, Message=message, MessageStructure="json", MessageAttributes=attributes, Subject="s")
    timed_cloud.drain()
    document = listener.posted[0].document
    assert (document["Message"], document["Subject"]) == ("for the web", "s")
    assert document["MessageAttributes"] == {"a": {"Type": "Binary", "Value": "eA=="}}


def test_a_password_in_the_url(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html"""
    url = listener.url.replace("http://", "http://user:p%40ss@")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    timed_cloud.drain()
    [asked] = listener.posted
    assert asked.headers["Authorization"] == f"Basic {base64.b64encode(b'user:p@ss').decode()}"
    assert asked.headers["Host"] == listener.url.removeprefix("http://").partition("/")[0]


def test_signed_in_the_topics_version(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    confirmed(timed_cloud, sns, topic, listener)
    sns.publish(TopicArn=topic, Message="m", Subject="s")
    timed_cloud.drain()
    document = listener.posted[0].document
    assert document["SignatureVersion"] == "2"
    verify(document, hashes.SHA256())


def test_tokens_are_long_and_hexadecimal(timed_cloud: RunningCloud, sns: Any, topic: str, listener: Listener) -> None:
    subscribe(sns, topic, listener)
    timed_cloud.drain()
    assert re.fullmatch(r"[0-9a-f]{288}", listener.posted[0].document["Token"])
    said = answered(sns.confirm_subscription, TopicArn=topic, Token="randomtoken")
    equal(said, recorded(ANSWERS, "test_sns_confirm_subscription_wrong_token")["invalid-token"])
