"""Applications of which a part cannot run here: the rest does."""

import json
import platform
import shutil
import subprocess
from pathlib import Path

from tests.apps.conftest import Starter, command, http

FOUND = Path(__file__).parent / "found"


def refused(folder: Path, data: Path, *arguments: str) -> str:
    """What ``up`` says to an application that it does not start."""
    line = command("up", folder, "--data", data, "--port", "0", "--app-port", "0", *arguments)
    done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=180)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_languages_that_are_not_run_are_refused_by_function_and_place(tmp_path: Path) -> None:
    told = refused(FOUND / "mixed-languages", tmp_path / "data")
    assert "3 functions cannot run here ('stratolite up --skip-unsupported' starts the rest)" in told
    for name, reason in (
        ("report", "the runtime java11 is not run here"),
        ("thumbnails", "its code is a container image"),
        ("legacy", "the runtime dotnetcore3.1 is not run here"),
    ):
        (line,) = (line for line in told.splitlines() if f"shop-dev-{name}: {reason}" in line)
        assert "serverless.yml:" in line


def test_the_other_functions_start_without_them(up: Starter) -> None:
    running = up(FOUND / "mixed-languages", "--skip-unsupported", "--no-watch")
    created = http("POST", running.url("/dev/orders"), {"total": "3"})
    assert created.status == 201 and created.json()["id"]
    listed = "3 functions are skipped: shop-dev-legacy (the runtime dotnetcore3.1 is not run here), shop-dev-report"
    assert running.output.count(listed) == 1
    assert http("GET", running.url("/dev/report")).status == 502
    running.until("FunctionSkipped: the runtime java11 is not run here: this function was skipped (--skip-unsupported)")
    functions = running.client("lambda")
    (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
    assert mapping["State"] == "Disabled"
    (rule,) = running.client("events").list_rules()["Rules"]
    assert rule["State"] == "DISABLED"
    outputs = running.client("cloudformation").describe_stacks(StackName="shop-dev")["Stacks"][0]["Outputs"]
    assert ":function:shop-dev-report" in {one["OutputKey"]: one["OutputValue"] for one in outputs}["ReportFunctionArn"]


def test_info_lists_what_was_skipped(up: Starter) -> None:
    running = up(FOUND / "mixed-languages", "--skip-unsupported", "--no-watch")
    line = command("info", "--endpoint", running.note()["endpoint"], "--json")
    told = json.loads(subprocess.run(line, capture_output=True, text=True, check=True, timeout=180).stdout)
    (stack,) = told["stacks"]
    assert [one["name"] for one in stack["functions"]] == ["shop-dev-createOrder"]
    assert {one["name"]: one["reason"] for one in stack["skipped"]} == {
        "shop-dev-legacy": "the runtime dotnetcore3.1 is not run here",
        "shop-dev-report": "the runtime java11 is not run here",
        "shop-dev-thumbnails": "its code is a container image",
    }


def test_handlers_that_do_not_exist_fail_when_they_are_called(up: Starter) -> None:
    running = up(FOUND / "unfinished", "--no-watch")
    assert http("POST", running.url("/dev/todos"), {"text": "write it"}).status == 201
    assert [http("GET", running.url("/dev/stats")).json() for _ in range(2)] == [{"calls": 1}, {"calls": 2}]
    file = FOUND / "unfinished" / "serverless.yml"
    for place, function in ((f"{file}:19:5", "remove"), (f"{file}:23:5", "update")):
        (line,) = (line for line in running.lines if place in line)
        assert f"of the function {function}" in line and "it fails when it is called" in line
    client = running.client("lambda")
    missing = client.invoke(FunctionName="unfinished-dev-remove", Payload=b"{}")
    assert missing["FunctionError"] == "Unhandled"
    assert json.loads(missing["Payload"].read())["errorType"] == "Runtime.ImportModuleError"
    undefined = client.invoke(FunctionName="unfinished-dev-update", Payload=b"{}")
    told = json.loads(undefined["Payload"].read())
    assert told["errorType"] == "Runtime.HandlerNotFound"
    assert told["errorMessage"] == "src/handlers/todos.update is undefined or not exported"


def test_they_are_refused_where_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("exports.other = 1;\n")
    (tmp_path / "serverless.yml").write_text(
        "service: s\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions:\n"
        "  a: {handler: app.handler}\n  b: {handler: no.handler}\n"
    )
    assert "of the function a" in refused(tmp_path, tmp_path / "data")


def test_they_are_refused_where_a_package_is_made(tmp_path: Path) -> None:
    line = command("package", FOUND / "unfinished", "--out", tmp_path)
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 2 and "of the function remove" in done.stderr


def test_programs_run_where_they_are_built_for_this_machine(tmp_path: Path, up: Starter) -> None:
    folder = tmp_path / "go-binaries"
    shutil.copytree(FOUND / "go-binaries", folder)
    other = 62 if platform.machine() == "aarch64" else 183
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00" + other.to_bytes(2, "little") + bytes(44)
    (folder / "bin" / "arm").write_bytes(elf)
    (folder / "bin" / "arm").chmod(0o755)
    reasons = (
        "go-binaries-dev-world: its program bin/world is not there: it has to be built before",
        "go-binaries-dev-arm: its program bin/arm cannot be executed on this machine: exec format error",
        "go-binaries-dev-tools: its bootstrap would be in a layer that is not on this machine",
    )
    told = refused(folder, tmp_path / "data")
    assert all(reason in told for reason in reasons)
    running = up(folder, "--skip-unsupported", "--no-watch")
    assert running.output.count("AWS has retired the runtime go1.x: its programs run as provided.al2 here") == 1
    assert http("GET", running.url("/hello")).body == b"hello"
