"""Rules of EventBridge that a custom resource makes (``eventBridge.useCloudFormation: false``), as older files ask.

A function that is deployed along makes them, with their buses and permissions, when the stack is made, changed and
removed.
"""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import custom_resources, naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.lodash import present, upper_first

MAKER = custom_resources.Maker("custom-resource-event-bridge", "event-bridge/handler.handler", "nodejs22.x")
_RULES = ("events:PutRule", "events:RemoveTargets", "events:PutTargets", "events:DeleteRule")
_BUSES = ("events:CreateEventBus", "events:DeleteEventBus")
_FUNCTIONS = ("lambda:AddPermission", "lambda:RemovePermission")
_NATIVE_ONLY = ("retryPolicy", "deadLetterQueueArn")


def are_custom(work: Compilation) -> bool:
    """Whether a custom resource makes rules. Where a service is only run, CloudFormation does, to the same effect."""
    settings = work.service.provider.get("eventBridge")
    return truthy(settings) and not truthy(work.service.setting("eventBridge", "useCloudFormation"))


def make_custom_rules(work: Compilation, events: Sequence[tuple[Event, str]]) -> None:
    """A custom resource for each event, with the name of its rule; the function that makes them; its permissions."""
    has_buses = False
    for event, rule in events:
        bus = event.settings.get("eventBus")
        _check(event, bus)
        _make(work, event, rule)
        has_buses = has_buses or (truthy(bus) and bus != "default")
    statements = [
        *([_allowed("events", ["event-bus/*"], _BUSES)] if has_buses else []),
        _allowed("events", ["rule/*"], _RULES),
        _allowed("lambda", ["function", "*"], _FUNCTIONS),
    ]
    custom_resources.add(work, MAKER, statements)


def _check(event: Event, bus: Any) -> None:
    """Raises UserError for what only CloudFormation itself can make."""
    todo = "Set provider.eventBridge.useCloudFormation to true, which is what it is without being set."
    for name in _NATIVE_ONLY:
        if truthy(event.settings.get(name)):
            raise refusal(f"a rule that a custom resource makes has no {name!r}", event.mark(name), todo)
    if isinstance(bus, dict):
        raise refusal("a custom resource knows buses by their names alone", event.mark("eventBus"), todo)


def _make(work: Compilation, event: Event, rule: str) -> None:
    settings, function = event.settings, event.function
    transformer = settings.get("inputTransformer")
    config = {
        "RuleName": rule,
        "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
        "EventBus": settings.get("eventBus"),
        "Schedule": settings.get("schedule"),
        "Pattern": settings.get("pattern"),
        "Input": settings.get("input"),
        "InputPath": settings.get("inputPath"),
        "InputTransformer": {upper_first(name): value for name, value in transformer.items()} if transformer else None,
    }
    work.resources[naming.custom_event_rule(function.key, event.number)] = {
        "Type": "Custom::EventBridge",
        "Version": 1,
        "DependsOn": [function.logical_id, MAKER.logical_id],
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": [MAKER.logical_id, "Arn"]},
            "FunctionName": function.name,
            "EventBridgeConfig": present(config),
        },
    }


def _allowed(service: str, what: list[str], actions: Sequence[str]) -> dict[str, Any]:
    place = ["arn", {"Ref": "AWS::Partition"}, service, {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}]
    return {"Effect": "Allow", "Resource": {"Fn::Join": [":", [*place, *what]]}, "Action": list(actions)}
