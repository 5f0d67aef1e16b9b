"""Whether a request may pass to its integration.

The signature or the authorizer, the key, the plan's quota and rate, the stage's rate, validation: in this order.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from stratolite.core.call import Call
from stratolite.core.serving import OVERRIDE, let_in
from stratolite.protocol.signer import Unsigned, signer_of
from stratolite.services.apigateway import Apigateway, failure
from stratolite.services.apigateway.authorization import authorize
from stratolite.services.apigateway.exchange import Exchange
from stratolite.storage.documents import Document

_DAY_MS = 86_400_000


async def admit(apigateway: Apigateway, call: Call, exchange: Exchange) -> None:
    """Raises Failure when the request may not pass."""
    route = exchange.route
    if apigateway.world.serving.lets_everybody_in:
        headers = exchange.request.headers
        exchange.tell(let_in(headers.get("authorization"), headers.get(OVERRIDE)), "")
    else:
        await _admit_caller(apigateway, call, exchange)
    if route.rate >= 0 and route.burst >= 0:
        name = ("stage", exchange.stage.api_id, exchange.stage.name, route.resource_path, route.method["httpMethod"])
        if not apigateway.buckets.take(name, route.rate, route.burst):
            raise failure.throttled()
    validate(exchange)


async def _admit_caller(apigateway: Apigateway, call: Call, exchange: Exchange) -> None:
    route = exchange.route
    if route.is_signed:
        _admit_signer(apigateway, call, exchange)
    elif route.authorizer is not None:
        await authorize(apigateway, call, exchange, route.authorizer)
    if route.method["apiKeyRequired"]:
        await _admit_key(apigateway, call, exchange)


def validate(exchange: Exchange) -> None:
    """Raises Failure unless the parameters and the body are there that the method's validator asks for."""
    if exchange.route.required:
        _require_parameters(exchange)
    if exchange.route.models:
        _require_body(exchange)


def _admit_signer(apigateway: Apigateway, call: Call, exchange: Exchange) -> None:
    """Raises Failure unless the request is signed by somebody of the API's account, or the API has a policy.

    Policies are kept and not enforced, those of APIs as little as IAM's.
    """
    stage = exchange.stage
    try:
        signer = signer_of(exchange.request, exchange.body, stage.region, apigateway.world.ports, exchange.now_ms)
    except Unsigned as error:
        raise failure.unsigned(error) from None
    if signer.account != stage.account and not stage.api.get("policy"):
        raise failure.not_granted(signer.principal, exchange.method_arn(call))
    exchange.identify(signer)


async def _admit_key(apigateway: Apigateway, call: Call, exchange: Exchange) -> None:
    is_sent = exchange.stage.api["apiKeySource"] == "HEADER"
    value = exchange.request.headers.get("x-api-key") if is_sent else exchange.usage_key
    if not value:
        raise failure.forbidden()
    if value == apigateway.world.serving.api_key:
        exchange.api_key = value
        return
    opened = _opened(apigateway, call, exchange, value)
    if opened is None:
        raise failure.forbidden()
    key, plan, stage = opened
    exchange.api_key, exchange.api_key_id = value, key["id"]
    bucket: tuple[str, ...] = ("plan", plan["id"], key["id"])
    method = f"{exchange.route.resource_path.rstrip('/')}/{exchange.route.method['httpMethod']}"
    throttle = stage.get("throttle", {}).get(method)
    if throttle:
        bucket = (*bucket, stage["apiId"], stage["stage"], method)
    else:
        throttle = plan.get("throttle")
    if throttle and not apigateway.buckets.take(bucket, throttle["rateLimit"], throttle["burstLimit"]):
        raise failure.throttled()
    if "quota" in plan:
        await apigateway.world.database.transact(lambda: _count(apigateway, plan, key, exchange.now_ms))


def _opened(
    apigateway: Apigateway, call: Call, exchange: Exchange, value: str
) -> tuple[Document, Document, Document] | None:
    """The key of this value, the plan by which it opens the stage, and what the plan says of the stage."""
    wanted, store = (exchange.stage.api_id, exchange.stage.name), apigateway.store
    for key in store.all(call, "key"):
        if key["value"] == value and key["enabled"]:
            for plan in store.all(call, "plan"):
                stage = next((each for each in plan["apiStages"] if (each["apiId"], each["stage"]) == wanted), None)
                if stage is not None and store.get(call, "plan_key", plan["id"], key["id"]) is not None:
                    return key, plan, stage
    return None


def _count(apigateway: Apigateway, plan: Document, key: Document, now_ms: int) -> None:
    today = now_ms // _DAY_MS
    if apigateway.store.used(plan["id"], key["id"], first_day(plan["quota"], now_ms)) >= plan["quota"]["limit"]:
        raise failure.quota_exceeded()
    apigateway.store.count_use(plan["id"], key["id"], today)


def first_day(quota: dict[str, Any], now_ms: int) -> int:
    """The first day (since the epoch) of the quota's current period. Weeks begin on Sunday, months on the 1st;
    ``offset`` days later."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC) - timedelta(days=quota["offset"])
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if quota["period"] == "WEEK":
        midnight -= timedelta(days=(midnight.weekday() + 1) % 7)
    elif quota["period"] == "MONTH":
        midnight = midnight.replace(day=1)
    elif quota["period"] == "DAY":
        midnight = midnight + timedelta(days=quota["offset"])
    if quota["period"] != "DAY":
        midnight += timedelta(days=quota["offset"])
    return int(midnight.timestamp() * 1000) // _DAY_MS


def _require_parameters(exchange: Exchange) -> None:
    missing = []
    for location, name in exchange.route.required:
        if location == "querystring":
            given = any(exchange.query.get(name, ()))
        elif location == "header":
            given = bool(exchange.request.headers.get(name.lower()))
        else:
            given = bool(exchange.path_parameters.get(name))
        if not given:
            missing.append(name)
    if missing:
        raise failure.missing_parameters(missing)


def _require_body(exchange: Exchange) -> None:
    content_type = exchange.request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    validators = exchange.route.body_validators
    validator = validators.get(content_type) or validators.get("$default")
    if validator is not None and not validator.accepts(exchange.body):
        raise failure.bad_body(validator.reasons(exchange.body))
