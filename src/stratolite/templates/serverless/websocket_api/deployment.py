"""The stage of a WebSocket API, its logs, and the deployment whose name tells what it deploys."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from stratolite.templates.document import mark_of
from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.account_role import ensure_account_role
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.logs import log_group
from stratolite.templates.serverless.websocket_api.resources import api_reference, description, elsewhere
from stratolite.templates.serverless.websocket_api.routes import Route

LEVELS = ("INFO", "ERROR")
FORMAT_DEFAULT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.eventType $context.routeKey $context.connectionId" $context.requestId'
)


def make_stage(work: Compilation) -> None:
    """The stage, unless the API is made elsewhere; the group of its logs, and a role that lets it write."""
    service = work.service
    if elsewhere(service) is not None:
        return
    properties = {
        "ApiId": api_reference(service),
        "StageName": service.stage,
        "Description": description(service),
    }
    logs = service.setting("logs", "websocket")
    if not truthy(logs):
        work.put(naming.WEBSOCKET_STAGE, "AWS::ApiGatewayV2::Stage", properties)
        return
    settings = logs if isinstance(logs, dict) else {}
    work.put(naming.WEBSOCKET_STAGE, "AWS::ApiGatewayV2::Stage", {**properties, **_logging(work, settings)})
    name = f"/aws/websocket/{service.name}-{service.stage}"
    work.put(naming.WEBSOCKET_LOG_GROUP, "AWS::Logs::LogGroup", log_group(service, name, {}))
    ensure_account_role(work)


def _logging(work: Compilation, settings: dict[str, Any]) -> dict[str, Any]:
    def is_on(name: str) -> Any:
        return True if settings.get(name) is None else settings[name]

    level = settings.get("level") or LEVELS[0]
    if truthy(is_on("executionLogging")) and level not in LEVELS:
        at = mark_of(work.service.setting("logs", "websocket"), "level")
        raise refusal(f"there is no level {level!r} of logs", at, f"Write {' or '.join(LEVELS)}.")
    route = {
        "DataTraceEnabled": is_on("fullExecutionData"),
        "LoggingLevel": level if truthy(is_on("executionLogging")) else "OFF",
    }
    if not truthy(is_on("accessLogging")):
        return {"DefaultRouteSettings": route}
    place = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    destination = {"Fn::Sub": f"{place}${{{naming.WEBSOCKET_LOG_GROUP}}}"}
    access = {"DestinationArn": destination, "Format": settings.get("format") or FORMAT_DEFAULT}
    return {"DefaultRouteSettings": route, "AccessLogSettings": access}


def make_deployment(work: Compilation, routes: Sequence[Route]) -> None:
    """The deployment of all routes, and the API's address as an output."""
    service = work.service
    waits = []
    for route in routes:
        waits += [naming.websocket_route_response(route.key)] if route.response is not None else []
        waits.append(naming.websocket_route(route.key))
    logical_id = naming.websocket_deployment(_digest(work))
    properties = {
        "ApiId": api_reference(service),
        "Description": description(service),
        "StageName": service.stage if elsewhere(service) is not None else None,
    }
    work.merge(logical_id, "AWS::ApiGatewayV2::Deployment", properties, depends_on=waits)
    host = [".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    address = {"Fn::Join": ["", ["wss://", api_reference(service), *host, f"/{service.stage}"]]}
    work.output("ServiceEndpointWebsocket", address, "URL of the service endpoint")
    if naming.WEBSOCKET_STAGE in work.resources:
        work.resources[naming.WEBSOCKET_STAGE]["Properties"]["DeploymentId"] = {"Ref": logical_id}


def _digest(work: Compilation) -> str:
    """SHA-256 in base 64 of what is deployed: a deployment cannot be changed, so that a change makes another one."""
    part = {name: _in_order(one) for name, one in work.resources.items() if _is_of_it(name, one)}
    return base64.b64encode(hashlib.sha256(json_text(part).encode()).digest()).decode()


def _in_order(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: resource[name] for name in ("Type", "DependsOn", "Properties") if name in resource}


def _is_of_it(name: str, resource: dict[str, Any]) -> bool:
    api = naming.WEBSOCKET_API
    waits = resource.get("DependsOn")
    of = resource.get("Properties", {}).get("ApiId")
    return name == api or of == {"Ref": api} or (isinstance(waits, list) and api in waits)
