"""Rollback triggers: alarms that take a deployment back.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
"""

from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template, topic

TOPIC = template({"A": topic()})


def configuration(*names: str, minutes: int = 0, kind: str = "AWS::CloudWatch::Alarm") -> dict[str, Any]:
    arns = [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}" for name in names]
    triggers = [{"Arn": arn, "Type": kind} for arn in arns]
    return {"RollbackConfiguration": {"RollbackTriggers": triggers, "MonitoringTimeInMinutes": minutes}}


def alarm(cloud: RunningCloud, name: str, state: str = "OK") -> None:
    """An alarm that stays in a state: what it watches has no data, and that is ignored."""
    watch = cloud.client("cloudwatch")
    settings = {"Namespace": "N", "MetricName": "M", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1}
    compared = {"ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum", "TreatMissingData": "ignore"}
    watch.put_metric_alarm(AlarmName=name, **settings, **compared)
    watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def test_deployment_without_an_alarm_ends_at_once_and_shows_what_it_watched(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "watched")
    alarm(cloud, "quiet")
    assert stack.create(TOPIC, **configuration("quiet")) == "CREATE_COMPLETE"
    wanted = configuration("quiet")["RollbackConfiguration"]
    assert stack.described()["RollbackConfiguration"] == wanted
    changed = template({"A": topic(DisplayName="b")})
    assert stack.update(changed) == "UPDATE_COMPLETE"
    assert stack.described()["RollbackConfiguration"] == wanted
    alarm(cloud, "quiet", "ALARM")
    assert stack.update(TOPIC) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reasons("UPDATE_ROLLBACK_IN_PROGRESS")[0].endswith("alarm:quiet is in the state ALARM. ")
    assert stack.update(TOPIC, RollbackConfiguration={"RollbackTriggers": []}) == "UPDATE_COMPLETE"


@pytest.mark.parametrize(("name", "said"), [("loud", "is in the state ALARM. "), ("nobody-s", "does not exist. ")])
def test_stack_is_not_made_where_an_alarm_is_on_or_gone(cloud: RunningCloud, name: str, said: str) -> None:
    alarm(cloud, "loud", "ALARM")
    stack = Stack(cloud, f"stopped-{name}")
    assert stack.create(TOPIC, **configuration(name)) == "ROLLBACK_COMPLETE"
    assert said in stack.reasons("ROLLBACK_IN_PROGRESS")[0]


def test_composite_alarm_is_a_trigger(cloud: RunningCloud) -> None:
    alarm(cloud, "part", "ALARM")
    cloud.client("cloudwatch").put_composite_alarm(AlarmName="whole", AlarmRule="ALARM(part)")
    cloud.drain()
    stack = Stack(cloud, "composite")
    settings = configuration("whole", kind="AWS::CloudWatch::CompositeAlarm")
    assert stack.create(TOPIC, **settings) == "ROLLBACK_COMPLETE"


def test_deployment_is_watched_for_the_monitoring_time(timed_cloud: RunningCloud) -> None:
    alarm(timed_cloud, "later")
    stack = Stack(timed_cloud, "monitored")
    assert stack.create(TOPIC, **configuration("later", minutes=2)) == "CREATE_IN_PROGRESS"
    timed_cloud.advance(60)
    assert stack.ended() == "CREATE_IN_PROGRESS"
    timed_cloud.advance(61)
    assert stack.ended() == "CREATE_COMPLETE"
    assert stack.update(template({"A": topic(DisplayName="b")})) == "UPDATE_IN_PROGRESS"
    alarm(timed_cloud, "later", "ALARM")
    timed_cloud.advance(11)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"


def test_who_looks_at_a_deployment_himself_can_cancel_it_while_it_is_watched(timed_cloud: RunningCloud) -> None:
    stack = Stack(timed_cloud, "cancelled")
    stack.create(TOPIC)
    settings = {"RollbackConfiguration": {"MonitoringTimeInMinutes": 5}}
    assert stack.update(template({"A": topic(DisplayName="b")}), **settings) == "UPDATE_IN_PROGRESS"
    stack.client.cancel_update_stack(StackName=stack.id)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    timed_cloud.advance(600)
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("arn", ["x", "arn:aws:cloudwatch:us-east-1:1:alarm:a", "a:cloudwatch:b:alarm:c"])
def test_what_is_no_alarm_is_refused(cloud: RunningCloud, arn: str) -> None:
    settings = {"RollbackConfiguration": {"RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}]}}
    said = refused(cloud.client("cloudformation").create_stack, StackName="x", TemplateBody=TOPIC, **settings)
    assert said[:2] == ("ValidationError", "RelativeId of a Rollback Trigger's ARN is incorrect")


def test_change_set_shows_and_sets_the_triggers(cloud: RunningCloud) -> None:
    stack = Stack(cloud, "by-change-set")
    alarm(cloud, "calm")
    request = {"StackName": stack.id, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": TOPIC}
    made = stack.client.create_change_set(**request, **configuration("calm"))["Id"]
    wanted = configuration("calm")["RollbackConfiguration"]
    assert stack.client.describe_change_set(ChangeSetName=made)["RollbackConfiguration"] == wanted
    stack.client.execute_change_set(ChangeSetName=made)
    assert stack.ended() == "CREATE_COMPLETE"
    assert stack.described()["RollbackConfiguration"] == wanted
