"""The runtimes beside what AWS recorded of them: handlers, environments, errors, wrapper scripts, logs.

A runtime whose interpreter is not installed here runs in the nearest one, as it would for anybody.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from tests.archives import zipped_files
from tests.conftest import ACCOUNT, RunningCloud, recorded

COMMON = "lambda_/test_lambda_common.json"
RUNTIMES = "lambda_/test_lambda_runtimes.json"
RUN = "lambda_/test_lambda.json"
PYTHONS = ("python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
NODES = ("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x")
PROVIDED = ("provided.al2", "provided.al2023")
EVERY = [*PYTHONS, *NODES, *PROVIDED]
PYTHON = """
import os

def handler(event, context):
    if isinstance(event, dict) and "error_msg" in event:
        raise Exception(f"Failed: {event['error_msg']}")
    if event == "introspect":
        names = ("function_name", "function_version", "log_group_name", "memory_limit_in_mb", "invoked_function_arn")
        return {"environment": dict(os.environ), "ctx": {name: getattr(context, name) for name in names}}
    return event
"""
NODE = """
exports.handler = async (event, context) => {
  if (event?.error_msg) throw new Error(`Error: ${event.error_msg}`);
  if (event === 'introspect') {
    const { functionName, functionVersion, logGroupName, invokedFunctionArn } = context;
    const ctx = { function_name: functionName, function_version: functionVersion, log_group_name: logGroupName };
    return { environment: process.env, ctx: { ...ctx, invoked_function_arn: invokedFunctionArn } };
  }
  return event;
};
"""
CUSTOM = f"""#!{Path(sys.base_prefix) / "bin" / "python3"} -S
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation"
while True:
    api.request("GET", base + "/next")
    answer = api.getresponse()
    event, id = json.loads(answer.read()), answer.getheader("Lambda-Runtime-Aws-Request-Id")
    os.environ["_X_AMZN_TRACE_ID"] = answer.getheader("Lambda-Runtime-Trace-Id")
    os.environ.pop("LC_CTYPE", None)  # Python's own.
    kind = "response"
    if isinstance(event, dict) and "error_msg" in event:
        kind, event = "error", {{"errorMessage": "Error: " + event["error_msg"], "errorType": "errorString"}}
    elif event == "introspect":
        event = {{"environment": dict(os.environ), "ctx": {{}}}}
    api.request("POST", f"{{base}}/{{id}}/{{kind}}", json.dumps(event))
    api.getresponse().read()
"""
FILES = {"p": ("handler.py", PYTHON, "handler.handler"), "n": ("index.js", NODE, "index.handler")}
CHANGING = re.compile(r"<[^<>]*>")


@pytest.fixture(scope="module")
def isolated_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose functions see the machine as they would for anybody."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud") / "data", isolation=True).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(isolated_cloud: RunningCloud) -> Any:
    return isolated_cloud.client("lambda")


def create(client: Any, name: str, runtime: str, files: dict[str, str], handler: str, **more: Any) -> str:
    name = re.sub(r"[^\w-]", "-", f"{name}-{runtime}")
    client.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped_files(files, mode=0o755)},
        **{"MemorySize": 1024, "Timeout": 60, **more},
    )
    return name


@pytest.fixture(scope="module")
def functions(client: Any) -> dict[str, str]:
    """One function for each runtime, as the recordings' own were."""
    made = {}
    for runtime in EVERY:
        file, source, handler = FILES.get(runtime[0], ("bootstrap", CUSTOM, "function.handler"))
        if runtime.startswith("provided"):
            file, source, handler = "bootstrap", CUSTOM, "function.handler"
        environment = {"Variables": {"TEST_KEY": "TEST_VAL"}}
        made[runtime] = create(client, "common", runtime, {file: source}, handler, Environment=environment)
    return made


def invoke(client: Any, name: str, event: Any) -> tuple[Any, str]:
    """The payload, and the kind of error."""
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


