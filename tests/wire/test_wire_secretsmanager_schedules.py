"""``AWS::SecretsManager::RotationSchedule``: a stack's secret that a function of the same stack rotates.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-rotationschedule.html
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.secret_rotations import SOURCE
from tests.wire.stacks import Stack, template

CAPABLE = {"Capabilities": ["CAPABILITY_IAM"]}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def stack(cloud: RunningCloud, request: pytest.FixtureRequest) -> Iterator[Stack]:
    stack = Stack(cloud, request.node.name.replace("_", "-"))
    yield stack
    stack.delete()


def resources(folder: Path, **schedule: Any) -> dict[str, Any]:
    """A secret, a function, the permission to invoke it, and the schedule, which has to wait for that."""
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": SOURCE},
        "Timeout": 30,
        "Environment": {"Variables": {"ASKED": str(folder / "asked")}},
    }
    permission = {
        "FunctionName": {"Ref": "Function"},
        "Action": "lambda:InvokeFunction",
        "Principal": "secretsmanager.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }
    rotation = {"SecretId": {"Ref": "Secret"}, "RotationLambdaARN": {"Fn::GetAtt": ["Function", "Arn"]}, **schedule}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [TRUST]}}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "first"}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "Rotation": {
            "Type": "AWS::SecretsManager::RotationSchedule",
            "DependsOn": "Permission",
            "Properties": {name: value for name, value in rotation.items() if value is not None},
        },
    }


def test_a_stack_rotates_its_secret(cloud: RunningCloud, stack: Stack, tmp_path: Path) -> None:
    secrets = cloud.client("secretsmanager")
    days = {"AutomaticallyAfterDays": 30}
    assert stack.create(template(resources(tmp_path, RotationRules=days)), **CAPABLE) == "CREATE_COMPLETE", stack.told()
    arn = stack.physical("Secret")
    assert stack.physical("Rotation") == arn
    first = secrets.get_secret_value(SecretId=arn)["SecretString"]
    assert first.startswith("value of ")
    assert secrets.describe_secret(SecretId=arn)["RotationRules"] == days
    # With RotateImmediatelyOnUpdate false its function is tested, and the value stays.
    nightly = {"ScheduleExpression": "cron(0 2 * * ? *)", "Duration": "3h"}
    changed = resources(tmp_path, RotationRules=nightly, RotateImmediatelyOnUpdate=False)
    assert stack.update(template(changed), **CAPABLE) == "UPDATE_COMPLETE", stack.told()
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == first
    assert secrets.describe_secret(SecretId=arn)["RotationRules"] == nightly
    assert (tmp_path / "asked").read_text().count("testSecret") == 2
    # Without the schedule, the secret is rotated no more.
    del changed["Rotation"]
    assert stack.update(template(changed), **CAPABLE) == "UPDATE_COMPLETE", stack.told()
    shown = secrets.describe_secret(SecretId=arn)
    assert shown["RotationEnabled"] is False
    assert "NextRotationDate" not in shown
    assert stack.delete() == "DELETE_COMPLETE", stack.told()
    assert refused(secrets.describe_secret, SecretId=arn)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ({"RotationRules": {"ScheduleExpression": "rate(1 hour)"}}, "rate() takes 4 hours to 999 days"),
        ({"RotationLambdaARN": None}, "No Lambda rotation function ARN is associated with this secret."),
        ({"HostedRotationLambda": {"RotationType": "MySQLSingleUser"}}, "HostedRotationLambda"),
    ],
)
def test_what_cannot_rotate_fails(cloud: RunningCloud, tmp_path: Path, schedule: dict[str, Any], reason: str) -> None:
    stack = Stack(cloud, f"cannot-{len(reason)}")
    body = template(resources(tmp_path, **schedule))
    if "HostedRotationLambda" in schedule:
        code, text, _ = refused(stack.client.create_stack, StackName=stack.id, TemplateBody=body, **CAPABLE)
        assert reason in text, code
        return
    assert stack.create(body, **CAPABLE) == "ROLLBACK_COMPLETE"
    assert reason in " ".join(stack.reasons("CREATE_FAILED"))
    stack.delete()
