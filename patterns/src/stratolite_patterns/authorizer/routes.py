"""Routes, the roles that may call them, and policies that say exactly that.

API Gateway caches a policy for the token, not for the route: one that speaks of the route that was asked for alone
denies, or allows, all others until it expires. So a policy names every route of the caller's roles. Wildcards of
policies match slashes too: ``GET/posts/*`` is also ``GET/posts/1/comments``, and ``*/posts`` is also
``GET/admin/posts``. Methods are therefore written out, and what a wildcard covers beyond its route is denied.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_SEGMENT = re.compile(r"\{[A-Za-z0-9._-]+\+?\}|[A-Za-z0-9._~!'()+,;=:@%&-]+")
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Route:
    """A route: method (never ANY) and path, as templates of API Gateway have them: ``/posts/{id}``, ``/{proxy+}``."""

    method: str
    path: str

    @property
    def resource(self) -> str:
        """What a policy has for it, after the stage."""
        parts = ["*" if each.startswith("{") else each for each in self.path.split("/")[1:]]
        return f"{self.method}/{'/'.join(parts)}"

    @property
    def sample(self) -> str:
        """A request for it, as policies see requests."""
        return self.resource.replace("*", "\0")

    def deeper(self) -> Iterable[str]:
        """What its wildcards cover beyond it: a slash within a parameter."""
        parts = self.path.split("/")[1:]
        for place, part in enumerate(parts):
            if part.startswith("{") and not part.endswith("+}"):
                wide = ["*" if each.startswith("{") else each for each in parts]
                wide[place] = "*/*"
                yield f"{self.method}/{'/'.join(wide)}"

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one for it."""
        if method != self.method:
            return False
        parts, given = self.path.split("/"), path.split("/")
        for place, part in enumerate(parts):
            if part.endswith("+}"):
                return len(given) > place and given[place] != ""
            if place >= len(given) or not (given[place] == part or (part.startswith("{") and given[place] != "")):
                return False
        return len(given) == len(parts)

    @property
    def rank(self) -> tuple[int, ...]:
        """API Gateway takes the most specific route: literal before parameter before greedy, from the left."""
        return tuple(2 if each.endswith("+}") else int(each.startswith("{")) for each in self.path.split("/"))


class Routes:
    """All routes of an API behind its authorizer, and which roles may call them.

    ``{"reader": ["GET /posts", "GET /posts/{id}"], "admin": ["ANY /{proxy+}"]}``. Routes that no role may call belong
    here too (``others``), or a wildcard of a role's route could cover them.

    Raises ValueError for what is no route, and for a role that may call a route within one that it may not call, since
    a policy could not tell them apart.
    """

    def __init__(self, roles: Mapping[str, Iterable[str]], *, others: Iterable[str] = ()) -> None:
        self.roles = {role: frozenset(each for text in given for each in parsed(text)) for role, given in roles.items()}
        known = {route for given in self.roles.values() for route in given}
        known |= {route for text in others for route in parsed(text)}
        self.all = sorted(known, key=lambda route: (route.rank, route.path, route.method))
        for role, allowed in self.roles.items():
            for denied in self._denied(allowed):
                hit = [route for route in allowed if _covers(denied, route.sample)]
                if hit:
                    raise ValueError(
                        f"{role} may call {hit[0].method} {hit[0].path}, which a denial of {denied} would cover"
                    )

    def allowed(self, roles: Iterable[str]) -> frozenset[Route]:
        """The routes of some roles. Roles that are not declared allow nothing."""
        return frozenset().union(*(self.roles.get(role, frozenset()) for role in roles))

    def allows(self, roles: Iterable[str], method: str, path: str) -> bool:
        """Whether some roles may make a request: by the most specific route, as API Gateway would take it."""
        for route in self.all:
            if route.matches(method, path):
                return route in self.allowed(roles)
        return False

    def policy(self, roles: Iterable[str], arn: str) -> dict[str, Any]:
        """The policy of some roles, for the API and stage of a request's ARN (``methodArn``, ``routeArn``).

        The same for every route that is asked for, so that it is right from a cache.
        """
        base = _base(arn)
        allowed = self.allowed(roles)
        if not allowed:
            return _document([_statement("Deny", [f"{base}/*"])])
        statements = [_statement("Allow", sorted(f"{base}/{route.resource}" for route in allowed))]
        denied = self._denied(allowed)
        if denied:
            statements.append(_statement("Deny", [f"{base}/{each}" for each in denied]))
        return _document(statements)

    def _denied(self, allowed: Iterable[Route]) -> list[str]:
        """What wildcards of allowed routes cover and must not: known routes, and anything deeper."""
        resources = [route.resource for route in allowed if "*" in route.resource]
        samples = [route.sample for route in allowed]
        greedy = [route.resource for route in allowed if route.path.endswith("+}")]
        denied = {
            route.resource
            for route in self.all
            if route not in set(allowed) and any(_covers(each, route.sample) for each in resources)
        }
        for route in allowed:
            for wide in route.deeper():
                is_wanted = any(_covers(wide, sample) for sample in samples)
                is_wanted = is_wanted or any(_covers(each, wide.replace("*", "\0")) for each in greedy)
                if not is_wanted:
                    denied.add(wide)
        return sorted(denied)


def parsed(text: str) -> list[Route]:
    """The routes of a text such as ``GET /posts/{id}``; ANY is every method. Raises ValueError."""
    method, _, path = text.partition(" ")
    is_known = method in METHODS or method == "ANY"
    segments = path.split("/")[1:] if path.startswith("/") else [""]
    is_root = path == "/"
    if not is_known or not (is_root or all(_SEGMENT.fullmatch(each) for each in segments)):
        raise ValueError(
            f"{text!r} is no route; one is 'GET /posts/{{id}}', and a method is one of ANY, {', '.join(METHODS)}"
        )
    if any(each.endswith("+}") for each in segments[:-1]):
        raise ValueError(f"{text!r}: a greedy parameter is the last one")
    return [Route(each, path) for each in (METHODS if method == "ANY" else (method,))]


def _covers(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) is not None


def _base(arn: str) -> str:
    parts = arn.split(":", _ARN_PARTS - 1)
    api, _, rest = parts[-1].partition("/")
    stage = rest.partition("/")[0]
    if len(parts) != _ARN_PARTS or parts[2] != "execute-api" or not api or not stage:
        raise ValueError(f"{arn!r} is no ARN of a method")
    return ":".join([*parts[:-1], f"{api}/{stage}"])


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resources}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
