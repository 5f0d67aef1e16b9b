"""Python functions in real sandboxes: answers, contexts, every way to fail, logs, isolation.

Error objects and texts are AWS's: recorded answers are named where there is one, the rest follows AWS's runtime
interface client for Python.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import six  # type: ignore[import-untyped]

from stratolite.engine.interpreters import Interpreters
from stratolite.engine.model import Invocation

OWN_SIX = Path(six.__file__).read_text() + "\nown = True\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_answer(bench: Any) -> None:
    spec = bench.function("def handler(event, context):\n    return {'got': event, 'é': 1}\n")
    assert await bench.answer(spec, {"a": [1, "ü"]}) == {"got": {"a": [1, "ü"]}, "é": 1}


async def test_the_context_is_complete(bench: Any) -> None:
    source = """
def handler(event, context):
    client = context.client_context
    return [
        context.function_name, context.function_version, context.invoked_function_arn, context.memory_limit_in_mb,
        context.aws_request_id, context.log_group_name, context.log_stream_name,
        context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id,
        client.custom, client.env, client.client.app_title, client.client.installation_id,
        context.get_remaining_time_in_millis(),
    ]
"""
    spec = bench.function(source)
    client_context = json.dumps({"custom": {"a": 1}, "env": {"b": "c"}, "client": {"app_title": "t"}}, indent=1)
    identity = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})
    invocation = Invocation("the-id", b"{}", client_context, identity, "Root=1-2-3", f"{spec.arn}:live")
    outcome = await bench.engine.invoke(spec, invocation)
    answer = json.loads(outcome.payload)
    assert answer[:6] == [spec.name, "$LATEST", f"{spec.arn}:live", "512", "the-id", spec.log_group]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", answer[6])
    assert answer[7:13] == ["id", "pool", {"a": 1}, {"b": "c"}, "t", None]
    assert 30_000 < answer[13] <= 60_000


async def test_a_context_without_a_client_has_none(bench: Any) -> None:
    source = "def handler(e, c):\n    return [c.client_context, c.identity.cognito_identity_id]\n"
    assert await bench.answer(bench.function(source)) == [None, None]


async def test_the_environment_is_that_of_aws(bench: Any) -> None:
    """The names are those of test_lambda_init_environment; nothing of the server's own is among them."""
    spec = bench.function(
        "import os\ndef handler(e, c):\n    return dict(os.environ)\n",
        environment={"MINE": "yes", "LANG": "de_DE.UTF-8"},
        role_credentials={"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"},
        endpoint_url="http://127.0.0.1:1",
    )
    os.environ["SERVERS_SECRET"] = "1"
    try:
        found = await bench.answer(spec, trace_id="Root=1-abc")
    finally:
        del os.environ["SERVERS_SECRET"]
    recorded = {
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "_HANDLER": "app.handler",
        "TZ": ":UTC",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "SHLVL": "0",
        "_X_AMZN_TRACE_ID": "Root=1-abc",
    }
    assert {name: found.get(name) for name in recorded} == recorded
    for name in ("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "PATH", "LD_LIBRARY_PATH", "PWD", "PYTHONPATH"):
        assert name in found
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"].split("]")[1].isalnum()
    assert found["MINE"] == "yes"
    assert found["LANG"] == "de_DE.UTF-8"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SESSION_TOKEN"]) == ("k", "t")
    assert "SERVERS_SECRET" not in found
    assert "127.0.0.1:" in found["AWS_LAMBDA_RUNTIME_API"]


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="there is no such policy here")
async def test_a_function_interrupts_nobody_by_waking_up(bench: Any) -> None:
    source = "import os\ndef handler(event, context):\n    return os.sched_getscheduler(0)\n"
    assert await bench.answer(bench.function(source)) == os.SCHED_BATCH


async def test_the_trace_is_that_of_each_invocation(bench: Any) -> None:
    spec = bench.function("import os\ndef handler(e, c):\n    return os.environ.get('_X_AMZN_TRACE_ID')\n")
    assert await bench.answer(spec, trace_id="Root=1") == "Root=1"
    assert await bench.answer(spec) is None


async def test_a_handler_that_raises(bench: Any) -> None:
    """test_lambda.json test_lambda_handler_error."""
    spec = bench.function('def handler(event, context):\n    raise Exception("Handler fails")\n')
    error, outcome = await bench.failure(spec)
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorMessage"], error["errorType"]) == ("Handler fails", "Exception")
    assert error["requestId"].startswith("00000000-")
    assert error["stackTrace"] == [
        f'  File "{bench.task(spec)}/app.py", line 2, in handler\n    raise Exception("Handler fails")\n'
    ]
    assert outcome.error_type == "Exception"
    logged = next(text for text in bench.messages(spec) if text.startswith("[ERROR]"))
    assert logged.startswith("[ERROR] Exception: Handler fails\nTraceback (most recent call last):\n\u00a0\u00a0File")
    again, _ = await bench.failure(spec)
    assert again["errorType"] == "Exception"


