"""Integrations with mappings: MOCK, and AWS with a Lambda function.

Templates shape what goes in and out; selection patterns pick the response.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
"""

import base64
import json
import re
from collections.abc import Mapping

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.apigateway import Apigateway, mapping, payloads, proxy, templates
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import misconfigured, unsupported_media_type
from stratolite.services.apigateway.reply import Fields, Reply, type_of
from stratolite.storage.documents import Document

JSON = "application/json"
# AWS reads names without quotes, as in {statusCode:200}, which Serverless writes.
_PART = re.compile(r"""("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)'|([A-Za-z_$][\w$]*)(?=\s*:)""", re.DOTALL)


async def answer_mock(exchange: Exchange) -> Reply:
    """A MOCK integration: the request template says which status it answered."""
    return response(exchange, str(_mock_status(request_body(exchange))), b"")


def _mock_status(rendered: str) -> int:
    """The status in the JSON of a request template. Raises Failure (500): AWS says in its log that it "should be an
    integer that is defined in the request template"."""
    try:
        found = json.loads(_PART.sub(lambda part: part[1] or json.dumps(part[2] or part[3] or ""), rendered))
    except (ValueError, RecursionError):
        raise misconfigured() from None
    status = found.get("statusCode") if isinstance(found, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        raise misconfigured()
    return status


async def answer_lambda(apigateway: Apigateway, call: Call, exchange: Exchange) -> Reply:
    """An AWS integration with a function: the request template is the payload, errors pick the response."""
    if exchange.route.is_misconfigured:
        raise misconfigured()
    rendered = request_body(exchange)
    payload = (rendered or "{}").encode()
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        # Lambda refuses a payload that is no JSON; that answer matches no pattern but the default one.
        raise misconfigured() from None
    if _request_header(exchange, "X-Amz-Invocation-Type") == "Event":
        return await _answer_later(apigateway, call, exchange, payload)
    result = await proxy.invoke(apigateway, call, exchange, payload)
    if not rendered:
        # What functions get for nothing is not in the log of a trial.
        exchange.sent = b""
    return response(exchange, _error_message(result.payload) if result.error else "", result.payload)


async def _answer_later(apigateway: Apigateway, call: Call, exchange: Exchange, payload: bytes) -> Reply:
    stage, route = exchange.stage, exchange.route
    source = call.arn("execute-api", f"{stage.api_id}/{stage.name}/{exchange.request.method}{route.resource_path}")
    port = apigateway.world.ports.function
    exchange.trace_shown = True
    try:
        await apigateway.world.database.transact(
            lambda: port.invoke_later(call, route.function, payload, source=source)
        )
    except AwsError:
        raise misconfigured() from None
    return response(exchange, "", b"")


def _error_message(payload: bytes) -> str:
    try:
        error = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    message = error.get("errorMessage") if isinstance(error, dict) else None
    return message if isinstance(message, str) else ""


def _request_header(exchange: Exchange, name: str) -> str:
    overridden = exchange.overrides.get("requestOverride", {}).get("header", {}).get(name)
    if overridden is not None:
        return str(overridden)
    source = (exchange.route.integration.get("requestParameters") or {}).get(f"integration.request.header.{name}")
    return (mapping.request_value(exchange, source) or "") if source else ""


def request_body(exchange: Exchange) -> str:
    """``request_bytes`` of an integration that takes text."""
    return request_bytes(exchange).decode("utf-8", "replace")


def request_bytes(exchange: Exchange) -> bytes:
    """The integration's request body.

    Raises Failure: 415 no template fits and the body may not pass without, 500 it is not what it is to be made of.
    """
    template = _request_template(exchange)
    handling = exchange.route.integration.get("contentHandling") or ""
    is_binary = exchange.stage.is_binary(exchange.request.headers.get("content-type", JSON))
    body = payloads.of_request(exchange.body, handling, is_binary=is_binary)
    if template is None:
        return body
    try:
        text = body.decode("utf-8", "strict" if handling == payloads.TO_BINARY else "replace")
    except UnicodeDecodeError:
        # Recorded: test_apigw_s3_binary_support_request_convert_to_binary_with_request_template.
        raise misconfigured() from None
    return templates.render(template, exchange, text, exchange.overrides).encode("utf-8", "replace")


def _request_template(exchange: Exchange) -> str | None:
    integration = exchange.route.integration
    found: Document = integration.get("requestTemplates") or {}
    content_type = exchange.request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    template: str | None = found.get(content_type, found.get("$default"))
    behaviour = integration["passthroughBehavior"]
    if template is None and (behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and found)):
        raise unsupported_media_type()
    return template


