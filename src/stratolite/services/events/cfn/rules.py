"""``AWS::Events::Rule``, its targets included."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.events.cfn.properties import given, text, update_tags

_NAME_LENGTH_MAX = 64
_NUMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")


def _request(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    request = given(properties, ("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State"))
    if properties.get("EventPattern"):
        request["EventPattern"] = text(properties["EventPattern"])
    return {"Name": name, **request}


def _targets(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    targets = []
    for target in properties.get("Targets", []):
        retry = target.get("RetryPolicy", {})
        numbers = {name: int(retry[name]) for name in _NUMBERS if name in retry}
        targets.append({**target, **({"RetryPolicy": numbers} if numbers else {})})
    return targets


def _create(work: Work) -> Made:
    name = work.properties.get("Name") or work.generated_name(_NAME_LENGTH_MAX, "any")
    request = {**_request(work.properties, name), **given(work.properties, ("Tags",))}
    arn = work.operate("PutRule", request)["RuleArn"]
    _put_targets(work, name)
    return _made(work, name, arn)


def _made(work: Work, name: str, arn: str) -> Made:
    bus = _bus_name(work.properties)
    physical_id = name if bus == "default" else f"{bus}|{name}"
    return Made(physical_id, {"Arn": arn, "RuleName": name})


def _bus_name(properties: Mapping[str, Any]) -> str:
    return str(properties.get("EventBusName", "default")).rpartition("event-bus/")[2]


def _put_targets(work: Work, name: str) -> None:
    targets = _targets(work.properties)
    if targets:
        bus = given(work.properties, ("EventBusName",))
        work.operate("PutTargets", {"Rule": name, **bus, "Targets": targets})


def _name(work: Work) -> str:
    return work.physical_id.rpartition("|")[2]


def _update(work: Work) -> Made:
    name, bus = _name(work), given(work.properties, ("EventBusName",))
    arn = work.operate("PutRule", _request(work.properties, name))["RuleArn"]
    kept = {target["Id"] for target in work.properties.get("Targets", [])}
    gone = [target["Id"] for target in work.previous.get("Targets", []) if target["Id"] not in kept]
    if gone:
        work.operate("RemoveTargets", {"Rule": name, **bus, "Ids": gone})
    _put_targets(work, name)
    update_tags(work, arn)
    return _made(work, name, arn)


def _delete(work: Work) -> None:
    name, bus = _name(work), given(work.properties, ("EventBusName",))
    targets = [target["Id"] for target in work.properties.get("Targets", [])]
    if targets:
        work.unless_gone("RemoveTargets", {"Rule": name, **bus, "Ids": targets})
    work.unless_gone("DeleteRule", {"Name": name, **bus})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::Events::Rule",
        implemented=frozenset(
            {"Name", "Description", "EventBusName", "EventPattern", "ScheduleExpression", "State", "Tags", "Targets"}
        ),
        accepted={"RoleArn": "roles of services are kept and not assumed"},
        create=_create,
        update=_update,
        delete=_delete,
        replaces=frozenset({"EventBusName"}),
    ),
)
