"""Deployments to our own CloudFormation over the wire, as to AWS's: what moto cannot show (``deployments.py``)."""

import json
import socket
from pathlib import Path

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.deployments import Service, environment


@pytest.fixture
def service(cloud: RunningCloud, tmp_path: Path, request: pytest.FixtureRequest) -> Service:
    folder = tmp_path / "service"
    folder.mkdir()
    name = request.node.name.replace("test_", "").replace("_", "-")[:20].strip("-")
    return Service(folder, name, environment(cloud.endpoint, tmp_path, ACCOUNT))


def make_table(service: Service, name: str) -> None:
    """A table that no stack has made."""
    service.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_replacement_that_loses_data(service: Service) -> None:
    service.write(service.table(), "    Table: {Value: {Ref: Users}}\n")
    assert service.deploy()["outputs"]["Table"] == service.name
    service.write(service.table(key="other").replace(f"TableName: {service.name}", f"TableName: {service.name}-2"))
    shown = service.run("diff")
    assert shown.returncode == 4
    assert "replace  Users" in shown.stdout
    assert "the data of Users is lost (" in shown.stdout and "TableName" in shown.stdout
    assert f'~ Resources.Users.Properties.TableName: "{service.name}" -> "{service.name}-2"' in shown.stdout
    for arguments in ((), ("--yes",)):
        refused = service.run("deploy", *arguments)
        assert refused.returncode == 3 and "would be lost: nothing was done" in refused.stderr
    assert service.client("cloudformation").list_change_sets(StackName=service.stack_name)["Summaries"] == []
    result = service.deploy("--allow-data-loss")
    assert [one["loss"] for one in result["changes"] if one["logical_id"] == "Users"] == ["certain"]
    assert service.client("dynamodb").list_tables()["TableNames"].count(f"{service.name}-2") == 1


def test_what_a_policy_keeps_is_not_lost(service: Service) -> None:
    kept = service.table().replace("Properties:", "DeletionPolicy: Retain\n      Properties:", 1)
    service.write(kept)
    service.deploy()
    service.write("    Topic: {Type: AWS::SNS::Topic}\n")
    result = service.deploy()
    [removed] = [one for one in result["changes"] if one["logical_id"] == "Users"]
    assert (removed["action"], removed["loss"], removed["kept"]) == ("remove", "", "DeletionPolicy: Retain")
    assert service.name in service.client("dynamodb").list_tables()["TableNames"]


def test_the_reason_of_a_failure_and_where_it_is_written(service: Service) -> None:
    service.deploy()
    make_table(service, f"{service.name}-2")
    second = (
        service.table()
        .replace("Users:", "Second:")
        .replace(f"TableName: {service.name}", "TableName: ${self:service}-2")
    )
    service.write(service.table() + second)
    failed = service.run("deploy", "--yes")
    assert failed.returncode == 1
    lines = (service.folder / "serverless.yml").read_text().splitlines()
    place = f"serverless.yml:{lines.index('    Second:') + 1}:5: Second (AWS::DynamoDB::Table): "
    assert place in failed.stderr, failed.stderr
    assert "already exists" in failed.stderr
    assert f"{service.stack_name} is UPDATE_ROLLBACK_COMPLETE: nothing of this deployment is kept" in failed.stderr
    service.write(service.table())
    assert service.run("deploy", "--yes").returncode == 0, "the next deployment goes on from there"


def test_a_stack_whose_first_deployment_failed_is_made_anew(service: Service) -> None:
    """A plain template has no deployment bucket: its stack is made by the first change set, and rolls back whole."""
    make_table(service, "taken-by-others")
    (service.folder / "serverless.yml").unlink()
    template = service.folder / "template.yaml"
    template.write_text(
        "Parameters: {Name: {Type: String, Default: taken-by-others}}\n"
        f"Resources:\n{service.table().replace(f'TableName: {service.name}', 'TableName: {Ref: Name}')}"
    )
    failed = service.run("deploy", "--yes")
    assert failed.returncode == 1 and "template.yaml:3:5: Users (AWS::DynamoDB::Table): " in failed.stderr, (
        failed.stderr
    )
    again = service.run("deploy", "--yes", "--param", f"Name={service.name}")
    assert again.returncode == 0, again.stderr
    assert "the stack is ROLLBACK_COMPLETE: its first deployment failed" in again.stderr
    # A parameter that is not given again stays what it was.
    assert service.run("deploy", "--yes").returncode == 0
    assert service.name in service.client("dynamodb").list_tables()["TableNames"]


