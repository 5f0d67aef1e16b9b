"""serverless-apigateway-service-proxy: methods of the REST API with a service behind them, and no function.

``custom.apiGatewayServiceProxies`` lists them, each a map of one service. What a service is asked stands in
``proxied_services``. The resources are those of the plugin, letter for letter (``tests/golden/service-proxies``).
Source: https://github.com/serverless-operations/serverless-apigateway-service-proxy (2.2.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import List, Map, Mark, mark_of, value_at
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.cors import make_preflights
from stratolite.templates.serverless.api.deployment import make_deployment
from stratolite.templates.serverless.api.paths import make_paths
from stratolite.templates.serverless.api.request import METHODS, Cors
from stratolite.templates.serverless.api.rest_api import make_rest_api, rest_api_id
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.kinds import HTTP, Kind, check_kind
from stratolite.templates.serverless.plugins import named
from stratolite.templates.serverless.plugins.proxied_services import SERVICES, integration_of, role_of

NAME = "serverless-apigateway-service-proxy"
STATUS_CODES = (200, 400, 500)
HEADERS_DEFAULT = (
    *("Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key"),
    *("X-Amz-Security-Token", "X-Amz-User-Agent"),
)
_DEPLOYMENT = "AWS::ApiGateway::Deployment"


@dataclass(frozen=True)
class Proxy:
    """A method with a service behind it. ``cors`` is what preflights say, ``origin`` what the method's own replies say,
    quoted; empty where there is no CORS."""

    service: str
    settings: Map
    at: Mark
    path: str
    method: str
    cors: Cors | None
    origin: str


def make_proxies(work: Compilation) -> None:
    """Roles, paths, preflights and methods, and a deployment that has them. Raises UserError for what cannot be."""
    document = work.service.document
    found = value_at(document, "custom", "apiGatewayServiceProxies")
    if NAME not in {name for name, _ in named(document)} or not truthy(found):
        return
    if not isinstance(found, List):
        at = work.service.mark("custom", "apiGatewayServiceProxies")
        raise refusal("custom.apiGatewayServiceProxies has to be a list", at, "Write each as '- sqs: {...}'.")
    proxies = [_read(found[index], mark_of(found, index)) for index in range(len(found))]
    if not proxies:
        return
    make_rest_api(work)
    paths = make_paths(work, proxies)
    methods = make_preflights(work, proxies, paths)
    for service in SERVICES:
        served = [proxy for proxy in proxies if proxy.service == service]
        role = role_of(service, [proxy.settings for proxy in served])
        if role is not None:
            work.merge(SERVICES[service].role, "AWS::IAM::Role", role)
        methods += [_make(work, proxy, paths[proxy.path]) for proxy in served]
    _deploy(work, methods)


def _read(given: Any, at: Mark) -> Proxy:
    service = next(iter(given), "") if isinstance(given, Map) else ""
    settings = given[service] if isinstance(given, Map) and service else None
    if service not in SERVICES:
        raise refusal(f"there is no proxy of {service!r}", at, f"The services are: {', '.join(SERVICES)}.")
    if not isinstance(settings, Map):
        raise refusal(f"the proxy of {service} takes a map", at, "Set 'path' and 'method'.")
    kinds: Kind = {"cors": HTTP["cors"], "requestParameters": {}, "acceptParameters": {}}
    check_kind(settings, kinds, at, f"the proxy of {service}")
    for name in ("path", "method", *SERVICES[service].needed):
        if settings.get(name) is None:
            raise refusal(f"the proxy of {service} lacks '{name}'", at, f"Set '{name}'.")
    method = str(settings["method"])
    if method.upper() not in METHODS:
        todo = f"The methods are: {', '.join(METHODS)}."
        raise refusal(
            f"the proxy of {service} has no method of HTTP, but {method!r}", mark_of(settings, "method"), todo
        )
    cors, origin = _cors(settings.get("cors"), method.upper())
    path = str(settings["path"]).removeprefix("/").removesuffix("/")
    return Proxy(service, settings, at, path, method.lower(), cors, origin)


def _cors(wanted: Any, method: str) -> tuple[Cors | None, str]:
    if not truthy(wanted):
        return None, ""
    settings: dict[str, Any] = wanted if isinstance(wanted, dict) else {"origins": ["*"], "origin": "*"}
    methods = [text_of(each) for each in settings.get("methods") or ()]
    methods += [each for each in ("OPTIONS", method) if each not in methods]
    origins = [text_of(each) for each in settings.get("origins") or ()]
    origin = settings.get("origin")
    cors = Cors(
        origin=origin or "*",
        origins=tuple(origins),
        headers=tuple(text_of(each) for each in settings.get("headers") or HEADERS_DEFAULT),
        methods=tuple(methods),
        allow_credentials=truthy(settings.get("allowCredentials")),
        max_age=settings.get("maxAge"),
        cache_control=settings.get("cacheControl"),
    )
    return cors, f"'{','.join(origins) or origin or 'undefined'}'"


def _make(work: Compilation, proxy: Proxy, resource_id: Any) -> str:
    logical_id = naming.api_method(proxy.path, proxy.method)
    settings = proxy.settings
    replies = {"method.response.header.Access-Control-Allow-Origin": proxy.origin} if proxy.origin else {}
    integration = integration_of(proxy.service, settings)
    for response in integration["IntegrationResponses"]:
        response["ResponseParameters"] = {**response["ResponseParameters"], **replies}
    properties = {
        "HttpMethod": proxy.method.upper(),
        "RequestParameters": settings.get("acceptParameters") or {},
        "AuthorizationScopes": settings.get("authorizationScopes"),
        "AuthorizationType": settings.get("authorizationType") or "NONE",
        "AuthorizerId": settings.get("authorizerId"),
        "ApiKeyRequired": truthy(settings.get("private")),
        "ResourceId": resource_id,
        "RestApiId": rest_api_id(work.service),
        "Integration": integration,
        "MethodResponses": [
            {"ResponseParameters": replies, "ResponseModels": {}, "StatusCode": code} for code in STATUS_CODES
        ],
    }
    complete = SERVICES[proxy.service].declare
    if complete:
        complete(properties)
    work.merge(logical_id, "AWS::ApiGateway::Method", properties)
    return logical_id


def _deploy(work: Compilation, methods: Sequence[str]) -> None:
    """The API is deployed after these methods too; by a deployment of its own where no event has one."""
    deployments = [one for one in work.resources.values() if one["Type"] == _DEPLOYMENT]
    for deployment in deployments:
        deployment["DependsOn"] = [*deployment.get("DependsOn", ()), *methods]
    if not deployments:
        make_deployment(work, methods)
