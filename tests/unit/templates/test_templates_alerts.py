"""serverless-plugin-aws-alerts. Expectations: its README and its own code."""

from typing import Any

import pytest
from tests.conftest import texts
from tests.unit.templates.conftest import Compile

from stratolite.core.errors import UserError

PLUGIN = "plugins: [serverless-plugin-aws-alerts]\n"
ONE = "functions: {f: {handler: h.handler}}\n"


def resources(compile_text: Compile, text: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = compile_text(PLUGIN + text, **options).template["Resources"]
    return found


def test_every_function_has_the_alarms_of_all_and_its_own(compile_text: Compile) -> None:
    text = """
custom:
  alerts:
    topics:
      alarm: {topic: shop-alarms, notifications: [{protocol: email, endpoint: ada@example.com}]}
      ok: arn:aws:sns:us-east-1:123456789012:fine
    alarms: [functionErrors, functionThrottles, functionErrors]
functions:
  f: {handler: h.handler}
  g-2: {handler: h.handler, alarms: [functionDuration, {name: functionErrors, enabled: false}]}
"""
    made = resources(compile_text, text)
    alarms = {name: one["Properties"] for name, one in made.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    assert [*alarms] == [
        "FFunctionErrorsAlarm",
        "FFunctionThrottlesAlarm",
        "GDash2FunctionThrottlesAlarm",
        "GDash2FunctionDurationAlarm",
    ]
    assert alarms["FFunctionErrorsAlarm"] == {
        "ActionsEnabled": True,
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Threshold": 1,
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "OKActions": ["arn:aws:sns:us-east-1:123456789012:fine"],
        "AlarmActions": [{"Ref": "AwsAlertsAlarm"}],
        "InsufficientDataActions": [],
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "FLambdaFunction"}}],
        "TreatMissingData": "missing",
        "Statistic": "Sum",
    }
    topic = made["AwsAlertsAlarm"]["Properties"]
    assert topic == {
        "TopicName": "shop-alarms",
        "Subscription": [{"Protocol": "email", "Endpoint": "ada@example.com"}],
    }


def test_lines_of_logs_are_counted(compile_text: Compile) -> None:
    text = """
custom:
  alerts:
    nameTemplate: $[functionName]-$[metricName]
    definitions: {slow: {metric: slow, pattern: SLOW, threshold: 3, statistic: p99, period: 300}}
    global: [slow]
"""
    made = resources(compile_text, text + ONE)
    alarm = made["FSlowAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"]) == ("shop-dev", "SlowFLambdaFunction", [])
    assert (alarm["AlarmName"], alarm["ExtendedStatistic"]) == ("shop-dev-f-slow", "p99")
    filters = [made[f"FLambdaFunctionSlowLogMetricFilter{end}"]["Properties"] for end in ("ALERT", "OK")]
    assert [(one["FilterPattern"], one["MetricTransformations"][0]["MetricValue"]) for one in filters] == [
        ("SLOW", 1),
        ("", 0),
    ]


def test_an_alarm_may_have_topics_of_its_own(compile_text: Compile) -> None:
    text = """
custom:
  alerts:
    topics: {alarm: all, critical: {alarm: {topic: critical}, ok: {topic: calm}}}
    definitions: {functionErrors: {alarmActions: [critical], threshold: 7}}
    alarms: [functionErrors]
"""
    made = resources(compile_text, text + ONE)
    alarm = made["FFunctionErrorsAlarm"]["Properties"]
    assert alarm["AlarmActions"] == [{"Ref": "AwsAlertsAlarm"}, {"Ref": "AwsAlertsCriticalAlarm"}]
    assert (alarm["OKActions"], alarm["Threshold"]) == ([], 7)
    assert made["AwsAlertsCriticalOk"]["Properties"]["TopicName"] == "calm"


def test_other_stages_have_none(compile_text: Compile) -> None:
    text = "custom: {alerts: {stages: [prod], alarms: [functionErrors]}}\n"
    assert "FFunctionErrorsAlarm" not in resources(compile_text, text + ONE)
    assert "FFunctionErrorsAlarm" in resources(compile_text, text + ONE, stage="prod")


def test_what_is_not_made_is_told(compile_text: Compile) -> None:
    alarm = "{name: odd, type: anomalyDetection, metric: Errors}"
    text = f"custom: {{alerts: {{dashboards: true, alarms: [{alarm}]}}}}\n"
    compiled = compile_text(PLUGIN + text + ONE)
    assert not [one for one in compiled.template["Resources"].values() if one["Type"].startswith("AWS::CloudWatch")]
    dashboards, odd = texts(compiled.warnings)
    assert "custom.alerts.dashboards has no effect" in dashboards
    assert "the alarm odd of the type anomalyDetection is not made for the function f" in odd
    with pytest.raises(UserError, match="the alarm 'nothing' is not defined"):
        resources(compile_text, "custom: {alerts: {alarms: [nothing]}}\n" + ONE)
