"""What EventBridge has planned survives a stop of the cloud; it invokes real functions; services tell it things."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.events_world import bodies, put, queue, ruled

from stratolite.core.call import Call
from stratolite.core.clock import MovableClock

START_MS = 1_700_000_000_000
Starting = Callable[[int], RunningCloud]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starting]:
    """Starts the same cloud again, so many seconds after the first start; the one before is stopped."""
    running: list[RunningCloud] = []

    def begin(passed_s: int) -> RunningCloud:
        while running:
            running.pop().stop()
        running.append(RunningCloud(tmp_path / "data", MovableClock(START_MS + passed_s * 1000)).start())
        return running[0]

    yield begin
    for cloud in running:
        cloud.stop()


def test_a_schedule_catches_up_once(start: Starting) -> None:
    cloud = start(0)
    url, there = queue(cloud, "caught-up", MessageRetentionPeriod="86400")
    ruled(cloud, "caught-up", {"Arn": there}, ScheduleExpression="rate(1 minute)", EventPattern="")
    cloud = start(3590)
    url = cloud.client("sqs").get_queue_url(QueueName="caught-up")["QueueUrl"]
    [body] = bodies(cloud, url)
    assert json.loads(body)["detail-type"] == "Scheduled Event"
    cloud.advance(9)
    assert bodies(cloud, url) == []
    cloud.advance(1)
    assert [json.loads(body)["time"] for body in bodies(cloud, url)] == ["2023-11-14T23:13:20Z"]


def test_a_delivery_that_waits_goes_on(start: Starting) -> None:
    cloud = start(0)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:busy"
    _, dead = queue(cloud, "waiting")
    ruled(cloud, "waiting", {"Arn": function, "DeadLetterConfig": {"Arn": dead}})
    # Nothing is delivered before the stop: the row alone knows of the event.
    event_id = put(cloud, "waiting")["Entries"][0]["EventId"]
    cloud = start(1)
    url = cloud.client("sqs").get_queue_url(QueueName="waiting")["QueueUrl"]
    assert [json.loads(body)["id"] for body in bodies(cloud, url)] == [event_id]


def test_a_function_is_invoked(cloud: RunningCloud) -> None:
    """aws-answers: test_put_events_with_target_lambda."""
    made = cloud.client("lambda").create_function(
        FunctionName="invoked",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped("import json\ndef handler(event, context):\n    print('seen', json.dumps(event))\n")},
    )
    ruled(cloud, "invoked", {"Arn": made["FunctionArn"]})
    event_id = put(cloud, "invoked")["Entries"][0]["EventId"]
    cloud.drain()
    logs = cloud.client("logs")
    [line] = logs.filter_log_events(logGroupName="/aws/lambda/invoked", filterPattern="seen")["events"]
    assert json.loads(line["message"].partition(" ")[2])["id"] == event_id


def test_other_services_put_events(cloud: RunningCloud) -> None:
    url, there = queue(cloud, "told")
    ruled(cloud, "told", {"Arn": there}, EventPattern=json.dumps({"source": ["aws.s3"]}))
    call = Call(account=ACCOUNT, region=REGION, now_ms=cloud.clock.now_ms())
    world = cloud.cloud.world

    async def tell() -> str:
        return await world.database.transact(
            lambda: world.ports.event.put(call, "aws.s3", "Object Created", {"key": "k"}, ["arn:aws:s3:::bucket"])
        )

    event_id = cloud.run(tell())
    [body] = bodies(cloud, url)
    event = json.loads(body)
    assert (event["id"], event["source"], event["detail"]) == (event_id, "aws.s3", {"key": "k"})
    assert event["resources"] == ["arn:aws:s3:::bucket"]
