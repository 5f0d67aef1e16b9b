"""What functions see and answer, beside the recorded answers of AWS; and updates while they are at work."""

import base64
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal
from tests.wire.functions import RUN, archive, create, invoked

CONTEXT = """
def handler(event, context):
    names = "invoked_function_arn function_version function_name memory_limit_in_mb aws_request_id log_group_name"
    told = {name: getattr(context, name) for name in (names + " log_stream_name client_context").split()}
    return {"event": event, "context": told}
"""
NODE_CONTEXT = """
exports.handler = async (event, context) => ({context: {...context, invokedFunctionArn: context.invokedFunctionArn}});
"""
VARIANT = """
import os, time
VARIANT = "variant-%d"
def handler(event, context):
    told = f"{event['prefix']}--{VARIANT}"
    with open(event["path"], "a") as file:
        print(told, file=file)
    while event.get("gate") and not os.path.exists(event["gate"]):
        time.sleep(0.01)
    return {"function_version": context.function_version, "request_id": context.aws_request_id,
            "request_prefix": event["prefix"], "function_variant": VARIANT}
"""


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.005)


def run_what_waits(timed_cloud: RunningCloud) -> None:
    """Throttled events are tried again later, the later the older they are."""
    timed_cloud.drain()
    for _ in range(4):
        timed_cloud.advance(300)
        timed_cloud.drain()


def test_variables_of_the_function(client: Any) -> None:
    """test_lambda_environment"""
    aws = recorded(RUN, "test_lambda_environment")
    source = "import os\ndef handler(event, context):\n    return {'Hello': os.environ['Hello']}\n"
    create(client, "variables", source, Environment={"Variables": {"Hello": "World"}})
    equal(invoked(client, FunctionName="variables"), aws["invocation-result"])
    shown = client.get_function_configuration(FunctionName="variables")
    # Of 2022: members that came later are not in it.
    shown = {key: value for key, value in shown.items() if key in aws["get-configuration-result"]}
    equal(shown | {"Runtime": "python3.9"}, aws["get-configuration-result"])


def test_code_from_a_bucket(client: Any, cloud: RunningCloud) -> None:
    """test_upload_lambda_from_s3"""
    aws = recorded(RUN, "test_upload_lambda_from_s3")
    storage = cloud.client("s3")
    storage.create_bucket(Bucket="code")
    storage.put_object(Bucket="code", Key="code.zip", Body=archive(CONTEXT))
    made = create(client, "uploaded", "", Code={"S3Bucket": "code", "S3Key": "code.zip"}, Timeout=10)
    equal(made, aws["creation-response"])
    event = json.dumps({"foo": "bar with 'quotes\""})
    equal(invoked(client, FunctionName="uploaded", Payload=event), aws["invocation-response"])


def test_context_of_a_node_function(client: Any) -> None:
    """test_lambda_with_context"""
    aws = recorded(RUN, "test_lambda_with_context")
    code = {"ZipFile": archive(NODE_CONTEXT, "handler.js")}
    create(client, "told", "", Code=code, Runtime="nodejs20.x")
    given = aws["invocation"]["Payload"]["context"]["clientContext"]
    context = base64.b64encode(json.dumps(given).encode()).decode()
    answer = invoked(client, FunctionName="told", Payload=b"{}", ClientContext=context)
    equal(answer, aws["invocation"])


def test_credentials_differ_between_functions(client: Any) -> None:
    """test_lambda_different_iam_keys_environment: environments of one function have the same."""
    aws = recorded(RUN, "test_lambda_different_iam_keys_environment")
    source = "import os\ndef handler(e, c):\n    return {'id': os.environ['AWS_ACCESS_KEY_ID']}\n"
    made = create(client, "one-key", source, Environment={})
    equal(made, aws["create-result"]["CreateFunctionResponse"])
    create(client, "other-key", source)
    keys = [invoked(client, FunctionName=name)["Payload"]["id"] for name in ("one-key", "one-key", "other-key")]
    assert keys[0] == keys[1] != keys[2]


