"""Alarms through boto3: evaluated as the clock moves, with what they cause. Expectations are recorded answers of AWS
(``cloudwatch/test_cloudwatch.json``) and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.cloudwatch_clients import PROTOCOLS, speaking

PLACEHOLDERS = ("date", "timestamp", "111111111111", "my-metric101")
RECORDED = "cloudwatch/test_cloudwatch.json"
ALARM: dict[str, Any] = {
    "AlarmName": "a",
    "AlarmDescription": "testing cloudwatch alarms",
    "Namespace": "n",
    "MetricName": "my-metric1",
    "Statistic": "Average",
    "Period": 10,
    "EvaluationPeriods": 1,
    "Threshold": 21.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "ignore",
    "Unit": "Seconds",
    "Dimensions": [{"Name": "InstanceId", "Value": "abc"}],
}


class Listener:
    """A topic with a queue behind it."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._sqs, self._cloud = cloud.client("sqs"), cloud
        self._url = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        sns = cloud.client("sns")
        self.topic = sns.create_topic(Name="alarms")["TopicArn"]
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=queue)

    def heard(self) -> list[dict[str, Any]]:
        """The notifications since the last time."""
        self._cloud.drain()
        found: list[dict[str, Any]] = []
        while got := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in got:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found


def state_of(client: Any, name: str = "a") -> str:
    return str(client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def same_shape(ours: Any, theirs: Any) -> None:
    """Ours has the members of theirs, with equal values except where theirs are placeholders."""
    if isinstance(theirs, Mapping):
        if isinstance(ours, str):
            ours = json.loads(ours)
        assert set(ours) == set(theirs)
        for name, value in theirs.items():
            same_shape(ours[name], value)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            same_shape(our, their)
    elif theirs not in PLACEHOLDERS and not any(mark in str(theirs) for mark in ("<", "MM/DD")):
        assert ours == theirs


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what newer versions of AWS added to it and without its envelope."""
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "LogAlarms")}


def recorded_plain(name: str, part: str) -> Any:
    entry = recorded(RECORDED, name)[part]
    return {key: value for key, value in entry.items() if key not in ("ResponseMetadata", "LogAlarms")}


def test_a_value_over_the_threshold(timed_cloud: RunningCloud) -> None:
    """Entry test_put_metric_alarm: state, message, history."""
    client, listener = timed_cloud.client("cloudwatch"), Listener(timed_cloud)
    client.put_metric_alarm(**ALARM, OKActions=[listener.topic], AlarmActions=[listener.topic])
    same_shape(plain(client.describe_alarms()), recorded_plain("::test_put_metric_alarm", "describe-alarm"))
    datum = {key: ALARM[key] for key in ("MetricName", "Dimensions", "Unit")}
    client.put_metric_data(Namespace="n", MetricData=[{**datum, "Value": 21}, {**datum, "Value": 22}])
    timed_cloud.advance(60)
    (heard,) = listener.heard()
    assert heard["Subject"] == 'ALARM: "a" in US East (N. Virginia)'
    message = json.loads(heard["Message"])
    same_shape(message, recorded_plain("::test_put_metric_alarm", "alarm-triggered-sqs-msg"))
    assert message["NewStateReason"] == (
        "Threshold Crossed: 1 datapoint [21.5 (14/11/23 22:13:00)] was greater than the threshold (21.0)."
    )
    history = client.describe_alarm_history(AlarmName="a", HistoryItemType="StateUpdate")
    same_shape(plain(history), recorded_plain("::test_put_metric_alarm", "describe-alarm-history"))
    named = {key: ALARM[key] for key in ("Namespace", "MetricName", "Dimensions")}
    of_metric = client.describe_alarms_for_metric(**named)
    same_shape(plain(of_metric), recorded_plain("::test_put_metric_alarm", "describe-alarms-for-metric"))
    assert not client.describe_alarms_for_metric(**{**named, "Dimensions": []})["MetricAlarms"]
    kinds = [item["HistoryItemType"] for item in client.describe_alarm_history()["AlarmHistoryItems"]]
    assert kinds == ["Action", "StateUpdate", "ConfigurationUpdate"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_missing_data_that_breaches(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entry test_breaching_alarm_actions."""
    client, listener = speaking(timed_cloud, protocol), Listener(timed_cloud)
    setting = {
        **ALARM,
        "MetricName": "my-metric101",
        "EvaluationPeriods": 2,
        "Threshold": 2,
        "TreatMissingData": "breaching",
    }
    client.put_metric_alarm(**setting, OKActions=[listener.topic], AlarmActions=[listener.topic])
    timed_cloud.advance(10)
    (heard,) = listener.heard()
    entry = f"test_breaching_alarm_actions[{protocol}]"
    message = json.loads(heard["Message"])
    assert message.pop("ActionExecutedAfterMuteWindow") is False
    same_shape(message, recorded_plain(entry, "alarm-1-sqs-msg"))
    same_shape(plain(client.describe_alarms()), recorded_plain(entry, "alarm-1-describe"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_actions_that_are_switched_off(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entry test_enable_disable_alarm_actions."""
    client, listener = speaking(timed_cloud, protocol), Listener(timed_cloud)
    client.put_metric_alarm(**{**ALARM, "Threshold": 2}, OKActions=[listener.topic], AlarmActions=[listener.topic])
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="testing alarm")
    (heard,) = listener.heard()
    theirs = recorded_plain(f"test_enable_disable_alarm_actions[{protocol}]", "alarm-state-sqs-msg")
    theirs["Trigger"]["EvaluationPeriods"] = 1
    message = json.loads(heard["Message"])
    message.pop("ActionExecutedAfterMuteWindow")
    same_shape(message, theirs)
    client.disable_alarm_actions(AlarmNames=["a", "none"])
    client.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="back")
    assert not listener.heard()
    assert client.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is False
    client.enable_alarm_actions(AlarmNames=["a"])
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="again")
    assert len(listener.heard()) == 1
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="still")
    assert not listener.heard()
    assert client.describe_alarms()["MetricAlarms"][0]["StateReason"] == "still"


def test_a_life(timed_cloud: RunningCloud) -> None:
    """Without data to INSUFFICIENT_DATA, over the threshold to ALARM, under it to OK: each state has its actions."""
    client, listener = timed_cloud.client("cloudwatch"), Listener(timed_cloud)
    actions = {f"{kind}Actions": [listener.topic] for kind in ("OK", "Alarm", "InsufficientData")}
    setting = {**ALARM, "Period": 60, "TreatMissingData": "missing", "EvaluationPeriods": 2, "DatapointsToAlarm": 1}
    client.put_metric_alarm(**setting, **actions)
    seen: list[str] = []
    timed_cloud.cloud.world.ports.alarm_watchers.append(
        lambda call, name, old, new, reason: seen.append(f"{call.account} {name} {old} {new} {reason[:9]}")
    )
    datum = {key: ALARM[key] for key in ("MetricName", "Dimensions", "Unit")}

    def minute(value: float) -> str:
        client.put_metric_data(Namespace="n", MetricData=[{**datum, "Value": value}])
        timed_cloud.advance(60)
        timed_cloud.drain()
        return state_of(client)

    assert [minute(value) for value in (30, 1, 1)] == ["ALARM", "ALARM", "OK"]
    timed_cloud.advance(600)
    messages = [json.loads(heard["Message"]) for heard in listener.heard()]
    assert [message["NewStateValue"] for message in messages] == ["ALARM", "OK", "INSUFFICIENT_DATA"]
    assert seen[0] == f"{ACCOUNT} a INSUFFICIENT_DATA ALARM Threshold"
    assert len(seen) == 3
    assert messages[1]["NewStateReason"] == (
        "Threshold Crossed: 2 out of the last 2 datapoints [1.0 (14/11/23 22:15:00), 1.0 (14/11/23 22:14:00)] were not "
        "greater than the threshold (21.0) (minimum 2 datapoints for ALARM -> OK transition)."
    )
    assert messages[2]["NewStateReason"] == "Insufficient Data: 2 datapoints were unknown."
    assert messages[0]["Trigger"]["DatapointsToAlarm"] == 1


def test_the_bus_is_told(timed_cloud: RunningCloud) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    client, sqs, events = (timed_cloud.client(name) for name in ("cloudwatch", "sqs", "events"))
    url = sqs.create_queue(QueueName="bus")["QueueUrl"]
    events.put_rule(Name="r", EventPattern='{"detail-type": ["CloudWatch Alarm State Change"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:bus"}])
    client.put_metric_alarm(**ALARM)
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r", StateReasonData='{"a": 1}')
    timed_cloud.drain()
    event = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert event["source"] == "aws.cloudwatch"
    assert event["resources"] == [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a"]
    assert event["detail"]["state"] == {
        "value": "ALARM",
        "reason": "r",
        "reasonData": '{"a": 1}',
        "timestamp": "2023-11-14T22:13:20.000+0000",
    }
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    (query,) = event["detail"]["configuration"]["metrics"]
    assert query["metricStat"]["metric"]["dimensions"] == {"InstanceId": "abc"}


def test_an_action_that_fails_is_told_of(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("cloudwatch")
    actions = [f"arn:aws:sns:{REGION}:{ACCOUNT}:none", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"]
    client.put_metric_alarm(**ALARM, AlarmActions=actions)
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    timed_cloud.drain()
    items = client.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert {item["HistorySummary"] for item in items} == {f"Failed to execute action {action}" for action in actions}
    assert all(json.loads(item["HistoryData"])["actionState"] == "Failed" for item in items)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_settings_as_they_are_shown(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entries test_describe_minimal_metric_alarm, test_delete_alarm, test_set_alarm_invalid_input."""
    client = speaking(timed_cloud, protocol)
    needed = ("AlarmName", "Namespace", "MetricName", "Period", "EvaluationPeriods", "ComparisonOperator")
    client.put_metric_alarm(**{key: ALARM[key] for key in needed}, Threshold=30, Statistic="Sum")
    entry = f"test_describe_minimal_metric_alarm[{protocol}]"
    same_shape(plain(client.describe_alarms()), recorded_plain(entry, "describe_minimal_metric_alarm"))
    for error, name, state in (("error-invalid-state", "a", "INVALID"), ("error-resource-not-found", "none", "OK")):
        with pytest.raises(ClientError) as caught:
            client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="r")
        theirs = recorded(RECORDED, f"test_set_alarm_invalid_input[{protocol}]")[error]
        ours = caught.value.response
        assert {key: ours["Error"].get(key, "") for key in theirs["Error"]} == {**theirs["Error"]}
        assert ours["ResponseMetadata"]["HTTPStatusCode"] == theirs["ResponseMetadata"]["HTTPStatusCode"]
    client.delete_alarms(AlarmNames=["a"])
    after = recorded_plain(f"test_delete_alarm[{protocol}]", "describe-after-delete")
    assert plain(client.describe_alarms()) == after
    timed_cloud.advance(60)
    timed_cloud.drain()
    assert not client.describe_alarms()["MetricAlarms"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tags(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entry test_tagging_metric_alarm."""
    client = speaking(timed_cloud, protocol)
    client.put_metric_alarm(**ALARM, Tags=[{"Key": "Environment", "Value": "Production"}])
    arn = client.describe_alarms()["MetricAlarms"][0]["AlarmArn"]

    def shown(part: str) -> None:
        theirs = recorded_plain(f"test_tagging_metric_alarm[{protocol}]", part)
        assert plain(client.list_tags_for_resource(ResourceARN=arn)) == theirs

    shown("list_tags_for_resource_after_creation")
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "tag1", "Value": "foo"}, {"Key": "tag2", "Value": "bar"}])
    shown("list_tags_for_resource_updated")
    client.untag_resource(ResourceARN=arn, TagKeys=["tag1"])
    shown("list_tags_for_resource_post_untag")
    client.delete_alarms(AlarmNames=["a"])
    shown("list_tags_for_deleted_resource")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.tag_resource(ResourceARN=arn, Tags=[])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Period": 15}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"TreatMissingData": "x"}, "ValidationError"),
        ({"EvaluationPeriods": 100_000}, "ValidationError"),
        ({"AlarmActions": ["x"]}, "ValidationError"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "ValidationError"),
        ({"ExtendedStatistic": "p90"}, "InvalidParameterCombination"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "NotImplemented"),
        ({"ThresholdMetricId": "m"}, "NotImplemented"),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "NotImplemented"),
    ],
)
def test_what_is_refused(cloud: RunningCloud, change: dict[str, Any], code: str) -> None:
    client = cloud.client("cloudwatch")
    with pytest.raises(ClientError) as caught:
        client.put_metric_alarm(**{**ALARM, **change})
    assert caught.value.response["Error"]["Code"] == code
    assert not client.describe_alarms()["MetricAlarms"]


def test_one_query_is_a_metric_too(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("cloudwatch")
    metric = {key: ALARM[key] for key in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": metric, "Period": 60, "Stat": "p90"}
    setting = {"EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    query = {"Id": "m1", "MetricStat": stat, "ReturnData": True}
    client.put_metric_alarm(AlarmName="a", Metrics=[query], **setting)
    values = {"Values": [1, 5], "Counts": [8, 2]}
    client.put_metric_data(
        Namespace="n", MetricData=[{"MetricName": "my-metric1", "Dimensions": metric["Dimensions"], **values}]
    )
    timed_cloud.advance(60)
    timed_cloud.drain()
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    assert alarm["Metrics"] == [query]
    assert "MetricName" not in alarm
    with pytest.raises(ClientError, match="Expression"):
        client.put_metric_alarm(AlarmName="a", Metrics=[{"Id": "e", "Expression": "m1*2"}], **setting)


def test_pages(cloud: RunningCloud) -> None:
    client = cloud.client("cloudwatch", account="111111111111")
    names = [f"alarm-{number:03d}" for number in range(7)]
    for name in reversed(names):
        client.put_metric_alarm(**{**ALARM, "AlarmName": name})
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix="alarm-", MaxRecords=3)
    seen = [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages]
    assert seen == [names[:3], names[3:6], names[6:]]
    assert not client.describe_alarms(AlarmTypes=["CompositeAlarm"])["MetricAlarms"]
    assert not client.describe_alarms(StateValue="OK")["MetricAlarms"]
