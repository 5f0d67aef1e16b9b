"""Authorizers as the API makes, shows, changes and removes them, beside AWS's recorded answers."""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.authorizing import uri

API = "apigateway/test_apigateway_api.json"
BASIC = "apigateway/test_apigateway_basic.json"
IMPORT = "apigateway/test_apigateway_import.json"
TOKEN: dict[str, Any] = {
    "name": "lambda_authorizer",
    "type": "TOKEN",
    "authorizerUri": uri("f"),
    "identitySource": "method.request.header.Auth",
}


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigateway")


@pytest.fixture
def rest(client: Any) -> tuple[str, str]:
    """A fresh API: its id and its root resource's."""
    made = client.create_rest_api(name="an-api")
    return made["id"], made["rootResourceId"]


def patches(*operations: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"op": op, "path": path, "value": value} for op, path, value in operations]


def test_no_such_api(client: Any) -> None:
    """TestApiGatewayApiAuthorizer::test_authorizer_crud_no_api"""
    aws = recorded(API, "test_authorizer_crud_no_api")
    ours = answered(client.create_authorizer, restApiId="test-fake-rest-id", **TOKEN)
    equal(ours, aws["wrong-rest-api-id-create-authorizer"])
    ours = answered(client.get_authorizers, restApiId="test-fake-rest-id")
    equal(ours, aws["wrong-rest-api-id-get-authorizers"])


def test_a_method_names_an_authorizer(client: Any, rest: tuple[str, str]) -> None:
    """TestAPIGateway::test_apigateway_with_custom_authorization_method"""
    aws = recorded(BASIC, "test_apigateway_with_custom_authorization_method")
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)
    equal(made, aws["authorizer"])
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    put = client.put_method(**where, authorizationType="CUSTOM", authorizerId=made["id"], apiKeyRequired=True)
    equal(put, aws["put-method-response"])
    assert client.get_method(**where)["authorizerId"] == made["id"]


def test_methods_need_one_that_is_there(client: Any, rest: tuple[str, str]) -> None:
    """test_put_method_validation, test_update_method_validation"""
    aws = recorded(API, "test_put_method_validation")["missing-authorizer-id"]
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "ANY"}
    for kind, given in (("CUSTOM", {}), ("CUSTOM", {"authorizerId": "abc"}), ("COGNITO_USER_POOLS", {})):
        equal(answered(client.put_method, **where, authorizationType=kind, **given), aws)
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)["id"]
    # Lambda's authorizers serve no method of a user pool.
    given = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": made}
    equal(answered(client.put_method, **where, **given), aws)
    aws = recorded(API, "test_update_method_validation")
    client.put_method(**where, authorizationType="NONE")
    wrong = patches(("replace", "/authorizationType", "CUSTOM"), ("replace", "/authorizerId", "abc"))
    equal(answered(client.update_method, **where, patchOperations=wrong), aws["wrong-auth-id"])
    ignored = patches(("replace", "/authorizerId", "abc"))
    equal(client.update_method(**where, patchOperations=ignored), aws["skip-auth-id-with-wrong-type"])


def test_a_method_comes_to_its_authorizer_later(client: Any, rest: tuple[str, str]) -> None:
    """test_update_method: update-method-replace-authorizer, update-method-remove"""
    aws = recorded(API, "::test_update_method")
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)["id"]
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "ANY"}
    client.put_method(
        **where,
        authorizationType="NONE",
        apiKeyRequired=True,
        operationName="ReplacedOperationName",
        requestModels={"application/json": "Empty"},
        requestParameters={"method.request.querystring.optional": False},
    )
    named = patches(("replace", "/authorizationType", "CUSTOM"), ("replace", "/authorizerId", made))
    equal(client.update_method(**where, patchOperations=named), aws["update-method-replace-authorizer"])
    removed = [
        {"op": "remove", "path": "/requestParameters/method.request.querystring.optional"},
        {"op": "remove", "path": "/requestModels/application~1json"},
    ]
    equal(client.update_method(**where, patchOperations=removed), aws["update-method-remove"])
    freed = client.update_method(**where, patchOperations=patches(("replace", "/authorizationType", "NONE")))
    assert "authorizerId" not in freed


