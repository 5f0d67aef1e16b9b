"""What stands below ``paths``: methods, what they declare, and what stands behind them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.apigateway import rules
from stratolite.services.apigateway.authorizer import POOLS
from stratolite.services.apigateway.openapi.components import AUTH_TYPE, Models, number
from stratolite.services.apigateway.openapi.document import Document, flag, listed, mapping, texts

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
VALIDATOR = "x-amazon-apigateway-request-validator"
_PLACES = {"path": "path", "query": "querystring", "header": "header"}
_JSON = ["application/json"]
_INTEGRATION = {
    "cacheNamespace": "cacheNamespace",
    "connectionId": "connectionId",
    "credentials": "credentials",
    "httpMethod": "integrationHttpMethod",
    "integrationTarget": "integrationTarget",
    "uri": "uri",
}
_UPPER = ("connectionType", "contentHandling", "passthroughBehavior", "responseTransferMode")
_PATH_VARIABLE = re.compile(r"\{([^{}+]+)\+?\}")


@dataclass(frozen=True)
class Method:
    """One method: requests without the ids of what they belong to."""

    path: str
    verb: str
    request: dict[str, Any]
    """Of PutMethod."""
    authorizer: str
    """The name of its security scheme, or nothing."""
    validator: str
    """The name of its validator, or nothing."""
    responses: tuple[dict[str, Any], ...]
    """Of PutMethodResponse."""
    integration: dict[str, Any] | None
    """Of PutIntegration."""
    integration_responses: tuple[dict[str, Any], ...]


class Methods:
    """Reads the methods of a definition. Schemas that stand inline become ``models``; ``warnings`` are told."""

    def __init__(self, document: Document, models: Models, authorizers: Mapping[str, Mapping[str, Any]]) -> None:
        self._document = document
        self._models = models
        self._authorizers = authorizers
        self._schemes = document.part("securityDefinitions", "securitySchemes")
        self.warnings: list[str] = []
        self.paths: list[str] = []
        """All paths, whether they have methods or not."""

    def read(self, base_path: str) -> Iterator[Method]:
        """All methods, with ``base_path`` before their paths."""
        for written, given in mapping(self._document.root.get("paths"), "paths").items():
            path = f"{base_path}/{str(written).strip('/')}".rstrip("/") or "/"
            self.paths.append(path)
            item = self._document.resolve(given, f"paths.'{written}'")
            for name, operation in item.items():
                verb = "ANY" if name == ANY else str(name).upper()
                if verb in rules.METHODS and (verb != "ANY" or name == ANY):
                    yield self._method(path, verb, item, mapping(operation, f"paths.'{written}'({name})"))

    def _method(self, path: str, verb: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Method:
        request, authorizer = self._security(operation)
        if operation.get("operationId"):
            request["operationName"] = str(operation["operationId"])
        parameters = [*self._parameters(item), *self._parameters(operation)]
        named = {f"method.request.path.{name}": True for name in _PATH_VARIABLE.findall(path)}
        for parameter in parameters:
            place = _PLACES.get(str(parameter.get("in")))
            if place:
                is_required = place == "path" or flag(parameter.get("required"))
                named[f"method.request.{place}.{parameter.get('name')}"] = is_required
        if named:
            request["requestParameters"] = named
        models = self._request_models(operation, parameters)
        if models:
            request["requestModels"] = models
        integration, integration_responses = self._integration(path, verb, operation)
        return Method(
            path=path,
            verb=verb,
            request=request,
            authorizer=authorizer,
            validator=str(operation.get(VALIDATOR, self._document.root.get(VALIDATOR)) or ""),
            responses=tuple(self._responses(operation)),
            integration=integration,
            integration_responses=tuple(integration_responses),
        )

    def _parameters(self, holder: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = holder.get("parameters")
        return [self._document.resolve(each, "parameters") for each in given] if isinstance(given, list) else []

    def _security(self, operation: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """Who may call, as PutMethod has it, and the name of the authorizer that is asked."""
        request: dict[str, Any] = {"authorizationType": "NONE", "apiKeyRequired": False}
        authorizer = ""
        required = operation.get("security", self._document.root.get("security"))
        for alternative in required if isinstance(required, list) else ():
            for name, scopes in mapping(alternative, "security").items():
                scheme = mapping(self._schemes.get(name), f"securitySchemes.{name}")
                if str(name) in self._authorizers:
                    if not authorizer:
                        authorizer = str(name)
                        request |= _authorized(self._authorizers[authorizer]["type"], scopes)
                elif str(scheme.get(AUTH_TYPE)).lower() == "awssigv4":
                    request["authorizationType"] = "AWS_IAM"
                elif scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key":
                    request["apiKeyRequired"] = True
        own = mapping(operation.get("x-amazon-apigateway-auth"), "x-amazon-apigateway-auth").get("type")
        if own:
            return {**request, "authorizationType": str(own).upper()}, authorizer
        return request, authorizer

    def _request_models(self, operation: Mapping[str, Any], parameters: list[dict[str, Any]]) -> dict[str, str]:
        if self._document.is_swagger:
            consumed = self._types(operation, "consumes")
            bodies = [each["schema"] for each in parameters if each.get("in") == "body" and each.get("schema")]
            return {kind: self._models.name_of(schema) for schema in bodies for kind in consumed}
        return self._content(self._document.resolve(operation.get("requestBody"), "requestBody"))

    def _content(self, holder: Mapping[str, Any]) -> dict[str, str]:
        """Models by content type, where OpenAPI has them."""
        content = mapping(holder.get("content"), "content")
        schemas = {str(kind): mapping(media, "content").get("schema") for kind, media in content.items()}
        return {kind: self._models.name_of(schema) for kind, schema in schemas.items() if schema}

    def _types(self, operation: Mapping[str, Any], field: str) -> list[str]:
        given = operation.get(field, self._document.root.get(field))
        return [str(each) for each in given] if isinstance(given, list) and given else _JSON

    def _responses(self, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for status, given in mapping(operation.get("responses"), "responses").items():
            if not re.fullmatch(r"[1-5]\d\d", str(status)):
                continue
            response = self._document.resolve(given, f"responses.{status}")
            request: dict[str, Any] = {"statusCode": str(status)}
            headers = mapping(response.get("headers"), "headers")
            if headers:
                request["responseParameters"] = {f"method.response.header.{name}": False for name in headers}
            models = self._content(response)
            if self._document.is_swagger and response.get("schema"):
                name = self._models.name_of(response["schema"])
                models = dict.fromkeys(self._types(operation, "produces"), name)
            if models:
                request["responseModels"] = models
            yield request

    def _integration(
        self, path: str, verb: str, operation: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        given = self._document.resolve(operation.get(INTEGRATION), INTEGRATION)
        if not given:
            return None, []
        request: dict[str, Any] = {"type": str(given.get("type") or "").upper()}
        request |= {member: str(given[key]) for key, member in _INTEGRATION.items() if given.get(key) is not None}
        request |= {key: str(given[key]).upper() for key in _UPPER if given.get(key) is not None}
        if given.get("cacheKeyParameters"):
            request["cacheKeyParameters"] = listed(given["cacheKeyParameters"], "cacheKeyParameters")
        if given.get("timeoutInMillis") is not None:
            request["timeoutInMillis"] = number(given["timeoutInMillis"], "timeoutInMillis")
        if given.get("tlsConfig"):
            request["tlsConfig"] = mapping(given["tlsConfig"], "tlsConfig")
        if given.get("requestTemplates"):
            request["requestTemplates"] = texts(mapping(given["requestTemplates"], "requestTemplates"))
        parameters = dict(self._mapped(path, verb, mapping(given.get("requestParameters"), "requestParameters")))
        if parameters:
            request["requestParameters"] = parameters
        return request, list(_integration_responses(mapping(given.get("responses"), "responses")))

    def _mapped(self, path: str, verb: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in given.items():
            if isinstance(value, str):
                yield str(name), value
                continue
            written = str(value).lower() if isinstance(value, bool) else value
            self.warnings.append(
                f"Invalid format for 'requestParameters'. Expected type string for property '{name}' of resource"
                f" '{path}' and method '{verb}' but got '{written}'"
            )


def _authorized(kind: str, scopes: Any) -> dict[str, Any]:
    if kind != POOLS:
        return {"authorizationType": "CUSTOM"}
    listed = [str(scope) for scope in scopes] if isinstance(scopes, list) else []
    return {"authorizationType": POOLS, **({"authorizationScopes": listed} if listed else {})}


def _integration_responses(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for pattern, each in given.items():
        response = mapping(each, f"responses.{pattern}")
        request: dict[str, Any] = {"statusCode": str(response.get("statusCode") or "")}
        if pattern != "default":
            request["selectionPattern"] = str(pattern)
        for field in ("responseParameters", "responseTemplates"):
            if response.get(field):
                request[field] = texts(mapping(response[field], field))
        if response.get("contentHandling"):
            request["contentHandling"] = str(response["contentHandling"]).upper()
        yield request
