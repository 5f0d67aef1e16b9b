"""Requests of S3 that no SDK makes: written by hand, signed by nobody."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.conftest import RunningCloud
from tests.wire.s3_answers import raw

BUCKET = "unsigned"


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    client = cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def sent(cloud: RunningCloud, request: str) -> bytes:
    """What a request is answered with; it has the headers that are written, and no others but its host."""
    parts = urlsplit(cloud.endpoint)
    line, _, headers = request.partition("\n")
    lines = [line, f"Host: {parts.netloc}", "Connection: close", *headers.splitlines(), "", ""]
    with socket.create_connection((parts.hostname, parts.port), 10) as client:
        client.sendall("\r\n".join(lines).encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_read_of_nobody_says_nothing_otherwise(cloud: RunningCloud, s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (overriding header values)."""
    s3.put_object(Bucket=BUCKET, Key="overridden", Body=b"something")
    found = raw(cloud, "GET", f"/{BUCKET}/overridden?response-content-type=text/x", region="")
    assert (found.status, found.element("Code")) == (400, "InvalidRequest")
    text = "Request specific response headers cannot be used for anonymous GET requests."
    assert found.element("Message") == text


@pytest.mark.parametrize("query", ["", "?uploadId=x&partNumber=1"])
def test_an_upload_says_how_long_it_is(cloud: RunningCloud, s3: Any, query: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MissingContentLength)."""
    answer = sent(cloud, f"PUT /{BUCKET}/unsaid{query} HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 411 ") and b"<Code>MissingContentLength</Code>" in answer
    assert sent(cloud, f"PUT /{BUCKET}/empty HTTP/1.1\nContent-Length: 0").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("query", ["", "?uploadId=x&partNumber=1"])
@pytest.mark.parametrize("size_bytes", [7, 2_000_000])
def test_an_upload_is_no_stream(cloud: RunningCloud, s3: Any, query: str, size_bytes: int) -> None:
    """Seen at AWS: https://github.com/aws/aws-sdk-go/issues/4944"""
    answer = raw(cloud, "PUT", f"/{BUCKET}/streamed{query}", iter([bytes(size_bytes)]), region="")
    assert (answer.status, answer.element("Code")) == (501, "NotImplemented")
    assert answer.element("Message") == "A header you provided implies functionality that is not implemented"
    assert answer.element("Header") == "Transfer-Encoding"


def test_what_is_no_upload_may_say_nothing_of_its_size(cloud: RunningCloud, s3: Any) -> None:
    """ceph/s3-tests (test_bucket_create_contentlength_none) expects it of AWS."""
    assert sent(cloud, "PUT /made-by-hand HTTP/1.1").startswith(b"HTTP/1.1 200 ")
    s3.put_object(Bucket=BUCKET, Key="source")
    copy = f"PUT /{BUCKET}/copy HTTP/1.1\nx-amz-copy-source: {BUCKET}/source"
    assert sent(cloud, copy).startswith(b"HTTP/1.1 200 ")


def test_a_configuration_that_is_not_there(cloud: RunningCloud, s3: Any) -> None:
    """Where a document is missing, the client is told; it is no fault of the server's."""
    for setting in ("notification", "cors", "lifecycle", "publicAccessBlock", "tagging"):
        answer = raw(cloud, "PUT", f"/{BUCKET}?{setting}", b"", region="")
        assert (answer.status, answer.element("Code")) == (400, "MalformedXML"), setting


