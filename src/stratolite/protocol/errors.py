"""Error answers, each protocol's own way.

Sources: the error sections of https://smithy.io/2.0/aws/protocols/index.html and the recorded answers of each service.
"""

from typing import Any

import msgspec

from stratolite.core.errors import AwsError
from stratolite.http.message import Response
from stratolite.protocol.models import ServiceModel
from stratolite.protocol.serialize.xml import DECLARATION, escape

COMMON = frozenset(
    {"SerializationException", "UnknownOperationException", "InternalFailure", "MissingAuthenticationToken"}
)


def error_response(model: ServiceModel, protocol: str, error: AwsError, request_id: str) -> Response:
    """The answer for an error, without what HEAD leaves out."""
    match protocol:
        case "query":
            return _query(model, error, request_id)
        case "rest-xml":
            return _rest_xml(error, request_id)
        case "rest-json":
            return _rest_json(model, error, request_id)
        case "smithy-rpc-v2-cbor":
            return _cbor(model, error, request_id)
    return _json(model, error, request_id)


def _json(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    version = model.json_version
    name = error_name(error)
    prefix = model.patch.get("error_namespaces", {}).get(
        name, model.patch.get("error_namespace", "") if name not in COMMON else "com.amazon.coral.service#"
    )
    body = {"__type": f"{prefix}{name}", **_members(model, error, "message")}
    headers = [("x-amzn-requestid", request_id), ("content-type", f"application/x-amz-json-{version}")]
    if model.metadata.get("awsQueryCompatible") is not None:
        fault = "Sender" if error.is_client_fault else "Receiver"
        headers.append(("x-amzn-query-error", f"{error.code};{fault}"))
    return Response(error.status, headers, msgspec.json.encode(body))


def _rest_json(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    key = model.patch.get("error_message_key", "message")
    body = _members(model, error, key)
    if model.patch.get("error_has_type") and "Type" not in body:
        body = {"Type": "User" if error.is_client_fault else "Service", **body}
    headers = [
        ("x-amzn-requestid", request_id),
        ("x-amzn-errortype", error_name(error)),
        ("content-type", "application/json"),
    ]
    return Response(error.status, headers, msgspec.json.encode(body))


def _query(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    fault = "Sender" if error.is_client_fault else "Receiver"
    content = element("Type", fault) + element("Code", escape(error.code))
    if error.message:
        content += element("Message", escape(error.message))
    content += "".join(element(key, escape(str(value))) for key, value in error.fields.items())
    body = element("Error", content) + element("RequestId", request_id)
    text = element("ErrorResponse", body, model.xml_namespace)
    return Response(error.status, [("x-amzn-requestid", request_id), ("content-type", "text/xml")], text.encode())


def _rest_xml(error: AwsError, request_id: str) -> Response:
    content = element("Code", escape(error.code))
    if error.message:
        content += element("Message", escape(error.message))
    content += "".join(element(key, escape(str(value))) for key, value in error.fields.items())
    content += element("RequestId", request_id) + element("HostId", host_id(request_id))
    text = DECLARATION + element("Error", content)
    headers = [
        ("x-amz-request-id", request_id),
        ("x-amz-id-2", host_id(request_id)),
        ("content-type", "application/xml"),
    ]
    return Response(error.status, headers, text.encode())


def _cbor(model: ServiceModel, error: AwsError, request_id: str) -> Response:
    import cbor2

    fields = {
        "__type": f"{model.patch.get('error_namespace', '')}{error_name(error)}",
        **_members(model, error, "message"),
    }
    headers = [
        ("x-amzn-requestid", request_id),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("content-type", "application/cbor"),
    ]
    if model.metadata.get("awsQueryCompatible") is not None:
        fault = "Sender" if error.is_client_fault else "Receiver"
        headers.append(("x-amzn-query-error", f"{error.code};{fault}"))
    return Response(error.status, headers, cbor2.dumps(fields))


def element(name: str, content: str, namespace: str = "") -> str:
    """``<name xmlns="...">content</name>``; the content is written already."""
    space = f' xmlns="{escape(namespace)}"' if namespace else ""
    return f"<{name}{space}>{content}</{name}>"


def host_id(request_id: str) -> str:
    """S3's second request id: opaque, derived from the first."""
    return (request_id.replace("-", "") * 3)[:76]


def error_name(error: AwsError) -> str:
    """The shape's name, where it differs from the code that the query protocol shows."""
    return getattr(error, "shape_name", "") or error.code


def _members(model: ServiceModel, error: AwsError, key: str) -> dict[str, Any]:
    """The error's modelled members, its message under the name that the model gives it."""
    try:
        shape = model.shape(error_name(error))
        key = next((name for name in shape.members if name.lower() == "message"), key)
    except KeyError:
        pass
    members = {key: error.message} if error.message else {}
    return members | {name: value for name, value in error.fields.items() if value is not None}
