"""Answers that a stage keeps, and gives to requests with the same key parameters.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html. Where that says nothing,
less is kept: no answer that is no success. Who may have an answer refreshed is whoever signed, because policies of
roles are not enforced.
"""

from collections.abc import Awaitable, Callable

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, failure, mapping, metrics
from stratolite.services.apigateway.cache_settings import WARNED, Caching
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.reply import Reply
from stratolite.services.apigateway.responses import ResponseKey

RESPONSE_BYTES_MAX = 1_048_576
WARNING = "199 Cache-control headers were ignored because the caller was unauthorized."


async def answer(apigateway: Apigateway, call: Call, exchange: Exchange, ask: Callable[[], Awaitable[Reply]]) -> Reply:
    """What is kept for a request, or what ``ask`` gives, which is then kept. Raises Failure: 403 it may not be
    refreshed, and whatever ``ask`` raises."""
    caching = exchange.route.caching
    assert caching is not None, "whoever asks has looked"
    if exchange.request.method != "GET" and not caching.is_for_all:
        return await ask()
    is_refreshed, is_warned = _wants_refresh(exchange), False
    if is_refreshed and caching.needs_signer and exchange.caller is None:
        if caching.strategy == "FAIL_WITH_403":
            raise failure.may_not_refresh()
        is_refreshed, is_warned = False, caching.strategy == WARNED
    key = _key(exchange, caching)
    kept = None if is_refreshed else apigateway.responses.get(key)
    metrics.cached(apigateway, call, exchange, is_hit=kept is not None)
    reply = kept or await ask()
    if kept is None and _is_kept(reply):
        apigateway.responses.keep(key, reply, caching.ttl_s)
    if not is_warned:
        return reply
    return Reply(reply.status, [*reply.fields, ("Warning", WARNING)], reply.body, is_base64=reply.is_base64)


def _wants_refresh(exchange: Exchange) -> bool:
    said = exchange.request.headers.get("cache-control")
    return bool(said) and "max-age=0" in [each.strip().lower() for each in said.split(",")]


def _is_kept(reply: Reply) -> bool:
    return 200 <= reply.status < 300 and reply.pieces is None and len(reply.body) <= RESPONSE_BYTES_MAX


def _key(exchange: Exchange, caching: Caching) -> ResponseKey:
    stage = exchange.stage
    values = tuple(mapping.request_value(exchange, each) if each else None for each in caching.parameters)
    deployment = stage.document["deploymentId"]
    return ResponseKey(stage.api_id, stage.name, deployment, caching.namespace, exchange.request.method, values)
