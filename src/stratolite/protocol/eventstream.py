"""The event stream encoding: messages of typed headers and a payload, guarded by two checksums.

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import struct
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.errors import StratoliteError
from stratolite.http.message import Response
from stratolite.protocol.models import AMZ_CBOR_TYPE, Member, OperationModel, ServiceModel, Shape
from stratolite.protocol.serialize.json import JsonWriters, encode

EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream"
MESSAGE_BYTES_MAX = 24 * 1024 * 1024
HEADERS_BYTES_MAX = 128 * 1024

_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_TRUE, _FALSE, _BYTE, _SHORT, _INT, _LONG, _BYTES, _STRING, _TIMESTAMP, _UUID = range(10)
_NUMBERS = {
    _BYTE: struct.Struct(">b"),
    _SHORT: struct.Struct(">h"),
    _INT: struct.Struct(">i"),
    _LONG: struct.Struct(">q"),
    _TIMESTAMP: struct.Struct(">q"),
}

HeaderValue = str | bytes | bool | int


class EventStreamError(StratoliteError):
    """Bytes that are no message, or a message over a limit."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    payload: bytes = b""


def encode_message(message: Message) -> bytes:
    """Raises EventStreamError over a limit."""
    headers = b"".join(_header(name, value) for name, value in message.headers.items())
    size = _PRELUDE.size + len(headers) + len(message.payload) + _CHECKSUM.size
    if size > MESSAGE_BYTES_MAX or len(headers) > HEADERS_BYTES_MAX:
        raise EventStreamError(f"a message has at most {MESSAGE_BYTES_MAX} bytes")
    lengths = struct.pack(">II", size, len(headers))
    body = lengths + _CHECKSUM.pack(zlib.crc32(lengths)) + headers + message.payload
    return body + _CHECKSUM.pack(zlib.crc32(body))


class MessageDecoder:
    """Takes bytes as they arrive and gives the messages that are complete."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Raises EventStreamError; the decoder is of no use afterwards."""
        self._waiting += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    @property
    def is_empty(self) -> bool:
        """Whether no message is half received."""
        return not self._waiting

    def _next(self) -> Message | None:
        waiting = self._waiting
        if len(waiting) < _PRELUDE.size:
            return None
        size, headers_size, checksum = _PRELUDE.unpack_from(waiting)
        if checksum != zlib.crc32(waiting[:8]):
            raise EventStreamError("the prelude's checksum does not match")
        if not _PRELUDE.size + headers_size + _CHECKSUM.size <= size <= MESSAGE_BYTES_MAX:
            raise EventStreamError("the lengths of a message are out of bounds")
        if len(waiting) < size:
            return None
        whole = bytes(waiting[:size])
        del waiting[:size]
        if _CHECKSUM.unpack_from(whole, size - 4)[0] != zlib.crc32(whole[:-4]):
            raise EventStreamError("the message's checksum does not match")
        headers_end = _PRELUDE.size + headers_size
        return Message(_headers(whole[_PRELUDE.size : headers_end]), whole[headers_end:-4])


def streamed_output(model: ServiceModel, operation: OperationModel) -> Member | None:
    """The member of an operation's output that is a stream of events."""
    members = operation.output.members.values() if operation.output else ()
    return next((member for member in members if model.shape(member.shape_name).raw.get("eventstream")), None)


def event_response(
    model: ServiceModel,
    stream: Member,
    events: AsyncIterable[Any],
    headers: list[tuple[str, str]],
    encoding: str = "json",
) -> Response:
    """The response of an RPC protocol that is a stream of events: the first one stands for what else the output has.

    Source: https://smithy.io/2.0/spec/streaming.html#initial-response
    """
    shape = model.shape(stream.shape_name)

    async def encoded() -> AsyncIterator[bytes]:
        kinds: dict[str, HeaderValue] = {":message-type": "event", ":event-type": "initial-response"}
        payload, kinds[":content-type"] = _body(model, None, {}, encoding)
        yield encode_message(Message(kinds, payload))
        async for event in events:
            yield encode_event(model, shape, event, encoding)

    return Response(200, [*headers, ("content-type", EVENT_STREAM_TYPE)], encoded())


def encode_event(model: ServiceModel, stream: Shape, event: Mapping[str, Any], encoding: str = "json") -> bytes:
    """``{"PayloadChunk": {"Payload": b"..."}}`` as a message; an error event carries ``:message-type exception``."""
    ((name, value),) = event.items()
    shape = model.shape(stream.members[name].shape_name)
    kind = ":exception-type" if shape.is_error else ":event-type"
    headers: dict[str, HeaderValue] = {":message-type": "exception" if shape.is_error else "event", kind: name}
    payload = b""
    body: dict[str, Any] = {}
    members = shape.raw.get("members", {})
    has_payload = any(member.get("eventpayload") for member in members.values())
    for key, member in members.items():
        inner = value.get(key)
        if inner is None:
            continue
        if member.get("eventheader"):
            headers[key] = inner
        elif member.get("eventpayload"):
            payload, headers[":content-type"] = _payload(model, member["shape"], inner)
        else:
            body[key] = inner
    if not has_payload and shape.members:
        payload, headers[":content-type"] = _body(model, shape, body, encoding)
    return encode_message(Message(headers, payload))


def _body(model: ServiceModel, shape: Shape | None, body: Mapping[str, Any], encoding: str) -> tuple[bytes, str]:
    if encoding == "cbor":
        from stratolite.protocol.serialize.cbor import encode_cbor, tagged

        return encode_cbor(tagged(model, shape, body, milliseconds=True) if shape else body), AMZ_CBOR_TYPE
    write = JsonWriters(model).writer(shape.name) if shape else None
    return encode(write(body) if write is not None else body), "application/json"


def _payload(model: ServiceModel, shape_name: str, value: Any) -> tuple[bytes, str]:
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if isinstance(value, str):
        return value.encode(), "text/plain"
    write = JsonWriters(model).writer(shape_name)
    return encode(write(value) if write is not None else value), "application/json"


def _header(name: str, value: HeaderValue) -> bytes:
    encoded_name = name.encode()
    start = struct.pack(">B", len(encoded_name)) + encoded_name
    if isinstance(value, bool):
        return start + bytes([_TRUE if value else _FALSE])
    if isinstance(value, int):
        return start + bytes([_LONG]) + _NUMBERS[_LONG].pack(value)
    data = value.encode() if isinstance(value, str) else value
    return start + bytes([_STRING if isinstance(value, str) else _BYTES]) + struct.pack(">H", len(data)) + data


def _headers(data: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    position = 0
    try:
        while position < len(data):
            name_end = position + 1 + data[position]
            name = data[position + 1 : name_end].decode()
            headers[name], position = _header_value(data, name_end)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise EventStreamError("the headers of a message are malformed") from error
    return headers


def _header_value(data: bytes, position: int) -> tuple[HeaderValue, int]:
    kind = data[position]
    position += 1
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, position
    if kind in _NUMBERS:
        number = _NUMBERS[kind]
        return int(number.unpack_from(data, position)[0]), position + number.size
    if kind in (_BYTES, _STRING):
        (size,) = struct.unpack_from(">H", data, position)
        start, end = position + 2, position + 2 + size
    elif kind == _UUID:
        start, end = position, position + 16
    else:
        raise EventStreamError(f"there is no header type {kind}")
    if end > len(data):
        raise EventStreamError("a header is cut off")
    return data[start:end].decode() if kind == _STRING else data[start:end], end
