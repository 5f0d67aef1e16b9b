"""The event ``httpApi`` where the Serverless Framework would end in an error: refused with its place.

Whole templates are in tests/golden (``http-api*``).
"""

from collections.abc import Callable

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
FUNCTION = "functions:\n  a:\n    handler: h.handler\n    events:\n"
PROVIDER = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n  httpApi: "


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("httpApi: GET", "not a route: 'GET'"),
        ("httpApi: FETCH /x", "not a route: 'FETCH /x'"),
        ("httpApi: GET x", "not a route: 'GET x'"),
        ("httpApi: {path: /x}", "has no method"),
        ("httpApi: {method: get}", "has no path"),
        ("httpApi: {method: fetch, path: /x}", "no HTTP method: 'fetch'"),
        ("httpApi: {method: get, path: '*'}", "has a method for the path '*'"),
        ("httpApi: [x]", "not a route"),
        ("httpApi: {method: get, path: /x, authorizer: no}", "there is no authorizer 'no'"),
        ("httpApi: {method: get, path: /x, authorizer: {scopes: [a]}}", "neither 'name' nor 'id'"),
        ("httpApi: {method: get, path: /x, authorizer: {id: a}}", "made elsewhere cannot guard an API that is made"),
        ("httpApi: {method: get, path: /x, authorizer: {type: aws_iam, name: a}}", "aws_iam has no other settings"),
    ],
)
def test_routes_that_cannot_be(compile_text: Compile, event: str, what: str) -> None:
    with pytest.raises(UserError) as raised:
        compile_text(f"{FUNCTION}      - {event}")
    assert what in raised.value.what
    assert "serverless.yml:9" in raised.value.where


def test_a_path_without_a_slash_gets_one_where_it_is_only_run(compile_text: Compile) -> None:
    compiled = compile_text(f"{FUNCTION}      - httpApi: {{method: get, path: users}}", is_lenient=True)
    keys = [each["Properties"].get("RouteKey") for each in compiled.template["Resources"].values()]
    assert "GET /users" in keys and any("AWS refuses it" in each for each in texts(compiled.local_warnings))


def test_a_route_is_there_once(compile_text: Compile) -> None:
    with pytest.raises(UserError, match="the route 'GET /x' is there twice"):
        compile_text(f"{FUNCTION}      - httpApi: GET /x\n      - httpApi: get /x")


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("authorizers: {a: {type: request}}", "either 'functionName' or 'functionArn'"),
        ("authorizers: {a: {type: request, functionName: a, functionArn: b}}", "either 'functionName' or"),
        ("authorizers: {a: {type: request, functionName: no}}", "there is no function 'no'"),
        ("authorizers: {a: {type: request, functionName: a, resultTtlInSeconds: 5}}", "without 'identitySource'"),
        ("id: x, cors: true", "made elsewhere"),
        ("id: x, authorizers: {a: {identitySource: a, issuerUrl: b, audience: c}}", "made elsewhere"),
        ("cors: 5", "has to be"),
    ],
)
def test_settings_that_cannot_be(compile_text: Compile, settings: str, what: str) -> None:
    with pytest.raises(UserError) as raised:
        compile_text(f"{PROVIDER}{{{settings}}}\n{FUNCTION}      - httpApi: GET /x")
    assert what in raised.value.what


def test_a_function_that_takes_longer_than_the_api_waits_is_warned_of(compile_text: Compile) -> None:
    text = FUNCTION.replace("    events", "    timeout: 31\n    events")
    compiled = compile_text(f"{text}      - httpApi: GET /x")
    assert any(
        "is greater than maximum allowed timeout for HTTP API endpoint" in each for each in texts(compiled.warnings)
    )
