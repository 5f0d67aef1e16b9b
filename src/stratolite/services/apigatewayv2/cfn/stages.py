"""AWS::ApiGatewayV2::Deployment and Stage."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigatewayv2.cfn.properties import changed, delete, given, retag

_STAGE = ("AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "DeploymentId", "Description")
_DEFAULT_SETTINGS = {"DetailedMetricsEnabled": False}
_NUMBERS = {"ThrottlingBurstLimit": int, "ThrottlingRateLimit": float}


def _create_deployment(work: Work) -> Made:
    made = work.operate("CreateDeployment", given(work.properties, ("ApiId", "Description", "StageName")))
    return Made(made["DeploymentId"], {"DeploymentId": made["DeploymentId"]})


def _update_deployment(work: Work) -> Made:
    """What is frozen stays as it is; it can be shown by another stage."""
    where = {"ApiId": work.properties["ApiId"], "DeploymentId": work.physical_id}
    work.operate("UpdateDeployment", {**where, "Description": work.properties.get("Description", "")})
    name = work.properties.get("StageName")
    if name and name != work.previous.get("StageName"):
        work.operate("UpdateStage", {**where, "StageName": name})
    return Made(work.physical_id, {"DeploymentId": work.physical_id})


def _create_stage(work: Work) -> Made:
    request = given(work.properties, ("ApiId", "StageName", *_STAGE, "Tags"))
    for name, read in (("RouteSettings", _route_settings), ("StageVariables", _object)):
        if work.properties.get(name):
            request[name] = read(work.properties[name])
    return Made(work.operate("CreateStage", request)["StageName"])


def _update_stage(work: Work) -> Made:
    where = {"ApiId": work.properties["ApiId"], "StageName": work.physical_id}
    unset = {"AutoDeploy": False, "DefaultRouteSettings": _DEFAULT_SETTINGS, "Description": ""}
    request = changed(work, _STAGE, unset)
    if work.previous.get("AccessLogSettings") and not work.properties.get("AccessLogSettings"):
        work.operate("DeleteAccessLogSettings", where)
    before, after = (_route_settings(each.get("RouteSettings")) for each in (work.previous, work.properties))
    for key in before:
        if after.get(key) != before[key]:
            delete(work, "DeleteRouteSettings", {**where, "RouteKey": key})
    if after != before:
        request["RouteSettings"] = after
    old, new = (_object(each.get("StageVariables")) for each in (work.previous, work.properties))
    if old != new:
        request["StageVariables"] = {**dict.fromkeys(old, ""), **new}
    work.operate("UpdateStage", {**where, **request})
    retag(work, f"/apis/{where['ApiId']}/stages/{work.physical_id}")
    return Made(work.physical_id)


def _object(value: Any) -> dict[str, Any]:
    """A property that a template writes as an object or as JSON text."""
    return dict(json.loads(value) if isinstance(value, str) else value or {})


def _route_settings(value: Any) -> dict[str, dict[str, Any]]:
    return {key: _typed(settings) for key, settings in _object(value).items()}


def _typed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The schema does not say what is in RouteSettings, so that what templates write as text is still text."""
    typed: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _NUMBERS:
            typed[name] = _NUMBERS[name](value)
        else:
            typed[name] = value == "true" if value in ("true", "false") else value
    return typed


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGatewayV2::Deployment",
        implemented=frozenset({"ApiId", "StageName"}),
        accepted={"Description": "It is kept and returned."},
        create=_create_deployment,
        update=_update_deployment,
        delete=lambda work: delete(
            work, "DeleteDeployment", {"ApiId": work.properties["ApiId"], "DeploymentId": work.physical_id}
        ),
    ),
    ResourceType(
        name="AWS::ApiGatewayV2::Stage",
        implemented=frozenset(
            {
                "AccessLogSettings",
                "ApiId",
                "AutoDeploy",
                "DefaultRouteSettings",
                "DeploymentId",
                "RouteSettings",
                "StageName",
                "StageVariables",
            }
        ),
        accepted={"Description": "It is kept and returned.", "Tags": "They are kept and returned."},
        create=_create_stage,
        update=_update_stage,
        delete=lambda work: delete(
            work, "DeleteStage", {"ApiId": work.properties["ApiId"], "StageName": work.physical_id}
        ),
    ),
)
