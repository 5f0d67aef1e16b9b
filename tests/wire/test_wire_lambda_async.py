"""Asynchronous invokes: retries by the clock, age, throttles, dead letters, and the ports that other services use."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud

from stratolite.core.call import Call

FAILS = "def handler(event, context):\n    print('seen', context.aws_request_id)\n    raise ValueError('no')\n"
WORKS = "def handler(event, context):\n    print('seen', context.aws_request_id)\n    return event\n"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


def create(cloud: RunningCloud, source: str, **more: Any) -> Any:
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped(source)},
        **more,
    )
    return client


def executions(cloud: RunningCloud) -> list[str]:
    """The request ids that the function has seen, in order."""
    client = cloud.client("logs")
    if not client.describe_log_groups(logGroupNamePrefix="/aws/lambda/f")["logGroups"]:
        return []
    events = client.filter_log_events(logGroupName="/aws/lambda/f", filterPattern="seen")["events"]
    return [event["message"].split()[-1] for event in events]


def test_an_event_is_accepted_and_executed(timed_cloud: RunningCloud) -> None:
    client = create(timed_cloud, WORKS)
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    timed_cloud.drain()
    assert executions(timed_cloud) == [answer["ResponseMetadata"]["RequestId"]]
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_function_error_is_tried_again_after_one_and_two_minutes(timed_cloud: RunningCloud) -> None:
    """Two retries, all with the request id of the first attempt (recorded: test_request_id_async_invoke_with_retry)."""
    client = create(timed_cloud, FAILS)
    client.invoke(FunctionName="f", InvocationType="Event")
    for wait_s, count in ((0, 1), (59, 1), (1, 2), (119, 2), (1, 3), (3600, 3)):
        timed_cloud.advance(wait_s)
        timed_cloud.drain()
        assert len(executions(timed_cloud)) == count, (wait_s, count)
    assert len(set(executions(timed_cloud))) == 1
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_fewer_retries_and_a_smaller_age(timed_cloud: RunningCloud) -> None:
    client = create(timed_cloud, FAILS)
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    client.invoke(FunctionName="f", InvocationType="Event")
    timed_cloud.drain()
    assert (len(executions(timed_cloud)), len(timed_cloud.cloud.world.outbox)) == (1, 0)
    client.put_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    client.invoke(FunctionName="f", InvocationType="Event")
    timed_cloud.advance(200)
    timed_cloud.drain()
    # The first retry is due at the very end of its age; the second would be later.
    assert len(executions(timed_cloud)) <= 3
    assert len(timed_cloud.cloud.world.outbox) == 0


BLOCKS = """
import os, time
def handler(event, context):
    print('seen', context.aws_request_id)
    while 'until' in event and not os.path.exists(event['until']):
        time.sleep(0.01)
