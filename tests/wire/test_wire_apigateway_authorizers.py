"""Requests through Lambda authorizers: real functions, over HTTP.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html, with -input
and -output beside it. Texts of the refusals, as somebody saw them:
https://dev.to/marcogrcr/api-gateway-lambda-authorizer-lambda-proxy-integration-failure-modes-52bc
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.authorizing import Answer, Doors, doors, uri

from stratolite.core.clock import MovableClock

AUTH = "method.request.header.Auth"
KEY = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """One cloud whose clock the tests move: none relies on what time it is."""
    yield from doors(RunningCloud(tmp_path_factory.mktemp("cloud") / "data", MovableClock()))


def refusal(answer: Answer) -> tuple[int, Any, str]:
    return answer.status, answer.json, answer.headers["x-amzn-errortype"]


UNAUTHORIZED = (401, {"message": "Unauthorized"}, "UnauthorizedException")
DENIED = (403, {"Message": "User is not authorized to access this resource"}, "AccessDeniedException")
DENIED_EXPLICITLY = (
    403,
    {"Message": "User is not authorized to access this resource with an explicit deny"},
    "AccessDeniedException",
)
MISCONFIGURED = (500, {"message": None}, "AuthorizerConfigurationException")


def test_a_token_is_exchanged_for_a_policy(door: Doors) -> None:
    """The event has three members; the context arrives as texts, with the principal."""
    api_id, _ = door.make({"identitySource": AUTH})
    answer = door.ask(api_id, auth="allow")
    method_arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/dev/GET/users/ada"
    assert answer.event == {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": "allow"}
    told = answer.authorizer
    assert set(told) == {"principalId", "integrationLatency", "asked", "event", "admin", "label"}
    assert (told["principalId"], told["admin"], told["label"]) == ("ada", "true", "é")
    assert isinstance(told["integrationLatency"], int)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("deny", DENIED_EXPLICITLY),
        ("deny *", DENIED_EXPLICITLY),
        ("allow arn:aws:execute-api:*:*:*/dev/GET/posts", DENIED),
        ("allow arn:aws:execute-api:*:*:*/*/POST/*", DENIED),
        ("Unauthorized", UNAUTHORIZED),
        ("", UNAUTHORIZED),
        ("broken", MISCONFIGURED),
        ("no-policy", MISCONFIGURED),
        ("nested", MISCONFIGURED),
        ("allow users", MISCONFIGURED),
    ],
)
def test_refusals(door: Doors, token: str, expected: Any) -> None:
    api_id, _ = door.make({"identitySource": AUTH})
    assert refusal(door.ask(api_id, auth=token)) == expected


def test_no_token(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH})
    assert refusal(door.ask(api_id)) == UNAUTHORIZED
    assert refusal(door.ask(api_id, authorization="allow")) == UNAUTHORIZED


def test_a_token_that_does_not_match_never_reaches_the_function(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH, "identityValidationExpression": "Bearer .+"})
    assert refusal(door.ask(api_id, auth="broken")) == UNAUTHORIZED
    assert refusal(door.ask(api_id, auth="no Bearer allow")) == UNAUTHORIZED
    assert door.ask(api_id, auth="Bearer allow").status == 200


def test_a_function_that_is_not_there(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH, "authorizerUri": uri("nobody")})
    assert refusal(door.ask(api_id, auth="allow")) == MISCONFIGURED


def test_stage_variables_name_the_function(door: Doors) -> None:
    named = uri("authorizer").replace("function:authorizer", "function:${stageVariables.door}")
    api_id, _ = door.make({"identitySource": AUTH, "authorizerUri": named})
    assert refusal(door.ask(api_id, auth="allow")) == MISCONFIGURED
    patches = [{"op": "replace", "path": "/variables/door", "value": "authorizer"}]
    door.client.update_stage(restApiId=api_id, stageName="dev", patchOperations=patches)
    assert door.ask(api_id, auth="allow").status == 200


# What is kept --------------------------------------------------------------------------------------------------


def test_a_policy_is_kept_for_five_minutes_and_judged_anew(door: Doors) -> None:
    """The mistake that a policy for one route makes: kept, it is the answer for all others, too."""
    api_id, _ = door.make({"identitySource": AUTH})
    first = door.ask(api_id, auth="allow").authorizer
    again = door.ask(api_id, auth="allow").authorizer
    assert (again["asked"], again["integrationLatency"]) == (first["asked"], 0)
    assert refusal(door.ask(api_id, "/users/bob", auth="allow")) == DENIED
    assert refusal(door.ask(api_id, method="POST", auth="allow")) == DENIED
    door.cloud.advance(299)
    assert door.ask(api_id, auth="allow").authorizer["asked"] == first["asked"]
    door.cloud.advance(1)
    assert door.ask(api_id, "/users/bob", auth="allow").authorizer["asked"] != first["asked"]
    assert refusal(door.ask(api_id, auth="allow")) == DENIED


def test_a_policy_for_all_routes_is_asked_for_once(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH, "authorizerResultTtlInSeconds": 3600})
    token = "allow arn:aws:execute-api:*:*:*/dev/*/users/*"
    asked = {
        door.ask(api_id, path, method, auth=token).authorizer["asked"]
        for path in ("/users/ada", "/users/bob")
        for method in ("GET", "POST")
    }
    assert len(asked) == 1
    assert door.ask(api_id, auth=token + ",*").authorizer["asked"] not in asked


def test_a_denial_is_kept_too(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH})
    assert refusal(door.ask(api_id, auth="deny")) == DENIED_EXPLICITLY
    assert refusal(door.ask(api_id, "/users/bob", auth="deny")) == DENIED


def test_nothing_is_kept_without_time(door: Doors) -> None:
    api_id, _ = door.make({"identitySource": AUTH, "authorizerResultTtlInSeconds": 0})
    answers = [door.ask(api_id, path, auth="allow").authorizer["asked"] for path in ("/users/ada", "/users/bob")]
    assert len(set(answers)) == 2


def test_stages_and_deployments_keep_their_own_and_forget_it(door: Doors) -> None:
    api_id, authorizer = door.make({"identitySource": AUTH})
    door.deploy(api_id, "prod")
    first = door.ask(api_id, auth="allow *").authorizer["asked"]
    other = door.ask(api_id, stage="prod", auth="allow *").authorizer["asked"]
    assert other != first
    door.client.flush_stage_authorizers_cache(restApiId=api_id, stageName="dev")
    assert door.ask(api_id, auth="allow *").authorizer["asked"] != first
    assert door.ask(api_id, stage="prod", auth="allow *").authorizer["asked"] == other
    patches = [{"op": "replace", "path": "/identityValidationExpression", "value": "never"}]
    door.client.update_authorizer(restApiId=api_id, authorizerId=authorizer, patchOperations=patches)
    assert door.ask(api_id, auth="allow *").status == 200
    door.deploy(api_id)
    assert refusal(door.ask(api_id, auth="allow *")) == UNAUTHORIZED
    assert door.ask(api_id, stage="prod", auth="allow *").status == 200


# Requests ------------------------------------------------------------------------------------------------------


def test_a_request_is_judged_as_a_whole(door: Doors) -> None:
    """The members of a real event: https://github.com/aws-powertools/powertools-lambda-typescript/issues/2624"""
    sources = "method.request.header.Token, method.request.querystring.page,stageVariables.level,context.stage"
    api_id, _ = door.make({"type": "REQUEST", "identitySource": sources})
    patches = [{"op": "replace", "path": "/variables/level", "value": "high"}]
    door.client.update_stage(restApiId=api_id, stageName="dev", patchOperations=patches)
    event = door.ask(api_id, "/users/ada?page=1&page=2", "POST", token="allow", content_length="0").event
    assert set(event) == {
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    }
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/dev/POST/users/ada"
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/users/{id}", "/users/ada", "POST")
    assert (event["queryStringParameters"], event["pathParameters"]) == ({"page": "2"}, {"id": "ada"})
    assert event["multiValueQueryStringParameters"] == {"page": ["1", "2"]}
    assert (event["stageVariables"], event["headers"]["Content-Length"]) == ({"level": "high"}, "0")
    assert {name: values[-1] for name, values in event["multiValueHeaders"].items()} == event["headers"]
    assert event["requestContext"]["resourcePath"] == "/users/{id}"
    assert "authorizer" not in event["requestContext"]


