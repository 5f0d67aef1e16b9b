"""Preflights: a method OPTIONS for each path with CORS, answered by the API itself."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import text_of
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.paths import Paths
from stratolite.templates.serverless.api.request import Cors, Placed
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import items, union

_ANY = "DELETE,GET,HEAD,PATCH,POST,PUT"


def make_preflights(work: Compilation, routes: Sequence[Placed], paths: Paths) -> list[str]:
    """The methods OPTIONS; their logical ids."""
    preflights: dict[str, Cors] = {}
    for route in routes:
        if route.cors is not None:
            preflights[route.path] = _joined(route.cors, preflights.get(route.path))
    return [_make(work, path, cors, paths[path]) for path, cors in items(preflights)]


def _joined(cors: Cors, before: Cors | None) -> Cors:
    """The settings of all methods of a path: lists are united, of single values the last one wins."""
    if before is None:
        return cors
    return Cors(
        origin=cors.origin,
        origins=tuple(union(list(cors.origins), list(before.origins))),
        headers=tuple(union(list(cors.headers), list(before.headers))),
        methods=tuple(union(list(cors.methods), list(before.methods))),
        allow_credentials=before.allow_credentials or cors.allow_credentials,
        max_age=cors.max_age or before.max_age,
        cache_control=cors.cache_control or before.cache_control,
    )


def _make(work: Compilation, path: str, cors: Cors, resource_id: Any) -> str:
    logical_id = naming.api_method(path, "options")
    headers, origins = _headers(cors)
    by_parameter = {f"method.response.header.{name}": value for name, value in headers.items()}
    integration = {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": "{statusCode:200}"},
        "ContentHandling": "CONVERT_TO_TEXT",
        "IntegrationResponses": [
            {
                "StatusCode": "200",
                "ResponseParameters": by_parameter,
                "ResponseTemplates": {"application/json": _template(origins)},
            }
        ],
    }
    responses = [{"StatusCode": "200", "ResponseParameters": dict.fromkeys(by_parameter, True), "ResponseModels": {}}]
    properties = {
        "AuthorizationType": "NONE",
        "HttpMethod": "OPTIONS",
        "MethodResponses": responses,
        "RequestParameters": {},
        "Integration": integration,
        "ResourceId": resource_id,
        "RestApiId": rest_api_id(work.service),
    }
    work.merge(logical_id, "AWS::ApiGateway::Method", properties)
    return logical_id


def _headers(cors: Cors) -> tuple[dict[str, str], list[str]]:
    """The headers of the reply, quoted, and the origins to choose from when there are several."""
    origin, origins = None if cors.origin is None else text_of(cors.origin), list(cors.origins)
    if origin is not None and "," in origin:
        origins = [part.strip() for part in origin.split(",")]
    origin = origins[0] if origins else origin or "undefined"
    methods = ",".join(cors.methods)
    if "ANY" in cors.methods:
        methods = methods.replace("ANY", _ANY, 1)
    headers = {
        "Access-Control-Allow-Origin": f"'{origin}'",
        "Access-Control-Allow-Headers": f"'{','.join(cors.headers)}'",
        "Access-Control-Allow-Methods": f"'{methods}'",
    }
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    if cors.max_age is not None:
        headers["Access-Control-Max-Age"] = f"'{text_of(cors.max_age)}'"
    if cors.cache_control is not None:
        headers["Cache-Control"] = f"'{cors.cache_control}'"
    return headers, origins


def _template(origins: list[str]) -> str:
    """VTL that answers with the caller's origin when it is one of several; an origin may have one ``*``."""
    if not origins:
        return ""
    patterns = [origin.replace(".", "[.]").replace("*", ".+", 1) for origin in origins]
    matches = " || ".join(f'$origin.matches("{pattern}")' for pattern in patterns)
    header = "$context.responseOverride.header.Access-Control-Allow-Origin"
    return (
        '#set($origin = $input.params("Origin"))\n'
        '#if($origin == "") #set($origin = $input.params("origin")) #end\n'
        f"#if({matches}) #set({header} = $origin) #end"
    )
