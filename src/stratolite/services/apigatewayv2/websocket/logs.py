"""Access logs and execution logs of stages of WebSocket APIs, in CloudWatch Logs.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html and
apigateway-websocket-api-mapping-template-reference.html beside it. Lines are written soon, with others, and before
anybody reads.
"""

import json
import re
from collections.abc import Mapping

from stratolite.core.arn import Arn
from stratolite.core.clock import clf_time
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.domain import RouteSettings, Stage
from stratolite.services.apigatewayv2.variables import text as as_text
from stratolite.services.apigatewayv2.websocket.client import Moment
from stratolite.services.apigatewayv2.websocket.refusal import Refusal

_VARIABLE = re.compile(r"\$context\.([\w.-]*\w)")
BODY_LENGTH_MAX = 1024
"""How much of a message an execution log shows."""


def write(
    apigatewayv2: Apigatewayv2,
    moment: Moment,
    stage: Stage,
    route_key: str,
    kind: str,
    status: int,
    refused: Refusal | None,
    message: str = "",
) -> None:
    """Write the lines of one thing that happened. ``kind``: ``CONNECT``, ``MESSAGE`` or ``DISCONNECT``."""
    settings = stage.settings_of(route_key)
    if not stage.access_log_format and settings.log_level in (None, "OFF"):
        return
    log = apigatewayv2.world.ports.log
    if stage.access_log_format:
        destination = Arn.parse(stage.access_log_destination)
        group = destination.resource.removeprefix("log-group:").removesuffix(":*")
        line = access_line(stage.access_log_format, moment, route_key, kind, status, refused)
        within = moment.call.within(destination.account, destination.region)
        log.hold(within, group, f"{stage.api_id}-{stage.name}", [(moment.now_ms, line)])
    lines = execution_lines(settings, moment, route_key, kind, refused, message)
    if lines:
        group = f"/aws/apigateway/{stage.api_id}/{stage.name}"
        log.hold(moment.call, group, moment.client.connection_id, [(moment.now_ms, line) for line in lines])


def access_line(template: str, moment: Moment, route_key: str, kind: str, status: int, refused: Refusal | None) -> str:
    """The line; a variable without a value is ``-``."""
    known = _known(moment, route_key, kind, status, refused)
    return _VARIABLE.sub(lambda match: known.get(match[1]) or "-", template)


def execution_lines(
    settings: RouteSettings, moment: Moment, route_key: str, kind: str, refused: Refusal | None, message: str
) -> list[str]:
    """The execution log's lines: all of them at INFO, those of failures at ERROR."""
    level = settings.log_level
    if level in (None, "OFF") or (level == "ERROR" and refused is None):
        return []
    client = moment.client
    doing = {"CONNECT": "connecting to", "MESSAGE": "sending a message to", "DISCONNECT": "disconnected from"}[kind]
    lines = [
        f"Extended Request Id: {moment.request_id}",
        f"WebSocket Request Route: [{route_key}]",
        f"Client [UserAgent: {client.user_agent or None}, SourceIp: {client.source_ip}] is {doing} WebSocket API"
        f" [{client.api_id}], connection {client.connection_id}.",
    ]
    if settings.data_trace and message:
        lines.append(f"Received message: {message[:BODY_LENGTH_MAX]}")
    if refused is not None:
        lines.append(f"Execution failed: {refused.reason or refused.message}")
    return [f"({moment.request_id}) {line}" for line in lines]


def _known(moment: Moment, route_key: str, kind: str, status: int, refused: Refusal | None) -> Mapping[str, str]:
    client = moment.client
    given = dict(client.authorizer or {})
    known = {
        "apiId": client.api_id,
        "connectedAt": str(client.connected_ms),
        "connectionId": client.connection_id,
        "domainName": client.domain,
        "eventType": kind,
        "extendedRequestId": moment.request_id,
        "identity.sourceIp": client.source_ip,
        "identity.userAgent": client.user_agent,
        "requestId": moment.request_id,
        "requestTime": clf_time(moment.now_ms // 1000),
        "requestTimeEpoch": str(moment.now_ms),
        "routeKey": route_key,
        "stage": client.stage,
        "status": str(status),
        **{f"identity.{name}": str(value) for name, value in client.signer.items()},
        **{f"authorizer.{name}": as_text(value) for name, value in given.items()},
    }
    if refused is not None:
        known |= {"error.message": refused.message, "error.messageString": json.dumps(refused.message)}
        if refused.metric == "IntegrationError":
            known |= {"integrationErrorMessage": refused.reason, "integration.error": refused.reason}
    return known
