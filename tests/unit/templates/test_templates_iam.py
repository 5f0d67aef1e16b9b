"""The role of the functions. Expectations: https://www.serverless.com/framework/docs-providers-aws-guide-iam."""

from collections.abc import Callable
from typing import Any

from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"


def role(compiled: Compiled) -> Any:
    return compiled.template["Resources"].get("IamRoleLambdaExecution", {}).get("Properties")


def statements(compiled: Compiled) -> list[Any]:
    found: list[Any] = role(compiled)["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def test_functions_may_write_their_logs(compile_text: Compile) -> None:
    compiled = compile_text("functions: {a: {handler: h.handler}, b: {handler: h.handler, name: own}}")
    prefix = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
    assert statements(compiled)[0]["Resource"] == [{"Fn::Sub": f"{prefix}own:*"}, {"Fn::Sub": f"{prefix}shop-dev*:*"}]


def test_a_role_of_the_users_own_takes_the_defaults_place(compile_text: Compile) -> None:
    for setting in (
        "iam: {role: 'arn:aws:iam::123456789012:role/x'}",
        "role: Own",
        "iam: {role: {'Fn::GetAtt': [R, Arn]}}",
    ):
        assert role(compile_text(f"{HEAD}  {setting}\nfunctions: {{a: {{handler: h.handler}}}}")) is None
    assert role(compile_text("functions: {a: {handler: h.handler, role: Own}}")) is None
    assert role(compile_text("functions: {a: {handler: h.handler, role: Own}, b: {handler: h.handler}}")) is not None


def test_a_role_of_this_file_is_made_before_its_function(compile_text: Compile) -> None:
    compiled = compile_text("functions: {a: {handler: h.handler, role: Own}}")
    function = compiled.template["Resources"]["ALambdaFunction"]
    assert function["Properties"]["Role"] == {"Fn::GetAtt": ["Own", "Arn"]}
    assert function["DependsOn"] == ["ALogGroup", "Own"]


def test_a_service_without_functions_has_no_role(compile_text: Compile) -> None:
    assert (
        role(compile_text("service: shop\nprovider: aws\nresources: {Resources: {T: {Type: 'AWS::SNS::Topic'}}}"))
        is None
    )


def test_what_functions_need_is_allowed_once(compile_text: Compile) -> None:
    compiled = compile_text(
        f"{HEAD}  tracing: {{lambda: true}}\nfunctions: {{a: {{handler: h.handler}}, b: {{handler: h.handler}}}}"
    )
    assert sum("xray:PutTraceSegments" in each["Action"] for each in statements(compiled)) == 1


def test_functions_that_write_no_logs_are_denied_to(compile_text: Compile) -> None:
    compiled = compile_text("functions: {a: {handler: h.handler}, b: {handler: h.handler, disableLogs: true}}")
    denied = statements(compiled)[2]
    assert (denied["Effect"], denied["Action"]) == ("Deny", "logs:PutLogEvents")
    assert "BLogGroup" not in compiled.template["Resources"]
