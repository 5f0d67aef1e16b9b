"""An HTTP or WebSocket API as its data plane sees it: what a deployment froze, and the stage that shows it.

Immutable, without I/O.

Documents are of the model's shape (``store.py``); ``snapshot.py`` reads them into these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DEFAULT_STAGE = "$default"
"""The stage that is reached without a name in the path."""
DEFAULT_ROUTE = "$default"
"""The route of requests that no other one matches."""


@dataclass(frozen=True, slots=True)
class Cors:
    """How an API answers pages of other origins. Names of headers are as they were given."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Integration:
    """What stands behind a route."""

    integration_id: str
    kind: str
    """``AWS_PROXY``, ``HTTP_PROXY``, or ``MOCK`` of WebSocket APIs."""
    uri: str
    """The function's ARN (or API Gateway's own URI of it), or a URL; it may hold ``${stageVariables.name}``."""
    method: str
    """The method of the request to a URL; ``ANY`` is the client's own."""
    payload_format_version: str
    """``1.0`` or ``2.0``."""
    timeout_s: float
    subtype: str = ""
    """``SQS-SendMessage`` and the like: a service's operation in the place of a function."""
    credentials: str = ""
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    response_parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By status code."""
    request_templates: Mapping[str, str] = field(default_factory=dict)
    """Of a MOCK integration, by the key that ``template_selection`` gives."""
    template_selection: str = ""
    responses: "tuple[IntegrationResponse, ...]" = ()


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """What a MOCK integration's answer becomes on its way to the client."""

    key: str
    """``$default``, or a pattern of statuses, ``/2\\d\\d/``."""
    templates: Mapping[str, str]
    template_selection: str = ""


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Who says who may call a route."""

    authorizer_id: str
    name: str
    kind: str
    """``JWT`` or ``REQUEST``."""
    identity_source: tuple[str, ...]
    """``$request.header.Authorization`` and the like."""
    issuer: str = ""
    audience: tuple[str, ...] = ()
    uri: str = ""
    """The function's URI as API Gateway writes it."""
    payload_format_version: str = ""
    ttl_s: int = 0
    """How long an answer is remembered; 0: not at all."""
    is_simple: bool = False
    """Whether the function answers ``{"isAuthorized": ...}`` in the place of a policy."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: ``GET /users/{id}``, ``ANY /files/{path+}``, ``$default``."""

    route_id: str
    key: str
    integration: Integration | None
    """None for a route without target, which answers nothing."""
    authorization_type: str = "NONE"
    """``NONE``, ``JWT``, ``CUSTOM`` or ``AWS_IAM``."""
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    operation_name: str = ""
    answers: bool = False
    """Whether what the integration answers goes to the client: WebSocket routes with a response, of those that are
    messages. HTTP has no other routes."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """An API as it stood when it was deployed."""

    api_id: str
    name: str
    routes: tuple[Route, ...]
    cors: Cors | None = None
    disable_execute_api_endpoint: bool = False
    is_websocket: bool = False
    route_selection: str = ""
    """Of a WebSocket API: what a message's route key is."""


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """How many requests a route takes, and what is logged of them; None where nothing is set."""

    burst: int | None = None
    rate: float | None = None
    detailed_metrics: bool = False
    log_level: str | None = None
    """Of the execution logs that WebSocket APIs have: ``OFF``, ``ERROR`` or ``INFO``."""
    data_trace: bool = False
    """Whether these show messages."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The name under which a deployment is reached. Its settings act at once, without a deployment."""

    account: str
    region: str
    api_id: str
    name: str
    deployment_id: str
    auto_deploy: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    default_settings: RouteSettings = RouteSettings()
    route_settings: Mapping[str, RouteSettings] = field(default_factory=dict)
    """By route key; what is not set there is as in ``default_settings``."""
    access_log_destination: str = ""
    access_log_format: str = ""

    @property
    def is_default(self) -> bool:
        """Whether it is reached without its name in the path."""
        return self.name == DEFAULT_STAGE

    def settings_of(self, route_key: str) -> RouteSettings:
        """What holds for a route."""
        own, default = self.route_settings.get(route_key), self.default_settings
        if own is None:
            return default
        return RouteSettings(
            burst=default.burst if own.burst is None else own.burst,
            rate=default.rate if own.rate is None else own.rate,
            detailed_metrics=own.detailed_metrics or default.detailed_metrics,
            log_level=default.log_level if own.log_level is None else own.log_level,
            data_trace=own.data_trace or default.data_trace,
        )


def cors_of(document: Mapping[str, Any] | None) -> Cors | None:
    """A CorsConfiguration, read; None when there is none."""
    if not document:
        return None
    return Cors(
        allow_origins=tuple(document.get("AllowOrigins", ())),
        allow_methods=tuple(document.get("AllowMethods", ())),
        allow_headers=tuple(document.get("AllowHeaders", ())),
        expose_headers=tuple(document.get("ExposeHeaders", ())),
        allow_credentials=bool(document.get("AllowCredentials")),
        max_age_s=document.get("MaxAge"),
    )


def integration_of(document: Mapping[str, Any], responses: Sequence[Mapping[str, Any]] = ()) -> Integration:
    """An integration, read, with its integration responses."""
    return Integration(
        integration_id=document["IntegrationId"],
        kind=document["IntegrationType"],
        uri=document.get("IntegrationUri", ""),
        method=document.get("IntegrationMethod", ""),
        payload_format_version=document.get("PayloadFormatVersion", ""),
        timeout_s=document["TimeoutInMillis"] / 1000,
        subtype=document.get("IntegrationSubtype", ""),
        credentials=document.get("CredentialsArn", ""),
        request_parameters=document.get("RequestParameters", {}),
        response_parameters=document.get("ResponseParameters", {}),
        request_templates=document.get("RequestTemplates", {}),
        template_selection=document.get("TemplateSelectionExpression", ""),
        responses=tuple(
            IntegrationResponse(
                each["IntegrationResponseKey"],
                each.get("ResponseTemplates", {}),
                each.get("TemplateSelectionExpression", ""),
            )
            for each in responses
        ),
    )


def authorizer_of(document: Mapping[str, Any]) -> Authorizer:
    """An authorizer, read."""
    jwt = document.get("JwtConfiguration") or {}
    return Authorizer(
        authorizer_id=document["AuthorizerId"],
        name=document["Name"],
        kind=document["AuthorizerType"],
        identity_source=tuple(document.get("IdentitySource", ())),
        issuer=jwt.get("Issuer", ""),
        audience=tuple(jwt.get("Audience", ())),
        uri=document.get("AuthorizerUri", ""),
        payload_format_version=document.get("AuthorizerPayloadFormatVersion", ""),
        ttl_s=document.get("AuthorizerResultTtlInSeconds", 0),
        is_simple=bool(document.get("EnableSimpleResponses")),
    )


def settings_of(document: Mapping[str, Any] | None) -> RouteSettings:
    """Route settings, read."""
    given = document or {}
    return RouteSettings(
        burst=given.get("ThrottlingBurstLimit"),
        rate=given.get("ThrottlingRateLimit"),
        detailed_metrics=bool(given.get("DetailedMetricsEnabled")),
        log_level=given.get("LoggingLevel"),
        data_trace=bool(given.get("DataTraceEnabled")),
    )
