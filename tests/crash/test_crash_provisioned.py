"""Provisioned concurrency through kill -9: what was acknowledged is there again, and made before anybody asks."""

import base64
from pathlib import Path
from typing import Any

import pytest
from tests.archives import zipped
from tests.crash.server import ACCOUNT, Server, server, signed

SOURCE = """
import os
with open({file!r}, "a") as file:
    print(os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], file=file)
def handler(event, context):
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""
CONFIG = "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1"
LOOKS_MAX = 50_000


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    status, answer = server.ask(method, path, signed("lambda"), body)
    assert status < 300, answer
    return answer


def settled(server: Server) -> Any:
    """The configuration when nothing is under way any more."""
    for _ in range(LOOKS_MAX):
        config = ask(server, "GET", CONFIG)
        if config["Status"] != "IN_PROGRESS":
            break
    return config


@pytest.mark.parametrize("is_settled", [True, False])
def test_environments_are_made_again(tmp_path: Path, is_settled: bool) -> None:
    made = tmp_path / "made"
    code = {"ZipFile": base64.b64encode(zipped(SOURCE.format(file=str(made)))).decode()}
    function = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Code": code}
    with server(tmp_path / "data") as first:
        role = {"Role": f"arn:aws:iam::{ACCOUNT}:role/r"}
        ask(first, "POST", "/2015-03-31/functions", {**function, **role, "Publish": True})
        ask(first, "PUT", CONFIG, {"ProvisionedConcurrentExecutions": 2})
        if is_settled:
            assert settled(first)["Status"] == "READY"
        first.kill()
    made.unlink(missing_ok=True)
    with server(tmp_path / "data") as second:
        config = settled(second)
        assert (config["AllocatedProvisionedConcurrentExecutions"], config["Status"]) == (2, "READY")
        assert made.read_text().split() == ["provisioned-concurrency"] * 2
        answer = ask(second, "POST", "/2015-03-31/functions/f:1/invocations", {})
        assert answer == "provisioned-concurrency"
