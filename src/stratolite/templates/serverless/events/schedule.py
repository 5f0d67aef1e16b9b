"""The event ``schedule``: rates and crons, as rules of EventBridge or as schedules of the Scheduler.

Source: https://www.serverless.com/framework/docs-providers-aws-events-schedule.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from stratolite.templates.javascript import json_text, truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.kinds import SCHEDULE, check_kind
from stratolite.templates.serverless.rules import permission, transformer
from stratolite.templates.serverless.service import Function

SCHEDULER = "scheduler"
METHODS = ("eventBus", SCHEDULER)
_FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
_RULE_ONLY = ("inputTransformer", "inputPath")


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Rules and schedules; the default role lets the Scheduler take it on and invoke the functions."""
    numbers: dict[str, Iterator[int]] = {}
    scheduled: dict[str, Function] = {}
    for event in events:
        if isinstance(event.settings, dict):
            check_kind(event.settings, SCHEDULE, event.at, "schedule")
        elif not isinstance(event.settings, str):
            raise refusal("the event 'schedule' takes a rate, a cron or a map", event.at, "Write 'rate(10 minutes)'.")
        key = event.function.key
        for expression in _expressions(event):
            number = next(numbers.setdefault(key, count(1)))
            if _method(event) == SCHEDULER:
                scheduled[key] = event.function
                _schedule(work, event, expression, number)
            else:
                _rule(work, event, expression, number)
    if scheduled:
        _allow(work, list(scheduled.values()))


def _settings(event: Event) -> dict[str, Any]:
    return event.settings if isinstance(event.settings, dict) else {}


def _method(event: Event) -> str:
    method = _settings(event).get("method") or METHODS[0]
    if method not in METHODS:
        raise refusal(f"there is no method {method!r}", event.mark("method"), f"Write {' or '.join(METHODS)}.")
    return str(method)


def _expressions(event: Event) -> list[Any]:
    """The rates and crons of one event. Raises UserError for settings that do not go together."""
    settings = _settings(event)
    if not settings:
        return [event.settings]
    expressions = settings.get("rate")
    if not truthy(expressions):
        raise refusal("the event 'schedule' lacks 'rate'", event.at, "Write 'rate: rate(10 minutes)', or a list.")
    expressions = expressions if isinstance(expressions, list) else [expressions]
    if len(expressions) > 1 and settings.get("name"):
        todo = "Give each rate an event of its own, or leave the name out."
        raise refusal("a schedule of several rates cannot have a name", event.mark("name"), todo)
    if _method(event) == SCHEDULER:
        misplaced = next((name for name in _RULE_ONLY if truthy(settings.get(name))), None)
        todo = "Use 'input', or leave 'method' out."
    else:
        misplaced = "timezone" if truthy(settings.get("timezone")) else None
        todo = f"Add 'method: {SCHEDULER}': rules know UTC alone."
    if misplaced:
        raise refusal(f"{misplaced!r} does not go with the method {_method(event)!r}", event.mark(misplaced), todo)
    return expressions


def _state(event: Event) -> str:
    return "DISABLED" if _settings(event).get("enabled") is False else "ENABLED"


def _input(event: Event) -> str | None:
    """The input as a text; a ``body`` that is JSON counts as what it says."""
    given = _settings(event).get("input")
    if not truthy(given):
        return None
    if not isinstance(given, dict):
        return str(given)
    if isinstance(given.get("body"), str):
        try:
            given = {**given, "body": json.loads(given["body"])}
        except ValueError as error:
            what = f"the body of the input is not JSON: {error}"
            raise refusal(what, event.mark("input", "body"), "Write JSON, or a map.") from error
    return json_text(given)


def _rule(work: Compilation, event: Event, expression: Any, number: int) -> None:
    settings, function = _settings(event), event.function
    target = {
        "Input": _input(event),
        "InputPath": settings.get("inputPath") or None,
        "InputTransformer": transformer(settings.get("inputTransformer")),
        "Arn": function.target,
        "Id": naming.schedule_target(function.key),
    }
    properties = {
        "ScheduleExpression": expression,
        "State": _state(event),
        "Name": settings.get("name") or None,
        "Description": settings.get("description") or None,
        "Targets": [{name: value for name, value in target.items() if value is not None}],
    }
    rule = naming.schedule_rule(function.key, number)
    work.put(rule, "AWS::Events::Rule", properties, depends_on=function.depends_on)
    permission(work, naming.schedule_permission(function.key, number), function, {"Fn::GetAtt": [rule, "Arn"]})


def _schedule(work: Compilation, event: Event, expression: Any, number: int) -> None:
    settings, function = _settings(event), event.function
    target = {
        "Arn": function.target,
        "RoleArn": work.resources[function.logical_id]["Properties"].get("Role"),
        "Input": _input(event),
    }
    properties = {
        "ScheduleExpression": expression,
        "State": _state(event),
        "Target": {name: value for name, value in target.items() if value is not None},
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Name": settings.get("name"),
        "Description": settings.get("description"),
        "ScheduleExpressionTimezone": settings.get("timezone"),
    }
    name = naming.scheduler_schedule(function.key, number)
    work.put(name, "AWS::Scheduler::Schedule", properties, depends_on=function.depends_on)


def _allow(work: Compilation, functions: Sequence[Function]) -> None:
    role = work.resources.get(naming.ROLE)
    if role is None:
        return
    for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        services = statement["Principal"]["Service"]
        if "lambda.amazonaws.com" in services:
            services.append("scheduler.amazonaws.com")
            break
    arns = [{"Fn::Sub": f"{_FUNCTION_ARN}{function.name}{end}"} for function in functions for end in ("", ":*")]
    work.allow({"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": arns})
