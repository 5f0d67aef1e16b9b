"""The parts of user-events that need no cloud. Run: pytest examples/user-events/tests"""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def load(name):
    """A handler's module, as Lambda imports it: ``src`` is a package beside the handler's folder."""
    spec = importlib.util.spec_from_file_location(f"user_events_{name}", SOURCE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def publish(monkeypatch):
    """The publisher, with a topic that keeps what it is given."""
    module = load("publish")
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:000000000000:events")
    module.published = []

    class Topic:
        def publish(self, **message):
            module.published.append(message)
            return {"MessageId": "m-1"}

    module.sns = Topic
    return module


@pytest.mark.parametrize("body", [None, "", "{", "[]", "{}", '"text"'])
def test_what_has_no_type_is_refused(publish, body):
    assert publish.handler({"body": body}, None)["statusCode"] == 400
    assert publish.published == []


def test_type_and_source_become_attributes(publish):
    answer = publish.handler({"body": '{"type": "user.created", "source": "test"}'}, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (202, {"messageId": "m-1"})
    [message] = publish.published
    assert json.loads(message["Message"]) == {"type": "user.created", "source": "test"}
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "type": "user.created",
        "source": "test",
    }


@pytest.mark.parametrize("subscriber", ["welcome", "audit"])
def test_subscribers_write_down_each_message_once(subscriber, monkeypatch):
    items = {}

    class Table:
        def put_item(self, Item):
            items[Item["subscriber"], Item["eventId"]] = Item["message"]

    monkeypatch.syspath_prepend(str(SOURCE.parent))
    for name in ("src", "src.seen"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = load(subscriber)
    monkeypatch.setattr(sys.modules["src.seen"], "table", Table)
    record = {"Sns": {"MessageId": "m-1", "Message": "hello"}}
    module.handler({"Records": [record]}, None)
    module.handler({"Records": [record]}, None)
    assert items == {(subscriber, "m-1"): "hello"}
