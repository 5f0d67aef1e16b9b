"""Applications for runtimes that AWS has retired, which rely on the SDKs that those bring."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.apps.conftest import Starter, Up, eventually, http, needs_sdks

FOUND = Path(__file__).parent / "found"
NPM = """\
#!{python}
import json, pathlib, sys
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if {fails}:
    sys.exit("npm error code ENOTFOUND\\nnpm error network request failed")
for name in json.loads(pathlib.Path("package.json").read_text())["dependencies"]:
    place = pathlib.Path("node_modules", name)
    place.mkdir(parents=True)
    (place / "index.js").write_text("exports.from = 'npm';")
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


Npm = Callable[..., Path]


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Npm:
    """Puts an npm first on PATH that asks nobody, and a cache that is empty; gives the file with its calls."""

    def place(*, fails: bool = False) -> Path:
        calls, program = tmp_path / "calls", tmp_path / "bin" / "npm"
        program.parent.mkdir()
        program.write_text(NPM.format(python=sys.executable, calls=str(calls), fails=fails))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("STRATOLITE_CACHE", str(tmp_path / "cache"))
        return calls

    return place


def invoke(running: Up, function: str, event: Any = None) -> tuple[Any, str]:
    """What a function answers, and the kind of error that it is, if any."""
    answer = running.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


@needs_sdks
def test_an_application_for_node_8_with_callbacks_and_the_sdk_of_its_runtime(sdks: Path, up: Starter) -> None:
    running = up(FOUND / "legacy-notes", "--no-watch")
    assert sum("nodejs8.10 is not installed here" in line for line in running.lines) == 1
    made = http("POST", running.url("/dev/notes"), {"text": "remember"})
    assert made.status == 200 and made.json()["text"] == "remember"
    assert http("POST", running.url("/dev/notes"), {"text": 5}).status == 400
    assert http("GET", running.url(f"/dev/notes/{made.json()['id']}")).json() == made.json()
    assert http("GET", running.url("/dev/notes/none")).status == 404
    assert http("GET", running.url("/dev/notes")).json() == [made.json()]
    assert not any("maintenance" in line or "end-of-support" in line for line in running.lines)


@needs_node
def test_handlers_as_they_were_written_then(up: Starter, npm: Npm) -> None:
    npm()
    running = up(FOUND / "legacy-notes", "--no-watch")
    for how in ("succeed", "done"):
        assert invoke(running, "notes-api-dev-styles", {"how": how}) == ({"by": how}, "")
    answer, error = invoke(running, "notes-api-dev-styles", {"how": "fail"})
    assert (answer["errorType"], answer["errorMessage"], error) == ("Error", "by fail", "Unhandled")
    # An open connection keeps no answer back, and is there again at the next invocation.
    assert [invoke(running, "notes-api-dev-warm")[0] for _ in range(2)] == [{"connected": 1}] * 2
    # What goes on after the answer stands still with the environment, and goes on with it.
    assert invoke(running, "notes-api-dev-ticking") == ({"ticks": 0}, "")
    assert invoke(running, "notes-api-dev-ticking", {"wait": 50}) == ({"ticks": 1}, "")
    answer, error = invoke(running, "notes-api-dev-exits")
    assert (answer["errorType"], error) == ("Runtime.ExitError", "Unhandled")
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    answer, error = invoke(running, "notes-api-dev-forgets")
    assert (answer["errorType"], error) == ("Runtime.UnhandledPromiseRejection", "Unhandled")
    assert answer["errorMessage"] == "TypeError: nobody waits for this"
    answer, error = invoke(running, "notes-api-dev-throws")
    assert (answer["errorType"], answer["errorMessage"], error) == ("RangeError", "at once", "Unhandled")


@needs_sdks
def test_es_modules_with_the_sdk_of_their_runtime(sdks: Path, up: Starter) -> None:
    running = up(FOUND / "esm-uploads", "--no-watch")
    running.client("s3").put_object(Bucket="uploads-files-dev", Key="a.txt", Body=b"four")
    listed = eventually(lambda: http("GET", running.url("/uploads")).json(), bool)
    assert listed == [{"key": "a.txt", "size": 4}]
    assert http("DELETE", running.url("/uploads/a.txt")).status == 204
    assert http("GET", running.url("/uploads")).json() == []