def test_a_large_template_goes_by_way_of_the_bucket(service: Service) -> None:
    value = "x" * 500
    parameters = "".join(
        f"    P{number}: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {value}}}}}\n"
        for number in range(100)
    )
    service.write(parameters)
    result = service.deploy()
    assert result["changed"]
    again = service.run("deploy")
    assert again.returncode == 0 and "nothing to deploy" in again.stdout
    bucket = result["outputs"]["ServerlessDeploymentBucketName"]
    objects = service.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    templates = [one["Key"] for one in objects if one["Key"].startswith("stratolite/")]
    assert len(templates) == 1, "what was sent to be compared is removed again"


def test_more_resources_than_a_stack_has(service: Service) -> None:
    service.write("".join(f"    T{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(500)))
    refused = service.run("deploy", "--yes")
    assert refused.returncode == 2 and "a stack has at most 500" in refused.stderr


def test_the_role_of_api_gateways_logs(cloud: RunningCloud, service: Service) -> None:
    """On AWS, the custom resource's own function sets it; here it does as well, in an account of its own."""
    service.environment["AWS_ACCESS_KEY_ID"] = "210987654321"
    text = (service.folder / "serverless.yml").read_text()
    (service.folder / "serverless.yml").write_text(
        text.replace("  stage: dev\n", "  stage: dev\n  logs: {restApi: true}\n")
    )
    assert service.deploy()["status"] == "UPDATE_COMPLETE"
    account = cloud.client("apigateway", account="210987654321").get_account()
    assert account["cloudwatchRoleArn"] == "arn:aws:iam::210987654321:role/serverlessApiGatewayCloudWatchRole"


def test_a_running_local_cloud(cloud: RunningCloud, service: Service) -> None:
    """``--to local`` shows the same plan, and makes what only local clouds have: stand-ins."""
    topic = "arn:aws:sns:us-east-1:123456789099:others"
    text = (service.folder / "serverless.yml").read_text()
    text = text.replace("    events: [{http", f"    events: [{{sns: '{topic}'}}, {{http")
    (service.folder / "serverless.yml").write_text(text)
    arguments = ("--to", "local", "--endpoint", cloud.endpoint)
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    deployed = service.run("deploy", "--yes", *arguments, **environment)
    assert deployed.returncode == 0, deployed.stderr
    assert "000000000000/us-east-1: a new stack" in deployed.stdout
    assert f"{topic} is named but not made here" in deployed.stderr
    assert service.run("diff", *arguments, **environment).returncode == 0


def test_what_a_local_cloud_cannot_make_is_refused_first(cloud: RunningCloud, service: Service) -> None:
    service.write("    Clicks: {Type: AWS::KinesisFirehose::DeliveryStream}\n")
    arguments = ("--to", "local", "--endpoint", cloud.endpoint)
    refused = service.run("deploy", "--yes", *arguments)
    assert refused.returncode != 0
    assert "Clicks is of the type AWS::KinesisFirehose::DeliveryStream, which is not made here" in refused.stderr
    topic = "    Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: {Ref: MakeIotTopicRule1}}}\n"
    service.write(topic, more="    events: [{iot: {sql: SELECT 1}}]\n")
    refused = service.run("deploy", "--yes", *arguments)
    assert refused.returncode != 0
    assert "MakeIotTopicRule1 is of the type AWS::IoT::TopicRule, which is not made here" in refused.stderr
    names = [one["StackName"] for one in cloud.client("cloudformation").list_stacks()["StackSummaries"]]
    assert service.stack_name not in names


def test_following_what_does_not_go_on(service: Service) -> None:
    service.deploy()
    followed = service.run("deploy", "--follow")
    assert followed.returncode == 0 and f"{service.stack_name}: UPDATE_COMPLETE" in followed.stdout


def test_removal_with_what_is_in_the_bucket(service: Service) -> None:
    text = (service.folder / "serverless.yml").read_text()
    text = text.replace("  stage: dev\n", "  stage: dev\n  deploymentBucket: {versioning: true}\n")
    (service.folder / "serverless.yml").write_text(text)
    bucket = service.deploy()["outputs"]["ServerlessDeploymentBucketName"]
    (service.folder / "make.js").write_text("exports.handler = async () => 1;\n")
    service.deploy()
    removed = service.run("remove", "--to", "aws", "--yes", "--allow-data-loss")
    assert removed.returncode == 0, removed.stderr
    assert bucket not in [one["Name"] for one in service.client("s3").list_buckets()["Buckets"]]


def test_plugins_whose_work_on_aws_nobody_does(service: Service) -> None:
    service.write(service.table(), more="plugins: [serverless-domain-manager]\n")
    refused = service.run("deploy", "--yes")
    assert refused.returncode == 2
    assert "serverless-domain-manager is not run" in refused.stderr and "serverless.yml:" in refused.stderr
    assert service.run("deploy", "--yes", "--allow-unknown-plugins").returncode == 0


def test_a_missing_variable_of_the_environment(service: Service) -> None:
    service.write(service.table(), more="custom: {x: '${env:SURELY_NOT_SET}'}\n")
    refused = service.run("deploy", "--yes")
    assert refused.returncode == 2 and "SURELY_NOT_SET" in refused.stderr


def test_accounts_that_cannot_be_reached(service: Service) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # It is held, so that nobody else listens there.
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
        nobody = service.run("deploy", "--yes", AWS_ENDPOINT_URL=closed)
    assert nobody.returncode == 1 and "nothing answers" in nobody.stderr and closed in nobody.stderr
    without = service.run("deploy", "--yes", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert without.returncode == 1 and "there are no credentials" in without.stderr
    malformed = service.run("deploy", "--yes", AWS_ENDPOINT_URL="nonsense")
    assert malformed.returncode == 1 and "Invalid endpoint: nonsense" in malformed.stderr
    profile = service.run("deploy", "--yes", "--profile", "none")
    assert profile.returncode == 1 and "there is no such profile" in profile.stderr
    assert "Traceback" not in nobody.stderr + without.stderr + profile.stderr


def test_a_profile_that_the_file_names(service: Service, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[of-dev]\naws_access_key_id = 333333333333\naws_secret_access_key = x\n"
    )
    text = (service.folder / "serverless.yml").read_text()
    (service.folder / "serverless.yml").write_text(
        text.replace("  stage: dev\n", "  stage: dev\n  profile: of-${sls:stage}\n  stag: x\n")
    )
    shown = service.run("diff", "--json", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    found = json.loads(shown.stdout)
    assert found["account"] == "333333333333"
    what, where = "at 'provider': unrecognized property 'stag'", "serverless.yml:7:3"
    told = {"about": "settings", "kind": "mistake", "what": what, "where": where, "todo": "Perhaps 'stage' is meant."}
    assert found["warnings"] == [told] and f"warning: {where}: {what}" in shown.stderr


def test_what_is_deployed(service: Service) -> None:
    service.write(service.table(), "    Table: {Value: {Ref: Users}}\n")
    service.deploy()
    shown = json.loads(service.run("info", service.stack_name, "--to", "aws", "--json").stdout)
    assert shown["account"] == ACCOUNT
    [stack] = shown["stacks"]
    assert stack["outputs"]["Table"] == service.name
    [route] = stack["routes"]
    assert route["method"] == "GET"
    assert route["url"].startswith("https://") and route["url"].endswith(".amazonaws.com/dev/users")


def test_artefacts_of_earlier_deployments(service: Service) -> None:
    """As many deployments as the file says keep theirs; what others have put there stays."""
    text = (service.folder / "serverless.yml").read_text()
    text = text.replace("  stage: dev\n", "  stage: dev\n  deploymentBucket: {maxPreviousDeploymentArtifacts: 1}\n")
    (service.folder / "serverless.yml").write_text(text)
    bucket = service.deploy()["outputs"]["ServerlessDeploymentBucketName"]
    prefix = f"serverless/{service.name}/dev/"
    theirs = f"{prefix}1700000000000-2023-11-14T22:13:20.000Z/make.zip"
    service.client("s3").put_object(Bucket=bucket, Key=theirs, Body=b"zip")
    for number in range(4):
        (service.folder / "make.js").write_text(f"exports.handler = async () => {number};\n")
        service.deploy()
    found = service.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    keys = [one["Key"] for one in found]
    # Two that the template names, two of an earlier deployment, and theirs.
    assert theirs in keys and len(keys) == 5
