"""Access logs of stages, in CloudWatch Logs.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html and
http-api-logging-variables.html beside it. Lines are written soon, with others, and before anybody reads.
"""

import json
import re

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.http.message import Response
from stratolite.services.apigatewayv2 import Apigatewayv2, variables
from stratolite.services.apigatewayv2.exchange import Exchange
from stratolite.services.apigatewayv2.refusal import Refusal

_VARIABLE = re.compile(r"\$context\.([\w.-]*\w)")


def write(
    apigatewayv2: Apigatewayv2,
    call: Call,
    exchange: Exchange,
    response: Response,
    refused: Refusal | None,
    elapsed_s: float,
) -> None:
    """Write the line of one request."""
    stage = exchange.stage.stage
    destination = Arn.parse(stage.access_log_destination)
    group = destination.resource.removeprefix("log-group:").removesuffix(":*")
    line = access_line(stage.access_log_format, exchange, response, refused, round(elapsed_s * 1000))
    within = call.within(destination.account, destination.region)
    apigatewayv2.world.ports.log.hold(within, group, f"{stage.api_id}-{stage.name}", [(exchange.now_ms, line)])


def access_line(template: str, exchange: Exchange, response: Response, refused: Refusal | None, elapsed_ms: int) -> str:
    """The line; a variable without a value is ``-``."""
    body_bytes = len(response.body) if isinstance(response.body, bytes) else 0
    known = {
        "status": str(response.status),
        "responseLength": str(body_bytes),
        "responseLatency": str(elapsed_ms),
        "dataProcessed": str(len(exchange.body) + body_bytes),
    }
    if refused is not None:
        known["error.message"] = refused.message
        known["error.messageString"] = json.dumps(refused.message)
        known["error.responseType"] = refused.kind

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        return known.get(name) or variables.context(exchange, name) or "-"

    return _VARIABLE.sub(replace, template)
