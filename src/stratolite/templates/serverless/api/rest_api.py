"""AWS::ApiGateway::RestApi, unless the file names an API that exists."""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.default_endpoint import disabled
from stratolite.templates.serverless.lodash import present
from stratolite.templates.serverless.service import Service


def rest_api_id(service: Service) -> Any:
    """The API that methods belong to."""
    return service.section("apiGateway").get("restApiId") or {"Ref": naming.REST_API}


def root_resource_id(service: Service) -> Any:
    root = service.section("apiGateway").get("restApiRootResourceId")
    return root or {"Fn::GetAtt": [naming.REST_API, "RootResourceId"]}


def stage_name(service: Service) -> str:
    return str(service.section("apiGateway").get("stage") or service.stage)


def api_name(service: Service) -> str:
    given = service.provider.get("apiName")
    if truthy(given):
        return str(given)
    parts = [service.stage, service.name]
    if truthy(service.section("apiGateway").get("shouldStartNameWithService")):
        parts.reverse()
    return "-".join(parts)


def make_rest_api(work: Compilation) -> None:
    """The API with its policy, kinds of endpoints and bodies."""
    service = work.service
    settings = service.section("apiGateway")
    if truthy(settings.get("restApiId")):
        _check_external(service)
        return
    policy = settings.get("resourcePolicy")
    source = settings.get("apiKeySourceType")
    work.put(
        naming.REST_API,
        "AWS::ApiGateway::RestApi",
        {
            "Name": api_name(service),
            "BinaryMediaTypes": settings.get("binaryMediaTypes"),
            "DisableExecuteApiEndpoint": disabled(work, "apiGateway", settings.get("disableDefaultEndpoint")),
            "EndpointConfiguration": _endpoints(service),
            # An empty policy takes an earlier one away.
            "Policy": {"Version": "2012-10-17", "Statement": policy} if policy else "",
            "ApiKeySourceType": str(source).upper() if truthy(source) else None,
            "MinimumCompressionSize": settings.get("minimumCompressionSize"),
            "Description": settings.get("description") or None,
        },
    )


def _endpoints(service: Service) -> dict[str, Any]:
    given = service.provider.get("endpointType")
    kind = str(given).upper() if truthy(given) else "EDGE"
    endpoints = service.provider.get("vpcEndpointIds") if truthy(given) else None
    if truthy(endpoints) and kind != "PRIVATE":
        at = service.mark("provider", "vpcEndpointIds")
        raise refusal("only private APIs have VPC endpoints", at, "Set 'endpointType: PRIVATE', or leave them out.")
    return present({"Types": [kind], "VpcEndpointIds": endpoints or None})


def _check_external(service: Service) -> None:
    settings = service.section("apiGateway")
    if not truthy(settings.get("restApiRootResourceId")):
        at = service.mark("provider", "apiGateway", "restApiId")
        raise refusal("provider.apiGateway.restApiId needs restApiRootResourceId", at, "Set both.")
    for path in (("tracing", "apiGateway"), ("logs", "restApi")):
        if service.setting(*path) is not None:
            name = ".".join(("provider", *path))
            what = f"{name} has no effect on an API that is made elsewhere (provider.apiGateway.restApiId)"
            raise refusal(what, service.mark("provider", *path), "Set it where the API is made.")
