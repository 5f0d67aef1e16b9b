"""An alarm changes its state and the server is killed (-9) at once: what is to be done is done after it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.crash.server import ACCOUNT, Server, server, signed

ALARMS = 40
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:heard"


def cloudwatch(server: Server, operation: str, body: Any) -> Any:
    status, answer = server.ask("POST", "/", signed("monitoring", f"GraniteServiceVersion20100801.{operation}"), body)
    assert status == 200, answer
    return answer


def operate(server: Server, service: str, operation: str, body: Any) -> Any:
    status, answer = server.ask("POST", f"/_stratolite/operations/{service}/{operation}", signed(service), body)
    assert status == 200, answer
    return answer


def make(server: Server) -> str:
    """A topic with a queue behind it, and alarms that tell it; the queue's URL."""
    url: str = operate(server, "sqs", "CreateQueue", {"QueueName": "heard"})["QueueUrl"]
    operate(server, "sns", "CreateTopic", {"Name": "alarms"})
    operate(server, "sns", "Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE})
    for number in range(ALARMS):
        cloudwatch(
            server,
            "PutMetricAlarm",
            {
                "AlarmName": f"a{number}",
                "Namespace": "n",
                "MetricName": "m",
                "Statistic": "Sum",
                "Period": 3600,
                "EvaluationPeriods": 24,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "ignore",
                "AlarmActions": [TOPIC],
            },
        )
    return url


def heard(server: Server, url: str) -> set[str]:
    """The names of the alarms that the queue was told of."""
    names: set[str] = set()
    while True:
        request = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        messages = operate(server, "sqs", "ReceiveMessage", request).get("Messages", [])
        if not messages:
            return names
        names |= {json.loads(json.loads(one["Body"])["Message"])["AlarmName"] for one in messages}


@pytest.mark.parametrize("changed", [1, ALARMS])
def test_actions_survive_a_kill(tmp_path: Path, changed: int) -> None:
    with server(tmp_path / "data") as first:
        url = make(first)
        for number in range(changed):
            wanted = {"AlarmName": f"a{number}", "StateValue": "ALARM", "StateReason": "to see"}
            cloudwatch(first, "SetAlarmState", wanted)
        first.kill()
    with server(tmp_path / "data") as second:
        second.ask("POST", "/_stratolite/drain", {}, {})
        names = heard(second, url)
        assert names == {f"a{number}" for number in range(changed)}
        states = cloudwatch(second, "DescribeAlarms", {"StateValue": "ALARM", "MaxRecords": 100})["MetricAlarms"]
        assert len(states) == changed


def test_data_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    with server(tmp_path / "data") as first:
        for number in range(20):
            data = [{"MetricName": "m", "Value": number, "Dimensions": [{"Name": "d", "Value": str(number)}]}]
            cloudwatch(first, "PutMetricData", {"Namespace": "n", "MetricData": data})
        first.kill()
    with server(tmp_path / "data") as second:
        assert len(cloudwatch(second, "ListMetrics", {"Namespace": "n"})["Metrics"]) == 20
