"""Deployments to a CloudFormation that is not ours: moto's. ``deployments.py`` says what it cannot show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.wire.deployments import REGION, Service, environment, moto_server

ACCOUNT = "123456789012"
"""moto's own, whatever the key."""


FUNCTION_AGAIN = "exports.handler = async () => ({ statusCode: 201 });\n"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("moto.server")
    with moto_server(tmp_path_factory.mktemp("moto") / "log") as found:
        yield found


@pytest.fixture
def service(endpoint: str, tmp_path: Path, request: pytest.FixtureRequest) -> Service:
    folder = tmp_path / "service"
    folder.mkdir()
    name = request.node.name.replace("test_", "").replace("_", "-")[:20].strip("-")
    return Service(folder, name, environment(endpoint, tmp_path, "testing"))


def test_a_first_deployment(service: Service) -> None:
    refused = service.run("deploy")
    assert refused.returncode == 3 and "Say --yes" in refused.stderr
    assert "add  Users" in refused.stdout and "a new stack" in refused.stdout
    stacks = service.client("cloudformation").describe_stacks()["Stacks"]
    made = [one for one in stacks if one["StackName"] == service.stack_name]
    assert not made, "nothing is made before somebody agrees"
    result = service.deploy()
    assert (result["account"], result["region"], result["is_new"], result["changed"]) == (ACCOUNT, REGION, True, True)
    assert {one["action"] for one in result["changes"]} == {"add"}
    assert result["artefacts"]["sent"] == 2 and result["artefacts"]["saved"] == 0
    assert result["status"] == "UPDATE_COMPLETE"
    assert service.name in service.client("dynamodb").list_tables()["TableNames"]
    functions = service.client("lambda").list_functions()["Functions"]
    assert f"{service.stack_name}-list" in {one["FunctionName"] for one in functions}


def test_nothing_new(service: Service) -> None:
    service.deploy()
    again = service.run("deploy")
    assert again.returncode == 0 and "nothing to deploy" in again.stdout
    assert service.run("diff").returncode == 0


def test_one_function_changes(service: Service) -> None:
    service.deploy()
    (service.folder / "make.js").write_text(f"// changed\n{FUNCTION_AGAIN}")
    shown = service.run("diff")
    assert shown.returncode == 4, shown.stderr
    assert "change  MakeLambdaFunction" in shown.stdout and "ListLambdaFunction" not in shown.stdout
    assert "~ Resources.MakeLambdaFunction.Properties.Code.S3Key" in shown.stdout
    assert service.run("diff").returncode == 4, "nothing was done"
    result = service.deploy()
    assert (result["artefacts"]["sent"], result["artefacts"]["saved"]) == (1, 1)
    assert {"action": "change", "logical_id": "MakeLambdaFunction"}.items() <= result["changes"][1].items()


def test_data_is_lost_to_those_alone_who_say_so(service: Service) -> None:
    service.deploy()
    service.write("    Topic: {Type: AWS::SNS::Topic}\n")
    refused = service.run("deploy", "--yes")
    assert refused.returncode == 3
    assert "the data of Users is lost" in refused.stdout and "--allow-data-loss" in refused.stderr
    assert service.name in service.client("dynamodb").list_tables()["TableNames"]
    service.deploy("--allow-data-loss")
    assert service.name not in service.client("dynamodb").list_tables()["TableNames"]


def test_removal(service: Service) -> None:
    service.deploy()
    refused = service.run("remove", "--to", "aws", "--yes")
    assert refused.returncode == 3 and "the data of Users is lost" in refused.stdout
    removed = service.run("remove", "--to", "aws", "--yes", "--allow-data-loss")
    assert removed.returncode == 0, removed.stderr
    assert f"removed {service.stack_name}" in removed.stdout
    names = [one["StackName"] for one in service.client("cloudformation").describe_stacks()["Stacks"]]
    assert service.stack_name not in names
    again = service.run("remove", "--to", "aws", "--yes")
    assert again.returncode == 0 and "is not deployed" in again.stdout


def test_a_bucket_of_the_users_own(service: Service) -> None:
    """The template is too large for a request, and goes by way of the bucket."""
    service.write(
        "".join(
            f"    P{number}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {'x' * 500}}}}}\n"
            for number in range(100)
        )
    )
    bucket = f"own-{service.name}"
    service.client("s3").create_bucket(Bucket=bucket)
    text = (service.folder / "serverless.yml").read_text()
    text = text.replace("  stage: dev\n", f"  stage: dev\n  deploymentBucket: {bucket}\n")
    (service.folder / "serverless.yml").write_text(text)
    assert service.deploy()["status"] == "CREATE_COMPLETE"
    keys = [one["Key"] for one in service.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    artefacts = [key for key in keys if key.startswith(f"serverless/{service.name}/dev/")]
    templates = [key for key in keys if key.startswith(f"stratolite/{service.stack_name}/")]
    assert (len(artefacts), len(templates)) == (2, 1)


def test_values_of_the_account(service: Service) -> None:
    """Variables ask the account that is deployed to."""
    service.client("ssm").put_parameter(Name="/team", Value="core", Type="String")
    service.client("s3").create_bucket(Bucket="values")
    service.client("s3").put_object(Bucket="values", Key="a/b.txt", Body=b"from-s3")
    name = "${ssm:/team}-${s3:values/a/b.txt}-${s3:values/none, 'else'}-${aws:accountId}"
    service.write(f'    Topic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: "{name}"}}}}\n')
    service.deploy()
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:core-from-s3-else-{ACCOUNT}"
    assert service.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["TopicArn"] == topic
