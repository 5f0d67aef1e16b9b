"""The REST protocols' responses: status, headers, and a body of JSON, XML, bytes or events.

Source: https://smithy.io/2.0/spec/http-bindings.html
"""

import base64
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from typing import Any

from stratolite.http.message import Response
from stratolite.protocol import timestamps
from stratolite.protocol.eventstream import EVENT_STREAM_TYPE, encode_event
from stratolite.protocol.models import Member, OperationModel, ServiceModel
from stratolite.protocol.serialize.json import JsonWriters, encode
from stratolite.protocol.serialize.xml import DECLARATION, Pieces, XmlWriters, escape

Headers = list[tuple[str, str]]


class RestSerializer:
    """Serialises results of one operation."""

    def __init__(self, model: ServiceModel, operation: OperationModel, writers: JsonWriters | XmlWriters) -> None:
        self._model = model
        self._writers = writers
        self._status = operation.status
        shape = operation.output
        self.members = shape.members if shape else {}
        self._headers = {
            member.name: (member.wire_name.lower(), header_writer(model, member))
            for member in self.members.values()
            if member.location == "header"
        }
        self._prefixed = [member for member in self.members.values() if member.location == "headers"]
        self._status_member = next((m.name for m in self.members.values() if m.location == "statusCode"), "")
        self._status_when: Mapping[str, int] = shape.raw.get("statusWhen", {}) if shape else {}
        """The status that a member's presence gives: a part of an object is 206."""
        self._payload = self.members.get(shape.payload) if shape and shape.payload else None
        body = {name: member for name, member in self.members.items() if not member.location}
        self._root = shape.wire_name or shape.name if shape else ""
        self._text_member = shape.raw.get("xmlText", "") if shape else ""
        self._content_type = "application/json" if isinstance(writers, JsonWriters) else "application/xml"
        # Where a member says the type of a blob, an absent member says nothing.
        is_typed = any(wire_name == "content-type" for wire_name, _ in self._headers.values())
        self._blob_type: str = "" if is_typed else model.patch.get("blob_content_type", "application/octet-stream")
        self._write = self._payload_writer() if self._payload is not None else self._body_writer(body)

    def serialize(self, result: Mapping[str, Any]) -> Response:
        """The response, without the headers that every response of the service has."""
        headers: Headers = []
        # A result has few of the dozens of headers that an operation of S3 may answer with.
        for name, value in result.items():
            header = self._headers.get(name)
            if header is not None and value is not None:
                headers.append((header[0], header[1](value)))
        for member in self._prefixed:
            values = result.get(member.name) or {}
            headers += [(member.wire_name.lower() + key.lower(), header_text(text)) for key, text in values.items()]
        status = self._status
        if self._status_member:
            status = result.get(self._status_member) or status
        for name, other in self._status_when.items():
            status = other if result.get(name) is not None else status
        response = Response(status, headers)
        if self._write is not None:
            self._write(result, response)
        return response

    def _body_writer(self, members: Mapping[str, Member]) -> Callable[[Mapping[str, Any], Response], None] | None:
        """None for an answer without a body."""
        if not members:
            return None
        if isinstance(self._writers, JsonWriters):
            return self._json_body(members, self._writers)
        return self._xml_body(members, self._writers)

    def _json_body(
        self, members: Mapping[str, Member], writers: JsonWriters
    ) -> Callable[[Mapping[str, Any], Response], None]:
        write = writers.structure(members)
        elsewhere = frozenset(self.members) - frozenset(members)

        def json(result: Mapping[str, Any], response: Response) -> None:
            if write is not None:
                result = write(result)
            elif elsewhere:
                result = {name: value for name, value in result.items() if name not in elsewhere}
            response.body = encode(result)
            response.headers.append(("content-type", self._content_type))

        return json

    def _xml_body(
        self, members: Mapping[str, Member], writers: XmlWriters
    ) -> Callable[[Mapping[str, Any], Response], None]:
        write = writers.body(members)

        def xml(result: Mapping[str, Any], response: Response) -> None:
            out: Pieces = [DECLARATION, f'<{self._root} xmlns="{escape(self._model.xml_namespace)}">']
            if self._text_member:
                # The root holds the member's text itself, as in GetBucketLocation.
                out.append(escape(result.get(self._text_member) or ""))
            else:
                write(result, out)
            out.append(f"</{self._root}>")
            response.body = "".join(out).encode()
            response.headers.append(("content-type", self._content_type))

        return xml

    def _payload_writer(self) -> Callable[[Mapping[str, Any], Response], None]:
        payload = self._payload
        assert payload is not None
        shape = self._model.shape(payload.shape_name)
        if shape.raw.get("eventstream"):
            return lambda result, response: self._events(result.get(payload.name), response)
        if shape.type in ("blob", "string"):
            return lambda result, response: self._bytes(result.get(payload.name), response)
        if isinstance(self._writers, JsonWriters):
            json = self._writers.writer(payload.shape_name) or (lambda value: value)

            def write_json(result: Mapping[str, Any], response: Response) -> None:
                value = result.get(payload.name)
                response.body = b"" if value is None else encode(json(value))
                response.headers.append(("content-type", self._content_type))

            return write_json
        body = self._writers.body(shape.members)
        root = payload.wire_name if payload.renamed else shape.wire_name or shape.name

        def write_xml(result: Mapping[str, Any], response: Response) -> None:
            value = result.get(payload.name)
            if value is None:
                return
            out: Pieces = [DECLARATION, f'<{root} xmlns="{escape(self._model.xml_namespace)}">']
            body(value, out)
            out.append(f"</{root}>")
            response.body = "".join(out).encode()
            response.headers.append(("content-type", self._content_type))

        return write_xml

    def _bytes(self, value: Any, response: Response) -> None:
        if value is None:
            return
        response.body = value.encode() if isinstance(value, str) else value
        if self._blob_type:
            response.headers.append(("content-type", self._blob_type))

    def _events(self, events: AsyncIterable[Any] | None, response: Response) -> None:
        """Events are ``{"PayloadChunk": {...}}``; pieces of bytes are messages encoded already."""
        if events is None:
            return
        payload = self._payload
        assert payload is not None
        shape = self._model.shape(payload.shape_name)
        source = events

        async def encoded() -> AsyncIterator[bytes]:
            async for event in source:
                yield event if isinstance(event, bytes) else encode_event(self._model, shape, event)

        response.body = encoded()
        # A member may already have used this header for the type of what the events carry.
        response.headers = [pair for pair in response.headers if pair[0] != "content-type"]
        response.headers.append(("content-type", EVENT_STREAM_TYPE))


def header_writer(model: ServiceModel, member: Member) -> Callable[[Any], str]:
    """What writes a member as the text of a header."""
    shape = model.shape(member.shape_name)
    if shape.type == "timestamp":
        write = timestamps.writer(member.timestamp_format or shape.timestamp_format or "rfc822")
        return lambda value: str(write(value))
    if shape.type == "boolean":
        return lambda value: "true" if value else "false"
    if shape.type == "blob":
        return lambda value: base64.b64encode(value).decode()
    if shape.type == "list":
        assert shape.element is not None
        inner = header_writer(model, shape.element)
        return lambda value: ",".join(inner(element) for element in value)
    if shape.type == "string" and not member.json_value:
        return header_text
    if member.json_value:
        return lambda value: base64.b64encode(encode(value)).decode()
    return lambda value: header_text(str(value))


def header_text(text: str) -> str:
    """Text that a header can carry: what is not Latin 1 becomes an encoded word of RFC 2047."""
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return f"=?UTF-8?B?{base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode()}?="
    return text
