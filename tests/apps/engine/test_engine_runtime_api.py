"""Custom runtimes: programs of anybody's that speak the public Runtime API, and misuse it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; the answers to misuse are those of AWS's runtime
interface emulator (internal/lambda/rapi/rendering).
"""

import json
from typing import Any

import pytest

from stratolite.engine.interpreters import own_python
from stratolite.engine.model import Invocation

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENT = f"""#!{own_python()} -S
import http.client, json, os, sys, time
host = os.environ["AWS_LAMBDA_RUNTIME_API"]
api = http.client.HTTPConnection(host)
base = "/2018-06-01/runtime"

def call(method, path, body=None, headers={{}}, **options):
    api.request(method, base + path, body, headers, **options)
    answer = api.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()
"""
ECHO = """
while True:
    status, headers, event = call("GET", "/invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    print("working on", request_id, flush=True)
"""


def custom(bench: Any, body: str, **settings: Any) -> Any:
    return bench.function(CLIENT + body, runtime="provided.al2023", **settings)


async def test_a_custom_runtime(bench: Any) -> None:
    body = f"{ECHO}    call('POST', f'/invocation/{{request_id}}/response', json.dumps([json.loads(event), headers]))\n"
    spec = custom(bench, body)
    invocation = Invocation("the-id", b'{"a": 1}', '{\n"custom": {}}', '{"cognitoIdentityId": "x"}', "Root=1", "arn:x")
    event, headers = json.loads((await bench.engine.invoke(spec, invocation)).payload)
    assert event == {"a": 1}
    deadline_ms = int(headers.pop("Lambda-Runtime-Deadline-Ms"))
    assert deadline_ms > 1_700_000_000_000
    assert headers == {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": "the-id",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:x",
        "Lambda-Runtime-Trace-Id": "Root=1",
        "Lambda-Runtime-Client-Context": '{ "custom": {}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "x"}',
        "Content-Length": "8",
    }
    assert "working on the-id\n" in bench.messages(spec)
    assert (await bench.answer(spec, "again"))[0] == "again"


async def test_a_shell_script_as_runtime(bench: Any) -> None:
    """AWS's own tutorial for custom runtimes: curl in a loop, a connection for each request, text as answer."""
    source = """#!/bin/sh
set -eu
API="http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime"
while true; do
  HEADERS="$(mktemp)"
  EVENT=$(curl -sS -LD "$HEADERS" "$API/invocation/next")
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS "$API/invocation/$ID/response" -d "Echoing request: '$EVENT'" > /dev/null
done
"""
    spec = bench.function(source, runtime="provided.al2")
    for _ in range(2):
        assert (await bench.outcome(spec, {"k": 1})).payload == b"Echoing request: '{\"k\": 1}'"


async def test_an_error_from_a_custom_runtime(bench: Any) -> None:
    """test_lambda_common.json test_uncaught_exception_invoke[provided.al2023]."""
    body = f"""{ECHO}
    error = json.dumps(dict(errorMessage='Error: some_error_msg', errorType='errorString'))
    kind = {{'Lambda-Runtime-Function-Error-Type': 'My.Type'}}
    call('POST', f'/invocation/{{request_id}}/error', error, kind)
"""
    error, outcome = await bench.failure(custom(bench, body))
    assert error == {"errorMessage": "Error: some_error_msg", "errorType": "errorString"}
    assert outcome.error_type == "My.Type"


async def test_an_init_error_from_a_custom_runtime(bench: Any) -> None:
    body = """
error = json.dumps(dict(errorMessage='no config', errorType='Init.Config'))
status, _, text = call('POST', '/init/error', error, {'Lambda-Runtime-Function-Error-Type': 'Init.Config'})
print(status, text, flush=True)
sys.exit(1)
"""
    error, outcome = await bench.failure(custom(bench, body))
    assert error == {"errorMessage": "no config", "errorType": "Init.Config"}
    assert outcome.error_type == "Init.Config"


