"""What imports make beside what AWS made (test_apigateway_import.json), of definitions written from its answers."""

import json
import re
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.echo import echoing
from tests.wire.rest_apis import URI
from tests.wire.rest_recordings import ROLE, ask, client

__all__ = ["client"]

IMPORT = "apigateway/test_apigateway_import.json"
FILLED = {
    "<partition>": "aws",
    "<region>": "us-east-1",
    "<uri:1>": URI,
    "<authorizer-uri:1>": URI,
    "<authorizer-credentials:1>": ROLE,
    "<name:2>": "Empty",
}
CHANGES = {"uri", "authorizerUri", "authorizerCredentials"}
GUARD = {"name": "guard", "id": "<authorizer-id:1>", "type": "TOKEN", "authType": "custom", "authorizerUri": URI}


def filled(text: str) -> str:
    for name, value in FILLED.items():
        text = text.replace(name, value)
    return text


def told(value: Any) -> str:
    """Templates are text; recordings show those that are JSON as what they hold."""
    return value if isinstance(value, str) else json.dumps(value)


def integration(method: dict[str, Any]) -> dict[str, Any]:
    """``x-amazon-apigateway-integration`` of a recorded method."""
    found = method["methodIntegration"]
    written = {"type": found["type"].lower(), "passthroughBehavior": found["passthroughBehavior"].lower()}
    written |= {
        key: found[key] for key in ("uri", "httpMethod", "requestParameters", "contentHandling") if key in found
    }
    if "requestTemplates" in found:
        written["requestTemplates"] = {kind: told(text) for kind, text in found["requestTemplates"].items()}
    responses: dict[str, Any] = {}
    for status, answer in (found.get("integrationResponses") or {}).items():
        responses["default"] = {"statusCode": int(status)}
        if "responseParameters" in answer:
            responses["default"]["responseParameters"] = answer["responseParameters"]
        if "responseTemplates" in answer:
            templates = answer["responseTemplates"].items()
            responses["default"]["responseTemplates"] = {kind: told(text) for kind, text in templates}
    return {**written, "responses": responses} if responses else written


def operation(method: dict[str, Any], authorizers: dict[str, str]) -> dict[str, Any]:
    """A recorded method, written in OpenAPI 3."""
    schema = "#/components/schemas/"
    written: dict[str, Any] = {"x-amazon-apigateway-integration": integration(method), "responses": {}}
    for status, answer in (method.get("methodResponses") or {}).items():
        models = answer.get("responseModels") or {}
        written["responses"][int(status)] = {
            "headers": {name.rpartition(".")[2]: {} for name in answer.get("responseParameters") or ()},
            "content": {kind: {"schema": {"$ref": schema + model}} for kind, model in models.items()},
        }
    if "operationName" in method:
        written["operationId"] = method["operationName"]
    if "requestModels" in method:
        models = method["requestModels"].items()
        written["requestBody"] = {"content": {kind: {"schema": {"$ref": schema + model}} for kind, model in models}}
    for expression, is_required in (method.get("requestParameters") or {}).items():
        place, name = expression.split(".")[2:]
        if place != "path":
            place = {"querystring": "query"}.get(place, place)
            written.setdefault("parameters", []).append({"name": name, "in": place, "required": is_required})
    if method["apiKeyRequired"]:
        written["security"] = [{"key": []}]
    if method.get("authorizerId"):
        written["security"] = [{authorizers[method["authorizerId"]]: []}]
    return written


def scheme(authorizer: dict[str, Any]) -> dict[str, Any]:
    kept = ("authorizerCredentials", "authorizerResultTtlInSeconds", "authorizerUri", "identityValidationExpression")
    source = authorizer.get("identitySource", "method.request.header.Authorization").rpartition(".")[2]
    return {
        "type": "apiKey",
        "name": source,
        "in": "header",
        "x-amazon-apigateway-authtype": authorizer["authType"],
        "x-amazon-apigateway-authorizer": {
            "type": authorizer["type"].lower(),
            **{key: authorizer[key] for key in kept if key in authorizer},
        },
    }


def definition(aws: dict[str, Any], first: str = "", only: str = "") -> str:
    """What AWS had imported, so far as its answers tell. ``only`` is how the names of the methods begin."""
    made = aws.get(first, {})
    authorizers = aws.get("get-authorizers", {"items": [GUARD]})["items"]
    names = {authorizer["id"]: authorizer["name"] for authorizer in authorizers}
    paths: dict[str, Any] = {}
    for key, method in aws.items():
        found = re.fullmatch(rf"method-(?!response-)({only}.*)-([a-z]+)", key)
        if found:
            path = "/" if found[1] == "root" else f"/{found[1].removeprefix('base/')}"
            verb = "x-amazon-apigateway-any-method" if found[2] == "any" else found[2]
            paths.setdefault(path, {})[verb] = operation(method, names)
    models = aws.get("get-models", {"items": [{"name": "Empty", "schema": {"type": "object"}}]})["items"]
    info = {"title": "an-api", "version": made.get("version", "1.0"), "description": made.get("description")}
    document = {
        "openapi": "3.0.1",
        "info": info,
        "servers": [{"url": "https://a.example/base"}] if only == "" or "base" in only else [],
        "paths": paths,
        "components": {
            "schemas": {model["name"]: model["schema"] for model in models},
            "securitySchemes": {
                **{authorizer["name"]: scheme(authorizer) for authorizer in authorizers},
                "key": {"type": "apiKey", "name": "X-API-Key", "in": "header"},
            },
        },
        "x-amazon-apigateway-binary-media-types": made.get("binaryMediaTypes", []),
    }
    if "get-models" in aws and not models:
        document["components"] = {}
    text = json.dumps(document)
    if "get-authorizers" not in aws and "<authorizer-id:1>" not in json.dumps(aws):
        document["components"]["securitySchemes"] = {
            "key": document["components"].get("securitySchemes", {}).get("key")
        }
        text = json.dumps(document)
    return filled(re.sub(r"<model-base-url>/restapis/[^/]+/models/", "#/components/schemas/", text))


