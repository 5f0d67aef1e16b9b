"""A rotation that ``kill -9`` cuts off goes on after it, with the step that it was in."""

import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.conftest import ACCOUNT, REGION
from tests.crash.server import Server, server
from tests.wire.secret_rotations import STEPS, Rotator

SEEN_S_MAX = 120


class Clients:
    """Clients of a server."""

    def __init__(self, of: Server) -> None:
        self._endpoint = of.endpoint

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
        )


def wait_for(rotator: Rotator, secrets: Any, step: str) -> list[str]:
    """Until the function was asked for a step; what it was asked for. Each try is a request."""
    steps: list[str] = []
    until_s = time.monotonic() + SEEN_S_MAX
    while time.monotonic() < until_s:
        steps += rotator.steps()
        if step in steps:
            return steps
        secrets.describe_secret(SecretId="s")
    raise AssertionError(f"asked for {steps} alone")


@pytest.mark.parametrize("hangs", ["", "finishSecret"])
def test_a_rotation_survives_a_kill(tmp_path: Path, hangs: str) -> None:
    """Killed right after the answer, or while the function is in a step whose work is done."""
    with server(tmp_path / "data") as first:
        secrets = Clients(first).client("secretsmanager")
        rotator = Rotator(Clients(first), tmp_path)
        rotator.let_in()
        secrets.create_secret(Name="s", SecretString="first")
        held = rotator.hangs(hangs) if hangs else None
        version = secrets.rotate_secret(
            SecretId="s", RotationLambdaARN=rotator.arn, RotationRules={"AutomaticallyAfterDays": 7}
        )["VersionId"]
        if hangs:
            assert wait_for(rotator, secrets, hangs) == STEPS[: STEPS.index(hangs) + 1]
        first.kill()
    if held is not None:
        held.unlink()
    with server(tmp_path / "data") as second:
        secrets = Clients(second).client("secretsmanager")
        assert second.ask("POST", "/_stratolite/drain", {}, {})[0] == 200
        # What was cut off is asked for again; how far the first life came when nothing hung, nobody knows.
        assert list(dict.fromkeys(rotator.steps())) == ([hangs] if hangs else STEPS)
        shown = secrets.describe_secret(SecretId="s")
        assert shown["VersionIdsToStages"][version] == ["AWSCURRENT"]
        assert secrets.get_secret_value(SecretId="s")["SecretString"] == f"value of {version}"
        assert {"LastRotatedDate", "NextRotationDate"} <= set(shown)
