"""Functions, made and invoked as AWS's recordings have it, and those that stand behind APIs."""

import json
from typing import Any

from tests.archives import zipped
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.answers import answered

API = "lambda_/test_lambda_api.json"
RUN = "lambda_/test_lambda.json"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
ECHO = "def handler(event, context):\n    return event\n"


def archive(source: str, name: str = "handler.py") -> bytes:
    """The code of a function whose handler is ``handler.handler``."""
    return zipped(source, name)


def create(client: Any, name: str, source: str = ECHO, **more: Any) -> Any:
    request = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "handler.handler",
        "Role": ROLE,
        "Code": {"ZipFile": archive(source)},
        "Timeout": 30,
    }
    return client.create_function(**{**request, **more})


def create_index(cloud: RunningCloud, name: str, source: str, **environment: str) -> None:
    """A function of ``index.py`` behind an API, with variables."""
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": zipped(source)},
        Timeout=40,
        Environment={"Variables": environment},
    )


def invoked(client: Any, **request: Any) -> Any:
    """An answer of Invoke with its payload read, as the recordings have it."""
    answer = answered(client.invoke, **request)
    if "Payload" in answer:
        payload = answer["Payload"].read().decode()
        answer["Payload"] = json.loads(payload) if payload.startswith("{") else payload
    return answer