async def test_a_module_that_raises(bench: Any) -> None:
    """test_lambda.json test_lambda_runtime_error."""
    spec = bench.function('raise Exception("Runtime startup fails")\n')
    error, outcome = await bench.failure(spec)
    assert (error["errorMessage"], error["errorType"], error["requestId"]) == ("Runtime startup fails", "Exception", "")
    assert error["stackTrace"][-1].endswith('line 1, in <module>\n    raise Exception("Runtime startup fails")\n')
    assert not any("bootstrap/python.py" in frame for frame in error["stackTrace"])
    assert b"Status: error\tError Type: Exception" in outcome.log_tail
    assert any(text.startswith("INIT_REPORT") for text in bench.messages(spec))


@pytest.mark.parametrize(
    ("source", "handler", "kind", "text"),
    [
        ("", "other.handler", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'"),
        (
            "import nope",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nope'",
        ),
        ("", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("", "sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        (
            "",
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
    ],
)
async def test_a_function_that_cannot_be_loaded(bench: Any, source: str, handler: str, kind: str, text: str) -> None:
    error, outcome = await bench.failure(bench.function(source, handler=handler))
    assert (error["errorType"], error["errorMessage"], error["stackTrace"]) == (kind, text, [])
    assert outcome.error_type == kind


async def test_a_syntax_error(bench: Any) -> None:
    error, _ = await bench.failure(bench.function("def handler(:\n"))
    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"].startswith("Syntax error in module 'app': invalid syntax (app.py, line 1)")
    assert "Line 1" in error["stackTrace"][0]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),  # test_lambda.json test_lambda_handler_exit
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit('gone')", "Runtime exited with error: exit status 1"),
        ("exit(4)", "Runtime exited with error: exit status 4"),
        ("os._exit(5)", "Runtime exited with error: exit status 5"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.killpg(0, 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
async def test_a_runtime_that_ends(bench: Any, statement: str, reason: str) -> None:
    spec = bench.function(f"import os, sys\ndef handler(event, context):\n    print('last words')\n    {statement}\n")
    error, outcome = await bench.failure(spec)
    assert list(error) == ["errorType", "errorMessage"]
    assert error["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(r"RequestId: [0-9a-f-]{36} Error: " + re.escape(reason), error["errorMessage"])
    if "sys.exit" in statement:
        assert b"last words" in outcome.log_tail
    again, _ = await bench.failure(spec)
    assert again["errorType"] == "Runtime.ExitError"


async def test_a_runtime_that_ends_while_it_is_loaded(bench: Any) -> None:
    """test_lambda.json test_lambda_runtime_exit."""
    spec = bench.function("import sys\nprint('loading')\nsys.exit(0)\n")
    error, outcome = await bench.failure(spec)
    tail = outcome.log_tail.decode()
    assert re.match(r"START RequestId: \S+ Version: \$LATEST\nloading\nINIT_REPORT ", tail)
    assert "\tStatus: error\tError Type: Runtime.ExitError\n" in tail
    lines = bench.messages(spec)
    # The init phase is tried twice, the second time as a part of the invocation.
    assert [text.split()[0] for text in lines][:4] == ["INIT_START", "loading", "INIT_REPORT", "loading"]
    assert [text.split()[0] for text in lines][4:6] == ["INIT_REPORT", "START"]
    assert "\tPhase: init\tStatus: error" in lines[2]
    assert "\tPhase: invoke\tStatus: error" in lines[4]
    assert lines[-1].startswith("REPORT")
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(" Error: Runtime exited without providing a reason")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("object()", "Unable to marshal response: Object of type object is not JSON serializable"),
        ("{1}", "Unable to marshal response: Object of type set is not JSON serializable"),
        ("float('nan')", "Unable to marshal response: Out of range float values are not JSON compliant"),
    ],
)
async def test_an_answer_that_is_no_json(bench: Any, value: str, text: str) -> None:
    error, _ = await bench.failure(bench.function(f"def handler(e, c):\n    return {value}\n"))
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"].startswith(text)
    assert error["stackTrace"] == []


async def test_decimals_keep_their_digits(bench: Any) -> None:
    """AWS's runtime encodes with simplejson, for which a Decimal is a number (lambda_runtime_marshaller.py)."""
    source = "from decimal import Decimal\ndef handler(e, c):\n    return {'n': Decimal('1.10'), 'l': [Decimal(3)]}\n"
    outcome = await bench.outcome(bench.function(source))
    assert outcome.payload == b'{"n": 1.10, "l": [3]}'


async def test_bytes_are_passed_on(bench: Any) -> None:
    outcome = await bench.outcome(bench.function("def handler(e, c):\n    return b'\\x00raw'\n"))
    assert (outcome.payload, outcome.content_type, outcome.error) == (b"\x00raw", "application/unknown", "")


async def test_an_event_that_is_no_json(bench: Any) -> None:
    outcome = await bench.engine.invoke(bench.function("def handler(e, c):\n    pass\n"), Invocation("i", b"{nope"))
    error = json.loads(outcome.payload)
    assert error["errorType"] == "Runtime.UnmarshalError"
    assert error["errorMessage"].startswith("Unable to unmarshal input: Expecting property name")


async def test_a_time_out(bench: Any) -> None:
    """test_lambda.json test_lambda_invoke_with_timeout; the next invocation has a fresh environment."""
    source = """
import time
count = 0
def handler(event, context):
    global count
    count += 1
    print("before", flush=True)
    if event["sleep"]:
        time.sleep(60)
    return count
"""
    spec = bench.function(source, timeout_s=1.5)
    assert await bench.answer(spec, {"sleep": False}) == 1
    error, outcome = await bench.failure(spec, {"sleep": True})
    assert list(error) == ["errorType", "errorMessage"]
    assert error["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(r"RequestId: \S+ Error: Task timed out after 1.50 seconds", error["errorMessage"])
    tail = outcome.log_tail.decode()
    assert re.search(r"\nbefore\n\d{4}-\d\d-\d\dT\S+Z \S+ Task timed out after 1.50 seconds\n\nEND RequestId", tail)
    assert "\tStatus: timeout\n" in tail
    assert "\tBilled Duration: 1500 ms\t" in tail
    assert await bench.answer(spec, {"sleep": False}) == 1


async def test_a_time_out_kills_what_the_function_started(bench: Any) -> None:
    source = """
import subprocess, time
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    print("child", child.pid)
    time.sleep(60)
"""
    _, outcome = await bench.failure(bench.function(source, timeout_s=1.5))
    child = re.search(rb"child (\d+)", outcome.log_tail)
    assert child is not None
    await bench.until_dead(int(child[1]))


async def test_too_much_memory(bench: Any) -> None:
    source = "import time\ndef handler(e, c):\n    keep = b'x' * (400 * 1024 * 1024)\n    time.sleep(60)\n"
    spec = bench.function(source, memory_mb=128)
    error, outcome = await bench.failure(spec)
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert re.fullmatch(r"RequestId: \S+ Error: Runtime exited with error: signal: killed", error["errorMessage"])
    assert outcome.memory_used_mb == 128
    assert b"Max Memory Used: 128 MB" in outcome.log_tail


async def test_a_response_over_the_limit(bench: Any) -> None:
    """test_lambda.json test_lambda_too_large_response: 6,291,556 bytes are the most; the pool stays healthy."""
    spec = bench.function("def handler(event, context):\n    return 'x' * event\n")
    at_the_limit = await bench.outcome(spec, 6_291_554)
    assert (len(at_the_limit.payload), at_the_limit.error) == (6_291_556, "")
    for _ in range(2):
        error, _ = await bench.failure(spec, 6_291_555)
        assert error == {
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        }
    assert await bench.answer(spec, 3) == "xxx"


async def test_the_log_of_an_invocation(bench: Any) -> None:
    """test_lambda.json test_invocation_with_logs[python3.10]: START, output, END, REPORT, in this order."""
    source = """
import logging, sys, os
print("loading")
def handler(event, context):
    print("printed")
    sys.stderr.write("to stderr\\n")
    logging.getLogger().warning("two\\nlines")
    logging.info("too quiet")
    os.system("echo from a child")
    sys.stdout.write("no line end")
"""
    spec = bench.function(source)
    outcome = await bench.outcome(spec)
    request_id = outcome.log_tail.split()[2].decode()
    lines = bench.messages(spec)
    assert re.fullmatch(r"INIT_START Runtime Version: python:3\.11\.v3\.\d+(\.\d+)?\n", lines[0])
    assert lines[1:5] == ["loading\n", f"START RequestId: {request_id} Version: $LATEST\n", "printed\n", "to stderr\n"]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"\[WARNING\]\t{stamp}\t{request_id}\ttwo\nlines\n", lines[5])
    assert lines[6:9] == ["from a child\n", "no line end", f"END RequestId: {request_id}\n"]
    report = (
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n"
    )
    assert re.fullmatch(report, lines[9])
    assert outcome.log_tail.decode() == "".join(lines[2:])
    await bench.outcome(spec)
    assert re.search(r"Max Memory Used: \d+ MB\t\n", bench.messages(spec)[-1])


async def test_a_flood_of_output(bench: Any) -> None:
    """Nothing is lost, nothing is held whole in memory; the tail is 4 KB."""
    spec = bench.function("def handler(event, context):\n    for n in range(event):\n        print(n, 'x' * 90)\n")
    outcome = await bench.outcome(spec, 30_000)
    assert len(outcome.log_tail) == 4096
    lines = [text for text in bench.messages(spec) if text[0].isdigit()]
    assert [int(text.split()[0]) for text in lines] == list(range(30_000))


async def test_an_endless_line_is_cut(bench: Any) -> None:
    spec = bench.function("def handler(event, context):\n    print('y' * event)\n")
    await bench.outcome(spec, 600 * 1024)
    pieces = [len(text) for text in bench.messages(spec) if text.startswith("y")]
    assert pieces == [256 * 1024, 256 * 1024, 88 * 1024 + 1]


async def test_json_logs(bench: Any) -> None:
    source = "import logging\ndef handler(e, c):\n    logging.error('oh', extra={'k': 1})\n    raise ValueError('v')\n"
    spec = bench.function(source, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    await bench.failure(spec)
    logged, raised = (json.loads(text) for text in bench.messages(spec) if text.startswith("{"))
    assert (logged["level"], logged["message"], logged["logger"], logged["k"]) == ("ERROR", "oh", "root", 1)
    assert (raised["level"], raised["errorType"], raised["errorMessage"]) == ("ERROR", "ValueError", "v")


async def test_nothing_of_stratolite_is_seen(bench: Any) -> None:
    source = """
import importlib, sys
def handler(event, context):
    found = {}
    for name in event:
        try:
            importlib.import_module(name)
            found[name] = True
        except ImportError:
            found[name] = False
    return [found, [n for n in sys.modules if n.split(".")[0] in event and not found[n.split(".")[0]]], sys.path]
"""
    theirs = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"]
    ours = ["stratolite", "msgspec", "uvicorn", "uvloop", "httptools", "click", "rich", "yaml", "pytest"]
    found, loaded, path = await bench.answer(bench.function(source), theirs + ours)
    assert found == {**dict.fromkeys(theirs, True), **dict.fromkeys(ours, False)}
    assert loaded == []
    assert not any("site-packages" in entry for entry in path)


async def test_the_functions_own_sdk_wins(bench: Any) -> None:
    source = "import boto3\ndef handler(e, c):\n    return boto3.__version__\n"
    assert await bench.answer(bench.function(source, files={"boto3/__init__.py": "__version__ = 'own'\n"})) == "own"


async def test_a_function_that_brings_a_part_of_the_sdk_has_the_rest_of_it(bench: Any) -> None:
    source = "import boto3, six\ndef handler(e, c):\n    return [six.own, boto3.__name__]\n"
    assert await bench.answer(bench.function(source, files={"six.py": OWN_SIX})) == [True, "boto3"]


@pytest.mark.parametrize(("is_old", "endpoint"), [(True, "http://127.0.0.1:1"), (False, None)])
async def test_an_old_sdk_of_the_functions_own_is_told_the_endpoint(bench: Any, is_old: bool, endpoint: Any) -> None:
    """botocore reads AWS_ENDPOINT_URL since 1.31, which brought ConfiguredEndpointProvider."""
    files = {
        "botocore/__init__.py": "",
        "botocore/configprovider.py": "" if is_old else "class ConfiguredEndpointProvider: ...\n",
        "botocore/session.py": """
class Session:
    def create_client(self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None,
                      endpoint_url=None, **more):
        return endpoint_url
""",
    }
    source = """
import botocore.session
def handler(event, context):
    create = botocore.session.Session().create_client
    return [create("sns"), create("sns", endpoint_url=None), create("sns", endpoint_url="http://own"),
            create("sns", None, None, True, None, "http://own")]
"""
    spec = bench.function(source, files=files, endpoint_url="http://127.0.0.1:1")
    assert await bench.answer(spec) == [endpoint, endpoint, "http://own", "http://own"]


async def test_a_module_of_a_loaded_name_is_the_functions_own(bench: Any) -> None:
    source = "def handler(e, c):\n    return 'mine'\n"
    spec = bench.function("", files={"email.py": source}, handler="email.handler")
    assert await bench.answer(spec) == "mine"


async def test_modules_come_from_layers_and_pythonpath(bench: Any, layer: Path) -> None:
    (layer / "python").mkdir()
    (layer / "python" / "from_layer.py").write_text("value = 'layer'\n")
    source = "import from_layer, vendored\ndef handler(e, c):\n    return [from_layer.value, vendored.value]\n"
    spec = bench.function(
        source,
        files={"lib/vendored.py": "value = 'vendored'\n"},
        layers=(layer,),
        environment={"PYTHONPATH": "/var/task/lib"},
    )
    assert await bench.answer(spec) == ["layer", "vendored"]


async def test_a_wrapper_script(bench: Any, layer: Path) -> None:
    (layer / "wrap").write_text('#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n')
    (layer / "wrap").chmod(0o755)
    source = "import os\ndef handler(e, c):\n    return os.environ.get('WRAPPED')\n"
    spec = bench.function(source, layers=(layer,), environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"})
    assert await bench.answer(spec) == "yes"


async def test_a_wrapper_that_is_missing(bench: Any) -> None:
    """test_lambda.json test_lambda_runtime_wrapper_not_found."""
    spec = bench.function("def handler(e, c): pass", environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/nope"})
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: exit status 127")


async def test_each_environment_has_a_tmp_of_its_own(bench: Any) -> None:
    source = """
import os, tempfile
def handler(event, context):
    open(os.path.join(tempfile.gettempdir(), "mark"), "a").write("x")
    folder = tempfile.gettempdir()
    size = os.path.getsize(os.path.join(folder, "mark"))
    return [folder, size, os.environ["HOME"]]
"""
    spec = bench.function(source)
    folder, size, home = await bench.answer(spec)
    assert (size, home) == (1, folder)
    assert folder == "/tmp" or not bench.is_isolated
    assert (await bench.answer(spec)) == [folder, 2, folder]
    _, size, _ = await bench.answer(bench.function(source))
    assert size == 1


@pytest.mark.parametrize("failure", ["time.sleep(60)", "os._exit(1)", "os.kill(os.getpid(), 9)"])
async def test_a_sandbox_outlives_its_process(bench: Any, failure: str) -> None:
    """test_lambda.json test_lambda_invoke_timed_out_environment_reuse: /tmp is kept, what was in memory is not.

    The init phase after a failure is a part of the invocation: https://docs.aws.amazon.com/lambda/latest/dg/
    lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors
    """
    source = f"""
import os, tempfile, time
print("loading")
number = 0
def handler(event, context):
    global number
    if event == "fail":
        {failure}
    if event == "set":
        number = 42
        open("%s/mark" % tempfile.gettempdir(), "w").write("some-content")
    return [number, open("%s/mark" % tempfile.gettempdir()).read(), context.log_stream_name]
"""
    spec = bench.function(source, timeout_s=3 if "sleep" in failure else 60)
    number, content, stream = await bench.answer(spec, "set")
    assert (number, content) == (42, "some-content")
    await bench.failure(spec, "fail")
    outcome = await bench.outcome(spec, "get")
    assert json.loads(outcome.payload) == [0, "some-content", stream]
    assert outcome.init_ms is None
    assert bench.messages(spec).count("loading\n") == 2
    assert sum(text.startswith("INIT_START") for text in bench.messages(spec)) == 1


@pytest.mark.parametrize("runtime", ["python3.9", "python3.10", "python3.12", "python3.13", "python3.14"])
async def test_other_versions(bench: Any, runtime: str) -> None:
    resolution = Interpreters().resolve(runtime)
    if resolution.warning:
        pytest.skip(f"{runtime} is not installed here")
    source = "import sys, boto3\ndef handler(e, c):\n    sns = boto3.client('sns')\n"
    source += "    return [*sys.version_info[:2], sns.meta.endpoint_url]\n"
    spec = bench.function(source, runtime=runtime, endpoint_url="http://127.0.0.1:1")
    assert await bench.answer(spec) == [*resolution.version[:2], "http://127.0.0.1:1"]


async def test_bytecode_is_kept_of_code_that_cannot_change(bench: Any) -> None:
    source = "import sys\ndef handler(e, c):\n    return [sys.dont_write_bytecode, sys.pycache_prefix is None]\n"
    assert await bench.answer(bench.function(source)) == [True, False]
