"""From an event to what it causes: archived events, and one outbox row for each target of each rule that matches."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.services.events import Events, archiving, metrics, target_input
from stratolite.services.events.domain import Archive, Bus, Delivery, Rule
from stratolite.services.events.event import dumps

DELIVER = "events.deliver"


def route(call: Call, events: Events, bus: Bus, event: Mapping[str, Any], *, filters: Sequence[str] = ()) -> None:
    """Plan, in the current transaction, all that an event on a bus causes.

    ``filters``: ARNs of the rules to which alone it is given. What is replayed is not archived again.
    """
    matching = events.store.matching(bus, event)
    source = dumps(event) if matching else ""
    for found in matching:
        if isinstance(found, Archive):
            if "replay-name" not in event:
                archiving.keep(call, events, found, event, source)
        elif not filters or found.arn in filters:
            trigger(call, events, found, event, source)


def trigger(call: Call, events: Events, rule: Rule, event: Mapping[str, Any], source: str) -> None:
    """Plan an event's delivery to each target of a rule. ``source``: the event's JSON."""
    context = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": iso8601(call.now_ms, milliseconds=False),
    }
    metrics.count(events, rule.arn, "MatchedEvents")
    metrics.count(events, rule.arn, "TriggeredRules")
    for target in events.store.targets(rule.arn):
        try:
            made = target_input.make(target.settings, event, source, context)
        except target_input.NoInput as error:
            plan(call, events, Delivery(rule.arn, target.settings, source, "", refused=str(error)))
        else:
            plan(call, events, Delivery(rule.arn, target.settings, source, "" if made is source else made))


def plan(call: Call, events: Events, delivery: Delivery) -> None:
    """Write the outbox row of a delivery."""
    events.world.outbox.put(
        call,
        DELIVER,
        json.dumps(asdict(delivery)).encode(),
        source=delivery.rule_arn,
        target=str(delivery.target["Arn"]),
    )
