"""``--debug``: a function waits for a debugger, stops where it is told, and no time-out counts meanwhile."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import LINE_S_MAX, Starter, Up, command, http
from tests.conftest import free_port

SERVICE = """\
service: slow
frameworkVersion: "3"
provider: {name: aws, runtime: python3.11, region: us-east-1, timeout: 1}
functions:
  py:
    handler: py.handler
    events:
      - http: {path: py, method: get}
  js: {handler: js.handler, runtime: nodejs20.x}
  flow:
    handler: flow.handler
    runtime: nodejs20.x
    events:
      - http: {path: flow, method: get, timeoutInMillis: 500, response: {transferMode: STREAM}}
"""
PYTHON = """\
def handler(event, context):
    seen = "unchanged"
    return {"statusCode": 200, "body": seen}
"""
NODE = """\
exports.handler = async () => {
  let seen = 'unchanged';
  return { body: seen };
};
"""
FLOW = """\
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  let seen = 'unchanged';
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
  stream.write(seen);
  stream.end();
});
"""
FILES = {"serverless.yml": SERVICE, "py.py": PYTHON, "js.js": NODE, "flow.js": FLOW}


@pytest.fixture
def running(tmp_path: Path, up: Starter) -> Up:
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return up(folder)


class Adapter:
    """A client of the Debug Adapter Protocol, as editors are."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LINE_S_MAX)
        self._file = self._socket.makefile("rb")
        self._sent = 0

    def send(self, what: str, **arguments: Any) -> int:
        self._sent += 1
        message = {"seq": self._sent, "type": "request", "command": what, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._sent

    def until(self, kind: str, name: str) -> dict[str, Any]:
        """Read on to an ``event`` of this name, or the ``response`` to this command."""
        while True:
            size = 0
            while (line := self._file.readline().strip()) or not size:
                size = int(line.partition(b":")[2]) if line.lower().startswith(b"content-length") else size
            message: dict[str, Any] = json.loads(self._file.read(size))
            if message["type"] == kind and message.get("event" if kind == "event" else "command") == name:
                assert message.get("success", True), message
                return message

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def invoking(running: Up, name: str, port: int) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """``stratolite invoke NAME --debug`` under way, and the configuration that it prints."""
    endpoint = running.note()["endpoint"]
    arguments = ["invoke", name, "--debug-port", str(port), "--endpoint", endpoint]
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "\n}\n" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        found = re.search(r"^\{.*^\}", said, re.MULTILINE | re.DOTALL)
        assert found is not None
        yield process, json.loads(found[0])


def test_a_python_function_stops_at_a_breakpoint(running: Up) -> None:
    pytest.importorskip("debugpy")
    port = free_port()
    with invoking(running, "py", port) as (process, attach):
        assert attach["connect"] == {"host": "127.0.0.1", "port": port}
        running.until(f"Waiting for a debugger on 127.0.0.1:{port}")
        adapter = Adapter(port)
        adapter.send("initialize", adapterID="test", pathFormat="path")
        adapter.until("response", "initialize")
        adapter.send("attach", **attach)
        adapter.until("event", "initialized")
        file = f"{attach['pathMappings'][0]['localRoot']}/py.py"
        adapter.send("setBreakpoints", source={"path": file}, breakpoints=[{"line": 3}])
        adapter.until("response", "setBreakpoints")
        adapter.send("configurationDone")
        thread = adapter.until("event", "stopped")["body"]["threadId"]
        adapter.send("stackTrace", threadId=thread)
        frame = adapter.until("response", "stackTrace")["body"]["stackFrames"][0]
        assert (frame["source"]["path"], frame["line"]) == (file, 3)
        # Longer than the function's time-out of a second.
        adapter.send("evaluate", expression="__import__('time').sleep(1.5)", frameId=frame["id"], context="repl")
        adapter.until("response", "evaluate")
        adapter.send("evaluate", expression="seen = 'changed'", frameId=frame["id"], context="repl")
        adapter.until("response", "evaluate")
        adapter.send("continue", threadId=thread)
        output, _ = process.communicate(timeout=LINE_S_MAX)
        adapter.close()
    assert json.loads(output)["body"] == "changed"
    assert http("GET", running.url("/dev/py")).body == b"unchanged"


class Inspector:
    """A client of Node's inspector: its messages are small texts in frames of a web socket."""

    def __init__(self, port: int) -> None:
        found = json.loads(http("GET", f"http://127.0.0.1:{port}/json/list").body)[0]["webSocketDebuggerUrl"]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LINE_S_MAX)
        self._file = self._socket.makefile("rb")
        path = found.partition(f":{port}")[2]
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        while self._file.readline().strip():
            pass

    def send(self, method: str, **parameters: Any) -> None:
        body = json.dumps({"id": 1, "method": method, "params": parameters}).encode()
        # A masked text frame with a length of two bytes; the mask is zero.
        self._socket.sendall(b"\x81\xfe" + len(body).to_bytes(2) + bytes(4) + body)

    def until(self, method: str) -> dict[str, Any]:
        """Read on to an event."""
        while True:
            size = self._file.read(2)[1]
            size = int.from_bytes(self._file.read({126: 2, 127: 8}[size])) if size > 125 else size
            message: dict[str, Any] = json.loads(self._file.read(size))
            if message.get("method") == method:
                return message

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def test_a_node_function_stops_at_a_breakpoint(running: Up) -> None:
    port = free_port()
    with invoking(running, "js", port) as (process, attach):
        assert (attach["type"], attach["port"]) == ("node", port)
        running.until(f"Debugger listening on ws://127.0.0.1:{port}/")
        inspector = Inspector(port)
        inspector.send("Debugger.enable")
        inspector.send("Debugger.setBreakpointByUrl", url=f"file://{attach['remoteRoot']}/js.js", lineNumber=2)
        inspector.send("Runtime.runIfWaitingForDebugger")
        frame = inspector.until("Debugger.paused")["params"]["callFrames"][0]
        assert frame["location"]["lineNumber"] == 2
        expression = "seen = 'changed'"
        inspector.send("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression=expression)
        inspector.send("Debugger.resume")
        output, _ = process.communicate(timeout=LINE_S_MAX)
        inspector.close()
    assert json.loads(output)["body"] == "changed"


def test_a_streamed_answer_waits_for_the_debugger(running: Up) -> None:
    """The integration's time-out does not count either."""
    port, arn = free_port(), "arn:aws:lambda:us-east-1:000000000000:function:slow-dev-flow"
    debugged = http("POST", f"{running.note()['endpoint']}/_stratolite/debug", {"function": arn, "port": port})
    with ThreadPoolExecutor(1) as clients:
        asked = clients.submit(http, "GET", running.url("/dev/flow"))
        running.until(f"Debugger listening on ws://127.0.0.1:{port}/")
        inspector = Inspector(port)
        inspector.send("Debugger.enable")
        url = f"file://{json.loads(debugged.body)['root']}/flow.js"
        inspector.send("Debugger.setBreakpointByUrl", url=url, lineNumber=2)
        inspector.send("Runtime.runIfWaitingForDebugger")
        frame = inspector.until("Debugger.paused")["params"]["callFrames"][0]["callFrameId"]
        # Longer than the integration's time-out of half a second.
        for expression in ("for (const began = Date.now(); Date.now() - began < 700; );", "seen = 'changed'"):
            inspector.send("Debugger.evaluateOnCallFrame", callFrameId=frame, expression=expression)
        inspector.send("Debugger.resume")
        answer = asked.result(LINE_S_MAX)
    inspector.close()
    assert (answer.status, answer.body) == (200, b"changed")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nobody", "--debug"], "nobody"), (["py", "--debug-port", "70000"], "70000 is not in the range")],
)
def test_mistakes_are_explained(running: Up, arguments: list[str], said: str) -> None:
    endpoint = running.note()["endpoint"]
    done = subprocess.run(
        command("invoke", *arguments, "--endpoint", endpoint), capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_up_has_functions_wait(tmp_path: Path, up: Starter) -> None:
    pytest.importorskip("debugpy")
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    running = up(folder, "--debug", "py")
    running.until("slow-dev-py waits for a debugger on 127.0.0.1:5678")
    running.until('"remoteRoot"')


def test_a_function_that_there_is_not_cannot_wait(running: Up, tmp_path: Path, up: Starter) -> None:
    other = up(tmp_path / "app", "--debug", "nobody", data=tmp_path / "other", ready=False)
    other.until("there is no function 'nobody'")
    other.until("(ended)")
    assert other.stop() == 1