def test_lists(client: Any, rest: tuple[str, str]) -> None:
    """test_import_swagger_api, test_import_with_global_api_key_authorizer: get-authorizers"""
    given: list[dict[str, Any]] = [
        {
            "authType": "oauth2",
            "authorizerCredentials": f"arn:aws:iam::{ACCOUNT}:role/r",
            "authorizerResultTtlInSeconds": 60,
            "authorizerUri": uri("f"),
            "identitySource": "method.request.header.Authorization",
            "identityValidationExpression": "^x-[a-z]+",
            "name": "test-authorizer",
            "type": "TOKEN",
        },
    ]
    given.append({**given[0], "name": "test-authorizer-not-used"})
    del given[1]["authorizerResultTtlInSeconds"]
    for each in given:
        client.create_authorizer(restApiId=rest[0], **each)
    listed = client.get_authorizers(restApiId=rest[0])
    equal(listed, recorded(IMPORT, "test_import_swagger_api")["get-authorizers"])
    page = client.get_authorizers(restApiId=rest[0], limit=1)
    rest_of_it = client.get_authorizers(restApiId=rest[0], limit=1, position=page["position"])
    assert page["items"] + rest_of_it["items"] == listed["items"]
    for each in listed["items"]:
        client.delete_authorizer(restApiId=rest[0], authorizerId=each["id"])
    client.create_authorizer(
        restApiId=rest[0],
        name="request",
        type="REQUEST",
        authorizerUri=uri("f"),
        authorizerResultTtlInSeconds=300,
        identitySource="method.request.header.Custom-Authorization",
    )
    aws = recorded(IMPORT, "test_import_with_global_api_key_authorizer")["get-authorizers"]
    listed = client.get_authorizers(restApiId=rest[0])
    aws["items"][0]["name"] = "request"
    equal(listed, aws)


def test_changes_and_the_end(client: Any, rest: tuple[str, str]) -> None:
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)
    where = {"restApiId": rest[0], "authorizerId": made["id"]}
    operations = patches(
        ("replace", "/name", "renamed"),
        ("replace", "/type", "REQUEST"),
        ("replace", "/identitySource", "method.request.querystring.q,stageVariables.v"),
        ("replace", "/authorizerResultTtlInSeconds", "0"),
        ("replace", "/authorizerUri", uri("g")),
        ("replace", "/authType", ""),
    )
    changed = client.update_authorizer(**where, patchOperations=operations)
    del changed["ResponseMetadata"]
    assert changed == {
        "id": made["id"],
        "name": "renamed",
        "type": "REQUEST",
        "identitySource": "method.request.querystring.q,stageVariables.v",
        "authorizerResultTtlInSeconds": 0,
        "authorizerUri": uri("g"),
    }
    shown = client.get_authorizer(**where)
    del shown["ResponseMetadata"]
    assert shown == changed
    assert client.delete_authorizer(**where)["ResponseMetadata"]["HTTPStatusCode"] == 202
    missing = ("NotFoundException", "Invalid Authorizer identifier specified", 404)
    for ask in (client.get_authorizer, client.delete_authorizer, client.update_authorizer):
        assert refused(ask, **where) == missing


def test_one_that_a_method_names_stays(client: Any, rest: tuple[str, str]) -> None:
    """The text is quoted in https://github.com/hashicorp/terraform-provider-aws/issues/14812"""
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)["id"]
    child = client.create_resource(restApiId=rest[0], parentId=rest[1], pathPart="test")["id"]
    where = {"restApiId": rest[0], "resourceId": child, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="CUSTOM", authorizerId=made)
    text = "Cannot delete authorizer 'lambda_authorizer', is referenced in method: GET//test"
    assert refused(client.delete_authorizer, restApiId=rest[0], authorizerId=made) == ("ConflictException", text, 409)
    client.delete_method(**where)
    client.delete_authorizer(restApiId=rest[0], authorizerId=made)


