"""How each protocol says an error: the body's shape, the headers, and the name that goes over the wire.

What only one protocol needs is imported when that one is first spoken.

Sources: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization and its siblings,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import zlib
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.http.message import Request, Response
from stratolite.protocol.models import AMZ_CBOR, AMZ_CBOR_TYPE, ServiceModel, Shape
from stratolite.protocol.serialize.json import JsonWriters, encode

Headers = list[tuple[str, str]]

# Errors that any service answers have other names in the protocols that carry JSON.
JSON_NAMES = {
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
}
S3_NAMES = {"InternalFailure": "InternalError", "MissingAuthenticationToken": "AccessDenied"}


def fault(
    model: ServiceModel | None, protocol: str, error: AwsError, request_id: str, request: Request | None = None
) -> Response:
    """The response that tells a client of an error. ``model`` is None when no service was found."""
    shape = model.error_shape(error) if model is not None else None
    if protocol == "query":
        is_json = request is not None and wants_json(request)
        response = _query_json(model, error, request_id) if is_json else _query(model, shape, error, request_id)
    elif protocol == "rest-xml":
        response = _s3(shape, error, request_id)
    elif protocol == "rest-json":
        response = _rest_json(model, shape, error)
    elif protocol in ("smithy-rpc-v2-cbor", AMZ_CBOR):
        response = _cbor(model, shape, error)
        if protocol == AMZ_CBOR:
            response.headers = [("content-type", AMZ_CBOR_TYPE)]
    else:
        response = _json(model, shape, error)
    response.headers += request_headers(model, request_id)
    if model is not None and model.is_query_compatible and protocol not in ("query", "rest-xml"):
        side = "Sender" if error.is_client_fault else "Receiver"
        response.headers.append(("x-amzn-query-error", f"{model.query_code(error)};{side}"))
    if request is not None and request.method == "HEAD":
        # The length of what is not sent must not be promised either.
        response.body = b""
        response.headers = [pair for pair in response.headers if pair[0] != "content-type"]
    return response


def request_headers(model: ServiceModel | None, request_id: str) -> Headers:
    """The headers that name the request."""
    if model is not None and model.name == "s3":
        return [("x-amz-request-id", request_id), ("x-amz-id-2", request_id)]
    return [("x-amzn-requestid", request_id)]


def checksum(model: ServiceModel, response: Response) -> None:
    """DynamoDB's checksum of the body, which SDKs verify."""
    if model.patch.get("crc32"):
        assert isinstance(response.body, bytes)
        response.headers.append(("x-amz-crc32", str(zlib.crc32(response.body))))


def json_content_type(model: ServiceModel | None) -> str:
    return f"application/x-amz-json-{model.json_version if model is not None else '1.1'}"


def _name(shape: Shape | None, error: AwsError) -> str:
    return shape.name if shape is not None else JSON_NAMES.get(error.code, error.code)


def _members(model: ServiceModel | None, shape: Shape | None, error: AwsError) -> dict[str, Any]:
    """The members of the error in Python's names, its message among them."""
    key = "message"
    if shape is not None:
        key = next((name for name in shape.members if name.lower() == "message"), key)
    elif model is not None and error.code in model.patch.get("capital_messages", ()):
        key = "Message"
    members: dict[str, Any] = {key: error.message} if error.message else {}
    return {**members, **{name: value for name, value in error.fields.items() if value is not None}}


def _json(model: ServiceModel | None, shape: Shape | None, error: AwsError) -> Response:
    name = _name(shape, error)
    namespace = ""
    if model is not None:
        spaces = model.patch.get("error_namespaces", {})
        namespace = spaces.get(name) or spaces.get("*" if shape is None else "modelled", "")
    members = _members(model, shape, error)
    write = JsonWriters(model).writer(shape.name) if model is not None and shape is not None else None
    body = encode({"__type": namespace + name, **(members if write is None else write(members))})
    response = Response(error.status, [("content-type", json_content_type(model))], body)
    if model is not None:
        checksum(model, response)
    return response