def test_events_are_accepted(client: Any, cloud: RunningCloud) -> None:
    """test_invocation_type_event[python3.9], [python3.10], [nodejs16.x], test_lambda_invoke_no_timeout"""
    create(client, "accepts", "def handler(event, context):\n    pass\n")
    for runtime in ("python3.9", "python3.10", "nodejs16.x"):
        aws = recorded(RUN, f"test_invocation_type_event[{runtime}]")
        equal(invoked(client, FunctionName="accepts", InvocationType="Event"), aws["invoke-result"])
    cloud.drain()
    aws = recorded(RUN, "test_lambda_invoke_no_timeout")
    equal(invoked(client, FunctionName="accepts"), aws["invoke-result"])


def test_an_update_leaves_what_runs_alone(client: Any, tmp_path: Path) -> None:
    """test_function_update_during_invoke"""
    aws = recorded(RUN, "test_function_update_during_invoke")
    create(client, "during", VARIANT % 1)
    path, gate = tmp_path / "told", tmp_path / "gate"
    event = {"prefix": "1-sleep", "path": str(path), "gate": str(gate)}
    answers: list[Any] = []
    request = {"FunctionName": "during", "Payload": json.dumps(event)}
    thread = threading.Thread(target=lambda: answers.append(invoked(client, **request)))
    thread.start()
    wait_for(path)
    client.update_function_code(FunctionName="during", ZipFile=archive(VARIANT % 2))
    after = invoked(client, FunctionName="during", Payload=json.dumps({"prefix": "2-after", "path": str(path)}))
    assert after["Payload"]["function_variant"] == "variant-2"
    gate.touch()
    thread.join()
    equal(answers[0], aws["invoke_response_before"])


def test_events_that_wait_run_the_new_code(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    """test_async_invoke_queue_upon_function_update"""
    aws = recorded(RUN, "test_async_invoke_queue_upon_function_update")
    client = timed_cloud.client("lambda")
    create(client, "waits", VARIANT % 1)
    client.put_function_concurrency(FunctionName="waits", ReservedConcurrentExecutions=1)
    path, gate = tmp_path / "told", tmp_path / "gate"

    def send(prefix: str, **more: str) -> None:
        event = json.dumps({"prefix": prefix, "path": str(path), **more})
        client.invoke(FunctionName="waits", InvocationType="Event", Payload=event)["Payload"].read()

    send("01-sleep", gate=str(gate))
    wait_for(path)
    for number in range(2, 11):
        send(f"{number:02}-before")
    client.update_function_code(FunctionName="waits", ZipFile=archive(VARIANT % 2))
    for number in range(11, 16):
        send(f"{number:02}-after")
    client.put_function_concurrency(FunctionName="waits", ReservedConcurrentExecutions=4)
    gate.touch()
    run_what_waits(timed_cloud)
    assert sorted(path.read_text().splitlines()) == aws["async_invoke_history_sorted"]


def test_events_wait_for_what_is_reserved(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    """test_reserved_concurrency_async_queue"""
    aws = recorded(RUN, "test_reserved_concurrency_async_queue")
    client = timed_cloud.client("lambda")
    create(client, "queued", VARIANT % 1, Environment={})
    named = {"FunctionName": "queued"}
    equal(client.get_function_configuration(Qualifier="$LATEST", **named), aws["fn"])
    put = client.put_function_concurrency
    equal(put(ReservedConcurrentExecutions=1, **named), aws["put_fn_concurrency"])
    path, gate = tmp_path / "told", tmp_path / "gate"
    for number in (1, 2):
        event = json.dumps({"prefix": str(number), "path": str(path), "gate": str(gate)})
        client.invoke(InvocationType="Event", Payload=event, **named)["Payload"].read()
    wait_for(path)
    now = json.dumps({"prefix": "now", "path": str(path)})
    equal(answered(client.invoke, Payload=now, **named), aws["too_many_requests_exc"])
    put(ReservedConcurrentExecutions=3, **named)
    client.invoke(Payload=now, **named)["Payload"].read()
    gate.touch()
    run_what_waits(timed_cloud)
    assert sorted(path.read_text().split()) == ["1--variant-1", "2--variant-1", "now--variant-1"]
