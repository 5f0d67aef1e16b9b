"""Endpoints that are written into the code: hosts of AWS reach the local cloud, and only that.

``order-intake`` (Python) names the endpoints of its region, a queue of another account and its own API by its host;
``todo-offline`` (Node) does so with both SDKs, or with ``IS_OFFLINE`` asks the emulators of its plugins.
"""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Starter, Up, eventually, http, needs_sdks
from tests.conftest import free_port

FOUND = Path(__file__).parent / "found"
REAL_KEY = "AKIAREALSHELL0000000"
EMULATORS = {
    "DYNAMODB": ("dynamodb", "serverless-dynamodb-local"),
    "S3": ("s3", "serverless-s3-local"),
    "SNS": ("sns", "serverless-offline-sns"),
    "SQS": ("sqs", "serverless-offline-sqs"),
    "LAMBDA": ("lambda", "serverless-offline"),
}


def invoke(app: Up, function: str, region: str) -> Any:
    """What a function answers, which has to be a success."""
    answer = app.client("lambda", region).invoke(FunctionName=function, Payload=b"{}")
    text = answer["Payload"].read()
    assert "FunctionError" not in answer, text
    return json.loads(text)


# Python ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Started from a shell with keys of a real account, which functions must not see."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            patch.setenv(name, REAL_KEY)
        running = Up(FOUND / "order-intake", tmp_path_factory.mktemp("orders") / "data", ["--no-watch"])
    running.until("Ctrl-C stops")
    yield running
    running.stop()


def test_endpoints_queues_apis_and_presigned_urls_of_aws_are_here(orders: Up) -> None:
    made = http("POST", orders.url("/dev/orders"), {"item": "book"})
    assert made.status == 201, made.body
    orders.drain()
    receipt = http("GET", orders.url(f"/dev/orders/{made.json()['id']}/receipt"))
    assert receipt.status == 200, (receipt.body, orders.output)
    assert receipt.json()["text"] == "1 x book"
    link = "https://order-intake-dev-receipts.s3.eu-central-1.amazonaws.com/"
    assert receipt.json()["link"].startswith(link)
    line = orders.lines[orders.until("confirmed") - 1]
    confirmed = json.loads(line.partition("confirmed ")[2])
    assert confirmed["host"].endswith(".execute-api.eu-central-1.amazonaws.com")
    assert confirmed["scheme"] == "https"
    assert ":assumed-role/" in confirmed["caller"]


def test_function_urls_are_too(orders: Up) -> None:
    refused = http("POST", orders.url("/dev/orders"), {"item": "pen"})
    assert refused.status == 409, (refused.body, orders.output)
    assert refused.json()["left"] == 0
    assert refused.json()["host"].endswith(".lambda-url.eu-central-1.on.aws")


def test_what_is_not_here_is_refused_and_explained(orders: Up) -> None:
    answers = invoke(orders, "order-intake-dev-elsewhere", "eu-central-1")
    assert answers == {
        "table": "ResourceNotFoundException",
        "region": "AWS.SimpleQueueService.NonExistentQueue",
        "firehose": "NotImplemented",
        "keys": 501,
        "other_api": 403,
        "sockets": "Missing Authentication Token",
        # Nothing of the shell's own account reaches a function.
        "credentials": [],
        "profile": "",
        "files": False,
    }
    hints = [line.partition("hint: ")[2] for line in orders.lines if line.startswith("hint: ")]
    function = "order-intake-dev-elsewhere: "
    assert (
        f"{function}DescribeTable asked for the table orders in eu-central-1: there is none of that name; " in hints[0]
    )
    assert hints[0].endswith("the nearest: order-intake-dev-orders")
    assert hints[1] == (
        f"{function}GetQueueUrl asked for the queue order-intake-dev-orders in us-east-1: "
        "it is not there, but in eu-central-1"
    )
    assert "firehose" in hints[2] and "--real-aws firehose.eu-central-1.amazonaws.com" in hints[2]
    assert "--real-aws cognito-idp.eu-central-1.amazonaws.com" in hints[3]
    assert "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com is no API of this cloud" in hints[4]


# Node -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def todos(sdks: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The application, with ports that are free."""
    for name in EMULATORS:
        monkeypatch.setenv(f"{name}_PORT", str(free_port()))
    return FOUND / "todo-offline"


def check(app: Up) -> dict[str, Any]:
    """Use the application by all of its functions; what ``where`` answers."""
    for text in ("first", "second"):
        assert http("POST", app.url("/dev/todos"), {"text": text}).status == 201, app.output
    listed = http("GET", app.url("/dev/todos"))
    assert sorted(listed.json()) == ["first", "second"]
    app.drain()
    queue = app.client("sqs", "us-west-2")
    url = queue.get_queue_url(QueueName="todo-reports")["QueueUrl"]
    got = eventually(
        lambda: queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []), lambda found: found
    )
    assert {message["Body"] for message in got} <= {"first", "second"}
    answer: dict[str, Any] = invoke(app, "todo-offline-dev-where", "us-west-2")
    assert sorted(answer["api"]) == sorted(answer["invoked"]) == ["first", "second"]
    return answer


@needs_sdks
def test_both_sdks_with_endpoints_of_aws(todos: Path, up: Starter) -> None:
    running = up(todos, "--no-watch")
    assert check(running)["isOffline"] is False
    modern = invoke(running, "todo-offline-dev-modern", "us-west-2")
    assert (modern["count"], modern["status"], sorted(modern["todos"])) == (2, 200, ["first", "second"])


@needs_sdks
def test_emulators_of_plugins_are_the_local_cloud(todos: Path, up: Starter) -> None:
    running = up(todos, "--no-watch", "--is-offline")
    for name, (service, plugin) in EMULATORS.items():
        port = os.environ[f"{name}_PORT"]
        assert f"{service} is at http://localhost:{port} as well, as {plugin} has it" in running.output
    assert check(running)["isOffline"] is True


def test_a_port_of_a_plugin_that_is_taken_is_no_error(todos: Path, up: Starter) -> None:
    port = int(os.environ["DYNAMODB_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        running = up(todos, "--no-watch", "--no-install")
    assert f"note: port {port} is in use" in running.output
