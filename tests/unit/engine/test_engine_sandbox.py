"""What a sandbox is made of, as values: variables, search paths, commands, folders."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import recorded

from stratolite.engine import sandbox
from stratolite.engine.interpreters import Resolution
from stratolite.engine.model import CodeRef, FunctionSpec
from stratolite.engine.places import Places, Sources

PYTHON = Resolution("python3.12", "python", Path("/usr/bin/python3.12"), (3, 12))
NODE = Resolution("nodejs20.x", "node", Path("/usr/bin/node"), (20, 1, 0))
CUSTOM = Resolution("provided.al2023", "custom", Path())
AWS = Places()


def here(folder: Path) -> Places:
    return Sources(
        folder / "code", folder / "opt", Path("/runtime"), folder / "tmp", folder / "pycache", Path("/usr/bin")
    ).places()


def function(code: Path, runtime: str = "python3.12", layers: tuple[Path, ...] = (), **variables: str) -> FunctionSpec:
    return FunctionSpec("k", "f", "3", "arn", runtime, "app.handler", CodeRef("", code), layers, variables)


def test_modules_come_from_the_code_then_from_layers(tmp_path: Path) -> None:
    (tmp_path / "python" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    spec = function(tmp_path / "code", PYTHONPATH="/opt/own:/elsewhere")
    assert sandbox.python_path(spec, AWS, tmp_path) == [
        "/var/task",
        "/opt/own",
        "/elsewhere",
        "/opt/python/lib/python3.12/site-packages",
        "/opt/python",
        "/var/runtime",
    ]
    assert sandbox.python_path(spec, here(tmp_path), None) == [
        str(tmp_path / "code"),
        str(tmp_path / "opt" / "own"),
        "/elsewhere",
        "/runtime",
    ]


def test_aws_paths_are_translated_where_there_are_no_namespaces(tmp_path: Path) -> None:
    places = here(tmp_path)
    assert places.within("/var/task") == str(tmp_path / "code")
    assert places.within("/var/task/lib") == str(tmp_path / "code" / "lib")
    assert places.within("/var/tasks") == "/var/tasks"
    assert places.within("/opt/wrap") == str(tmp_path / "opt" / "wrap")
    assert places.within("/opt") == str(tmp_path / "opt")
    assert places.within("/optional") == "/optional"
    assert AWS.within("/opt/wrap") == "/opt/wrap"


def test_a_function_cannot_take_the_platforms_variables(tmp_path: Path) -> None:
    spec = function(tmp_path, AWS_LAMBDA_FUNCTION_NAME="mine", _HANDLER="mine", TZ="CET", OWN="1")
    found = sandbox.variables(spec, PYTHON, here(tmp_path), 99, "stream")
    assert (found["AWS_LAMBDA_FUNCTION_NAME"], found["_HANDLER"]) == ("f", "app.handler")
    assert (found["TZ"], found["OWN"]) == ("CET", "1")
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:99"
    assert found["TMPDIR"] == str(tmp_path / "tmp")
    assert "AWS_ENDPOINT_URL" not in found


PYTHONS = ("python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
NODES = ("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x")


@pytest.mark.parametrize("runtime", [*PYTHONS, *NODES, "provided.al2", "provided.al2023"])
def test_runtimes_get_the_variables_of_aws(tmp_path: Path, runtime: str) -> None:
    """test_lambda_common.json test_introspection_invoke[...]; ours besides: HOME, where AWS's user has none.

    NODE_EXTRA_CA_CERTS, which Node.js 18 has, names the certificates of AWS's image.
    """
    entry = recorded("lambda_/test_lambda_common.json", f"test_introspection_invoke[{runtime}]")
    aws = entry["invocation_result_payload"]["environment"]
    kept = {name: aws[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    spec = function(tmp_path, runtime, TEST_KEY="TEST_VAL")
    spec = replace(
        spec,
        name=aws["AWS_LAMBDA_FUNCTION_NAME"],
        version="$LATEST",
        handler=aws["_HANDLER"],
        memory_mb=1024,
        region="<region>",
        log_group=aws["AWS_LAMBDA_LOG_GROUP_NAME"],
        role_credentials=kept,
    )
    language = {"p": "python", "n": "node"}[runtime[0]] if not runtime.startswith("provided") else "custom"
    found = sandbox.variables(spec, Resolution(runtime, language, Path("/usr/bin/x")), AWS, 9001, "<log-stream-name:1>")
    places = ("AWS_LAMBDA_RUNTIME_API", "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS")
    ours = {name: value for name, value in found.items() if name not in ("HOME", *places)}
    left_out = ("_X_AMZN_TRACE_ID", "NODE_EXTRA_CA_CERTS", *places)
    assert ours == {name: value for name, value in aws.items() if name not in left_out}


def test_libraries_are_noticed(tmp_path: Path) -> None:
    task, opt = tmp_path / "task", tmp_path / "opt"
    for folder in (task, opt / "lib"):
        folder.mkdir(parents=True)
    (task / "module.cpython-312-x86_64-linux-gnu.so").touch()
    assert not sandbox.has_libraries(task, None)
    assert not sandbox.has_libraries(task, opt)
    (opt / "lib" / "libpq.so.5").touch()
    assert sandbox.has_libraries(task, opt)
    (task / "libown.so").touch()
    assert sandbox.has_libraries(task, None)


def test_the_modules_of_a_zygote_are_shadowed(tmp_path: Path) -> None:
    modules = frozenset({"boto3", "email"})
    (tmp_path / "handler.py").touch()
    (tmp_path / "boto3-1.0.dist-info").mkdir()
    assert not sandbox.shadows([str(tmp_path), str(tmp_path / "absent")], modules)
    (tmp_path / "email.py").touch()
    assert sandbox.shadows([str(tmp_path)], modules)


def test_commands(tmp_path: Path) -> None:
    argv = sandbox.argv(function(tmp_path), NODE, AWS, [])
    assert argv == ["/var/lang/bin/node", "--max-old-space-size=115", "/var/rapid/node.mjs", "3"]
    argv = sandbox.argv(function(tmp_path), PYTHON, AWS, ["/a"])
    assert argv[1:] == ["-I", "-S", "-X", "utf8", "/var/rapid/python.py", "3", "0", "/var/pycache", "/a"]
    with pytest.raises(sandbox.NoBootstrap):
        sandbox.custom_argv(function(tmp_path), AWS, None)
    (tmp_path / "bootstrap").write_text("#!/bin/sh")
    (tmp_path / "bootstrap").chmod(0o755)
    wrapped = function(tmp_path, AWS_LAMBDA_EXEC_WRAPPER="/var/task/wrap")
    assert sandbox.custom_argv(wrapped, AWS, None) == ["/var/task/wrap", "/var/task/bootstrap"]
    assert sandbox.custom_argv(function(tmp_path / "code"), AWS, tmp_path) == ["/opt/bootstrap"]


def test_the_runtime_folder_is_made_once_and_again(tmp_path: Path) -> None:
    folder = sandbox.make_runtime_folder(tmp_path / "runtime")
    names = {path.name for path in folder.iterdir()}
    assert {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"} <= names
    assert any(name.startswith("boto3-") for name in names)
    (folder / "boto3").unlink()
    (folder / "boto3").symlink_to("/nowhere")
    sandbox.make_runtime_folder(folder)
    assert (folder / "boto3" / "__init__.py").exists()


def test_a_folder_is_removed_with_what_is_read_only(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").touch()
    (folder / "deep").chmod(0o500)
    sandbox.remove(folder)
    assert not folder.exists()
    sandbox.remove(folder)