def _rest_json(model: ServiceModel | None, shape: Shape | None, error: AwsError) -> Response:
    from stratolite.protocol.serialize.rest import header_writer

    members = _members(model, shape, error)
    headers = [("content-type", "application/json"), ("x-amzn-errortype", _name(shape, error))]
    if model is None or shape is None:
        return Response(error.status, headers, encode(members))
    if "Type" in shape.members and "Type" not in error.fields:
        members.setdefault("Type", "User" if error.is_client_fault else "Service")
    headers += [
        (member.wire_name.lower(), header_writer(model, member)(members.pop(member.name)))
        for member in shape.members.values()
        if member.location == "header" and member.name in members
    ]
    inside = {name: member for name, member in shape.members.items() if not member.location}
    write = JsonWriters(model).structure(inside)
    return Response(error.status, headers, encode(members if write is None else write(members)))


def _cbor(model: ServiceModel | None, shape: Shape | None, error: AwsError) -> Response:
    from stratolite.protocol.serialize.cbor import encode_cbor, tagged

    name = _name(shape, error)
    spaces: Mapping[str, str] = model.patch.get("error_namespaces", {}) if model is not None else {}
    namespace = spaces.get(name) or spaces.get("*" if shape is None else "modelled", "")
    members = _members(model, shape, error)
    if model is not None and shape is not None:
        # Some shapes have no member for the text, which is told all the same.
        members |= tagged(model, shape, members)
    body = encode_cbor({"__type": namespace + name, **members})
    headers = [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    return Response(error.status, headers, body)


def _query(model: ServiceModel | None, shape: Shape | None, error: AwsError, request_id: str) -> Response:
    from stratolite.protocol.serialize.xml import XmlWriters, escape

    namespace = model.xml_namespace if model is not None else "http://webservices.amazon.com/AWSFault/2005-15-09"
    code = model.query_code(error) if model is not None else error.code
    manner: Mapping[str, Any] = model.patch.get("query", {}) if model is not None else {}
    text = manner.get("texts", {}).get(error.code, error.message)
    side = "Sender" if error.is_client_fault else "Receiver"
    out = [f'<ErrorResponse xmlns="{escape(namespace)}"><Error><Type>{side}</Type><Code>{escape(code)}</Code>']
    if text:
        out.append(f"<Message>{escape(text)}</Message>")
    if manner.get("has_detail"):
        out.append("<Detail/>")
    if model is not None and shape is not None:
        extra = {name: member for name, member in shape.members.items() if name.lower() != "message"}
        XmlWriters(model).body(extra)(error.fields, out)
    out.append(f"</Error><RequestId>{escape(request_id)}</RequestId></ErrorResponse>")
    return Response(error.status, [("content-type", "text/xml")], "".join(out).encode())


def wants_json(request: Request) -> bool:
    """Whether a request in the query protocol accepts JSON alone."""
    return request.headers.get("accept") == "application/json"


def _query_json(model: ServiceModel | None, error: AwsError, request_id: str) -> Response:
    side = "Sender" if error.is_client_fault else "Receiver"
    code = model.query_code(error) if model is not None else error.code
    told = {"Error": {"Code": code, "Message": error.message, "Type": side}, "RequestId": request_id}
    return Response(error.status, [("content-type", "application/json")], encode(told))


def _s3(shape: Shape | None, error: AwsError, request_id: str) -> Response:
    if error.status == 304:
        # What has not changed is told without a body; the error's fields are headers then.
        return Response(304, [(name.lower(), str(value)) for name, value in error.fields.items()])
    from stratolite.protocol.serialize.xml import DECLARATION, escape

    code = shape.error_code if shape is not None else S3_NAMES.get(error.code, error.code)
    fields = {name: str(value) for name, value in error.fields.items() if value is not None}
    # What is named like a header is one.
    headers = [(name, value) for name, value in fields.items() if name.islower()]
    out = [DECLARATION, f"<Error><Code>{escape(code)}</Code><Message>{escape(error.message)}</Message>"]
    out += [f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if not name.islower()]
    out.append(f"<RequestId>{escape(request_id)}</RequestId><HostId>{escape(request_id)}</HostId></Error>")
    return Response(error.status, [("content-type", "application/xml"), *headers], "".join(out).encode())
