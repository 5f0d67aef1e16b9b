"""AWS::Serverless::HttpApi and events of the type HttpApi.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html and
sam-property-function-httpapi.html
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam import http_guards
from stratolite.services.cloudformation.sam.cors import ANY
from stratolite.services.cloudformation.sam.expansion import Expansion, Resource, not_done
from stratolite.services.cloudformation.sam.globals import merged
from stratolite.services.cloudformation.sam.rest_paths import source_arn, uri

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function

IMPLICIT = "ServerlessHttpApi"
DEFAULT = "$default"
ACTS = frozenset(
    [
        "AccessLogSettings",
        "Auth",
        "CorsConfiguration",
        "DefaultRouteSettings",
        "DefinitionBody",
        "Description",
        "DisableExecuteApiEndpoint",
        "FailOnWarnings",
        "Name",
        "PropagateTags",
        "RouteSettings",
        "StageName",
        "StageVariables",
        "Tags",
    ]
)
_STAGE = ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables")
_CORS = {
    "AllowCredentials": "allowCredentials",
    "AllowHeaders": "allowHeaders",
    "AllowMethods": "allowMethods",
    "AllowOrigins": "allowOrigins",
    "ExposeHeaders": "exposeHeaders",
    "MaxAge": "maxAge",
}
_KNOWN = ("ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "RouteSettings", "TimeoutInMillis")


@dataclass
class HttpApi:
    """An API in the making. ``is_managed``: its paths come of events, and not of a definition of its own."""

    name: str
    resource: Resource
    is_managed: bool
    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    methods: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """What events say of who may call, by path and method."""
    routes: dict[str, Any] = field(default_factory=dict)
    """Settings of routes that events have."""
    conditions: list[str] = field(default_factory=list)

    @property
    def given(self) -> dict[str, Any]:
        return self.resource.properties


def declare(expansion: Expansion, name: str, resource: Resource) -> None:
    """Take up an API that a template has, for events to find it."""
    unknown = sorted(set(resource.properties) - ACTS)
    if unknown:
        raise not_done(name, unknown[0])
    expansion.http_apis[name] = HttpApi(name, resource, "DefinitionBody" not in resource.properties)


def event(expansion: Expansion, function: "Function", name: str, given: Mapping[str, Any]) -> None:
    """A route of an API that calls a function; all requests where it names no path."""
    function.known(name, given, _KNOWN)
    function.known(name, given.get("Auth") or {}, ("Authorizer", "AuthorizationScopes"))
    path = expansion.value(given.get("Path", DEFAULT))
    method = str(expansion.value(given.get("Method", "any")))
    if "Path" not in given and "Method" in given:
        raise function.wrong(name, "'Path' must be specified with 'Method'.")
    if "ApiId" in given:
        logical_id = expansion.referred(given["ApiId"])
        api = expansion.http_apis.get(logical_id)
    else:
        if IMPLICIT not in expansion.http_apis:
            declare(expansion, IMPLICIT, merged(expansion.shared, "HttpApi", IMPLICIT, {}))
        api, logical_id = expansion.http_apis[IMPLICIT], IMPLICIT
    source = (logical_id and {"Ref": logical_id}) or given["ApiId"]
    is_any = method.lower() in ("any", ANY)
    arn = source_arn(source, "*" if is_any else method.upper(), path)
    if path == DEFAULT:
        arn["Fn::Sub"][0] = arn["Fn::Sub"][0].removesuffix(f"*/{DEFAULT}") + "*"
    function.permit(expansion, f"{function.name}{name}Permission", "apigateway.amazonaws.com", SourceArn=arn)
    if api is None or not api.is_managed:
        return
    integration: dict[str, Any] = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": uri(function),
        "payloadFormatVersion": given.get("PayloadFormatVersion", "2.0"),
    }
    if "TimeoutInMillis" in given:
        integration["timeoutInMillis"] = given["TimeoutInMillis"]
    operation: dict[str, Any] = {"x-amazon-apigateway-integration": integration, "responses": {}}
    if path == DEFAULT:
        operation["isDefaultRoute"] = True
    if given.get("RouteSettings"):
        key = DEFAULT if path == DEFAULT else f"{'ANY' if is_any else method.upper()} {path}"
        api.routes[key] = given["RouteSettings"]
    verb = ANY if is_any else method.lower()
    if verb in api.paths.get(path, {}):
        raise function.wrong(name, f'API method "{method.lower()}" defined multiple times for path "{path}".')
    condition = function.condition.get("Condition", "")
    api.conditions.append(condition)
    if condition and condition != api.resource.attributes.get("Condition"):
        operation = {"Fn::If": [condition, operation, {"Ref": "AWS::NoValue"}]}
    api.paths.setdefault(path, {})[verb] = operation
    api.methods.setdefault(path, {})[verb] = dict(given.get("Auth") or {})


def finish(expansion: Expansion) -> None:
    """Make the APIs, once all events are known."""
    for api in expansion.http_apis.values():
        _make(expansion, api)


def _make(expansion: Expansion, api: HttpApi) -> None:
    given, own = api.given, dict(api.resource.own)
    if api.name == IMPLICIT and api.conditions and all(api.conditions):
        distinct = list(dict.fromkeys(api.conditions))
        own["Condition"] = distinct[0] if len(distinct) == 1 else f"{api.name}Condition"
        if len(distinct) > 1:
            expansion.conditions[own["Condition"]] = {"Fn::Or": [{"Condition": one} for one in distinct]}
    condition = {"Condition": own["Condition"]} if "Condition" in own else {}
    properties: dict[str, Any] = {"Body": _definition(expansion, api)}
    properties |= {key: given[key] for key in ("Description", "FailOnWarnings") if key in given}
    if "DisableExecuteApiEndpoint" in given:
        properties["DisableExecuteApiEndpoint"] = given["DisableExecuteApiEndpoint"]
    expansion.add(api.name, "AWS::ApiGatewayV2::Api", properties, **own)
    tags = {"httpapi:createdBy": "SAM", **(given.get("Tags") or {})}
    name = given.get("StageName", DEFAULT)
    staged: dict[str, Any] = {"ApiId": {"Ref": api.name}, "StageName": name, "Tags": tags, "AutoDeploy": True}
    staged |= {key: given[key] for key in _STAGE if key in given}
    if api.routes:
        staged["RouteSettings"] = {**api.routes, **(given.get("RouteSettings") or {})}
    suffix = "ApiGatewayDefaultStage" if name == DEFAULT else f"{name if isinstance(name, str) else ''}Stage"
    stage = expansion.add(f"{api.name}{suffix}", "AWS::ApiGatewayV2::Stage", staged, **condition)
    expansion.renamed[f"{api.name}.Stage"] = stage


def _definition(expansion: Expansion, api: HttpApi) -> dict[str, Any]:
    given = api.given
    empty = {"openapi": "3.0.1", "info": {"version": "1.0", "title": {"Ref": "AWS::StackName"}}, "paths": {}}
    body: dict[str, Any] = deepcopy(given["DefinitionBody"]) if given.get("DefinitionBody") else empty
    if "Fn::Transform" in body:
        raise not_done(api.name, "Fn::Transform in DefinitionBody")
    body.setdefault("paths", {}).update(api.paths)
    if given.get("Name"):
        body.setdefault("info", {})["title"] = given["Name"]
    http_guards.secure(expansion, api, body)
    cors = given.get("CorsConfiguration")
    if cors is True:
        body["x-amazon-apigateway-cors"] = {"allowOrigins": ["*"]}
    elif cors:
        body["x-amazon-apigateway-cors"] = {_CORS.get(key, key): value for key, value in cors.items()}
    made_by = {"httpapi:createdBy": "SAM", **(given.get("Tags") or {})}
    body["tags"] = [{"name": key, "x-amazon-apigateway-tag-value": value} for key, value in made_by.items()]
    return body
