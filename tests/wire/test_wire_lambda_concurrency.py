"""Environments come with load and go with idleness; limits hold under it, whatever is changed meanwhile."""

import json
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ACCOUNT, RunningCloud
from tests.wire.answers import answered
from tests.wire.functions import archive

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TOLD = """
import os, time
seen = 0
kind = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
def tell(path, word):
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{word} {kind}\\n".encode())
    os.close(file)
def handler(event, context):
    global seen
    seen += 1
    if "path" in event:
        tell(event["path"], "begin")
        time.sleep(event.get("seconds", 0))
        while "until" in event and not os.path.exists(event["until"]):
            time.sleep(0.01)
        tell(event["path"], "end")
    return {"seen": seen, "stream": context.log_stream_name}
"""


def create(client: Any, name: str) -> dict[str, str]:
    code = {"ZipFile": archive(TOLD)}
    request = {"Runtime": "python3.12", "Handler": "handler.handler", "Role": ROLE, "Timeout": 30}
    client.create_function(FunctionName=name, Code=code, Publish=True, **request)
    return {"FunctionName": name}


def seen(client: Any, name: str, qualifier: str = "$LATEST") -> int:
    """The how-manieth invocation of its environment one more is."""
    answer = client.invoke(FunctionName=name, Qualifier=qualifier)
    return int(json.loads(answer["Payload"].read())["seen"])


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda", max_pool_connections=32)


def test_environments_are_used_again_until_something_changes_them(client: Any) -> None:
    """Init runs once for an environment; "Lambda retains the environment", and replaces it after an update.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    named = create(client, "reused")
    assert [seen(client, "reused") for _ in range(3)] == [1, 2, 3]
    assert seen(client, "reused", "1") == 1
    # None of these is a reason to begin anew.
    client.put_function_concurrency(ReservedConcurrentExecutions=5, **named)
    client.create_alias(Name="live", FunctionVersion="1", **named)
    client.update_function_configuration(Description="another", **named)
    client.put_function_event_invoke_config(MaximumRetryAttempts=0, **named)
    assert seen(client, "reused") == 4
    assert seen(client, "reused", "live") == 2
    # A change of $LATEST is none of version 1.
    client.update_function_configuration(Timeout=10, **named)
    assert seen(client, "reused") == 1
    assert seen(client, "reused", "1") == 3
    client.update_function_code(ZipFile=archive(TOLD + "\n"), **named)
    assert seen(client, "reused") == 1


def test_load_makes_environments_and_idleness_ends_them(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    client = timed_cloud.client("lambda", max_pool_connections=8)
    create(client, "scales")
    told, end = tmp_path / "told", tmp_path / "end"
    payload = json.dumps({"path": str(told), "until": str(end)})
    threads = [
        threading.Thread(target=lambda: client.invoke(FunctionName="scales", Payload=payload)["Payload"].read())
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while not told.exists() or told.read_text().count("begin") < 4:
        assert any(thread.is_alive() for thread in threads)
    end.touch()
    for thread in threads:
        thread.join()
    engine = timed_cloud.cloud.registry.get("lambda_").state.sandbox.engine
    assert engine.environment_count == 4
    assert seen(client, "scales") == 2
    timed_cloud.advance(3600)
    timed_cloud.drain()
    assert engine.environment_count == 0
    assert seen(client, "scales") == 1


def overlaps(path: Path) -> Counter[str]:
    """By kind of environment, and in all: how many executions were under way at most."""
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for line in path.read_text().splitlines():
        word, kind = line.split()
        step = 1 if word == "begin" else -1
        for counted in (kind, "all"):
            now[counted] += step
            most[counted] = max(most[counted], now[counted])
    assert not any(now.values())
    return most


@pytest.mark.parametrize("seed", [1, 2])
def test_limits_hold_under_load(client: Any, cloud: RunningCloud, tmp_path: Path, seed: int) -> None:
    """At most 4 at once are reserved, of which 2 are provisioned for version 1, while many more want to run and the
    function's settings change; what is refused names the reservation."""
    name = f"loaded-{seed}"
    named = create(client, name)
    client.put_function_concurrency(ReservedConcurrentExecutions=4, **named)
    client.put_provisioned_concurrency_config(Qualifier="1", ProvisionedConcurrentExecutions=2, **named)
    cloud.drain()
    path = tmp_path / "told"
    outcomes: list[str] = []

    def invoke(dice: random.Random) -> None:
        for _ in range(12):
            event = json.dumps({"path": str(path), "seconds": dice.random() * 0.03})
            answer = answered(client.invoke, Qualifier=dice.choice(["1", "$LATEST"]), Payload=event, **named)
            outcomes.append(answer["Reason"] if "Error" in answer else str(answer.get("FunctionError", "ok")))
            if "Payload" in answer:
                answer["Payload"].read()

    threads = [threading.Thread(target=invoke, args=(random.Random(seed * 100 + n),)) for n in range(10)]
    for thread in threads:
        thread.start()
    for round_ in range(5):
        client.update_function_configuration(Description=str(round_), **named)
        client.put_function_concurrency(ReservedConcurrentExecutions=4, **named)
    for thread in threads:
        thread.join()
    assert set(outcomes) == {"ok", "ReservedFunctionConcurrentInvocationLimitExceeded"}
    most = overlaps(path)
    assert most["provisioned-concurrency"] == 2
    assert most["on-demand"] <= 2
    assert most["all"] <= 4
