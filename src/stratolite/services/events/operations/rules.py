"""Rules: put, shown, listed, enabled, disabled, deleted."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.events import Events, api, scheduling
from stratolite.services.events import rules as checks
from stratolite.services.events.domain import DEFAULT, ENABLED, Bus, Rule
from stratolite.services.events.lookup import require_bus, require_rule, rule_arn


def put_rule(call: Call, events: Events, request: api.PutRuleRequest) -> api.PutRuleResponse:
    """Make a rule, or replace what one of its name says; its targets and tags stay."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    checks.rule(request, bus.name)
    arn = rule_arn(bus, request["Name"])
    known = events.store.rule(arn)
    tags = known.tags if known else checks.tags(request.get("Tags", []))
    schedule = request.get("ScheduleExpression", "")
    is_same_schedule = known is not None and known.schedule == schedule
    rule = Rule(
        arn,
        bus.arn,
        request["Name"],
        request.get("EventPattern", ""),
        schedule,
        request.get("State", ENABLED),
        request.get("Description", ""),
        request.get("RoleArn", ""),
        call.account,
        tags,
        known.scheduled_ms if known and is_same_schedule and known.is_enabled else call.now_ms,
        known.tick if known else 0,
    )
    events.store.put_rule(rule)
    scheduling.replan(call, events, rule)
    return {"RuleArn": arn}


def describe_rule(call: Call, events: Events, request: api.DescribeRuleRequest) -> api.DescribeRuleResponse:
    """A rule."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    rule = require_rule(call, events, request["Name"], bus.arn)
    return {**_shown(bus, rule), "CreatedBy": rule.created_by}


def list_rules(call: Call, events: Events, request: api.ListRulesRequest) -> api.ListRulesResponse:
    """Rules of a bus in order of name, a page at a time."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    limit = request.get("Limit", checks.PAGE_MAX)
    found = events.store.rules(bus.arn, request.get("NamePrefix", ""), request.get("NextToken", ""), limit + 1)
    result: api.ListRulesResponse = {"Rules": [_shown(bus, rule) for rule in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].name
    return result


def list_rule_names_by_target(
    call: Call, events: Events, request: api.ListRuleNamesByTargetRequest
) -> api.ListRuleNamesByTargetResponse:
    """Names of the rules of a bus that have a target, a page at a time."""
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    limit = request.get("Limit", checks.PAGE_MAX)
    names = events.store.rule_names(bus.arn, request["TargetArn"], request.get("NextToken", ""), limit + 1)
    result: api.ListRuleNamesByTargetResponse = {"RuleNames": names[:limit]}
    if len(names) > limit:
        result["NextToken"] = names[limit - 1]
    return result


def enable_rule(call: Call, events: Events, request: api.EnableRuleRequest) -> None:
    """Let a rule act again; a rate counts from now."""
    rule = require_rule(call, events, request["Name"], request.get("EventBusName", DEFAULT))
    if not rule.is_enabled:
        _set(call, events, replace(rule, state=ENABLED, scheduled_ms=call.now_ms))


def disable_rule(call: Call, events: Events, request: api.DisableRuleRequest) -> None:
    """Let a rule rest."""
    rule = require_rule(call, events, request["Name"], request.get("EventBusName", DEFAULT))
    _set(call, events, replace(rule, state="DISABLED"))


def delete_rule(call: Call, events: Events, request: api.DeleteRuleRequest) -> None:
    """Delete a rule without targets (``test_delete_rule_with_targets``); one that is gone already is no error.

    ``Force`` is for rules that other services of AWS manage: there are none here, and it changes nothing.
    """
    bus = require_bus(call, events, request.get("EventBusName", DEFAULT))
    rule = events.store.rule(rule_arn(bus, request["Name"]))
    if rule is None:
        return
    if events.store.targets(rule.arn, limit=1):
        raise ValidationException("Rule can't be deleted since it has targets.")
    if rule.tick:
        events.world.outbox.end(rule.tick)
    events.store.delete_rule(rule)


def _set(call: Call, events: Events, rule: Rule) -> None:
    events.store.put_rule(rule)
    scheduling.replan(call, events, rule)


def _shown(bus: Bus, rule: Rule) -> api.Rule:
    shown: api.Rule = {"Name": rule.name, "Arn": rule.arn, "State": rule.state, "EventBusName": bus.name}
    if rule.pattern:
        shown["EventPattern"] = rule.pattern
    if rule.schedule:
        shown["ScheduleExpression"] = rule.schedule
    if rule.description:
        shown["Description"] = rule.description
    if rule.role_arn:
        shown["RoleArn"] = rule.role_arn
    return shown
