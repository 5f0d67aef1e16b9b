"""``stratolite events`` on a running cloud: what waits, what is dead, and how it comes back."""

import json
from typing import Any

from click.testing import CliRunner, Result
from tests.conftest import RunningCloud

from stratolite.cli.events import command

ACCOUNT = "000000000000"


def events(cloud: RunningCloud, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--endpoint", cloud.endpoint, *arguments], catch_exceptions=True)


def shown(cloud: RunningCloud) -> dict[str, Any]:
    result = events(cloud, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def test_nothing_waits_in_a_cloud_at_rest(timed_cloud: RunningCloud) -> None:
    assert "Nothing waits." in events(timed_cloud).output
    assert shown(timed_cloud) == {"waiting": 0, "in_flight": 0, "deliveries": [], "queues": []}


def test_what_is_retried_says_why(timed_cloud: RunningCloud) -> None:
    scheduler = timed_cloud.client("scheduler", account=ACCOUNT)
    target = {"Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:nowhere", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}
    scheduler.create_schedule(
        Name="fails", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )
    timed_cloud.drain()
    by_kind = {one["kind"]: one for one in shown(timed_cloud)["deliveries"]}
    invoke = by_kind["scheduler.invoke"]
    assert (invoke["waiting"], invoke["retrying"]) == (0, 1)
    assert "Topic does not exist" in invoke["error"]
    assert by_kind["scheduler.tick"]["waiting"] == 1
    output = events(timed_cloud).output
    assert "sns:nowhere" in output and "scheduler:schedule/default/fails" in output


def test_what_services_do_for_themselves_is_counted_alone(timed_cloud: RunningCloud) -> None:
    timed_cloud.client("logs", account=ACCOUNT).create_log_group(logGroupName="kept")
    logs = timed_cloud.client("logs", account=ACCOUNT)
    logs.put_retention_policy(logGroupName="kept", retentionInDays=1)
    logs.create_log_stream(logGroupName="kept", logStreamName="s")
    sqs = timed_cloud.client("sqs", account=ACCOUNT)
    url = sqs.create_queue(QueueName="waiting")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    own = shown(timed_cloud)["waiting"]
    assert own > 0
    output = events(timed_cloud).output
    assert "Nothing waits." in output
    assert f"{own} in all, 0 in flight, {own} of them the services' own (retention, expiry, alarms)" in output


def test_dead_letters_are_shown_and_come_back(timed_cloud: RunningCloud) -> None:
    sqs = timed_cloud.client("sqs", account=ACCOUNT)
    sqs.create_queue(QueueName="app-dev-letters")
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:app-dev-letters"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="app-dev-orders", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=url["QueueUrl"], MessageBody="poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url["QueueUrl"])
        timed_cloud.advance(1)
    letters, orders = shown(timed_cloud)["queues"]
    assert (letters["name"], letters["visible"], letters["dead_of"]) == ("app-dev-letters", 1, ["app-dev-orders"])
    assert (orders["visible"], orders["in_flight"]) == (0, 0)
    assert "dead letters of app-dev-orders" in events(timed_cloud).output
    redriven = events(timed_cloud, "--redrive", "letters")
    assert "moving 1 from app-dev-letters back" in redriven.output
    timed_cloud.drain()
    assert [queue["visible"] for queue in shown(timed_cloud)["queues"]] == [0, 1]


def test_a_queue_that_is_not_there_is_told_what_there_is(timed_cloud: RunningCloud) -> None:
    timed_cloud.client("sqs", account=ACCOUNT).create_queue(QueueName="only")
    result = events(timed_cloud, "--redrive", "other")
    assert "there is no queue 'other'" in str(result.exception)
