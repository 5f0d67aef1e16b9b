"""A template of AWS SAM, run as it is: its code packaged, its events caused, its definitions read."""

import json
import shutil
from pathlib import Path

from tests.apps.conftest import Starter, eventually, http

FOLDER = Path(__file__).parent / "warehouse"


def test_a_template_of_sam_runs(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "the_warehouse"
    shutil.copytree(FOLDER, folder)
    app = up(folder, "--param", "Greeting=good day", "--strict")
    assert "template.yaml, an AWS SAM template" in app.output
    as_json = {"Content-Type": "application/json"}
    assert http("POST", app.url("/v1/items"), {"title": "pen"}, as_json).status == 400
    assert http("POST", app.url("/v1/items"), {"name": "pen"}).status == 201
    answer = http("GET", app.url("/v1/items/pen"), headers={"X-Badge": "gold"})
    assert (answer.status, answer.json()) == (200, {"item": {"id": "pen", "name": "good day pen"}, "by": "ada"})
    assert http("GET", app.url("/v1/items/pen"), headers={"X-Badge": "tin"}).status == 403
    assert http("GET", app.url("/v1/items/pen")).status == 401
    # A function whose condition does not hold leaves its method out.
    assert http("DELETE", app.url("/v1/items/pen"), headers={"X-Badge": "gold"}).status == 403
    answer = http("OPTIONS", app.url("/v1/items/pen"))
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert http("GET", app.url("/described")).json() == {"described": "/described"}
    app.until("noticed pen")

    stack = app.client("cloudformation").describe_stacks(StackName="the-warehouse-dev")["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    said = app.client("lambda").invoke(FunctionName=outputs["Sign"])["Payload"].read()
    assert said == b'"good day"'
    app.client("s3").put_object(Bucket=outputs["Bucket"], Key="crate", Body=b"x")
    table = app.client("dynamodb")
    key = {"id": {"S": "crate"}}
    found = eventually(lambda: table.get_item(TableName=outputs["Table"], Key=key).get("Item"), bool)
    assert found["name"] == {"S": "delivered"}

    # An edit of a layer publishes another version of it, and functions have that.
    place = len(app.lines)
    naming = folder / "shared" / "python" / "naming.py"
    naming.write_text(naming.read_text().replace("{greeting} {name}", "{name}, {greeting}"))
    app.until("deployed in", after=place)
    assert http("POST", app.url("/v1/items"), {"name": "ink"}).status == 201
    answer = http("GET", app.url("/v1/items/ink"), headers={"X-Badge": "gold"})
    assert answer.json()["item"]["name"] == "ink, good day"
    stack = app.client("cloudformation").describe_stacks(StackName="the-warehouse-dev")["Stacks"][0]
    assert outputs["Layer"] not in [one["OutputValue"] for one in stack["Outputs"]]


def test_what_is_not_there_is_told_with_its_place(up: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    shutil.copytree(FOLDER, folder)
    shutil.rmtree(folder / "notices")
    app = up(folder, ready=False)
    app.until("Notices: there is no notices/")
    assert "template.yaml:" in app.output
    app.stop()
    file = folder / "template.yaml"
    lines = (
        file.read_text().replace("      Handler: guard.handler\n", "").replace("CodeUri: notices/", "CodeUri: stock/")
    )
    file.write_text(lines)
    place = 1 + lines.splitlines().index("  Guard:")
    app = up(folder, ready=False)
    app.until(f"template.yaml:{place}:3: Transform AWS::Serverless-2016-10-31 failed with")
    assert "Resource with id [Guard] is invalid. Runtime and Handler needs to be present" in app.output


def test_a_template_that_the_cdk_has_written_runs(up: Starter, tmp_path: Path) -> None:
    """Code lies beside it as assets; what it asks of an account that was bootstrapped is not asked here."""
    folder = tmp_path / "cdk.out"
    (folder / "asset.7f3a").mkdir(parents=True)
    (folder / "asset.7f3a" / "index.py").write_text("def handler(event, context):\n    return event['rawPath']\n")
    bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"S3Bucket": bucket, "S3Key": "7f3a.zip"},
    }
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    arn = {"Fn::GetAtt": ["F", "Arn"]}
    opened = {"FunctionName": arn, "Principal": "*", "FunctionUrlAuthType": "NONE"}
    asset = {"aws:asset:path": "asset.7f3a", "aws:asset:property": "Code"}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": function, "Metadata": asset},
        "Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": arn}},
        "Open": {"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunctionUrl", **opened}},
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:H4s"}},
    }
    version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
    checked = {"Assert": {"Fn::Not": [{"Fn::Contains": [["1"], {"Ref": "BootstrapVersion"}]}]}}
    template = {
        "Resources": resources,
        "Parameters": {"BootstrapVersion": version},
        "Rules": {"CheckBootstrapVersion": {"Assertions": [checked]}},
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}}},
    }
    file = folder / "Ledger.template.json"
    file.write_text(json.dumps(template))
    app = up(file, "--strict")
    stack = app.client("cloudformation").describe_stacks(StackName="cdk-out-dev")["Stacks"][0]
    url = stack["Outputs"][0]["OutputValue"].split("/")[2].split(".")[0]
    assert http("GET", app.url(f"/_aws/lambda-url/{url}/ledger")).body == b"/ledger"


LACKING = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Pool: { Type: "AWS::SSM::Parameter::Value<String>", Default: /auth/user-pool-arn }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "import os\\ndef handler(event, context):\\n    return os.environ['POOL']\\n"
      Handler: index.handler
      Runtime: python3.12
      Layers: [!Sub "arn:aws:lambda:${AWS::Region}:111111111111:layer:vendor:2"]
      Environment: { Variables: { POOL: !Ref Pool } }
      Events: { All: { Type: HttpApi } }
"""


def test_what_others_have_is_stood_in_for(up: Starter, tmp_path: Path) -> None:
    (tmp_path / "lacking").mkdir()
    file = tmp_path / "lacking" / "template.yaml"
    file.write_text(LACKING)
    app = up(file)
    assert "layer:vendor:2 is named but not made here: an empty stand-in was made" in app.output
    assert "parameter/auth/user-pool-arn is named but not made here" in app.output
    said = http("GET", app.url("/")).body
    assert said == b"arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_missingauthuserpoolarn"
    app.stop()
    refused = up(file, "--no-stand-ins", ready=False)
    refused.until("the file names what it does not make")
