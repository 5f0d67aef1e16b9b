"""Schedules: made, shown, changed, listed, deleted."""

import base64
import binascii
from dataclasses import replace
from typing import Any

from stratolite.core.call import Call
from stratolite.services.scheduler import Scheduler, api, rules, ticking
from stratolite.services.scheduler.domain import Schedule
from stratolite.services.scheduler.lookup import require_group, require_schedule


def create_schedule(call: Call, scheduler: Scheduler, request: api.CreateScheduleInput) -> api.CreateScheduleOutput:
    """Make a schedule; the same request with the same token gives the same one."""
    group = rules.group_name(request)
    body = rules.body(scheduler.world.operations, request, call.now_ms)
    require_group(call, scheduler, group)
    token = request.get("ClientToken", "")
    known = scheduler.store.schedule(call, group, request["Name"])
    if known is not None:
        if token and token == known.client_token:
            return {"ScheduleArn": known.arn}
        raise api.ConflictException(f"Schedule {request['Name']} already exists.")
    made = Schedule(
        id=0,
        account=call.account,
        region=call.region,
        group=group,
        name=request["Name"],
        revision=1,
        created_ms=call.now_ms,
        modified_ms=call.now_ms,
        client_token=token,
        body=body,
    )
    made = replace(made, id=scheduler.store.insert_schedule(made))
    ticking.plan(call, scheduler, made, call.now_ms - 1)
    return {"ScheduleArn": made.arn}


def update_schedule(call: Call, scheduler: Scheduler, request: api.UpdateScheduleInput) -> api.UpdateScheduleOutput:
    """Replace a schedule's whole definition: what is not given goes back to its default."""
    body = rules.body(scheduler.world.operations, request, call.now_ms)
    known = require_schedule(call, scheduler, rules.group_name(request), request["Name"])
    changed = replace(known, revision=known.revision + 1, modified_ms=call.now_ms, body=body)
    scheduler.store.update_schedule(changed)
    ticking.plan(call, scheduler, changed, call.now_ms - 1)
    return {"ScheduleArn": changed.arn}


def get_schedule(call: Call, scheduler: Scheduler, request: api.GetScheduleInput) -> api.GetScheduleOutput:
    """One schedule."""
    known = require_schedule(call, scheduler, rules.group_name(request), request["Name"])
    shown: dict[str, Any] = {
        **known.body,
        "Arn": known.arn,
        "GroupName": known.group,
        "Name": known.name,
        "CreationDate": known.created_ms / 1000,
        "LastModificationDate": known.modified_ms / 1000,
    }
    return shown  # type: ignore[return-value]


def delete_schedule(call: Call, scheduler: Scheduler, request: api.DeleteScheduleInput) -> None:
    """Delete a schedule. What has begun goes on."""
    scheduler.store.delete_schedule(require_schedule(call, scheduler, rules.group_name(request), request["Name"]).id)


def list_schedules(call: Call, scheduler: Scheduler, request: api.ListSchedulesInput) -> api.ListSchedulesOutput:
    """Schedules in order of group and name, in pages."""
    group = request.get("GroupName", "")
    if group:
        require_group(call, scheduler, group)
    size = request.get("MaxResults", rules.PAGE_MAX)
    after = _after(request.get("NextToken", ""))
    shown: list[Schedule] = []
    while True:
        page = scheduler.store.schedules(call, after, rules.PAGE_MAX, group, request.get("NamePrefix", ""))
        shown += [one for one in page if request.get("State", one.body["State"]) == one.body["State"]]
        if len(page) < rules.PAGE_MAX or len(shown) > size:
            break
        after = (page[-1].group, page[-1].name)
    result: api.ListSchedulesOutput = {"Schedules": [_summary(one) for one in shown[:size]]}
    if len(shown) > size:
        last = shown[size - 1]
        result["NextToken"] = base64.b64encode(f"{last.group}/{last.name}".encode()).decode()
    return result


def _summary(schedule: Schedule) -> api.ScheduleSummary:
    return {
        "Arn": schedule.arn,
        "Name": schedule.name,
        "GroupName": schedule.group,
        "State": schedule.body["State"],
        "CreationDate": schedule.created_ms / 1000,
        "LastModificationDate": schedule.modified_ms / 1000,
        "Target": {"Arn": schedule.body["Target"]["Arn"]},
    }


def _after(token: str) -> tuple[str, str]:
    if not token:
        return "", ""
    try:
        group, _, name = base64.b64decode(token, validate=True).decode().partition("/")
    except (binascii.Error, ValueError):
        raise api.ValidationException("Invalid NextToken.") from None
    return group, name
