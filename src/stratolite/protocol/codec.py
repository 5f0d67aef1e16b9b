"""Codecs: one operation in one protocol, compiled once, from request to values and from values to response."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Request, Response
from stratolite.protocol import faults
from stratolite.protocol.models import OperationModel, ServiceModel, streamed_members
from stratolite.protocol.parse import json as parse_json
from stratolite.protocol.parse import query as parse_query
from stratolite.protocol.parse.cbor import parse_cbor
from stratolite.protocol.parse.rest import RestParser
from stratolite.protocol.serialize.cbor import encode_cbor, tagged
from stratolite.protocol.serialize.json import JsonWriters, encode
from stratolite.protocol.serialize.rest import RestSerializer
from stratolite.protocol.serialize.xml import Pieces, XmlWriters, escape

Result = Mapping[str, Any] | None


class Codec(ABC):
    """Parses requests and serialises results of one operation. Costs a few microseconds beyond the encoding itself."""

    streams = False
    """Whether a member of the input is the request's ``stream``, which nobody may read before the operation."""
    unpacks = True
    """Whether a compressed body is unpacked before it is parsed: not where the body is the user's own bytes."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        self.model = model
        self.operation = operation
        self.protocol = protocol

    @abstractmethod
    def parse(self, request: Request) -> dict[str, Any]:
        """Python values by the model's member names. Raises SerializationException or the protocol's equivalent."""

    def check_opaque(self, request: Request) -> None:  # noqa: B027 - most codecs leave nothing to the service
        """Check the wire types of what ``parse`` leaves to the service: in a request that is refused for another
        reason they come first. Raises SerializationException."""

    @abstractmethod
    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        """The response of a result: str, int, float, bool, bytes, list and dict by the model's member names."""

    def error(self, error: AwsError, request_id: str, request: Request | None = None) -> Response:
        """The response of an error."""
        return faults.fault(self.model, self.protocol, error, request_id, request)


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
        self._content_type = ("content-type", faults.json_content_type(model))
        self._has_checksum = bool(model.patch.get("crc32"))

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
        # An operation without output answers an empty body, as AWS does.
        if self.operation.output is None:
            body = b""
        else:
            body = encode(self._write(result) if self._write is not None and result else result or {})
        response = Response(200, [self._content_type, ("x-amzn-requestid", request_id)], body)
        if self._has_checksum:
            faults.checksum(self.model, response)
        return response


class QueryCodec(Codec):
    """awsQuery: form fields in, XML out."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        model = model.in_query
        operation = model.operation(operation.name)
        super().__init__(model, operation, protocol)
        self._write = XmlWriters(model).body(operation.output.members) if operation.output else None
        name = operation.name
        wrapper = operation.result_wrapper or (f"{name}Result" if operation.output else "")
        self._start = f'<{name}Response xmlns="{escape(model.xml_namespace)}">' + (f"<{wrapper}>" if wrapper else "")
        end = f"</{wrapper}>" if wrapper else ""
        self._end = f"{end}<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></{name}Response>"

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        flat = parse_query.request_fields(request)
        return parse_query.structure(self.model, self.operation.input, parse_query.tree(flat))

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        out: Pieces = [self._start]
        if self._write is not None and result:
            self._write(result, out)
        out.append(self._end % escape(request_id))
        headers = [("content-type", "text/xml"), ("x-amzn-requestid", request_id)]
        return Response(200, headers, "".join(out).encode())


class RestCodec(Codec):
    """restJson1 and restXml."""

    def __init__(self, model: ServiceModel, operation: OperationModel, protocol: str) -> None:
        super().__init__(model, operation, protocol)
        self._parser = RestParser(model, operation)
        self.streams = self._parser.streams
        self.unpacks = protocol == "rest-json" and not self._parser.takes_bytes
        writers = JsonWriters(model) if protocol == "rest-json" else XmlWriters(model)
        self._serializer = RestSerializer(model, operation, writers)

    def parse(self, request: Request) -> dict[str, Any]:
        return self._parser.parse(request)

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        response = self._serializer.serialize(result or {})
        response.headers += faults.request_headers(self.model, request_id)
        return response


class CborCodec(Codec):
    """smithy-rpc-v2-cbor."""

    def parse(self, request: Request) -> dict[str, Any]:
        if self.operation.input is None:
            return {}
        return parse_cbor(self.model, self.operation.input, request.body)

    def serialize(self, result: Result, request_id: str, request: Request | None = None) -> Response:
        headers = [("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-requestid", request_id)]
        if self.operation.output is None:
            return Response(200, headers)
        headers.append(("content-type", "application/cbor"))
        return Response(200, headers, encode_cbor(tagged(self.model, self.operation.output, result or {})))


_CODECS: Mapping[str, type[Codec]] = {
    "json": JsonCodec,
    "query": QueryCodec,
    "rest-json": RestCodec,
    "rest-xml": RestCodec,
    "smithy-rpc-v2-cbor": CborCodec,
}


@cache
def codec(model: ServiceModel, operation: str, protocol: str) -> Codec:
    """The codec of an operation in one of ``models.PROTOCOLS``. Raises UnknownOperationException."""
    return _CODECS[protocol](model, model.operation(operation), protocol)
