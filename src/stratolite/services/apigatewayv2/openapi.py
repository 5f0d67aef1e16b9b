"""OpenAPI 3 definitions with ``x-amazon-apigateway-*``, read into requests of the API's own operations.

Nothing is made here. What a definition says and HTTP APIs do not take (schemas, parameters, responses) is left out, as
on AWS: it documents.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html and
api-gateway-swagger-extensions.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.apigatewayv2 import api, rules
from stratolite.services.apigatewayv2.domain import DEFAULT_ROUTE

ANY = "x-amazon-apigateway-any-method"
AUTHORIZER = "x-amazon-apigateway-authorizer"
INTEGRATION = "x-amazon-apigateway-integration"
_CORS = {
    "allowCredentials": "AllowCredentials",
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
    "maxAge": "MaxAge",
}
_INTEGRATION = {
    "connectionId": "ConnectionId",
    "connectionType": "ConnectionType",
    "credentials": "CredentialsArn",
    "httpMethod": "IntegrationMethod",
    "integrationSubtype": "IntegrationSubtype",
    "payloadFormatVersion": "PayloadFormatVersion",
    "requestParameters": "RequestParameters",
    "responseParameters": "ResponseParameters",
    "timeoutInMillis": "TimeoutInMillis",
    "tlsConfig": "TlsConfig",
    "uri": "IntegrationUri",
}
_AUTHORIZER = {
    "authorizerCredentials": "AuthorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "authorizerUri": "AuthorizerUri",
    "enableSimpleResponses": "EnableSimpleResponses",
}

_NUMBERS = ("AuthorizerResultTtlInSeconds", "MaxAge", "TimeoutInMillis")
_VERSIONS = ("AuthorizerPayloadFormatVersion", "PayloadFormatVersion")
"""``1.0`` and ``2.0``, which templates write as numbers as well."""
_FLAGS = ("AllowCredentials", "EnableSimpleResponses")
_DIGITS_MAX = 9


@dataclass(frozen=True)
class Operation:
    """One route: ``route`` and ``integration`` are requests without the ids that come with what is made."""

    route: dict[str, Any]
    integration: dict[str, Any] | None
    authorizer: str
    """The name of its security scheme, or nothing."""


@dataclass(frozen=True)
class Definition:
    """What a definition makes of an API."""

    settings: dict[str, Any]
    tags: dict[str, str]
    authorizers: dict[str, dict[str, Any]]
    """By the names of their security schemes."""
    operations: tuple[Operation, ...]
    warnings: tuple[str, ...]


def read(text: str) -> Definition:
    """Read a definition. Raises BadRequestException for what is none."""
    document = _parse(text)
    version = str(document.get("openapi", ""))
    if not version.startswith("3.0"):
        raise api.BadRequestException("Currently, only OpenAPI 3.0 definitions can be imported as HTTP APIs.")
    components = _map(document.get("components"), "components")
    schemes = _map(components.get("securitySchemes"), "components.securitySchemes")
    authorizers = {
        str(name): _authorizer(str(name), _map(scheme[AUTHORIZER], AUTHORIZER))
        for name, scheme in schemes.items()
        if isinstance(scheme, dict) and AUTHORIZER in scheme
    }
    operations = tuple(_operations(document, components, schemes, authorizers))
    warnings = [*_missing_schemas(document, components), *_unguarded(document, operations)]
    return Definition(_settings(document), _tags(document), authorizers, operations, tuple(warnings))


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (RecursionError, ValueError):
        document = _yaml(text)
    if not isinstance(document, dict):
        raise api.BadRequestException("Invalid OpenAPI input.")
    return document


def _yaml(text: str) -> Any:
    # Not every JSON is YAML, which has no tabs; and YAML is slow to import: only what is no JSON pays for it.
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise api.BadRequestException(
            f"Unable to parse API definition because of a malformed document: {error}"
        ) from None


def _map(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise api.BadRequestException(
            f"Errors found during import:\n\tParse issue: attribute {name} is not of type `object`"
        )
    return value


def _typed(member: str, value: Any) -> Any:
    """A value as its member has it. Raises BadRequestException for a number that is none."""
    if member in _NUMBERS:
        if isinstance(value, bool) or not str(value).lstrip("-").isdigit() or len(str(value)) > _DIGITS_MAX:
            raise api.BadRequestException(
                f"Errors found during import:\n\tParse issue: attribute {member} is not of type `integer`"
            )
        return int(value)
    if member in _VERSIONS and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.1f}"
    if member in _FLAGS:
        return value in (True, "true")
    if member == "ResponseParameters":
        return {str(status): _texts(_map(each, member)) for status, each in _map(value, member).items()}
    if member == "RequestParameters":
        return _texts(_map(value, member))
    return _map(value, member) if member == "TlsConfig" else str(value)


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()}


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    info = _map(document.get("info"), "info")
    settings: dict[str, Any] = {"Name": str(info.get("title") or "")}
    for name, member in (("description", "Description"), ("version", "Version")):
        if info.get(name) is not None:
            settings[member] = str(info[name])
    cors = _map(document.get("x-amazon-apigateway-cors"), "x-amazon-apigateway-cors")
    if cors:
        settings["CorsConfiguration"] = {
            _CORS[name]: _listed(name, value) for name, value in cors.items() if name in _CORS
        }
    endpoint = _map(document.get("x-amazon-apigateway-endpoint-configuration"), "endpoint-configuration")
    if endpoint.get("disableExecuteApiEndpoint") is not None:
        settings["DisableExecuteApiEndpoint"] = endpoint["disableExecuteApiEndpoint"] is True
    return settings


def _listed(name: str, value: Any) -> Any:
    if _CORS[name] in _NUMBERS + _FLAGS:
        return _typed(_CORS[name], value)
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _tags(document: Mapping[str, Any]) -> dict[str, str]:
    tags = document.get("tags")
    return {
        str(tag["name"]): str(tag["x-amazon-apigateway-tag-value"])
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and "x-amazon-apigateway-tag-value" in tag and "name" in tag
    }


def _authorizer(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    request = {member: _typed(member, given[key]) for key, member in _AUTHORIZER.items() if given.get(key) is not None}
    source = given.get("identitySource") or ()
    sources = [str(each) for each in source] if isinstance(source, list | tuple) else str(source).split(",")
    configuration = _map(given.get("jwtConfiguration"), "jwtConfiguration")
    if configuration:
        audience = configuration.get("audience") or ()
        listed = [str(each) for each in audience] if isinstance(audience, list) else [str(audience)]
        request["JwtConfiguration"] = {"Audience": listed, "Issuer": str(configuration.get("issuer") or "")}
    kind = str(given.get("type") or "").upper()
    return {"Name": name, "AuthorizerType": kind, "IdentitySource": [each.strip() for each in sources], **request}


def _operations(
    document: Mapping[str, Any],
    components: Mapping[str, Any],
    schemes: Mapping[str, Any],
    authorizers: Mapping[str, Any],
) -> Iterator[Operation]:
    shared = _map(components.get("x-amazon-apigateway-integrations"), "x-amazon-apigateway-integrations")
    for path, item in _map(document.get("paths"), "paths").items():
        for name, given in _map(item, f"paths.'{path}'").items():
            method = "ANY" if name == ANY else str(name).upper()
            if method not in rules.METHODS or (method == "ANY" and name != ANY):
                continue
            operation = _map(given, f"paths.'{path}'({method})")
            is_default = operation.get("isDefaultRoute") is True or path in (DEFAULT_ROUTE, f"/{DEFAULT_ROUTE}")
            route: dict[str, Any] = {"RouteKey": DEFAULT_ROUTE if is_default else f"{method} {path}"}
            if operation.get("operationId"):
                route["OperationName"] = str(operation["operationId"])
            scheme, scopes = _security(operation.get("security", document.get("security")), schemes, authorizers)
            if scheme in authorizers:
                is_jwt = authorizers[scheme]["AuthorizerType"] == "JWT"
                route["AuthorizationType"] = "JWT" if is_jwt else "CUSTOM"
                if scopes and is_jwt:
                    route["AuthorizationScopes"] = scopes
            elif scheme:
                route["AuthorizationType"] = "AWS_IAM"
            yield Operation(route, _integration(operation, shared), scheme if scheme in authorizers else "")


def _security(required: Any, schemes: Mapping[str, Any], authorizers: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The first scheme that guards an operation, and its scopes."""
    for alternative in required if isinstance(required, list) else ():
        for name, scopes in _map(alternative, "security").items():
            scheme = schemes.get(name)
            is_signed = isinstance(scheme, dict) and scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
            if str(name) in authorizers or is_signed:
                return str(name), [str(each) for each in scopes] if isinstance(scopes, list) else []
    return "", []


