"""Streamed responses: pieces arrive while the function runs, in Node.js and from custom runtimes.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming and AWS's
runtime interface client for Node.js (ResponseStream, StreamingContext). Error types of cut and oversized streams are
those of AWS's runtime interface emulator (rapid, fatalerror).
"""

import asyncio
import json
from typing import Any

import pytest
from tests.apps.engine.test_engine_runtime_api import ECHO, custom

from stratolite.engine import runtime_api
from stratolite.engine.stream import BUFFER_BYTES_MAX, ResponseStream

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUNTIMES = ("nodejs20.x", "nodejs24.x")
PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
HEAD = """
    import socket
    raw = socket.create_connection(host.split(':'))
    head = (f'POST {base}/invocation/{request_id}/response HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: text/plain\\r\\n'
        'Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n'
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n').encode()
"""
WAIT_FOR_FILE = "    while not os.path.exists(json.loads(event)): time.sleep(0.001)\n"


def streaming(bench: Any, body: str, runtime: str = "nodejs20.x", **settings: Any) -> Any:
    source = f"exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {{ {body} }});"
    return bench.function(source, runtime=runtime, **settings)


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_pieces_come_while_the_function_runs(bench: Any, runtime: str) -> None:
    body = """
    const fs = require('fs');
    stream.setContentType('text/plain');
    stream.write('one');
    while (!fs.existsSync(event)) await new Promise((resolve) => setTimeout(resolve, 1));
    stream.write('two');
    stream.end('three');"""
    spec, stream = streaming(bench, body, runtime), ResponseStream()
    running = asyncio.ensure_future(bench.outcome(spec, "flag", stream=stream))
    assert await stream.begun()
    assert stream.content_type == "text/plain"
    assert await anext(stream) == b"one"
    assert not running.done()
    (spec.code.path / "flag").touch()
    assert [piece async for piece in stream] == [b"two", b"three"]
    outcome = await running
    assert (outcome.payload, outcome.error) == (b"", "")


@pytest.mark.parametrize("runtime", RUNTIMES)
async def test_metadata_comes_first(bench: Any, runtime: str) -> None:
    body = """
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } });
    stream.write('body');
    stream.end();"""
    pieces, stream, _ = await bench.streamed(streaming(bench, body, runtime))
    assert pieces == [b'{"statusCode":201,"headers":{"a":"b"}}', bytes(8), b"body"]
    assert stream.content_type == PRELUDE_TYPE


async def test_without_a_reader_the_whole_is_the_payload(bench: Any) -> None:
    spec = streaming(bench, "stream.write('one '); stream.write({ two: 2 }); stream.end();")
    for _ in range(2):
        outcome = await bench.outcome(spec)
        assert (outcome.payload, outcome.content_type) == (b'one {"two":2}', "application/octet-stream")


async def test_functions_that_do_not_stream_answer_in_one_piece(bench: Any) -> None:
    spec = bench.function("exports.handler = async (event) => event;", runtime="nodejs20.x")
    pieces, stream, outcome = await bench.streamed(spec, {"a": 1})
    assert (pieces, stream.content_type, outcome.payload) == ([b'{"a":1}'], "application/json", b"")
    spec = bench.function("def handler(event, context):\n    raise ValueError('no')")
    pieces, stream, outcome = await bench.streamed(spec)
    assert (pieces, stream.has_begun, json.loads(outcome.payload)["errorType"]) == ([], False, "ValueError")


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("first", ["", "stream.write('half');"])
async def test_a_function_that_fails_after_some_pieces_or_none(bench: Any, first: str, runtime: str) -> None:
    spec = streaming(bench, f"{first} throw new RangeError('in the middle');", runtime)
    pieces, _, outcome = await bench.streamed(spec)
    assert b"".join(pieces) == (b"half" if first else b"")
    error = json.loads(outcome.payload)
    assert (outcome.error, outcome.error_type) == ("Unhandled", "RangeError")
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "in the middle")
    error, _ = await bench.failure(spec)
    assert error["errorMessage"] == "in the middle"
    assert any("Invoke Error" in text and "in the middle" in text for text in bench.messages(spec))


