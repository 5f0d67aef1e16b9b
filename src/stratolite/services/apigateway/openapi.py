"""Definitions in Swagger 2 and OpenAPI 3 with ``x-amazon-apigateway-*``, read into requests of REST APIs' operations.

Nothing is made here. What a definition says and REST APIs do not take (servers, examples, tags) is left out, as on AWS:
it documents.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html and
api-gateway-swagger-extensions.html
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.services.apigateway import api
from stratolite.services.apigateway.authorizer import POOLS

PREFIX = "x-amazon-apigateway-"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", f"{PREFIX}any-method")
_JSON = "application/json"
_PLACES = {"path": "path", "query": "querystring", "header": "header"}
_INTEGRATION = {
    "cacheKeyParameters": "cacheKeyParameters",
    "cacheNamespace": "cacheNamespace",
    "connectionId": "connectionId",
    "connectionType": "connectionType",
    "credentials": "credentials",
    "httpMethod": "integrationHttpMethod",
    "requestParameters": "requestParameters",
    "requestTemplates": "requestTemplates",
    "responseTransferMode": "responseTransferMode",
    "timeoutInMillis": "timeoutInMillis",
    "tlsConfig": "tlsConfig",
    "uri": "uri",
}
_AUTHORIZER = {
    "authorizerCredentials": "authorizerCredentials",
    "authorizerUri": "authorizerUri",
    "identitySource": "identitySource",
    "identityValidationExpression": "identityValidationExpression",
    "providerARNs": "providerARNs",
}
_UPPER = ("contentHandling", "passthroughBehavior")


@dataclass(frozen=True)
class Method:
    """One method: requests without the ids that come with what is made."""

    path: str
    verb: str
    method: dict[str, Any]
    scheme: str = ""
    """The name of its authorizer, or nothing."""
    validator: str = ""
    responses: tuple[dict[str, Any], ...] = ()
    integration: dict[str, Any] | None = None
    integration_responses: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Definition:
    """What a definition makes of an API."""

    settings: dict[str, Any]
    authorizers: dict[str, dict[str, Any]]
    """By the names of their security schemes."""
    models: dict[str, dict[str, Any]]
    validators: dict[str, dict[str, Any]]
    gateway_responses: tuple[dict[str, Any], ...]
    methods: tuple[Method, ...]


def read(document: Any) -> Definition:
    """Read a definition. Raises BadRequestException for what is none."""
    if not isinstance(document, dict) or not ("swagger" in document or "openapi" in document):
        raise api.BadRequestException("Invalid OpenAPI input.")
    reader = _Reader(document)
    methods = tuple(reader.methods())
    return Definition(
        settings=reader.settings(),
        authorizers=reader.authorizers,
        models=reader.models,
        validators=reader.validators,
        gateway_responses=tuple(reader.gateway_responses()),
        methods=methods,
    )


def _map(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise api.BadRequestException(
            f"Errors found during import:\n\tParse issue: attribute {name} is not of type `object`"
        )
    return value


def _flag(value: Any) -> bool:
    return value in (True, "true", "True")


@dataclass
class _Reader:
    document: dict[str, Any]
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorizers: dict[str, dict[str, Any]] = field(default_factory=dict)
    validators: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        components = _map(self.document.get("components"), "components")
        definitions = self.document.get("definitions") or components.get("schemas")
        self.models = {str(name): _map(each, "definitions") for name, each in _map(definitions, "definitions").items()}
        schemes = self.document.get("securityDefinitions") or components.get("securitySchemes")
        self.schemes = _map(schemes, "securityDefinitions")
        self.authorizers = {
            str(name): _authorizer(str(name), scheme)
            for name, scheme in self.schemes.items()
            if isinstance(scheme, dict) and f"{PREFIX}authorizer" in scheme
        }
        given = _map(self.document.get(f"{PREFIX}request-validators"), "request-validators")
        self.validators = {
            str(name): {
                "name": str(name),
                "validateRequestBody": _flag(each.get("validateRequestBody")),
                "validateRequestParameters": _flag(each.get("validateRequestParameters")),
            }
            for name, each in given.items()
        }

    def settings(self) -> dict[str, Any]:
        """Members of CreateRestApi."""
        info = _map(self.document.get("info"), "info")
        settings: dict[str, Any] = {}
        for key, member in (("title", "name"), ("description", "description"), ("version", "version")):
            if info.get(key) is not None:
                settings[member] = str(info[key])
        media_types = self.document.get(f"{PREFIX}binary-media-types")
        if media_types:
            settings["binaryMediaTypes"] = [str(each) for each in media_types]
        if self.document.get(f"{PREFIX}api-key-source"):
            settings["apiKeySource"] = str(self.document[f"{PREFIX}api-key-source"])
        if self.document.get(f"{PREFIX}minimum-compression-size") is not None:
            settings["minimumCompressionSize"] = int(self.document[f"{PREFIX}minimum-compression-size"])
        if self.document.get(f"{PREFIX}policy"):
            settings["policy"] = json.dumps(self.document[f"{PREFIX}policy"])
        endpoint = _map(self.document.get(f"{PREFIX}endpoint-configuration"), "endpoint-configuration")
        if endpoint.get("disableExecuteApiEndpoint") is not None:
            settings["disableExecuteApiEndpoint"] = _flag(endpoint["disableExecuteApiEndpoint"])
        return settings

    def gateway_responses(self) -> Iterator[dict[str, Any]]:
        """Requests of PutGatewayResponse."""
        for kind, given in _map(self.document.get(f"{PREFIX}gateway-responses"), "gateway-responses").items():
            request: dict[str, Any] = {"responseType": str(kind)}
            if given.get("statusCode") is not None:
                request["statusCode"] = str(given["statusCode"])
            request |= {name: given[name] for name in ("responseParameters", "responseTemplates") if given.get(name)}
            yield request

    def methods(self) -> Iterator[Method]:
        """All methods, and as they are read the models that their inline schemas are."""
        for path, item in _map(self.document.get("paths"), "paths").items():
            shared = _map(item, f"paths.'{path}'")
            for name in METHODS:
                if name in shared:
                    verb = "ANY" if name.startswith("x-") else name.upper()
                    yield self._method(str(path), verb, _map(shared[name], f"paths.'{path}'"), shared)

    def _method(self, path: str, verb: str, operation: Mapping[str, Any], shared: Mapping[str, Any]) -> Method:
        request: dict[str, Any] = {"authorizationType": "NONE"}
        if operation.get("operationId"):
            request["operationName"] = str(operation["operationId"])
        scheme = self._secure(request, operation.get("security", self.document.get("security")))
        self._take(request, operation, [*(shared.get("parameters") or ()), *(operation.get("parameters") or ())])
        validator = operation.get(f"{PREFIX}request-validator", self.document.get(f"{PREFIX}request-validator"))
        if validator and str(validator) not in self.validators:
            raise api.BadRequestException(
                f"Errors found during import:\n\tUnable to find request validator '{validator}' for '{verb} {path}'"
            )
        given = _map(operation.get(f"{PREFIX}integration"), "integration")
        return Method(
            path=path,
            verb=verb,
            method=request,
            scheme=scheme,
            validator=str(validator or ""),
            responses=tuple(self._responses(operation)),
            integration=_integration(given) if given else None,
            integration_responses=tuple(_integration_responses(given)),
        )

    def _secure(self, request: dict[str, Any], required: Any) -> str:
        """Set how a method is guarded; the name of its authorizer."""
        found = ""
        for alternative in required if isinstance(required, list) else ():
            for name, scopes in _map(alternative, "security").items():
                scheme = self.schemes.get(name) or {}
                if name in self.authorizers and not found:
                    found = str(name)
                    is_pools = self.authorizers[found]["type"] == POOLS
                    request["authorizationType"] = POOLS if is_pools else "CUSTOM"
                    if scopes and is_pools:
                        request["authorizationScopes"] = [str(each) for each in scopes]
                elif scheme.get(f"{PREFIX}authtype") == "awsSigv4":
                    request["authorizationType"] = "AWS_IAM"
                elif str(scheme.get("name", "")).lower() == "x-api-key":
                    request["apiKeyRequired"] = True
        return found

    def _take(self, request: dict[str, Any], operation: Mapping[str, Any], given: list[Any]) -> None:
        """Set what a method takes: its parameters, and the models of its body."""
        parameters: dict[str, bool] = {}
        models: dict[str, str] = {}
        for one in (self._followed(_map(each, "parameters")) for each in given):
            place = _PLACES.get(str(one.get("in")))
            if place is not None:
                parameters[f"method.request.{place}.{one['name']}"] = place == "path" or _flag(one.get("required"))
            elif one.get("in") == "body" and one.get("schema"):
                consumes = operation.get("consumes") or self.document.get("consumes") or [_JSON]
                models |= {str(kind): self._model(one["schema"]) for kind in consumes}
        body = self._followed(_map(operation.get("requestBody"), "requestBody"))
        for kind, content in _map(body.get("content"), "content").items():
            if content.get("schema"):
                models[str(kind)] = self._model(content["schema"])
        if parameters:
            request["requestParameters"] = parameters
        if models:
            request["requestModels"] = models

    def _responses(self, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for status, given in _map(operation.get("responses"), "responses").items():
            if not str(status).isdigit():
                continue
            answer = self._followed(_map(given, "responses"))
            request: dict[str, Any] = {"statusCode": str(status)}
            headers = _map(answer.get("headers"), "headers")
            if headers:
                request["responseParameters"] = {f"method.response.header.{name}": False for name in headers}
            schemas = {
                str(kind): content["schema"]
                for kind, content in _map(answer.get("content"), "content").items()
                if content.get("schema")
            }
            if answer.get("schema"):
                schemas |= {str(kind): answer["schema"] for kind in operation.get("produces") or [_JSON]}
            if schemas:
                request["responseModels"] = {kind: self._model(schema) for kind, schema in schemas.items()}
            yield request

    def _followed(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a ``$ref`` of this document stands for."""
        reference = value.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return value
        found: Any = self.document
        for part in reference[2:].split("/"):
            found = found.get(part) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise api.BadRequestException(f"Errors found during import:\n\tUnable to find {reference}")
        return found

    def _model(self, schema: Any) -> str:
        """The name of the model that a schema refers to, or is by itself."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            if name not in self.models:
                raise api.BadRequestException(f"Errors found during import:\n\tInvalid model reference: {reference}")
            return name
        name = f"MODEL{hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()[:6]}"
        self.models[name] = schema
        return name


def _authorizer(name: str, scheme: Mapping[str, Any]) -> dict[str, Any]:
    given = _map(scheme[f"{PREFIX}authorizer"], "authorizer")
    kind = str(given.get("type") or "").upper()
    request: dict[str, Any] = {"name": name, "type": kind}
    request |= {member: given[key] for key, member in _AUTHORIZER.items() if given.get(key) is not None}
    if given.get("authorizerResultTtlInSeconds") is not None:
        request["authorizerResultTtlInSeconds"] = int(given["authorizerResultTtlInSeconds"])
    if kind in ("TOKEN", POOLS) and "identitySource" not in request:
        request["identitySource"] = f"method.request.header.{scheme.get('name') or 'Authorization'}"
    if scheme.get(f"{PREFIX}authtype"):
        request["authType"] = str(scheme[f"{PREFIX}authtype"])
    return request


def _integration(given: Mapping[str, Any]) -> dict[str, Any]:
    request = {member: given[key] for key, member in _INTEGRATION.items() if given.get(key) is not None}
    request |= {name: str(given[name]).upper() for name in _UPPER if given.get(name)}
    if "timeoutInMillis" in request:
        request["timeoutInMillis"] = int(request["timeoutInMillis"])
    return {"type": str(given.get("type") or "").upper(), **request}


def _integration_responses(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for pattern, answer in _map(given.get("responses"), "responses").items():
        request: dict[str, Any] = {"statusCode": str(answer.get("statusCode", "200"))}
        if pattern != "default":
            request["selectionPattern"] = str(pattern)
        request |= {name: answer[name] for name in ("responseParameters", "responseTemplates") if answer.get(name)}
        if answer.get("contentHandling"):
            request["contentHandling"] = str(answer["contentHandling"]).upper()
        yield request
