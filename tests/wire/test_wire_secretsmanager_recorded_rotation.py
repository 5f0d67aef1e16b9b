"""Rotation beside the recorded answers of AWS, member by member and step by step."""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.secret_rotations import Rotator
from tests.wire.test_wire_secretsmanager_recorded import MADE, S, Step, replay

ROTATED = {**MADE, "Description": "testing rotation of secrets"}


@pytest.fixture(scope="module")
def rotator(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Rotator:
    rotator = Rotator(cloud, tmp_path_factory.mktemp("rotator"))
    rotator.let_in()
    return rotator


class Drained:
    """A client after each of whose answers everything that follows has happened. It is asked in one account, as the
    function is there."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud
        self._client = cloud.client("secretsmanager")

    def __getattr__(self, operation: str) -> Any:
        def ask(**request: Any) -> Any:
            answer = getattr(self._client, operation)(**request)
            self._cloud.drain()
            return answer

        return ask


@pytest.fixture
def secrets(cloud: RunningCloud) -> Any:
    yield Drained(cloud)
    cloud.client("secretsmanager").delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize(("entry", "immediately"), [("True", {"RotateImmediately": True}), ("None", {})])
def test_a_secret_is_rotated(secrets: Any, rotator: Rotator, entry: str, immediately: dict[str, bool]) -> None:
    """test_rotate_secret_with_lambda_success"""
    rotation = {"RotationLambdaARN": rotator.arn, "RotationRules": {"AutomaticallyAfterDays": 1}, **immediately}
    replay(
        secrets,
        f"test_rotate_secret_with_lambda_success[{entry}]",
        [
            ("", "create_secret", ROTATED),
            ("rotate_secret_immediately", "rotate_secret", {**S, **rotation}),
            ("describe_secret_rotated", "describe_secret", S),
            ("list_secret_versions_rotated_1", "list_secret_version_ids", S),
        ],
    )


def test_a_secret_is_rotated_twice(secrets: Any, rotator: Rotator) -> None:
    """test_rotate_secret_multiple_times_with_lambda_success"""
    rotation = {"RotationLambdaARN": rotator.arn, "RotationRules": {"AutomaticallyAfterDays": 1}}
    steps: list[Step] = [("", "create_secret", ROTATED)]
    for number in (1, 2):
        steps += [
            (f"rotate_secret_immediately_{number}", "rotate_secret", {**S, **rotation}),
            (f"describe_secret_rotated_{number}", "describe_secret", S),
            (f"list_secret_versions_rotated_1_{number}", "list_secret_version_ids", S),
        ]
    replay(secrets, "test_rotate_secret_multiple_times_with_lambda_success", steps)


@pytest.mark.parametrize(
    ("entry", "step", "more"),
    [
        (
            "test_rotate_secret_invalid_lambda_arn",
            "rotate_secret_invalid_arn_exc",
            {"RotationLambdaARN": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"},
        ),
        ("test_first_rotate_secret_with_missing_lambda_arn", "rotate_secret_no_arn_exc", {}),
    ],
)
def test_who_cannot_rotate(cloud: RunningCloud, entry: str, step: str, more: dict[str, Any]) -> None:
    """The entry that the parameter names."""
    secrets = cloud.client("secretsmanager", account="310000000000" if more else "320000000000")
    replay(
        secrets,
        entry,
        [
            ("create_secret", "create_secret", MADE),
            (step, "rotate_secret", {**S, "RotationRules": {"AutomaticallyAfterDays": 1}, **more}),
            ("describe_secret", "describe_secret", S),
        ],
    )
