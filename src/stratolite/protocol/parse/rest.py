"""The REST protocols: labels of the path, query, headers, and a body of JSON, XML or bytes.

Source: https://smithy.io/2.0/spec/http-bindings.html
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from stratolite.core.errors import AwsError, SerializationException
from stratolite.http.message import Request
from stratolite.protocol.checksums import check_body
from stratolite.protocol.chunked import body_of
from stratolite.protocol.models import Member, OperationModel, ServiceModel, streamed_members
from stratolite.protocol.parse.json import JsonParsers, decode
from stratolite.protocol.parse.scalar import INTEGERS, Read, reader
from stratolite.protocol.parse.xml import parse_xml
from stratolite.protocol.uri import UriTemplate, path_of

FIELDS_MAX = 2_000
_S3_REFUSED = {
    "x-amz-server-side-encryption": "x-amz-server-side-encryption header is not supported for this operation.",
    "x-amz-copy-source": "You can only specify a copy source header for copy requests.",
}
"""Headers that operations of S3 refuse unless they have a member for them, and how; all others are left alone.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (request headers of encryption), and AWS's
texts as versity/versitygw has them.
"""
_S3_WHOLE = frozenset({"PutObject", "CopyObject"})
"""Operations of S3 that a part of an upload is mistaken for when its upload is not named."""
_SINCE = "modified-since"
"""How headers end whose times are no condition unless they are times (RFC 9110, 13.1.3 and 13.1.4)."""
_PART_NUMBER = re.compile(r"(?:^|&)partNumber=([^&]*)")

_S3_CHECKED = frozenset({"DeleteObjects"})
"""Operations of S3 that have to say a checksum of their body. Source:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html; the text is AWS's (versity/versitygw#1040).
"""


class InvalidArgument(AwsError):
    """A label, query field or header does not have the form that its type needs."""


class InvalidURI(AwsError):
    """The path or query is no valid encoding."""

    text = "Couldn't parse the specified URI."


class _Text(NamedTuple):
    """A member that comes as text: in a header, or in the path."""

    name: str
    """The member's."""
    read: Read | None
    """What makes the member of the text; None where it is the text."""
    is_list: bool = False
    """Whether all headers of the name are one text."""


