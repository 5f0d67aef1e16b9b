"""Invoke through boto3 against real processes, beside what AWS answered (aws-answers/lambda_/test_lambda.json)."""

import base64
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import botocore.exceptions
import pytest
from tests.archives import zipped_files
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded

ANSWERS = "lambda_/test_lambda.json"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
ECHO = "def handler(event, context):\n    return event\n"


def archive(**files: str) -> bytes:
    """A zip; ``__`` in a name stands for a dot."""
    return zipped_files({name.replace("__", "."): text for name, text in files.items()})


def create(client: Any, name: str, source: str = ECHO, **more: Any) -> None:
    request = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Code": {"ZipFile": archive(index__py=source)},
    }
    client.create_function(**{**request, **more})


def result(answer: Any) -> Any:
    return json.loads(answer["Payload"].read())


def refused(client: Any, **request: Any) -> Any:
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        client.invoke(**request)
    error: Any = raised.value.response
    return {
        "code": error["Error"]["Code"],
        "message": error["Error"]["Message"],
        "status": error["ResponseMetadata"]["HTTPStatusCode"],
        "reason": error.get("Reason"),
    }


def answered(entry: str, key: str) -> Any:
    found = recorded(ANSWERS, entry)[key]
    return {
        "code": found["Error"]["Code"],
        "message": found["Error"]["Message"].replace("arn:<partition>:lambda:<region>:111111111111", ARN),
        "status": found["ResponseMetadata"]["HTTPStatusCode"],
        "reason": found.get("Reason"),
    }


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def test_a_request_and_its_response(client: Any) -> None:
    """Entries test_invocation_type_request_response and test_invocation_type_dry_run."""
    create(client, "echo")
    entry = recorded(ANSWERS, "test_invocation_type_request_response[python3.10]")["invoke-result"]
    answer = client.invoke(FunctionName="echo", Payload=b"{}")
    assert {key for key in answer if key != "ResponseMetadata"} == set(entry) - {"ResponseMetadata"}
    assert (answer["StatusCode"], answer["ExecutedVersion"], result(answer)) == (200, "$LATEST", {})
    dry = client.invoke(FunctionName="echo", InvocationType="DryRun", Payload=b"{}")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")
    assert result(client.invoke(FunctionName="echo")) == {}


def test_what_a_function_sees(client: Any) -> None:
    """Entry test_invocation_with_qualifier; the account is that of the function's role."""
    source = (
        "import os, boto3\n"
        "def handler(event, context):\n"
        "    print('Lambda log message - print function')\n"
        "    identity = boto3.client('sts').get_caller_identity()\n"
        "    return {'arn': context.invoked_function_arn, 'version': context.function_version,\n"
        "            'client': context.client_context and context.client_context.custom,\n"
        "            'account': identity['Account'], 'who': identity['Arn'], 'greeting': os.environ['GREETING'],\n"
        "            'request': context.aws_request_id}\n"
    )
    environment = {"Variables": {"GREETING": "hello"}}
    create(client, "seen", source, Publish=True, Environment=environment, Timeout=20)
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    answer = client.invoke(FunctionName="seen", Qualifier="1", LogType="Tail", ClientContext=context)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["ExecutedVersion"] == "1"
    assert result(answer) == {
        "arn": f"{ARN}:function:seen:1",
        "version": "1",
        "client": {"a": "b"},
        "account": ACCOUNT,
        "who": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/seen",
        "greeting": "hello",
        "request": request_id,
    }
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[0] == f"START RequestId: {request_id} Version: 1"
    assert lines[1:3] == ["Lambda log message - print function", f"END RequestId: {request_id}"]


def test_a_failure_of_the_function_is_no_error_of_the_operation(client: Any) -> None:
    """Entries test_lambda_handler_error and test_lambda_invoke_with_timeout."""
    create(client, "fails", 'def handler(event, context):\n    raise Exception("Handler fails")\n')
    answer = client.invoke(FunctionName="fails")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    entry = recorded(ANSWERS, "test_lambda_handler_error")["invocation_error"]["Payload"]
    failure = result(answer)
    assert set(failure) == set(entry)
    assert (failure["errorMessage"], failure["errorType"]) == (entry["errorMessage"], entry["errorType"])
    create(client, "slow", "import time\ndef handler(event, context):\n    time.sleep(10)\n", Timeout=1)
    answer = client.invoke(FunctionName="slow")
    assert result(answer)["errorType"] == "Sandbox.Timedout"


