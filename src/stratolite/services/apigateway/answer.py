"""The last step of every response: the headers that API Gateway adds, compression, and its own refusals."""

from stratolite.http.encodings import packed
from stratolite.http.fields import latin
from stratolite.http.message import BODILESS, Response
from stratolite.services.apigateway import compression, mapping
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import (
    TEMPLATE_DEFAULT,
    TEMPLATE_DENIED,
    Failure,
    chosen,
    error_variables,
    render,
)
from stratolite.services.apigateway.reply import Fields, Reply, remapped, type_of


def finish(exchange: Exchange, answered: Reply) -> Response:
    """The response of an integration."""
    fields = [("x-amzn-RequestId", exchange.request_id), ("x-amz-apigw-id", exchange.extended_id)]
    if exchange.trace_shown:
        fields.append(("X-Amzn-Trace-Id", exchange.trace_id))
    fields += remapped(answered.fields)
    body = b"" if answered.status in BODILESS or answered.status < 200 else answered.body
    return _compressed(exchange, Response(max(answered.status, 200), fields, answered.pieces or body))


def refuse(exchange: Exchange | None, failure: Failure, request_id: str, extended_id: str) -> Response:
    """API Gateway's own answer, in the shape that the API's gateway responses give it."""
    fields: Fields = [
        ("x-amzn-RequestId", request_id),
        ("x-amz-apigw-id", extended_id),
        ("x-amzn-ErrorType", failure.error_type),
    ]
    own = chosen(failure, exchange.stage.gateway_responses) if exchange else None
    if exchange is None or own is None:
        template = TEMPLATE_DENIED if failure.kind == "ACCESS_DENIED" else TEMPLATE_DEFAULT
        body = render(template, lambda name: error_variables(failure)[name.removeprefix("context.")])
        return Response(failure.status, [*fields, ("Content-Type", "application/json")], body.encode())
    content_type, template = _template(exchange, own["responseTemplates"])
    values = error_variables(failure)

    def variable(name: str) -> str | None:
        return values.get(name.removeprefix("context.")) or mapping.known_variable(exchange, name)

    status = int(own.get("statusCode") or failure.status)
    for expression, source in own["responseParameters"].items():
        value = source[1:-1] if source[:1] == "'" else mapping.known_variable(exchange, source)
        if value is not None:
            fields.append((expression.removeprefix("gatewayresponse.header."), value))
    if type_of(fields) is None:
        fields.append(("Content-Type", content_type))
    body = render(template, variable)
    return Response(status, [(name, latin(value)) for name, value in fields], body.encode("utf-8", "replace"))


def _template(exchange: Exchange, templates: dict[str, str]) -> tuple[str, str]:
    accepted = exchange.request.headers.get("accept").partition(",")[0].partition(";")[0].strip()
    for content_type in (accepted, "application/json", *templates):
        if content_type in templates:
            return content_type, templates[content_type] or ""
    return "application/json", ""


def _compressed(exchange: Exchange, response: Response) -> Response:
    size_min = exchange.stage.api.get("minimumCompressionSize")
    body = response.body
    if size_min is None or not isinstance(body, bytes) or not body or len(body) < size_min:
        return response
    if any(name.lower() == "content-encoding" for name, _ in response.headers):
        return response
    encoding = compression.wanted_encoding(exchange.request.headers.get("accept-encoding"))
    if encoding:
        response.body = packed(body, encoding)
        response.headers.append(("Content-Encoding", encoding))
    return response