class RestParser:
    """Parses requests of one operation."""

    def __init__(self, model: ServiceModel, operation: OperationModel) -> None:
        self._model = model
        self._template = UriTemplate(operation.uri)
        self._is_s3 = model.name == "s3"
        self._path = path_of(model)
        self._is_json = "json" in model.protocol
        self.shape = operation.input
        members = self.shape.members if self.shape else {}
        by_place: dict[str, list[Member]] = {}
        for member in members.values():
            by_place.setdefault(member.location, []).append(member)
        labels = {member.wire_name: self._text_of(member) for member in by_place.get("uri", ())}
        self._uri = [labels[name] for name in self._template.labels]
        self._query = [(member, self._reader(member)) for member in by_place.get("querystring", ())]
        self._headers = {member.wire_name.lower(): self._text_of(member) for member in by_place.get("header", ())}
        if self._is_s3:
            for name, said in _S3_REFUSED.items():
                self._headers.setdefault(name, _Text("", _refusal(name, said)))
        prefixed = next(iter(by_place.get("headers", ())), None)
        self._prefix = prefixed.wire_name.lower() if prefixed is not None else ""
        """How headers begin whose names the client makes up; empty where the operation has none."""
        self._prefixed = prefixed.name if prefixed is not None else ""
        body = {member.name: member for member in by_place.get("", ())}
        self._payload = members.get(self.shape.payload) if self.shape and self.shape.payload else None
        self._payload_type = self._type(self._payload) if self._payload is not None else ""
        self._body = {} if self._payload else body
        self._json: Callable[[Any], Any] | None = None
        if self._is_json and self.shape is not None:
            parsers = JsonParsers(model)
            if self._body:
                self._json = parsers.structure(self.shape, self._body)
            elif self._payload is not None and self._payload_type in ("structure", "list", "map", "document"):
                self._json = parsers.parser(self._payload.shape_name)
        self.streams = bool(streamed_members(model, operation))
        self._is_checked = "requestAlgorithmMember" in operation.raw.get("httpChecksum", {}) and not self.streams
        """Whether the headers may carry a checksum of the body."""
        self._needs_checksum = self._is_s3 and operation.name in _S3_CHECKED
        self._is_whole = self._is_s3 and operation.name in _S3_WHOLE
        self.takes_bytes = self._payload_type in ("blob", "string")
        """Whether the body is bytes as the user made them, and not an encoding of members."""

    def parse(self, request: Request) -> dict[str, Any]:
        """All members that the request carries."""
        result: dict[str, Any] = {}
        if self.shape is None:
            return result
        if self._uri:
            try:
                texts = self._template.texts(self._path(request))
            except UnicodeDecodeError as error:
                raise InvalidURI from error
            for (name, read, _), text in zip(self._uri, texts, strict=False):
                result[name] = text if read is None else read(text)
        if request.query:
            if self._query:
                self._parse_query(request.query, result)
            elif self._is_whole:
                _check_whole(request.query)
        self._parse_headers(request, result)
        self._parse_body(request, result)
        return result

    def _text_of(self, member: Member) -> _Text:
        read = self._reader(member)
        if self._type(member) == "list":
            one = read or str
            return _Text(member.name, lambda text: [one(part.strip()) for part in text.split(",")], is_list=True)
        if member.json_value:
            return _Text(member.name, lambda text: _json_value(member, text))
        return _Text(member.name, read)

    def _reader(self, member: Member) -> Read | None:
        """What makes a member, or an element of one that is a list, of its text; None where it is the text."""
        shape = self._model.shape(member.shape_name)
        if shape.type == "list":
            assert shape.element is not None
            return self._reader(shape.element)
        kind = shape.type
        of_kind = reader(kind)
        if of_kind is None:
            return None
        is_ignored = self._is_s3 and member.wire_name.lower().endswith(_SINCE)

        def read(text: str) -> Any:
            try:
                return of_kind(text)
            except ValueError as error:
                if is_ignored:
                    return None
                if self._is_s3 and kind in INTEGERS:
                    said = f"Provided {member.wire_name} not an integer or within integer range"
                    raise InvalidArgument(said, ArgumentName=member.wire_name, ArgumentValue=text) from error
                wrong = InvalidArgument if self._is_s3 else SerializationException
                raise wrong(f"Provided {member.wire_name} is not a valid {kind}: {text}") from error

        return read

    def _type(self, member: Member) -> str:
        return self._model.shape(member.shape_name).type

    def _parse_query(self, text: str, result: dict[str, Any]) -> None:
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
        except ValueError as error:
            raise InvalidURI from error
        values: dict[str, list[str]] = {}
        for key, value in pairs:
            values.setdefault(key, []).append(value)
        taken = {member.wire_name for member, _ in self._query} | self._template.query.keys()
        for member, read in self._query:
            shape = self._model.shape(member.shape_name)
            if shape.type == "map":
                assert shape.element is not None
                is_list = self._model.shape(shape.element.shape_name).type == "list"
                others = {key: found if is_list else found[0] for key, found in values.items() if key not in taken}
                if others:
                    result[member.name] = others
            elif member.wire_name in values:
                found = values[member.wire_name]
                if shape.type == "list":
                    result[member.name] = found if read is None else [*map(read, found)]
                elif found[0] or not self._is_s3 or shape.type not in INTEGERS:
                    # S3 takes an empty number for none.
                    result[member.name] = found[0] if read is None else read(found[0])

    def _parse_headers(self, request: Request, result: dict[str, Any]) -> None:
        known, prefix = self._headers, self._prefix
        for name, text in request.headers.fields:
            if name in known:
                member_name, read, is_list = known[name]
                if member_name not in result:
                    if is_list:
                        text = ",".join(request.headers.all(name))
                    result[member_name] = text if read is None else read(text)
            elif prefix and name.startswith(prefix):
                result.setdefault(self._prefixed, {})[name[len(prefix) :]] = text

    def _parse_body(self, request: Request, result: dict[str, Any]) -> None:
        if self._is_checked:
            check_body(request, is_required=self._needs_checksum)
        payload = self._payload
        if payload is not None:
            kind = self._payload_type
            if self.streams:
                result[payload.name] = body_of(request)
            elif kind == "blob":
                if request.body:
                    result[payload.name] = request.body
            elif kind == "string":
                if request.body:
                    result[payload.name] = request.body.decode("utf-8", "replace")
            elif request.body:
                result[payload.name] = self._decoded(request.body, payload)
        elif self._body and request.body:
            if self._json is not None:
                result.update(self._json(decode(request.body)))
            else:
                assert self.shape is not None
                result.update(parse_xml(self._model, self.shape, request.body))

    def _decoded(self, body: bytes, payload: Member) -> Any:
        if self._json is not None:
            return self._json(decode(body))
        return parse_xml(self._model, self._model.shape(payload.shape_name), body)


def _json_value(member: Member, text: str) -> Any:
    try:
        return json.loads(base64.b64decode(text))
    except (ValueError, binascii.Error) as error:
        raise SerializationException(f"{member.wire_name} is not base 64 of JSON") from error


def _check_whole(query: str) -> None:
    """Raises InvalidArgument for a part of no upload."""
    found = _PART_NUMBER.search(query)
    if found is not None:
        said = "This operation does not accept partNumber without uploadId"
        raise InvalidArgument(said, ArgumentName="partNumber", ArgumentValue=found[1])


def _refusal(name: str, said: str) -> Read:
    """What refuses a header."""

    def refuse(text: str) -> Any:
        raise InvalidArgument(said, ArgumentName=name, ArgumentValue=text)

    return refuse
