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
    return Sources(folder / "code", folder / "opt", Path("/runtime"), folder / "tmp", folder / "pycache").places()


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


def test_custom_runtimes_get_what_aws_gives_them(tmp_path: Path) -> None:
    """test_lambda_common.json test_introspection_invoke[provided.al2023]; ours besides: HOME."""
    entry = recorded("lambda_/test_lambda_common.json", "test_introspection_invoke[provided.al2023]")
    aws = set(entry["invocation_result_payload"]["environment"]) - {"TEST_KEY", "_X_AMZN_TRACE_ID"}
    keys = {name: "x" for name in aws if name.startswith(("AWS_ACCESS", "AWS_SECRET", "AWS_SESSION"))}
    spec = replace(function(tmp_path, "provided.al2023"), role_credentials=keys)
    found = sandbox.variables(spec, CUSTOM, AWS, 99, "stream")
    assert set(found) == aws | {"HOME"}
    assert (found["LAMBDA_TASK_ROOT"], found["LAMBDA_RUNTIME_DIR"]) == ("/var/task", "/var/runtime")


def test_the_modules_of_a_zygote_are_shadowed(tmp_path: Path) -> None:
    modules = frozenset({"boto3", "email"})
    (tmp_path / "handler.py").touch()
    (tmp_path / "boto3-1.0.dist-info").mkdir()
    assert not sandbox.shadows([str(tmp_path), str(tmp_path / "absent")], modules)
    (tmp_path / "email.py").touch()
    assert sandbox.shadows([str(tmp_path)], modules)


def test_commands(tmp_path: Path) -> None:
    argv = sandbox.argv(function(tmp_path), NODE, AWS, [])
    assert argv == ["/usr/bin/node", "--max-old-space-size=115", "/var/rapid/node.mjs", "3"]
    argv = sandbox.argv(function(tmp_path), PYTHON, AWS, ["/a"])
    assert argv[1:] == ["-I", "-S", "-X", "utf8", "/var/rapid/python.py", "3", "0", "/var/pycache", "/a"]
    with pytest.raises(sandbox.NoBootstrap):
        sandbox.custom_argv(function(tmp_path), AWS, None)
    (tmp_path / "bootstrap").touch()
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
