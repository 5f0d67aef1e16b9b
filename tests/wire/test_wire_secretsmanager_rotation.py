"""Rotation of secrets by a function: by the clock, by hand, and when something fails.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html and the pages of the API.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.secret_rotations import STEPS, Rotator

from stratolite.core.clock import MovableClock
from stratolite.core.errors import ServiceUnavailable
from stratolite.server.registry import PublicOperations

DAILY = {"AutomaticallyAfterDays": 1}
S: dict[str, Any] = {"SecretId": "s"}
NOBODY = "arn:aws:lambda:us-east-1:123456789012:function"
MINUTE_S, DAY_S = 60, 86_400
INCOMPLETE = "A previous rotation isn\u2019t complete. That rotation will be reattempted."


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    running = RunningCloud(tmp_path_factory.mktemp("cloud") / "data", MovableClock()).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def rotator(timed: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Rotator:
    rotator = Rotator(timed, tmp_path_factory.mktemp("rotator"), READS="1")
    rotator.let_in()
    return rotator


@pytest.fixture
def secrets(timed: RunningCloud, rotator: Rotator) -> Iterator[Any]:
    client = timed.client("secretsmanager")
    client.create_secret(Name="s", SecretString="first")
    rotator.asked()
    yield client
    client.delete_secret(**S, ForceDeleteWithoutRecovery=True)


def after(cloud: RunningCloud, seconds: float) -> None:
    """Let time pass, and what follows happen."""
    cloud.advance(seconds)
    cloud.drain()


def rotate(cloud: RunningCloud, secrets: Any, **request: Any) -> str:
    """Ask for a rotation, and let it happen; the version that is asked for."""
    version: str = secrets.rotate_secret(**S, **request)["VersionId"]
    cloud.drain()
    return version


def value(secrets: Any) -> str:
    text: str = secrets.get_secret_value(**S)["SecretString"]
    return text


def stages(secrets: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = secrets.describe_secret(**S)["VersionIdsToStages"]
    return found


def to_midnight_s(cloud: RunningCloud, days: int = 1) -> float:
    """Seconds to the beginning of a day, in UTC: of tomorrow."""
    now = cloud.clock.utc()
    return (now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days) - now).total_seconds()


def end_of(cloud: RunningCloud, days: int) -> datetime:
    day = cloud.clock.utc() + timedelta(days=days)
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


def test_a_function_is_asked_for_four_steps(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=DAILY)
    events = rotator.asked()
    arn = secrets.describe_secret(**S)["ARN"]
    assert [event["Step"] for event in events] == STEPS
    assert {(event["SecretId"], event["ClientRequestToken"]) for event in events} == {(arn, version)}
    assert len({event["RotationToken"] for event in events}) == 1
    assert value(secrets) == f"value of {version}"
    assert sorted(stages(secrets).values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    listed = next(one for one in secrets.list_secrets()["SecretList"] if one["Name"] == "s")
    assert (listed["RotationEnabled"], listed["RotationRules"]) == (True, DAILY)


def test_a_secret_is_rotated_by_the_clock(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=DAILY)
    rotator.asked()
    shown, first = secrets.describe_secret(**S), value(secrets)
    assert shown["LastRotatedDate"] == timed.clock.utc().replace(microsecond=shown["LastRotatedDate"].microsecond)
    assert shown["NextRotationDate"].astimezone(UTC) == end_of(timed, 1)
    after(timed, to_midnight_s(timed) - 1)
    assert rotator.steps() == []
    after(timed, 1)
    assert rotator.steps() == STEPS
    assert value(secrets) != first
    assert secrets.get_secret_value(**S, VersionStage="AWSPREVIOUS")["SecretString"] == first
    assert secrets.describe_secret(**S)["NextRotationDate"].astimezone(UTC) == end_of(timed, 1)
    # What was missed is made up for once.
    after(timed, 10 * DAY_S)
    assert rotator.steps() == STEPS


def test_a_rotation_waits_for_its_window(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    """Its function is tested with the current value, in a version that goes: RotateImmediately."""
    rules = {"ScheduleExpression": "cron(0 3 * * ? *)", "Duration": "2h"}
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=rules, RotateImmediately=False)
    assert rotator.steps() == ["testSecret"]
    assert rotator.read.read_text().splitlines()[-1] == "first"
    assert version not in stages(secrets)
    assert list(stages(secrets).values()) == [["AWSCURRENT"]]
    shown = secrets.describe_secret(**S)
    assert "LastRotatedDate" not in shown
    assert shown["RotationRules"] == rules
    wait_s = (to_midnight_s(timed) + 3 * 3600) % DAY_S
    opens = timed.clock.utc() + timedelta(seconds=wait_s)
    assert shown["NextRotationDate"].astimezone(UTC) == opens.replace(hour=4, minute=59, second=59, microsecond=0)
    after(timed, wait_s)
    assert rotator.steps() == STEPS
    assert secrets.describe_secret(**S)["RotationRules"] == {**rules, "AutomaticallyAfterDays": 1}


def test_a_rotation_that_fails_is_tried_again_as_a_whole(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    failure = rotator.fails("setSecret")
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=DAILY)
    assert rotator.steps() == STEPS[:2]
    assert value(secrets) == "first"
    assert stages(secrets)[version] == ["AWSPENDING"]
    assert "LastRotatedDate" not in secrets.describe_secret(**S)
    assert refused(secrets.rotate_secret, **S)[:2] == ("InvalidRequestException", INCOMPLETE)
    after(timed, MINUTE_S)
    assert rotator.steps() == STEPS[:2]
    failure.unlink()
    after(timed, MINUTE_S)
    assert rotator.steps() == []
    after(timed, MINUTE_S)
    assert rotator.steps() == STEPS
    assert value(secrets) == f"value of {version}"


def test_a_function_has_to_move_the_current_stage(timed: RunningCloud, secrets: Any, tmp_path: Path) -> None:
    nothing = Rotator(timed, tmp_path, "nothing", "def handler(event, context):\n    return None\n")
    nothing.let_in()
    version = rotate(timed, secrets, RotationLambdaARN=nothing.arn)
    assert stages(secrets)[version] == ["AWSPENDING"]
    shown = secrets.describe_secret(**S)
    assert not {"LastRotatedDate", "NextRotationDate", "RotationRules"} & set(shown)
    for which in ({"VersionId": version}, {"VersionStage": "AWSPENDING"}):
        assert refused(secrets.get_secret_value, **S, **which)[0] == "ResourceNotFoundException"
    # A version without a value takes one.
    secrets.put_secret_value(**S, SecretString="by hand", ClientRequestToken=version, VersionStages=["AWSPENDING"])
    assert secrets.get_secret_value(**S, VersionStage="AWSPENDING")["SecretString"] == "by hand"
    assert refused(secrets.put_secret_value, **S, SecretString="other", ClientRequestToken=version)[0] == (
        "ResourceExistsException"
    )


def test_what_was_given_up_is_taken_up_in_the_next_window(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    failure = rotator.fails("testSecret")
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules={"AutomaticallyAfterDays": 3})
    promised = secrets.describe_secret(**S)["NextRotationDate"]
    after(timed, DAY_S + 1)
    assert rotator.steps() == STEPS[:3] * 2
    after(timed, 3600)
    assert rotator.steps() == []
    assert refused(secrets.rotate_secret, **S)[:2] == ("InvalidRequestException", INCOMPLETE)
    after(timed, to_midnight_s(timed, days=2))
    assert rotator.steps() == STEPS[:3]
    # The date stays where it is until a rotation succeeds, and may be past.
    assert secrets.describe_secret(**S)["NextRotationDate"] == promised
    failure.unlink()
    after(timed, 2 * DAY_S)
    assert rotator.steps() == STEPS
    assert value(secrets) == f"value of {version}"
    assert secrets.describe_secret(**S)["NextRotationDate"].astimezone(UTC) == end_of(timed, 3)


def test_rotation_is_cancelled_and_begun_again(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    assert "VersionId" not in secrets.cancel_rotate_secret(**S)
    failure = rotator.fails("setSecret")
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=DAILY)
    assert secrets.cancel_rotate_secret(**S)["VersionId"] == version
    failure.unlink()
    rotator.asked()
    after(timed, 3 * DAY_S)
    assert rotator.steps() == []
    shown = secrets.describe_secret(**S)
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"]) == (False, rotator.arn)
    assert "NextRotationDate" not in shown
    assert refused(secrets.rotate_secret, **S)[:2] == ("InvalidRequestException", INCOMPLETE)
    secrets.update_secret_version_stage(**S, VersionStage="AWSPENDING", RemoveFromVersionId=version)
    second = rotate(timed, secrets)
    assert rotator.steps() == STEPS
    assert value(secrets) == f"value of {second}"
    shown = secrets.describe_secret(**S)
    assert (shown["RotationEnabled"], shown["RotationRules"]) == (True, DAILY)


def test_a_function_has_to_let_secrets_manager_in(timed: RunningCloud, secrets: Any, tmp_path: Path) -> None:
    guarded = Rotator(timed, tmp_path, "guarded")
    request = {"RotationLambdaARN": guarded.arn, "RotationRules": DAILY}
    assert refused(secrets.rotate_secret, **S, **request)[::2] == ("AccessDeniedException", 400)
    guarded.let_in(SourceAccount="000000000000")
    assert refused(secrets.rotate_secret, **S, **request)[0] == "AccessDeniedException"
    assert "RotationEnabled" not in secrets.describe_secret(**S)
    guarded.shut_out()
    guarded.let_in(SourceArn=secrets.describe_secret(**S)["ARN"])
    rotate(timed, secrets, **request)
    assert guarded.steps() == STEPS
    guarded.shut_out()
    # Also when its time has come.
    after(timed, DAY_S)
    assert guarded.steps() == []
    guarded.let_in()
    after(timed, MINUTE_S)
    assert guarded.steps() == STEPS


def test_who_cannot_be_asked_has_not_said_no(
    timed: RunningCloud,
    secrets: Any,
    rotator: Rotator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only a policy or a statement that is missing is no permission."""
    run = PublicOperations.run

    def failing(self: Any, call: Any, service: str, operation: str, request: Any) -> dict[str, Any]:
        if operation == "GetPolicy":
            raise ServiceUnavailable("Lambda is busy")
        return run(self, call, service, operation, request)

    request = {"RotationLambdaARN": rotator.arn, "RotationRules": DAILY}
    with monkeypatch.context() as patched:
        patched.setattr(PublicOperations, "run", failing)
        assert refused(secrets.rotate_secret, **S, **request)[:2] == ("ServiceUnavailable", "Lambda is busy")
    assert "RotationEnabled" not in secrets.describe_secret(**S)
    rotate(timed, secrets, **request)
    rotator.asked()
    caplog.clear()
    with monkeypatch.context() as patched:
        patched.setattr(PublicOperations, "run", failing)
        after(timed, DAY_S)
    assert rotator.steps() == []
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert rotator.arn in said and said.endswith("is not known: ServiceUnavailable: Lambda is busy")
    after(timed, MINUTE_S)
    assert rotator.steps() == STEPS


