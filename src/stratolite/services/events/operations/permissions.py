"""Who else may put events on a bus: its policy, kept and shown."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.core.errors import AwsError, ValidationException
from stratolite.services.events import Events, api
from stratolite.services.events.domain import DEFAULT, Bus
from stratolite.services.events.lookup import require_bus

POLICY_BYTES_MAX = 10_240
ACTION = "events:PutEvents"


class InvalidParameterValue(AwsError):
    """Parameters that do not go together."""


def put_permission(call: Call, events: Events, request: api.PutPermissionRequest) -> None:
    """Add a statement to a bus's policy, in place of one of the same id, or set the whole policy."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    if "Policy" in request:
        statements: list[Mapping[str, Any]] = _statements(request["Policy"])
    else:
        for name in ("Action", "Principal", "StatementId"):
            if name not in request:
                raise ValidationException(f"Parameter {name} must be specified.")
        if "Condition" in request and request["Principal"] != "*":
            raise InvalidParameterValue(
                "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set."
            )
        if request["Action"] != ACTION:
            raise ValidationException("Provided value in parameter 'action' is not supported.")
        added = _statement(call, bus, request)
        statements = [*(one for one in bus.statements if one.get("Sid") != added["Sid"]), added]
    if len(json.dumps(statements)) > POLICY_BYTES_MAX:
        raise api.PolicyLengthExceededException("The requested policy is too long.")
    events.store.put_bus(replace(bus, statements=tuple(statements), modified_ms=call.now_ms))


def remove_permission(call: Call, events: Events, request: api.RemovePermissionRequest) -> None:
    """Take a statement out of a bus's policy, or all (``test_remove_permission_non_existing_sid``)."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    statements: tuple[Mapping[str, Any], ...] = ()
    if not request.get("RemoveAllPermissions"):
        statements = tuple(one for one in bus.statements if one.get("Sid") != request.get("StatementId"))
        if len(statements) == len(bus.statements):
            raise api.ResourceNotFoundException("Statement with the provided id does not exist.")
    events.store.put_bus(replace(bus, statements=statements, modified_ms=call.now_ms))


def _statement(call: Call, bus: Bus, request: api.PutPermissionRequest) -> dict[str, Any]:
    principal = request["Principal"]
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:{partition_of(call.region)}:iam::{principal}:root"},
        "Action": request["Action"],
        "Resource": bus.arn,
    }
    if "Condition" in request:
        condition = request["Condition"]
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


def _statements(policy: str) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError) as error:
        raise ValidationException("This policy contains invalid Json") from error
    statements = document.get("Statement") if isinstance(document, dict) else None
    found = statements if isinstance(statements, list) else [statements]
    kept = [one for one in found if isinstance(one, dict)]
    if len(kept) != len(found):
        raise ValidationException("This policy contains invalid Json")
    return list(kept)
