"""Node.js functions in real sandboxes: module kinds, handler kinds, every way to fail, logs, SDK redirection.

Error objects and texts are AWS's: recorded answers are named where there is one, the rest follows AWS's runtime
interface client for Node.js.
"""

import json
import re
import shutil
from typing import Any

import pytest

from stratolite.engine.model import Invocation

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
]


def node(bench: Any, source: str, **settings: Any) -> Any:
    return bench.function(source, runtime="nodejs20.x", **settings)


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("exports.handler = async (event) => ({ got: event });", {}),
        ("exports.handler = (event, context, callback) => callback(null, { got: event });", {}),
        ("exports.handler = (event, context) => context.succeed({ got: event });", {}),
        ("exports.handler = (event, context) => context.done(null, { got: event });", {}),
        ("exports.handler = (event) => ({ then: (resolve) => resolve({ got: event }) });", {}),
        ("export const handler = async (event) => ({ got: event });", {"package.json": '{"type": "module"}'}),
        (
            "const x = await Promise.resolve(1); export const handler = async (e) => ({ got: e });",
            {"package.json": '{"type": "module"}'},
        ),
    ],
)
async def test_kinds_of_handlers(bench: Any, source: str, files: dict[str, str]) -> None:
    spec = node(bench, source, files=files)
    assert await bench.answer(spec, {"a": "ü"}) == {"got": {"a": "ü"}}
    assert await bench.answer(spec, 2) == {"got": 2}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("deep/inner.mjs", "export const nested = { handler: async () => 'deep' };"),
        ("deep/inner.cjs", "exports.nested = { handler: async () => 'deep' };"),
        ("deep/inner/index.js", "exports.nested = { handler: async () => 'deep' };"),
    ],
)
async def test_files_and_nested_handlers(bench: Any, name: str, source: str) -> None:
    spec = node(bench, "", files={name: source}, handler="deep/inner.nested.handler")
    assert await bench.answer(spec) == "deep"


async def test_the_context_is_complete(bench: Any) -> None:
    source = """exports.handler = async (event, c) => [
      c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.awsRequestId, c.logGroupName,
      c.logStreamName, c.identity, c.clientContext, c.callbackWaitsForEmptyEventLoop, c.getRemainingTimeInMillis()];"""
    spec = node(bench, source)
    invocation = Invocation("the-id", b"{}", '{"custom": {"a": 1}}', '{"cognitoIdentityId": "x"}', "", f"{spec.arn}:7")
    answer = json.loads((await bench.engine.invoke(spec, invocation)).payload)
    assert answer[:6] == [spec.name, "$LATEST", f"{spec.arn}:7", "512", "the-id", spec.log_group]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", answer[6])
    assert answer[7:10] == [{"cognitoIdentityId": "x"}, {"custom": {"a": 1}}, True]
    assert 30_000 < answer[10] <= 60_000


async def test_a_handler_that_throws(bench: Any) -> None:
    """test_lambda_common.json test_uncaught_exception_invoke[nodejs20.x]."""
    spec = node(bench, "exports.handler = async () => { throw new RangeError('some_error_msg'); };")
    error, outcome = await bench.failure(spec)
    assert list(error) == ["errorType", "errorMessage", "trace"]
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "some_error_msg")
    assert error["trace"][0] == "RangeError: some_error_msg"
    assert f"{bench.task(spec)}/app.js:1" in error["trace"][1]
    assert outcome.error_type == "RangeError"
    logged = next(text for text in bench.messages(spec) if "ERROR" in text)
    assert re.match(r"\S+Z\t\S+\tERROR\tInvoke Error \t\{\"errorType\":\"RangeError\"", logged)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("callback(new TypeError('t'))", ("TypeError", "t")),
        ("callback('text')", ("string", "text")),
        ("context.fail()", ("string", "handled")),
        ("context.fail(new Error('f'))", ("Error", "f")),
        ("callback(null, 1n)", ("Error", "Unable to stringify response body")),
        ("throw new SyntaxError('s')", ("SyntaxError", "s")),
    ],
)
async def test_handlers_that_fail(bench: Any, body: str, error: tuple[str, str]) -> None:
    setting = "context.callbackWaitsForEmptyEventLoop = false;"
    source = f"exports.handler = (event, context, callback) => {{ {setting} {body}; }};"
    found, _ = await bench.failure(node(bench, source))
    assert (found["errorType"], found["errorMessage"]) == error


