"""Functions, versions, URLs and asynchronous settings, beyond what the golden cases show.

Expectations: https://www.serverless.com/framework/docs-providers-aws-guide-functions.
"""

from collections.abc import Callable

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]


def version_id(compiled: Compiled) -> str:
    [name] = [name for name in compiled.template["Resources"] if name.startswith("ALambdaVersion")]
    return str(name)


def test_defaults(compile_text: Compile) -> None:
    compiled = compile_text("service: shop\nprovider: aws\nfunctions: {a: {handler: h.handler}}")
    properties = compiled.template["Resources"]["ALambdaFunction"]["Properties"]
    assert properties["FunctionName"] == "shop-dev-a"
    assert properties["Runtime"] == "nodejs16.x"
    assert (properties["MemorySize"], properties["Timeout"]) == (1024, 6)
    assert properties["Code"]["S3Key"] == "serverless/shop/dev/1700000000000-2023-11-14T22:13:20.000Z/shop.zip"
    assert compiled.stack_name == "shop-dev"
    [function] = compiled.functions
    assert (function.key, function.logical_id, function.artefact) == ("a", "ALambdaFunction", "shop.zip")
    assert function.handler_path is not None and function.handler_path.name == "h.js"


def test_equal_input_is_an_equal_template(compile_text: Compile) -> None:
    text = "functions: {a: {handler: h.handler, events: [{http: GET x}, {sns: t}]}}"
    assert compile_text(text).template == compile_text(text).template


def test_code_and_configuration_make_versions(compile_text: Compile) -> None:
    first = version_id(compile_text("functions: {a: {handler: h.handler}}"))
    assert version_id(compile_text("functions: {a: {handler: h.handler}}")) == first
    assert version_id(compile_text("functions: {a: {handler: h.handler, timeout: 7}}")) != first
    # Tags and reserved concurrency belong to the function, not to a version.
    assert (
        version_id(compile_text("functions: {a: {handler: h.handler, reservedConcurrency: 1, tags: {a: b}}}")) == first
    )
    code = {"h.js": "exports.handler = async () => 1;"}
    assert version_id(compile_text("functions: {a: {handler: h.handler}}", code)) != first


def test_the_code_of_a_layer_makes_a_version(compile_text: Compile) -> None:
    text = "layers: {l: {path: layer}}\nfunctions: {a: {handler: h.handler, layers: [{Ref: LLambdaLayer}]}}"
    first = version_id(compile_text(text, {"layer/x.txt": "1"}))
    assert version_id(compile_text(text, {"layer/x.txt": "1"})) == first
    assert version_id(compile_text(text, {"layer/x.txt": "2"})) != first


def test_settings_of_the_provider_are_defaults(compile_text: Compile) -> None:
    compiled = compile_text(
        """
        service: shop
        provider: {name: aws, runtime: nodejs20.x, timeout: 9, environment: {A: x, B: y}, tags: {t: shared}}
        functions:
          a: {handler: h.handler, environment: {B: z}, tags: {u: own}}
        """
    )
    properties = compiled.template["Resources"]["ALambdaFunction"]["Properties"]
    assert properties["Timeout"] == 9
    assert properties["Environment"] == {"Variables": {"A": "x", "B": "z"}}
    assert properties["Tags"] == [{"Key": "t", "Value": "shared"}, {"Key": "u", "Value": "own"}]


def test_provisioned_concurrency_goes_between_callers_and_function(compile_text: Compile) -> None:
    compiled = compile_text(
        "functions: {a: {handler: h.handler, provisionedConcurrency: 2, url: true, events: [{http: GET x}]}}"
    )
    resources = compiled.template["Resources"]
    target = {"Fn::Join": [":", [{"Fn::GetAtt": ["ALambdaFunction", "Arn"]}, "provisioned"]]}
    assert resources["ALambdaPermissionApiGateway"]["Properties"]["FunctionName"] == target
    assert resources["ALambdaFunctionUrl"]["Properties"]["TargetFunctionArn"] == target
    assert resources["ALambdaFunctionUrl"]["DependsOn"] == "AProvConcLambdaAlias"
    assert resources["ApiGatewayMethodXGet"]["DependsOn"] == ["ALambdaPermissionApiGateway", "AProvConcLambdaAlias"]


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ("functions:\n  a: {timeout: 3}", "neither a handler nor an image", "6:3"),
        ("functions:\n  a: {handler: h.handler, image: x}", "both a handler and an image", "6:3"),
        ("functions: [1]", "not a map", "5:13"),
        ("functions:\n  a: 5", "functions.a has to be a map", "6:3"),
        ("functions:\n  a: {handler: nowhere.handler}", "does not exist", "6:7"),
        ("functions:\n  a: {handler: h.missing}", "does not define", "6:7"),
        ("functions:\n  a: {handler: h}", "not of the form", "6:7"),
        (
            "functions:\n  a: {handler: h.handler, provisionedConcurrency: 1, snapStart: true}",
            "both provisionedConcurrency and snapStart",
            "6:54",
        ),
        (
            "functions:\n  a: {handler: h.handler, fileSystemConfig: {arn: a, localMountPath: /mnt/x}}",
            "is in no VPC",
            "6:27",
        ),
        ("functions:\n  a: {handler: h.handler, destinations: {onFailure: b}}", "no function 'b'", "6:42"),
        (
            "functions:\n  a: {handler: h.handler, destinations: {onFailure: 'arn:aws:s3:::x'}}",
            "of no known kind",
            "6:42",
        ),
        ("functions:\n  a: {image: 'repo:latest'}", "not in provider.ecr.images", "6:7"),
        (
            "functions:\n  a: {image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:latest'}",
            "named by a tag",
            "6:7",
        ),
        (f"functions:\n  a: {{handler: h.handler, name: {'n' * 65}}}", "has 65 characters", "6:27"),
        (
            "functions:\n  a: {handler: h.handler, name: one}\n  b: {handler: h.handler, name: one}",
            "have one name, 'one'",
            "7:27",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(compile_text: Compile, text: str, what: str, place: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        compile_text(text)
    assert raised.value.where.endswith(f"serverless.yml:{place}")


def test_functions_under_conditions_may_share_a_name(compile_text: Compile) -> None:
    compiled = compile_text(
        "functions:\n  a: {handler: h.handler, name: n, condition: A}\n  b: {handler: h.handler, name: n, condition: B}"
    )
    assert compiled.template["Resources"]["ALambdaFunction"]["Condition"] == "A"


def test_a_runtime_of_another_language_is_compiled(compile_text: Compile) -> None:
    # Whether it is run is the target's business.
    compiled = compile_text("functions: {a: {handler: com.example.Handler, runtime: java21}}")
    assert compiled.template["Resources"]["ALambdaFunction"]["Properties"]["Runtime"] == "java21"
    assert compiled.functions[0].handler_path is None
