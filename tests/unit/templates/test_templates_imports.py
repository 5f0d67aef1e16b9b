"""What a stack imports from others, with and without a cloud that has it."""

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.templates.serverless.model import CloudNeeded

TEXT = """\
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  environment:
    TABLE: !ImportValue shared-TableName
    POOL: !ImportValue {"Fn::Sub": "auth-${AWS::Region}-PoolId"}
    OWN: !ImportValue {"Fn::Sub": "${Queue}-x"}
  vpc: {securityGroupIds: [!ImportValue group], subnetIds: [!ImportValue subnet]}
  iamRoleStatements: [{Effect: Allow, Action: "sqs:*", Resource: [!ImportValue jobs-QueueArn, !ImportValue TableArn]}]
functions:
  a:
    handler: h.handler
    layers: [!ImportValue layer]
    events:
      - sqs: {arn: !ImportValue jobs-QueueArn}
      - stream: {type: dynamodb, arn: !ImportValue StreamArn}
      - sns: {arn: !ImportValue TopicArn, topicName: topic}
"""
ARN = "arn:aws:{}:us-east-1:000000000000:{}"
QUEUE = ARN.format("sqs", "missing-jobs-queue-arn")
STREAM = ARN.format("dynamodb", "table/missing-stream-arn/stream/2024-01-01T00:00:00.000")


def cloud(*names: str) -> Any:
    """A cloud that exports some names, on two pages."""

    def ask(service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        assert (service, operation, region) == ("cloudformation", "ListExports", "us-east-1")
        if "NextToken" not in request:
            return {"Exports": [], "NextToken": "2"}
        return {"Exports": [{"Name": name, "Value": "x", "ExportingStackId": "y"} for name in names]}

    return ask


def test_stand_ins_are_of_the_form_that_their_places_want(compile_text: Compile) -> None:
    found = compile_text(TEXT, is_lenient=True, ask=cloud())
    resources = found.template["Resources"]
    function = resources["ALambdaFunction"]["Properties"]
    variables = function["Environment"]["Variables"]
    assert (variables["TABLE"], variables["POOL"]) == ("missing-shared-table-name", "missing-auth-us-east-1-pool-id")
    assert "Fn::ImportValue" in variables["OWN"], "what depends on the stack is not known"
    assert function["VpcConfig"] == {"SecurityGroupIds": ["sg-" + "0" * 17], "SubnetIds": ["subnet-" + "0" * 17]}
    assert function["Layers"] == [ARN.format("lambda", "layer:missing-layer:1")]
    mappings = [one["Properties"] for one in resources.values() if one["Type"].endswith("EventSourceMapping")]
    assert {one["EventSourceArn"] for one in mappings} == {QUEUE, STREAM}
    topic = ARN.format("sns", "missing-topic-arn")
    assert [one["Properties"]["TopicArn"] for one in resources.values() if one["Type"].endswith("Subscription")] == [
        topic
    ]
    assert {one.arn for one in found.externals} >= {QUEUE, STREAM, topic}
    statements = resources["IamRoleLambdaExecution"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = [resource for one in statements for resource in one["Resource"]]
    assert QUEUE in allowed and ARN.format("dynamodb", "missing-table-arn") in allowed
    [told] = [each for each in texts(found.local_warnings) if "exports of other stacks" in each]
    assert told.count("\n") == 9 and "\n  shared-TableName  ALambdaFunction" in told


def test_an_authorizer_of_another_stack_is_a_function(compile_text: Compile) -> None:
    text = """\
        provider:
          name: aws
          runtime: nodejs20.x
          httpApi:
            authorizers:
              theirs: {type: request, functionArn: !ImportValue auth-arn, enableSimpleResponses: true}
        functions:
          a: {handler: h.handler, events: [{httpApi: {path: /, method: get, authorizer: {name: theirs}}}]}
        """
    found = compile_text("service: shop\n" + dedent(text), is_lenient=True, ask=cloud())
    theirs = ARN.format("lambda", "function:missing-auth-arn")
    assert theirs in {one.arn for one in found.externals}
    permissions = [one for one in found.template["Resources"].values() if one["Type"] == "AWS::Lambda::Permission"]
    assert theirs in [one["Properties"]["FunctionName"] for one in permissions]


def test_what_the_cloud_exports_is_imported(compile_text: Compile) -> None:
    names = ("shared-TableName", "auth-us-east-1-PoolId", "group", "subnet", "jobs-QueueArn", "TableArn", "layer")
    found = compile_text(TEXT, is_lenient=True, ask=cloud(*names, "StreamArn", "TopicArn"))
    variables = found.template["Resources"]["ALambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["TABLE"] == {"Fn::ImportValue": "shared-TableName"}
    assert not [each for each in texts(found.local_warnings) if "exports of other stacks" in each]


def test_a_cloud_is_asked_only_where_something_is_imported(compile_text: Compile) -> None:
    def not_yet(*_: Any) -> Mapping[str, Any]:
        raise CloudNeeded

    assert compile_text("functions: {a: {handler: h.handler}}", is_lenient=True, ask=not_yet)
    with pytest.raises(CloudNeeded):
        compile_text(TEXT, is_lenient=True, ask=not_yet)


def test_a_deployment_imports(compile_text: Compile) -> None:
    variables = compile_text(TEXT).template["Resources"]["ALambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["TABLE"] == {"Fn::ImportValue": "shared-TableName"}
