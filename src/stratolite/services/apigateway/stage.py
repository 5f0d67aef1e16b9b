"""A stage as the data plane sees it: its deployment's snapshot, compiled. Immutable; dropped when a row changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.core.paths import Matcher
from stratolite.services.apigateway import rules
from stratolite.services.apigateway.authorizer import Authorizer, compiled
from stratolite.services.apigateway.aws import Asked, asked
from stratolite.services.apigateway.cache_settings import Caching, caching_of
from stratolite.services.apigateway.store import Store
from stratolite.storage.documents import Document

if TYPE_CHECKING:
    from stratolite.core.metering import Tally
    from stratolite.services.apigateway.metrics import Answered
    from stratolite.services.apigateway.validation import BodyValidator

# A mapping to one of these makes AWS answer 500 (recorded: test_apigateway_header_remapping_aws).
UNMAPPABLE = frozenset(
    f"integration.request.header.{name}"
    for name in (
        "content-length",
        "transfer-encoding",
        "authorization",
        "connection",
        "expect",
        "proxy-authenticate",
        "te",
    )
)
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


@dataclass(frozen=True)
class Route:
    """One method of one resource, ready to serve."""

    resource_id: str
    resource_path: str
    method: Document
    integration: Document
    function: str
    """The ARN of the function behind it, stage variables filled in; empty where there is none."""
    url: str
    """The URL behind it, stage variables filled in, with path parameters as ``{name}``; empty where there is none."""
    asked: Asked | None
    """What is asked of a service other than Lambda."""
    timeout_s: float
    is_signed: bool
    """Whether requests have to be signed."""
    authorizer: Authorizer | None
    rate: float
    burst: int
    required: tuple[tuple[str, str], ...]
    """(location, name) of the parameters that must be sent: ``("querystring", "page")``."""
    log_level: str
    data_trace: bool
    has_metrics: bool
    """Whether its requests are metrics of their own too."""
    caching: Caching | None
    """How its answers are kept; None where they are not."""
    models: Mapping[str, str]
    """Content type -> schema, when bodies are validated."""
    schemas: Mapping[str, str] = field(repr=False)
    """Every model of the API, for references between them."""

    @cached_property
    def is_guarded(self) -> bool:
        """Whether anything stands between a request and the integration."""
        has_rate = self.rate >= 0 and self.burst >= 0
        is_authorized = self.is_signed or self.authorizer is not None
        return bool(is_authorized or self.method["apiKeyRequired"] or has_rate or self.required or self.models)

    @cached_property
    def is_misconfigured(self) -> bool:
        """Whether the integration sets a header that API Gateway keeps to itself, or calls a function by a method other
        than POST."""
        mapped = self.integration.get("requestParameters") or {}
        is_called_wrong = self.integration["type"] == "AWS_PROXY" and self.integration["httpMethod"] != "POST"
        return is_called_wrong or any(target.lower() in UNMAPPABLE for target in mapped)

    @cached_property
    def is_streamed(self) -> bool:
        """Whether the function's answer is passed on as it comes."""
        return self.integration.get("responseTransferMode") == rules.STREAM

    @cached_property
    def body_validators(self) -> "Mapping[str, BodyValidator]":
        """Content type -> validator, compiled on first use."""
        from stratolite.services.apigateway.validation import BodyValidator

        return {content_type: BodyValidator(schema, self.schemas) for content_type, schema in self.models.items()}


@dataclass(frozen=True)
class LiveStage:
    """A stage, ready to serve."""

    account: str
    region: str
    api: Document
    document: Document
    matcher: Matcher[Mapping[str, Route]] = field(repr=False)
    gateway_responses: Mapping[str, Document]
    binary_types: tuple[str, ...]
    variables: Mapping[str, str] | None
    is_canary: bool | None = None
    """Whether it is the canary of a stage; None where the stage has none."""
    canary: "LiveStage | None" = None
    """What a share of the requests reaches instead."""

    @cached_property
    def api_id(self) -> str:
        return str(self.api["id"])

    @cached_property
    def name(self) -> str:
        return str(self.document["stageName"])

    @cached_property
    def tallies(self) -> "dict[tuple[str, str] | None, Tally[Answered]]":
        """What is counted of requests: by method and resource where these are metrics of their own, else by None."""
        return {}

    @cached_property
    def is_edge(self) -> bool:
        """Whether requests come by way of CloudFront, which adds headers."""
        return bool(self.api["endpointConfiguration"]["types"] == ["EDGE"])

    @cached_property
    def access_log_format(self) -> str:
        """What a line of the access log has in it; empty where there is no such log."""
        return str((self.document.get("accessLogSettings") or {}).get("format") or "")

    def is_binary(self, content_type: str) -> bool:
        """Whether the API names a media type as binary."""
        if not self.binary_types:
            return False
        media_type = content_type.partition(";")[0].strip().lower()
        family = f"{media_type.partition('/')[0]}/*"
        return any(each in ("*/*", media_type, family) for each in self.binary_types)


