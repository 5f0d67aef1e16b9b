"""The AWS CLI deploys through CloudFormation, unchanged: package, deploy, wait; and how long a stack takes."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.aws_cli import AwsCli
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.stacks import Stack, failing, template, topic

from stratolite.core.call import Call
from stratolite.targets.local import LocalTarget, StackFailed

STACK_MS_MAX = 150
"""Of twenty resources: what people notice is the command, not the deployment."""
SLOW_MACHINE = 4
"""A machine that runs other things too may take this much longer."""

APP = """
Transform: []
Parameters:
  Shown: {Type: String, Default: a}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: ./code
      Environment: {Variables: {SHOWN: !Ref Shown}}
Outputs:
  Name: {Value: !Ref Function}
"""


@pytest.fixture
def cli(cloud: RunningCloud, tmp_path: Path) -> AwsCli:
    return AwsCli(cloud, tmp_path)


def test_the_cli_packages_deploys_and_deploys_again(cloud: RunningCloud, cli: AwsCli, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text(
        "import os\ndef handler(event, context):\n    return os.environ['SHOWN']\n"
    )
    (tmp_path / "app.yaml").write_text(APP)
    cloud.client("s3").create_bucket(Bucket="packages")
    packaged = ("--template-file", "app.yaml", "--s3-bucket", "packages", "--output-template-file", "packaged.yaml")
    cli("cloudformation", "package", *packaged)
    deploy = ("cloudformation", "deploy", "--stack-name", "packaged", "--template-file", "packaged.yaml")
    agreed = ("--capabilities", "CAPABILITY_IAM")
    assert "Requires capabilities : [CAPABILITY_IAM]" in cli(*deploy, fails=True)
    assert "Successfully created/updated stack - packaged" in cli(*deploy, *agreed)
    assert "Successfully created/updated stack" in cli(*deploy, *agreed, "--parameter-overrides", "Shown=b")
    outputs = json.loads(cli("cloudformation", "describe-stacks", "--stack-name", "packaged"))["Stacks"][0]["Outputs"]
    found = cloud.client("lambda").get_function(FunctionName=outputs[0]["OutputValue"])["Configuration"]
    assert found["Environment"]["Variables"] == {"SHOWN": "b"}
    assert "No changes to deploy. Stack packaged is up to date" in cli(*deploy, *agreed, "--no-fail-on-empty-changeset")
    # A template too large for a request goes by way of a bucket.
    large = {"Resources": {"T": {**topic("by-bucket"), "Metadata": {"Text": "x" * 60_000}}}}
    (tmp_path / "large.json").write_text(json.dumps(large))
    by_bucket = ("--stack-name", "by-bucket", "--template-file", "large.json", "--s3-bucket", "packages")
    assert "Successfully created/updated stack" in cli("cloudformation", "deploy", *by_bucket)


def test_the_cli_tells_why_a_deployment_failed(cli: AwsCli, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(template({"A": topic(), "Bad": failing("A")}))
    deploy = ("cloudformation", "deploy", "--stack-name", "cli-bad", "--template-file", "bad.json")
    assert "Failed to create/update the stack" in cli(*deploy, fails=True)
    assert "ROLLBACK_COMPLETE" in cli("cloudformation", "describe-stacks", "--stack-name", "cli-bad")
    (tmp_path / "none.json").write_text('{"Resources": {"A": {"Type": "AWS::No::Such"}}}')
    said = cli("cloudformation", "deploy", "--stack-name", "cli-none", "--template-file", "none.json", fails=True)
    assert "Unrecognized resource types: [AWS::No::Such]" in said


def test_the_cli_waits_for_stacks(cli: AwsCli, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(template({"A": topic("waited-for")}))
    (tmp_path / "two.json").write_text(template({"A": topic("waited-for", DisplayName="b")}))
    name = ("--stack-name", "waited-for")
    for operation, body in (("create", "one"), ("update", "two")):
        cli("cloudformation", f"{operation}-stack", *name, "--template-body", f"file://{body}.json")
        cli("cloudformation", "wait", f"stack-{operation}-complete", *name)
    cli("cloudformation", "wait", "stack-exists", *name)
    cli("cloudformation", "delete-stack", *name)
    cli("cloudformation", "wait", "stack-delete-complete", *name)
    assert "does not exist" in cli("cloudformation", "describe-stacks", *name, fails=True)


def test_every_read_of_a_stack_by_the_cli(cli: AwsCli, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Metadata: {Day: 2020-01-01}\n")
    cli("cloudformation", "deploy", "--stack-name", "read", "--template-file", "t.yaml")
    name = ("--stack-name", "read")

    def read(*words: str) -> Any:
        return json.loads(cli("cloudformation", *words))

    assert len(read("describe-stack-events", *name)["StackEvents"]) == 6
    assert read("list-stack-resources", *name)["StackResourceSummaries"][0]["LogicalResourceId"] == "A"
    assert read("describe-stack-resource", *name, "--logical-resource-id", "A")["StackResourceDetail"]["Metadata"]
    assert "2020-01-01" in read("get-template", *name)["TemplateBody"]
    assert read("get-template-summary", *name)["ResourceTypes"] == ["AWS::SNS::Topic"]
    assert read("validate-template", "--template-body", "file://t.yaml")["Parameters"] == []
    assert read("list-change-sets", *name)["Summaries"] == []
    assert "read" in [one["StackName"] for one in read("list-stacks")["StackSummaries"]]


def test_a_removal_that_another_stack_holds_says_so(cloud: RunningCloud) -> None:
    target = LocalTarget(cloud.cloud.world.operations, cloud.clock, Call(account=ACCOUNT))
    exported = {"O": {"Value": "v", "Export": {"Name": "held-export"}}}
    Stack(cloud, "holder").create(template({"A": topic()}, Outputs=exported))
    user = Stack(cloud, "holding")
    user.create(template({"A": topic(DisplayName={"Fn::ImportValue": "held-export"})}))
    said = "Cannot delete export held-export as it is in use by holding"
    with pytest.raises(StackFailed, match=said):
        cloud.run(target.remove("holder", lambda progress: None))
    user.delete()
    assert cloud.run(target.remove("holder", lambda progress: None))


def test_a_stack_of_twenty_resources_takes_no_time(cloud: RunningCloud) -> None:
    """The best of three, in time of the processor: how fast it is and not how busy the machine."""
    kinds = ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::SNS::Topic")
    body = template({f"R{number}": {"Type": kinds[number % len(kinds)]} for number in range(20)})
    took_ms = []
    for number in range(3):
        stack = Stack(cloud, f"twenty-{number}")
        began = time.process_time()
        assert stack.create(body) == "CREATE_COMPLETE"
        took_ms.append((time.process_time() - began) * 1000)
    assert min(took_ms) < STACK_MS_MAX * SLOW_MACHINE
