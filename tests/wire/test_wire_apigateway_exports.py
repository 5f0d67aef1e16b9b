"""GetExport beside what AWS answered (test_export_swagger_openapi, test_export_oas30_openapi)."""

import json
from typing import Any

import pytest
import yaml
from tests.conftest import recorded
from tests.wire.answers import equal, refused
from tests.wire.rest_apis import URI
from tests.wire.rest_recordings import EXTENDED, client

__all__ = ["client"]


def exported(client: Any, api_id: str, kind: str, **parameters: Any) -> Any:
    answer = client.get_export(restApiId=api_id, stageName="local", exportType=kind, **parameters)
    return {**answer, "body": json.loads(answer["body"].read())}


@pytest.mark.parametrize("source", ["TEST_IMPORT_PETSTORE_SWAGGER", "TEST_IMPORT_PETS"])
@pytest.mark.parametrize("kind", ["swagger", "oas30"])
def test_exports(client: Any, kind: str, source: str) -> None:
    """What was exported is imported, in either form, and is exported again."""
    aws = recorded(EXTENDED, f"::test_export_{kind}_openapi[{source}]")
    made = client.import_rest_api(body=json.dumps(aws["get-export-with-extensions"]["body"]))
    client.create_deployment(restApiId=made["id"], stageName="local")
    equal(exported(client, made["id"], kind), aws["get-export"])
    extended = exported(client, made["id"], kind, parameters={"extensions": "apigateway"})
    equal(extended, aws["get-export-with-extensions"])


DEFINITION: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "whole", "version": "1", "description": "all that there is"},
    "paths": {
        "/": {
            "x-amazon-apigateway-any-method": {
                "parameters": [{"name": "q", "in": "query", "required": True, "type": "string"}],
                "responses": {"200": {"description": "200 response"}},
                "security": [{"guard": []}, {"api_key": []}],
                "x-amazon-apigateway-request-validator": "parameters",
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": URI,
                    "passthroughBehavior": "when_no_match",
                    "timeoutInMillis": 1000,
                },
            },
        },
        "/signed": {
            "get": {
                "responses": {},
                "security": [{"sigv4": []}],
                "x-amazon-apigateway-integration": {
                    "type": "http",
                    "httpMethod": "GET",
                    "uri": "https://a.example",
                    "responses": {"4\\d{2}": {"statusCode": "400", "contentHandling": "CONVERT_TO_TEXT"}},
                    "passthroughBehavior": "never",
                },
            }
        },
    },
    "securityDefinitions": {
        "guard": {
            "type": "apiKey",
            "name": "token",
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI},
        },
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
    },
    "x-amazon-apigateway-minimum-compression-size": 10,
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []},
    "x-amazon-apigateway-request-validators": {
        "parameters": {"validateRequestParameters": True, "validateRequestBody": False}
    },
    "x-amazon-apigateway-gateway-responses": {
        "THROTTLED": {"statusCode": "420", "responseTemplates": {"application/json": "{}"}}
    },
}


def test_a_definition_comes_back_whole(client: Any) -> None:
    made = client.import_rest_api(body=json.dumps(DEFINITION))
    client.create_deployment(restApiId=made["id"], stageName="local")
    body = exported(client, made["id"], "swagger", parameters={"extensions": "apigateway"})["body"]
    where = {name: body.pop(name) for name in ("host", "basePath", "schemes")}
    assert where["basePath"] == "/local"
    assert body == DEFINITION

    settings = {"restApiId": made["id"], "stageName": "local", "exportType": "swagger", "accepts": "application/yaml"}
    answer = client.get_export(**settings, parameters={"extensions": "integrations,authorizers"})
    assert answer["contentDisposition"] == 'attachment; filename="swagger_1.yaml"'
    assert yaml.safe_load(answer["body"].read()) == {**DEFINITION, **where}

    plain = exported(client, made["id"], "swagger", parameters={"extensions": "authorizers"})["body"]
    assert plain["securityDefinitions"] == DEFINITION["securityDefinitions"]
    assert not [name for name in plain if name.startswith("x-")]


def test_an_export_is_of_what_was_deployed(client: Any) -> None:
    made = client.import_rest_api(body=json.dumps(DEFINITION))
    client.create_deployment(restApiId=made["id"], stageName="local")
    client.delete_resource(
        restApiId=made["id"], resourceId=client.get_resources(restApiId=made["id"])["items"][1]["id"]
    )
    assert set(exported(client, made["id"], "oas30")["body"]["paths"]) == {"/", "/signed"}


def test_what_is_not_exported(client: Any) -> None:
    made = client.import_rest_api(body=json.dumps(DEFINITION))
    where = {"restApiId": made["id"], "stageName": "local"}
    assert refused(client.get_export, **where, exportType="oas30")[1] == "Invalid stage identifier specified"
    client.create_deployment(**where)
    assert refused(client.get_export, **where, exportType="raml")[0] == "BadRequestException"
    code, text, _ = refused(client.get_export, **where, exportType="oas30", parameters={"extensions": "postman"})
    assert (code, "extensions=postman" in text) == ("NotImplemented", True)
