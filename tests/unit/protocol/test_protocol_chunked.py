"""The aws-chunked encoding against botocore's own, and the documentation's examples; broken bodies are refused."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import given, settings
from hypothesis import strategies as st

from stratolite.core.errors import AwsError
from stratolite.http.message import Body, Headers, Request
from stratolite.protocol.chunked import LINE_BYTES_MAX, TRAILERS_MAX, ChunkedBody, IncompleteBody, InvalidChunk, body_of

SIGNATURE = b"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"


def decoded(*parts: bytes) -> tuple[bytes, dict[str, str]]:
    """The data and the trailers of a body that arrives in parts."""

    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    body = ChunkedBody(Body(stream()))
    return asyncio.run(body.read()), body.trailers


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(1, 50), st.integers(1, 40), st.booleans())
def test_botocore_makes_what_we_decode(data: bytes, chunk: int, part: int, has_checksum: bool) -> None:
    wrapper = AwsChunkedWrapper(
        io.BytesIO(data), Crc32Checksum if has_checksum else None, "x-amz-checksum-crc32", chunk_size=chunk
    )
    encoded = wrapper.read()
    found, trailers = decoded(*(encoded[at : at + part] for at in range(0, len(encoded), part)))
    assert found == data
    assert set(trailers) == ({"x-amz-checksum-crc32"} if has_checksum else set())


def test_signed_pieces() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, "Example: PUT Object", with smaller pieces.
    body = b"5;chunk-signature=" + SIGNATURE + b"\r\nhello\r\n0;chunk-signature=" + SIGNATURE + b"\r\n\r\n"
    assert decoded(body) == (b"hello", {})


def test_signed_trailers() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: the trailers' own signature may
    # follow an empty line, or not.
    start = b"5;chunk-signature=" + SIGNATURE + b"\r\nhello\r\n0;chunk-signature=" + SIGNATURE + b"\r\n"
    for between in (b"", b"\r\n"):
        end = b"x-amz-checksum-crc32c:sOO8/Q==\r\n" + between + b"x-amz-trailer-signature:" + SIGNATURE + b"\r\n\r\n"
        data, trailers = decoded(start + end)
        assert data == b"hello" and trailers["x-amz-checksum-crc32c"] == "sOO8/Q=="


@pytest.mark.parametrize(
    "body",
    [b"zz\r\nhello\r\n", b"-5\r\nhello\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5_0\r\n",
     b"\r\n", b"f" * 16 + b"\r\n"],
)  # fmt: skip
def test_a_piece_without_a_length_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidChunk) as refused:
        decoded(body)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\nno colon\r\n\r\n",
        b"5" + b";" * LINE_BYTES_MAX + b"\r\nhello\r\n",
        b"5" + b";" * (LINE_BYTES_MAX + 1),
        b"0\r\n" + b"a:b\r\n" * 2 + b"".join(b"x%d:y\r\n" % n for n in range(TRAILERS_MAX + 1)) + b"\r\n",
    ],
)
def test_a_piece_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidChunk):
        decoded(body)


@pytest.mark.parametrize("body", [b"", b"5", b"5\r\n", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n"])
def test_a_body_that_ends_too_soon_is_refused(body: bytes) -> None:
    with pytest.raises(IncompleteBody) as refused:
        decoded(body)
    assert refused.value.status == 400


def test_a_body_may_end_with_its_last_piece() -> None:
    assert decoded(b"5\r\nhello\r\n0\r\n") == (b"hello", {})


@pytest.mark.parametrize(
    ("headers", "is_chunked"),
    [
        ({}, False),
        ({"content-encoding": "gzip"}, False),
        ({"content-encoding": "gzip, aws-chunked"}, True),
        ({"content-encoding": "aws-chunked"}, True),
        ({"content-encoding": "aws-chunked", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, False),
        ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, False),
        ({"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-trailer": "x-amz-checksum-crc32"}, True),
        ({"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, True),
        ({"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"}, True),
    ],
)
def test_a_request_says_whether_its_body_is_chunked(headers: dict[str, str], is_chunked: bool) -> None:
    request = Request("PUT", "/b/k", "", Headers(headers.items()), stream=Body(whole=b"2\r\nhi\r\n0\r\n\r\n"))
    body = body_of(request)
    assert asyncio.run(body.read()) == (b"hi" if is_chunked else b"2\r\nhi\r\n0\r\n\r\n")
    if isinstance(body, ChunkedBody):
        assert body.announced == [name for name in [headers.get("x-amz-trailer", "")] if name]


@settings(max_examples=200)
@given(st.binary(max_size=40), st.integers(0, 80))
def test_a_body_that_is_cut_off_never_passes_for_a_whole_one(data: bytes, at: int) -> None:
    encoded = AwsChunkedWrapper(io.BytesIO(data), chunk_size=7).read()
    # The empty line after the last piece may be missing.
    cut = encoded[: min(at, len(encoded) - 5)]
    with pytest.raises(AwsError):
        decoded(cut)
