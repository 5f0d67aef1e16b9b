"""The ports themselves: whatever comes over a socket is answered as the client's fault, and nothing is left behind."""

import contextlib
import gzip
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ACCOUNT, RunningCloud, recorded

from stratolite.core.errors import UserError
from stratolite.http.listener import bind
from stratolite.http.reception import HEAD_BYTES_MAX
from stratolite.protocol.route import FORM_BYTES_MAX, FORM_TYPE
from stratolite.services import SERVICES

ANSWER_S_MAX = 60
FUZZ = settings(max_examples=200)


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a client sends, the log stays empty."""
    caplog.set_level(logging.WARNING)
    yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


def signature(service: str) -> str:
    scope = f"{ACCOUNT}/20260101/us-east-1/{service}/aws4_request"
    return (
        f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n"
        "X-Amz-Date: 20260101T000000Z\r\n"
    )


def request(line: str, body: bytes = b"", headers: str = "", service: str = "") -> bytes:
    head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{headers}"
    return f"{head}{signature(service) if service else ''}\r\n".encode("latin-1") + body


def exchange(endpoint: str, *parts: bytes) -> bytes:
    """Send all parts, say that this was all, and take what is answered until the connection ends."""
    address = urlsplit(endpoint)
    answer = b""
    with (
        socket.create_connection((address.hostname, address.port), ANSWER_S_MAX) as connection,
        contextlib.suppress(ConnectionError),
    ):
        for part in parts:
            connection.sendall(part)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            answer += piece
    return answer


def statuses(answer: bytes) -> list[int]:
    """The statuses of the answers, which follow each other without anything between them."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def test_random_bytes(cloud: RunningCloud) -> None:
    @FUZZ
    @given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=3))
    def run(parts: list[bytes]) -> None:
        for endpoint in (cloud.endpoint, cloud.app_endpoint):
            assert all(400 <= status < 500 for status in statuses(exchange(endpoint, *parts)))

    run()


REQUESTS = [
    request("POST /", b'{"TableName": "abc"}', "X-Amz-Target: DynamoDB_20120810.DescribeTable\r\n", "dynamodb"),
    request(
        "POST /", b'{"logGroupName": "g", "limit": 1}', "X-Amz-Target: Logs_20140328.DescribeLogStreams\r\n", "logs"
    ),
    request(
        "POST /",
        b"Action=GetTopicAttributes&TopicArn=a%3Ab",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "sns",
    ),
    request("POST /", b"Action=GetRole&RoleName=r", "Content-Type: application/x-www-form-urlencoded\r\n", "iam"),
    request("GET /?Action=DescribeStacks&Version=2010-05-15", service="cloudformation"),
    request("GET /2015-03-31/functions/f?Qualifier=1", service="lambda"),
    request("POST /2015-03-31/functions/f/invocations", b'{"a": 1}', "X-Amz-Invocation-Type: Event\r\n", "lambda"),
    request("GET /restapis/abc/resources?limit=5&embed=methods", service="apigateway"),
    request("GET /photos?list-type=2&prefix=a%2Fb&max-keys=7", service="s3"),
    request("PUT /photos/a%20b", b"data", "x-amz-meta-a: b\r\nContent-Type: text/plain\r\n", "s3"),
    request("POST /photos?delete", b"<Delete><Object><Key>a</Key></Object></Delete>", service="s3"),
    request("POST /_stratolite/clock", b'{"advance_s": 1}'),
    request("POST /_stratolite/operations/sns/ListTopics", b'{"NextToken": "x"}'),
    request("GET /_stratolite/outbox"),
]


def test_requests_with_errors(cloud: RunningCloud) -> None:
    """Valid requests of every service with some bytes changed. What is not implemented (501) is no fault."""

    @FUZZ
    @given(
        st.sampled_from(REQUESTS),
        st.integers(0, 1 << 30),
        st.integers(0, 4),
        st.one_of(st.binary(max_size=4), st.just(b"%")),
    )
    def run(valid: bytes, place: int, gone: int, new: bytes) -> None:
        place %= len(valid)
        for status in statuses(exchange(cloud.endpoint, valid[:place] + new + valid[place + gone :])):
            assert status < 500 or status == 501

    run()


