"""What a schedule may be, beyond the model.

Sources: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html and the recorded answers
(``scheduler/test_scheduler.json``).
"""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stratolite.core import schedule
from stratolite.core.errors import NotImplementedHere
from stratolite.core.service import Operations
from stratolite.services.scheduler import api
from stratolite.services.scheduler.domain import AGE_S_DEFAULT, ATTEMPTS_DEFAULT, GROUP_DEFAULT
from stratolite.services.scheduler.targets import is_reading, target_kind, universal

PAGE_MAX = 100
TAGS_MAX = 50
START_LATE_MS_MAX = 5 * 60 * 1000
"""How long ago a start may lie."""
UNBUILT = (
    "EcsParameters",
    "KinesisParameters",
    "SageMakerPipelineParameters",
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
)


def body(operations: Operations, request: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """The definition that a request gives, with its defaults. Raises ValidationException, NotImplementedHere."""
    wanted = {key: value for key, value in request.items() if key not in ("Name", "GroupName", "ClientToken")}
    wanted.setdefault("State", "ENABLED")
    wanted.setdefault("ActionAfterCompletion", "NONE")
    wanted.setdefault("ScheduleExpressionTimezone", "UTC")
    _timing(wanted, now_ms)
    _window(wanted["FlexibleTimeWindow"])
    wanted["Target"] = _target(operations, dict(wanted["Target"]))
    if wanted.get("KmsKeyArn"):
        raise NotImplementedHere("KmsKeyArn is not implemented by this version of Stratolite.")
    return wanted


def _timing(wanted: Mapping[str, Any], now_ms: int) -> None:
    expression = wanted["ScheduleExpression"]
    try:
        zone = ZoneInfo(wanted["ScheduleExpressionTimezone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = wanted["ScheduleExpressionTimezone"]
        raise api.ValidationException(f"Invalid Schedule Expression Timezone {name}.") from None
    try:
        schedule.parse(expression, zone, with_at=True)
    except schedule.InvalidSchedule:
        raise api.ValidationException(f"Invalid Schedule Expression {expression}.") from None
    start, end = wanted.get("StartDate"), wanted.get("EndDate")
    if start is not None and start * 1000 < now_ms - START_LATE_MS_MAX:
        raise api.ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end * 1000 < now_ms:
        raise api.ValidationException("The EndDate you specify cannot be in the past.")
    if start is not None and end is not None and end <= start:
        raise api.ValidationException("The StartDate must come before the EndDate.")


def _window(window: Mapping[str, Any]) -> None:
    """The text is the one that users quote."""
    mode = window["Mode"]
    if (mode == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        must = "must" if mode == "FLEXIBLE" else "must not"
        raise api.ValidationException(
            f"MaximumWindowInMinutes {must} be provided when FlexibleTimeWindowMode is set to {mode}."
        )


def _target(operations: Operations, target: dict[str, Any]) -> dict[str, Any]:
    for name in UNBUILT:
        if name in target:
            raise NotImplementedHere(f"{name} is not implemented by this version of Stratolite.")
    kind = target_kind(target["Arn"])
    if kind == "universal":
        service, operation = universal(target["Arn"])
        if is_reading(operation):
            raise api.ValidationException(f"Provided Arn {target['Arn']} is not supported: {operation} only reads.")
        operations.require(service, operation)
    if kind == "events":
        operations.require("events", "PutEvents")
    if kind == "events" and "EventBridgeParameters" not in target:
        raise api.ValidationException("EventBridgeParameters is required for an event bus target.")
    if kind in ("events", "universal", "lambda") and "Input" in target:
        _json(target["Input"], is_object=kind == "universal")
    if kind == "sqs" and target["Arn"].endswith(".fifo") and "SqsParameters" not in target:
        raise api.ValidationException("SqsParameters is required for a FIFO queue target.")
    given = target.get("RetryPolicy", {})
    target["RetryPolicy"] = {
        "MaximumEventAgeInSeconds": given.get("MaximumEventAgeInSeconds", AGE_S_DEFAULT),
        "MaximumRetryAttempts": given.get("MaximumRetryAttempts", ATTEMPTS_DEFAULT),
    }
    return target


def _json(text: str, *, is_object: bool) -> None:
    """``is_object``: it is an operation's request."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise api.ValidationException("Target.Input must be valid JSON.") from None
    if is_object and not isinstance(value, dict):
        raise api.ValidationException("Target.Input must be a JSON object.")


def group_name(request: Mapping[str, Any]) -> str:
    """The group that a request means."""
    return str(request.get("GroupName") or GROUP_DEFAULT)
