"""``AWS::Events::EventBus`` and ``AWS::Events::EventBusPolicy``."""

import json
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.events.cfn.properties import given, text, update_tags

_SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


def _create_bus(work: Work) -> Made:
    request = given(work.properties, ("Name", "EventSourceName", "Tags", *_SETTINGS))
    arn = work.operate("CreateEventBus", request)["EventBusArn"]
    if work.properties.get("Policy"):
        _put_policy(work, work.properties["Name"], work.properties["Policy"])
    return _bus(work, arn)


def _bus(work: Work, arn: str) -> Made:
    name = work.properties["Name"]
    return Made(name, {"Arn": arn, "Name": name, "Policy": text(work.properties.get("Policy", ""))})


def _update_bus(work: Work) -> Made:
    name = work.properties["Name"]
    request = {"Name": name, **given(work.properties, _SETTINGS)}
    request.setdefault("Description", "")
    arn = work.operate("UpdateEventBus", request)["Arn"]
    if work.properties.get("Policy") != work.previous.get("Policy"):
        _put_policy(work, name, work.properties.get("Policy"))
    update_tags(work, arn)
    return _bus(work, arn)


def _put_policy(work: Work, name: str, policy: Any) -> None:
    if policy:
        work.operate("PutPermission", {"EventBusName": name, "Policy": text(policy)})
    else:
        work.operate("RemovePermission", {"EventBusName": name, "RemoveAllPermissions": True})


def _delete_bus(work: Work) -> None:
    work.unless_gone("DeleteEventBus", {"Name": work.physical_id})


# Policies ---------------------------------------------------------------------------------------------------


def _put_statement(work: Work) -> Made:
    properties = work.properties
    name, statement_id = properties.get("EventBusName", "default"), properties["StatementId"]
    if "Statement" in properties:
        statement = properties["Statement"]
        statement = {**(json.loads(statement) if isinstance(statement, str) else statement), "Sid": statement_id}
        policy = work.operate("DescribeEventBus", {"Name": name}).get("Policy", "{}")
        kept = [one for one in json.loads(policy).get("Statement", []) if one.get("Sid") != statement_id]
        document = {"Version": "2012-10-17", "Statement": [*kept, statement]}
        work.operate("PutPermission", {"EventBusName": name, "Policy": json.dumps(document)})
    else:
        request = given(properties, ("Action", "Principal", "StatementId", "Condition"))
        work.operate("PutPermission", {"EventBusName": name, **request})
    physical_id = work.physical_id or work.generated_name(128, "any")
    return Made(physical_id, {"Id": physical_id})


def _delete_statement(work: Work) -> None:
    name = work.properties.get("EventBusName", "default")
    # The bus itself may be gone already.
    work.unless_gone("RemovePermission", {"EventBusName": name, "StatementId": work.properties["StatementId"]})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Events::EventBus",
        implemented=frozenset({"Name", "Description", "Policy", "Tags"}),
        accepted={"KmsKeyIdentifier": "encryption at rest has no effect that a client can see"},
        create=_create_bus,
        update=_update_bus,
        delete=_delete_bus,
    ),
    ResourceType(
        name="AWS::Events::EventBusPolicy",
        implemented=frozenset({"EventBusName", "StatementId", "Statement", "Action", "Principal", "Condition"}),
        create=_put_statement,
        update=_put_statement,
        delete=_delete_statement,
    ),
)