@pytest.mark.parametrize("runtime", EVERY)
def test_events_come_back(client: Any, functions: dict[str, str], runtime: str) -> None:
    """test_echo_invoke[...]: every kind of JSON value."""
    recorded(COMMON, f"test_echo_invoke[{runtime}]")
    events = [{"simple": "value"}, {"nested": [1, 2.5, None, True]}, "text", 3, True, None, [], "\u2603 \U0001f389"]
    assert [invoke(client, functions[runtime], event) for event in events] == [(event, "") for event in events]


@pytest.mark.parametrize("runtime", EVERY)
def test_the_environment_is_complete(client: Any, functions: dict[str, str], runtime: str) -> None:
    """test_introspection_invoke[...]: the same variables, with AWS's values where they are not of this machine."""
    aws = recorded(COMMON, f"test_introspection_invoke[{runtime}]")["invocation_result_payload"]
    found, _ = invoke(client, functions[runtime], "introspect")
    here = {"HOME", "AWS_ENDPOINT_URL"}
    assert found["environment"].keys() - here == aws["environment"].keys() - {"NODE_EXTRA_CA_CERTS"}
    of_the_machine = {"AWS_LAMBDA_RUNTIME_API", "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS"}
    for name, value in aws["environment"].items():
        if not CHANGING.search(value) and name not in of_the_machine | {"NODE_EXTRA_CA_CERTS"}:
            assert found["environment"][name] == value, name
    assert found["ctx"].keys() <= aws["ctx"].keys()
    for name, value in found["ctx"].items():
        if not CHANGING.search(aws["ctx"][name]):
            assert value == aws["ctx"][name], name


@pytest.mark.parametrize("runtime", EVERY)
def test_uncaught_errors(client: Any, functions: dict[str, str], runtime: str) -> None:
    """test_uncaught_exception_invoke[...]."""
    file = RUNTIMES if runtime.startswith("provided") else COMMON
    aws = recorded(file, f"test_uncaught_exception_invoke[{runtime}]")
    expected = next(value for key, value in aws.items() if "invoc" in key or "error" in key)
    payload, kind = invoke(client, functions[runtime], {"error_msg": "some_error_msg"})
    assert kind == expected["FunctionError"]
    assert payload.keys() == expected["Payload"].keys()
    for name, value in expected["Payload"].items():
        if not CHANGING.fullmatch(str(value)):
            assert payload[name] == value, name


@pytest.mark.parametrize("runtime", [*PYTHONS, *NODES])
def test_wrapper_scripts(client: Any, runtime: str) -> None:
    """test_runtime_wrapper_invoke[...]: the script is given the runtime's command, and may change its environment."""
    recorded(COMMON, f"test_runtime_wrapper_invoke[{runtime}]")
    file, source, handler = FILES[runtime[0]]
    wrapper = '#!/bin/sh\nexport WRAPPER_VAR="set by wrapper"\nexec "$@"\n'
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/environment_wrapper"}
    files = {file: source, "environment_wrapper": wrapper}
    name = create(client, "wrapper", runtime, files, handler, Environment={"Variables": variables})
    found, _ = invoke(client, name, "introspect")
    assert found["environment"]["WRAPPER_VAR"] == "set by wrapper"
    assert found["environment"]["AWS_LAMBDA_EXEC_WRAPPER"] == variables["AWS_LAMBDA_EXEC_WRAPPER"]


@pytest.mark.parametrize("runtime", PYTHONS)
def test_a_handler_in_a_submodule(client: Any, runtime: str) -> None:
    """test_handler_in_submodule[...]."""
    recorded(RUNTIMES, f"test_handler_in_submodule[{runtime}]")
    files = {"localstack_package/nested/lambda_function.py": "def handler(event, context):\n    return event\n"}
    name = create(client, "nested", runtime, files, "localstack_package.nested.lambda_function.handler")
    assert invoke(client, name, {"a": 1}) == ({"a": 1}, "")


