"""Alarms that a deployment watches (RollbackConfiguration): one in ALARM, or one that is gone, takes it back.

They are looked at before each resource, and for the monitoring time after the last one, while the deployment rests.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
"""

import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.core.service import Operations

TYPES = {"AWS::CloudWatch::Alarm": "MetricAlarm", "AWS::CloudWatch::CompositeAlarm": "CompositeAlarm"}
"""The types of triggers, and what CloudWatch calls them."""
MINUTE_MS = 60_000
LOOK_EVERY_MS = 10_000
_ALARM = re.compile(r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+")


def check(configuration: Mapping[str, Any]) -> None:
    """Raises ValidationError for triggers that are no alarms."""
    for trigger in configuration.get("RollbackTriggers", []):
        if trigger["Type"] not in TYPES:
            raise ValidationError("Rollback Trigger Type not supported")
        if not _ALARM.fullmatch(trigger["Arn"]):
            raise ValidationError("RelativeId of a Rollback Trigger's ARN is incorrect")


def monitored_ms(configuration: Mapping[str, Any]) -> int:
    """How long a deployment is watched after its last resource."""
    return int(configuration.get("MonitoringTimeInMinutes", 0)) * MINUTE_MS


def breached(operations: Operations, call: Call, configuration: Mapping[str, Any]) -> str:
    """Why a deployment has to be taken back; empty while it has not."""
    for trigger in configuration.get("RollbackTriggers", []):
        arn = Arn.parse(trigger["Arn"])
        name, kind = arn.resource.removeprefix("alarm:"), TYPES[trigger["Type"]]
        request = {"AlarmNames": [name], "AlarmTypes": [kind]}
        found = operations.run(call.within(arn.account, arn.region), "cloudwatch", "DescribeAlarms", request)
        alarms = found.get(f"{kind}s", [])
        if not alarms:
            return f"Rollback trigger {trigger['Arn']} does not exist. "
        if alarms[0]["StateValue"] == "ALARM":
            return f"Rollback trigger {trigger['Arn']} is in the state ALARM. "
    return ""