async def test_misuse_is_told(bench: Any) -> None:
    body = f"""
answers = []
{ECHO}
    def tell(*arguments, **options):
        status, _, text = call(*arguments, **options)
        answers.append([status, text.decode()])
    tell('POST', '/invocation/wrong-id/response', 'x')
    tell('POST', '/invocation/wrong-id/error', 'x')
    tell('GET', '/invocation/next')
    tell('POST', '/init/error', '{{}}')
    tell('GET', '/nothing')
    tell('POST', '/invocation/next')
    tell('POST', f'/invocation/{{request_id}}/response', 'x', {{'Lambda-Runtime-Function-Response-Mode': 'odd'}})
    tell('POST', f'/invocation/{{request_id}}/response', json.dumps(answers))
    tell('POST', f'/invocation/{{request_id}}/response', 'again')
    print('last', answers[-2:], flush=True)
"""
    spec = custom(bench, body)
    answers = await bench.answer(spec)
    invalid_id = [400, '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n']
    assert answers[:2] == [invalid_id, invalid_id]
    assert [status for status, _ in answers[2:]] == [403, 403, 404, 404, 400]
    assert "InvalidStateTransition" in answers[2][1]
    assert answers[6][1] == (
        '{"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}\n'
    )
    await bench.outcome(spec)
    last = next(text for text in bench.messages(spec) if text.startswith("last"))
    assert '[202, \'{"status":"OK"}\\n\'], [400, \'{"errorMessage":"Invalid request ID"' in last


async def test_a_response_over_the_limit_is_refused(bench: Any) -> None:
    body = f"""{ECHO}
    status, _, text = call('POST', f'/invocation/{{request_id}}/response', 'x' * int(event))
    print('told', status, text.decode(), flush=True)
"""
    spec = custom(bench, body)
    assert (await bench.outcome(spec, 6_291_556)).error == ""
    error, _ = await bench.failure(spec, 6_291_557)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert (await bench.outcome(spec, 3)).payload == b"xxx"
    told = [text for text in bench.messages(spec) if text.startswith("told 413")]
    assert told == [
        'told 413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",'
        '"errorType":"RequestEntityTooLarge"}\n'
    ]


async def test_garbage_is_no_harm(bench: Any) -> None:
    body = f"""{ECHO}
    import socket
    texts = []
    end = b'\\r\\n\\r\\n'
    for garbage in (b'\\x00\\xff garbage' + end, b'GET / HTTP/9.9' + end, b'POST ' + b'x' * 200000, end):
        raw = socket.create_connection(host.split(':'))
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        try:
            texts.append(raw.recv(100).decode()[:12])
        except ConnectionResetError:
            texts.append('reset')
    call('POST', f'/invocation/{{request_id}}/response', json.dumps(texts))
"""
    spec = custom(bench, body)
    assert (await bench.answer(spec))[0] in ("HTTP/1.1 400", "reset")
    assert len(await bench.answer(spec)) == 4


async def test_a_missing_bootstrap(bench: Any) -> None:
    spec = custom(bench, "")
    (spec.code.path / "bootstrap").unlink()
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert error["errorMessage"].endswith("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [
        (b"#!/bin/sh\n", 0o644, "permission denied"),
        (b"no program", 0o755, "exec format error"),
        (b"\x7fELF" + bytes(14) + b"\x28\x00" + bytes(100), 0o755, "exec format error"),  # A 32-bit ARM's.
    ],
)
async def test_a_bootstrap_that_cannot_be_executed(bench: Any, content: bytes, mode: int, text: str) -> None:
    """AWS's runtime interface emulator: Runtime.InvalidEntrypoint, with Go's words for the error."""
    spec = custom(bench, "")
    (spec.code.path / "bootstrap").write_bytes(content)
    (spec.code.path / "bootstrap").chmod(mode)
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert error["errorMessage"].endswith(f"Error: fork/exec /var/task/bootstrap: {text}")
