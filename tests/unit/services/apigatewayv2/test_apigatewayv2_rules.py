"""What HTTP APIs check beyond their model, without a server."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stratolite.services.apigatewayv2 import api, integrating, rules, snapshot
from stratolite.services.apigatewayv2.domain import Cors, RouteSettings, Stage, cors_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.mark.parametrize(
    ("uri", "function"),
    [
        (FUNCTION, FUNCTION),
        (f"{FUNCTION}:live", f"{FUNCTION}:live"),
        (f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations", FUNCTION),
        ("${stageVariables.function}", "${stageVariables.function}"),
        (f"{FUNCTION}-${{stageVariables.stage}}", f"{FUNCTION}-${{stageVariables.stage}}"),
        ("arn:aws:lambda:us-east-1:123456789012:function:", None),
        ("arn:aws:sqs:us-east-1:123456789012:q", None),
        ("https://a.example", None),
        ("f", None),
        ("", None),
    ],
)
def test_what_names_a_function(uri: str, function: str | None) -> None:
    assert rules.function_of(uri) == function


def test_the_parts_of_route_keys() -> None:
    assert rules.route_key("$default") == ("", [])
    assert rules.route_key("GET /") == ("GET", [])
    assert rules.route_key("ANY /a/{b}/{c+}") == ("ANY", ["a", "{b}", "{c+}"])


@pytest.mark.parametrize("key", ["GET /{a+}/b", "GET /{a}/{a}"])
def test_variables_that_cannot_be(key: str) -> None:
    with pytest.raises(api.BadRequestException):
        rules.route_key(key)


@given(some.text(max_size=40))
def test_whatever_a_key_is_it_is_a_route_or_refused(key: str) -> None:
    try:
        method, parts = rules.route_key(f"GET {key}")
    except api.BadRequestException:
        return
    assert method == "GET"
    assert key.rstrip("/") == "".join(f"/{part}" for part in parts)


@pytest.mark.parametrize(
    ("key", "other", "beside"),
    [
        ("GET /{a}", "GET /{b}", False),
        ("GET /x/{a}", "GET /x/{a}", False),
        ("GET /{a+}", "GET /{b+}", False),
        ("GET /{a}", "GET /{a+}", True),
        ("GET /{a}", "POST /{b}", True),
        ("GET /a", "GET /{a}", True),
        ("$default", "GET /", True),
    ],
)
def test_routes_beside_each_other(key: str, other: str, beside: bool) -> None:
    if beside:
        rules.route_beside(key, [other])
        return
    with pytest.raises(api.ConflictException):
        rules.route_beside(key, [other])


@pytest.mark.parametrize("origin", ["*", "https://a.example", "https://*", "http://localhost:3000", "app://x"])
def test_origins(origin: str) -> None:
    rules.cors({"AllowOrigins": [origin]})


@pytest.mark.parametrize("origin", ["a.example", "https://a.example/", "https:// a", ""])
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(api.BadRequestException, match="Origin should be of the form"):
        rules.cors({"AllowOrigins": [origin]})


def test_pages() -> None:
    items = [{"Name": name, "_ours": 1} for name in "abc"]
    first = rules.page(items, {"MaxResults": "2"})
    assert first == {"Items": [{"Name": "a"}, {"Name": "b"}], "NextToken": "2"}
    assert rules.page(items, {"MaxResults": "2", "NextToken": "2"}) == {"Items": [{"Name": "c"}]}
    for request in ({"MaxResults": "0"}, {"MaxResults": "-1"}, {"MaxResults": "x"}, {"NextToken": "²"}):
        with pytest.raises(api.BadRequestException):
            rules.page(items, request)


def test_parameters_change_by_their_names() -> None:
    document = {"RequestParameters": {"append:header.a": "1", "append:header.b": "2"}}
    integrating.merge(document, {"RequestParameters": {"append:header.a": "", "append:header.c": "3"}})
    assert document == {"RequestParameters": {"append:header.b": "2", "append:header.c": "3"}}
    integrating.merge(document, {"RequestParameters": {"append:header.b": "", "append:header.c": ""}})
    assert document == {}


def test_a_route_has_what_its_stage_has_unless_it_says_so() -> None:
    default, own = RouteSettings(burst=5, rate=2.0), RouteSettings(burst=1, detailed_metrics=True)
    stage = Stage("a", "r", "i", "$default", "d", default_settings=default, route_settings={"GET /x": own})
    assert stage.is_default
    assert stage.settings_of("GET /x") == RouteSettings(burst=1, rate=2.0, detailed_metrics=True)
    assert stage.settings_of("GET /y") is default


def test_what_a_deployment_froze_is_read() -> None:
    integration = {
        "IntegrationId": "i",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": FUNCTION,
        "IntegrationMethod": "POST",
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 500,
    }
    authorizer = {"AuthorizerId": "z", "Name": "n", "AuthorizerType": "JWT", "IdentitySource": ["$request.header.a"]}
    guarded = {"RouteId": "r", "RouteKey": "GET /x", "Target": "integrations/i", "AuthorizationType": "JWT"}
    deployed = snapshot.deployed_of(
        {
            "api": {"ApiId": "a", "Name": "n", "CorsConfiguration": {"AllowOrigins": ["*"]}},
            "routes": [{**guarded, "AuthorizerId": "z"}, {"RouteId": "s", "RouteKey": "$default"}],
            "integrations": [integration],
            "authorizers": [authorizer],
        }
    )
    first, second = deployed.routes
    assert first.integration is not None and first.integration.timeout_s == 0.5
    assert first.authorizer is not None and first.authorizer.identity_source == ("$request.header.a",)
    assert (second.integration, second.authorizer, second.authorization_type) == (None, None, "NONE")
    assert deployed.cors == Cors(allow_origins=("*",))
    assert cors_of(None) is None
