"""REST APIs that a template defines by an OpenAPI ``Body``: what is made of it, and what an update makes of another.

Expectations: the pages on OpenAPI extensions and on the import of REST APIs in API Gateway's developer guide.
"""

from typing import Any

from tests.wire.rest_apis import URI, Site, named, site, site_of_module
from tests.wire.stacks import Stack, template

__all__ = ["site", "site_of_module"]

PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI}
CORS = {
    "responses": {"200": {"headers": {"Access-Control-Allow-Origin": {"type": "string"}}}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
            }
        },
    },
}
SCHEMES = {
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "token": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 0},
    },
    "signed": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "shop", "version": "3", "description": "sells"},
    "paths": {
        "/": {"get": {"x-amazon-apigateway-integration": PROXY}},
        "/items/{id}": {
            "options": CORS,
            "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": PROXY},
        },
        "/orders": {
            "post": {
                "parameters": [
                    {"in": "body", "name": "order", "schema": {"$ref": "#/definitions/order"}},
                    {"in": "query", "name": "dry", "required": True, "type": "string"},
                ],
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-integration": PROXY,
            },
            "get": {"security": [{"key": []}], "x-amazon-apigateway-integration": PROXY},
            "put": {"security": [{"token": []}], "x-amazon-apigateway-integration": PROXY},
            "delete": {"security": [{"signed": []}], "x-amazon-apigateway-integration": PROXY},
        },
    },
    "definitions": {
        "order": {"type": "object", "required": ["lines"], "properties": {"lines": {"$ref": "#/definitions/lines"}}},
        "lines": {"type": "array", "items": {"type": "number"}},
    },
    "securityDefinitions": SCHEMES,
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True},
        "unused": {"validateRequestBody": True, "validateRequestParameters": False},
    },
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-gateway-responses": {
        "MISSING_AUTHENTICATION_TOKEN": {"statusCode": 404, "responseTemplates": {"application/json": '{"no": "way"}'}}
    },
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "shop 3", "version": "4"},
    "paths": {
        "/orders": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}},
                "x-amazon-apigateway-request-validator": "body",
                "x-amazon-apigateway-integration": PROXY,
            }
        }
    },
    "components": {"securitySchemes": SCHEMES},
    "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
}


def with_api(body: Any, deployment: str = "Deployment", **properties: Any) -> str:
    api = {"Ref": "Api"}
    deployed = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": api}}
    stage = {"RestApiId": api, "DeploymentId": {"Ref": deployment}, "StageName": "v1"}
    return template(
        {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body, **properties}},
            deployment: deployed,
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        },
        Outputs={"Id": {"Value": api}},
    )


def test_a_definition_is_served_and_overwritten(site: Site) -> None:
    stack = Stack(site.cloud, "defined")
    assert stack.create(with_api(SWAGGER)) == "CREATE_COMPLETE", stack.reasons("CREATE_FAILED")
    api_id = stack.described()["Outputs"][0]["OutputValue"]
    made = site.client.get_rest_api(restApiId=api_id)
    assert (made["name"], made["version"], made["description"]) == ("shop", "3", "sells")
    assert made["binaryMediaTypes"] == ["image/png"]

    assert site.ask("GET", named(api_id, "/v1")).status == 200
    assert site.ask("PATCH", named(api_id, "/v1/items/7")).status == 200
    assert site.function.events[-1]["pathParameters"] == {"id": "7"}
    assert site.ask("OPTIONS", named(api_id, "/v1/items/7")).headers["access-control-allow-origin"] == "*"
    assert site.ask("POST", named(api_id, "/v1/orders"), body=b'{"lines": [1]}').status == 400
    answer = site.ask("POST", named(api_id, "/v1/orders?dry=1"), body=b'{"lines": ["a"]}')
    assert (answer.status, answer.json) == (400, {"message": "Invalid request body"})
    assert site.ask("POST", named(api_id, "/v1/orders?dry=1"), body=b'{"lines": [1]}').status == 200
    assert site.ask("GET", named(api_id, "/v1/orders")).status == 403
    assert site.ask("PUT", named(api_id, "/v1/orders")).status == 401
    assert site.ask("DELETE", named(api_id, "/v1/orders")).status == 404
    answer = site.ask("GET", named(api_id, "/v1/nothing"))
    assert (answer.status, answer.json) == (404, {"no": "way"})

    assert stack.update(with_api(OPENAPI, "Another")) == "UPDATE_COMPLETE", stack.reasons("UPDATE_FAILED")
    made = site.client.get_rest_api(restApiId=api_id)
    assert (made["name"], made["version"], made.get("description")) == ("shop 3", "4", None)
    assert [one["path"] for one in site.client.get_resources(restApiId=api_id)["items"]] == ["/", "/orders"]
    assert not site.client.get_authorizers(restApiId=api_id)["items"][1:]
    assert site.ask("POST", named(api_id, "/v1/orders"), body=b"{}").status == 400
    assert site.ask("POST", named(api_id, "/v1/orders"), body=b'{"a": 1}').status == 200
    assert site.ask("GET", named(api_id, "/v1")).status == 403


def test_a_name_of_the_template_stands_before_the_definitions(site: Site) -> None:
    stack = Stack(site.cloud, "named")
    parameters = {"endpointConfigurationTypes": "REGIONAL"}
    assert stack.create(with_api(SWAGGER, Name="mine", Parameters=parameters)) == "CREATE_COMPLETE"
    made = site.client.get_rest_api(restApiId=stack.described()["Outputs"][0]["OutputValue"])
    assert (made["name"], made["endpointConfiguration"]["types"]) == ("mine", ["REGIONAL"])


def test_what_is_no_definition(site: Site) -> None:
    stack = Stack(site.cloud, "wrong")
    assert stack.create(with_api({"info": {"title": "x"}})) == "ROLLBACK_COMPLETE"
    assert "Invalid OpenAPI input." in stack.reasons("CREATE_FAILED")[0]
    lost = {**OPENAPI, "paths": {"/": {"get": {"requestBody": {"$ref": "#/components/nothing"}}}}}
    stack = Stack(site.cloud, "lost")
    assert stack.create(with_api(lost)) == "ROLLBACK_COMPLETE"
    assert "Unable to find #/components/nothing" in stack.reasons("CREATE_FAILED")[0]


def test_a_definition_is_added_to_what_is_there(site: Site) -> None:
    stack = Stack(site.cloud, "merged")
    assert stack.create(with_api(SWAGGER)) == "CREATE_COMPLETE", stack.reasons("CREATE_FAILED")
    api_id = stack.described()["Outputs"][0]["OutputValue"]
    before = {one["path"]: one["id"] for one in site.client.get_resources(restApiId=api_id)["items"]}
    body = {**OPENAPI, "servers": [{"url": "https://shop.example/v2/more"}]}
    settings = {"Mode": "merge", "Parameters": {"basepath": "split"}, "Description": "both"}
    assert stack.update(with_api(body, "Another", **settings)) == "UPDATE_COMPLETE", stack.reasons("UPDATE_FAILED")
    resources = site.client.get_resources(restApiId=api_id)["items"]
    after = {one["path"]: one["id"] for one in resources}
    assert {path: after[path] for path in before} == before
    assert set(after) - set(before) == {"/more", "/more/orders"}
    made = site.client.get_rest_api(restApiId=api_id)
    assert (made["name"], made["description"]) == ("shop 3", "both")
    assert site.ask("POST", named(api_id, "/v1/more/orders"), body=b"{}").status == 400
    assert site.ask("POST", named(api_id, "/v1/orders?dry=1"), body=b'{"lines": [1]}').status == 200