@pytest.mark.parametrize("runtime", NODES)
def test_es_modules(client: Any, runtime: str) -> None:
    """test_invoke_nodejs_es6_lambda[...]."""
    aws = recorded(RUNTIMES, f"test_invoke_nodejs_es6_lambda[{runtime}]")["invocation-result"]
    source = """
export const handler = async (event) => ({
  statusCode: 200, body: JSON.stringify(`response from localstack lambda: ${JSON.stringify(event)}`),
});
"""
    name = create(client, "es6", runtime, {"lambda_handler_es6.mjs": source}, "lambda_handler_es6.handler")
    assert invoke(client, name, {"event_type": "test_lambda"}) == (aws["Payload"], "")


def test_lines_of_prints_are_events(client: Any, isolated_cloud: RunningCloud) -> None:
    """test_multi_line_prints: each line is one; a carriage return stays what it is."""
    aws = recorded(RUNTIMES, "TestCloudwatchLogs::test_multi_line_prints")["log-events"]
    source = 'def handler(event, context):\n    print("multi\\nline\\nstring")\n    print("another\\rline")\n'
    name = create(client, "prints", "python3.13", {"handler.py": source}, "handler.handler", MemorySize=128)
    invoke(client, name, {})
    logs = isolated_cloud.client("logs")
    found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    patterns = [re.sub(r"\\?<[^<>]*>", "<>", event["message"]) for event in aws]
    for event, pattern in zip(found, patterns, strict=True):
        assert re.fullmatch(r"[\w./:$\[\]-]+".join(map(re.escape, pattern.split("<>"))), event["message"])


def test_limits_of_a_process(client: Any) -> None:
    """test_runtime_ulimits. AWS's own: core dumps, locked memory, and as many processes as the machine allows for."""
    aws = recorded(RUN, "TestLambdaBehavior::test_runtime_ulimits")["invoke_runtime_ulimits"]["Payload"]
    source = (
        "import resource\ndef handler(event, context):\n    names = [n for n in dir(resource) if n[:7] == 'RLIMIT_']\n"
    )
    source += "    return {name: resource.getrlimit(getattr(resource, name)) for name in names}\n"
    found, _ = invoke(client, create(client, "limits", "python3.11", {"h.py": source}, "h.handler"), {})
    same = ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_DATA")
    assert {name: found[name] for name in same} == {name: aws[name] for name in same}


def test_a_wrapper_that_is_missing(client: Any) -> None:
    """test_lambda_runtime_wrapper_not_found."""
    aws = recorded(RUN, "test_lambda_runtime_wrapper_not_found")["invocation_error"]
    variables = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/idontexist.sh"}}
    name = create(client, "lost", "python3.12", {"handler.py": PYTHON}, "handler.handler", Environment=variables)
    payload, kind = invoke(client, name, {})
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<uuid>", payload["errorMessage"])
    assert ({**payload, "errorMessage": text}, kind) == (aws["Payload"], aws["FunctionError"])


def test_the_endpoint_that_a_function_is_told(client: Any) -> None:
    """test_manual_endpoint_injection[python3.12]: a client of the SDK's own reaches this very cloud."""
    recorded(COMMON, "test_manual_endpoint_injection[python3.12]")
    source = "import boto3\ndef handler(event, context):\n    client = boto3.client('lambda')\n"
    source += "    return client.get_function_configuration(FunctionName=event)['Handler']\n"
    name = create(client, "endpoint", "python3.12", {"handler.py": source}, "handler.handler")
    assert invoke(client, name, name) == ("handler.handler", "")


@pytest.mark.parametrize("runtime", ["java21", "dotnet8", "ruby3.3"])
def test_other_languages_are_refused_by_name(client: Any, runtime: str) -> None:
    with pytest.raises(client.exceptions.InvalidParameterValueException, match=f"runtime {runtime} is not run"):
        create(client, "other", runtime, {"handler.py": ""}, "x.handler")


def test_images_are_refused_by_name(client: Any) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match=r"[Ii]mage"):
        client.create_function(
            FunctionName="image",
            PackageType="Image",
            Role=f"arn:aws:iam::{ACCOUNT}:role/r",
            Code={"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:latest"},
        )
