"""What a deployment does, as frozen steps: create, update, replace, keep; and in which order things are deleted.

Pure: it compares what a template wants with what a stack has, and touches nothing. ``execute`` takes the steps one by
one (a step can be decided only when the resources before it are there, since their values go into its properties), and
``preview`` shows the same decisions in a change set.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stratolite.services.cloudformation import graph
from stratolite.services.cloudformation.domain import Resource


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    NOTE = "note"
    """Only what the stack itself remembers changes: policies, metadata, dependencies."""
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """One resource's step."""

    logical_id: str
    action: Action
    changed: tuple[str, ...] = ()
    """Top-level properties that differ."""
    recreating: tuple[str, ...] = ()
    """Those of them that need a replacement."""


def step(wanted: Resource, present: Resource | None, recreates: Iterable[str]) -> Step:
    """What brings a resource to what the template wants. ``recreates``: properties whose change needs a replacement."""
    name = wanted.logical_id
    if present is None:
        return Step(name, Action.CREATE)
    changed = differing(wanted.properties, present.properties)
    recreating = tuple(key for key in changed if key in set(recreates))
    if recreating or wanted.type != present.type:
        return Step(name, Action.REPLACE, changed, recreating)
    # What stands at a nested stack's TemplateURL may be another template by now: it is always asked to update.
    if changed or wanted.stack_tags != present.stack_tags or wanted.type == NESTED:
        return Step(name, Action.UPDATE, changed)
    same = all(getattr(wanted, one) == getattr(present, one) for one in _NOTED)
    return Step(name, Action.KEEP if same else Action.NOTE)


NESTED = "AWS::CloudFormation::Stack"

_NOTED = ("needs", "deletion_policy", "update_replace_policy", "metadata")
"""What the stack remembers of a resource beside its properties."""


def differing(wanted: Mapping[str, Any], had: Mapping[str, Any]) -> tuple[str, ...]:
    """The top-level properties that differ, in order."""
    return tuple(sorted(key for key in {*wanted, *had} if wanted.get(key) != had.get(key)))


def deletions(resources: Mapping[str, Resource]) -> tuple[str, ...]:
    """The order in which resources are deleted: what needs others goes before them."""
    return tuple(reversed(graph.order({name: one.needs for name, one in resources.items()})))


def blocked(resources: Mapping[str, Resource], failed: Iterable[str]) -> frozenset[str]:
    """What must stay because something that needs it could not be deleted."""
    found: set[str] = set()
    waiting = [name for name in failed if name in resources]
    while waiting:
        for name in resources[waiting.pop()].needs:
            if name in resources and name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


def leftovers(
    resources: Mapping[str, Resource], befores: Mapping[str, Resource | None], wanted: Iterable[str]
) -> dict[str, Resource]:
    """After an update: what was replaced, and what the template has no longer."""
    kept = set(wanted)
    replaced = {
        name: before
        for name, before in befores.items()
        if before is not None and name in resources and before.physical_id not in ("", resources[name].physical_id)
    }
    return {**replaced, **{name: one for name, one in resources.items() if name not in kept}}
