"""Authorizers, Lambda functions and user pools: what may be set, and how a stage knows one.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stratolite.core.pools import issuer_of
from stratolite.services.apigateway import api, rules
from stratolite.storage.documents import Document

TTL_S_DEFAULT = 300
TTL_S_MAX = 3600
POOLS = "COGNITO_USER_POOLS"
POOLS_MAX = 1000
"""How many pools an authorizer may have: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
# Path parameters are none: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
_SOURCE = re.compile(r"method\.request\.(?:header|querystring)\.[^,\s]+|(?:stageVariables|context)\.[^,\s]+")
_TOKEN_SOURCE = re.compile(r"method\.request\.header\.[^,\s]+")


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An authorizer, ready to be asked."""

    id: str
    kind: str
    """``TOKEN``, ``REQUEST`` or ``COGNITO_USER_POOLS``."""
    function: str
    """The ARN of its function, stage variables filled in; empty when it is not there (any more)."""
    sources: tuple[str, ...]
    """What identifies the caller: ``method.request.header.Authorization``. All have to be there."""
    validation: re.Pattern[str] | None
    """What a token has to match as a whole before the function is asked; of user pools', its audience."""
    ttl_s: int
    issuers: tuple[str, ...] = ()
    """Those of its user pools."""


def compiled(document: Document | None, fill: Callable[[str], str]) -> Authorizer:
    """The authorizer of a deployment. One that has gone lets nobody pass."""
    if document is None:
        return Authorizer("", "REQUEST", "", (), None, 0)
    validation = document.get("identityValidationExpression") if document["type"] != "REQUEST" else None
    return Authorizer(
        id=document["id"],
        kind=document["type"],
        function=rules.function_of(fill(document.get("authorizerUri", ""))) or "",
        sources=sources_of(document.get("identitySource")),
        validation=re.compile(validation) if validation else None,
        ttl_s=document.get("authorizerResultTtlInSeconds", TTL_S_DEFAULT),
        issuers=tuple(filter(None, map(issuer_of, document.get("providerARNs", ())))),
    )


def sources_of(identity_source: str | None) -> tuple[str, ...]:
    """The expressions of a comma-separated list."""
    return tuple(each.strip() for each in (identity_source or "").split(",") if each.strip())


def check(document: Document) -> None:
    """Checks what CreateAuthorizer or UpdateAuthorizer is to leave behind.

    Raises BadRequestException, in AWS's words as far as issues of Terraform's provider and of CloudFormation quote
    them; NotImplementedHere for a kind of authorizer that is none of Lambda's.
    """
    if document["type"] not in ("TOKEN", "REQUEST", POOLS):
        kinds = "authorizers are Lambda functions and user pools"
        rules.unimplemented(f"an authorizer of type {document['type']}", kinds)
    _check_target(document)
    ttl_s = document.get("authorizerResultTtlInSeconds", TTL_S_DEFAULT)
    sources = sources_of(document.get("identitySource"))
    is_token = document["type"] != "REQUEST"
    if not 0 <= ttl_s <= TTL_S_MAX or (not sources and (is_token or ttl_s)):
        raise api.BadRequestException("Invalid request input")
    _check_sources(sources, is_token=is_token)
    try:
        re.compile(document.get("identityValidationExpression") or "")
    except re.error:
        raise api.BadRequestException("Invalid request input") from None


def _check_target(document: Document) -> None:
    uri, arns = document.get("authorizerUri", ""), document.get("providerARNs") or ()
    if document["type"] == POOLS:
        rules.refuse({"authorizerUri": uri}, {"authorizerUri": "user pools have keys, and no function is asked"})
        if not 0 < len(arns) <= POOLS_MAX or not all(map(issuer_of, arns)):
            raise api.BadRequestException("Invalid request input")
        return
    rules.refuse({"providerARNs": arns}, {"providerARNs": f"an authorizer of type {document['type']} has a function"})
    if rules.function_of(uri) is None:
        raise api.BadRequestException(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda"
            " function invocation."
        )


def _check_sources(sources: Sequence[str], *, is_token: bool) -> None:
    pattern = _TOKEN_SOURCE if is_token else _SOURCE
    for source in sources if not is_token or len(sources) == 1 else [", ".join(sources)]:
        if not pattern.fullmatch(source):
            raise api.BadRequestException(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors :"
                f" [Invalid mapping expression specified: {source}]"
            )