def test_what_is_absent_is_empty(door: Doors) -> None:
    api_id, _ = door.make({"type": "REQUEST", "authorizerResultTtlInSeconds": 0})
    event = door.ask(api_id).event
    names = ("queryStringParameters", "multiValueQueryStringParameters", "stageVariables")
    assert [event[name] for name in names] == [{}, {}, {}]


@pytest.mark.parametrize("ttl_s", [0, 300])
def test_every_identity_source_has_to_be_there(door: Doors, ttl_s: int) -> None:
    sources = "method.request.header.Token,method.request.querystring.page"
    settings = {"type": "REQUEST", "identitySource": sources, "authorizerResultTtlInSeconds": ttl_s}
    api_id, _ = door.make(settings)
    assert refusal(door.ask(api_id, token="allow")) == UNAUTHORIZED
    assert refusal(door.ask(api_id, "/users/ada?page=", token="allow")) == UNAUTHORIZED
    assert refusal(door.ask(api_id, "/users/ada?page=1")) == UNAUTHORIZED
    first = door.ask(api_id, "/users/ada?page=1", token="allow").authorizer["asked"]
    again = door.ask(api_id, "/users/ada?page=1", token="allow").authorizer["asked"]
    assert (again == first) is bool(ttl_s)
    assert door.ask(api_id, "/users/ada?page=2", token="allow").authorizer["asked"] not in (first, again)