@pytest.mark.parametrize(
    ("source", "handler", "kind", "text"),
    [
        ("", "other.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'other'\nRequire stack:"),
        ("require('nope')", "app.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'nope'"),
        ("", "app.handler", "Runtime.HandlerNotFound", "app.handler is undefined or not exported"),
        ("exports.handler = 1;", "app.handler", "Runtime.HandlerNotFound", "app.handler is not a function"),
        ("", "handler", "Runtime.MalformedHandlerName", "Bad handler"),
        ("", "../app.handler", "Runtime.MalformedHandlerName", "'../app.handler' is not a valid handler name."),
        ("exports.handler = (", "app.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input"),
        ("throw new Error('boom');", "app.handler", "Error", "boom"),
        ("throw new Error('\\x7f');", "app.handler", "Error", "%7F"),
    ],
)
async def test_a_function_that_cannot_be_loaded(bench: Any, source: str, handler: str, kind: str, text: str) -> None:
    spec = node(bench, source, handler=handler)
    error, outcome = await bench.failure(spec)
    assert error["errorType"] == kind
    assert any("Uncaught Exception" in line for line in bench.messages(spec))
    assert error["errorMessage"].startswith(text)
    assert outcome.error_type == kind


async def test_uncaught_errors_end_the_runtime(bench: Any) -> None:
    source = "exports.handler = (event, c, callback) => { setTimeout(() => { throw new Error('late'); }, 1); };"
    error, _ = await bench.failure(node(bench, source))
    assert (error["errorType"], error["errorMessage"]) == ("Error", "late")


async def test_unhandled_rejections_end_the_runtime(bench: Any) -> None:
    source = "exports.handler = (e, c, callback) => { Promise.reject(new Error('lost')); setTimeout(() => {}, 900); };"
    error, _ = await bench.failure(node(bench, source))
    assert error["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert error["errorMessage"] == "Error: lost"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("process.exit(0)", "Runtime exited without providing a reason"),
        ("process.exit(7)", "Runtime exited with error: exit status 7"),
        ("process.kill(process.pid, 'SIGKILL')", "Runtime exited with error: signal: killed"),
    ],
)
async def test_a_runtime_that_ends(bench: Any, statement: str, reason: str) -> None:
    error, _ = await bench.failure(node(bench, f"exports.handler = async () => {{ {statement}; }};"))
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(f" Error: {reason}")


async def test_a_callback_waits_for_the_event_loop(bench: Any) -> None:
    source = """
let seen = [];
exports.handler = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = event;
  seen = [];
  setTimeout(() => seen.push('timer'), 20);
  callback(null, seen);
};"""
    spec = node(bench, source)
    assert await bench.answer(spec, True) == ["timer"]
    assert await bench.answer(spec, False) == []


async def test_a_sync_handler_that_never_answers(bench: Any) -> None:
    spec = node(bench, "exports.handler = (event, context, callback) => { setTimeout(() => {}, 5); };")
    assert await bench.answer(spec) is None
    assert await bench.answer(spec) is None


async def test_a_promise_that_never_settles(bench: Any) -> None:
    spec = node(bench, "exports.handler = async () => { await new Promise(() => {}); };")
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.NodeJsExit"
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.NodeJsExit"


async def test_only_the_first_answer_counts(bench: Any) -> None:
    source = "exports.handler = (e, c, callback) => { callback(null, 1); callback(null, 2); c.fail('no'); };"
    assert await bench.answer(node(bench, source)) == 1