def _integration(operation: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any] | None:
    given = _map(operation.get(INTEGRATION), INTEGRATION)
    reference = str(given.get("$ref", ""))
    if reference:
        name = reference.rpartition("/")[2]
        if name not in shared:
            raise api.BadRequestException(f"Errors found during import:\n\tUnable to find integration {reference}")
        given = _map(shared[name], reference)
    if not given:
        return None
    request = {member: _typed(member, given[key]) for key, member in _INTEGRATION.items() if given.get(key) is not None}
    return {"IntegrationType": str(given.get("type") or "").upper(), **request}


def _missing_schemas(document: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[str]:
    schemas = _map(components.get("schemas"), "components.schemas")
    for path, item in _map(document.get("paths"), "paths").items():
        for name, operation in item.items() if isinstance(item, dict) else ():
            responses = operation.get("responses") if isinstance(operation, dict) else None
            for status, response in responses.items() if isinstance(responses, dict) else ():
                content = response.get("content") if isinstance(response, dict) else None
                for media in content.values() if isinstance(content, dict) else ():
                    schema = media.get("schema") if isinstance(media, dict) else None
                    reference = schema.get("$ref") if isinstance(schema, dict) else None
                    if isinstance(reference, str) and reference.rpartition("/")[2] not in schemas:
                        where = f"paths.'{path}'({name}).responses.{status}.content.schema.{reference}"
                        yield f"Parse issue: attribute {where} is missing"


def _unguarded(document: Mapping[str, Any], operations: tuple[Operation, ...]) -> Iterator[str]:
    """Operations that say who may call them, in a way that HTTP APIs do not enforce."""
    paths = _map(document.get("paths"), "paths")
    for operation in operations:
        method, _, path = operation.route["RouteKey"].partition(" ")
        item = paths.get(path) or {}
        given = item.get(ANY if method == "ANY" else method.lower()) or {}
        if given.get("security", document.get("security")) and "AuthorizationType" not in operation.route:
            key = operation.route["RouteKey"]
            yield f"The security of {key} names no scheme with {AUTHORIZER}: everybody may call it"
