"""awsJson1.0 and awsJson1.1, and any service's operations in AWS JSON for ourselves."""

from functools import cached_property
from typing import Any

from stratolite.http.encodings import packed
from stratolite.http.message import Body, Request, Response
from stratolite.protocol import compression, faults
from stratolite.protocol.codec import Codec, Result
from stratolite.protocol.eventstream import event_response, streamed_output
from stratolite.protocol.models import OperationModel, ServiceModel, streamed_members
from stratolite.protocol.parse import json as parse_json
from stratolite.protocol.serialize.json import JsonWriters, encode


class JsonCodec(Codec):
    """awsJson1.0 and awsJson1.1."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        super().__init__(model, operation, protocol)
        # A service that speaks another protocol may still be spoken to in JSON, by the names of its members.
        is_native = "json" in model.protocols
        parsers = parse_json.JsonParsers(model, wire_names=is_native)
        self._parse = parsers.structure(operation.input, operation.input.members) if operation.input else None
        members = operation.output.members if operation.output else {}
        self._write = JsonWriters(model, wire_names=is_native).structure(members)
        self._streamed = [] if is_native else streamed_members(model, operation)
        self._events = streamed_output(model, operation) if is_native else None
        self._content_type = ("content-type", faults.json_content_type(model))
        self._has_checksum = bool(model.patch.get("crc32"))
        self._compresses = bool(model.patch.get("compresses_answers"))

    def parse(self, request: Request) -> dict[str, Any]:
        if self._parse is None:
            return {}
        parsed: dict[str, Any] = self._parse(parse_json.decode(request.body))
        for name in self._streamed:
            parsed[name] = Body(whole=parsed.get(name, b""))
        return parsed

    def check_opaque(self, request: Request) -> None:
        if self.model.has_opaque and self._full is not None:
            self._full(parse_json.decode(request.body))

    @cached_property
    def _full(self) -> parse_json.Parser | None:
        parsers = parse_json.JsonParsers(self.model, sees_opaque=True)
        return parsers.structure(self.operation.input, self.operation.input.members) if self.operation.input else None

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        if self._events is not None and result:
            named = [("x-amzn-requestid", request_id)]
            return event_response(self.model, self._events, result[self._events.name], named)
        # An operation without output answers an empty body, as AWS does.
        if self.operation.output is None:
            body = b""
        else:
            body = encode(self._write(result) if self._write is not None and result else result or {})
        response = Response(200, [self._content_type, ("x-amzn-requestid", request_id)], body)
        if self._compresses and len(body) >= compression.COMPRESSED_FROM_BYTES and request is not None:
            _compress(response, request.headers.get("accept-encoding"))
        if self._has_checksum:
            # Of the bytes as they are sent.
            faults.checksum(self.model, response)
        return response


def _compress(response: Response, accepted: str) -> None:
    """Pack the body if the client wants it packed."""
    encoding = compression.wanted_encoding(accepted)
    if encoding:
        assert isinstance(response.body, bytes)
        response.body = packed(response.body, encoding)
        response.headers.append(("content-encoding", encoding))