def same(ours: Any, aws: Any, where: str) -> None:
    equal(ours, json.loads(filled(json.dumps(aws))), where)


def compare(client: Any, api_id: str, aws: dict[str, Any]) -> None:
    """Compare what was made with all that a recording has of it."""
    lists = {
        "get-models": client.get_models,
        "get-authorizers": client.get_authorizers,
        "resources": client.get_resources,
    }
    for key, listing in lists.items():
        if key in aws:
            same(listing(restApiId=api_id), aws[key], key)
    for resource in client.get_resources(restApiId=api_id)["items"]:
        name = resource["path"].strip("/") or "root"
        for verb in resource.get("resourceMethods", {}):
            where = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": verb}
            place = f"{name}-{verb.lower()}"
            same(client.get_method(**where), aws[f"method-{place}"], place)
            same(client.get_integration(**where), aws[f"integration-{place}"], place)
            for step, read in (
                ("method-response", client.get_method_response),
                ("integration-response", client.get_integration_response),
            ):
                same(answered(read, **where, statusCode="200"), aws[f"{step}-{place}"], f"{step}-{place}")


@pytest.mark.parametrize(
    ("entry", "first"),
    [
        ("test_import_rest_api", "import_rest_api"),
        ("test_import_swagger_api", "import-swagger"),
        ("test_import_and_validate_rest_api[openapi.spec.tf.json]", "import_tf_rest_api"),
        ("test_import_and_validate_rest_api[swagger-mock-cors.json]", "import_tf_rest_api"),
        ("test_import_with_circular_models", "import-api"),
        ("test_import_with_http_method_integration", ""),
        ("test_import_with_integer_http_status_code", ""),
    ],
)
def test_what_is_imported(client: Any, entry: str, first: str) -> None:
    aws = recorded(IMPORT, f"::{entry}")
    made = client.import_rest_api(body=definition(aws, first), failOnWarnings=True)
    if first:
        same({**made, "name": aws[first]["name"]}, aws[first], first)
    compare(client, made["id"], aws)


@pytest.mark.parametrize("how", ["ignore", "prepend", "split"])
def test_base_paths_of_a_definition_and_of_one_without(client: Any, how: str) -> None:
    """test_import_rest_apis_with_base_path_swagger"""
    aws = recorded(IMPORT, f"::test_import_rest_apis_with_base_path_swagger[{how}]")
    api_id, parameters = client.create_rest_api(name="an-api")["id"], {"basepath": how}
    body = json.loads(definition(aws, "put-rest-api-swagger-json", "(?:base/)?test"))
    body["servers"] = [{"url": "https://a.example/base"}]
    answer = client.put_rest_api(restApiId=api_id, mode="overwrite", parameters=parameters, body=json.dumps(body))
    same(answer, aws["put-rest-api-swagger-json"], "put")
    same(client.get_resources(restApiId=api_id), aws["get-resources-swagger-json"], "resources")
    compare(client, api_id, aws)

    body = json.loads(definition(aws, only="pets"))
    other = client.import_rest_api(parameters=parameters, body=json.dumps(body))
    same(client.get_resources(restApiId=other["id"]), aws["get-resources-no-base-path-swagger"], "resources")
    compare(client, other["id"], aws)


def test_stage_variables_in_a_url(client: Any, cloud: RunningCloud) -> None:
    """test_import_with_stage_variables"""
    aws = recorded(IMPORT, "::test_import_with_stage_variables")
    url = "http://${stageVariables.TestHost}/${stageVariables.testPath}?${stageVariables.querystring}"
    proxy = {"type": "http_proxy", "httpMethod": "POST", "uri": url}
    paths = {"/path1": {"get": {"x-amazon-apigateway-integration": proxy}}}
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths}
    api_id = client.import_rest_api(body=json.dumps(document), failOnWarnings=True)["id"]
    deployment = client.create_deployment(restApiId=api_id)["id"]
    with echoing() as endpoint:
        variables = {"TestHost": endpoint.partition("://")[2].rstrip("/"), "testPath": "test-path"}
        variables["querystring"] = "qs_key=qs_value"
        client.create_stage(restApiId=api_id, stageName="v1", deploymentId=deployment, variables=variables)
        _, _, body = ask(cloud, "GET", f"/restapis/{api_id}/v1/_user_request_/path1")
    for name in ("args", "method", "path"):
        assert json.loads(body)[name] == aws["get-resp-from-http"][name]
    client.create_stage(restApiId=api_id, stageName="v2", deploymentId=deployment)
    status, headers, body = ask(cloud, "GET", f"/restapis/{api_id}/v2/_user_request_/path1")
    wanted = aws["get-error-resp-from-http"]
    assert (status, headers["x-amzn-errortype"], json.loads(body)) == (500, wanted["errorType"], wanted["body"])
