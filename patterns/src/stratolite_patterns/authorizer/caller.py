"""Who calls a protected handler, whatever authorizer let them in: REST and HTTP APIs, Lambda, JWT and Cognito."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_SEPARATORS = re.compile(r"[\s,]+")


class NoCaller(Exception):
    """The event came through no authorizer. A handler that expects one must not go on."""


class Forbidden(Exception):
    """The caller may not do this: 403."""

    def response(self) -> dict[str, Any]:
        """The proxy response."""
        body = json.dumps({"message": "Forbidden"})
        return {"statusCode": 403, "headers": {"content-type": "application/json"}, "body": body}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the token's subject, the roles, and all claims that the authorizer passed on."""

    id: str
    roles: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(default_factory=dict)

    def require(self, *roles: str) -> None:
        """Raise Forbidden unless the caller has one of some roles."""
        if not self.roles & set(roles):
            raise Forbidden(f"{self.id} has none of the roles {', '.join(roles)}")


def caller(event: Mapping[str, Any], *, roles_claim: str = "roles") -> Caller:
    """The caller of a request to a protected handler. Raises NoCaller.

    ``roles_claim`` is read where the gateway itself checked the token (JWT authorizers, Cognito: ``cognito:groups``).
    """
    found = (event.get("requestContext") or {}).get("authorizer")
    if not isinstance(found, Mapping) or not found:
        raise NoCaller("the event has no requestContext.authorizer")
    inner = found.get("lambda", found)
    if isinstance(inner, Mapping) and "caller" in inner:
        return _ours(inner["caller"])
    claims = found.get("jwt", found).get("claims") if isinstance(found.get("jwt", found), Mapping) else None
    if isinstance(claims, str):
        claims = _decoded(claims)
    if isinstance(claims, Mapping) and claims.get("sub"):
        return Caller(str(claims["sub"]), frozenset(roles_of(claims.get(roles_claim))), claims)
    principal = inner.get("principalId") if isinstance(inner, Mapping) else None
    if principal:
        values = {name: value for name, value in inner.items() if name not in ("principalId", "integrationLatency")}
        return Caller(str(principal), frozenset(roles_of(values.get(roles_claim))), values)
    raise NoCaller("requestContext.authorizer names nobody")


def roles_of(value: Any) -> Iterable[str]:
    """The roles of a claim: a list, or a text as gateways flatten lists (``a b``, ``a,b``, ``[a b]``, JSON)."""
    if isinstance(value, str):
        if value.startswith('["'):
            return roles_of(_decoded(value))
        return [each for each in _SEPARATORS.split(value.strip("[] ")) if each]
    if isinstance(value, list | tuple | set | frozenset):
        return [each for each in value if isinstance(each, str) and each]
    return []


def _ours(value: Any) -> Caller:
    whole = _decoded(value) if isinstance(value, str) else value
    if not isinstance(whole, Mapping) or not whole.get("id"):
        raise NoCaller("the authorizer's caller cannot be read")
    claims = whole.get("claims")
    return Caller(
        str(whole["id"]), frozenset(roles_of(whole.get("roles"))), claims if isinstance(claims, Mapping) else {}
    )


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
