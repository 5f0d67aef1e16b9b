"""What an event ``http`` says, checked and in one form. Sans output: nothing is made here."""

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from stratolite.core.warning import Kind
from stratolite.templates.document import Mark
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless.api.authorizer import Authorizer, read_authorizer
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.lodash import either, present, union
from stratolite.templates.serverless.service import Function

METHODS = ("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE", "ANY")
INTEGRATIONS = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
TRANSFER_MODE = "transferMode"
PROXIES = {"AWS_PROXY": ("parameters", "schema", "schemas"), "HTTP_PROXY": ("parameters", "uri", "schema", "schemas")}
"""Integrations that pass requests on as they are, and the settings of ``request`` that they can have."""
HEADERS_DEFAULT = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
STATUS_CODES_DEFAULT = {
    "200": {"pattern": ""},
    **{code: {"pattern": rf"[\s\S]*\[{code}\][\s\S]*"} for code in ("400", "401", "403", "404", "422")},
    "500": {"pattern": r"[\s\S]*(Process\s?exited\s?before\s?completing\s?request|\[500\])[\s\S]*"},
    "502": {"pattern": r"[\s\S]*\[502\][\s\S]*"},
    "504": {"pattern": r"([\s\S]*\[504\][\s\S]*)|(.*Task timed out after \d+\.\d+ seconds$)"},
}
"""How the outcome of a function becomes a status code when its integration is not a proxy."""
_PARAMETERS = (("querystrings", "querystring"), ("paths", "path"), ("headers", "header"))
_STAGE = re.compile(r"[-_a-zA-Z0-9]+")


@dataclass(frozen=True)
class Cors:
    """``origin`` is None when a list of origins is given instead."""

    origin: str | None
    origins: tuple[str, ...]
    headers: tuple[str, ...]
    methods: tuple[str, ...]
    allow_credentials: bool
    max_age: Any
    cache_control: Any

    @property
    def origin_header(self) -> str:
        """The value of Access-Control-Allow-Origin in replies that the API makes itself."""
        return "'" + (",".join(self.origins) if self.origins else (self.origin or "undefined")) + "'"


class Placed(Protocol):
    """What has a place in the API: an event's method, or one that a plugin makes."""

    @property
    def path(self) -> str:
        """Without a slash at its ends."""

    @property
    def cors(self) -> Cors | None:
        """What pages of other origins may do."""

    @property
    def at(self) -> Mark:
        """Where it was written."""


@dataclass(frozen=True)
class Route:
    """A method of the API. ``path`` has no slash at its ends, ``method`` is in small letters.

    ``parameters`` are by their names in a method, as in ``method.request.path.id``.
    """

    event: Event
    path: str
    method: str
    integration: str
    cors: Cors | None
    authorizer: Authorizer | None
    parameters: dict[str, Any]
    request: dict[str, Any]
    response: dict[str, Any] | None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> Mark:
        return self.event.at

    @property
    def function(self) -> Function:
        return self.event.function

    @property
    def is_async(self) -> bool:
        return truthy(self.settings.get("async"))

    @property
    def is_streamed(self) -> bool:
        """Whether the answer is passed on as it comes: a setting of version 4."""
        given = self.settings.get("response")
        return isinstance(given, dict) and str(given.get(TRANSFER_MODE)).upper() == "STREAM"


def read_route(work: Compilation, event: Event) -> Route:
    """The route of an event. Raises UserError for what is missing or cannot be."""
    settings = _settings(event)
    if not _STAGE.fullmatch(work.service.stage):
        what = f"the stage {work.service.stage!r} cannot be a stage of API Gateway"
        raise refusal(what, work.service.mark("provider", "stage"), "Use letters, digits, '-' and '_' alone.")
    method = _method(event, settings)
    integration = _integration(event, settings)
    request = _request(work, event, settings, integration)
    return Route(
        event=event,
        path=re.sub(r"^/|/\Z", "", _path(event, settings)),
        method=method,
        integration=integration,
        cors=_cors(settings.get("cors"), method),
        authorizer=read_authorizer(work, event, settings.get("authorizer"), integration),
        parameters=_parameters(request, integration),
        request=request,
        response=_response(work, event, settings.get("response"), integration),
        settings=settings,
    )


def _settings(event: Event) -> dict[str, Any]:
    if isinstance(event.settings, str):
        method, _, path = event.settings.partition(" ")
        return {"method": method, "path": path.split(" ")[0]}
    if not isinstance(event.settings, dict):
        raise refusal("the event 'http' takes a text or a map", event.at, "Write '- http: GET /users'.")
    return event.settings


def _path(event: Event, settings: dict[str, Any]) -> str:
    path = settings.get("path")
    if not isinstance(path, str) or (not path and isinstance(event.settings, str)):
        raise refusal("the event 'http' has no path", event.mark("path"), "Write '- http: GET /users', or set 'path'.")
    return path


