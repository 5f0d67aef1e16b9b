"""Definitions imported as HTTP APIs.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html and the pages of
x-amazon-apigateway-*; the warning about a missing schema as moto's tests have it from AWS.
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.http_apis import error_of

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
DEFINITION = f"""
openapi: "3.0.1"
info: {{title: shop, version: 2024-01-01, description: A shop.}}
x-amazon-apigateway-cors: {{allowOrigins: ["https://a.example"], allowMethods: [GET], maxAge: "5"}}
tags: [{{name: team, x-amazon-apigateway-tag-value: shop}}, {{name: only-documented}}]
components:
  securitySchemes:
    people:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {{issuer: "https://issuer.example", audience: [a]}}
    guard:
      type: apiKey
      x-amazon-apigateway-authorizer:
        type: request
        identitySource: "$request.header.a, $request.header.b"
        authorizerUri: {FUNCTION_URI}
        authorizerPayloadFormatVersion: 2.0
        enableSimpleResponses: true
  x-amazon-apigateway-integrations:
    shared: {{type: aws_proxy, httpMethod: POST, uri: {FUNCTION_URI}, payloadFormatVersion: "2.0"}}
paths:
  /items/{{id}}:
    parameters: [{{name: id, in: path}}]
    get:
      operationId: getItem
      security: [{{people: [items.read]}}]
      x-amazon-apigateway-integration: {{$ref: "#/components/x-amazon-apigateway-integrations/shared"}}
    delete:
      security: [{{guard: []}}]
      x-amazon-apigateway-integration: {{$ref: "#/components/x-amazon-apigateway-integrations/shared"}}
  /out:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: https://out.example
        payloadFormatVersion: 1.0
        timeoutInMillis: 1000
        requestParameters: {{"append:header.n": 1}}
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration: {{$ref: "#/components/x-amazon-apigateway-integrations/shared"}}
"""


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("apigatewayv2")


def definition(**paths: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths}


def test_json_may_have_tabs(client: Any) -> None:
    """YAML may not, and is not all JSON."""
    text = json.dumps(definition(), indent="\t")
    assert client.import_api(Body=text)["Name"] == "t"


def test_a_definition_becomes_an_api(client: Any) -> None:
    made = client.import_api(Body=DEFINITION)
    api_id = made["ApiId"]
    assert (made["Name"], made["Description"], made["Tags"]) == ("shop", "A shop.", {"team": "shop"})
    assert made["CorsConfiguration"] == {"AllowMethods": ["GET"], "AllowOrigins": ["https://a.example"], "MaxAge": 5}
    assert "Warnings" not in made
    authorizers = {each["Name"]: each for each in client.get_authorizers(ApiId=api_id)["Items"]}
    assert authorizers["people"]["JwtConfiguration"] == {"Audience": ["a"], "Issuer": "https://issuer.example"}
    assert authorizers["guard"]["IdentitySource"] == ["$request.header.a", "$request.header.b"]
    assert authorizers["guard"]["AuthorizerPayloadFormatVersion"] == "2.0"
    routes = {each["RouteKey"]: each for each in client.get_routes(ApiId=api_id)["Items"]}
    assert list(routes) == ["GET /items/{id}", "DELETE /items/{id}", "ANY /out", "$default"]
    read = routes["GET /items/{id}"]
    assert (read["AuthorizationType"], read["AuthorizationScopes"], read["OperationName"]) == (
        "JWT",
        ["items.read"],
        "getItem",
    )
    assert routes["DELETE /items/{id}"]["AuthorizerId"] == authorizers["guard"]["AuthorizerId"]
    out = client.get_integration(ApiId=api_id, IntegrationId=routes["ANY /out"]["Target"].partition("/")[2])
    assert (out["IntegrationType"], out["TimeoutInMillis"], out["RequestParameters"]) == (
        "HTTP_PROXY",
        1000,
        {"append:header.n": "1"},
    )


def test_a_definition_that_is_imported_again(client: Any) -> None:
    api_id = client.import_api(Body=DEFINITION)["ApiId"]
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    made = client.reimport_api(ApiId=api_id, Body=json.dumps(definition(**{"/x": {"get": {}}})))
    assert (made["ApiId"], made["Name"], "CorsConfiguration" in made) == (api_id, "t", False)
    assert [each["RouteKey"] for each in client.get_routes(ApiId=api_id)["Items"]] == ["GET /x"]
    assert client.get_integrations(ApiId=api_id)["Items"] == client.get_authorizers(ApiId=api_id)["Items"] == []
    assert [each["StageName"] for each in client.get_stages(ApiId=api_id)["Items"]] == ["$default"]


def test_what_is_no_definition(client: Any) -> None:
    before = len(client.get_apis()["Items"])
    integration = {"x-amazon-apigateway-integration": {"type": "mock", "payloadFormatVersion": "1.0"}}
    timeout = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "timeoutInMillis": "soon"}}
    for body in (
        "",
        "[",
        "x",
        "{}",
        '{"swagger": "2.0"}',
        json.dumps({**definition(), "paths": []}),
        json.dumps({**definition(), "info": {}}),
        json.dumps(definition(**{"/x": {"get": integration}})),
        json.dumps(definition(**{"/x": {"get": timeout}})),
        json.dumps(definition(**{"/x y": {"get": {}}})),
        json.dumps(definition(**{"/x": {"get": {"x-amazon-apigateway-integration": {"$ref": "#/no"}}}})),
    ):
        code, text = error_of(client.import_api, Body=body)
        assert code == "BadRequestException", (body, text)
    assert error_of(client.import_api, Body=DEFINITION, Basepath="prepend")[0] == "NotImplemented"
    assert len(client.get_apis()["Items"]) == before


def test_warnings(client: Any) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    body = json.dumps(definition(**{"/pets": {"get": {"responses": {"200": {"content": content}}}}}))
    where = "paths.'/pets'(get).responses.200.content.schema.#/components/schemas/Pet"
    assert client.import_api(Body=body)["Warnings"] == [f"Parse issue: attribute {where} is missing"]
    assert error_of(client.import_api, Body=body, FailOnWarnings=True) == (
        "BadRequestException",
        f"Warnings found during import:\n\tParse issue: attribute {where} is missing",
    )
    open_door = json.dumps(definition(**{"/x": {"get": {"security": [{"no": []}]}}}))
    assert "everybody may call it" in client.import_api(Body=open_door)["Warnings"][0]
