"""AWS that cannot be reached: each pattern says so within seconds, and nothing is taken for done."""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

pytest.importorskip("boto3")

from botocore.exceptions import EndpointConnectionError

from stratolite_patterns import connections
from stratolite_patterns.events import (
    BatchFailed,
    Event,
    Idempotency,
    Outbox,
    PublishFailed,
    SnsPublisher,
)
from stratolite_patterns.pipeline import Pipeline, Progress
from stratolite_patterns.settings import SettingsError, load, parameter

LIMIT_S = 60


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment whose AWS is a port that nobody listens at, and clients that were made in it alone."""
    import boto3

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # It is held, so that nobody else listens there.
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        connections.close_all()
        yield
        connections.close_all()


@dataclass(frozen=True)
class Settings:
    greeting: str = parameter("/greeting")


def publish() -> None:
    events = [Event(type="a", data={"n": number}) for number in range(30)]
    SnsPublisher("arn:aws:sns:us-east-1:123456789012:users").publish(*events)


def write() -> None:
    publisher = SnsPublisher("arn:aws:sns:us-east-1:123456789012:users")
    Outbox("state", publisher).write([], {"ada": [Event(type="a", data={})]})


def once() -> None:
    Idempotency("once").run("k", lambda: pytest.fail("done without its record"))


def settings() -> None:
    load(Settings, stage="staging", environ={})


def pipeline() -> None:
    steps = Pipeline(Progress("progress"))
    steps.step("rows")(lambda source: pytest.fail("run without its record"))
    found = {"key": "k", "size": 1, "eTag": "e", "sequencer": "1"}
    s3 = {"bucket": {"name": "b"}, "object": found}
    steps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]})


@pytest.mark.parametrize(
    ("work", "expected", "said"),
    [
        (publish, PublishFailed, r"30 event\(s\) were not published.*EndpointConnectionError"),
        (write, EndpointConnectionError, "Could not connect"),
        (once, EndpointConnectionError, "Could not connect"),
        (settings, SettingsError, r"greeting: /greeting \(SSM\): cannot be read: EndpointConnectionError"),
        (pipeline, BatchFailed, "EndpointConnectionError"),
    ],
    ids=["publish", "outbox", "idempotency", "settings", "pipeline"],
)
def test_it_is_said_in_time(work: Callable[[], None], expected: type[Exception], said: str) -> None:
    began_s = time.monotonic()
    with pytest.raises(expected, match=said):
        work()
    assert time.monotonic() - began_s < LIMIT_S
