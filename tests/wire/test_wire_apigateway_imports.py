"""ImportRestApi and PutRestApi beside AWS's answers (test_apigateway_import.json) to definitions like these."""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.rest_apis import URI
from tests.wire.rest_recordings import ask, client, rest

__all__ = ["client", "rest"]

IMPORT = "apigateway/test_apigateway_import.json"
POOL = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_ABC123"
PETS = "http://petstore-demo-endpoint.execute-api.com/petstore/pets"
DONE = {"200": {"description": "200 response"}}
HTTP = {
    "type": "http",
    "httpMethod": "GET",
    "uri": PETS,
    "passthroughBehavior": "when_no_match",
    "responses": {"default": {"statusCode": 200}},
}
ANSWER = {"application/json": {"schema": {"$ref": "#/components/schemas/Empty"}}}
EMPTY = {"Empty": {"title": "Empty Schema", "type": "object"}}


def definition(title: str, paths: dict[str, Any], version: str = "1.0", **more: Any) -> bytes:
    document = {"openapi": "3.0.1", "info": {"title": title, "version": version}, "paths": paths, **more}
    return json.dumps(document).encode()


def mock(template: str, answer: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": template,
        "responses": {"default": {"statusCode": "200", **(answer or {})}},
        **more,
    }


def compare(client: Any, api_id: str, aws: dict[str, Any], prefix: str = "") -> None:
    """Compare every method that a recording has, and its integration, with those of an API."""
    for resource in client.get_resources(restApiId=api_id)["items"]:
        name = resource["path"].strip("/") or "root"
        for verb in resource.get("resourceMethods", {}):
            where = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": verb}
            for step, operation in (("method", client.get_method), ("integration", client.get_integration)):
                key = f"{prefix}{step}-{name}-{verb.lower()}"
                equal(answered(operation, **where), aws[key], key)


def test_user_pools_and_their_scopes(client: Any) -> None:
    """test_import_with_cognito_auth_identity_source"""
    aws = recorded(IMPORT, "::test_import_with_cognito_auth_identity_source")
    scheme = {
        "type": "apiKey",
        "name": "TestHeaderAuth",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
    }

    def guarded(name: str, *scopes: str) -> dict[str, Any]:
        security = [{name: list(scopes)}]
        return {"get": {"security": security, "responses": DONE, "x-amazon-apigateway-integration": HTTP}}

    proxy = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": aws["integration-pets-get"]["uri"]}
    proxy["uri"] = proxy["uri"].replace("<external-aws-endpoint>", "example")
    pets = {
        "operationId": "GET HTTP",
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("type", "page")],
        "responses": {
            "200": {
                "description": "200 response",
                "headers": {"Access-Control-Allow-Origin": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pets"}}},
            }
        },
        "x-amazon-apigateway-integration": {**proxy, "payloadFormatVersion": 1.0},
    }
    body = json.loads(
        definition(
            "Example Pet Store",
            {
                "/default-no-scope": guarded("cognito-test-identity-source"),
                "/default-scope-override": guarded("cognito-test-identity-source", "openid"),
                "/non-default-authorizer": guarded("extra-test-identity-source", "email", "openid"),
                "/pets": {"get": pets},
            },
            components={
                "securitySchemes": dict.fromkeys(
                    ("cognito-test-identity-source", "extra-test-identity-source"), scheme
                ),
                "schemas": {
                    "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                    "Pet": EMPTY["Empty"],
                },
            },
            security=[{"cognito-test-identity-source": ["email"]}],
        )
    )
    body["info"]["description"] = "A Pet Store API."
    made = client.import_rest_api(body=json.dumps(body), failOnWarnings=True)
    equal(made, aws["import-swagger"])
    equal(client.get_authorizers(restApiId=made["id"])["items"], aws["get-authorizers"])
    equal(client.get_resources(restApiId=made["id"]), aws["resources"])
    compare(client, made["id"], aws)


