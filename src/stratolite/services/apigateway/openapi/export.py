"""An API, as a deployment froze it, written as a definition: Swagger 2.0 or OpenAPI 3.0.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html; the forms are recorded
(test_export_swagger_openapi, test_export_oas30_openapi).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.services.apigateway import rules
from stratolite.services.apigateway.openapi.components import AUTH_TYPE, AUTHORIZER
from stratolite.services.apigateway.openapi.methods import ANY, INTEGRATION, VALIDATOR
from stratolite.storage.documents import Document

SWAGGER, OAS30 = "swagger", "oas30"
_PREFIX = "x-amazon-apigateway-"
_PLACES = {"path": "path", "querystring": "query", "header": "header"}
_HEADER = "method.response.header."
_KEY = "api_key"
_SIGNED = "sigv4"
_INTEGRATION = (
    "httpMethod",
    "uri",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "cacheKeyParameters",
    "tlsConfig",
    "responseTransferMode",
)
_AUTHORIZER = (
    "authorizerUri",
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "identityValidationExpression",
    "providerARNs",
)


@dataclass
class Export:
    """Writes one definition. ``version`` is what it says of itself, ``host`` and ``stage`` where the API answers."""

    snapshot: Document
    host: str
    stage: str
    version: str
    is_swagger: bool
    with_integrations: bool
    with_authorizers: bool
    _schemes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The definition."""
        api = self.snapshot["api"]
        paths = {resource["path"]: self._path(resource) for resource in self.snapshot["resources"]}
        info = {"title": api["name"], "version": self.version}
        if api.get("description"):
            info["description"] = api["description"]
        schemas = {name: self._schema(text) for name, text in self.snapshot["models"].items()}
        if self.is_swagger:
            where: dict[str, Any] = {"host": self.host, "basePath": f"/{self.stage}", "schemes": ["https"]}
            named = {"securityDefinitions": self._schemes, "definitions": schemas}
            parts: dict[str, Any] = {key: value for key, value in named.items() if value}
            return {"swagger": "2.0", "info": info, **where, "paths": paths, **parts, **self._extensions(api)}
        variables = {"basePath": {"default": self.stage}}
        servers = [{"url": f"https://{self.host}/{{basePath}}", "variables": variables}]
        named = {"schemas": schemas, "securitySchemes": self._schemes}
        components = {key: value for key, value in named.items() if value}
        return {
            "openapi": "3.0.1",
            "info": info,
            "servers": servers,
            "paths": paths,
            "components": components,
            **self._extensions(api),
        }

    def _extensions(self, api: Document) -> dict[str, Any]:
        """What the API has beside its methods."""
        if not self.with_integrations:
            return {}
        found: dict[str, Any] = {
            "binary-media-types": api.get("binaryMediaTypes"),
            "minimum-compression-size": api.get("minimumCompressionSize"),
            "api-key-source": "AUTHORIZER" if api["apiKeySource"] == "AUTHORIZER" else None,
            "policy": json.loads(api["policy"]) if api.get("policy") else None,
            "request-validators": {
                validator["name"]: {
                    name: validator[name] for name in ("validateRequestParameters", "validateRequestBody")
                }
                for validator in self.snapshot["validators"].values()
                if "name" in validator
            }
            or None,
            "gateway-responses": {
                kind: {
                    name: response[name]
                    for name in ("statusCode", "responseParameters", "responseTemplates")
                    if response.get(name)
                }
                for kind, response in self.snapshot["gatewayResponses"].items()
            }
            or None,
        }
        return {f"{_PREFIX}{name}": value for name, value in found.items() if value is not None}

    def _schema(self, text: str) -> Any:
        there = "#/definitions/" if self.is_swagger else "#/components/schemas/"

        def referring(value: Any) -> Any:
            if isinstance(value, list):
                return [referring(each) for each in value]
            if not isinstance(value, dict):
                return value
            reference = value.get("$ref")
            if isinstance(reference, str) and "/models/" in reference:
                return {"$ref": there + reference.rpartition("/")[2]}
            return {name: referring(each) for name, each in value.items()}

        try:
            return referring(json.loads(text))
        except ValueError:
            # Schemas of other content types than JSON are kept unread.
            return {}

    def _path(self, resource: Document) -> dict[str, Any]:
        return {
            ANY if verb == "ANY" else verb.lower(): self._operation(method)
            for verb, method in resource["methods"].items()
        }

    def _operation(self, method: Document) -> dict[str, Any]:
        integration = method["methodIntegration"]
        operation: dict[str, Any] = {}
        if method.get("operationName"):
            operation["operationId"] = method["operationName"]
        if self.is_swagger:
            operation |= _content_types(method, integration)
        parameters = [self._parameter(*each) for each in (method.get("requestParameters") or {}).items()]
        models = method.get("requestModels") or {}
        if models and self.is_swagger:
            name = next(iter(models.values()))
            parameters.append({"in": "body", "name": name, "required": True, "schema": self._reference(name)})
        elif models:
            operation["requestBody"] = {"content": self._content(models), "required": True}
        if parameters:
            operation["parameters"] = parameters
        responses = method.get("methodResponses") or {}
        operation["responses"] = {status: self._response(each) for status, each in responses.items()}
        security = self._security(method)
        if security:
            operation["security"] = security
        if self.with_integrations:
            validator = self.snapshot["validators"].get(method.get("requestValidatorId"), {})
            if validator.get("name"):
                operation[VALIDATOR] = validator["name"]
            operation[INTEGRATION] = _integration(integration)
        return operation

    def _parameter(self, expression: str, is_required: bool) -> dict[str, Any]:
        _, _, place, name = expression.split(".", 3)
        parameter: dict[str, Any] = {"name": name, "in": _PLACES[place]}
        if self.is_swagger:
            return {**parameter, "required": is_required, "type": "string"}
        return {**parameter, **({"required": True} if is_required else {}), "schema": {"type": "string"}}

    def _reference(self, model: str) -> dict[str, str]:
        return {"$ref": f"#/{'definitions' if self.is_swagger else 'components/schemas'}/{model}"}

    def _content(self, models: Mapping[str, str]) -> dict[str, Any]:
        return {kind: {"schema": self._reference(name)} for kind, name in models.items()}

    def _response(self, declared: Document) -> dict[str, Any]:
        response: dict[str, Any] = {"description": f"{declared['statusCode']} response"}
        models = declared.get("responseModels") or {}
        names = [expression.removeprefix(_HEADER) for expression in declared.get("responseParameters") or ()]
        text = {"type": "string"}
        if names:
            response["headers"] = {name: dict(text) if self.is_swagger else {"schema": dict(text)} for name in names}
        if not self.is_swagger:
            response["content"] = self._content(models)
        elif models:
            response["schema"] = self._reference(next(iter(models.values())))
        return response

    def _security(self, method: Document) -> list[dict[str, list[str]]]:
        """Who may call; the schemes that say so are noted."""
        named: dict[str, list[str]] = {}
        authorizer = self.snapshot["authorizers"].get(method.get("authorizerId"))
        if method["authorizationType"] == "AWS_IAM":
            self._schemes[_SIGNED] = {**_key("Authorization"), AUTH_TYPE: "awsSigv4"}
            named[_SIGNED] = []
        elif method["authorizationType"] in rules.AUTHORIZED and authorizer is not None:
            self._schemes[authorizer["name"]] = self._scheme(authorizer)
            named[authorizer["name"]] = list(method.get("authorizationScopes") or ())
        if method["apiKeyRequired"]:
            self._schemes[_KEY] = _key("x-api-key")
            named[_KEY] = []
        return [{name: scopes} for name, scopes in named.items()]

    def _scheme(self, authorizer: Document) -> dict[str, Any]:
        source = authorizer.get("identitySource", "")
        is_request = authorizer["type"] == "REQUEST"
        scheme = _key("Unused" if is_request else source.removeprefix("method.request.header."))
        scheme[AUTH_TYPE] = authorizer["authType"]
        if self.with_authorizers:
            described = {name: authorizer[name] for name in _AUTHORIZER if name in authorizer}
            described["type"] = authorizer["type"].lower()
            if is_request and source:
                described["identitySource"] = source
            scheme[AUTHORIZER] = described
        return scheme