async def test_misuse_of_the_stream(bench: Any) -> None:
    late = streaming(bench, "stream.write('x'); stream.setContentType('text/plain');")
    _, _, outcome = await bench.streamed(late)
    error = json.loads(outcome.payload)
    assert error["errorType"] == "Runtime.InvalidStreamingOperation"
    assert error["errorMessage"] == "Cannot set content-type, too late."
    plain = bench.function(
        "exports.handler = awslambda.streamifyResponse((event, stream) => { stream.write('x'); });",
        runtime="nodejs20.x",
    )
    _, outcome = await bench.failure(plain)
    assert b"Streaming does not support non-async handlers." in outcome.payload
    with_value = streaming(bench, "stream.end('x'); return 1;")
    assert (await bench.outcome(with_value)).payload == b"x"
    await bench.outcome(with_value)
    assert any("Streaming handlers ignore return values." in text for text in bench.messages(with_value))


async def test_a_stream_that_is_never_ended_runs_into_the_time_out(bench: Any) -> None:
    pieces, _, outcome = await bench.streamed(streaming(bench, "stream.write('x');", timeout_s=2))
    assert (pieces, outcome.error_type) == ([b"x"], "Sandbox.Timedout")


async def test_a_stream_that_the_function_destroys(bench: Any) -> None:
    spec = streaming(bench, "await new Promise((r) => stream.write('x', r)); stream.destroy();")
    pieces, _, outcome = await bench.streamed(spec)
    assert (pieces, outcome.error_type) == ([b"x"], "Runtime.TruncatedResponse")
    assert (await bench.streamed(spec))[0] == [b"x"]


async def test_a_runtime_that_ends_in_the_middle(bench: Any) -> None:
    body = "await new Promise((resolve) => stream.write('x', resolve)); process.exit(3);"
    pieces, _, outcome = await bench.streamed(streaming(bench, body))
    assert (pieces, outcome.error_type) == ([b"x"], "Runtime.ExitError")
    assert b"exit status 3" in outcome.payload


async def test_a_slow_reader_makes_the_function_wait(bench: Any) -> None:
    body = """
    const fs = require('fs');
    const piece = Buffer.alloc(65536);
    let waits = false;
    for (let written = 0; written < 1000 && !waits; written += 1) {
      if (stream.write(piece)) continue;
      waits = true;
      const drained = new Promise((resolve) => stream.once('drain', resolve)).then(() => (waits = false));
      while (waits && !fs.existsSync(event)) {
        await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 100))]);
        if (waits) console.log('waits');
      }
    }
    stream.end();"""
    spec, stream = streaming(bench, body), ResponseStream()
    running = asyncio.ensure_future(bench.outcome(spec, "flag", stream=stream))

    def waits() -> int:
        return sum("waits" in text for text in bench.messages(spec))

    await bench.until(lambda: stream.is_full, "the stream is never full")
    before = waits()
    await bench.until(lambda: waits() > before + 1, "the function does not wait")
    (spec.code.path / "flag").touch()
    size = 0
    async for piece in stream:
        size += len(piece)
    assert BUFFER_BYTES_MAX < size < 1000 * 65536
    assert (await running).error == ""


async def test_a_reader_that_goes_away_does_not_stop_the_function(bench: Any) -> None:
    body = "for (let i = 0; i < 100; i++) stream.write(Buffer.alloc(65536)); stream.end();"
    spec, stream = streaming(bench, body), ResponseStream()
    running = asyncio.ensure_future(bench.outcome(spec, stream=stream))
    await stream.begun()
    stream.abandon()
    assert (await running).error == ""


SLOW = """
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(event[0]);
    stream.write('one');
    await pause(event[1]);
    stream.end('two');"""


async def test_patience_lasts_until_the_answer_begins(bench: Any) -> None:
    spec = streaming(bench, SLOW)
    await bench.streamed(spec, [0, 0])
    stream = ResponseStream()
    running = asyncio.ensure_future(bench.outcome(spec, [0, 1500], stream=stream, patience_s=1))
    assert [piece async for piece in stream] == [b"one", b"two"]
    assert (await running).error == ""
    slow = streaming(bench, SLOW, timeout_s=1.5)
    await bench.streamed(slow, [0, 0])
    stream = ResponseStream()
    running = asyncio.ensure_future(bench.outcome(slow, [0, 60_000], stream=stream, patience_s=1))
    assert [piece async for piece in stream] == [b"one"]
    assert (await running).error_type == "Sandbox.Timedout"