def test_an_authorizer_of_all_methods(client: Any) -> None:
    """test_import_with_global_api_key_authorizer"""
    aws = recorded(IMPORT, "::test_import_with_global_api_key_authorizer")
    answer = {"responseTemplates": aws["integration-response-echo/{data}-any"]["responseTemplates"]}
    answer["responseTemplates"] = {"application/json": json.dumps(answer["responseTemplates"]["application/json"])}
    scheme = {
        "type": "apiKey",
        "name": "X-Api-Key",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": URI,
            "identitySource": "method.request.header.Custom-Authorization",
            "authorizerResultTtlInSeconds": 300,
        },
    }
    echo = {
        "responses": {"200": {"description": "200 response", "content": ANSWER}},
        "x-amazon-apigateway-integration": mock("when_no_templates", answer),
    }
    body = definition(
        "Test Global Authorizer",
        {
            "/pets": {"get": {"responses": DONE, "x-amazon-apigateway-integration": HTTP}},
            "/echo/{data}": {"x-amazon-apigateway-any-method": echo},
        },
        components={"schemas": EMPTY, "securitySchemes": {"GatewayAuthorizer": scheme}},
        security=[{"GatewayAuthorizer": []}],
        **{"x-amazon-apigateway-api-key-source": "AUTHORIZER"},
    )
    made = client.import_rest_api(body=body)
    equal(made, aws["import-swagger"])
    equal(client.get_authorizers(restApiId=made["id"]), aws["get-authorizers"])
    equal(client.get_resources(restApiId=made["id"]), aws["resources"])
    compare(client, made["id"], aws)


def test_models_that_refer_to_one_another_judge_bodies(client: Any, cloud: RunningCloud) -> None:
    """test_import_with_circular_models_and_request_validation"""
    aws = recorded(IMPORT, "::test_import_with_circular_models_and_request_validation")
    schemas = {each["name"]: each["schema"] for each in aws["get-models"]["items"]}
    text = json.dumps(schemas).replace("<model-base-url>/restapis/<rest-id:1>/models/", "#/components/schemas/")
    template = aws["integration-response-person-post"]["responseTemplates"]["application/json"]
    person = {
        "operationId": "CreatePerson",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
        "responses": {"200": {"description": "Empty", "content": ANSWER}},
        "x-amazon-apigateway-integration": mock(
            "when_no_templates", {"responseTemplates": {"application/json": template}}
        ),
    }
    everything = {"validateRequestBody": True, "validateRequestParameters": True}
    validators: dict[str, Any] = {"x-amazon-apigateway-request-validators": {"basic": everything}}
    body = definition(
        "Circular model reference",
        {"/person": {"post": person}},
        components={"schemas": json.loads(text)},
        **validators,
        **{"x-amazon-apigateway-request-validator": "basic"},
    )
    made = client.import_rest_api(body=body)
    equal(made, aws["import-api"])
    equal(client.get_models(restApiId=made["id"]), aws["get-models"])
    equal(client.get_request_validators(restApiId=made["id"]), aws["request-validators"])
    compare(client, made["id"], aws)
    client.create_deployment(restApiId=made["id"], stageName="dev")

    def post(**person: Any) -> int:
        answer = client.test_invoke_method(
            restApiId=made["id"],
            resourceId=client.get_resources(restApiId=made["id"])["items"][1]["id"],
            httpMethod="POST",
            body=json.dumps(person),
        )
        return int(answer["status"])

    assert post(name="a", b=2, house={"randomProperty": "r", "contains": [{"name": "c", "b": 3}]}) == 200
    assert post(random="blabla") == 400
    assert post(name="a", b=2, house={"contains": [{"randomObject": "no person"}]}) == 400


