"""Composite alarms through boto3. Expectations are recorded answers of AWS (``cloudwatch/test_cloudwatch.json``) and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import ACCOUNT, REGION, RunningCloud
from tests.wire.cloudwatch_clients import PROTOCOLS, speaking
from tests.wire.test_wire_cloudwatch_alarms import ALARM, Listener, plain, recorded_plain, same_shape
from tests.wire.test_wire_cloudwatch_stacks import DELAYS

ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"


def children(client: Any, *names: str) -> None:
    """Alarms that stay as they are set."""
    for name in names:
        client.put_metric_alarm(**{**ALARM, "AlarmName": name})


def set_state(client: Any, name: str, state: str) -> None:
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="tried")


def composite(client: Any, name: str = "both") -> dict[str, Any]:
    answer = client.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    found: dict[str, Any] = answer["CompositeAlarms"][0]
    return found


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_of_two(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entry test_trigger_composite_alarm."""
    client, listener = speaking(timed_cloud, protocol), Listener(timed_cloud)
    children(client, "simple-1", "simple-2")
    client.put_composite_alarm(
        AlarmName="both",
        AlarmDescription="composite alarm description",
        AlarmRule=f'ALARM("{ARN}:simple-1") OR ALARM("{ARN}:simple-2")',
        OKActions=[listener.topic],
        AlarmActions=[listener.topic],
    )
    assert composite(client)["StateReason"] == f"{ARN}:both was created and its alarm rule evaluates to OK"
    listener.heard()
    entry = f"test_trigger_composite_alarm[{protocol}]"
    for name, state, part in (
        ("simple-1", "ALARM", "composite-alarm-in-alarm-when-alarm-1-is-in-alarm"),
        ("simple-1", "OK", "composite-alarm-in-ok-when-alarm-1-is-back-to-ok"),
        ("simple-2", "ALARM", "composite-alarm-in-alarm-when-alarm-2-is-in-alarm"),
        ("simple-2", "OK", "composite-alarm-in-ok-when-alarm-2-is-back-to-ok"),
        ("simple-1", "ALARM", "composite-alarm-in-alarm-when-alarm-1-is-in-alarm"),
    ):
        set_state(client, name, state)
        same_shape(composite(client), recorded_plain(entry, part))
        (heard,) = listener.heard()
        message = json.loads(heard["Message"])
        assert (message["AlarmName"], message["NewStateValue"]) == ("both", state)
        assert message["AlarmRule"].startswith("ALARM(")
        (child,) = message["TriggeringChildren"]
        assert (child["Arn"], child["State"]["Value"]) == (f"{ARN}:{name}", state)
        assert (
            message["NewStateReason"]
            == f"{ARN}:{name} transitioned to {state} at Tuesday 14 November, 2023 22:13:20 UTC"
        )
    set_state(client, "simple-2", "ALARM")
    unchanged = recorded_plain(entry, "composite-alarm-is-triggered-by-alarm-1-and-then-unchanged-by-alarm-2")
    same_shape(composite(client), unchanged)
    assert not listener.heard()
    kinds = {
        item["AlarmType"]
        for item in client.describe_alarm_history(AlarmName="both", AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"]
    }
    assert kinds == {"CompositeAlarm"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tags(timed_cloud: RunningCloud, protocol: str) -> None:
    """Entry test_tagging_composite_alarm."""
    client = speaking(timed_cloud, protocol)
    client.put_composite_alarm(AlarmName="c", AlarmRule="FALSE", Tags=[{"Key": "Environment", "Value": "Production"}])
    arn = composite(client, "c")["AlarmArn"]

    def shown(part: str) -> None:
        theirs = recorded_plain(f"test_tagging_composite_alarm[{protocol}]", part)
        assert plain(client.list_tags_for_resource(ResourceARN=arn)) == theirs

    shown("list_tags_for_resource_after_creation ")
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "tag1", "Value": "foo"}, {"Key": "tag2", "Value": "bar"}])
    shown("list_tags_for_resource_updated")
    client.untag_resource(ResourceARN=arn, TagKeys=["tag1"])
    shown("list_tags_for_resource_post_untag")
    client.delete_alarms(AlarmNames=["c"])
    shown("list_tags_for_deleted_resource")


