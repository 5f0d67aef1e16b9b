"""Alarms and dashboards of stacks, and functions that alarms invoke."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.archives import zipped
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.test_wire_cloudwatch_alarms import same_shape

DELAYS = {"Delay": 0.01, "MaxAttempts": 12_000}
PROPERTIES: dict[str, Any] = {
    "Namespace": "n",
    "MetricName": "errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": [{"Ref": "Topic"}],
    "Tags": [{"Key": "a", "Value": "b"}],
}
SOURCE = """
import io
import json
import zipfile
def handler(event, context):
    print("GOT " + json.dumps(event))
"""


def deploy(cloud: RunningCloud, name: str, **properties: Any) -> dict[str, Any]:
    """Make or change a stack; its outputs."""
    client = cloud.client("cloudformation")
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**PROPERTIES, **properties}},
        "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": '{"widgets": []}'}},
    }
    outputs = {"Name": {"Value": {"Ref": "Alarm"}}, "Arn": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}}
    outputs["Board"] = {"Value": {"Ref": "Board"}}
    body = json.dumps({"Resources": resources, "Outputs": outputs})
    known = [one["StackName"] for one in client.describe_stacks()["Stacks"]]
    what = "update" if name in known else "create"
    getattr(client, f"{what}_stack")(StackName=name, TemplateBody=body)
    client.get_waiter(f"stack_{what}_complete").wait(StackName=name, WaiterConfig=DELAYS)
    shown = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in shown}


def test_a_stack_with_an_alarm(cloud: RunningCloud) -> None:
    client = cloud.client("cloudwatch")
    made = deploy(cloud, "alarmed")
    (alarm,) = client.describe_alarms(AlarmNames=[made["Name"]])["MetricAlarms"]
    assert made["Arn"] == alarm["AlarmArn"]
    assert made["Name"].startswith("alarmed-Alarm-")
    assert alarm["AlarmActions"][0].startswith(f"arn:aws:sns:{REGION}:{ACCOUNT}:alarmed-Topic-")
    assert client.list_tags_for_resource(ResourceARN=made["Arn"])["Tags"] == PROPERTIES["Tags"]
    assert client.get_dashboard(DashboardName=made["Board"])["DashboardBody"] == '{"widgets": []}'
    changed = deploy(cloud, "alarmed", Threshold=5, Tags=[{"Key": "c", "Value": "d"}])
    assert changed == made
    (alarm,) = client.describe_alarms(AlarmNames=[made["Name"]])["MetricAlarms"]
    assert alarm["Threshold"] == 5
    assert client.list_tags_for_resource(ResourceARN=made["Arn"])["Tags"] == [{"Key": "c", "Value": "d"}]
    stacks = cloud.client("cloudformation")
    stacks.delete_stack(StackName="alarmed")
    stacks.get_waiter("stack_delete_complete").wait(StackName="alarmed", WaiterConfig=DELAYS)
    assert not client.describe_alarms()["MetricAlarms"]
    assert not client.list_dashboards()["DashboardEntries"]


def test_metric_math_is_refused_by_name(cloud: RunningCloud) -> None:
    client = cloud.client("cloudformation")
    properties = {"Metrics": [{"Id": "e", "Expression": "1"}], "EvaluationPeriods": 1, "Threshold": 1}
    properties["ComparisonOperator"] = "GreaterThanThreshold"
    body = json.dumps({"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}})
    try:
        client.create_stack(StackName="math", TemplateBody=body)
    except ClientError as error:
        assert "metric math" in str(error)
        return
    with pytest.raises(Exception, match="stack"):
        client.get_waiter("stack_create_complete").wait(StackName="math", WaiterConfig=DELAYS)
    events = client.describe_stack_events(StackName="math")["StackEvents"]
    assert any("metric math" in event.get("ResourceStatusReason", "") for event in events)


def test_a_function_is_invoked(timed_cloud: RunningCloud, tmp_path: Any) -> None:
    """Entry test_alarm_lambda_target; the page alarms-and-actions-Lambda of the user guide."""
    functions, client, logs = (timed_cloud.client(name) for name in ("lambda", "cloudwatch", "logs"))
    arn = functions.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": zipped(SOURCE)},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="f",
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
    )
    client.put_metric_alarm(
        AlarmName="a",
        AlarmDescription="testing lambda alarm action",
        Namespace="namespace",
        MetricName="metric1",
        Statistic="Average",
        Period=10,
        EvaluationPeriods=1,
        Threshold=2,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn],
    )
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="testing alarm")
    timed_cloud.drain()
    events = logs.filter_log_events(logGroupName="/aws/lambda/f", filterPattern="GOT")["events"]
    (got,) = [json.loads(event["message"].removeprefix("GOT ")) for event in events]
    theirs = recorded("cloudwatch/test_cloudwatch.json", "test_alarm_lambda_target")["lambda-alarm-invocations"]
    same_shape(got, theirs)
    (item,) = client.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert item["HistorySummary"] == f"Successfully executed action {arn}"
