"""What a stage may be set to, and how UpdateStage changes it: maps by their keys, the rest whole."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import api, rules
from stratolite.storage.documents import Document


def fresh(call: Call, name: str) -> Document:
    """A stage that has just been made and shows nothing yet."""
    return {
        "CreatedDate": call.now_ms // 1000,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "LastUpdatedDate": call.now_ms // 1000,
        "RouteSettings": {},
        "StageName": name,
        "StageVariables": {},
        "Tags": {},
    }


def settle(stage: Document, request: Any, route_keys: list[str], *, is_websocket: bool) -> None:
    """Set what is given; a stage variable with an empty value is taken away.

    Raises BadRequestException, and NotFoundException for settings of a route that is not there.
    """
    if request.get("ClientCertificateId"):
        if is_websocket:
            rules.unimplemented("ClientCertificateId", "nothing that it would be shown to is called")
        raise api.BadRequestException("ClientCertificateId is not currently supported for HTTP APIs.")
    rules.access_log(request.get("AccessLogSettings"))
    rules.variables(request.get("StageVariables"))
    settings: Mapping[str, Any] = request.get("RouteSettings") or {}
    for each in (request.get("DefaultRouteSettings"), *settings.values()) if not is_websocket else ():
        rules.route_settings(each)
    for name in ("Description", "AutoDeploy"):
        if request.get(name) is not None:
            stage[name] = request[name]
    if request.get("AccessLogSettings"):
        stage["AccessLogSettings"] = request["AccessLogSettings"]
    if request.get("DefaultRouteSettings") is not None:
        stage["DefaultRouteSettings"] = {**stage["DefaultRouteSettings"], **request["DefaultRouteSettings"]}
    given = {**stage["StageVariables"], **(request.get("StageVariables") or {})}
    stage["StageVariables"] = {name: value for name, value in given.items() if value}
    for key, each in settings.items():
        stage["RouteSettings"][key] = {**stage["RouteSettings"].get(key, {}), **each}
    for key in stage["RouteSettings"] if settings else ():
        if key not in route_keys:
            raise api.NotFoundException(f"Unable to find Route by key {key} within the provided RouteSettings")
