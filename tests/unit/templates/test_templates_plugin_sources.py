"""Plugins that ask somebody: git, Systems Manager, Lambda; and those that hand logs on."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import AwsError, UserError
from stratolite.templates.serverless import Compiled
from stratolite.templates.serverless.plugins import git_variables

ONE = "functions: {f: {handler: h.handler}}\n"


def variables(compiled: Compiled, name: str = "F") -> dict[str, Any]:
    properties = compiled.template["Resources"][f"{name}LambdaFunction"]["Properties"]
    found: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return found


# git -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    git("commit", "--allow-empty", "-m", "The first one\n\nIt has a body.")
    git("tag", "v1")
    git("tag", "stable")
    return tmp_path


def test_what_git_says(repository: Path) -> None:
    said = {name: git_variables.value(name, repository) for name in ("branch", "messageSubject", "messageBody", "tags")}
    assert said == {
        "branch": "main",
        "messageSubject": "The first one",
        "messageBody": "It has a body.",
        "tags": "stable::v1",
    }
    assert git_variables.value("commit", repository).startswith(git_variables.value("sha1", repository))
    assert git_variables.value("repository", repository) == repository.name
    assert git_variables.value("isDirty", repository) == "false"
    with pytest.raises(UserError, match="no variable git:weather"):
        git_variables.value("weather", repository)


def test_variables_of_git_and_those_of_functions(compile_text: Compile, repository: Path) -> None:
    text = """
plugins: [serverless-plugin-git-variables]
custom: {gitVariablesEnvWhitelist: [GIT_BRANCH], gitVariablesTagsWhitelist: [], about: "${git:branch} ${git:tags}"}
functions: {f: {handler: h.handler, description: "${self:custom.about}"}}
"""
    compiled = compile_text(text)
    assert variables(compiled) == {"GIT_BRANCH": "main"}
    assert compiled.template["Resources"]["FLambdaFunction"]["Properties"]["Description"] == "main stable::v1"
    text = f"plugins: [serverless-plugin-git-variables]\ncustom: {{exportGitVariables: false}}\n{ONE}"
    assert variables(compile_text(text)) == {}


def test_without_a_repository_there_are_none(compile_text: Compile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    text = f"plugins: [serverless-plugin-git-variables]\n{ONE}"
    compiled = compile_text(text, is_lenient=True)
    assert variables(compiled) == {} and "functions have no GIT_ variables" in texts(compiled.warnings)[0]
    with pytest.raises(UserError, match="git rev-parse"):
        compile_text(text)
    with pytest.raises(UserError, match="Unrecognized configuration variable source"):
        compile_text("custom: {a: '${git:sha1}'}\n" + ONE)


# Accounts --------------------------------------------------------------------------------------------------------


class ParameterNotFound(AwsError):
    """As Systems Manager has it."""


class Account:
    """Has a parameter and a layer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any, str]] = []

    def __call__(self, service: str, operation: str, request: Any, region: str) -> Any:
        self.asked.append((service, operation, request, region))
        if operation == "ListLayerVersions":
            return {"LayerVersions": [{"Version": 9}, {"Version": 12}]}
        if request["Name"] != "/shop/key":
            raise ParameterNotFound("no such parameter")
        return {"Parameter": {"Value": "secret"}}


FETCHED = """
plugins: [serverless-ssm-fetch]
custom: {serverlessSsmFetch: {KEY: /shop/key~true, LACKING: /shop/lacking}}
functions:
  f: {handler: h.handler}
  g: {handler: h.handler, ssmToEnvironment: [OTHER]}
"""


def test_parameters_are_in_the_environment(compile_text: Compile) -> None:
    account = Account()
    compiled = compile_text(FETCHED, ask=account, is_lenient=True)
    assert (variables(compiled), variables(compiled, "G")) == ({"KEY": "secret"}, {})
    assert account.asked[0] == ("ssm", "GetParameter", {"Name": "/shop/key", "WithDecryption": True}, "us-east-1")
    [warning] = texts(compiled.warnings)
    assert warning.endswith("the parameter /shop/lacking is not there: functions have no variable LACKING")
    with pytest.raises(UserError, match="the parameter /shop/lacking is not there"):
        compile_text(FETCHED, ask=account)


@pytest.mark.parametrize(("is_lenient", "version"), [(True, 1), (False, 12)])
def test_the_latest_version_of_a_layer(compile_text: Compile, is_lenient: bool, version: int) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:tools"
    functions = f"functions: {{f: {{handler: h.handler, layers: ['{arn}:latest']}}}}\n"
    text = f"plugins: [serverless-latest-layer-version]\n{functions}"
    compiled = compile_text(text, ask=Account(), is_lenient=is_lenient)
    assert compiled.template["Resources"]["FLambdaFunction"]["Properties"]["Layers"] == [f"{arn}:{version}"]
    assert compiled.warnings == ()


# Logs ------------------------------------------------------------------------------------------------------------


def test_logs_are_handed_on(compile_text: Compile) -> None:
    text = """
plugins: [serverless-plugin-log-subscription]
custom:
  logSubscription: {enabled: true, destinationArn: {Fn::GetAtt: [SinkLambdaFunction, Arn]}, filterPattern: ERROR}
functions:
  f: {handler: h.handler}
  g: {handler: h.handler, logSubscription: {filterPattern: WARN, destinationArn: "arn:aws:kinesis:::stream/s"}}
  sink: {handler: h.handler, logSubscription: false}
"""
    compiled = compile_text(text)
    resources = compiled.template["Resources"]
    made = {
        name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Logs::SubscriptionFilter"
    }
    assert {name: one["FilterPattern"] for name, one in made.items()} == {
        "FSubscriptionFilter": "ERROR",
        "GSubscriptionFilter": "WARN",
    }
    assert made["FSubscriptionFilter"]["LogGroupName"] == "/aws/lambda/shop-dev-f"
    assert resources["FSubscriptionFilter"]["DependsOn"] == ["SinkLambdaFunction", "FLogLambdaPermission", "FLogGroup"]
    assert "GLogLambdaPermission" not in resources
    assert compiled.warnings == ()


def test_there_may_be_several_subscriptions(compile_text: Compile) -> None:
    rows = "[{enabled: true, destinationArn: a, apiGatewayLogs: true}, {enabled: true, destinationArn: b}, {}]"
    text = f"plugins: [serverless-plugin-log-subscription]\ncustom: {{logSubscription: {rows}}}\n{ONE}"
    compiled = compile_text(text)
    names = [name for name in compiled.template["Resources"] if "SubscriptionFilter" in name]
    assert names == ["FSubscriptionFilter0", "FSubscriptionFilter1"]
    assert "apiGatewayLogs has no effect" in texts(compiled.warnings)[0]


# Functions -------------------------------------------------------------------------------------------------------


def test_functions_are_disabled(compile_text: Compile) -> None:
    text = "functions: {f: {handler: h.handler, enabled: true}, g: {handler: h.handler, enabled: false}}\n"
    compiled = compile_text("plugins: [serverless-disable-functions]\n" + text)
    assert [function.key for function in compiled.functions] == ["f"] and compiled.warnings == ()