def response(exchange: Exchange, outcome: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    """The method's response to what the integration answered: ``outcome`` picks it, ``headers`` have lower-case names.

    Raises Failure (500) when nothing maps it.
    """
    chosen = _chosen(exchange.route.integration.get("integrationResponses") or {}, outcome)
    if chosen is None or chosen["statusCode"] not in (exchange.route.method.get("methodResponses") or {}):
        raise misconfigured()
    fields = mapping.response_fields(exchange, chosen.get("responseParameters") or {}, body, headers or {})
    content_type, template = _response_template(exchange, chosen.get("responseTemplates") or {})
    body = _response_body(exchange, template, chosen.get("contentHandling") or "", body, headers)
    fields, status = _overridden(fields, int(chosen["statusCode"]), exchange.overrides.get("responseOverride") or {})
    if type_of(fields) is None:
        fields.append(("Content-Type", content_type))
    return Reply(status, fields, body)


def _response_body(
    exchange: Exchange, template: str | None, handling: str, body: bytes, headers: Mapping[str, str] | None
) -> bytes:
    """What the client gets of a body, by a template or without; ``headers`` are None where a function made it."""
    stage = exchange.stage
    is_binary = stage.is_binary((headers or {}).get("content-type", JSON))
    is_wanted = stage.is_binary(exchange.request.headers.get("accept").partition(",")[0])
    if template:
        if is_binary and not payloads.wants_bytes(handling, is_wanted=is_wanted):
            body = base64.b64encode(body)
        text = templates.render(template, exchange, body.decode("utf-8", "replace"), exchange.overrides)
        rendered = text.encode("utf-8", "replace")
        return payloads.decoded(rendered) if handling == payloads.TO_BINARY else rendered
    if template is not None or exchange.route.integration["type"] == "MOCK":
        return b""
    if headers is None and not is_binary and payloads.wants_bytes(handling, is_wanted=is_wanted):
        # A function's base 64 is a text of JSON.
        body = body.removeprefix(b'"').removesuffix(b'"')
    return payloads.of_response(body, handling, is_binary=is_binary, is_wanted=is_wanted)


def _chosen(responses: Document, outcome: str) -> Document | None:
    default = None
    for response in responses.values():
        pattern = response.get("selectionPattern")
        if not pattern:
            default = default or response
        elif outcome and re.fullmatch(pattern, outcome):
            found: Document = response
            return found
    return default


def _response_template(exchange: Exchange, found: Document) -> tuple[str, str | None]:
    """(content type, template): the accepted one, else JSON's, else the first. A template of null gives no body."""
    accepted = exchange.request.headers.get("accept").partition(",")[0].partition(";")[0].strip()
    for content_type in (accepted, JSON, *found):
        if content_type in found:
            return content_type, found[content_type] or ""
    return JSON, None


def _overridden(fields: Fields, status: int, override: Document) -> tuple[Fields, int]:
    headers = override.get("header")
    for name, value in (headers if isinstance(headers, dict) else {}).items():
        fields = [field for field in fields if field[0].lower() != name.lower()]
        fields += [(name, each) for each in mapping.texts(value)]
    wanted = str(override.get("status", status))
    # What is no status changes nothing.
    return fields, int(wanted) if re.fullmatch("[1-5][0-9][0-9]", wanted) else status
