"""Asking an authorizer whether a request may pass: here a Lambda function, in ``pool.py`` user pools.

What identifies the caller has to be there; then the function's answer, or the one that is kept for this caller, is
judged for this request.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html and, for the
event and the answer, api-gateway-lambda-authorizer-input.html and -output.html beside it.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from stratolite.core import policy
from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.core.policy import Verdict
from stratolite.core.ports.functions import FunctionResult
from stratolite.http.facts import facts_of
from stratolite.services.apigateway import Apigateway, event, failure, mapping, pool
from stratolite.services.apigateway.authorizer import POOLS, Authorizer
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.grants import Grant, GrantKey

log = logging.getLogger("stratolite.apigateway")

TIMEOUT_S = 29
METHOD_ARN_BYTES_MAX = 1600
UNAUTHORIZED = "Unauthorized"
"""The one message by which a function that fails answers 401; with any other it is the function that failed."""


async def authorize(apigateway: Apigateway, call: Call, exchange: Exchange, authorizer: Authorizer) -> None:
    """Raises Failure unless the authorizer allows the request: 401, 403, or 500 when it cannot tell."""
    if authorizer.kind == POOLS:
        await pool.authorize(apigateway, exchange, authorizer)
        return
    identity = identity_of(exchange, authorizer)
    stage, clock = exchange.stage, apigateway.world.clock
    method_arn = exchange.method_arn(call)
    if len(method_arn) > METHOD_ARN_BYTES_MAX:
        raise failure.uri_too_long()
    key = GrantKey(stage.api_id, stage.name, stage.document["deploymentId"], authorizer.id, identity)
    grant = apigateway.grants.get(key) if authorizer.ttl_s else None
    latency_ms = 0
    if grant is None:
        started_s = clock.elapsed_s()
        grant = await _asked(apigateway, call, exchange, authorizer, method_arn)
        latency_ms = round((clock.elapsed_s() - started_s) * 1000)
        if authorizer.ttl_s:
            apigateway.grants.keep(key, grant, authorizer.ttl_s)
    exchange.tell(
        {**grant.context, "principalId": grant.principal_id, "integrationLatency": latency_ms}, grant.usage_key
    )
    verdict = policy.judge(grant.statements, method_arn, facts_of(exchange.request, exchange.now_ms))
    if verdict is not Verdict.ALLOWED:
        raise failure.access_denied(explicitly=verdict is Verdict.DENIED_EXPLICITLY)


def identity_of(exchange: Exchange, authorizer: Authorizer) -> tuple[str, ...]:
    """The values by which the caller is known. Raises Failure (401) when one is missing or empty, or does not match."""
    values = tuple(mapping.request_value(exchange, source) or "" for source in authorizer.sources)
    if not all(values) or (authorizer.validation and not authorizer.validation.fullmatch(values[0])):
        raise failure.unauthorized()
    return values


async def _asked(
    apigateway: Apigateway, call: Call, exchange: Exchange, authorizer: Authorizer, method_arn: str
) -> Grant:
    try:
        return read(await ask(apigateway, call, exchange, authorizer, method_arn))
    except Failure as refusal:
        if refusal.reason:
            # The client sees null, as on AWS: whoever wrote the authorizer has to learn why from somewhere.
            log.warning("the authorizer of %s: %s", method_arn, refusal.reason)
        raise


async def ask(
    apigateway: Apigateway, call: Call, exchange: Exchange, authorizer: Authorizer, method_arn: str
) -> FunctionResult:
    """Ask the function. Raises Failure (500) when it cannot be asked."""
    if not authorizer.function:
        raise failure.authorizer_misconfigured("there is no authorizer, or its URI names no function")
    if authorizer.kind == "TOKEN":
        token = mapping.request_value(exchange, authorizer.sources[0])
        payload = json.dumps({"type": "TOKEN", "methodArn": method_arn, "authorizationToken": token}).encode()
    else:
        payload = event.authorizer_encoded(exchange, method_arn)
    port = apigateway.world.ports.function
    try:
        result = await port.invoke(call, authorizer.function, payload, TIMEOUT_S)
        if exchange.is_trial:
            exchange.sent, exchange.received = payload, result.payload
        return result
    except TimeoutError:
        raise failure.authorizer_failed(f"{authorizer.function} took longer than {TIMEOUT_S} s") from None
    except AwsError as error:
        # Lambda is too busy, or there is nobody to be asked.
        refuse = failure.authorizer_failed if error.status == 429 else failure.authorizer_misconfigured
        raise refuse(str(error)) from None


def read(result: FunctionResult) -> Grant:
    """What a function's answer means. Raises Failure: 401 for ``Unauthorized``, else 500."""
    try:
        answer = json.loads(result.payload)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise failure.authorizer_misconfigured("the function's answer is no JSON object")
    if result.error:
        if answer.get("errorMessage") == UNAUTHORIZED:
            raise failure.unauthorized()
        raise failure.authorizer_misconfigured(f"the function failed: {answer.get('errorMessage')}")
    principal_id, usage_key = answer.get("principalId"), answer.get("usageIdentifierKey")
    if not isinstance(principal_id, str) or not principal_id:
        raise failure.authorizer_misconfigured("principalId is no text")
    if not isinstance(usage_key, str | None):
        raise failure.authorizer_misconfigured("usageIdentifierKey is no text")
    try:
        statements = policy.read(answer.get("policyDocument"))
    except policy.Malformed as error:
        raise failure.authorizer_misconfigured(f"Could not parse policy: {error}") from None
    return Grant(principal_id, statements, _context(answer.get("context")), usage_key or "")


def _context(given: Any) -> Mapping[str, str]:
    """The context: texts, numbers and truth values, all of which become texts. Raises Failure for anything else."""
    if given is None:
        return {}
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise failure.authorizer_misconfigured("context is no map, or holds a map or a list")
    return {name: mapping.text(value) for name, value in given.items() if value is not None}