def test_a_path_that_is_too_long_to_ask_about(door: Doors) -> None:
    """The limit of the ARN: api-gateway-lambda-authorizer-output.html"""
    api_id, _ = door.make({"identitySource": AUTH})
    assert door.ask(api_id, "/users/" + "a" * 1400, auth="allow *").status == 200
    assert door.ask(api_id, "/users/" + "a" * 1600, auth="allow *").status == 414


# Keys and gateway responses ------------------------------------------------------------------------------------


def test_the_authorizer_names_the_key(door: Doors) -> None:
    """usageIdentifierKey, where apiKeySource is AUTHORIZER; what the client sends as x-api-key does not count."""
    settings = {"type": "REQUEST", "authorizerResultTtlInSeconds": 0}
    api_id, _ = door.make(settings, method={"apiKeyRequired": True}, apiKeySource="AUTHORIZER")
    key = door.client.create_api_key(name="k", value=KEY, enabled=True)
    plan = door.client.create_usage_plan(name="p", apiStages=[{"apiId": api_id, "stage": "dev"}])
    door.client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    for headers in ({}, {"key": "unknown"}, {"x_api_key": KEY}):
        answer = door.ask(api_id, **headers)
        assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    answer = door.ask(api_id, key=KEY)
    assert answer.json["identity"]["apiKey"] == KEY
    assert answer.json["identity"]["apiKeyId"] == key["id"]
    assert answer.authorizer["principalId"] == "ada"


@pytest.mark.parametrize(
    ("kind", "token", "status", "message"),
    [
        ("UNAUTHORIZED", "Unauthorized", 401, "Unauthorized"),
        ("ACCESS_DENIED", "deny", 403, "User is not authorized to access this resource with an explicit deny"),
        ("AUTHORIZER_CONFIGURATION_ERROR", "broken", 500, None),
        ("DEFAULT_4XX", "deny", 403, "User is not authorized to access this resource with an explicit deny"),
        ("DEFAULT_5XX", "broken", 500, None),
    ],
)
def test_gateway_responses(door: Doors, kind: str, token: str, status: int, message: str | None) -> None:
    api_id, _ = door.make({"identitySource": AUTH})
    template = '{"why": $context.error.messageString, "who": "$context.authorizer.principalId"}'
    door.client.put_gateway_response(
        restApiId=api_id,
        responseType=kind,
        responseParameters={"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
        responseTemplates={"application/json": template},
    )
    door.deploy(api_id)
    answer = door.ask(api_id, auth=token)
    assert answer.status == status
    # Who was denied is known; who could not be judged is not.
    assert answer.json == {"why": message, "who": "ada" if token == "deny" else ""}
    assert answer.headers["www-authenticate"] == "Bearer"


def test_templates_and_logs_know_the_caller(door: Doors) -> None:
    api_id, authorizer = door.make({"identitySource": AUTH})
    root = next(each["id"] for each in door.client.get_resources(restApiId=api_id)["items"] if each["path"] == "/")
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    door.client.put_method(**where, authorizationType="CUSTOM", authorizerId=authorizer)
    door.client.put_method_response(**where, statusCode="200")
    door.client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    template = '{"who": "$context.authorizer.principalId", "admin": "$context.authorizer.admin"}'
    door.client.put_integration_response(**where, statusCode="200", responseTemplates={"application/json": template})
    door.deploy(api_id)
    answer = door.ask(api_id, "", auth="allow")
    assert answer.json == {"who": "ada", "admin": "true"}
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-amzn-requestid"])


def test_the_execution_log_says_why(door: Doors) -> None:
    """What the client never learns; AWS's own words for a policy that is none."""
    api_id, _ = door.make({"identitySource": AUTH})
    patches = [{"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"}]
    door.client.update_stage(restApiId=api_id, stageName="dev", patchOperations=patches)
    for token in ("broken", "no-policy"):
        assert door.ask(api_id, auth=token).json == {"message": None}
    group = f"API-Gateway-Execution-Logs_{api_id}/dev"
    events = door.cloud.client("logs").filter_log_events(logGroupName=group, filterPattern='"configuration error"')
    assert sorted(each["message"].partition(") ")[2] for each in events["events"]) == [
        "Execution failed due to configuration error: Could not parse policy: no policy document",
        "Execution failed due to configuration error: the function failed: broken",
    ]
