"""The event ``iot``: rules that hand on messages of devices.

Source: https://www.serverless.com/framework/docs-providers-aws-events-iot.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import IOT, settings_of
from stratolite.templates.serverless.lodash import present

_LINE_END = re.compile(r"\r?\n")


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Rules of topics, and permissions."""
    numbers: Counter[str] = Counter()
    for event in events:
        settings_of(event, "iot", IOT, "sql")
        numbers[event.function.key] += 1
        _make(work, event, numbers[event.function.key])


def _make(work: Compilation, event: Event, number: int) -> None:
    function = event.function
    payload = {
        "RuleDisabled": event.settings.get("enabled") is False,
        "Sql": _line(event, "sql"),
        "Actions": [{"Lambda": {"FunctionArn": function.target}}],
        "Description": _line(event, "description"),
        "AwsIotSqlVersion": _line(event, "sqlVersion"),
    }
    rule = naming.topic_rule(function.key, number)
    properties = {"TopicRulePayload": present(payload), "RuleName": _line(event, "name")}
    work.merge(rule, "AWS::IoT::TopicRule", properties, depends_on=function.depends_on)
    place = [{"Ref": "AWS::Partition"}, ":iot:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    allowed: dict[str, Any] = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": "iot.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", ["arn:", *place, ":rule/", {"Ref": rule}]]},
    }
    name = naming.topic_rule_permission(function.key, number)
    work.merge(name, "AWS::Lambda::Permission", allowed, depends_on=function.depends_on)


def _line(event: Event, name: str) -> str | None:
    """A setting in one line; None where it is not set."""
    value = event.settings.get(name)
    return _LINE_END.sub("", str(value)) if value else None
