"""A chat with a WebSocket API, as tutorials write it: who connects is in a table, and hears what others say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Starter, Up, eventually, http
from tests.conftest import free_port
from tests.wire.web_sockets import Refused, WebSocketClient

FOLDER = Path(__file__).parent / "found" / "chat-room"
REGION = "eu-west-1"


@pytest.fixture(scope="module", autouse=True)
def ports() -> Iterator[str]:
    """Free ports for what the plugin has at 3001 and 3002; that of WebSockets."""
    found = [str(free_port()) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAMBDA_PORT", found[0])
        patch.setenv("WEBSOCKET_PORT", found[1])
        yield found[1]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(FOLDER, tmp_path_factory.mktemp("chat") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def connect(app: Up, name: str) -> WebSocketClient:
    return WebSocketClient(app.note()["app_endpoint"], f"/dev?name={name}")


def people(app: Up) -> list[str]:
    """Who is in the table."""
    table = app.client("dynamodb", REGION)
    found: list[dict[str, Any]] = table.scan(TableName="chat-room-connections-dev")["Items"]
    table.close()
    return sorted(item["name"]["S"] for item in found)


def test_it_is_shown_where_it_is(app: Up) -> None:
    place = app.note()["app_endpoint"].replace("http", "ws", 1)
    assert any(line.split() == ["WS", f"{place}/dev"] for line in app.lines), app.output
    assert "wss://" not in app.output
    assert "not run here" not in app.output


def test_everybody_hears_what_somebody_says(app: Up) -> None:
    ada, grace = connect(app, "ada"), connect(app, "grace")
    assert people(app) == ["ada", "grace"]
    ada.send({"action": "say", "text": "hello"})
    said = {"from": "ada", "text": "hello"}
    assert ada.receive_json() == grace.receive_json() == said
    assert "say" in grace.ask("what?")["help"]
    # The REST API has a stage of the same name.
    assert http("POST", app.url("/dev/announcements"), {"text": "closing"}).status == 202
    assert ada.receive_json() == grace.receive_json() == {"from": "the house", "text": "closing"}
    ada.close()
    app.drain()
    assert people(app) == ["grace"]
    grace.close()
    app.drain()
    assert people(app) == []


def test_the_plugins_port_needs_no_stage(app: Up, ports: str) -> None:
    assert any(f"ws://localhost:{ports} as well" in line for line in app.lines), app.output
    client = WebSocketClient(f"http://127.0.0.1:{ports}", "/?name=ada")
    assert "say" in client.ask("what?")["help"]
    client.close()
    app.drain()


def test_who_is_not_admitted_is_not_there(app: Up) -> None:
    with pytest.raises(Refused) as refused:
        connect(app, "mallory")
    assert refused.value.status == 403
    assert json.loads(refused.value.body)["message"] == "Forbidden"
    with pytest.raises(Refused) as refused:
        WebSocketClient(app.note()["app_endpoint"], "/dev")
    assert refused.value.status == 401
    assert people(app) == []


def test_a_killed_cloud_leaves_nobody_in_the_table(up: Starter) -> None:
    first = up(FOLDER, "--no-watch")
    ada = connect(first, "ada")
    assert people(first) == ["ada"]
    first.process.kill()
    first.stop()
    ada.vanish()
    second = up(FOLDER, "--no-watch")
    assert eventually(lambda: people(second), lambda found: found == []) == []
    assert second.stop() == 0
