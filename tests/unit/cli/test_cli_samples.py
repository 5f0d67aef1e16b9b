"""Sample events: every setting shows, and shapes are those that the services themselves send."""

import base64
import gzip
import json
from typing import Any

import pytest
from click.testing import CliRunner

from stratolite.cli.invoke import command
from stratolite.cli.samples import SAMPLES, sample
from stratolite.cli.samples.model import Place
from stratolite.core.call import Call
from stratolite.core.errors import UserError
from stratolite.services.s3 import notifications
from stratolite.services.s3.domain import NULL_VERSION, Bucket, Version

PLACE = Place("123456789012", "eu-west-1", 1_767_323_045_678)
OTHER = {"method": "POST", "detail": '{"other": 1}', "size": "7", "event": "MODIFY", "queue": "other.fifo"}
OTHER |= dict.fromkeys(("keys", "new", "old"), '{"id": {"S": "other"}}') | {"query": "a=1"}


def shape(value: Any) -> Any:
    """The names in a value, without what stands under them."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else None


@pytest.mark.parametrize("kind", SAMPLES)
def test_events_are_json_and_of_their_place(kind: str) -> None:
    event = json.dumps(sample(kind, PLACE, {}))
    if kind == "logs":
        data = json.loads(event)["awslogs"]["data"]
        event = gzip.decompress(base64.b64decode(data)).decode()
    assert "eu-west-1" in event or "123456789012" in event


@pytest.mark.parametrize(("kind", "setting"), [(kind, name) for kind, one in SAMPLES.items() for name in one.settings])
def test_every_setting_acts(kind: str, setting: str) -> None:
    chosen = {"event": "MODIFY"} if (kind, setting) == ("dynamodb", "old") else {}
    chosen |= {"queue": "q.fifo"} if (kind, setting) == ("sqs", "group") else {}
    changed = sample(kind, PLACE, {**chosen, setting: OTHER.get(setting, "/other")})
    assert changed != sample(kind, PLACE, chosen)


def test_object_events_have_the_shape_of_those_that_buckets_send() -> None:
    call = Call(account="123456789012", region="eu-west-1", now_ms=PLACE.now_ms, request_id="r")
    bucket = Bucket("my-bucket", "123456789012", "eu-west-1", 0)
    version = Version("my-bucket", "a b.png", NULL_VERSION, 0, 1, "etag")
    sent = notifications.record(call, bucket, notifications.PUT, version, "00", "sample")
    made = sample("s3-put", PLACE, {"key": "a b.png"})["Records"][0]
    assert shape(made) == shape(sent)
    assert made["s3"]["object"]["key"] == sent["s3"]["object"]["key"] == "a+b.png"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["f", "--generate", "s3"], "there is no sample event 's3'"),
        (["f", "--generate", "sqs", "--set", "bucket=b"], "Its settings are queue, body, group."),
        (["f", "--generate", "sqs", "--set", "body"], "--set takes KEY=VALUE, not 'body'"),
        (["f", "--generate", "s3-put", "--set", "size=big"], "the setting size is a number of bytes"),
        (["f", "--generate", "dynamodb", "--set", "event=PUT"], "INSERT, MODIFY or REMOVE"),
        (["f", "--generate", "event-bridge", "--set", "detail={"], "the setting detail is not JSON"),
        (["f", "--generate", "sqs", "--data", "{}"], "exclude one another"),
        (["f", "--set", "a=b"], "--set changes a sample event"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)


def test_an_event_is_shown_without_a_function_or_a_cloud() -> None:
    result = CliRunner().invoke(command, ["--generate", "sqs", "--set", "body=Hi", "--show", "--region", "eu-west-1"])
    assert json.loads(result.output)["Records"][0]["body"] == "Hi"


def test_the_kinds_are_listed() -> None:
    assert "s3-put" in CliRunner().invoke(command, ["--generate", "list"]).output