def test_node_and_log_groups(client: Any, cloud: RunningCloud) -> None:
    source = "exports.handler = async (event) => { console.log('from node'); return {sum: event.a + event.b}; };"
    create(
        client,
        "node",
        Runtime="nodejs20.x",
        Code={"ZipFile": archive(index__js=source)},
        LoggingConfig={"LogFormat": "Text", "LogGroup": "my-group"},
    )
    assert result(client.invoke(FunctionName="node", Payload=b'{"a": 1, "b": 2}')) == {"sum": 3}
    events = cloud.client("logs").filter_log_events(logGroupName="my-group", filterPattern='"from node"')["events"]
    assert len(events) == 1


def test_refusals_of_invoke(client: Any) -> None:
    """Entries test_invoke_exceptions, test_lambda_invoke_payload_encoding_error."""
    create(client, "refuses")
    assert refused(client, FunctionName="doesnotexist") == {
        "code": "ResourceNotFoundException",
        "message": f"Function not found: {ARN}:function:doesnotexist:$LATEST",
        "status": 404,
        "reason": None,
    }
    body = refused(client, FunctionName="refuses", Payload=b"n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt")
    name = "test_lambda_invoke_payload_encoding_error[body-n\\x87r\\x9e\\xe9\\xb5\\xd7I\\xee\\x9bmt]"
    assert body == answered(name, "invoke_function_invalid_payload_body")
    body = refused(client, FunctionName="refuses", Payload=b"\x99\xeb,j\x07\xa1zYh")
    name = "test_lambda_invoke_payload_encoding_error[message-\\x99\\xeb,j\\x07\\xa1zYh]"
    assert body == answered(name, "invoke_function_invalid_payload_message")
    alias = refused(client, FunctionName="refuses", Qualifier="non-existent-alias")
    assert alias["message"] == f"Function not found: {ARN}:function:refuses:non-existent-alias"
    context = refused(client, FunctionName="refuses", ClientContext="bm90IGpzb24=")
    assert context["code"] == "InvalidRequestContentException"


def test_payloads_at_their_limits(client: Any) -> None:
    """6 MB at once, 1 MB later; one byte more is refused."""
    create(client, "large", "def handler(event, context):\n    return len(event)\n", MemorySize=512, Timeout=10)
    most = json.dumps("x" * (6_291_456 - 2)).encode()
    assert result(client.invoke(FunctionName="large", Payload=most)) == 6_291_454
    over = refused(client, FunctionName="large", Payload=most[:-1] + b'x"')
    assert over["code"] == "RequestTooLargeException"
    assert over["status"] == 413
    assert over["message"] == (
        "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
    )
    later = json.dumps("x" * (1_048_576 - 2)).encode()
    assert client.invoke(FunctionName="large", InvocationType="Event", Payload=later)["StatusCode"] == 202
    over = refused(client, FunctionName="large", InvocationType="Event", Payload=later[:-1] + b'x"')
    assert over["message"] == "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"


def test_changes_are_served_by_the_next_request(client: Any, cloud: RunningCloud) -> None:
    create(client, "edited", 'import os\ndef handler(event, context):\n    return "one" + os.environ.get("XX", "")\n')
    assert result(client.invoke(FunctionName="edited")) == "one"
    source = 'import os\ndef handler(event, context):\n    return "two" + os.environ.get("XX", "")\n'
    client.update_function_code(FunctionName="edited", ZipFile=archive(index__py=source))
    assert result(client.invoke(FunctionName="edited")) == "two"
    client.update_function_configuration(FunctionName="edited", Environment={"Variables": {"XX": "!"}})
    assert result(client.invoke(FunctionName="edited")) == "two!"