def test_a_connection_that_breaks_off_in_a_body(cloud: RunningCloud) -> None:
    for whole in REQUESTS:
        exchange(cloud.endpoint, whole[:-1])
    large = request("PUT /photos/large", bytes(200_000), service="s3")
    assert statuses(exchange(cloud.endpoint, large[:-1])) in ([400], [404])
    assert cloud.client("dynamodb").list_tables()["TableNames"] == []


def test_long_headers(cloud: RunningCloud) -> None:
    answer = exchange(cloud.endpoint, request("GET /", headers=f"X-Long: {'x' * HEAD_BYTES_MAX}\r\n"))
    assert statuses(answer) == [431]
    many = "".join(f"X-{n}: {'x' * 100}\r\n" for n in range(HEAD_BYTES_MAX // 100))
    assert statuses(exchange(cloud.endpoint, request("GET /", headers=many))) == [431]
    # Longer than anything that AWS takes, and short enough.
    answer = exchange(cloud.endpoint, request("GET /_stratolite/health", headers=f"X-Long: {'x' * 40_000}\r\n"))
    assert statuses(answer) == [200]


def test_expect_100_continue(cloud: RunningCloud) -> None:
    address = urlsplit(cloud.endpoint)
    expecting = request("POST /", b'{"a":1}', "X-Amz-Target: DynamoDB_20120810.ListTables\r\nExpect: 100-continue\r\n")
    head, body = expecting[: -len(b'{"a":1}')], expecting[-len(b'{"a":1}') :]
    with socket.create_connection((address.hostname, address.port), ANSWER_S_MAX) as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(connection.recv(65536)) == [200]


def test_head_has_no_body(cloud: RunningCloud) -> None:
    for path in ("/", "/photos", "/photos/key", "/2015-03-31/functions", "/_stratolite/health", "/_stratolite/nothing"):
        head, _, body = exchange(cloud.endpoint, request(f"HEAD {path}")).partition(b"\r\n\r\n")
        assert body == b"" and 400 <= statuses(head)[0] < 500


OVERSIZED = {
    "dynamodb": ("POST /", "X-Amz-Target: DynamoDB_20120810.PutItem\r\n"),
    "logs": ("POST /", "X-Amz-Target: Logs_20140328.PutLogEvents\r\n"),
    "sqs": ("POST /", "X-Amz-Target: AmazonSQS.SendMessage\r\n"),
    "lambda_": ("POST /2015-03-31/functions", ""),
    "apigateway": ("POST /restapis", ""),
    "s3": ("POST /photos?delete", ""),
}


@pytest.mark.parametrize(
    "service", [service for service in SERVICES if service.name in OVERSIZED], ids=lambda one: one.name
)
def test_a_payload_over_its_limit(cloud: RunningCloud, service: Any) -> None:
    line, headers = OVERSIZED[service.name]
    body = bytes(service.payload_bytes_max + 1)
    answer = exchange(cloud.endpoint, request(line, body, headers, service.model))
    assert statuses(answer) == [413]
    assert b"Request must be smaller than %d bytes for the " % service.payload_bytes_max in answer
    assert b"RequestEntityTooLargeException" in answer


def test_a_function_over_its_limit(cloud: RunningCloud) -> None:
    entry = "TestLambdaSizeLimits::test_oversized_request_create_lambda"
    answered = recorded("lambda_/test_lambda_api.json", entry)["invalid_param_exc"]
    body = b'{"FunctionName": "f"}'.ljust(70_167_212)
    head, _, refusal = exchange(
        cloud.endpoint, request("POST /2015-03-31/functions", body, service="lambda")
    ).partition(b"\r\n\r\n")
    assert statuses(head) == [answered["ResponseMetadata"]["HTTPStatusCode"]]
    assert answered["Error"]["Message"].encode() in refusal
    assert f"x-amzn-errortype: {answered['Error']['Code']}".encode() in head


def test_a_form_over_its_limit(cloud: RunningCloud) -> None:
    body = b"Action=Publish&Message=".ljust(FORM_BYTES_MAX + 1, b"x")
    answer = exchange(cloud.endpoint, request("POST /", body, f"Content-Type: {FORM_TYPE}\r\n", "sns"))
    assert statuses(answer) == [413]
    assert b"<Code>RequestEntityTooLargeException</Code>" in answer


@pytest.mark.parametrize("service", ["dynamodb", "sns", "lambda"])
def test_a_compressed_request(cloud: RunningCloud, service: str) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html"""
    line, body, headers = {
        "dynamodb": ("POST /", b'{"Limit": 1}', "X-Amz-Target: DynamoDB_20120810.ListTables\r\n"),
        "sns": ("POST /", b"Action=ListTopics", f"Content-Type: {FORM_TYPE}\r\n"),
        "lambda": ("POST /2015-03-31/functions/absent/versions", b'{"Description": "x"}', ""),
    }[service]
    status = 404 if service == "lambda" else 200
    headers += "Content-Encoding: gzip\r\n"
    assert statuses(exchange(cloud.endpoint, request(line, gzip.compress(body), headers, service))) == [status]
    answer = exchange(cloud.endpoint, request(line, body, headers, service))
    assert statuses(answer) == [400]
    assert b"The request body is not gzip." in answer


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"7", b"a=b", b"\xff", b'{"TableName": }'])
def test_a_body_that_is_not_the_json_that_was_wanted(cloud: RunningCloud, body: bytes) -> None:
    for line, headers, service in (
        ("POST /", "X-Amz-Target: DynamoDB_20120810.DescribeTable\r\n", "dynamodb"),
        ("POST /", "X-Amz-Target: Logs_20140328.CreateLogGroup\r\n", "logs"),
        ("POST /2015-03-31/functions", "", "lambda"),
        ("POST /restapis", "", "apigateway"),
    ):
        answer = exchange(cloud.endpoint, request(line, body, headers, service))
        assert statuses(answer) == [400]
        assert b"SerializationException" in answer


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "application/xml", "nonsense"])
def test_the_content_type_does_not_matter_where_the_target_says_it(cloud: RunningCloud, content_type: str) -> None:
    headers = f"X-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Type: {content_type}\r\n"
    answer = exchange(cloud.endpoint, request("POST /", b"{}", headers, "dynamodb"))
    assert statuses(answer) == [200]
    assert b"\r\ncontent-type: application/x-amz-json-1.0\r\n" in answer


def test_several_requests_on_one_connection(cloud: RunningCloud) -> None:
    tables = request("POST /", b"{}", "X-Amz-Target: DynamoDB_20120810.ListTables\r\n")
    answer = exchange(cloud.endpoint, tables + request("GET /_stratolite/health") + request("GET /photos/key") + tables)
    assert statuses(answer) == [200, 200, 404, 200]


def test_the_port_of_the_applications_answers_every_request(cloud: RunningCloud) -> None:
    for line in ("GET /", "POST /2015-03-31/functions", "GET /_stratolite/health", "PATCH /a/b?c"):
        answer = exchange(cloud.app_endpoint, request(line))
        assert 400 <= statuses(answer)[0] < 500


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"(?s)127.0.0.1:{port}: port {port} is in use.*--port"):
            bind("127.0.0.1", port, option="--port")
    with pytest.raises(UserError, match=r"cannot listen on 192.0.2.1:0"):
        bind("192.0.2.1", 0, option="--port")


def test_a_server_that_stops_answers_who_is_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratolite.http.listener.SHUTDOWN_S_MAX", 0.1)
    cloud = RunningCloud(tmp_path / "data").start()
    address = urlsplit(cloud.endpoint)
    large = request("PUT /photos/large", bytes(200_000), service="s3")
    with (
        socket.create_connection((address.hostname, address.port), ANSWER_S_MAX) as waiting,
        socket.create_connection((address.hostname, address.port), ANSWER_S_MAX) as idle,
    ):
        idle.sendall(request("POST /", b"{}", "X-Amz-Target: DynamoDB_20120810.ListTables\r\n"))
        assert statuses(idle.recv(65536)) == [200]
        cloud.client("s3").create_bucket(Bucket="photos")
        waiting.sendall(large[:-1])
        # The answer to another request shows that the first has begun.
        idle.sendall(request("GET /_stratolite/health"))
        assert statuses(idle.recv(65536)) == [200]
        cloud.stop()
        assert statuses(waiting.recv(65536)) == [503]
        assert idle.recv(65536) == b""
