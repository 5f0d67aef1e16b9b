"""The protocol layer against botocore: its serialiser makes what we parse, its parser reads what we serialise.

Over every operation that is implemented, and over a list that keeps each protocol covered, errors included.
"""

import asyncio
import base64
import hashlib
import importlib.util
import sys
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
import pytest
from botocore.eventstream import EventStream
from hypothesis import given, settings

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Headers, Request, Response
from stratolite.protocol.codec import codec
from stratolite.protocol.generate import SERVICES, implemented
from stratolite.protocol.models import PROTOCOLS, OperationModel, service_model
from stratolite.protocol.route import Router
from stratolite.services import SERVICES as SERVED

_spec = importlib.util.spec_from_file_location("shape_values", Path(__file__).parent / "shape_values.py")
assert _spec is not None and _spec.loader is not None
shape_values = importlib.util.module_from_spec(_spec)
sys.modules["shape_values"] = shape_values
_spec.loader.exec_module(shape_values)

MODELS = {service.name: service.model for service in SERVED}
ALWAYS = [
    ("dynamodb", "PutItem", "json"),
    ("dynamodb", "DescribeTable", "json"),
    ("logs", "PutLogEvents", "json"),
    ("sqs", "SendMessage", "json"),
    ("sns", "Publish", "query"),
    ("sns", "PublishBatch", "query"),
    ("sts", "AssumeRole", "query"),
    ("iam", "GetRole", "query"),
    ("cloudformation", "DescribeStacks", "query"),
    ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "GetMetricData", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "PutMetricData", "query"),
    ("cloudwatch", "GetMetricStatistics", "json"),
    ("lambda", "CreateFunction", "rest-json"),
    ("lambda", "Invoke", "rest-json"),
    ("lambda", "InvokeWithResponseStream", "rest-json"),
    ("apigateway", "CreateRestApi", "rest-json"),
    ("apigateway", "PutIntegration", "rest-json"),
    ("apigateway", "ImportRestApi", "rest-json"),
    ("s3", "PutObject", "rest-xml"),
    ("s3", "GetObject", "rest-xml"),
    ("s3", "DeleteObjects", "rest-xml"),
    ("s3", "ListObjectsV2", "rest-xml"),
    ("s3", "CreateMultipartUpload", "rest-xml"),
]
QUICK = settings(max_examples=12)


def cases() -> list[tuple[str, str, str]]:
    """Every implemented operation in every protocol of its service, and the list above."""
    found = list(ALWAYS)
    for folder, name in MODELS.items():
        model = service_model(name)
        for operation in implemented(SERVICES / folder, model):
            found += [(model.name, operation, protocol) for protocol in model.protocols]
    # botocore's model of SQS no longer has the names of the query protocol, which SQS still speaks.
    return sorted({case for case in found if case[::2] != ("sqs", "query")})


CASES = cases()


def botocore_operation(service: str, operation: str) -> tuple[Any, Any]:
    model = botocore_model(service)
    return model, model.operation_model(operation)


@cache
def botocore_model(service: str) -> Any:
    loader = botocore.loaders.Loader()
    return botocore.model.ServiceModel(loader.load_service_model(service, "service-2"))


def serialized(operation: Any, protocol: str, parameters: Mapping[str, Any], model: OperationModel) -> Request:
    """The request that botocore makes."""
    name = {"json": "json", "smithy-rpc-v2-cbor": "smithy-rpc-v2-cbor"}.get(protocol, protocol)
    serializer = botocore.serialize.create_serializer(name, include_validation=False)
    wire = serializer.serialize_to_request(dict(parameters), operation)
    body = wire["body"]
    headers = dict(wire["headers"])
    if protocol == "query":
        from urllib.parse import urlencode

        body = urlencode(body).encode() if isinstance(body, dict) else body
        headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{model.service.signing_name}/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    headers["x-amz-date"] = "20260101T000000Z"
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    if name == "rest-xml" and operation.name == "DeleteObjects":
        # botocore's client says it in a handler of its own.
        headers["content-md5"] = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    query = wire["query_string"]
    if query:
        from botocore.awsrequest import prepare_request_dict

        prepare_request_dict(wire, "http://127.0.0.1:4566")
        parts = urlsplit(wire["url"])
        path, query_text = parts.path, parts.query
    else:
        path, _, query_text = wire["url_path"].partition("?")
    return Request(wire["method"], path, query_text, Headers(headers.items()), data, Body(whole=data), scheme="http")