def test_composites_of_composites(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("cloudwatch")
    children(client, "a", "b")
    client.put_composite_alarm(AlarmName="inner", AlarmRule="ALARM(a) AND NOT ALARM(b)")
    client.put_composite_alarm(AlarmName="outer", AlarmRule="(OK(inner) AND TRUE) OR INSUFFICIENT_DATA(b)")
    assert composite(client, "outer")["StateValue"] == "ALARM"
    set_state(client, "b", "OK")
    set_state(client, "a", "ALARM")
    assert [composite(client, name)["StateValue"] for name in ("inner", "outer")] == ["ALARM", "OK"]
    found = client.describe_alarms(ChildrenOfAlarmName="outer")
    assert [set(one) for one in found["CompositeAlarms"]] == [
        {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
    ]
    assert [one["AlarmName"] for one in found["MetricAlarms"]] == ["b"]
    parents = client.describe_alarms(ParentsOfAlarmName="b")["CompositeAlarms"]
    assert [set(one) for one in parents] == [{"AlarmName", "AlarmArn"}] * 2
    with pytest.raises(ClientError, match="Cannot delete a as there are composite alarm"):
        client.delete_alarms(AlarmNames=["a"])
    with pytest.raises(ClientError, match="depends on itself"):
        client.put_composite_alarm(AlarmName="inner", AlarmRule="ALARM(outer)")
    client.delete_alarms(AlarmNames=["outer", "inner", "a", "b"])
    assert not client.describe_alarms()["MetricAlarms"]


def test_the_clock_moves_composites_too(timed_cloud: RunningCloud) -> None:
    client = timed_cloud.client("cloudwatch")
    setting = {**ALARM, "Period": 60, "TreatMissingData": "breaching"}
    client.put_metric_alarm(**setting)
    client.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    timed_cloud.advance(60)
    timed_cloud.drain()
    assert composite(client, "c")["StateValue"] == "ALARM"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"AlarmRule": "ALARM(a"}, "AlarmRule is not valid"),
        ({"AlarmRule": "MAYBE"}, "AlarmRule is not valid"),
        ({"AlarmRule": "ALARM(x) OR OK(y)"}, r"alarms \[x, y\] in the alarm rule do not exist"),
        ({"ActionsSuppressor": "a"}, "ActionsSuppressor"),
        ({"AlarmActions": ["arn:aws:ssm:us-east-1:1:opsitem:1"]}, "actions other than"),
    ],
)
def test_what_is_refused(cloud: RunningCloud, change: dict[str, Any], text: str) -> None:
    client = cloud.client("cloudwatch")
    with pytest.raises(ClientError, match=text):
        client.put_composite_alarm(**{"AlarmName": "c", "AlarmRule": "TRUE", **change})
    assert not client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]


def test_a_stack(cloud: RunningCloud) -> None:
    stacks, client = cloud.client("cloudformation"), cloud.client("cloudwatch")
    metric = {**{key: value for key, value in ALARM.items() if key != "AlarmName"}}
    rule = {"Fn::Sub": 'ALARM("${Metric}")'}
    resources = {
        "Metric": {"Type": "AWS::CloudWatch::Alarm", "Properties": metric},
        "Both": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "stacked", "AlarmRule": rule}},
    }
    stacks.create_stack(StackName="composed", TemplateBody=json.dumps({"Resources": resources}))
    stacks.get_waiter("stack_create_complete").wait(StackName="composed", WaiterConfig=DELAYS)
    assert composite(client, "stacked")["AlarmRule"].startswith('ALARM("composed-Metric-')
    stacks.delete_stack(StackName="composed")
    stacks.get_waiter("stack_delete_complete").wait(StackName="composed", WaiterConfig=DELAYS)
    assert not client.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"])["CompositeAlarms"]
