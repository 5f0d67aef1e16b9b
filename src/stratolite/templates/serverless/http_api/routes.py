"""What the events ``httpApi`` say, checked and in one form. Nothing is made here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.http_api.settings import HttpApi
from stratolite.templates.serverless.lodash import either, union
from stratolite.templates.serverless.service import TIMEOUT_S_DEFAULT, Function

METHODS = ("ANY", "GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE")
TIMEOUT_S_MAX = 30
_METHOD_AND_PATH = re.compile(rf"({'|'.join(METHODS)}) (/\S*)", re.IGNORECASE)
_CATCH_ALL = "*"


@dataclass(frozen=True)
class Route:
    """``key`` is as it was written, in capitals: ``GET /users``, or ``*`` for what no other route takes."""

    function: Function
    key: str
    method: str
    authorizer: str | None = None
    """The key of one of ``provider.httpApi.authorizers``."""
    authorizer_id: Any = None
    """One that is made elsewhere."""
    authorization: str | None = None
    """``JWT``, ``CUSTOM`` or ``AWS_IAM``."""
    scopes: list[Any] | None = None


def read_routes(work: Compilation, settings: HttpApi, events: Sequence[Event]) -> list[Route]:
    """The routes, each once. Raises UserError for what is missing or cannot be."""
    routes: dict[str, Route] = {}
    for event in events:
        route = _read(work, settings, event)
        if route.key in routes and route.key != _CATCH_ALL:
            raise refusal(f"the route {route.key!r} is there twice", event.at, "Take one of them out.")
        routes[route.key] = route
    for function in {event.function.key: event.function for event in events}.values():
        _check_timeout(work, function)
    return list(routes.values())


def _read(work: Compilation, settings: HttpApi, event: Event) -> Route:
    method, path, authorizer = _parts(event)
    if path == _CATCH_ALL:
        if truthy(method) and method != _CATCH_ALL:
            what = "the event 'httpApi' has a method for the path '*'"
            raise refusal(what, event.mark("method"), "Leave the method out, or write a path as '/{proxy+}'.")
        key, method = _CATCH_ALL, "ANY"
    else:
        method = _method(event, method)
        if not path.startswith("/") and work.is_lenient:
            what = f"the path {path!r} is taken for '/{path}': AWS refuses it as it is"
            work.warn_locally(what, event.mark("path"), Kind.REFUSED_BY_AWS, about="events")
            path = f"/{path}"
        key = f"{method} {path}"
    return _authorized(settings, event, authorizer, key, method)


def _parts(event: Event) -> tuple[Any, str, Any]:
    """Method, path and authorizer as they were written."""
    given = event.settings
    if isinstance(given, dict):
        path = given.get("path")
        if not isinstance(path, str) or not path:
            raise refusal("the event 'httpApi' has no path", event.mark("path"), "Set 'path', as in '/users'.")
        return given.get("method"), path, given.get("authorizer")
    if given == _CATCH_ALL:
        return None, _CATCH_ALL, None
    match = _METHOD_AND_PATH.fullmatch(str(given))
    if match is None:
        raise refusal(f"not a route: {given!r}", event.at, "Write '- httpApi: GET /users', or '*'.")
    return match.group(1), match.group(2), None


def _method(event: Event, method: Any) -> str:
    if not truthy(method):
        raise refusal("the event 'httpApi' has no method", event.mark("method"), "Set it, or '*' for all.")
    name = "ANY" if method == _CATCH_ALL else str(method).upper()
    if name not in METHODS:
        raise refusal(f"no HTTP method: {method!r}", event.mark("method"), f"These are: {', '.join(METHODS)}.")
    return name


def _authorized(settings: HttpApi, event: Event, given: Any, key: str, method: str) -> Route:
    if not truthy(given):
        return Route(event.function, key, method)
    at = event.mark("authorizer")
    wanted: dict[str, Any] = given if isinstance(given, dict) else {"name": given}
    kind, name, authorizer_id = (wanted.get(member) for member in ("type", "name", "id"))
    scopes = wanted.get("scopes")
    if kind == "aws_iam":
        if truthy(name) or truthy(authorizer_id) or truthy(scopes):
            raise refusal("an authorizer of the type aws_iam has no other settings", at, "Leave them out.")
        return Route(event.function, key, method, authorization="AWS_IAM")
    scoped = union(scopes if isinstance(scopes, list) else [scopes]) if truthy(scopes) else None
    if truthy(authorizer_id):
        if settings.api_id is None:
            what = "an authorizer that is made elsewhere cannot guard an API that is made here"
            raise refusal(what, at, "Set provider.httpApi.id, or name one of provider.httpApi.authorizers.")
        authorization = "CUSTOM" if kind == "request" else "JWT"
        return Route(event.function, key, method, None, authorizer_id, authorization, scoped)
    if not truthy(name):
        raise refusal("the authorizer has neither 'name' nor 'id'", at, "Name one of provider.httpApi.authorizers.")
    authorizer = settings.authorizers.get(str(name))
    if authorizer is None:
        known = ", ".join(settings.authorizers) or "none"
        raise refusal(f"there is no authorizer {name!r}", at, f"provider.httpApi.authorizers has: {known}.")
    authorization = "CUSTOM" if authorizer.kind == "request" else "JWT"
    return Route(event.function, key, method, authorizer.key, None, authorization, scoped)


def _check_timeout(work: Compilation, function: Function) -> None:
    timeout = either(function.settings.get("timeout"), work.service.provider.get("timeout"), TIMEOUT_S_DEFAULT)
    if not isinstance(timeout, int | float) or timeout < TIMEOUT_S_MAX:
        return
    if timeout > TIMEOUT_S_MAX:
        what = "is greater than maximum allowed timeout for HTTP API endpoint (30s)"
    else:
        what = "may not provide enough room to process an HTTP API request (of which timeout is limited to 30s)"
    work.warn(
        f"Function ({function.key}) timeout setting ({timeout}) {what}. This may introduce a situation where endpoint"
        " times out for a successful lambda invocation.",
        function.mark("timeout"),
        Kind.MISTAKE,
        about="functions",
    )