@needs_node
def test_what_lacks_is_fetched_once_and_said(tmp_path: Path, up: Starter, npm: Npm) -> None:
    calls = npm()
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "old.js").write_text("const it = require('aws-sdk'); exports.handler = async () => it.from;")
    (folder / "new.js").write_text("const it = require('@aws-sdk/client-x'); exports.handler = async () => it.from;")
    (folder / "serverless.yml").write_text(
        "service: s\nprovider: {name: aws, runtime: nodejs16.x}\nfunctions:\n"
        "  old: {handler: old.handler}\n  new: {handler: new.handler, runtime: nodejs20.x}\n"
        "  late: {handler: old.handler, runtime: nodejs20.x}\n"
    )
    running = up(folder, "--no-watch")
    assert invoke(running, "s-dev-old") == invoke(running, "s-dev-new") == invoke(running, "s-dev-late") == ("npm", "")
    told = [line for line in running.lines if "npm fetches it once, about" in line]
    assert len(told) == 2 and all(str(tmp_path / "cache" / "node-sdk") in line for line in told)
    assert sum(" is there: " in line and " MB in " in line for line in running.lines) == 2

    (stranger,) = (line for line in running.lines if "which that runtime does not bring" in line)
    assert "s-dev-late (nodejs20.x) import aws-sdk" in stranger and "fail there" in stranger
    running.stop()
    running = up(folder, "--no-watch")
    assert invoke(running, "s-dev-old") == ("npm", "")
    assert "npm fetches" not in running.output
    assert len(calls.read_text().splitlines()) == 2


@needs_node
@pytest.mark.parametrize("arguments", [(), ("--no-install",)], ids=["offline", "no-install"])
def test_without_it_functions_fail_as_their_runtime_says(up: Starter, npm: Npm, arguments: tuple[str, ...]) -> None:
    calls = npm(fails=True)
    running = up(FOUND / "legacy-notes", "--no-watch", *arguments)
    assert calls.exists() == (not arguments)
    assert "import aws-sdk from the runtime, and it " in running.output
    assert "Functions that import it fail with the runtime's own error." in running.output
    answer, _ = invoke(running, "notes-api-dev-list")
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert answer["errorMessage"].startswith("Error: Cannot find module 'aws-sdk/clients/dynamodb'")
    assert invoke(running, "notes-api-dev-styles", {"how": "done"}) == ({"by": "done"}, "")


def test_an_application_for_python_2_and_3_6(up: Starter) -> None:
    running = up(FOUND / "guestbook-python", "--no-watch")
    for runtime in ("python2.7", "python3.6", "python3.7"):
        (line,) = (
            line for line in running.lines if re.search(rf"{runtime}[^:]*: Python 3\.\d+ \(.*runs it instead", line)
        )
        assert ("2to3" in line) == (runtime == "python2.7")
    entry = {"name": "ada", "text": "was here"}
    assert [http("POST", running.url("/dev/entries"), entry).status for _ in range(2)] == [201, 409]
    assert http("GET", running.url("/dev/entries")).json() == [entry]
    answer, error = invoke(running, "guestbook-dev-old")
    if any("is converted as 2to3 does it" in line for line in running.lines):
        assert (answer, error) == (None, "")
        running.until("This was written for Python 2.")
    else:
        assert (answer["errorType"], error) == ("Runtime.UserCodeSyntaxError", "Unhandled")
    # A namespace package, and modules that stay loaded.
    answers = [invoke(running, "guestbook-dev-report", {"b": 1, "a": 2})[0] for _ in range(2)]
    assert answers == [{"calls": 1, "lines": ["a: 2", "b: 1"]}, {"calls": 2, "lines": ["a: 2", "b: 1"]}]
    answer, error = invoke(running, "guestbook-dev-stream")
    assert (answer["errorType"], error) == ("Runtime.MarshalError", "Unhandled")
    assert answer["errorMessage"].startswith("Unable to marshal response: Object of type generator is not JSON")
    assert invoke(running, "guestbook-dev-levels") == ("INFO", "")
    events = eventually(
        lambda: running.client("logs").filter_log_events(logGroupName="/aws/lambda/guestbook-dev-levels")["events"],
        lambda events: any("REPORT" in one["message"] for one in events),
    )
    messages = [one["message"] for one in events]
    (warning,) = (message for message in messages if "two" in message)
    level, at, request_id, text = warning.split("\t")
    assert (level, text) == ("[WARNING]", "two\nlines\n") and at.endswith("Z") and len(request_id) == 36
    assert "plain\n" in messages and not any("never shown" in message for message in messages)
