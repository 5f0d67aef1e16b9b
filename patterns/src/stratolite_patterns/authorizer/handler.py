"""The Lambda authorizer: TOKEN and REQUEST of REST APIs, 1.0 and 2.0 of HTTP APIs, with policies or simple answers.

401 and 403, as AWS tells them apart: a token that is missing or not taken raises ``Unauthorized`` (API Gateway answers
401); one that is taken, of somebody who may not, gets a policy that denies (403). Simple answers know 403 alone. What
cannot be checked, because keys cannot be had, raises KeysUnavailable (500), which is never cached.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stratolite_patterns.authorizer.caller import roles_of
from stratolite_patterns.authorizer.routes import Routes
from stratolite_patterns.authorizer.tokens import TokenRefused, Verifier

logger = logging.getLogger("stratolite_patterns")
SCHEME = "bearer "


class Unauthorized(Exception):
    """The one text for which API Gateway answers 401."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Authorizer:
    """A Lambda handler that authorizes requests by their bearer token.

    ``roles`` names the claim with the caller's roles, or takes them from all claims. ``simple`` answers HTTP APIs with
    ``isAuthorized``. Such an answer speaks of one route, and API Gateway caches it for the identity sources: so
    ``$context.routeKey`` has to be one of them, or ``uncached`` says that the result TTL is 0; else ValueError is
    raised for every request (500), rather than one route's answer given to another.
    """

    def __init__(
        self,
        verifier: Verifier,
        routes: Routes,
        *,
        roles: str | Callable[[Mapping[str, Any]], Iterable[str]] = "roles",
        simple: bool = False,
        uncached: bool = False,
    ) -> None:
        self.verifier = verifier
        self.routes = routes
        self._roles = roles
        self._is_simple = simple
        self._is_uncached = uncached

    def __call__(self, event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
        """The answer to API Gateway. Raises Unauthorized, KeysUnavailable."""
        is_second = event.get("version") == "2.0"
        if self._is_simple:
            if not is_second:
                raise ValueError("simple answers are for HTTP APIs with payload format 2.0")
            if not self._is_uncached and event.get("routeKey") not in (event.get("identitySource") or ()):
                raise ValueError(
                    "a simple answer is cached for all routes: add $context.routeKey to the identity sources"
                )
        try:
            claims = self.verifier.verify(bearer(event))
        except TokenRefused as refused:
            logger.info("a token was refused: %s", refused)
            if self._is_simple:
                return {"isAuthorized": False}
            raise Unauthorized from None
        roles = sorted(self._roles(claims) if callable(self._roles) else roles_of(claims.get(self._roles)))
        shared = self._context(claims, roles)
        if self._is_simple:
            return {"isAuthorized": self._allows(event, roles), "context": shared}
        arn = event.get("routeArn") if is_second else event.get("methodArn")
        policy = self.routes.policy(roles, str(arn))
        return {"principalId": str(claims.get("sub", "")), "policyDocument": policy, "context": shared}

    def _allows(self, event: Mapping[str, Any], roles: Iterable[str]) -> bool:
        request = event["requestContext"]["http"]
        stage = event["requestContext"].get("stage", "$default")
        path = event.get("rawPath") or request["path"]
        if stage != "$default" and (path == f"/{stage}" or path.startswith(f"/{stage}/")):
            path = path.removeprefix(f"/{stage}") or "/"
        return self.routes.allows(roles, request["method"], path)

    @staticmethod
    def _context(claims: Mapping[str, Any], roles: list[str]) -> dict[str, str]:
        """What protected handlers and access logs see: texts alone, since REST APIs take nothing nested."""
        subject = str(claims.get("sub", ""))
        whole = {"id": subject, "roles": roles, "claims": claims}
        return {
            "sub": subject,
            "roles": " ".join(roles),
            "caller": json.dumps(whole, separators=(",", ":"), ensure_ascii=False),
        }


def bearer(event: Mapping[str, Any]) -> str:
    """The token of a request to an authorizer. Raises TokenRefused where there is none, or more than one."""
    if event.get("type") == "TOKEN":
        values = [event.get("authorizationToken")]
    else:
        several = event.get("multiValueHeaders") or {}
        values = [value for name, each in several.items() if name.lower() == "authorization" for value in each or ()]
        if not values:
            single = event.get("headers") or {}
            values = [value for name, value in single.items() if name.lower() == "authorization"]
    if len(values) != 1 or not isinstance(values[0], str):
        raise TokenRefused("malformed", "one Authorization header is needed")
    value = values[0].strip()
    if not value[: len(SCHEME)].lower() == SCHEME:
        raise TokenRefused("malformed", "the scheme is Bearer")
    return value[len(SCHEME) :].strip()
