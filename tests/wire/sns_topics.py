"""Topics with functions and queues behind them, of which a test says how they behave."""

import base64
import urllib.request
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from tests.conftest import ACCOUNT, RunningCloud
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