SERVED = {
    "get": {
        "responses": {"200": {"headers": {"Access-Control-Allow-Origin": {}}, "content": ANSWER}},
        "x-amazon-apigateway-integration": mock(
            "when_no_match",
            {"responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}},
            requestParameters={
                "integration.request.header.X-Amz-Invocation-Type": "'Event'",
                "integration.request.header.double-single": "'True'",
                "integration.request.header.nothing": True,
            },
        ),
    },
}


@pytest.mark.parametrize("how", ["ignore", "prepend", "split"])
def test_base_paths(client: Any, cloud: RunningCloud, rest: tuple[str, str], how: str) -> None:
    """test_import_rest_api_with_base_path_oas30"""
    aws, (api_id, root) = recorded(IMPORT, f"::test_import_rest_api_with_base_path_oas30[{how}]"), rest
    variable = [{"url": "https://a.example/{basePath}", "variables": {"basePath": {"default": "base-var"}}}]
    settings = {"restApiId": api_id, "mode": "overwrite", "parameters": {"basepath": how}}
    more: dict[str, Any] = {"version": "2.0", "components": {"schemas": EMPTY}}
    first = client.put_rest_api(**settings, body=definition("oas", {"/test": SERVED}, servers=variable, **more))
    assert "warnings" in first
    assert first["rootResourceId"] == root
    was = {one["path"]: one["id"] for one in client.get_resources(restApiId=api_id)["items"]}
    assert set(was) == {one["path"] for one in aws["get-resources-oas30-srv-var"]["items"]}

    url = [{"url": "https://testdomain.com/base-url/part/"}]
    body = definition("oas", {"/test": SERVED}, servers=url, **more)
    answer = client.put_rest_api(**settings, body=body)
    answer.pop("description", None)
    equal(answer, aws["put-rest-api-oas30-srv-url"])
    resources = client.get_resources(restApiId=api_id)["items"]
    assert [one["path"] for one in resources] == [one["path"] for one in aws["get-resources-oas30-srv-url"]["items"]]
    assert all(was.get(one["path"], one["id"]) == one["id"] for one in resources)
    prefix = {"ignore": "", "prepend": "base-url/part/", "split": "part/"}[how]
    where = {"restApiId": api_id, "resourceId": resources[-1]["id"], "httpMethod": "GET"}
    equal(client.get_method(**where), aws[f"srv-url-method-{prefix}test-get"])
    client.create_deployment(restApiId=api_id, stageName="dev")
    status, headers, _ = ask(cloud, "GET", f"/restapis/{api_id}/dev/_user_request_/{prefix}test")
    assert (status, headers["access-control-allow-origin"]) == (200, "*")

    assert refused(client.put_rest_api, **settings, failOnWarnings=True, body=body)[0] == "BadRequestException"


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_modes(client: Any, mode: str) -> None:
    """test_put_rest_api_mode_binary_media_types"""
    aws = recorded(IMPORT, f"::test_put_rest_api_mode_binary_media_types[{mode}]")
    made = client.create_rest_api(name="an-api", binaryMediaTypes=["image/heif"])
    api_id = made["id"]
    equal(client.get_rest_api(restApiId=api_id), aws["get-rest-api"])
    root = {"restApiId": api_id, "resourceId": made["rootResourceId"], "httpMethod": "POST"}
    client.put_method(**root, authorizationType="NONE")
    document = {
        "swagger": "2.0",
        "info": {"title": "Simple PetStore (Swagger)", "version": "1.0.0"},
        "paths": {"/pets": {"get": {"responses": DONE, "x-amazon-apigateway-integration": HTTP}}},
        "x-amazon-apigateway-binary-media-types": ["image/png", "image/jpg"],
    }
    equal(client.put_rest_api(restApiId=api_id, body=json.dumps(document), mode=mode), aws["put-api"])
    assert ("Error" in answered(client.get_method, **root)) == (mode == "overwrite")
    names = [each["name"] for each in client.get_models(restApiId=api_id)["items"]]
    assert names == ([] if mode == "overwrite" else ["Empty", "Error"])


def test_authorizers_keep_their_ids(client: Any, rest: tuple[str, str]) -> None:
    """Methods that a definition does not name go on with the authorizer that it changes."""
    api_id, root = rest
    before = client.create_authorizer(
        restApiId=api_id,
        name="guard",
        type="TOKEN",
        authorizerUri=URI,
        identitySource="method.request.header.a",
    )
    post = {"restApiId": api_id, "resourceId": root, "httpMethod": "POST"}
    client.put_method(**post, authorizationType="CUSTOM", authorizerId=before["id"])
    scheme: dict[str, Any] = {"type": "apiKey", "name": "b", "in": "header"}
    scheme |= {"x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI}}
    body = definition(
        "merged", {"/": {"get": {"security": [{"guard": []}]}}}, components={"securitySchemes": {"guard": scheme}}
    )
    client.put_rest_api(restApiId=api_id, body=body)
    [after] = client.get_authorizers(restApiId=api_id)["items"]
    assert (after["id"], after["identitySource"]) == (before["id"], "method.request.header.b")
    assert client.get_method(**post)["authorizerId"] == before["id"]
    assert client.get_method(**{**post, "httpMethod": "GET"})["authorizerId"] == before["id"]


def test_json_may_have_tabs(client: Any) -> None:
    """YAML may not, and is not all JSON."""
    body = json.dumps(json.loads(definition("tabs", {})), indent="\t")
    assert client.import_rest_api(body=body)["name"] == "tabs"


YAML = """
openapi: 3.0.1
info: {title: yaml, version: 2024-01-01}
x-amazon-apigateway-policy:
  Version: 2012-10-17
  Statement: []
paths:
  /:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {at: {type: string, enum: [2024-01-01]}, 1: {type: number}}}
      responses:
        200: {description: done}
"""


def test_yaml(client: Any) -> None:
    """Dates and numbers are text where text is meant."""
    made = client.import_rest_api(body=YAML)
    assert made["version"] == "2024-01-01"
    assert json.loads(made["policy"]) == {"Version": "2012-10-17", "Statement": []}
    where = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "POST"}
    method = client.get_method(**where)
    assert list(method["methodResponses"]) == ["200"]
    model = client.get_model(restApiId=made["id"], modelName=method["requestModels"]["application/json"])
    assert json.loads(model["schema"])["properties"] == {
        "at": {"type": "string", "enum": ["2024-01-01"]},
        "1": {"type": "number"},
    }
    assert refused(client.import_rest_api, body="paths: &a\n  b: *a\nopenapi: 3.0.1\n")[0] == "BadRequestException"


def test_a_definition_without_paths(client: Any) -> None:
    body = json.dumps({"openapi": "3.0.0", "info": {"title": "empty"}})
    assert client.import_rest_api(body=body)["warnings"] == ["Parse issue: attribute paths is missing"]
    assert refused(client.import_rest_api, body=body, failOnWarnings=True)[0] == "BadRequestException"


@pytest.mark.parametrize("version", ["3.1.0", "2.0.0", "4.0.0"])
def test_versions_that_are_not_imported(client: Any, version: str) -> None:
    """The text is told in https://github.com/aws/serverless-application-model/issues/3449."""
    body = json.dumps({**json.loads(definition("new", {})), "openapi": version})
    assert refused(client.import_rest_api, body=body)[:2] == ("BadRequestException", "Invalid OpenAPI input.")


def test_what_is_no_definition(client: Any, rest: tuple[str, str]) -> None:
    """test_import_api_bad_file"""
    aws = recorded(IMPORT, "::test_import_api_bad_file")
    for kind, body in (("yaml", b"openapi: '3.0.1'\n  a: ["), ("json", b"{")):
        equal(answered(client.import_rest_api, body=body), aws[f"import-api-bad-{kind}-file"])
        equal(answered(client.put_rest_api, restApiId=rest[0], body=body), aws[f"put-rest-api-bad-{kind}-file"])
    assert len(client.get_rest_apis()["items"]) == 1


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("paths", [], "object"),
        ("x-amazon-apigateway-binary-media-types", "image/png", "array"),
        ("x-amazon-apigateway-minimum-compression-size", "small", "integer"),
        ("x-amazon-apigateway-endpoint-configuration", {"vpcEndpointIds": 7}, "array"),
    ],
)
def test_what_is_of_another_type(client: Any, name: str, value: Any, kind: str) -> None:
    body = json.dumps({**json.loads(definition("wrong", {})), name: value})
    code, text, _ = refused(client.import_rest_api, body=body)
    assert code == "BadRequestException"
    assert f"is not of type `{kind}`" in text


def test_a_definition_that_cannot_be_made_makes_nothing(client: Any) -> None:
    """The form of the texts is quoted in many questions of developers; the texts in it are the operations' own."""
    lambdas = {"type": "aws_proxy", "httpMethod": "POST", "uri": "nowhere"}
    paths = {"/items/{id}": {"get": {"x-amazon-apigateway-integration": lambdas}}}
    code, text, _ = refused(client.import_rest_api, body=definition("wrong", paths))
    assert (code, text) == (
        "BadRequestException",
        "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/items/{id}':"
        " Invalid ARN specified in the request",
    )
    paths = {"/items/{id}": {}, "/items/{name}": {}}
    assert (
        "Unable to create resource at path '/items/{name}': A sibling"
        in refused(client.import_rest_api, body=definition("wrong", paths))[1]
    )
    assert client.get_rest_apis()["items"] == []
