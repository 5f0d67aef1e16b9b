"""Endpoints with ``aws_iam``: functions call them with what their role gives them."""

import json
from pathlib import Path
from typing import Any

from tests.apps.conftest import Starter, http

APP = Path(__file__).parent / "signed"


def test_a_function_signs_with_its_role(up: Starter) -> None:
    running = up(APP)
    client = running.client("lambda")

    def call(**event: Any) -> Any:
        payload = client.invoke(FunctionName="signed-dev-caller", Payload=json.dumps(event))["Payload"]
        answer = json.loads(payload.read())
        assert "status" in answer, answer
        return answer

    rest, other = running.url("/dev/who"), running.url("/who-too")
    for url in (rest, other):
        answer = call(url=url)
        assert answer["status"] == 200, answer
        assert ":assumed-role/signed-dev-us-east-1-lambdaRole/signed-dev-caller" in answer["body"]["who"]
        assert answer["body"]["said"] == "hello"
    tampered = call(url=rest, tampered=True)
    assert tampered["status"] == 403
    assert tampered["body"]["message"].startswith("The request signature we calculated does not match")
    assert call(url=other, tampered=True) == {"status": 403, "body": {"message": "Forbidden"}}
    unsigned = http("POST", rest, b"")
    assert (unsigned.status, unsigned.json()) == (403, {"message": "Missing Authentication Token"})
