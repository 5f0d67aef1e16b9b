"""Whatever bytes come, every parser gives values or refuses them as the client's fault (4xx)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.protocol.test_protocol_roundtrip import ALWAYS, CASES, botocore_operation, serialized, shape_values

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Headers, Request
from stratolite.protocol import timestamps
from stratolite.protocol.body import unpacked
from stratolite.protocol.chunked import ChunkedBody
from stratolite.protocol.codec import codec
from stratolite.protocol.eventstream import EventStreamError, MessageDecoder
from stratolite.protocol.models import PROTOCOLS, service_model
from stratolite.protocol.parse.scalar import scalar
from stratolite.protocol.route import RouteError, Router
from stratolite.protocol.sigv4 import credential_of
from stratolite.protocol.validate import validate
from stratolite.services import SERVICES

THOROUGH = settings(max_examples=200)
OFTEN = settings(max_examples=60)
QUICK = settings(max_examples=4)
ROUTER = Router([(service.name, service.model) for service in SERVICES])
LATIN = st.text(st.characters(max_codepoint=0xFF), max_size=60)


@contextlib.contextmanager
def the_clients_fault() -> Any:
    """Passes what a client may be told; everything else is a fault of ours."""
    try:
        yield
    except AwsError as error:
        assert 400 <= error.status < 500, error
        assert error.code
    except RouteError as error:
        assert 400 <= error.error.status <= 501, error


def parsed(service: str, name: str, protocol: str, request: Request) -> None:
    model = service_model(service)
    with the_clients_fault():
        parameters = codec(model, name, protocol).parse(request)
        for value in parameters.values():
            if isinstance(value, Body):
                asyncio.run(value.read())
        validate(model.operation(name), parameters)


def mutations(data: bytes, draw: Any) -> bytes:
    """The same bytes, with some of them changed, gone or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        piece = draw(st.one_of(st.binary(max_size=6), st.sampled_from(PIECES)))
        data = data[:at] + piece + data[at + draw(st.integers(0, 6)) :]
    return data


PIECES = [
    # JSON, XML, forms.
    b"null", b"true", b"-1", b"1e400", b"1e999", b"9" * 26, b"NaN", b"Infinity", b"[]", b"{}", b'""', b'"\\ud800"',
    b"<a>", b"</a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"]]>", b"%ff", b"%00", b"+", b"&",
    b"=", b".1",
    # CBOR: null, not a number, times, decimals, endless and very long values, references, expressions.
    b"\xf6", b"\xf9\x7e\x00", b"\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00", b"\xc1\x1b\xff", b"\xc0\x601", b"\x9f", b"\xbf",
    b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", b"\xc2\x41\x00", b"\xd8\x1c\x80", b"\xd8\x23\x61(", b"\xff",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
]  # fmt: skip


@pytest.mark.parametrize(("service", "name", "protocol"), ALWAYS)
def test_random_bytes(service: str, name: str, protocol: str) -> None:
    @THOROUGH
    @given(st.binary(max_size=200), LATIN, LATIN)
    def run(body: bytes, path: str, query: str) -> None:
        parsed(service, name, protocol, Request("POST", f"/{path}", query, Headers(), body, Body(whole=body)))

    run()


def mutated(service: str, name: str, protocol: str, often: settings) -> None:
    ours = service_model(service).operation(name)
    _, theirs = botocore_operation(service, name)

    @often
    @given(shape_values.inputs(ours), st.data())
    def run(parameters: dict[str, Any], data: Any) -> None:
        request = serialized(theirs, protocol, parameters, ours)
        if request.body and data.draw(st.booleans()):
            request.body = mutations(request.body, data.draw)
            request.stream = Body(whole=request.body)
        else:
            target = f"{request.path}?{request.query}".encode("latin-1")
            request.path, _, request.query = mutations(target, data.draw).decode("latin-1").partition("?")
        fields = request.headers.fields
        if fields and data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(fields) - 1))
            fields[place] = (
                fields[place][0],
                mutations(fields[place][1].encode("latin-1"), data.draw).decode("latin-1"),
            )
            request.headers = Headers(fields)
        with the_clients_fault():
            ROUTER.identify(request)
        parsed(service, name, protocol, request)

    run()


@pytest.mark.parametrize(("service", "name", "protocol"), ALWAYS)
def test_requests_with_errors(service: str, name: str, protocol: str) -> None:
    mutated(service, name, protocol, OFTEN)


@pytest.mark.parametrize(("service", "name", "protocol"), [case for case in CASES if case not in ALWAYS])
def test_requests_of_every_operation_with_errors(service: str, name: str, protocol: str) -> None:
    mutated(service, name, protocol, QUICK)


NAMES = ["authorization", "x-amz-target", "smithy-protocol", "content-type", "host", "x-amz-date", "content-encoding"]
VALUES = [
    "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g",
    "AWS AKID:signature",
    "Bearer x",
    "DynamoDB_20120810.PutItem",
    "rpc-v2-cbor",
    "application/x-www-form-urlencoded",
    "application/x-amz-json-1.0",
    "photos.s3.eu-west-1.amazonaws.com",
    "lambda.us-east-1.localhost:4566",
    "20260101T000000Z",
]
PATHS = [
    "/",
    "//",
    "/service/X/operation/Y",
    "/2015-03-31/functions/f/invocations",
    "/restapis/%ff",
    "/b/k",
    "/%",
    "/a+b",
]


@settings(max_examples=300)
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE"]),
    st.one_of(st.sampled_from(PATHS), LATIN.map("/".__add__)),
    st.one_of(st.just(""), st.sampled_from(["Action=x", "Action=Publish", "X-Amz-Credential=a/b/c", "uploads"]), LATIN),
    st.dictionaries(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), LATIN)),
    st.one_of(st.just(b""), st.just(b"Action=Publish"), st.binary(max_size=30)),
)
def test_every_request_is_routed_or_refused(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    request = Request(method, path, query, Headers(headers.items()), body, Body(whole=body))
    with the_clients_fault():
        target = ROUTER.identify(request)
        assert target.operation in target.model.operation_names and target.protocol in PROTOCOLS
    with the_clients_fault():
        credential_of(request)


@THOROUGH
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"5\r\nhello\r\n", b"0\r\n", b"\r\n", b"-1\r\n"]))))
def test_chunked_bodies(parts: list[bytes]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    with the_clients_fault():
        asyncio.run(ChunkedBody(Body(stream())).read())


@THOROUGH
@given(st.lists(st.binary(max_size=40)))
def test_event_streams(parts: list[bytes]) -> None:
    decoder = MessageDecoder()
    with contextlib.suppress(EventStreamError):
        for part in parts:
            decoder.feed(part)


@THOROUGH
@given(st.binary(max_size=60))
def test_compressed_bodies(data: bytes) -> None:
    for body in (data, b"\x1f\x8b\x08\x00" + data):
        with the_clients_fault():
            unpacked(body, 1000)


@THOROUGH
@given(st.one_of(LATIN, st.text(max_size=30), st.from_regex(r"[-+0-9.eETZ:]{0,30}", fullmatch=True)))
def test_scalars(text: str) -> None:
    for kind in ("integer", "long", "float", "double", "boolean", "blob", "timestamp"):
        with contextlib.suppress(ValueError):
            value = scalar(kind, text)
            if kind == "timestamp":
                assert timestamps.iso8601(value) and timestamps.rfc822(value)
