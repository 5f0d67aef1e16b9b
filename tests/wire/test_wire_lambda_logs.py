"""The log lines of functions in CloudWatch Logs: there for whoever reads, once each, whatever fails in between."""

import base64
import json
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from tests.conftest import RunningCloud, recorded
from tests.wire.functions import API, RUN, archive, create

SOURCE = (
    "def handler(event, context):\n    print('seen', event)\n    if event == 'fail':\n        raise ValueError('no')\n"
)
GROUP = "/aws/lambda/logged"


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    return cloud.client("lambda")


def logging_of(configuration: Any) -> Any:
    """The log settings; a group's name ends with the function's, whatever that is."""
    settings = dict(configuration.get("Configuration", configuration)["LoggingConfig"])
    if settings["LogGroup"].startswith("/aws/lambda/"):
        settings["LogGroup"] = "/aws/lambda/..."
    return settings


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


def test_log_settings(client: Any) -> None:
    """test_function_advanced_logging_configuration, test_advanced_logging_configuration_format_switch"""
    aws = recorded(API, "test_function_advanced_logging_configuration")
    create(client, "advanced", LoggingConfig={"LogFormat": "JSON"}, Environment={}, Handler="handler.handler")
    update = client.update_function_configuration
    function = {"FunctionName": "advanced"}
    assert logging_of(client.get_function(**function)["Configuration"]) == logging_of(aws["get_function_response"])
    answer = update(**function, LoggingConfig={"LogGroup": "cool_lambda"})
    assert logging_of(answer) == logging_of(aws["updated_config"])
    aws = recorded(API, "test_advanced_logging_configuration_format_switch")
    create(client, "switched", Environment={})
    function = {"FunctionName": "switched"}
    for step, wanted in (("updated_config", "JSON"), ("updated_config_v2", "Text")):
        answer = update(**function, LoggingConfig={"LogFormat": wanted})
        assert logging_of(answer) == logging_of(aws[step])


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, {"LogFormat": "JSON"}),
        (1, {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}),
        (2, {"LogFormat": "JSON", "SystemLogLevel": "DEBUG"}),
        (3, {"LogGroup": "cool_lambda"}),
    ],
)
def test_partial_log_settings(client: Any, place: int, change: dict[str, str]) -> None:
    entry = f"test_function_partial_advanced_logging_configuration_update[partial_config{place}]"
    aws = recorded(API, entry)
    name = f"partial-{place}"
    create(client, name)
    answer = client.update_function_configuration(FunctionName=name, LoggingConfig=change)
    assert logging_of(answer) == logging_of(aws["updated_config"])


def test_a_log_in_json(client: Any, cloud: RunningCloud) -> None:
    """Application lines of the wanted level and above, and the platform's events, one JSON object each."""
    source = """
import logging
def handler(event, context):
    logging.getLogger().debug("too quiet")
    logging.getLogger().info("two\\nlines", extra={"order": 7})
    if event == "fail":
        raise ValueError("no")
"""
    create(client, "json", source, LoggingConfig={"LogFormat": "JSON"})
    answer = client.invoke(FunctionName="json", Payload=b"1", LogType="Tail")
    tail = [json.loads(line) for line in base64.b64decode(answer["LogResult"]).decode().splitlines()]
    assert [line.get("type", line.get("level")) for line in tail] == ["platform.start", "INFO", "platform.report"]
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (tail[1]["message"], tail[1]["order"], tail[1]["requestId"]) == ("two\nlines", 7, request_id)
    client.invoke(FunctionName="json", Payload=b'"fail"')
    logs = cloud.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/json", filterPattern='{ $.level = "ERROR" }')["events"]
    assert json.loads(events[0]["message"])["errorMessage"] == "no"
    code = {"ZipFile": archive("exports.handler = async () => { console.debug('q'); console.log('a', 1); };", "a.js")}
    create(
        client, "json-node", Runtime="nodejs20.x", Handler="a.handler", Code=code, LoggingConfig={"LogFormat": "JSON"}
    )
    answer = client.invoke(FunctionName="json-node", Payload=b"1", LogType="Tail")
    tail = [json.loads(line) for line in base64.b64decode(answer["LogResult"]).decode().splitlines()]
    assert [line.get("message") for line in tail] == [None, "a 1", None]