def test_layers_are_merged_under_opt(client: Any) -> None:
    layer = client.publish_layer_version(
        LayerName="common", Content={"ZipFile": archive(**{"python/shared__py": "VALUE = 7"})}
    )
    source = "import shared\ndef handler(event, context):\n    return shared.VALUE\n"
    create(client, "layered", source, Layers=[layer["LayerVersionArn"]])
    assert result(client.invoke(FunctionName="layered")) == 7


def test_an_alias_routes_by_weight(client: Any) -> None:
    """Entry test_alias_routingconfig."""
    source = "def handler(event, context):\n    return context.function_version\n"
    create(client, "routed", source, Publish=True)
    client.update_function_configuration(FunctionName="routed", Description="2")
    client.publish_version(FunctionName="routed")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    client.create_alias(FunctionName="routed", Name="live", FunctionVersion="1", RoutingConfig=weights)
    seen = [result(client.invoke(FunctionName="routed:live")) for _ in range(40)]
    assert set(seen) == {"1", "2"}
    client.update_alias(FunctionName="routed", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert {result(client.invoke(FunctionName="routed:live")) for _ in range(10)} == {"2"}
    client.update_alias(FunctionName="routed", Name="live", RoutingConfig={})
    answer = client.invoke(FunctionName=f"{ARN}:function:routed:live")
    assert (answer["ExecutedVersion"], result(answer)) == ("1", "1")


def test_reserved_concurrency_throttles(client: Any, tmp_path: Path) -> None:
    """Entry test_reserved_concurrency. The function is busy for as long as the test holds its pipe open."""
    create(client, "throttled", "def handler(event, context):\n    return open(event).read()\n", Timeout=60)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    payload = json.dumps(str(pipe)).encode()
    client.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    expected = answered("test_reserved_concurrency", "exc_no_cap_requestresponse")
    assert refused(client, FunctionName="throttled", Payload=payload) == expected
    client.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as executor:
        busy = executor.submit(client.invoke, FunctionName="throttled", Payload=payload)
        with pipe.open("w") as held:  # Opens when the function has opened it, too.
            assert refused(client, FunctionName="throttled", Payload=payload) == expected
            held.write("released")
        assert result(busy.result()) == "released"
    client.delete_function_concurrency(FunctionName="throttled")
    assert result(client.invoke(FunctionName="throttled", Payload=b'"/dev/null"')) == ""


def test_a_function_whose_caller_has_given_up_still_counts(cloud: RunningCloud, client: Any, tmp_path: Path) -> None:
    """API Gateway stops waiting after the integration's time-out; the function works on, as on AWS."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    source = f"def handler(event, context):\n    return event or open({str(pipe)!r}).read()\n"
    create(client, "left", source, Timeout=60)
    assert result(client.invoke(FunctionName="left", Payload=b"1")) == 1
    client.put_function_concurrency(FunctionName="left", ReservedConcurrentExecutions=1)
    url = gateway_to(cloud, f"{ARN}:function:left", timeout_ms=1000)
    with ThreadPoolExecutor(1) as executor:
        given_up = executor.submit(urlopen, url)
        held = pipe.open("w")  # Opens when the function has opened it, too.
    error = given_up.exception()
    assert isinstance(error, HTTPError)
    error.close()
    assert error.code == 504
    with held:
        assert refused(client, FunctionName="left", Payload=b"1")["code"] == "TooManyRequestsException"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(client.exceptions.TooManyRequestsException):
            assert result(client.invoke(FunctionName="left", Payload=b"1")) == 1
            return
    pytest.fail("the function stayed busy")


def gateway_to(cloud: RunningCloud, function: str, *, timeout_ms: int) -> str:
    """The URL of an API that gives a function null for an event."""
    gateway = cloud.client("apigateway")
    api = gateway.create_rest_api(name="given-up")
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations",
        requestTemplates={"application/json": "null"},
        timeoutInMillis=timeout_ms,
    )
    gateway.create_deployment(restApiId=api["id"], stageName="dev")
    return f"{cloud.endpoint}/restapis/{api['id']}/dev/_user_request_/"


def test_invocations_that_arrive_together(client: Any) -> None:
    """Many cold invokes of one function all succeed, and share one specification."""
    create(client, "together")
    results: list[Any] = []

    def work() -> None:
        results.append(result(client.invoke(FunctionName="together", Payload=b"1")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 8
