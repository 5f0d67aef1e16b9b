"""Targets of rules: put, listed, removed."""

from stratolite.core.call import Call
from stratolite.services.events import Events, api, rules
from stratolite.services.events.domain import DEFAULT, Target
from stratolite.services.events.lookup import require_rule


def put_targets(call: Call, events: Events, request: api.PutTargetsRequest) -> api.PutTargetsResponse:
    """Add targets to a rule, or replace those of the same id."""
    rules.targets(request["Targets"])
    rule = require_rule(call, events, request["Rule"], request.get("EventBusName", DEFAULT))
    rules.target_count(events.store.targets(rule.arn), request["Targets"])
    for settings in request["Targets"]:
        events.store.put_target(Target(rule.arn, settings))
    return {"FailedEntryCount": 0, "FailedEntries": []}


def remove_targets(call: Call, events: Events, request: api.RemoveTargetsRequest) -> api.RemoveTargetsResponse:
    """Take targets off a rule; one that is not there fails of its own."""
    rule = require_rule(call, events, request["Rule"], request.get("EventBusName", DEFAULT))
    failed: list[api.RemoveTargetsResultEntry] = [
        {
            "TargetId": target_id,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": f"Rule {rule.name} does not have a target with the Id {target_id}.",
        }
        for target_id in request["Ids"]
        if not events.store.delete_target(rule.arn, target_id)
    ]
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def list_targets_by_rule(
    call: Call, events: Events, request: api.ListTargetsByRuleRequest
) -> api.ListTargetsByRuleResponse:
    """Targets of a rule in order of id, a page at a time."""
    rule = require_rule(call, events, request["Rule"], request.get("EventBusName", DEFAULT))
    limit = request.get("Limit", rules.PAGE_MAX)
    found = events.store.targets(rule.arn, request.get("NextToken", ""), limit + 1)
    shown: list[api.Target] = [{**target.settings} for target in found[:limit]]  # type: ignore[typeddict-item]
    result: api.ListTargetsByRuleResponse = {"Targets": shown}
    if len(found) > limit:
        result["NextToken"] = found[limit - 1].id
    return result
