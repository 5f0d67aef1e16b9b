"""What tests of the community do with it: import its modules in an environment of their own, hand its handlers what AWS
would, start a local cloud or the whole application, and ask them over HTTP.
"""

import contextlib
import fcntl
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from stratolite_patterns import connections

APPLICATION = Path(__file__).parents[1]
SERVICE = (APPLICATION / "serverless.yml").read_text().partition("\nservice: ")[2].split()[0]
STARTED_S_MAX = 180  # pip installs what the functions require, the first time
ENDED_S_MAX = 20
SOON_S_MAX = 60
NO_REGISTRY = "connection broken by"
"""What pip says where there is no network."""
ANSWER_S_MAX = 60
UNIT = {
    "STAGE": "dev",
    "TABLE": "community",
    "DONE": "done",
    "PROGRESS": "progress",
    "TOPIC": "arn:aws:sns:us-east-1:123456789012:happened",
    "UPLOADS": "uploads",
    "IMAGES_FAILED": "http://127.0.0.1:1/images-failed",
    "TABLES_FAILED": "http://127.0.0.1:1/tables-failed",
    "SENDER": "community@example.com",
    "SIGNING_KEY": "0123456789abcdef0123456789abcdef",
    "POWERTOOLS_SERVICE_NAME": "community",
    "POWERTOOLS_METRICS_NAMESPACE": "Community",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "123456789012",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
"""The environment of a test without a cloud: whoever asks for one is refused at once."""


class Application:
    """The modules of the application, imported when they are first asked for, as Lambda does."""

    def __getattr__(self, name: str) -> ModuleType:
        return importlib.import_module(f"community.{name}")


@contextlib.contextmanager
def imported(variables: dict[str, str]) -> Iterator[Application]:
    """The application in an environment of its own, which leaves no trace."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.syspath_prepend(APPLICATION)
        _forget()
        yield Application()
        _forget()
        connections.close_all()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "community"]:
        del sys.modules[name]


class Context:
    """What Lambda tells a handler of its invocation."""

    function_name = "community-test"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:community-test"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 10_000


def request(
    method: str, resource: str, body: Any = None, *, caller: str = "", roles: tuple[str, ...] = ("member",), **more: Any
) -> dict[str, Any]:
    """What API Gateway hands to a function: no query string and no body are null, not empty."""
    authorizer = {"caller": json.dumps({"id": caller, "roles": list(roles), "claims": {}})} if caller else None
    return {
        "httpMethod": method,
        "resource": resource,
        "path": resource,
        "headers": {"Content-Type": "application/json"},
        "pathParameters": None,
        "queryStringParameters": None,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {"requestId": "r-1", "authorizer": authorizer},
        **more,
    }


def answer(given: dict[str, Any]) -> tuple[int, Any]:
    """The status and the body of what a function answers."""
    return given["statusCode"], json.loads(given["body"]) if given.get("body") else None


def queued(*bodies: Any) -> dict[str, Any]:
    """What a queue hands to a function."""
    return {
        "Records": [
            {
                "messageId": f"m-{place}",
                "eventSource": "aws:sqs",
                "body": body if isinstance(body, str) else json.dumps(body),
            }
            for place, body in enumerate(bodies)
        ]
    }


def soon(look: Callable[[], Any]) -> Any:
    """What is there soon: each look until one finds something."""
    limit_s = time.monotonic() + SOON_S_MAX
    while not (found := look()):
        assert time.monotonic() < limit_s, f"{look.__name__} found nothing within {SOON_S_MAX} s"
        time.sleep(0.1)
    return found


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """The block runs in one process at a time: what pip installs, it installs once."""
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Processes ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def process(arguments: list[str], log: Path, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Stratolite with these arguments, from when it is ready until the end of the block."""
    pytest.importorskip("stratolite")
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "stratolite", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        limit_s = time.monotonic() + STARTED_S_MAX
        while not is_ready():
            if running.poll() is not None and NO_REGISTRY in log.read_text():
                pytest.skip("the requirements cannot be installed: no registry of packages can be reached")
            assert running.poll() is None and time.monotonic() < limit_s, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(ENDED_S_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def fetch(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The status and the body of an answer over HTTP."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=ANSWER_S_MAX) as given:
            return given.status, given.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


class Cloud:
    """A local cloud of another process, at ports that nobody else has: its log says which."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.endpoint = ""

    def is_ready(self) -> bool:
        found = re.search(r"AWS APIs at +(http://[0-9.:]+\d)\s", self.log.read_text())
        self.endpoint = found[1] if found else ""
        return bool(self.endpoint)

    def health(self) -> dict[str, Any]:
        """What the cloud says of itself."""
        return json.loads(fetch(f"{self.endpoint}/_stratolite/health")[1])

    def client(self, service: str) -> Any:
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="test",
        )

    def drain(self) -> None:
        """Wait until nothing is due: no delivery, no record that a function has to see."""
        assert fetch(f"{self.endpoint}/_stratolite/drain", "POST")[0] == 200

    def messages(self, to: str) -> list[dict[str, Any]]:
        """The e-mails to an address."""
        found = json.loads(fetch(f"{self.endpoint}/_stratolite/messages")[1])["messages"]
        return [one for one in found if one["recipient"] == to]


class Deployed(Cloud):
    """The application, as its users see it."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.api = ""

    def is_up(self) -> bool:
        if "\nready in" not in self.log.read_text() or not self.is_ready():
            return False
        self.api = f"{self.health()['app_endpoint']}/dev"
        return True

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """One request to the API; the body of its answer is JSON, or there is none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, text = fetch(self.api + path, method, body, headers)
        return status, json.loads(text) if text else None

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of the stack."""
        found = self.client("cloudformation").describe_stack_resource(
            StackName=f"{SERVICE}-dev", LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])