async def test_a_stream_that_begins_too_late_is_nobodys(bench: Any) -> None:
    spec, stream, left = streaming(bench, SLOW), ResponseStream(), asyncio.Event()
    await bench.streamed(spec, [0, 0])
    with pytest.raises(TimeoutError):
        await bench.outcome(spec, [1000, 0], stream=stream, patience_s=0.05, on_left=left.set)
    assert not await stream.begun()
    await asyncio.wait_for(left.wait(), 60)
    assert [piece async for piece in stream] == []
    assert (await bench.streamed(spec, [0, 0]))[0] == [b"one", b"two"]


async def test_a_custom_runtime_streams(bench: Any) -> None:
    body = f"""{ECHO}{HEAD}
    raw.sendall(head + b'3\\r\\none\\r\\n')
{WAIT_FOR_FILE}
    raw.sendall(b'3\\r\\ntwo\\r\\n0\\r\\n\\r\\n')
    print('told', raw.recv(1000), flush=True)
"""
    spec, stream = custom(bench, body), ResponseStream()
    running = asyncio.ensure_future(bench.outcome(spec, "flag", stream=stream))
    assert await anext(stream) == b"one"
    (spec.code.path / "flag").touch()
    assert await anext(stream) == b"two"
    assert (await running).error == ""
    assert stream.content_type == "text/plain"
    await bench.outcome(spec, "flag")
    assert any("told b'HTTP/1.1 202 Accepted" in text for text in bench.messages(spec))


async def test_errors_come_in_trailers(bench: Any) -> None:
    body = f"""{ECHO}{HEAD}
    import base64
    error = base64.b64encode(b'{{"errorMessage": "m", "errorType": "My.Broken"}}')
    raw.sendall(head + b'4\\r\\nhalf\\r\\n0\\r\\nLambda-Runtime-Function-Error-Type: My.Broken\\r\\n')
    raw.sendall(b'Lambda-Runtime-Function-Error-Body: ' + error * json.loads(event) + b'\\r\\n\\r\\n')
    raw.recv(1000)
"""
    spec = custom(bench, body)
    pieces, _, outcome = await bench.streamed(spec, 1)
    assert (pieces, outcome.error, outcome.error_type) == ([b"half"], "Unhandled", "My.Broken")
    assert json.loads(outcome.payload) == {"errorMessage": "m", "errorType": "My.Broken"}
    outcome = await bench.outcome(spec, 0)
    assert (outcome.error, outcome.error_type, outcome.payload) == ("Unhandled", "My.Broken", b"half")


async def test_a_connection_that_ends_in_the_middle(bench: Any) -> None:
    body = f"{ECHO}{HEAD}\n    raw.sendall(head + b'4\\r\\nhalf\\r\\n')\n    raw.close()\n    time.sleep(60)\n"
    pieces, _, outcome = await bench.streamed(custom(bench, body))
    assert (pieces, outcome.error_type) == ([b"half"], "Runtime.TruncatedResponse")


async def test_streams_over_the_limit(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MB for a stream, and what a buffered response may have (6 MB) where the invoker takes it whole."""
    monkeypatch.setattr(runtime_api, "STREAM_BYTES_MAX", 10)
    body = f"""{ECHO}
    mode = {{'Lambda-Runtime-Function-Response-Mode': 'streaming', 'Content-Type': 'text/plain'}}
    parts = (b'x' * json.loads(event) for _ in range(3))
    print('told', call('POST', f'/invocation/{{request_id}}/response', parts, mode, encode_chunked=True), flush=True)
"""
    spec = custom(bench, body)
    pieces, _, outcome = await bench.streamed(spec, 4)
    assert b"".join(pieces) == b"x" * 8
    assert outcome.error_type == "Function.ResponseSizeTooLarge"
    assert (await bench.outcome(spec, 4)).payload == b"x" * 12
    assert (await bench.outcome(spec, 3_000_000)).error_type == "Function.ResponseSizeTooLarge"
    assert sum("told (413" in text for text in bench.messages(spec)) == 1


async def test_streams_of_other_invocations_are_refused(bench: Any) -> None:
    body = f"""{ECHO}
    mode = {{'Lambda-Runtime-Function-Response-Mode': 'streaming'}}
    other = call('POST', '/invocation/other/response', iter([b'x']), mode, encode_chunked=True)
    call('POST', f'/invocation/{{request_id}}/response', json.dumps([other[0], other[2].decode()]))
"""
    assert await bench.answer(custom(bench, body)) == [
        400,
        '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n',
    ]
