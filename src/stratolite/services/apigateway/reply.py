"""What a function's answer means for a Lambda proxy integration, and the headers of every response.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
and the recorded answers of test_aws_proxy_response_payload_format_validation.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterable
from functools import lru_cache
from typing import Any

import msgspec

from stratolite.http.fields import latin
from stratolite.services.apigateway.failure import Failure, malformed

Fields = list[tuple[str, str]]
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_MIN, STATUS_MAX = 100, 599

# The names under which an integration's headers reach the client, because API Gateway sets the originals itself.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
REMAPPED = {
    name.lower(): f"x-amzn-Remapped-{name}"
    for name in (
        "Authorization",
        "Connection",
        "Content-Length",
        "Content-MD5",
        "Date",
        "Expect",
        "Host",
        "Max-Forwards",
        "Proxy-Authenticate",
        "Server",
        "Trailer",
        "Upgrade",
        "User-Agent",
        "WWW-Authenticate",
    )
}
REMOVED = frozenset({"transfer-encoding"})


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What a function may answer; what it left out is null."""

    statusCode: Any = None
    headers: dict[str, Any] | None = None
    multiValueHeaders: dict[str, Any] | None = None
    body: str | None = None
    isBase64Encoded: Any = None


class _Head(msgspec.Struct):
    """What stands before the body of an answer that is streamed."""

    statusCode: Any = None
    headers: dict[str, Any] | None = None
    multiValueHeaders: dict[str, Any] | None = None
    cookies: list[str] | None = None


_decode = msgspec.json.Decoder(_Answer).decode
_decode_head = msgspec.json.Decoder(_Head).decode
_NOTHING = _Answer()


class Reply:
    """A response before its last headers."""

    __slots__ = ("body", "fields", "is_base64", "pieces", "status")

    def __init__(self, status: int, fields: Fields, body: bytes, *, is_base64: bool = False) -> None:
        self.status = status
        self.fields = fields
        self.body = body
        self.is_base64 = is_base64
        """Whether ``body`` is base 64 of what the client may be sent decoded."""
        self.pieces: AsyncIterable[bytes] | None = None
        """The body of an answer that is passed on as it comes."""

    def content_type(self) -> str:
        """The first Content-Type, or nothing."""
        return type_of(self.fields) or ""


def type_of(fields: Fields) -> str | None:
    """The first Content-Type."""
    for name, value in fields:
        if name.lower() == "content-type":
            return value
    return None


def read(payload: bytes) -> Reply:
    """A function's proxy response. Raises Failure (502) for anything that is none."""
    try:
        answer = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None
    if answer == _NOTHING and not msgspec.json.decode(payload):
        raise malformed()
    fields = _headers(answer.multiValueHeaders, answer.headers)
    if type_of(fields) is None:
        fields.append(("Content-Type", "application/json"))
    content = answer.body.encode("utf-8", "replace") if answer.body else b""
    return Reply(_status(answer.statusCode), fields, content, is_base64=answer.isBase64Encoded is True)


def read_head(payload: bytes) -> Reply:
    """A proxy response without its body. Raises Failure (502) for anything that is none."""
    try:
        head = _decode_head(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None
    fields = [*_headers(head.multiValueHeaders, head.headers), *(("Set-Cookie", each) for each in head.cookies or ())]
    if type_of(fields) is None:
        fields.append(("Content-Type", "application/json"))
    return Reply(_status(head.statusCode), fields, b"")


def decoded(reply: Reply) -> bytes:
    """The bytes behind base 64. Raises Failure (502 is what AWS answers to text that is no base 64)."""
    try:
        return base64.b64decode(reply.body, validate=True)
    except (binascii.Error, ValueError):
        raise malformed() from None


def remapped(fields: Fields) -> Fields:
    """The fields under the names that the client sees; what cannot be a header at all is left out."""
    return [(shown, latin(value)) for name, value in fields if (shown := _shown(name))]


@lru_cache(maxsize=1024)
def _shown(name: str) -> str:
    """The name under which the client sees a field; nothing when it does not."""
    lower = name.lower()
    return REMAPPED.get(lower, name) if lower not in REMOVED and _NAME.fullmatch(name) else ""


def _status(value: Any) -> int:
    if value is None:
        return 200
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not STATUS_MIN <= value <= STATUS_MAX:
        raise malformed()
    return value


def _headers(many: dict[str, Any] | None, single: dict[str, Any] | None) -> Fields:
    if many is None and single is None:
        return []
    if many is None:
        assert single is not None
        return [(name, _value(value)) for name, value in single.items() if value is not None]
    fields: Fields = []
    cases: dict[str, str] = {}
    for name, values in many.items():
        if not isinstance(values, list):
            raise malformed()
        cases[name.lower()] = name
        fields += [(name, _value(value)) for value in values]
    for name, value in (single or {}).items():
        if value is None:
            continue
        # A name that both maps have keeps the case of multiValueHeaders; the same pair is sent once.
        pair = (cases.get(name.lower(), name), _value(value))
        if pair not in fields:
            fields.append(pair)
    return fields


def _value(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str):
        raise malformed()
    return value


__all__ = ["Failure", "Reply", "decoded", "read", "remapped"]
