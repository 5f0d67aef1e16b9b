"""Extensions: programs in layers that are started beside the runtime, and threads of the runtime that register.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; the answers to misuse are those of
AWS's runtime interface emulator (rapi/handler).
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.entropy import SystemEntropy
from stratolite.engine.interpreters import own_python
from stratolite.engine.model import Invocation
from stratolite.engine.pool import Engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENT = f"""#!{own_python()} -S
import http.client, json, os, signal, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
me = os.path.basename(sys.argv[0])

def call(method, path, body=None, **headers):
    headers = {{name.replace("_", "-"): value for name, value in headers.items()}}
    api.request(method, "/2020-01-01/extension" + path, json.dumps(body) if body is not None else None, headers)
    answer = api.getresponse()
    return answer.status, dict(answer.getheaders()), json.loads(answer.read())

def say(*words):
    print(me, *words, flush=True)

def register(*events, **headers):
    status, headers, body = call("POST", "/register", {{"events": events}}, Lambda_Extension_Name=me, **headers)
    say("registered", status, json.dumps(body))
    return headers["Lambda-Extension-Identifier"]

def next_event(identifier):
    return call("GET", "/event/next", Lambda_Extension_Identifier=identifier)[2]
"""
FOLLOWS = """
identifier = register("INVOKE", "SHUTDOWN")
while True:
    event = next_event(identifier)
    say(event["eventType"], json.dumps(event))
    if event["eventType"] == "SHUTDOWN":
        break
"""
SHELL = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
headers=$(mktemp)
curl -sS -D "$headers" -XPOST "$api/register" -H "Lambda-Extension-Name: ${0##*/}" \\
  -d '{"events": ["INVOKE"]}' -o /dev/null
id=$(grep -i lambda-extension-identifier "$headers" | tr -d '[:space:]' | cut -d: -f2)
while true; do
  echo "shell got $(curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id")"
done
"""
HANDLER = "def handler(event, context):\n    print('handling')\n    return 1\n"


@pytest.fixture
def extend(bench: Any, layer: Path) -> Any:
    """Makes functions with extensions."""

    def function(source: str = HANDLER, *, programs: dict[str, str], **settings: Any) -> Any:
        folder = layer / "extensions"
        folder.mkdir()
        for name, text in programs.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        return bench.function(source, layers=(layer,), **settings)

    return function


async def rest(bench: Any, spec: Any) -> Any:
    """The function's environment, when its extensions have come to rest, too."""
    environment = next(one for one in bench.engine._all if one.spec.key == spec.key)
    await bench.until(lambda: environment.life.state.value == "idle", "the environment does not rest")
    return environment


async def stop(bench: Any, spec: Any) -> None:
    """End the function's environment, and wait until nothing of it is left."""
    environment = await rest(bench, spec)
    environment.stop()
    await environment.stopped


def said(bench: Any, spec: Any, start: str) -> list[str]:
    return [text.removeprefix(start).strip() for text in bench.messages(spec) if text.startswith(start)]


async def test_an_extension_follows_the_life_of_its_environment(bench: Any, extend: Any) -> None:
    spec = extend(programs={"watcher": CLIENT + FOLLOWS})
    assert await bench.answer(spec, trace_id="Root=1") == 1
    await rest(bench, spec)
    assert await bench.answer(spec) == 1
    await stop(bench, spec)
    status, answer = said(bench, spec, "watcher registered")[0].split(" ", 1)
    assert status == "200"
    assert json.loads(answer) == {
        "functionVersion": "$LATEST",
        "functionName": spec.name,
        "handler": "app.handler",
    }
    first, second = map(json.loads, said(bench, spec, "watcher INVOKE"))
    assert list(first) == ["eventType", "deadlineMs", "requestId", "invokedFunctionArn", "tracing"]
    assert first["invokedFunctionArn"] == spec.arn
    assert first["tracing"] == {"type": "X-Amzn-Trace-Id", "value": "Root=1"}
    assert first["requestId"] != second["requestId"]
    (ending,) = map(json.loads, said(bench, spec, "watcher SHUTDOWN"))
    assert ending["shutdownReason"] == "SPINDOWN"
    messages = bench.messages(spec)
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n" in messages
    order = [
        next(i for i, text in enumerate(messages) if text.startswith(word)) for word in ("watcher reg", "EXTE", "ST")
    ]
    assert order == sorted(order)


