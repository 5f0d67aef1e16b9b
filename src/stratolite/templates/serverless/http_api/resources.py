"""The resources of an HTTP API."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.document import copied
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.default_endpoint import disabled
from stratolite.templates.serverless.http_api.routes import METHODS, Route
from stratolite.templates.serverless.http_api.settings import Authorizer, Cors, HttpApi
from stratolite.templates.serverless.lodash import either, present, union
from stratolite.templates.serverless.logs import log_group
from stratolite.templates.serverless.service import Function

INTEGRATION_TIMEOUT_MS = 30_000


def make_resources(work: Compilation, settings: HttpApi, routes: Sequence[Route]) -> None:
    """The API with its log group and stage, unless it is made elsewhere; authorizers, integrations, routes."""
    if settings.api_id is None:
        _make_api(work, settings, routes)
        if settings.access_log_format is not None:
            name = f"/aws/http-api/{work.service.stack_name}"
            work.put(naming.HTTP_API_LOG_GROUP, "AWS::Logs::LogGroup", log_group(work.service, name, {}))
        _make_stage(work, settings)
    for authorizer in settings.authorizers.values():
        _make_authorizer(work, settings, authorizer)
    for function in {route.function.key: route.function for route in routes}.values():
        _make_permission(work, settings, naming.http_api_permission(function.key), function.target, function)
        _make_integration(work, settings, function)
    for route in routes:
        _make_route(work, settings, route)


def api_reference(settings: HttpApi) -> Any:
    """The API's id, of whichever stack it is."""
    return {"Ref": naming.HTTP_API} if settings.api_id is None else settings.api_id


def _tags(work: Compilation) -> Any:
    tags = work.service.provider.get("tags")
    return copied(tags) if truthy(tags) else None


def _make_api(work: Compilation, settings: HttpApi, routes: Sequence[Route]) -> None:
    properties = {
        "Name": settings.name,
        "ProtocolType": "HTTP",
        "DisableExecuteApiEndpoint": disabled(work, "httpApi", settings.disable_default_endpoint),
        "Tags": _tags(work),
        "CorsConfiguration": _cors(settings.cors, routes) if settings.cors else None,
    }
    work.put(naming.HTTP_API, "AWS::ApiGatewayV2::Api", properties)


def _cors(cors: Cors, routes: Sequence[Route]) -> dict[str, Any]:
    methods = cors.methods
    if methods is None:
        given = [METHODS[1:] if route.method == "ANY" else (route.method,) for route in routes]
        methods = union(["OPTIONS"], *(list(each) for each in given))
    return present(
        {
            "AllowCredentials": cors.allow_credentials or None,
            "AllowHeaders": cors.headers,
            "AllowMethods": methods,
            "AllowOrigins": cors.origins,
            "ExposeHeaders": cors.exposed_headers,
            "MaxAge": cors.max_age,
        }
    )


def _make_stage(work: Compilation, settings: HttpApi) -> None:
    properties: dict[str, Any] = {
        "ApiId": {"Ref": naming.HTTP_API},
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": settings.metrics},
        "Tags": _tags(work),
    }
    depends_on = None
    if settings.access_log_format is not None:
        destination = {"Fn::GetAtt": [naming.HTTP_API_LOG_GROUP, "Arn"]}
        properties["AccessLogSettings"] = {"DestinationArn": destination, "Format": settings.access_log_format}
        depends_on = naming.HTTP_API_LOG_GROUP
    work.put(naming.HTTP_API_STAGE, "AWS::ApiGatewayV2::Stage", properties, depends_on=depends_on)
    work.output("HttpApiId", {"Ref": naming.HTTP_API}, "Id of the HTTP API")
    host = [{"Ref": naming.HTTP_API}, ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    work.output("HttpApiUrl", {"Fn::Join": ["", ["https://", *host]]}, "URL of the HTTP API")


def _make_authorizer(work: Compilation, settings: HttpApi, authorizer: Authorizer) -> None:
    properties: dict[str, Any] = {
        "ApiId": api_reference(settings),
        "Name": authorizer.name,
        "IdentitySource": authorizer.identity_source,
    }
    depends_on = None
    if authorizer.kind == "request":
        function = authorizer.function
        target = authorizer.function_arn if function is None else function.target
        depends_on = None if function is None else function.depends_on
        place = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
        uri = [*place, ":lambda:path/2015-03-31/functions/", target, "/invocations"]
        properties |= {
            "AuthorizerType": "REQUEST",
            "EnableSimpleResponses": authorizer.simple_responses,
            "AuthorizerResultTtlInSeconds": authorizer.ttl_s,
            "AuthorizerPayloadFormatVersion": authorizer.payload,
            "AuthorizerUri": {"Fn::Join": ["", uri]},
        }
        if not authorizer.managed_externally:
            name = naming.http_api_authorizer_permission(authorizer.name)
            _make_permission(work, settings, name, target, function)
    else:
        configuration = {"Audience": list(authorizer.audience), "Issuer": authorizer.issuer}
        properties |= {"AuthorizerType": "JWT", "JwtConfiguration": configuration}
    logical_id = naming.http_api_authorizer(authorizer.name)
    work.put(logical_id, "AWS::ApiGatewayV2::Authorizer", properties, depends_on=depends_on)


def _make_permission(
    work: Compilation, settings: HttpApi, logical_id: str, target: Any, function: Function | None
) -> None:
    place = [{"Ref": "AWS::Partition"}, ":execute-api:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    properties = {
        "FunctionName": target,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", ["arn:", *place, ":", api_reference(settings), "/*"]]},
    }
    depends_on = None if function is None else function.depends_on
    work.put(logical_id, "AWS::Lambda::Permission", properties, depends_on=depends_on)


def _make_integration(work: Compilation, settings: HttpApi, function: Function) -> None:
    own = function.settings.get("httpApi")
    properties = {
        "ApiId": api_reference(settings),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": function.target,
        "PayloadFormatVersion": either(own.get("payload") if isinstance(own, dict) else None, settings.payload),
        "TimeoutInMillis": INTEGRATION_TIMEOUT_MS,
    }
    logical_id = naming.http_api_integration(function.key)
    work.put(logical_id, "AWS::ApiGatewayV2::Integration", properties, depends_on=function.depends_on)


def _make_route(work: Compilation, settings: HttpApi, route: Route) -> None:
    integration = naming.http_api_integration(route.function.key)
    properties: dict[str, Any] = {
        "ApiId": api_reference(settings),
        "RouteKey": "$default" if route.key == "*" else route.key,
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]},
        "AuthorizationType": route.authorization,
        "AuthorizerId": route.authorizer_id,
        "AuthorizationScopes": route.scopes,
    }
    if route.authorizer is not None:
        properties["AuthorizerId"] = {"Ref": naming.http_api_authorizer(settings.authorizers[route.authorizer].name)}
    work.put(naming.http_api_route(route.key), "AWS::ApiGatewayV2::Route", properties, depends_on=integration)
