"""The user's own resources, extensions and outputs.

Expectations: https://www.serverless.com/framework/docs-providers-aws-guide-resources.
"""

from collections.abc import Callable

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
FUNCTION = "functions: {a: {handler: h.handler}}\n"


def test_resources_are_merged_over_what_is_made(compile_text: Compile) -> None:
    compiled = compile_text(
        FUNCTION + "resources: {Resources: {ALambdaFunction: {Properties: {Timeout: 100, Role: ~, Layers: [x]}}}}"
    )
    properties = compiled.template["Resources"]["ALambdaFunction"]["Properties"]
    assert (properties["Timeout"], properties["Layers"]) == (100, ["x"])
    assert "Role" not in properties
    assert properties["Handler"] == "h.handler"


def test_extensions_replace_whole_properties(compile_text: Compile) -> None:
    compiled = compile_text(
        """
        service: shop
        provider: {name: aws, runtime: nodejs20.x, environment: {A: b}}
        functions: {a: {handler: h.handler}}
        resources:
          extensions:
            ALambdaFunction:
              Properties: {Environment: {Variables: {C: d}}}
              DependsOn: [T]
              DeletionPolicy: Retain
              Metadata: {m: 1}
        """
    )
    function = compiled.template["Resources"]["ALambdaFunction"]
    assert function["Properties"]["Environment"] == {"Variables": {"C": "d"}}
    assert function["DependsOn"] == ["ALogGroup", "T"]
    assert (function["DeletionPolicy"], function["Metadata"]) == ("Retain", {"m": 1})


@pytest.mark.parametrize(
    ("extension", "what", "place"),
    [
        ("Nowhere: {Properties: {}}", "there is no resource 'Nowhere' to extend", "7:18"),
        ("ALogGroup: {Type: x}", "the attribute 'Type' of 'ALogGroup' cannot be extended", "7:30"),
    ],
)
def test_what_cannot_be_extended_is_told(compile_text: Compile, extension: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(f"{FUNCTION}resources:\n  extensions: {{{extension}}}".replace("\n  ext", "\n    ext"))
    assert raised.value.where.endswith(f"serverless.yml:{place}")


def test_outputs_that_are_made_are_exported(compile_text: Compile) -> None:
    compiled = compile_text(FUNCTION + "resources: {Outputs: {Mine: {Value: x}}}")
    outputs = compiled.template["Outputs"]
    name = "sls-shop-dev-ALambdaFunctionQualifiedArn"
    assert outputs["ALambdaFunctionQualifiedArn"]["Export"] == {"Name": name}
    assert outputs["Mine"] == {"Value": "x"}


def test_a_bucket_of_the_users_own_is_not_made(compile_text: Compile) -> None:
    compiled = compile_text(
        "service: shop\nprovider: {name: aws, runtime: nodejs20.x, deploymentBucket: {name: mine}}\n" + FUNCTION
    )
    assert compiled.deployment.bucket == "mine"
    assert "ServerlessDeploymentBucket" not in compiled.template["Resources"]
    assert compiled.core_template["Resources"] == {}
    assert compiled.template["Resources"]["ALambdaFunction"]["Properties"]["Code"]["S3Bucket"] == "mine"