async def test_an_extension_in_shell(bench: Any, extend: Any) -> None:
    spec = extend(programs={"ext.sh": SHELL})
    assert await bench.answer(spec) == 1
    await rest(bench, spec)
    assert await bench.answer(spec) == 1
    got = 'shell got {"eventType":"INVOKE"'
    await bench.until(lambda: len(said(bench, spec, got)) == 2, "the extension has not heard of both")


async def test_the_environment_of_an_extension(bench: Any, extend: Any) -> None:
    spec = extend(programs={"env": f"{CLIENT}say('has', json.dumps(dict(os.environ)))\n{FOLLOWS}"})
    await bench.answer(spec)
    (text,) = said(bench, spec, "env has")
    found = json.loads(text)
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == spec.name
    assert not found.keys() & {"_HANDLER", "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME"}


async def test_the_runtime_waits_for_registration_and_shares_tmp(bench: Any, extend: Any) -> None:
    body = f"{CLIENT}\nimport tempfile\ntime.sleep(0.2)\nopen(os.environ['HOME'] + '/mark', 'w').write('x')\n{FOLLOWS}"
    source = "import os\nfound = os.path.exists(os.environ['HOME'] + '/mark')\ndef handler(e, c):\n    return found\n"
    assert await bench.answer(extend(source, programs={"slow": body})) is True


async def test_an_invocation_is_over_when_extensions_rest(bench: Any, extend: Any, layer: Path) -> None:
    body = """
identifier = register("INVOKE")
next_event(identifier)
while True:
    while not os.path.exists(os.path.dirname(os.path.abspath(__file__)) + "/../rest"):
        time.sleep(0.01)
    say("done")
    next_event(identifier)
"""
    spec = extend(programs={"slow": CLIENT + body})
    assert await bench.answer(spec) == 1  # The answer does not wait for the extension ...
    assert not said(bench, spec, "slow done")
    environment = next(one for one in bench.engine._all if one.spec.key == spec.key)
    assert environment.life.state.value == "busy"  # ... but the environment does.
    before = bench.engine.environment_count
    (layer / "rest").touch()
    await rest(bench, spec)
    assert await bench.answer(spec) == 1
    assert bench.engine.environment_count == before
    await rest(bench, spec)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("sys.exit(3)", "Extension.Crash", "exit status 3"),
        (
            "identifier = register('INVOKE')\ncall('POST', '/init/error', {}, Lambda_Extension_Identifier=identifier,"
            " Lambda_Extension_Function_Error_Type='Extension.Bad')\ntime.sleep(9)",
            "Extension.InitError",
            "Extension.InitError",
        ),
    ],
)
async def test_an_extension_that_fails_ends_the_init_phase(
    bench: Any, extend: Any, body: str, kind: str, text: str
) -> None:
    error, _ = await bench.failure(extend(programs={"bad": f"{CLIENT}{body}\n"}))
    assert error["errorType"] == kind
    assert error["errorMessage"].endswith(f"Error: {text}")


async def test_an_extension_that_cannot_be_started(bench: Any, extend: Any, layer: Path) -> None:
    spec = extend(programs={"bad": "no program"})
    (layer / "extensions" / "bad").chmod(0o644)
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Extension.LaunchError"
    assert any("EXTENSION\tName: bad\tState: LaunchError" in text for text in bench.messages(spec))


async def test_an_extension_that_never_registers(bench: Any, extend: Any) -> None:
    spec = extend(programs={"mute": f"{CLIENT}time.sleep(60)\n"}, timeout_s=0.5)
    limits, bench.engine.limits = bench.engine.limits, type(bench.engine.limits)(init_s_max=0.3)
    try:
        error, _ = await bench.failure(spec)
    finally:
        bench.engine.limits = limits
    assert error["errorType"] == "Sandbox.Timedout"


async def test_an_extension_that_crashes_takes_the_invocation_along(bench: Any, extend: Any) -> None:
    body = "identifier = register('INVOKE', 'SHUTDOWN')\nnext_event(identifier)\nsys.exit(5)\n"
    spec = extend("import time\ndef handler(e, c):\n    time.sleep(60)\n", programs={"weak": CLIENT + body})
    error, _ = await bench.failure(spec)
    assert error["errorType"] == "Extension.Crash"
    assert error["errorMessage"].endswith("Error: exit status 5")


@pytest.mark.parametrize(
    ("source", "timeout_s", "reason"), [("time.sleep(60)", 0.5, "TIMEOUT"), ("os._exit(1)", 60, "FAILURE")]
)
async def test_extensions_hear_why(bench: Any, extend: Any, source: str, timeout_s: float, reason: str) -> None:
    source = f"import os, time\ndef handler(e, c):\n    {source}\n"
    spec = extend(source, programs={"watcher": CLIENT + FOLLOWS}, timeout_s=timeout_s)
    await bench.failure(spec)
    await bench.failure(spec)  # The next one begins when nothing of this one is left.
    assert json.loads(said(bench, spec, "watcher SHUTDOWN")[0])["shutdownReason"] == reason


