"""Who may call a method: the settings of ``authorizer`` in one form."""

import re
from dataclasses import dataclass
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event

TTL_S_DEFAULT = 300
IDENTITY_DEFAULT = "method.request.header.Authorization"
_HTTP_API_FORM = re.compile(r"\$request\.(header|querystring)\.")
_COGNITO = re.compile(r"arn:[a-zA-Z-]*:cognito-idp")


@dataclass(frozen=True)
class Authorizer:
    """``kind`` is the type as it was written; ``arn`` is that of a function or a user pool, None for AWS_IAM.

    ``logical_id`` is the alias of an authorizer function that has one.
    """

    kind: str
    name: str = ""
    arn: Any = None
    authorizer_id: Any = None
    logical_id: str | None = None
    ttl_s: int | None = None
    identity_source: Any = IDENTITY_DEFAULT
    identity_validation: Any = None
    claims: tuple[str, ...] = ()
    scopes: Any = None
    managed_externally: bool = False

    @property
    def is_cognito(self) -> bool:
        return self.kind.upper() == "COGNITO_USER_POOLS" or (
            isinstance(self.arn, str) and _COGNITO.match(self.arn) is not None
        )


def read_authorizer(work: Compilation, event: Event, given: Any, integration: str) -> Authorizer | None:
    """The authorizer of an event, or None. Raises UserError for one that is named by nothing."""
    if not truthy(given):
        return None
    at = event.mark("authorizer")
    if isinstance(given, str):
        if given.upper() == "AWS_IAM":
            return Authorizer("AWS_IAM")
        if ":" in given:
            return Authorizer("", _name_of(given), given)
        return _own_function(work, event, {"name": given})
    if not isinstance(given, dict):
        raise refusal("the authorizer is neither a name nor a map", at, "Name a function of this file.")
    kind = str(given.get("type") or "")
    given = _with_sources(work, event, given)
    if kind and truthy(given.get("authorizerId")):
        return _described(given, kind, authorizer_id=given["authorizerId"])
    if kind.upper() == "AWS_IAM":
        return Authorizer("AWS_IAM")
    if not truthy(given.get("arn")):
        if not truthy(given.get("name")):
            raise refusal("the authorizer has neither a name nor an arn", at, "Name a function of this file.")
        return _own_function(work, event, given)
    arn, name = given["arn"], given.get("name")
    if not isinstance(name, str) and not isinstance(arn, str):
        raise refusal("the authorizer has no name", at, "Set 'name': an intrinsic function does not tell one.")
    found = _described(given, kind, name=name if isinstance(name, str) else _name_of(arn), arn=arn)
    if integration == "AWS_PROXY" and isinstance(arn, str) and _COGNITO.match(arn) and found.claims:
        todo = "Leave out 'claims', or set 'integration: lambda'."
        raise refusal("a proxy integration passes on all claims", event.mark("authorizer", "claims"), todo)
    return found


def _with_sources(work: Compilation, event: Event, given: dict[str, Any]) -> dict[str, Any]:
    """The settings; sources of identity in the form of HTTP APIs are read as those of REST APIs where they are run."""
    source = given.get("identitySource")
    if not work.is_lenient or not isinstance(source, str) or not _HTTP_API_FORM.search(source):
        return given
    what = f"AWS refuses {source!r} for a REST API: it is read as 'method.request...' here"
    work.warn_locally(what, event.mark("authorizer", "identitySource"), Kind.REFUSED_BY_AWS, about="events")
    return {**given, "identitySource": _HTTP_API_FORM.sub(r"method.request.\1.", source)}


def _name_of(arn: str) -> str:
    """The last word of the function's or pool's name."""
    return arn.split(":")[-1].split("-")[-1]


def _own_function(work: Compilation, event: Event, given: dict[str, Any]) -> Authorizer:
    name = str(given["name"])
    function = work.service.function(name, event.mark("authorizer", "name"))
    where: dict[str, Any] = {"name": name, "arn": function.target, "logical_id": function.depends_on}
    if not isinstance(event.settings["authorizer"], dict):
        return Authorizer("", **where)
    return _described(given, str(given.get("type") or ""), **where)


def _described(given: dict[str, Any], kind: str, **where: Any) -> Authorizer:
    ttl_s = _whole(given.get("resultTtlInSeconds"))
    identity = given.get("identitySource") or None
    if identity is None and not (kind.upper() == "REQUEST" and ttl_s == 0):
        identity = IDENTITY_DEFAULT
    return Authorizer(
        kind,
        ttl_s=ttl_s,
        identity_source=identity,
        identity_validation=given.get("identityValidationExpression"),
        claims=tuple(text_of(claim) for claim in given.get("claims") or ()),
        scopes=given.get("scopes"),
        managed_externally=truthy(given.get("managedExternally")),
        **where,
    )


def _whole(value: Any) -> int:
    match = re.match(r"\s*[-+]?\d+", str(value)) if value is not None else None
    return int(match[0]) if match else TTL_S_DEFAULT