def _key(header: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": header, "in": "header"}


def _content_types(method: Document, integration: Document) -> dict[str, list[str]]:
    """What Swagger says of bodies: the types of models, and those of mapping templates."""
    consumes = {**(method.get("requestModels") or {}), **(integration.get("requestTemplates") or {})}
    produces: dict[str, Any] = {}
    for response in (method.get("methodResponses") or {}).values():
        produces |= response.get("responseModels") or {}
    for response in (integration.get("integrationResponses") or {}).values():
        produces |= response.get("responseTemplates") or {}
    named = {"consumes": list(consumes), "produces": list(produces)}
    return {name: kinds for name, kinds in named.items() if kinds}


def _integration(integration: Document) -> dict[str, Any]:
    written: dict[str, Any] = {"type": integration["type"].lower()}
    written |= {name: integration[name] for name in _INTEGRATION if integration.get(name)}
    responses = {
        response.get("selectionPattern") or "default": _integration_response(response)
        for response in (integration.get("integrationResponses") or {}).values()
    }
    if responses:
        written["responses"] = responses
    written["passthroughBehavior"] = integration["passthroughBehavior"].lower()
    if integration["timeoutInMillis"] != rules.INTEGRATION_TIMEOUT_MS_MAX:
        written["timeoutInMillis"] = integration["timeoutInMillis"]
    return written


def _integration_response(response: Document) -> dict[str, Any]:
    written: dict[str, Any] = {"statusCode": response["statusCode"]}
    for name in ("responseParameters", "contentHandling"):
        if response.get(name):
            written[name] = response[name]
    if response.get("responseTemplates"):
        written["responseTemplates"] = {kind: text or "" for kind, text in response["responseTemplates"].items()}
    return written
