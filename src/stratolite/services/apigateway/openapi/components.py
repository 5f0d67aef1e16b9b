"""What methods refer to: models, authorizers, validators; and gateway responses."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stratolite.services.apigateway.openapi.document import Document, failed, flag, listed, mapping, texts

AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTH_TYPE = "x-amazon-apigateway-authtype"
_MODELS = "https://apigateway.amazonaws.com/restapis/{}/models/{}"
_TEXTS = ("authorizerCredentials", "authorizerUri", "identitySource", "identityValidationExpression")


class Models:
    """The schemas of a definition by name, and those that methods have inline."""

    def __init__(self, document: Document) -> None:
        self._schemas = dict(document.part("definitions", "schemas"))

    def name_of(self, schema: Any) -> str:
        """The model that a schema is, by its reference; one that stands inline gets a name by its content."""
        found = mapping(schema, "schema")
        reference = found.get("$ref")
        if isinstance(reference, str):
            return reference.rpartition("/")[2]
        digest = hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()
        self._schemas[f"MODEL{digest[:6]}"] = found
        return f"MODEL{digest[:6]}"

    def requests(self, api_id: str) -> list[dict[str, Any]]:
        """CreateModel for each of them; references lead to the models of the API."""
        return [
            {
                "name": str(name),
                "contentType": "application/json",
                "schema": json.dumps(_referring(schema, api_id), indent=2, default=str),
                **({"description": str(schema["description"])} if schema.get("description") else {}),
            }
            for name, schema in ((name, mapping(given, f"schemas.{name}")) for name, given in self._schemas.items())
        ]


def _referring(value: Any, api_id: str) -> Any:
    if isinstance(value, list):
        return [_referring(each, api_id) for each in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        return {"$ref": _MODELS.format(api_id, reference.rpartition("/")[2])}
    return {str(name): _referring(each, api_id) for name, each in value.items()}


def authorizers(document: Document) -> dict[str, dict[str, Any]]:
    """CreateAuthorizer by the names of security schemes."""
    found = document.part("securityDefinitions", "securitySchemes")
    schemes = {str(name): mapping(scheme, f"securitySchemes.{name}") for name, scheme in found.items()}
    return {
        name: _authorizer(name, scheme, mapping(scheme[AUTHORIZER], AUTHORIZER))
        for name, scheme in schemes.items()
        if AUTHORIZER in scheme
    }


def _authorizer(name: str, scheme: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(given.get("type") or "").upper()
    request: dict[str, Any] = {"name": name, "type": kind}
    # Recorded: a token, and that of a user pool, is in the header that the scheme names.
    if kind != "REQUEST" and scheme.get("name"):
        request["identitySource"] = f"method.request.header.{scheme['name']}"
    request |= {key: str(given[key]) for key in _TEXTS if given.get(key) is not None}
    if scheme.get(AUTH_TYPE):
        request["authType"] = str(scheme[AUTH_TYPE])
    if given.get("providerARNs"):
        request["providerARNs"] = listed(given["providerARNs"], "providerARNs")
    if given.get("authorizerResultTtlInSeconds") is not None:
        request["authorizerResultTtlInSeconds"] = number(given["authorizerResultTtlInSeconds"], "authorizer's TTL")
    return request


def validators(document: Document) -> dict[str, dict[str, Any]]:
    """CreateRequestValidator by name."""
    given = mapping(document.root.get("x-amazon-apigateway-request-validators"), "request-validators")
    return {
        str(name): {
            "name": str(name),
            "validateRequestBody": flag(mapping(each, str(name)).get("validateRequestBody")),
            "validateRequestParameters": flag(mapping(each, str(name)).get("validateRequestParameters")),
        }
        for name, each in given.items()
    }


def gateway_responses(document: Document) -> list[dict[str, Any]]:
    """PutGatewayResponse for each type that the definition sets."""
    requests = []
    for kind, given in mapping(document.root.get("x-amazon-apigateway-gateway-responses"), "gateway-responses").items():
        response = mapping(given, f"gateway-responses.{kind}")
        request: dict[str, Any] = {"responseType": str(kind)}
        if response.get("statusCode") is not None:
            request["statusCode"] = str(response["statusCode"])
        for field in ("responseParameters", "responseTemplates"):
            if response.get(field) is not None:
                request[field] = texts(mapping(response[field], field))
        requests.append(request)
    return requests


def number(value: Any, name: str) -> int:
    """A whole number. Raises BadRequestException for what is none."""
    if isinstance(value, bool) or not str(value).isdigit() or len(str(value)) > 9:
        raise failed(f"Parse issue: attribute {name} is not of type `integer`")
    return int(value)