WRONG: dict[str, dict[str, Any]] = {
    "no function": {"authorizerUri": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"},
    "no URI": {"authorizerUri": ""},
    "too long kept": {"authorizerResultTtlInSeconds": 3601},
    "kept for less than nothing": {"authorizerResultTtlInSeconds": -1},
    "no source of the token": {"identitySource": ""},
    "two sources of one token": {"identitySource": "method.request.header.A,method.request.header.B"},
    "a token in the query": {"identitySource": "method.request.querystring.q"},
    "no expression": {"identitySource": "Authorization"},
    "a path parameter": {"type": "REQUEST", "identitySource": "method.request.path.id"},
    "kept under nothing": {"type": "REQUEST", "identitySource": ""},
    "no regular expression": {"identityValidationExpression": "("},
}


@pytest.mark.parametrize("case", WRONG)
def test_settings_that_are_refused(client: Any, rest: tuple[str, str], case: str) -> None:
    """Refused when it is made and when it is changed; a change that is refused changes nothing."""
    code, text, _ = refused(client.create_authorizer, restApiId=rest[0], **{**TOKEN, **WRONG[case]})
    assert code == "BadRequestException"
    if "authorizerUri" in WRONG[case]:
        wrong = WRONG[case]["authorizerUri"]
        assert text == (
            f"Invalid Authorizer URI: {wrong}. Authorizer URI should be a valid API Gateway ARN that represents a"
            " Lambda function invocation."
        )
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)
    operations = patches(*(("replace", f"/{name}", str(value)) for name, value in WRONG[case].items()))
    where = {"restApiId": rest[0], "authorizerId": made["id"]}
    assert refused(client.update_authorizer, **where, patchOperations=operations)[0] == "BadRequestException"
    assert client.get_authorizer(**where)["identitySource"] == made["identitySource"]


@pytest.mark.parametrize("path", ["/id", "name", "/", ""])
def test_patches_of_nothing(client: Any, rest: tuple[str, str], path: str) -> None:
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)["id"]
    operations = patches(("replace", path, "x"))
    code, text, _ = refused(client.update_authorizer, restApiId=rest[0], authorizerId=made, patchOperations=operations)
    assert code == "BadRequestException"
    assert text.startswith(f"Invalid patch path  '{path}' specified for op 'replace'.")


def test_what_is_not_here_is_refused_by_name(client: Any, rest: tuple[str, str]) -> None:
    """What an authorizer of the other kind has; issuers of tokens other than user pools; trying an authorizer out."""
    pool = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/p"
    for given, named in (
        ({"type": "COGNITO_USER_POOLS", "providerARNs": [pool]}, "authorizerUri"),
        ({"type": "JWT"}, "JWT"),
        ({"type": "TOKEN", "providerARNs": [pool]}, "providerARNs"),
    ):
        code, text, _ = refused(client.create_authorizer, restApiId=rest[0], **{**TOKEN, **given})
        assert (code, named in text) == ("NotImplemented", True)
    made = client.create_authorizer(restApiId=rest[0], **TOKEN)["id"]
    where = {"restApiId": rest[0], "authorizerId": made}
    operations = patches(("add", "/providerARNs", pool))  # It is Lambda's.
    code, text, _ = refused(client.update_authorizer, **where, patchOperations=operations)
    assert (code, "providerARNs" in text) == ("NotImplemented", True)
    code, text, _ = refused(client.test_invoke_authorizer, **where, additionalContext={"a": "b"})
    assert (code, "additionalContext" in text) == ("NotImplemented", True)
    where = {"restApiId": rest[0], "resourceId": rest[1], "httpMethod": "GET"}
    given = {"authorizationType": "CUSTOM", "authorizerId": made, "authorizationScopes": ["a"]}
    assert refused(client.put_method, **where, **given)[0] == "BadRequestException"
