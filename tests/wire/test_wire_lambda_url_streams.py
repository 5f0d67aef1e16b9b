"""Answers that functions stream: by their URLs and by InvokeWithResponseStream.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html,
and recordings of ``TestLambdaURL``.
"""

import base64
import json
import shutil
from typing import Any

import pytest
import urllib3
from tests.conftest import RunningCloud, recorded
from tests.wire.function_urls import Make, make
from tests.wire.functions import ECHO, RUN

__all__ = ["make"]

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
STREAM = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath === '/plain') {
    stream.setContentType('text/plain');
  } else {
    const head = { statusCode: 201, headers: { 'x-mode': 'stream', 'content-type': 'text/html' }, cookies: ['a=b'] };
    stream = awslambda.HttpResponseStream.from(stream, head);
  }
  stream.write('Hello, ');
  if (event.rawPath === '/fail') throw new Error('half way');
  await new Promise((done) => setTimeout(done, 10));
  stream.write('world!');
  stream.end();
});
"""


@needs_node
@pytest.mark.parametrize("mode", ["RESPONSE_STREAM", "BUFFERED"])
def test_streams(make: Make, mode: str) -> None:
    """TestLambdaURL::test_function_url_with_response_streaming; both modes give what the function says."""
    aws = recorded(RUN, "::test_function_url_with_response_streaming")
    url = make(STREAM, runtime="nodejs22.x", InvokeMode=mode)
    answer = url.ask("GET", "/head")
    assert (answer.status, answer.data.decode()) == (201, aws["response_data"])
    assert (answer.headers["x-mode"], answer.headers["content-type"]) == ("stream", "text/html")
    assert answer.headers["set-cookie"] == "a=b"
    is_streamed = mode == "RESPONSE_STREAM"
    assert (answer.headers.get("transfer-encoding") == "chunked") == is_streamed
    answer = url.ask("GET", "/plain")
    assert (answer.status, answer.data.decode()) == (aws["response_status"], aws["response_data"])


@needs_node
def test_a_stream_of_which_nobody_wants_the_body(make: Make, cloud: RunningCloud) -> None:
    """The function does not wait for a reader that never comes: it ends."""
    source = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const piece = 'x'.repeat(100_000);
  for (let count = 0; count < 20; count++) {
    if (!stream.write(piece)) await new Promise((drained) => stream.once('drain', drained));
  }
  console.log('written');
  stream.end();
});
"""
    url = make(source, runtime="nodejs22.x", InvokeMode="RESPONSE_STREAM", name="unread")
    assert (url.ask("HEAD").status, url.ask("HEAD").data) == (200, b"")
    assert len(url.ask().data) == 2_000_000
    lines = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/unread", filterPattern="written")["events"]
    assert len(lines) == 3


@needs_node
def test_a_stream_that_breaks_off(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Half an answer does not look like a whole one; the log says why."""
    url = make(STREAM, runtime="nodejs22.x", InvokeMode="RESPONSE_STREAM")
    with pytest.raises(urllib3.exceptions.HTTPError):
        url.ask("GET", "/fail")
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("the answer to GET /fail broke off: arn:aws:lambda:")
    assert told.endswith(" failed in the middle of it (Error)")


def test_a_function_that_does_not_stream(make: Make) -> None:
    """TestLambdaURL::test_lambda_url_echo_invoke[RESPONSE_STREAM]: its answer is the body as it is."""
    url = make(
        "def handler(event, context):\n    return {'statusCode': 201, 'body': 'b'}\n", InvokeMode="RESPONSE_STREAM"
    )
    answer = url.ask()
    assert (answer.status, json.loads(answer.data)) == (200, {"statusCode": 201, "body": "b"})
    url = make("def handler(event, context):\n    raise ValueError\n", InvokeMode="RESPONSE_STREAM")
    answer = url.ask()
    assert (answer.status, answer.data) == (502, b"Internal Server Error")


def stream_of(client: Any, **request: Any) -> tuple[Any, list[Any]]:
    answer = client.invoke_with_response_stream(**request)
    return answer, list(answer["EventStream"])


@needs_node
def test_invoke_with_response_stream(make: Make, cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html"""
    make(STREAM, runtime="nodejs22.x", name="streams")
    client = cloud.client("lambda")
    payload = json.dumps({"rawPath": "/plain"})
    answer, events = stream_of(client, FunctionName="streams", Payload=payload, LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    pieces = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
    assert (b"".join(pieces), len(pieces)) == (b"Hello, world!", 2)
    assert "REPORT RequestId" in base64.b64decode(events[-1]["InvokeComplete"]["LogResult"]).decode()
    payload = json.dumps({"rawPath": "/fail"})
    _, events = stream_of(client, FunctionName="streams", Payload=payload)
    complete = events[-1]["InvokeComplete"]
    assert complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "half way"


def test_invoke_with_response_stream_of_others(make: Make, cloud: RunningCloud) -> None:
    """A function that does not stream answers in one piece; refusals are those of Invoke."""
    make(ECHO, name="whole")
    client = cloud.client("lambda")
    client.publish_version(FunctionName="whole")
    answer, events = stream_of(client, FunctionName="whole", Qualifier="1", Payload=b'{"a": 1}')
    assert answer["ExecutedVersion"] == "1"
    assert events == [{"PayloadChunk": {"Payload": b'{"a": 1}'}}, {"InvokeComplete": {}}]
    make("def handler(event, context):\n    raise ValueError('no')\n", name="fails")
    _, (event,) = stream_of(client, FunctionName="fails")
    assert json.loads(event["InvokeComplete"]["ErrorDetails"])["errorType"] == "ValueError"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke_with_response_stream(FunctionName="none")
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke_with_response_stream(FunctionName="whole", Payload=b"{")
    client.put_function_concurrency(FunctionName="whole", ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke_with_response_stream(FunctionName="whole")
