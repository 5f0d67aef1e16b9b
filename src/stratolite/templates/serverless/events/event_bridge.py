"""The event ``eventBridge``: rules by pattern or schedule, on the default bus or on another one.

Source: https://www.serverless.com/framework/docs-providers-aws-events-event-bridge.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.custom_rules import are_custom, make_custom_rules
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import EVENT_BRIDGE, check_kind
from stratolite.templates.serverless.lodash import upper_first
from stratolite.templates.serverless.rules import check_inputs, permission

NAME_LENGTH_MAX = 64
_DIGEST_FROM = 31
_HERE = ("arn", {"Ref": "AWS::Partition"}, "events", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"})


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Buses, rules, permissions; or custom resources that make them."""
    for event in events:
        if not isinstance(event.settings, dict):
            raise refusal("the event 'eventBridge' takes a map", event.at, "Write its 'pattern' or its 'schedule'.")
        check_kind(event.settings, EVENT_BRIDGE, event.at, "eventBridge")
        check_inputs(event, "eventBridge")
        if not (truthy(event.settings.get("pattern")) or truthy(event.settings.get("schedule"))):
            raise refusal("the event 'eventBridge' lacks 'pattern' and 'schedule'", event.at, "Set one of them.")
    if are_custom(work) and not work.is_lenient:
        make_custom_rules(work, [(event, _rule_name(event)) for event in events])
        return
    if are_custom(work):
        what = "rules are made by CloudFormation itself here, whatever eventBridge.useCloudFormation says"
        work.warn_locally(what, work.service.mark("provider", "eventBridge"))
    for event in events:
        _make(work, event)


def _rule_name(event: Event) -> str:
    number = event.number
    return event.settings.get("name") or _shortened(f"{event.function.name}-rule-{number}", f"rule-{number}")


def _make(work: Compilation, event: Event) -> None:
    settings, function = event.settings, event.function
    number = event.number
    stem = f"{function.name}-rule-{number}"
    name = _rule_name(event)
    bus, made = _bus(work, settings.get("eventBus"))
    properties = {
        "Description": settings.get("description"),
        "EventBusName": None if bus == "default" else bus,
        "EventPattern": settings.get("pattern"),
        "Name": name,
        "ScheduleExpression": settings.get("schedule"),
        "State": "DISABLED" if settings.get("enabled") is False else "ENABLED",
        "Targets": [_target(event, name)],
    }
    # A rule goes before its bus, so that the stack can be removed.
    work.put(naming.event_rule(stem), "AWS::Events::Rule", properties, depends_on=made or function.depends_on)
    rule = {"Fn::Join": ["/", ["rule", *([bus] if truthy(bus) else []), name]]}
    source = {"Fn::Join": [":", [*_HERE, rule]]}
    permission(work, naming.event_permission(function.key, number), function, source)


def _bus(work: Compilation, named: Any) -> tuple[Any, str | None]:
    """The name of the bus as a rule has it; and the logical id of one that is made here."""
    if not isinstance(named, str) or not named:
        return named or None, None
    if named.startswith("arn"):
        return named[named.index("/") + 1 :] if "/" in named else named, None
    if named == "default":
        return named, None
    logical_id = naming.event_bus(named)
    work.put(logical_id, "AWS::Events::EventBus", {"Name": named})
    return named, logical_id


def _target(event: Event, rule: str) -> dict[str, Any]:
    settings = event.settings
    retries, transformer = settings.get("retryPolicy"), settings.get("inputTransformer")
    dead_letters, given = settings.get("deadLetterQueueArn"), settings.get("input")
    policy = None
    if truthy(retries):
        policy = {
            "MaximumEventAgeInSeconds": retries.get("maximumEventAge"),
            "MaximumRetryAttempts": retries.get("maximumRetryAttempts"),
        }
        policy = {name: value for name, value in policy.items() if value is not None}
    target = {
        "Arn": event.function.target,
        "Id": _shortened(f"{rule}-target", "target"),
        "RetryPolicy": policy,
        "DeadLetterConfig": {"Arn": dead_letters} if truthy(dead_letters) else None,
        "Input": json_text(given) if truthy(given) else None,
        "InputPath": settings.get("inputPath") or None,
        "InputTransformer": {upper_first(name): value for name, value in transformer.items()} if transformer else None,
    }
    return {name: value for name, value in target.items() if value is not None}


def _shortened(name: str, end: str) -> str:
    """Names over AWS's limit keep their beginning and their end, with a digest in between."""
    if len(name) <= NAME_LENGTH_MAX:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _DIGEST_FROM - len(end)]}{digest}-{end}"