def test_objects_are_posted_to_buckets(cloud: RunningCloud, s3: Any) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MethodNotAllowed)."""
    for kind in ("", "multipart/form-data; boundary=x"):
        answer = raw(cloud, "POST", f"/{BUCKET}/key", b"", {"content-type": kind}, region="")
        said = (answer.status, answer.element("Code"), answer.element("Method"), answer.element("ResourceType"))
        assert said == (405, "MethodNotAllowed", "POST", "OBJECT")


@pytest.mark.parametrize(
    ("method", "query", "number"),
    [
        ("PUT", "uploadId=x&partNumber=", ""),
        ("PUT", "uploadId=x&partNumber=0", "0"),
        ("GET", "partNumber=0", "0"),
        ("GET", "partNumber=10001", "10001"),
    ],
)
def test_numbers_that_no_part_has(cloud: RunningCloud, s3: Any, method: str, query: str, number: str) -> None:
    """They are refused before it is asked whether there is such an upload or an object."""
    answer = raw(cloud, method, f"/{BUCKET}/numbered?{query}", b"", region="")
    assert (answer.status, answer.element("Code")) == (400, "InvalidArgument")
    assert answer.element("Message") == "Part number must be an integer between 1 and 10000, inclusive"
    assert (answer.element("ArgumentName"), answer.element("ArgumentValue") or "") == ("partNumber", number)


@pytest.mark.parametrize("text", ["", "yesterday", "2003-01-01"])
def test_a_time_that_is_none_is_no_condition(cloud: RunningCloud, s3: Any, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="timeless", Body=b"x")
    for name in ("if-modified-since", "if-unmodified-since"):
        assert raw(cloud, "GET", f"/{BUCKET}/timeless", b"", {name: text}, region="").status == 200
        copy = {"x-amz-copy-source": f"{BUCKET}/timeless", f"x-amz-copy-source-{name}": text}
        assert raw(cloud, "PUT", f"/{BUCKET}/copied", b"", copy, region="").status == 200


@pytest.mark.parametrize("source", ["", f"{BUCKET}/k"])
def test_a_part_of_no_upload(cloud: RunningCloud, s3: Any, source: str) -> None:
    """It would take the place of the object."""
    headers = {"x-amz-copy-source": source} if source else {}
    answer = raw(cloud, "PUT", f"/{BUCKET}/k?partNumber=1", b"", headers, region="")
    assert (answer.status, answer.element("Code")) == (400, "InvalidArgument")
    assert answer.element("Message") == "This operation does not accept partNumber without uploadId"
    assert (answer.element("ArgumentName"), answer.element("ArgumentValue")) == ("partNumber", "1")
    assert raw(cloud, "PUT", f"/{BUCKET}/k?x-id=PutObject", b"", region="").status == 200


def test_what_copies_names_a_source_alone(cloud: RunningCloud, s3: Any) -> None:
    for method, query in (("GET", ""), ("DELETE", ""), ("POST", "uploads"), ("PUT", "tagging")):
        answer = raw(cloud, method, f"/{BUCKET}/k?{query}", b"", {"x-amz-copy-source": "a/b"}, region="")
        assert (answer.status, answer.element("ArgumentName")) == (400, "x-amz-copy-source")
        assert answer.element("Message") == "You can only specify a copy source header for copy requests."


def test_a_signature_that_lacks_its_time_is_refused_in_xml(cloud: RunningCloud, s3: Any) -> None:
    scope = "AKIA/20260101/us-east-1/s3/aws4_request"
    signed = f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    answer = sent(cloud, f"GET /{BUCKET}/k HTTP/1.1\n{signed}")
    assert answer.startswith(b"HTTP/1.1 403 ") and b"<Code>AccessDenied</Code>" in answer
    assert b"<Message>AWS authentication requires a valid Date or x-amz-date header</Message>" in answer


PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0"


@pytest.mark.parametrize(
    ("header", "query", "text"),
    [
        ("Bearer token", "", "Unsupported Authorization Type"),
        ("Basic eDp5", "", "Unsupported Authorization Type"),
        ("Bearer token", PRESIGNED, "Only one auth mechanism allowed"),
        ("Bearer token", "AWSAccessKeyId=x&Signature=y&Expires=9999999999", "Only one auth mechanism allowed"),
        ("AWS AKIA", "", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
        ("AWS  AKIA:x", "", "Authorization header is invalid -- one and only one ' ' (space) required"),
        ("token", "", "Authorization header is invalid -- one and only one ' ' (space) required"),
    ],
)
def test_other_authorizations(cloud: RunningCloud, s3: Any, header: str, query: str, text: str) -> None:
    """Pages that send their own token with everything have it refused beside a presigned address, as by AWS."""
    for host in ("", "unsigned.s3.localhost"):
        headers = {"authorization": header, **({"host": host} if host else {})}
        answer = raw(cloud, "GET", f"/k?{query}" if host else f"/{BUCKET}/k?{query}", b"", headers, region="")
        assert (answer.status, answer.element("Code")) == (400, "InvalidArgument")
        assert (answer.element("Message") or "").startswith(text)
        assert (answer.element("ArgumentName"), answer.element("ArgumentValue")) == ("Authorization", header)
    signed = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": BUCKET})
    assert raw(cloud, "GET", signed.removeprefix(cloud.endpoint), region="").status == 200
