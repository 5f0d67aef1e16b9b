"""Serverless templates in a running cloud, as ``sam deploy`` sends them: a change set, its execution, and requests.

Expectations: the pages of SAM's specification, and the template that AWS's own transform makes of the same.
"""

import http.client
import json
from typing import Any

from tests.conftest import RunningCloud
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template

TRANSFORM = "AWS::Serverless-2016-10-31"
AGREED = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
CODE = """
import json, os
import boto3

def handler(event, context):
    if "Records" in event:
        client = boto3.client("dynamodb")
        for record in event["Records"]:
            client.put_item(TableName=os.environ["TABLE"], Item={"id": {"S": record["body"]}})
        return {"batchItemFailures": []}
    return {"statusCode": 200, "body": json.dumps({"path": event.get("path") or event.get("rawPath")})}
"""
SHOP: dict[str, Any] = {
    "Items": {"Type": "AWS::Serverless::SimpleTable"},
    "Orders": {"Type": "AWS::SQS::Queue"},
    "Hello": {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "InlineCode": CODE,
            "Handler": "index.handler",
            "AutoPublishAlias": "live",
            "FunctionUrlConfig": {"AuthType": "NONE"},
            "Policies": [{"DynamoDBCrudPolicy": {"TableName": {"Ref": "Items"}}}],
            "Events": {
                "Rest": {"Type": "Api", "Properties": {"Path": "/items/{id}", "Method": "get"}},
                "Http": {"Type": "HttpApi", "Properties": {"Path": "/items", "Method": "GET"}},
                "Queue": {
                    "Type": "SQS",
                    "Properties": {
                        "Queue": {"Fn::GetAtt": ["Orders", "Arn"]},
                        "FunctionResponseTypes": ["ReportBatchItemFailures"],
                    },
                },
            },
        },
    },
}
VARIABLES = {"TABLE": {"Ref": "Items"}, "RATE": 0.1, "COUNT": 3, "IS_ON": True}
GLOBALS = {
    "Function": {"Runtime": "python3.12", "Timeout": 20, "Environment": {"Variables": VARIABLES}},
    "Api": {"Cors": "'*'"},
}
OUTPUTS = {
    "Rest": {"Value": {"Fn::Sub": "${ServerlessRestApi}"}},
    "Http": {"Value": {"Ref": "ServerlessHttpApi"}},
    "Url": {"Value": {"Fn::GetAtt": ["HelloUrl", "FunctionUrl"]}},
    "Alias": {"Value": {"Ref": "Hello.Alias"}},
    "Queue": {"Value": {"Ref": "Orders"}},
    "Table": {"Value": {"Ref": "Items"}},
}


def ask(endpoint: str, method: str, path: str) -> tuple[int, Any, dict[str, str]]:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=180)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        text = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(text) if text.strip() else None, headers
    finally:
        connection.close()


def test_an_application_as_sam_deploys_it(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "shop")
    name = {"StackName": "shop", "ChangeSetName": "samcli-deploy"}
    body = template(SHOP, Transform=TRANSFORM, Globals=GLOBALS, Outputs=OUTPUTS)
    stack.client.create_change_set(**name, TemplateBody=body, ChangeSetType="CREATE", Capabilities=AGREED)
    stack.client.execute_change_set(**name)
    assert stack.ended() == "CREATE_COMPLETE", stack.reasons("CREATE_FAILED")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.described()["Outputs"]}
    assert outputs["Alias"].endswith(":live")

    for stage in ("Prod", "Stage"):
        found = ask(cloud.app_endpoint, "GET", f"/_aws/execute-api/{outputs['Rest']}/{stage}/items/7")
        assert found[:2] == (200, {"path": "/items/7"}), stage
    status, _, headers = ask(cloud.app_endpoint, "OPTIONS", f"/_aws/execute-api/{outputs['Rest']}/Prod/items/7")
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert headers["access-control-allow-methods"] == "GET,OPTIONS"
    found = ask(cloud.app_endpoint, "GET", f"/_aws/execute-api/{outputs['Http']}/items")
    assert found[:2] == (200, {"path": "/items"})
    url_id = outputs["Url"].split("/")[2].split(".")[0]
    found = ask(cloud.app_endpoint, "GET", f"/_aws/lambda-url/{url_id}/anything")
    assert found[:2] == (200, {"path": "/anything"})

    made = cloud.client("lambda").get_function_configuration(FunctionName=outputs["Alias"])["Environment"]["Variables"]
    assert (made["RATE"], made["COUNT"], made["IS_ON"]) == ("0.1", "3", "true")

    cloud.client("sqs").send_message(QueueUrl=outputs["Queue"], MessageBody="first")
    cloud.drain()
    kept = cloud.client("dynamodb").get_item(TableName=outputs["Table"], Key={"id": {"S": "first"}})
    assert kept["Item"] == {"id": {"S": "first"}}

    stages = stack.client.get_template(StackName="shop", TemplateStage="Original")
    assert stages["StagesAvailable"] == ["Original", "Processed"]
    assert stages["TemplateBody"]["Resources"]["Hello"]["Type"] == "AWS::Serverless::Function"
    made = stack.client.get_template(StackName="shop", TemplateStage="Processed")["TemplateBody"]["Resources"]
    assert {one["Type"] for one in made.values()} & {
        "AWS::Serverless::Function",
        "AWS::Serverless::SimpleTable",
    } == set()


def test_what_is_no_serverless_template(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    wrong: list[tuple[dict[str, Any], str]] = [
        (
            {"Runtime": "python3.12"},
            "Resource with id [F] is invalid. Only one of 'InlineCode' or 'CodeUri' can be set.",
        ),
        (
            {"InlineCode": "x", "Runtime": "python3.12"},
            "Runtime and Handler needs to be present when PackageType is of type `Zip`",
        ),
        (
            {"InlineCode": "x", "Handler": "a.b", "Runtime": "python3.12", "Events": {"A": {}}},
            "Event with id [A] is invalid. Resource dict has missing or invalid value for key Type.",
        ),
        ({"CodeUri": "./src", "Handler": "a.b", "Runtime": "python3.12"}, "'CodeUri' is not a valid S3 Uri"),
    ]
    for properties, said in wrong:
        body = template({"F": {"Type": "AWS::Serverless::Function", "Properties": properties}}, Transform=TRANSFORM)
        code, text, _ = refused(client.create_stack, StackName="w", TemplateBody=body, Capabilities=AGREED)
        assert code == "ValidationError"
        assert text.startswith(f"Transform {TRANSFORM} failed with: Invalid Serverless Application Specification"), text
        assert said in text
    topic = {"T": {"Type": "AWS::SNS::Topic"}}
    body = template(topic, Transform=TRANSFORM, Globals={"Function": {"Events": {}}})
    code, text, _ = refused(client.create_stack, StackName="w", TemplateBody=body, Capabilities=AGREED)
    assert (code, "'Events' is not a supported property of 'Function'" in text) == ("ValidationError", True), text
