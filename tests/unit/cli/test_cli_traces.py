"""Traces of errors, shown with the project's own files and lines."""

import json
from pathlib import Path

import pytest

from stratolite.cli.traces import Traces

COPY = f"/data/run/lambda/code/{'0' * 64}"
PYTHON = f"""[ERROR] ValueError: no
Traceback (most recent call last):
  File "{COPY}/src/app.py", line 2, in handler
    return parse(event)
           ^^^^^^^^^^^^
  File "{COPY}/site-packages/lib.py", line 9, in call
    work()
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)
  File "/var/task/src/app.py", line 5, in parse
    raise ValueError("no")
ValueError: no
"""
STACK = [
    "TypeError: no",
    "    at JSON.parse (<anonymous>)",
    f"    at parse ({COPY}/src/app.js:2:9)",
    f"    at {COPY}/node_modules/lib/index.js:1:1",
    "    at async main (webpack://shop/src/typed.ts:1:3)",
    "    at build (/src/typed.ts:1:3)",
    "    at serveOnce (file:///var/rapid/src/typed.ts:1:3)",
    "    at process.processImmediate (node:internal/timers:483:21)",
]


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event):\n    return parse(event)\n")
    (tmp_path / "src" / "app.js").write_text("function parse() {\n  throw new TypeError('no');\n}\n")
    (tmp_path / "src" / "typed.ts").write_text("const a = build();\n")
    return Traces(tmp_path)


def test_pythons_frames_name_the_projects_files(traces: Traces) -> None:
    assert traces.readable(PYTHON).splitlines() == [
        "[ERROR] ValueError: no",
        "Traceback (most recent call last):",
        '  File "src/app.py", line 2, in handler',
        "    return parse(event)",
        "           ^^^^^^^^^^^^",
        "  ... 2 of the runtime and of packages",
        '  File "src/app.py", line 5, in parse',
        '    raise ValueError("no")',
        "ValueError: no",
    ]


NODE = [
    "TypeError: no",
    "  ... 1 of the runtime and of packages",
    "  at parse (src/app.js:2:9)",
    "    throw new TypeError('no');",
    "  ... 1 of the runtime and of packages",
    "  at async main (src/typed.ts:1:3)",
    "    const a = build();",
    "  at build (src/typed.ts:1:3)",
    "    const a = build();",
    "  ... 2 of the runtime and of packages",
]


def test_an_error_object_of_node_is_written_out(traces: Traces) -> None:
    error = {"errorType": "TypeError", "errorMessage": "no", "stack": STACK}
    head = "2026-01-01T00:00:00.000Z\tid\tERROR\tInvoke Error"
    shown = traces.readable(f"{head} \t{json.dumps(error, separators=(',', ':'))}\n")
    assert shown.splitlines() == [head, *NODE]


def test_so_is_one_in_a_json_log(traces: Traces) -> None:
    error = {"errorType": "TypeError", "errorMessage": "no", "stackTrace": STACK}
    shown = traces.readable(json.dumps({"level": "ERROR", "message": error}, separators=(",", ":")))
    assert shown.splitlines() == ["ERROR", *NODE]


def test_so_is_pythons_in_a_json_log(traces: Traces) -> None:
    frames = [f'  File "{COPY}/src/app.py", line 2, in handler\n    return parse(event)\n']
    error = {"level": "ERROR", "message": "no", "errorType": "ValueError", "stackTrace": frames}
    shown = traces.readable(json.dumps(error, separators=(",", ":")))
    assert shown.splitlines() == ["ERROR no", '  File "src/app.py", line 2, in handler', "    return parse(event)"]


@pytest.mark.parametrize(
    "message",
    ["plain", "START RequestId: 1", '{"stack":[', 'ERROR {"stack":[1]}', 'ERROR {"stack":[]', "a\nb", '["stack":[]]'],
)
def test_other_messages_stay_as_they_are(traces: Traces, message: str) -> None:
    assert traces.readable(message) == message


def test_a_source_that_was_edited_is_read_again(traces: Traces, tmp_path: Path) -> None:
    message = 'ERROR {"stack":["E","    at f (/var/task/src/app.js:1:1)"]}'
    assert "function parse()" in traces.readable(message)
    (tmp_path / "src" / "app.js").write_text("function other() { return 1; }\n")
    assert "function other()" in traces.readable(message)