def compile_stage(store: Store, call: Call, api_id: str, name: str) -> LiveStage | None:
    """A stage with its deployment, or None when there is none of this name."""
    document = store.get(call, "stage", api_id, name)
    if document is None:
        return None
    stage = compiled_of(call, _snapshot(store, call, api_id, document["deploymentId"]), document)
    settings = document.get("canarySettings")
    if settings is None:
        return stage
    shown = {
        **document,
        "deploymentId": settings["deploymentId"],
        "variables": {**document.get("variables", {}), **settings.get("stageVariableOverrides", {})},
        "cacheClusterEnabled": document["cacheClusterEnabled"] and settings["useStageCache"],
    }
    canary = compiled_of(call, _snapshot(store, call, api_id, settings["deploymentId"]), shown)
    return replace(stage, is_canary=False, canary=replace(canary, is_canary=True))


def _snapshot(store: Store, call: Call, api_id: str, deployment_id: str) -> Document:
    snapshot = store.get(call, "snapshot", api_id, deployment_id)
    assert snapshot is not None, "a stage's deployment cannot be deleted"
    return snapshot


def compiled_of(call: Call, snapshot: Document, document: Document) -> LiveStage:
    """A stage of what a deployment froze."""
    resources = [(resource["path"], _routes(resource, snapshot, document)) for resource in snapshot["resources"]]
    return LiveStage(
        account=call.account,
        region=call.region,
        api=snapshot["api"],
        document=document,
        matcher=Matcher(resources),
        gateway_responses=snapshot["gatewayResponses"],
        binary_types=tuple(each.lower() for each in snapshot["api"].get("binaryMediaTypes", ())),
        variables=document.get("variables") or None,
    )


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``${stageVariables.name}``; one that is not set becomes empty."""
    return _STAGE_VARIABLE.sub(lambda match: variables.get(match.group(1), ""), text)


def _routes(resource: Document, snapshot: Document, stage: Document) -> dict[str, Route]:
    return {name: _route(resource, method, snapshot, stage) for name, method in resource["methods"].items()}


def _route(resource: Document, method: Document, snapshot: Document, stage: Document) -> Route:
    integration = method["methodIntegration"]
    setting = _setting(stage, resource["path"], method["httpMethod"])
    validator = snapshot["validators"].get(method.get("requestValidatorId"), {})
    required = []
    if validator.get("validateRequestParameters"):
        for expression, is_required in (method.get("requestParameters") or {}).items():
            if is_required:
                _, _, location, parameter = expression.split(".", 3)
                required.append((location, parameter))
    models = {}
    if validator.get("validateRequestBody"):
        models = {
            content_type: snapshot["models"][name]
            for content_type, name in (method.get("requestModels") or {}).items()
            if name in snapshot["models"]
        }
    target = fill(integration.get("uri", ""), stage.get("variables") or {})
    is_url = integration["type"] in rules.HTTP
    service = asked(target) if integration["type"] == "AWS" else None
    url = target if is_url else ""
    if service is not None:
        url = service.url
    authorizer = None
    is_signed = method["authorizationType"] == "AWS_IAM"
    if method["authorizationType"] != "NONE" and not is_signed:
        named = snapshot.get("authorizers", {}).get(method.get("authorizerId"))
        authorizer = compiled(named, lambda text: fill(text, stage.get("variables") or {}))
    return Route(
        resource_id=resource["id"],
        resource_path=resource["path"],
        method=method,
        integration=integration,
        function="" if is_url else rules.function_of(target) or "",
        url=url,
        asked=service,
        timeout_s=integration["timeoutInMillis"] / 1000,
        is_signed=is_signed,
        authorizer=authorizer,
        rate=setting.get("throttlingRateLimit", -1.0),
        burst=setting.get("throttlingBurstLimit", -1),
        required=tuple(required),
        log_level=setting.get("loggingLevel", "OFF"),
        data_trace=setting.get("dataTraceEnabled", False),
        has_metrics=setting.get("metricsEnabled", False),
        caching=caching_of(stage, resource["path"], method, setting),
        models=models,
        schemas=snapshot["models"],
    )


def _setting(stage: Document, path: str, method: str) -> dict[str, Any]:
    settings = stage["methodSettings"]
    name = f"{path}/{method}".removeprefix("/")
    return settings.get(name) or settings.get("*/*") or {}