def _method(event: Event, settings: dict[str, Any]) -> str:
    method = settings.get("method")
    if not isinstance(method, str) or method.upper() not in METHODS:
        what = f"the event 'http' has no method of HTTP, but {method!r}" if method else "the event 'http' has no method"
        raise refusal(what, event.mark("method"), f"The methods are: {', '.join(METHODS)}.")
    return method.lower()


def _integration(event: Event, settings: dict[str, Any]) -> str:
    wanted = settings.get("integration")
    if not truthy(wanted):
        return "AWS" if truthy(settings.get("async")) else "AWS_PROXY"
    name = str(wanted).upper().replace("-", "_", 1)
    name = {"LAMBDA": "AWS", "LAMBDA_PROXY": "AWS_PROXY"}.get(name, name)
    if name not in INTEGRATIONS:
        todo = "The integrations are: lambda-proxy, lambda, http-proxy, http and mock."
        raise refusal(f"there is no integration {wanted!r}", event.mark("integration"), todo)
    return name


def _cors(wanted: Any, method: str) -> Cors | None:
    if not truthy(wanted):
        return None
    settings: dict[str, Any] = wanted if isinstance(wanted, dict) else {}
    methods = union(settings.get("methods", []) or [], ["OPTIONS", method.upper()])
    headers = either(settings.get("headers"), list(HEADERS_DEFAULT))
    origins = settings.get("origins")
    return Cors(
        origin=settings.get("origin", None if truthy(origins) else "*"),
        origins=tuple(text_of(each) for each in origins) if isinstance(origins, list) else (),
        headers=tuple(text_of(header) for header in (headers if isinstance(headers, list) else [headers])),
        methods=tuple(text_of(name) for name in methods),
        allow_credentials=truthy(settings.get("allowCredentials")),
        max_age=settings.get("maxAge") or None,
        cache_control=settings.get("cacheControl") or None,
    )


def _request(work: Compilation, event: Event, settings: dict[str, Any], integration: str) -> dict[str, Any]:
    request = settings.get("request")
    request = dict(request) if isinstance(request, dict) else {}
    if integration in ("HTTP", "HTTP_PROXY") and not truthy(request.get("uri")):
        what = f"the integration {settings['integration']!r} needs request.uri"
        raise refusal(what, event.mark("request"), "Set it to the address that requests go to.")
    connection = connection_type(settings)
    if integration.startswith("HTTP") and connection == "VPC_LINK" and not truthy(settings.get("connectionId")):
        raise refusal("the connectionType 'vpc-link' needs connectionId", event.mark("connectionType"))
    for key in list(request) if integration in PROXIES else ():
        if key not in PROXIES[integration]:
            what = f"'request.{key}' has no effect with a proxy integration"
            work.warn(what, event.mark("request", key), Kind.NO_EFFECT, about="events")
            del request[key]
    if integration == "AWS":
        request["passThrough"] = request.get("passThrough") or "NEVER"
    return request


def connection_type(settings: dict[str, Any]) -> str | None:
    """``vpc-link`` as API Gateway writes it; None when none is set."""
    wanted = settings.get("connectionType")
    return str(wanted).upper().replace("-", "_", 1) if truthy(wanted) else None


def _parameters(request: dict[str, Any], integration: str) -> dict[str, Any]:
    given = request.get("parameters")
    if not isinstance(given, dict):
        return {}
    if integration == "MOCK":
        # The framework leaves a mock's parameters as they are, so that their kinds become the names.
        return dict(given)
    return {
        f"method.request.{singular}.{name}": value
        for plural, singular in _PARAMETERS
        for name, value in dict(given.get(plural) or {}).items()
    }


def _response(work: Compilation, event: Event, given: Any, integration: str) -> dict[str, Any] | None:
    if integration in PROXIES:
        if truthy(given) and not (isinstance(given, dict) and set(given) == {TRANSFER_MODE}):
            what = "'response' has no effect with a proxy integration"
            work.warn(what, event.mark("response"), Kind.NO_EFFECT, about="events")
        return None
    if integration == "MOCK" or not isinstance(given, dict):
        response = given if isinstance(given, dict) else None
        return {"statusCodes": STATUS_CODES_DEFAULT} if response is None and integration == "AWS" else response
    codes = given.get("statusCodes")
    if not truthy(codes):
        return {**given, "statusCodes": STATUS_CODES_DEFAULT} if given or integration == "AWS" else None
    codes = {code: settings or {} for code, settings in dict(codes or {}).items()}
    if not any(settings.get("pattern") == "" for settings in codes.values()):
        codes["200"] = STATUS_CODES_DEFAULT["200"]
    return present({**given, "statusCodes": codes})