def test_a_value_by_hand_counts_as_a_rotation(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules={"AutomaticallyAfterDays": 2})
    rotator.asked()
    rotated = secrets.describe_secret(**S)["LastRotatedDate"]
    after(timed, DAY_S)
    secrets.put_secret_value(**S, SecretString="by hand")
    shown = secrets.describe_secret(**S)
    assert (shown["LastRotatedDate"], shown["NextRotationDate"].astimezone(UTC)) == (rotated, end_of(timed, 2))
    after(timed, DAY_S)
    assert rotator.steps() == []
    after(timed, DAY_S)
    assert rotator.steps() == STEPS


def test_a_secret_that_is_deleted_is_not_rotated(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    rotate(timed, secrets, RotationLambdaARN=rotator.arn, RotationRules=DAILY)
    rotator.asked()
    secrets.delete_secret(**S)
    for operation in (secrets.rotate_secret, secrets.cancel_rotate_secret):
        assert refused(operation, **S)[0] == "InvalidRequestException"
    after(timed, DAY_S)
    assert rotator.steps() == []
    secrets.restore_secret(**S)
    after(timed, DAY_S)
    assert rotator.steps() == STEPS


def test_the_same_request_rotates_once(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    request = {**S, "RotationLambdaARN": rotator.arn, "ClientRequestToken": str(uuid.uuid4())}
    answers = [secrets.rotate_secret(**request) for _ in range(2)]
    timed.drain()
    answers.append(secrets.rotate_secret(**request))
    timed.drain()
    assert {one["VersionId"] for one in answers} == {request["ClientRequestToken"]}
    assert rotator.steps() == STEPS


def test_a_version_that_was_cancelled_is_rotated_to_once(timed: RunningCloud, secrets: Any, rotator: Rotator) -> None:
    """The delivery that waited to try again is over with the rotation."""
    failure = rotator.fails("finishSecret")
    version = rotate(timed, secrets, RotationLambdaARN=rotator.arn)
    secrets.cancel_rotate_secret(**S)
    failure.unlink()
    rotator.asked()
    assert rotate(timed, secrets, ClientRequestToken=version) == version
    after(timed, DAY_S)
    assert rotator.steps() == STEPS
    assert value(secrets) == f"value of {version}"


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("rotate_secret", {"RotationRules": {"ScheduleExpression": "rate(1 hour)"}}, "InvalidParameterException"),
        ("rotate_secret", {"RotationRules": {**DAILY, "Duration": "0h"}}, "InvalidParameterException"),
        ("rotate_secret", {"ExternalSecretRotationRoleArn": "arn:aws:iam::123456789012:role/r"}, "NotImplemented"),
        ("rotate_secret", {"RotationLambdaARN": "rotator"}, "AccessDeniedException"),
        ("rotate_secret", {"RotationLambdaARN": f"{NOBODY}:nobody"}, "AccessDeniedException"),
        ("rotate_secret", {"RotationLambdaARN": f"{NOBODY}:no name"}, "ValidationException"),
        ("put_secret_value", {"SecretString": "v", "RotationToken": str(uuid.uuid4())}, "InvalidRequestException"),
    ],
)
def test_what_may_not_be_is_refused(secrets: Any, operation: str, request_: dict[str, Any], code: str) -> None:
    assert refused(getattr(secrets, operation), **S, **request_)[0] == code
    assert value(secrets) == "first"
