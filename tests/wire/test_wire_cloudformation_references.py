"""Dynamic references: what stacks read from Parameter Store and Secrets Manager.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import itertools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.conftest import RunningCloud

_ACCOUNTS = itertools.count(300_000_000_000)
PATIENCE = {"Delay": 0.05, "MaxAttempts": 2400}


class Place:
    """An account of its own."""

    def __init__(self, cloud: RunningCloud) -> None:
        account = str(next(_ACCOUNTS))
        self.stacks = cloud.client("cloudformation", account=account)
        self.ssm = cloud.client("ssm", account=account)
        self.secrets = cloud.client("secretsmanager", account=account)

    def deploy(self, value: Any, **more: Any) -> str:
        """Make a stack whose parameter has a value; what it came to."""
        properties = {"Name": "made", "Type": "String", "Value": value}
        resources = {"P": {"Type": "AWS::SSM::Parameter", "Properties": properties}, **more}
        self.stacks.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
        self.stacks.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig=PATIENCE)
        found: str = self.ssm.get_parameter(Name="made")["Parameter"]["Value"]
        return found

    def failure(self, value: Any) -> str:
        """Why such a stack could not be made."""
        properties = {"Type": "String", "Value": value}
        template = {"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": properties}}}
        self.stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
        with pytest.raises(WaiterError):
            self.stacks.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig=PATIENCE)
        events = self.stacks.describe_stack_events(StackName="s")["StackEvents"]
        reasons = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"].endswith("_FAILED")]
        found: str = reasons[-1]
        return found


@pytest.fixture
def place(cloud: RunningCloud) -> Place:
    return Place(cloud)


def test_parameters_are_read_in_their_versions(place: Place) -> None:
    for value in ("one", "two"):
        place.ssm.put_parameter(Name="/app/x", Value=value, Type="String", Overwrite=True)
    made = {"Fn::Join": ["-", ["{{resolve:ssm:/app/x:1}}", "{{resolve:ssm:/app/x}}"]]}
    assert place.deploy(made) == "one-two"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", '{"user": "ada", "port": 5432}'),
        (":SecretString", '{"user": "ada", "port": 5432}'),
        (":SecretString:user", "ada"),
        (":SecretString:port:AWSCURRENT", "5432"),
        (":SecretString:user:AWSPREVIOUS", "bob"),
    ],
)
@pytest.mark.parametrize("is_arn", [False, True])
def test_secrets_are_read_by_member_and_stage(place: Place, rest: str, expected: str, is_arn: bool) -> None:
    arn = place.secrets.create_secret(Name="app/db", SecretString='{"user": "bob"}')["ARN"]
    place.secrets.put_secret_value(SecretId=arn, SecretString='{"user": "ada", "port": 5432}')
    name = arn if is_arn else "app/db"
    assert place.deploy(f"{{{{resolve:secretsmanager:{name}{rest}}}}}") == expected


def test_a_stack_reads_a_secret_that_it_makes_itself(place: Place) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": '{"password": "p4ss"}'}}
    value = {"Fn::Sub": "{{resolve:secretsmanager:${S}:SecretString:password}}"}
    assert place.deploy(value, S=secret) == "p4ss"


def test_what_is_not_there_ends_the_deployment(place: Place) -> None:
    assert "Parameters: [ssm:/none] cannot be found." in place.failure("{{resolve:ssm:/none}}")


def test_a_member_that_is_not_there_ends_the_deployment(place: Place) -> None:
    place.secrets.create_secret(Name="s", SecretString="{}")
    said = place.failure("{{resolve:secretsmanager:s:SecretString:password}}")
    assert "Could not find a value associated with JSONKey in SecretString" in said


def test_what_is_not_implemented_is_refused_before_anything_is_made(place: Place) -> None:
    template = {
        "Resources": {
            "P": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": "{{resolve:ssm-secure:/a:1}}"},
            }
        }
    }
    with pytest.raises(ClientError, match="ssm-secure"):
        place.stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