async def test_who_does_not_end_in_time_is_killed(bench: Any, extend: Any) -> None:
    body = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say("pid", os.getpid())
identifier = register("INVOKE", "SHUTDOWN")
next_event(identifier)
next_event(identifier)
time.sleep(60)
"""
    source = """
import os, signal, sys
def bye(*_):
    print("told to end", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, bye)
def handler(event, context):
    return os.getpid()
"""
    spec = extend(source, programs={"stubborn": CLIENT + body})
    runtime = await bench.answer(spec)
    started_s = asyncio.get_running_loop().time()
    await stop(bench, spec)
    assert 1.9 < asyncio.get_running_loop().time() - started_s < 30
    await bench.until_dead(runtime, int(said(bench, spec, "stubborn pid")[0]))
    assert "told to end\n" in bench.messages(spec)


async def test_misuse_is_told(bench: Any, extend: Any) -> None:
    body = """
def told(*arguments, **headers):
    status, _, body = call(*arguments, **headers)
    say("told", status, body["errorType"], body["errorMessage"])

told("POST", "/register", {"events": []})
told("POST", "/register", {"events": ["NOPE"]}, Lambda_Extension_Name=me)
told("POST", "/register", [], Lambda_Extension_Name=me)
told("POST", "/register", {"events": ["SHUTDOWN"]}, Lambda_Extension_Name="inner")
told("POST", "/register", {"events": [], "configurationKeys": ["a"]}, Lambda_Extension_Name=me)
told("GET", "/event/next")
told("GET", "/event/next", Lambda_Extension_Identifier="who")
told("GET", "/nowhere")
identifier = register("INVOKE", Lambda_Extension_Accept_Feature="accountId")
told("POST", "/register", {"events": []}, Lambda_Extension_Name=me)
told("POST", "/exit/error", {}, Lambda_Extension_Identifier=identifier)
for path in ("/2022-07-01/telemetry", "/2020-08-15/logs"):
    api.request("PUT", path, "{}", {"Lambda-Extension-Identifier": identifier})
    answer = api.getresponse()
    say("refused", answer.status, answer.read().decode().strip())
while True:
    next_event(identifier)
"""
    spec = extend(programs={"rude": CLIENT + body})
    await bench.answer(spec)
    assert [text.split(" ")[:2] for text in said(bench, spec, "rude told")] == [
        ["403", "Extension.InvalidExtensionName"],
        ["403", "Extension.InvalidEventType"],
        ["403", "InvalidRequestFormat"],
        ["403", "Extension.InvalidEventType"],
        ["403", "InvalidRequestFormat"],
        ["403", "Extension.MissingExtensionIdentifier"],
        ["403", "Extension.UnknownExtensionIdentifier"],
        ["404", "NotFound"],
        ["403", "Extension.InvalidExtensionState"],
        ["403", "Extension.MissingHeader"],
    ]
    assert '"accountId": "000000000000"' in said(bench, spec, "rude registered")[0]
    assert said(bench, spec, "rude refused") == [
        '202 {"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}',
        '202 {"errorMessage":"Logs API is not supported","errorType":"Logs.NotSupported"}',
    ]


async def test_an_internal_extension(bench: Any) -> None:
    body = CLIENT.partition("\n")[2]
    source = f"""
{body}
import threading
me = "inner"
seen = []
identifier = register("INVOKE")

def follow():
    seen.append(next_event(identifier)["eventType"])

threading.Thread(target=follow, daemon=True).start()

def handler(event, context):
    global api
    while not seen:
        time.sleep(0.001)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    return call("POST", "/register", {{"events": []}}, Lambda_Extension_Name="late")[2]["errorType"]
"""
    spec = bench.function(source)
    assert await bench.answer(spec) == "Extension.RegistrationClosed"
    assert "EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]\n" in bench.messages(spec)


async def test_closing_the_engine_gives_extensions_their_time(bench: Any, extend: Any, tmp_path: Path) -> None:
    spec = extend(programs={"watcher": CLIENT + FOLLOWS})
    engine = Engine(bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append)
    await engine.invoke(spec, Invocation("i", b"{}"))
    await engine.close()
    assert json.loads(said(bench, spec, "watcher SHUTDOWN")[0])["shutdownReason"] == "SPINDOWN"