async def test_a_time_out(bench: Any) -> None:
    """test_lambda.json test_lambda_invoke_with_timeout."""
    source = (
        "exports.handler = async (event) => { if (event) await new Promise((r) => setTimeout(r, 60000)); return 1; };"
    )
    spec = node(bench, source, timeout_s=1.5)
    error, outcome = await bench.failure(spec, True)
    assert error["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(r"RequestId: \S+ Error: Task timed out after 1.50 seconds", error["errorMessage"])
    assert b"\tStatus: timeout\n" in outcome.log_tail
    assert await bench.answer(spec, False) == 1


async def test_too_much_memory(bench: Any) -> None:
    source = """exports.handler = async () => {
  const keep = Buffer.alloc(400 * 1024 * 1024, 1);
  await new Promise((resolve) => setTimeout(resolve, 60000));
};"""
    error, _ = await bench.failure(node(bench, source, memory_mb=128))
    assert error["errorType"] == "Runtime.OutOfMemory"


async def test_a_response_over_the_limit(bench: Any) -> None:
    """test_lambda.json test_lambda_too_large_response."""
    spec = node(bench, "exports.handler = async (event) => 'x'.repeat(event);")
    assert len((await bench.outcome(spec, 6_291_554)).payload) == 6_291_556
    error, _ = await bench.failure(spec, 6_291_555)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert await bench.answer(spec, 2) == "xx"


async def test_large_events(bench: Any) -> None:
    spec = node(bench, "exports.handler = async (event) => event.length;")
    assert await bench.answer(spec, "e" * 6_000_000) == 6_000_000
    assert await bench.answer(spec, "e") == 1


async def test_the_log_of_an_invocation(bench: Any) -> None:
    """test_lambda.json test_invocation_with_logs[nodejs16.x]."""
    source = """
console.log("loading");
exports.handler = async (event) => {
  console.log({}); console.error("bad: %s", "x"); console.warn("two\\nlines"); process.stdout.write("raw\\n");
};"""
    spec = node(bench, source)
    outcome = await bench.outcome(spec)
    lines = bench.messages(spec)
    request_id = lines[2].split()[2]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{stamp}\tundefined\tINFO\tloading\n", lines[1])
    assert lines[2] == f"START RequestId: {request_id} Version: $LATEST\n"
    assert re.fullmatch(rf"{stamp}\t{request_id}\tINFO\t\{{\}}\n", lines[3])
    assert re.fullmatch(rf"{stamp}\t{request_id}\tERROR\tbad: x\n", lines[4])
    assert re.fullmatch(rf"{stamp}\t{request_id}\tWARN\ttwo\nlines\n", lines[5])
    assert lines[6:8] == ["raw\n", f"END RequestId: {request_id}\n"]
    assert lines[8].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert outcome.log_tail.decode() == "".join(lines[2:])


async def test_a_flood_of_output(bench: Any) -> None:
    source = """exports.handler = async (n) => {
  for (let i = 0; i < n; i++) console.log(i, 'x'.repeat(90));
  process.stdout.write('z\\n');
};"""
    spec = node(bench, source)
    await bench.outcome(spec, 20_000)
    lines = [text for text in bench.messages(spec) if "INFO" in text]
    assert [int(text.split("\t")[3].split()[0]) for text in lines] == list(range(20_000))
    await bench.outcome(spec, 20_000)
    assert len([text for text in bench.messages(spec) if "INFO" in text]) == 40_000


async def test_the_old_sdk_is_redirected(bench: Any) -> None:
    """Version 2 of the SDK knows no AWS_ENDPOINT_URL: its global configuration gets it, by every road."""
    files = {
        "node_modules/aws-sdk/package.json": '{"name": "aws-sdk", "main": "lib/aws.js"}',
        "node_modules/aws-sdk/lib/core.js": """
            const AWS = { Service: class {}, Endpoint: class {}, values: {} };
            module.exports = AWS;
            AWS.config = { update: () => {} };""",
        # As the real one does, it replaces the configuration of which its other parts have heard already.
        "node_modules/aws-sdk/lib/node_loader.js": """
            const AWS = require('./core');
            AWS.config = { update: (values) => Object.assign(AWS.values, values) };""",
        "node_modules/aws-sdk/lib/aws.js": "require('./node_loader'); module.exports = require('./core');",
        "node_modules/aws-sdk/clients/s3.js": """
            require('../lib/node_loader');
            const AWS = require('../lib/core');
            module.exports = () => AWS.values;""",
        "esm.mjs": "import AWS from 'aws-sdk'; export const handler = async () => AWS.values;",
        "client.js": "const s3 = require('aws-sdk/clients/s3'); exports.handler = async () => s3();",
    }
    source = "const AWS = require('aws-sdk'); exports.handler = async () => AWS.values;"
    expected = {"endpoint": "http://127.0.0.1:4566", "s3ForcePathStyle": True}
    for handler in ("app.handler", "esm.handler", "client.handler"):
        spec = node(bench, source, files=files, handler=handler, endpoint_url="http://127.0.0.1:4566")
        assert await bench.answer(spec) == expected, handler
    assert await bench.answer(node(bench, source, files=files)) == {}


async def test_modules_come_from_layers(bench: Any, layer: Any) -> None:
    folder = layer / "nodejs" / "node_modules" / "from-layer"
    folder.mkdir(parents=True)
    (folder / "index.js").write_text("module.exports = 'layer';")
    spec = node(bench, "exports.handler = async () => require('from-layer');", layers=(layer,))
    assert await bench.answer(spec) == "layer"


async def test_the_environment_is_that_of_aws(bench: Any) -> None:
    """test_lambda_common.json test_introspection_invoke[nodejs20.x]."""
    found = await bench.answer(node(bench, "exports.handler = async () => process.env;"), trace_id="Root=1")
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert found["NODE_PATH"].endswith(found["LAMBDA_TASK_ROOT"])
    assert found["_X_AMZN_TRACE_ID"] == "Root=1"
    assert found["TZ"] == ":UTC"
    assert not {name for name in found if name.startswith(("PYTEST", "VIRTUAL_ENV"))}


async def test_timers_stand_still_between_invocations(bench: Any) -> None:
    """Nothing runs between invocations, as in AWS's frozen sandboxes; it goes on in the next one."""
    source = """
let ticks = 0;
exports.handler = async (event) => {
  if (event === 'start') setTimeout(() => { ticks += 1; }, 1);
  else await new Promise((resolve) => setTimeout(resolve, 10));
  return ticks;
};"""
    spec = node(bench, source)
    assert await bench.answer(spec, "start") == 0
    assert await bench.answer(spec, "later") == 1


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("exports.handler = (event) => ({ got: event });", {}),
        ("exports.handler = async (event) => ({ got: event });", {}),
        ("export default { handler: (event) => ({ got: event }) };", {"package.json": '{"type": "module"}'}),
        ("exports.handler = (event) => new Promise((resolve) => setImmediate(resolve, { got: event }));", {}),
    ],
)
async def test_node_24_awaits_every_handler(bench: Any, source: str, files: dict[str, str]) -> None:
    """AWS's runtime interface client 4 (lifecycle-manager, handler-resolver), whatever Node.js runs it here."""
    spec = bench.function(source, runtime="nodejs24.x", files=files)
    assert await bench.answer(spec, {"a": 1}) == {"got": {"a": 1}}
    assert await bench.answer(spec, 2) == {"got": 2}


