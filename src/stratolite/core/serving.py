"""How deployed APIs are served besides AWS's own ways: what a developer wants of them on one machine.

``stratolite up`` sets it from the file that it runs (``custom.serverless-offline``); else APIs answer as on AWS.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

TOKEN_LENGTH_MAX = 64 * 1024
PRINCIPAL = "offlineContext_authorizer_principalId"
"""Who is let in without being asked, by the name that serverless-offline gives him."""
OVERRIDE = "sls-offline-authorizer-override"
"""The header of serverless-offline in which such a request says, in JSON, what events have as their authorizer."""


@dataclass(frozen=True, slots=True)
class Cors:
    """What responses say to pages of other origins, where they do not say it themselves. ``*`` is every origin."""

    origins: tuple[str, ...]
    headers: str
    exposed: str
    credentials: bool

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read responses."""
        return "*" in self.origins or origin in self.origins


@dataclass(slots=True)
class Serving:
    """The ways of one cloud, at a time; the defaults are AWS's."""

    prefix: str = ""
    """What may stand before the path of every request, ``/prefix``."""
    stage: str = ""
    """The stage of REST APIs that answers requests that name none."""
    has_websocket_root: bool = False
    """Whether a path that names no stage means the WebSocket API that was deployed last."""
    cors: Cors | None = None
    lets_everybody_in: bool = False
    """Whether authorizers, signatures and API keys are not asked for."""
    api_key: str = ""
    """A key that opens every method that asks for one."""
    trusts_tokens: bool = False
    """Whether JSON Web Tokens are believed without their issuer's signature."""

    def become(self, other: "Serving") -> None:
        """Take the ways of another one."""
        for field in fields(self):
            setattr(self, field.name, getattr(other, field.name))


def claims_in(value: str) -> dict[str, Any] | None:
    """What a token says, unverified, as the header Authorization carries it; None for what is no JSON Web Token."""
    parts = value.strip().rpartition(" ")[2].split(".")
    if len(parts) != 3 or len(value) > TOKEN_LENGTH_MAX:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def overriding(value: str) -> dict[str, Any] | None:
    """What the header ``OVERRIDE`` says; None for what is no object of JSON."""
    try:
        said = json.loads(value) if value else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def let_in(value: str, override: str = "") -> dict[str, Any]:
    """``requestContext.authorizer`` of whoever is let in without being asked: what he says himself in ``override``, or
    what his token says of him."""
    said = overriding(override)
    if said is not None:
        return said
    claims = claims_in(value)
    if claims is None:
        return {"principalId": PRINCIPAL}
    return {"principalId": PRINCIPAL, "claims": claims, **_scopes(claims)}


def _scopes(claims: Mapping[str, Any]) -> dict[str, Any]:
    given = claims.get("scp") or claims.get("scope")
    if isinstance(given, str):
        return {"scopes": given.split()}
    return {"scopes": given} if isinstance(given, list) else {}
