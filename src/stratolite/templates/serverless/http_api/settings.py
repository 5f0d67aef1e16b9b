"""What ``provider.httpApi`` and ``provider.logs.httpApi`` say, checked and in one form. Nothing is made here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.api.request import HEADERS_DEFAULT
from stratolite.templates.serverless.compilation import refusal
from stratolite.templates.serverless.lodash import items, union
from stratolite.templates.serverless.service import Function, Service

PAYLOAD_DEFAULT = "2.0"
_LOGGED = ("requestId", "identity.sourceIp", "requestTime", "httpMethod", "routeKey", "status", "protocol")
_NAMES = {"identity.sourceIp": "ip"}


@dataclass(frozen=True)
class Authorizer:
    """``function`` is one of the service's, ``function_arn`` one that is made elsewhere; a JWT needs neither."""

    key: str
    name: str
    kind: str
    """``request`` or, when it says nothing, ``jwt``."""
    identity_source: list[Any]
    issuer: Any = None
    audience: tuple[Any, ...] = ()
    function: Function | None = None
    function_arn: Any = None
    managed_externally: bool = False
    ttl_s: Any = None
    simple_responses: Any = None
    payload: Any = PAYLOAD_DEFAULT


@dataclass(frozen=True)
class Cors:
    """``methods`` is None when they are those of the routes."""

    origins: list[Any]
    headers: list[Any]
    methods: list[Any] | None
    exposed_headers: list[Any] | None
    allow_credentials: bool
    max_age: Any


@dataclass(frozen=True)
class HttpApi:
    """``api_id`` is that of an API that is made elsewhere, else None."""

    api_id: Any
    name: str
    payload: Any
    metrics: bool
    disable_default_endpoint: Any
    cors: Cors | None
    authorizers: Mapping[str, Authorizer]
    access_log_format: str | None


def read_settings(service: Service) -> HttpApi:
    """The settings. Raises UserError for those that an API which is made elsewhere cannot have."""
    given = service.section("httpApi")
    api_id = given.get("id") if truthy(given.get("id")) else None
    logs = service.setting("logs", "httpApi")
    if api_id is not None:
        for path, value in ((("httpApi", "cors"), given.get("cors")), (("logs", "httpApi"), logs)):
            _refuse_external(service, path, value)
        _refuse_external(service, ("httpApi", "authorizers"), given.get("authorizers"))
    stage_first = not truthy(given.get("shouldStartNameWithService"))
    name = f"{service.stage}-{service.name}" if stage_first else f"{service.name}-{service.stage}"
    return HttpApi(
        api_id=api_id,
        name=str(given["name"]) if truthy(given.get("name")) else name,
        payload=given.get("payload") if truthy(given.get("payload")) else PAYLOAD_DEFAULT,
        metrics=truthy(given.get("metrics")),
        disable_default_endpoint=given.get("disableDefaultEndpoint"),
        cors=_cors(given.get("cors")),
        authorizers=_authorizers(service, given.get("authorizers")),
        access_log_format=_format(logs),
    )


def _refuse_external(service: Service, path: tuple[str, str], value: Any) -> None:
    if truthy(value):
        what = f"provider.{'.'.join(path)} has no effect on an API that is made elsewhere (provider.httpApi.id)"
        raise refusal(what, service.mark("provider", *path), "Set it where the API is made.")


def _format(logs: Any) -> str | None:
    if not truthy(logs):
        return None
    given = logs.get("format") if isinstance(logs, dict) else None
    if truthy(given):
        return str(given)
    logged = {_NAMES.get(name, name): f"$context.{name}" for name in (*_LOGGED, "responseLength")}
    return json.dumps(logged, separators=(",", ":"))


def _cors(given: Any) -> Cors | None:
    if not truthy(given) and given != {}:
        return None
    settings = given if isinstance(given, dict) else {}

    def listed(key: str) -> list[Any] | None:
        return _set(settings[key]) if truthy(settings.get(key)) or settings.get(key) == [] else None

    return Cors(
        origins=listed("allowedOrigins") or ["*"],
        headers=_or(listed("allowedHeaders"), list(HEADERS_DEFAULT)),
        methods=listed("allowedMethods"),
        exposed_headers=listed("exposedResponseHeaders"),
        allow_credentials=truthy(settings.get("allowCredentials")),
        max_age=settings.get("maxAge"),
    )


def _or(found: list[Any] | None, default: list[Any]) -> list[Any]:
    return default if found is None else found


def _set(value: Any) -> list[Any]:
    """The distinct values of a list, or a list of one."""
    return union(value) if isinstance(value, list) else [value]


def _authorizers(service: Service, given: Any) -> dict[str, Authorizer]:
    if not isinstance(given, dict):
        return {}
    return {key: _authorizer(service, key, each) for key, each in items(given)}


def _authorizer(service: Service, key: str, given: Mapping[str, Any]) -> Authorizer:
    at = ("httpApi", "authorizers", key)
    source = given.get("identitySource")
    name = str(given["name"]) if truthy(given.get("name")) else key
    identity_source = list(source) if isinstance(source, list) else [source] if truthy(source) else []
    if given.get("type") != "request":
        audience = tuple(_set(given.get("audience")))
        return Authorizer(key, name, "jwt", identity_source, issuer=given.get("issuerUrl"), audience=audience)
    function_name, arn = given.get("functionName"), given.get("functionArn")
    if truthy(function_name) == truthy(arn):
        what = f"the authorizer {key!r} needs either 'functionName' or 'functionArn'"
        raise refusal(what, service.mark("provider", *at), "Set one of them.")
    if truthy(given.get("resultTtlInSeconds")) and not truthy(source):
        what = f"the authorizer {key!r} has 'resultTtlInSeconds' without 'identitySource'"
        raise refusal(what, service.mark("provider", *at), "Answers are remembered by the identity source: set it.")
    where = service.mark("provider", *at, "functionName")
    return Authorizer(
        key,
        name,
        "request",
        identity_source,
        function=service.function(str(function_name), where) if truthy(function_name) else None,
        function_arn=arn if truthy(arn) else None,
        managed_externally=truthy(given.get("managedExternally")),
        ttl_s=given.get("resultTtlInSeconds"),
        simple_responses=given.get("enableSimpleResponses"),
        payload=given.get("payloadVersion") if truthy(given.get("payloadVersion")) else PAYLOAD_DEFAULT,
    )
