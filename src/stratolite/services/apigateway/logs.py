"""Access logs and execution logs of stages, in CloudWatch Logs.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
A request whose stage logs waits for the commit of its lines.
"""

import re

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.http.message import Response
from stratolite.services.apigateway import Apigateway, canary, mapping
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure, error_variables
from stratolite.services.apigateway.stage import LiveStage

_VARIABLE = re.compile(r"\$context\.([\w.-]*\w)")
BODY_LENGTH_MAX = 1024
"""How much of a body an execution log shows, as on AWS."""


def wanted(exchange: Exchange) -> bool:
    """Whether anything is to be written about this request."""
    if exchange.stage.access_log_format:
        return True
    return hasattr(exchange, "route") and exchange.route.log_level != "OFF"


async def write(
    apigateway: Apigateway, call: Call, exchange: Exchange, response: Response, refusal: Failure | None, elapsed_ms: int
) -> None:
    """Write the lines of one request."""
    stage = exchange.stage
    access = stage.document.get("accessLogSettings") or {}
    lines = execution_lines(exchange, response, refusal)
    log = apigateway.world.ports.log

    def append() -> None:
        if stage.access_log_format and access.get("destinationArn"):
            destination = Arn.parse(access["destinationArn"])
            group = destination.resource.removeprefix("log-group:").removesuffix(":*")
            line = access_line(stage.access_log_format, exchange, response, refusal, elapsed_ms)
            within = call.within(destination.account, destination.region)
            for each in _groups(group, stage):
                log.append(within, each, f"{stage.api_id}-{stage.name}", [(exchange.now_ms, line)])
        if lines:
            group = f"API-Gateway-Execution-Logs_{stage.api_id}/{stage.name}"
            for each in _groups(group, stage):
                log.append(call, each, exchange.request_id, [(exchange.now_ms, line) for line in lines])

    await apigateway.world.database.transact(append)


def _groups(group: str, stage: LiveStage) -> tuple[str, ...]:
    """The log groups of a stage's lines: what a canary answers is written to one of its own, too."""
    return (group, f"{group}{canary.SUFFIX}") if stage.is_canary else (group,)


def access_line(template: str, exchange: Exchange, response: Response, refusal: Failure | None, elapsed_ms: int) -> str:
    """The access log's line; a variable without a value is ``-``."""
    body = response.body if isinstance(response.body, bytes) else b""
    known = {
        "status": str(response.status),
        "responseLength": str(len(body)),
        "responseLatency": str(elapsed_ms),
        **(error_variables(refusal) if refusal else {}),
    }

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        value = known.get(name) or mapping.known_variable(exchange, f"context.{name}")
        return "-" if value is None else value

    return _VARIABLE.sub(replace, template)


def execution_lines(exchange: Exchange, response: Response, refusal: Failure | None) -> list[str]:
    """The execution log's lines: all of them at INFO, those of failures at ERROR."""
    if not hasattr(exchange, "route"):
        return []
    route = exchange.route
    if route.log_level == "OFF" or (route.log_level == "ERROR" and response.status < 500):
        return []
    lines = [
        f"Extended Request Id: {exchange.extended_id}",
        f"Starting execution for request: {exchange.request_id}",
        f"HTTP Method: {exchange.request.method}, Resource Path: {exchange.path}",
    ]
    if route.data_trace:
        text = exchange.body[:BODY_LENGTH_MAX].decode("utf-8", "replace")
        lines.append(f"Method request body before transformations: {text}")
        answered = response.body[:BODY_LENGTH_MAX] if isinstance(response.body, bytes) else b""
        lines.append(f"Method response body after transformations: {answered.decode('utf-8', 'replace')}")
    if refusal is not None:
        if refusal.reason:
            what = "Unauthorized request" if refusal.status < 500 else "Execution failed due to configuration error"
            lines.append(f"{what}: {refusal.reason}")
        lines.append(f"Gateway response type: {refusal.kind} with status code: {response.status}")
    else:
        lines.append("Successfully completed execution")
    lines.append(f"Method completed with status: {response.status}")
    return [f"({exchange.request_id}) {line}" for line in lines]