def read(operation: Any, protocol: str, response: Response, shape: Any = None) -> Any:
    """What botocore reads from our response: the operation's output, or an error of a shape."""
    parser = botocore.parsers.create_parser(protocol)
    body = response.body if isinstance(response.body, bytes) else asyncio.run(gathered(response.body))
    is_streamed = shape is None and (operation.has_streaming_output or operation.has_event_stream_output)
    wire = {
        "headers": _Headers(response.headers),
        "body": _Stream(body) if is_streamed else body,
        "status_code": response.status,
        "context": {"operation_name": operation.name},
    }
    parsed = parser.parse(wire, shape or operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    for key, found in parsed.items():
        if isinstance(found, _Stream):
            parsed[key] = found.body
        elif isinstance(found, EventStream):
            parsed[key] = list(found)
    return parsed


async def gathered(pieces: AsyncIterable[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


class _Headers(dict[str, str]):
    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__((name.lower(), value) for name, value in fields)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class _Stream:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self) -> list[bytes]:
        return [self.body[:7], self.body[7:]]


@pytest.mark.parametrize(("service", "name", "protocol"), CASES)
def test_botocore_makes_what_we_parse(service: str, name: str, protocol: str) -> None:
    _, theirs = botocore_operation(service, name)
    ours = service_model(service).operation(name)
    compiled = codec(service_model(service), name, protocol)
    router = Router([(service, service)])

    @QUICK
    @given(shape_values.inputs(ours))
    def run(parameters: dict[str, Any]) -> None:
        request = serialized(theirs, protocol, parameters, ours)
        target = router.identify(request)
        assert (target.operation, target.protocol) == (name, protocol)
        parsed = compiled.parse(request)
        for key, found in parsed.items():
            if isinstance(found, Body):
                parsed[key] = asyncio.run(found.read())
        wanted, found = (shape_values.pruned(shape_values.plain(values)) for values in (parameters, parsed))
        for key in found.keys() - wanted.keys():
            # botocore fills in idempotency tokens and defaults of its own.
            assert ours.input is not None
            raw = ours.input.raw["members"][key]
            assert raw.get("idempotencyToken") or raw.get("location") == "headers", key
            del found[key]
        assert found == wanted

    run()


# botocore's client reads the text of the root in a handler of its own.
READABLE = [case for case in CASES if case[1] != "GetBucketLocation"]


@pytest.mark.parametrize(("service", "name", "protocol"), READABLE)
def test_botocore_reads_what_we_serialise(service: str, name: str, protocol: str) -> None:
    _, theirs = botocore_operation(service, name)
    ours = service_model(service).operation(name)
    compiled = codec(service_model(service), name, protocol)
    members = ours.output.members.values() if ours.output else ()
    statuses = {member.name for member in members if member.location == "statusCode"}
    events = {m.name for m in members if service_model(service).shape(m.shape_name).raw.get("eventstream")}

    @QUICK
    @given(shape_values.outputs(ours))
    def run(result: dict[str, Any]) -> None:
        sent = shape_values.plain(result)
        if events:
            # Its header says what the response is: a stream of events.
            sent.pop("ResponseStreamContentType", None)
        response = compiled.serialize({**sent, **streamed(sent, events)}, "request-id", Request("POST", "/"))
        assert request_id_of(service, protocol, response) == "request-id"
        parsed = read(theirs, protocol, response)
        # The status is a member of some results; without a value of its own it is the operation's usual one.
        for name in (statuses | {"ResponseStreamContentType"}) - sent.keys():
            parsed.pop(name, None)
        assert shape_values.pruned(shape_values.plain(parsed)) == shape_values.pruned(sent)

    run()


def streamed(sent: Mapping[str, Any], events: set[str]) -> dict[str, Any]:
    """The members that are event streams, as operations give them."""

    async def stream(values: list[Any]) -> AsyncIterator[Any]:
        for value in values:
            yield value

    return {name: stream(sent[name]) for name in events & sent.keys()}


def request_id_of(service: str, protocol: str, response: Response) -> str:
    """The request id in its protocol's place."""
    headers = _Headers(response.headers)
    if service == "s3":
        return headers["x-amz-request-id"]
    if protocol == "query":
        assert isinstance(response.body, bytes)
        found = response.body.partition(b"<ResponseMetadata><RequestId>")[2].partition(b"<")[0].decode()
        assert found == headers["x-amzn-requestid"]
        return found
    return headers["x-amzn-requestid"]


def error_cases() -> list[tuple[str, str, str]]:
    """Every error that an implemented operation's model names, in every protocol of its service."""
    found = set()
    for service, name, protocol in CASES:
        model = service_model(service)
        found |= {(service, error, protocol) for error in model.operation(name).errors}
    return sorted(found)


@pytest.mark.parametrize(("service", "name", "protocol"), error_cases())
def test_botocore_reads_modelled_errors(service: str, name: str, protocol: str) -> None:
    model = service_model(service)
    shape = model.shape(name)
    used = next(key for one, key, spoken in CASES if (one, spoken) == (service, protocol))
    theirs, operation = botocore_operation(service, used)
    compiled = codec(model, used, protocol)
    error_class = type(name, (AwsError,), {"code": shape.error_code, "status": 409})

    @QUICK
    @given(shape_values.structure(model, shape), shape_values.TEXT.filter(str.strip))
    def run(members: dict[str, Any], message: str) -> None:
        sent = {key: value for key, value in shape_values.plain(members).items() if key.lower() != "message"}
        response = compiled.error(error_class(message.strip(), **sent), "request-id", Request("POST", "/"))
        error = read(operation, protocol, response)["Error"]
        expected = name if protocol == "rest-json" else shape.error_code
        if model.is_query_compatible:
            expected = model.query_code(error_class())
        assert (error["Code"], error["Message"]) == (expected, message.strip())
        parsed = read(operation, protocol, response, theirs.shape_for(name))
        fields = {key: value for key, value in parsed.items() if key.lower() != "message"}
        if "Type" in fields and "Type" not in sent:
            assert fields.pop("Type") == "User"
        assert shape_values.pruned(shape_values.plain(fields)) == shape_values.pruned(sent)

    run()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(message=shape_values.TEXT.filter(str.strip))
@QUICK
def test_botocore_reads_our_errors(protocol: str, message: str) -> None:
    service, name = next((service, name) for service, name, spoken in ALWAYS if spoken == protocol)
    model = service_model(service)
    theirs, operation = botocore_operation(service, name)

    class SomethingWrong(AwsError):
        """A test's own."""

        status = 409

    response = codec(model, name, protocol).error(SomethingWrong(message.strip()), "request-id", Request("POST", "/"))
    parser = botocore.parsers.create_parser(protocol)
    wire = {"headers": _Headers(response.headers), "body": response.body, "status_code": response.status}
    parsed = parser.parse(wire, operation.output_shape)
    assert parsed["Error"]["Code"] == "SomethingWrong"
    assert parsed["Error"]["Message"] == message.strip()
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert parsed["ResponseMetadata"]["RequestId"] == "request-id"
    assert theirs.service_name
