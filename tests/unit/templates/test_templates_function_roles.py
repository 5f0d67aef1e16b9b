"""Roles of single functions. Expectations: the plugin's own README and tests/golden/roles-of-functions."""

from collections.abc import Callable

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
HEAD = "service: shop\nplugins: [serverless-iam-roles-per-function]\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"
STATEMENT = "{Effect: Allow, Action: ['a:b'], Resource: '*'}"


def test_a_function_with_statements_gets_a_role(compile_text: Compile) -> None:
    text = f"functions: {{a: {{handler: h.handler, iamRoleStatements: [{STATEMENT}]}}, b: {{handler: h.handler}}}}"
    resources = compile_text(HEAD + text).template["Resources"]
    assert resources["ALambdaFunction"]["Properties"]["Role"] == {"Fn::GetAtt": ["AIamRoleLambdaExecution", "Arn"]}
    assert resources["ALambdaFunction"]["DependsOn"] == ["AIamRoleLambdaExecution", "ALogGroup"]
    assert resources["BLambdaFunction"]["Properties"]["Role"] == {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]}
    role = resources["AIamRoleLambdaExecution"]["Properties"]
    assert role["RoleName"]["Fn::Join"][1] == ["shop", "dev", "a", {"Ref": "AWS::Region"}, "lambdaRole"]
    assert role["Policies"][0]["PolicyDocument"]["Statement"][1]["Action"] == ["a:b"]


def test_one_action_is_a_list_of_one_as_in_statements_of_the_provider(compile_text: Compile) -> None:
    text = "functions: {a: {handler: h.handler, iamRoleStatements: [{Effect: Allow, Action: 'a:b', Resource: '*'}]}}"
    role = compile_text(HEAD + text).template["Resources"]["AIamRoleLambdaExecution"]["Properties"]
    assert role["Policies"][0]["PolicyDocument"]["Statement"][1]["Action"] == ["a:b"]


def test_without_the_plugin_there_is_none(compile_text: Compile) -> None:
    resources = compile_text(f"functions: {{a: {{handler: h.handler, iamRoleStatements: [{STATEMENT}]}}}}").template
    assert "AIamRoleLambdaExecution" not in resources["Resources"]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (f"role: Own, iamRoleStatements: [{STATEMENT}]", "a role that is not made here"),
        ("iamRoleStatements: [{Action: ['a:b']}]", "lacks Effect, Resource"),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, settings: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{HEAD}functions:\n  a: {{handler: h.handler, {settings}}}")
    assert "serverless.yml:7:" in raised.value.where


def test_a_name_that_is_too_long_is_refused(compile_text: Compile) -> None:
    with pytest.raises(UserError, match="longer than 64 characters") as raised:
        compile_text(
            f"{HEAD}functions:\n  {'a' * 55}: {{handler: h.handler, name: n, iamRoleStatements: [{STATEMENT}]}}"
        )
    assert "iamRoleStatementsName" in raised.value.todo


def test_a_role_lets_its_function_read_its_queues_and_streams(compile_text: Compile) -> None:
    stream = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/x"
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    events = f"[{{stream: '{stream}'}}, {{sqs: {{arn: '{queue}'}}}}]"
    functions = f"functions: {{f: {{handler: h.handler, iamRoleStatements: [], events: {events}}}}}\n"
    resources = compile_text(HEAD + functions).template["Resources"]
    statements = resources["FIamRoleLambdaExecution"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [(statement["Action"][0], statement["Resource"]) for statement in statements[1:]] == [
        ("dynamodb:GetRecords", [stream]),
        ("sqs:ReceiveMessage", [queue]),
    ]
    mappings = [one for one in resources.values() if one["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert [one["DependsOn"] for one in mappings] == ["FIamRoleLambdaExecution"] * 2
