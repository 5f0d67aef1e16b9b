"""The log lines of functions in CloudWatch Logs: there for whoever reads, once each, whatever fails in between."""

from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.test_wire_lambda_recorded import RUN, create

SOURCE = (
    "def handler(event, context):\n    print('seen', event)\n    if event == 'fail':\n        raise ValueError('no')\n"
)
GROUP = "/aws/lambda/logged"


def starts(logs: Any) -> int:
    return len(logs.filter_log_events(logGroupName=GROUP, filterPattern='"START RequestId"')["events"])


def test_lines_can_be_read_at_once_and_once(cloud: RunningCloud) -> None:
    """Lines are held for a moment; reading writes them, and a read that fails loses none."""
    client, logs = cloud.client("lambda"), cloud.client("logs")
    create(client, "logged", SOURCE)
    for count in range(1, 6):
        client.invoke(FunctionName="logged", Payload=b"1")
        with pytest.raises(botocore.exceptions.ClientError):
            logs.get_log_events(logGroupName="absent", logStreamName="absent")
        assert starts(logs) == count
        assert starts(logs) == count
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=streams[0]["logStreamName"], startFromHead=True)
    kinds = [event["message"].split()[0] for event in events["events"]]
    assert kinds == ["INIT_START", *["START", "seen", "END", "REPORT"] * 5]


def test_lines_outlive_the_server(tmp_path: Path) -> None:
    """What is held when the server is told to stop is written."""
    running = RunningCloud(tmp_path / "data").start()
    create(running.client("lambda"), "logged", SOURCE)
    running.client("lambda").invoke(FunctionName="logged", Payload=b"1")
    running.stop()
    running = RunningCloud(tmp_path / "data").start()
    assert starts(running.client("logs")) == 1
    running.stop()


def test_the_log_of_a_failed_event(cloud: RunningCloud) -> None:
    """test_invocation_type_event_error: INIT_START with the runtime's ARN, the error as one event, REPORT."""
    aws = recorded(RUN, "test_invocation_type_event_error")["log_events"]
    client, logs = cloud.client("lambda"), cloud.client("logs")
    create(client, "eventful", SOURCE)
    client.put_function_event_invoke_config(FunctionName="eventful", MaximumRetryAttempts=0)
    client.invoke(FunctionName="eventful", InvocationType="Event", Payload=b'"fail"')
    cloud.drain()
    events = logs.filter_log_events(logGroupName="/aws/lambda/eventful")["events"]
    ours = [event["message"] for event in events if not event["message"].startswith("seen")]
    first = [message["message"].split()[0] for message in aws[:5]]
    assert [message.split()[0] for message in ours] == first
    shown, expected = ours[0].split("\t"), aws[0]["message"].split("\t")
    assert [part.split(":")[0] for part in shown] == [part.split(":")[0] for part in expected]
    assert ours[2].startswith("[ERROR] ValueError: no\nTraceback (most recent call last):\n")