async def test_node_24_has_no_callbacks(bench: Any) -> None:
    """AWS's runtime interface client 4 (callback-deprecation, context-builder)."""
    spec = bench.function("exports.handler = (event, context, callback) => callback();", runtime="nodejs24.x")
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert error["errorMessage"].startswith(
        "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24."
    )
    assert any("\tERROR\tInit Error \t" in line for line in bench.messages(spec))
    spec = bench.function("exports.handler = (event, context) => Object.keys(context).sort();", runtime="nodejs24.x")
    names = await bench.answer(spec)
    assert not {"callbackWaitsForEmptyEventLoop", "done", "succeed", "fail"} & set(names)
    assert {"awsRequestId", "getRemainingTimeInMillis", "logGroupName", "invokedFunctionArn"} <= set(names)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("await new Promise(() => {})", "Runtime exited without providing a reason"),
        ("setTimeout(() => { throw new Error('late'); }, 1); await new Promise(() => {})", "exit status 1"),
        ("Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 900))", "exit status 1"),
    ],
)
async def test_node_24_ends_when_nobody_catches(bench: Any, body: str, reason: str) -> None:
    """AWS's runtime interface client 4 sets no handlers for these: Node.js itself ends the process."""
    spec = bench.function(f"exports.handler = async () => {{ {body}; }};", runtime="nodejs24.x")
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(reason)
