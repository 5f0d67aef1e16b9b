"""What a function's answer means as a response: payload formats 1.0 and 2.0.

Format 2.0 infers a response where none was written: whatever has no ``statusCode`` is the body of a 200.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, and
what AWS's own test tool observed (aws/aws-lambda-dotnet, LambdaTestTool-v2, ApiGatewayResponseExtensions.cs and
InvokeResponseExtensions.cs): text without a type is ``text/plain; charset=utf-8``, what is no JSON is a body as it is.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

import msgspec

from stratolite.http.fields import latin

Fields = list[tuple[str, str]]
TYPE_DEFAULT = "text/plain; charset=utf-8"
TYPE_INFERRED = "application/json"
STATUS_MIN, STATUS_MAX = 100, 599
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
KEPT_BACK = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"})
"""Fields about the connection: they are the gateway's to set."""


class Malformed(Exception):
    """The answer is no response."""


class _Answer(msgspec.Struct):
    """What a function may answer, as far as it is a response; what it left out is null."""

    statusCode: Any = None
    headers: Any = None
    multiValueHeaders: Any = None
    cookies: Any = None
    body: Any = None
    isBase64Encoded: Any = None


_decode = msgspec.json.Decoder(_Answer).decode
_NOTHING = _Answer()


class Reply:
    """A response as the function wants it."""

    __slots__ = ("body", "fields", "status")

    def __init__(self, status: int, fields: Fields, body: bytes) -> None:
        self.status = status
        self.fields = fields
        self.body = body


def read(payload: bytes, version: str) -> Reply:
    """The response that a function's answer stands for. Raises Malformed."""
    try:
        answer = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = _NOTHING
    if answer.statusCode is None:
        return _inferred(payload, version)
    if version == "1.0":
        fields = _fields(answer.multiValueHeaders, answer.headers)
    else:
        fields = _fields(None, answer.headers)
        if answer.cookies is not None:
            fields += [("set-cookie", latin(_value(each))) for each in _list(answer.cookies)]
    if "content-type" not in [name.lower() for name, _ in fields]:
        fields.append(("content-type", TYPE_DEFAULT))
    return Reply(_status(answer.statusCode), fields, _body(answer))


def _inferred(payload: bytes, version: str) -> Reply:
    """The response that was not written as one."""
    if version == "1.0":
        raise Malformed("the answer is no JSON, or has no statusCode")
    try:
        answer = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    body = answer.encode("utf-8", "replace") if isinstance(answer, str) else payload
    return Reply(200, [("content-type", TYPE_INFERRED)], body)


def _body(answer: _Answer) -> bytes:
    body = answer.body
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed("body is no text")
    if answer.isBase64Encoded is not True:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("body is no base 64") from None


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not STATUS_MIN <= value <= STATUS_MAX:
        raise Malformed("statusCode is none")
    return value


def _fields(many: Any, single: Any) -> Fields:
    fields: Fields = []
    names = set()
    for name, values in _map(many).items():
        names.add(name.lower())
        fields += [(name, _value(value)) for value in _list(values)]
    for name, value in _map(single).items():
        if value is None or (names and name.lower() in names and (name, _value(value)) in fields):
            continue
        fields.append((name, _value(value)))
    return [(name, latin(value)) for name, value in fields if _is_sent(name)]


@lru_cache(maxsize=1024)
def _is_sent(name: str) -> bool:
    """Whether a function's field of this name reaches the client."""
    return name.lower() not in KEPT_BACK and _NAME.fullmatch(name) is not None


def _map(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("headers are no map")
    return value


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed("cookies, or the values of a header, are no list")
    return value


def _value(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise Malformed("a header's value is no text")
