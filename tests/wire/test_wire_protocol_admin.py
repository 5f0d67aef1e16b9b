"""What the cloud itself answers under ``/_stratolite/``, and that ``docs/admin.md`` says so."""

import http.client
import json
import re
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.conftest import ACCOUNT, ROOT, RunningCloud

from stratolite import __version__
from stratolite.server.admin import ADVANCE_S_MAX, BODY_BYTES_MAX


def ask(cloud: RunningCloud, method: str, path: str, body: str = "") -> tuple[int, Any]:
    scope = f"{ACCOUNT}/20260101/eu-west-1/sns/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    with closing(http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc)) as connection:
        connection.request(method, f"/_stratolite/{path}", body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_health(cloud: RunningCloud) -> None:
    status, answer = ask(cloud, "GET", "health")
    assert (status, answer["status"], answer["version"]) == (200, "ready", __version__)
    assert (answer["endpoint"], answer["app_endpoint"]) == (cloud.endpoint, cloud.app_endpoint)
    assert {"dynamodb", "lambda", "s3", "sns"} <= set(answer["services"])


def test_the_clock_of_the_machine_is_not_moved(cloud: RunningCloud) -> None:
    assert ask(cloud, "POST", "clock", '{"advance_s": 1}')[0] == 409


def test_a_movable_clock_is_moved(timed_cloud: RunningCloud) -> None:
    before_ms = timed_cloud.clock.now_ms()
    assert ask(timed_cloud, "POST", "clock", '{"advance_s": 1.5}') == (200, {"now_ms": before_ms + 1500})
    assert ask(timed_cloud, "POST", "clock", '{"advance_s": 0}') == (200, {"now_ms": before_ms + 1500})


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "{}", '{"advance_s": "1"}', '{"advance_s": -1}', '{"advance_s": 1e300}', '{"advance_s": null}',
        f'{{"advance_s": {ADVANCE_S_MAX + 1}}}', " " * (BODY_BYTES_MAX + 1), "\xff",
    ],
)  # fmt: skip
def test_a_clock_is_not_moved_by_nonsense(timed_cloud: RunningCloud, body: str) -> None:
    before_ms = timed_cloud.clock.now_ms()
    status, answer = ask(timed_cloud, "POST", "clock", body)
    assert status == 400 and answer["message"].startswith('The body must be {"advance_s": seconds}')
    assert timed_cloud.clock.now_ms() == before_ms


def test_outbox_and_drain(timed_cloud: RunningCloud) -> None:
    world = timed_cloud.cloud.world
    assert ask(timed_cloud, "GET", "outbox") == (200, {"waiting": 0, "in_flight": 0, "entries": []})
    topic = timed_cloud.client("sns").create_topic(Name="gone")["TopicArn"]
    timed_cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", ReturnSubscriptionArn=True
    )
    timed_cloud.client("sns").delete_topic(TopicArn=topic)
    status, answer = ask(timed_cloud, "GET", "outbox")
    [entry] = answer["entries"]
    assert (status, answer["waiting"], entry["kind"], entry["source"]) == (200, 1, "sns.forget", topic)
    assert entry["due_ms"] > world.clock.now_ms() and entry["trace_id"].startswith("Root=1-")
    # What is due later is not waited for.
    assert ask(timed_cloud, "POST", "drain") == (200, {"waiting": 1})
    assert ask(timed_cloud, "POST", "clock", '{"advance_s": 86400}')[0] == 200
    assert ask(timed_cloud, "POST", "drain") == (200, {"waiting": 0})


def test_any_operation_in_json(cloud: RunningCloud) -> None:
    arn = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"
    assert ask(cloud, "POST", "operations/sns/CreateTopic", '{"Name": "news"}') == (200, {"TopicArn": arn})
    status, answer = ask(cloud, "POST", "operations/lambda/GetFunction", '{"FunctionName": "absent"}')
    assert (status, answer["__type"]) == (404, "ResourceNotFoundException")
    status, answer = ask(cloud, "POST", "operations/sns/CreateTopic", "{")
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    "request_line",
    ["GET nothing", "POST health", "GET drain", "GET operations/sns/ListTopics", "POST operations/sns", "POST a/b/c/d",
     "POST operations/nothing/ListTopics", "POST operations/sns/Nothing"],
)  # fmt: skip
def test_what_is_not_there_is_said(cloud: RunningCloud, request_line: str) -> None:
    method, path = request_line.split()
    status, answer = ask(cloud, method, path)
    assert status == 404 and answer["message"]


def test_every_request_is_documented() -> None:
    text = (ROOT / "docs" / "admin.md").read_text()
    source = (ROOT / "src" / "stratolite" / "server" / "admin.py").read_text()
    handled = re.findall(r'case "(GET|POST)", \["(\w+)"', source)
    assert len(handled) >= 5
    for method, word in handled:
        assert f"`{method} /_stratolite/{word}" in text