"""


@contextmanager
def busy(cloud: RunningCloud, until: Path) -> Iterator[Any]:
    """A function that may run once at a time, and runs."""
    client = create(cloud, BLOCKS, Timeout=300)
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(client.invoke, FunctionName="f", Payload=json.dumps({"until": str(until)}))
        while not executions(cloud):
            assert not running.done()
        yield client
        until.touch()
        running.result()


def test_a_throttled_event_waits_without_losing_an_attempt(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    """It waits longer each time, from a second to five minutes.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    world = timed_cloud.cloud.world
    with busy(timed_cloud, tmp_path / "go") as client:
        client.invoke(FunctionName="f", InvocationType="Event")
        waits_s = []
        for _ in range(12):
            timed_cloud.drain()
            entry = world.outbox.entries()[0]
            assert (entry.attempts, entry.error) == (0, "TooManyRequestsException: Rate Exceeded.")
            waits_s.append((entry.due_ms - world.clock.now_ms()) / 1000)
            timed_cloud.advance(waits_s[-1])
    assert waits_s == [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    timed_cloud.advance(300)
    timed_cloud.drain()
    assert len(executions(timed_cloud)) == 2


def test_a_throttled_event_ends_after_six_hours(timed_cloud: RunningCloud, tmp_path: Path) -> None:
    with busy(timed_cloud, tmp_path / "go") as client:
        client.invoke(FunctionName="f", InvocationType="Event")
        timed_cloud.drain()
        assert len(timed_cloud.cloud.world.outbox) == 1
        timed_cloud.advance(6 * 60 * 60)
        timed_cloud.drain()
        assert len(timed_cloud.cloud.world.outbox) == 0
    assert len(executions(timed_cloud)) == 1


def test_an_event_of_a_deleted_function_is_given_up(timed_cloud: RunningCloud) -> None:
    client = create(timed_cloud, FAILS)
    client.invoke(FunctionName="f", InvocationType="Event")
    timed_cloud.drain()
    client.delete_function(FunctionName="f")
    timed_cloud.advance(60)
    timed_cloud.drain()
    assert len(timed_cloud.cloud.world.outbox) == 0


def test_a_dead_letter_goes_to_a_topic(timed_cloud: RunningCloud) -> None:
    """The topic gives it to another function, so that it can be seen."""
    topics = timed_cloud.client("sns")
    topic = topics.create_topic(Name="dead")["TopicArn"]
    client = create(timed_cloud, FAILS, DeadLetterConfig={"TargetArn": topic})
    made = client.create_function(
        FunctionName="undertaker",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped("import json\ndef handler(event, context):\n    print(json.dumps(event))\n")},
    )
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=made["FunctionArn"])
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    timed_cloud.drain()
    lines = timed_cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/undertaker", filterPattern="Records")
    notice = json.loads(lines["events"][0]["message"])["Records"][0]["Sns"]
    assert notice["Message"] == '{"a": 1}'
    values = {name: attribute["Value"] for name, attribute in notice["MessageAttributes"].items()}
    assert values == {
        "RequestID": answer["ResponseMetadata"]["RequestId"],
        "ErrorCode": "200",
        "ErrorMessage": "no",
    }


def test_the_older_form_of_invoke(timed_cloud: RunningCloud) -> None:
    client = create(timed_cloud, WORKS)
    answer = client.invoke_async(FunctionName="f", InvokeArgs=b'{"a": 1}')
    assert answer["Status"] == 202
    timed_cloud.drain()
    assert len(executions(timed_cloud)) == 1


def test_the_port_invokes_now_and_later(timed_cloud: RunningCloud) -> None:
    create(timed_cloud, WORKS)
    world = timed_cloud.cloud.world
    call = Call(account=ACCOUNT, region=REGION, now_ms=world.clock.now_ms(), trace_id="Root=1-2-3")
    port = world.ports.function
    answer = timed_cloud.run(port.invoke(call, ARN, b'{"a": 1}', 60))
    assert (answer.payload, answer.error, answer.executed_version) == (b'{"a": 1}', "", "$LATEST")

    async def later() -> str:
        return await world.database.transact(lambda: port.invoke_later(call, ARN, b"{}", source="arn:cause"))

    request_id = timed_cloud.run(later())
    timed_cloud.drain()
    assert request_id in executions(timed_cloud)

    async def exist() -> list[bool]:
        names = (ARN, f"{ARN}:$LATEST", f"{ARN}:1", f"{ARN}:alias", "arn:aws:lambda:us-east-1:1:function:x", "f")
        return [port.exists(name) for name in names]

    assert timed_cloud.run(exist()) == [True, True, False, False, False, False]


def test_what_fails_is_undone_with_its_cause(timed_cloud: RunningCloud) -> None:
    """An asynchronous invoke is part of the transaction that causes it."""
    create(timed_cloud, WORKS)
    world = timed_cloud.cloud.world
    call = Call(account=ACCOUNT, region=REGION, now_ms=world.clock.now_ms())

    def cause() -> None:
        world.ports.function.invoke_later(call, ARN, b"{}", source="arn:cause")
        raise LookupError

    async def fail() -> None:
        with pytest.raises(LookupError):
            await world.database.transact(cause)

    timed_cloud.run(fail())
    assert len(world.outbox) == 0
