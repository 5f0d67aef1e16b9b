"""States that people give alarms, to try what follows."""

import json

from stratolite.core.call import Call
from stratolite.services.cloudwatch import CloudWatch, api, transition
from stratolite.services.cloudwatch.domain import alarm_arn


def set_alarm_state(call: Call, cloudwatch: CloudWatch, request: api.SetAlarmStateInput) -> None:
    """Put an alarm into a state, until it is evaluated next."""
    alarm = cloudwatch.alarms.alarm(alarm_arn(call, request["AlarmName"]))
    if alarm is None:
        raise api.ResourceNotFound("")
    reason_data = request.get("StateReasonData", "")
    if reason_data:
        try:
            json.loads(reason_data)
        except ValueError:
            raise api.InvalidFormatFault("Unknown") from None
    transition.enter(call, cloudwatch, alarm, request["StateValue"], request["StateReason"], reason_data)
