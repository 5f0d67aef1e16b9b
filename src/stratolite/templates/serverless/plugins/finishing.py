"""What plugins do to the template when all of it is there.

Sources, each by its own code: https://github.com/svdgraaf/serverless-plugin-stage-variables (1.10.1),
https://github.com/RafPe/serverless-reqvalidator-plugin (3.1.0),
https://github.com/ilayanambi86/serverless-plugin-resource-tagging (1.2.0).
"""

from collections.abc import Callable, Mapping
from typing import Any

from stratolite.templates.document import List, Map, value_at
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.rest_api import rest_api_id, stage_name
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.lodash import merge
from stratolite.templates.serverless.plugins import alerts, log_subscriptions, throttling, usual_names

STAGE = "ApiGatewayStage"
TAGGED = (
    "AWS::Lambda::Function",
    "AWS::SQS::Queue",
    "AWS::Kinesis::Stream",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::ApiGateway::Stage",
    "AWS::CloudFront::Distribution",
    "AWS::Logs::LogGroup",
)
"""The types that serverless-plugin-resource-tagging tags."""


def finish(work: Compilation, resources: dict[str, Any]) -> None:
    """Do to the resources of a template what the plugins of the file do to them, in the order of the file."""
    for name in usual_names(work.service.document):
        if name in FINISHES:
            FINISHES[name](work, resources)


def _set_stage_variables(work: Compilation, resources: dict[str, Any]) -> None:
    """The stage becomes a resource of its own, with variables; keys and plans wait for it."""
    variables = value_at(work.service.document, "custom", "stageVariables")
    deployment = next((name for name, one in resources.items() if one["Type"] == "AWS::ApiGateway::Deployment"), None)
    if deployment is None:
        return
    resources[deployment]["Properties"].pop("StageName", None)
    stage = {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {
            "StageName": stage_name(work.service),
            "Description": stage_name(work.service),
            "RestApiId": rest_api_id(work.service),
            "DeploymentId": {"Ref": deployment},
            "Variables": {name: text_of(value) for name, value in (variables or {}).items()},
        },
    }
    merge(resources, {STAGE: stage})
    for resource in resources.values():
        if resource["Type"] in ("AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlan"):
            resource["DependsOn"] = STAGE


def _set_validators(work: Compilation, resources: dict[str, Any]) -> None:
    """``reqValidatorName`` of an event: a validator of the template, an import, or an id."""
    for function in work.service.functions.values():
        events = function.settings.get("events")
        for event in events if isinstance(events, List) else ():
            route = event.get("http") if isinstance(event, Map) else None
            wanted = route.get("reqValidatorName") if isinstance(route, Map) else None
            if not truthy(wanted):
                continue
            assert isinstance(route, Map)
            path = str(route.get("path")).strip("/")
            method = resources[naming.api_method(path, str(route.get("method")).lower())]
            given = wanted.get("id", wanted) if isinstance(wanted, dict) else {"Ref": str(wanted)}
            method["Properties"]["RequestValidatorId"] = given


def _tag_resources(work: Compilation, resources: dict[str, Any]) -> None:
    """``provider.stackTags`` are tags of resources that have none of that name."""
    tags = [{"Key": key, "Value": value} for key, value in work.service.section("stackTags").items()]
    for resource in resources.values():
        properties = resource.get("Properties")
        if resource.get("Type") in TAGGED and isinstance(properties, dict) and tags:
            own = properties.get("Tags") or []
            known = {each.get("Key") for each in own if isinstance(each, dict)}
            properties["Tags"] = [*own, *(tag for tag in tags if tag["Key"] not in known)]


def _throttle(work: Compilation, resources: dict[str, Any]) -> None:
    if naming.HTTP_API_STAGE in resources:
        throttling.set_routes(work.service.document, resources[naming.HTTP_API_STAGE])


FINISHES: Mapping[str, Callable[[Compilation, dict[str, Any]], None]] = {
    "serverless-plugin-stage-variables": _set_stage_variables,
    "serverless-reqvalidator-plugin": _set_validators,
    "serverless-plugin-resource-tagging": _tag_resources,
    throttling.NAME: _throttle,
    log_subscriptions.NAME: log_subscriptions.subscribe,
    alerts.NAME: alerts.raise_alarms,
}
"""What plugins do to a template, by their names."""
