"""OpenAPI definitions: whatever is imported is read, or refused in AWS's shape."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from stratolite.services.apigatewayv2 import api, openapi

WORDS = some.sampled_from(
    [
        *("get", "/x", "/{a}", "$default", "x", "", "200", openapi.ANY, openapi.INTEGRATION, "security", "responses"),
        *("content", "schema", "$ref", "type", "uri", "timeoutInMillis", "isDefaultRoute", "a/json", "operationId"),
    ]
)
LEAVES = some.none() | some.booleans() | some.integers() | some.text(max_size=5) | WORDS
TREES = some.recursive(
    LEAVES, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS, inner, max_size=3), max_leaves=20
)
DOCUMENTS = some.fixed_dictionaries(
    {"openapi": some.just("3.0.1")},
    optional={
        "info": TREES,
        "paths": some.dictionaries(WORDS, some.dictionaries(WORDS, TREES, max_size=3), max_size=3) | TREES,
        "components": some.dictionaries(
            some.sampled_from(["securitySchemes", "schemas", "x-amazon-apigateway-integrations"]), TREES, max_size=3
        ),
        "security": TREES,
        "tags": TREES,
        "x-amazon-apigateway-cors": some.dictionaries(some.sampled_from(["allowOrigins", "maxAge"]), TREES) | TREES,
    },
)


@given(DOCUMENTS)
def test_every_document_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        definition = openapi.read(json.dumps(document))
    except api.BadRequestException:
        return
    assert all(isinstance(each.route["RouteKey"], str) for each in definition.operations)


@given(some.text(max_size=60))
def test_every_text_is_read_or_refused(text: str) -> None:
    try:
        openapi.read(text)
    except api.BadRequestException:
        return


def test_security_of_the_whole_document_guards_what_says_nothing() -> None:
    authorizer = {"type": "jwt", "jwtConfiguration": {"issuer": "https://i.example", "audience": "a"}}
    document = {
        "openapi": "3.0.1",
        "components": {"securitySchemes": {"all": {openapi.AUTHORIZER: authorizer}}},
        "security": [{"all": ["s"]}],
        "paths": {"/a": {"get": {}}, "/b": {"get": {"security": []}}},
    }
    first, second = openapi.read(json.dumps(document)).operations
    assert (first.authorizer, first.route["AuthorizationScopes"]) == ("all", ["s"])
    assert (second.authorizer, second.route) == ("", {"RouteKey": "GET /b"})


def test_requests_that_are_signed_need_the_signature() -> None:
    scheme = {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}
    document = {
        "openapi": "3.0.1",
        "components": {"securitySchemes": {"sigv4": scheme}},
        "paths": {"/a": {"get": {"security": [{"sigv4": []}]}}},
    }
    assert openapi.read(json.dumps(document)).operations[0].route["AuthorizationType"] == "AWS_IAM"


def test_versions_of_payloads_may_be_numbers() -> None:
    """As in templates of AWS SAM: ``AuthorizerPayloadFormatVersion: 1.0``."""
    authorizer = {"type": "request", "authorizerUri": "arn", "authorizerPayloadFormatVersion": 1}
    integration = {"type": "http_proxy", "uri": "https://a.example", "payloadFormatVersion": 2.0}
    document = {
        "openapi": "3.0.1",
        "components": {"securitySchemes": {"own": {openapi.AUTHORIZER: authorizer}}},
        "paths": {"/a": {"get": {openapi.INTEGRATION: integration, "security": [{"own": []}]}}},
    }
    definition = openapi.read(json.dumps(document))
    assert definition.authorizers["own"]["AuthorizerPayloadFormatVersion"] == "1.0"
    [operation] = definition.operations
    assert operation.integration is not None and operation.integration["PayloadFormatVersion"] == "2.0"
