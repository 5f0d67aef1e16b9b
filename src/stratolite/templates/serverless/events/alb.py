"""The event ``alb``: requests that an application load balancer hands on, by rules of one of its listeners.

Source: https://www.serverless.com/framework/docs-providers-aws-events-alb.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.balancers import make_resources, read_rule
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.event import Event


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Target groups, rules and permissions. Raises UserError for rules that have one priority."""
    rules = [read_rule(work, event) for event in events]
    for index, rule in enumerate(rules):
        for before in rules[:index]:
            same_function = rule.function.key == before.function.key
            if rule.priority == before.priority and same_function != (rule.listener == before.listener):
                what = f"the priority {rule.priority} is taken by another event 'alb' of {before.function.key!r}"
                where = "of its listener" if not same_function else "of its function, whatever their listeners"
                raise refusal(what, rule.event.mark("priority"), f"Give it one that no other event {where} has.")
    make_resources(work, rules)
