"""The protocol layer against botocore: its serialiser makes what we parse, its parser reads what we serialise.

Over every operation that is implemented, and over a list that keeps each protocol covered, errors included.
"""

import asyncio
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Headers, Request, Response
from stratolite.protocol.codec import codec
from stratolite.protocol.generate import SERVICES, implemented
from stratolite.protocol.models import PROTOCOLS, OperationModel, service_model
from stratolite.protocol.route import Router

_spec = importlib.util.spec_from_file_location("shape_values", Path(__file__).parent / "shape_values.py")
assert _spec is not None and _spec.loader is not None
shape_values = importlib.util.module_from_spec(_spec)
sys.modules["shape_values"] = shape_values
_spec.loader.exec_module(shape_values)

ALWAYS = [
    ("dynamodb", "PutItem", "json"),
    ("dynamodb", "DescribeTable", "json"),
    ("logs", "PutLogEvents", "json"),
    ("sqs", "SendMessage", "json"),
    ("sqs", "SendMessageBatch", "query"),
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
    ("apigateway", "CreateRestApi", "rest-json"),
    ("apigateway", "PutIntegration", "rest-json"),
    ("s3", "PutObject", "rest-xml"),
    ("s3", "GetObject", "rest-xml"),
    ("s3", "DeleteObjects", "rest-xml"),
    ("s3", "ListObjectsV2", "rest-xml"),
    ("s3", "CreateMultipartUpload", "rest-xml"),
]
QUICK = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def cases() -> list[tuple[str, str, str]]:
    """Every implemented operation in every protocol of its service, and the list above."""
    found = list(ALWAYS)
    for folder in sorted(SERVICES.glob("*/operations")):
        model = service_model(folder.parent.name.rstrip("_"))
        for operation in implemented(folder.parent, model):
            found += [(model.name, operation, protocol) for protocol in model.protocols]
    return sorted(set(found))


def botocore_operation(service: str, operation: str) -> tuple[Any, Any]:
    loader = botocore.loaders.Loader()
    model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"))
    return model, model.operation_model(operation)


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
    query = wire["query_string"]
    if query:
        from botocore.awsrequest import prepare_request_dict

        prepare_request_dict(wire, "http://127.0.0.1:4566")
        parts = urlsplit(wire["url"])
        path, query_text = parts.path, parts.query
    else:
        path, _, query_text = wire["url_path"].partition("?")
    return Request(wire["method"], path, query_text, Headers(headers.items()), data, Body(whole=data), scheme="http")


def read(operation: Any, protocol: str, response: Response) -> Any:
    """What botocore reads from our response."""
    parser = botocore.parsers.create_parser(protocol)
    wire = {
        "headers": _Headers(response.headers),
        "body": response.body if not operation.has_streaming_output else _Stream(response.body),
        "status_code": response.status,
    }
    parsed = parser.parse(wire, operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


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
    def __init__(self, body: Any) -> None:
        self.body = body

    def read(self) -> Any:
        return self.body


@pytest.mark.parametrize(("service", "name", "protocol"), cases())
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


# botocore's model of SQS no longer says how the query protocol's answers look.
READABLE = [case for case in cases() if case[::2] != ("sqs", "query")]


@pytest.mark.parametrize(("service", "name", "protocol"), READABLE)
def test_botocore_reads_what_we_serialise(service: str, name: str, protocol: str) -> None:
    _, theirs = botocore_operation(service, name)
    ours = service_model(service).operation(name)
    compiled = codec(service_model(service), name, protocol)
    members = ours.output.members.values() if ours.output else ()
    statuses = {member.name for member in members if member.location == "statusCode"}

    @QUICK
    @given(shape_values.outputs(ours))
    def run(result: dict[str, Any]) -> None:
        sent = shape_values.plain(result)
        response = compiled.serialize(sent, "request-id", Request("POST", "/"))
        parsed = read(theirs, protocol, response)
        parsed = {key: found.read() if isinstance(found, _Stream) else found for key, found in parsed.items()}
        # The status is a member of some results; without a value of its own it is the operation's usual one.
        for name in statuses - sent.keys():
            parsed.pop(name, None)
        assert shape_values.pruned(shape_values.plain(parsed)) == shape_values.pruned(sent)

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


@pytest.mark.parametrize(("service", "name", "protocol"), ALWAYS)
def test_random_bytes_are_the_clients_fault(service: str, name: str, protocol: str) -> None:
    compiled = codec(service_model(service), name, protocol)

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=200), st.binary(max_size=50), st.binary(max_size=50))
    def run(body: bytes, path: bytes, query: bytes) -> None:
        request = Request(
            "POST", "/" + path.decode("latin-1"), query.decode("latin-1"), Headers(), body, Body(whole=body)
        )
        try:
            compiled.parse(request)
        except AwsError as error:
            assert 400 <= error.status < 500

    run()
