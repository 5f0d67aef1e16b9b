"""An API whose methods ask services without a function, as serverless-apigateway-service-proxy makes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Up, eventually, http

INBOX = Path(__file__).parent / "found" / "inbox-without-functions"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(INBOX, tmp_path_factory.mktemp("inbox") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def kept(app: Up, name: str) -> Any:
    """What the function has put into the table."""
    answer = eventually(lambda: http("GET", app.url(f"/dev/messages/{name}")), lambda got: got.body != b"{}")
    assert answer.status == 200
    return answer.json()


def test_messages_go_to_a_queue(app: Up) -> None:
    answer = http("POST", app.url("/dev/messages"), b"a = b & c", JSON)
    assert (answer.status, answer.json()) == (200, {"accepted": True})
    assert answer.headers["access-control-allow-origin"] == "*"
    app.drain()
    assert kept(app, "queued") == {"id": "queued", "body": "a = b & c"}
    preflight = http("OPTIONS", app.url("/dev/messages"))
    assert preflight.headers["access-control-allow-methods"] == "OPTIONS,POST"


def test_forms_go_as_they_are(app: Up) -> None:
    answer = http("POST", app.url("/dev/forms"), b"x=1", {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json()["SendMessageResponse"]["SendMessageResult"]["MessageId"]


def test_announcements_go_to_a_topic(app: Up) -> None:
    assert http("POST", app.url("/dev/announcements"), b"news & more", JSON).status == 200
    assert kept(app, "announced")["body"] == "news & more"


def test_events_go_to_a_bus(app: Up) -> None:
    answer = http("POST", app.url("/dev/events"), b'{"kind": "made", "data": "{\\"x\\": 1}"}', JSON)
    assert (answer.status, answer.json()["FailedEntryCount"]) == (200, 0)
    # The plugin's own template writes texts as they are.
    app.drain()
    found = http("GET", app.url("/dev/messages/event"))
    assert b'"kind":"made"' in found.body


def test_items_are_put_read_and_deleted(app: Up) -> None:
    url = app.url("/dev/messages/7")
    assert http("PUT", url, b'{"text": {"S": "hello"}, "n": {"N": "1"}}', JSON).status == 200
    assert http("GET", url).json() == {"id": "7", "text": "hello", "n": "1"}
    assert http("DELETE", url).status == 200
    gone = http("DELETE", url)
    assert (gone.status, gone.json()["message"]) == (400, "The conditional request failed")
    assert http("GET", url).json() == {}


def test_files_are_put_and_had(app: Up) -> None:
    url = app.url("/dev/files/notes.txt")
    assert http("PUT", url, b"first\n", {"Content-Type": "text/plain"}).status == 200
    got = http("GET", url)
    assert (got.status, got.body, got.headers["content-type"]) == (200, b"first\n", "text/plain")
    part = http("GET", url, headers={"Range": "bytes=0-1"})
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"fi", "bytes 0-1/6")
    assert http("GET", app.url("/dev/files/none")).status == 400


def test_clicks_go_to_a_stream(app: Up) -> None:
    answer = http("POST", app.url("/dev/clicks/home"), b"[1, 2]", JSON)
    assert (answer.status, answer.json()["ShardId"]) == (200, "shardId-000000000000")
    assert kept(app, "clicked") == {"id": "clicked", "body": "[1, 2]", "page": "home"}
