"""What a function's answer means as an HTTP response.

An object with a ``statusCode`` says what it wants; any other JSON is the body of a 200. Responses that are streamed say
it in a prelude, which eight zero bytes end.
Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

INTEGRATION_TYPE = "application/vnd.awslambda.http-integration-response"
"""The content type of a streamed response that begins with a prelude."""
DELIMITER = bytes(8)
PRELUDE_BYTES_MAX = 1024 * 1024
REMAPPED = frozenset(
    {"connection", "content-length", "date", "host", "server", "transfer-encoding", "www-authenticate"}
)
"""Names that are Lambda's own to use: a function's come out as ``x-amzn-Remapped-...``."""
STATUS_MIN, STATUS_MAX = 200, 599


class BadReply(Exception):
    """The answer cannot be made into a response."""


@dataclass(slots=True)
class Reply:
    """A response as the function wants it."""

    status: int = 200
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def buffered(payload: bytes, content_type: str) -> Reply:
    """The response of a whole answer. Raises BadReply."""
    if content_type == INTEGRATION_TYPE and DELIMITER in payload:
        prelude, _, body = payload.partition(DELIMITER)
        reply = streamed(prelude)
        reply.body = body
        return reply
    try:
        answer = json.loads(payload)
    except ValueError:
        # A runtime that answers without JSON: its text is the body.
        return _typed(Reply(body=payload))
    if isinstance(answer, dict) and answer.get("statusCode") is not None:
        reply = _head(answer)
        reply.body = _body(answer)
        return reply
    return _typed(Reply(body=answer.encode() if isinstance(answer, str) else _compact(answer)))


def streamed(prelude: bytes) -> Reply:
    """The response that a prelude announces, without its body. Raises BadReply."""
    try:
        answer = json.loads(prelude)
    except ValueError:
        raise BadReply("the prelude is no JSON") from None
    if not isinstance(answer, dict):
        raise BadReply("the prelude is no object")
    return _head(answer)


def _head(answer: Mapping[str, Any]) -> Reply:
    try:
        status = int(answer.get("statusCode", 200))
    except (TypeError, ValueError):
        raise BadReply("the statusCode is no number") from None
    headers, cookies = answer.get("headers") or {}, answer.get("cookies") or []
    if not STATUS_MIN <= status <= STATUS_MAX or not isinstance(headers, dict) or not isinstance(cookies, list):
        raise BadReply("statusCode, headers or cookies are none")
    fields = []
    for name, value in headers.items():
        shown = f"x-amzn-Remapped-{name}" if name.lower() in REMAPPED else name
        fields.append((shown, _text(value)))
    fields += [("Set-Cookie", _text(cookie)) for cookie in cookies]
    return _typed(Reply(status, fields))


def _typed(reply: Reply) -> Reply:
    if not any(name.lower() == "content-type" for name, _ in reply.fields):
        reply.fields.append(("Content-Type", "application/json"))
    return reply


def _body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        return _compact(body)
    if answer.get("isBase64Encoded") is True:
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise BadReply("the body is no base 64") from None
    return body.encode("utf-8", "replace")


def _text(value: Any) -> str:
    """A header's value, as bytes go over the wire."""
    text = value if isinstance(value, str) else _compact(value).decode()
    return text.encode("utf-8", "replace").decode("latin-1")


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
