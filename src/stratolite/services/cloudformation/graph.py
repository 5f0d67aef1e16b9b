"""Which resource needs which, and an order in which all can be made."""

import heapq
from collections.abc import Iterable, Mapping

from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation.intrinsics import references
from stratolite.services.cloudformation.template import ResourceDefinition


def dependencies(resource: ResourceDefinition, known: Iterable[str]) -> tuple[str, ...]:
    """The logical ids that a resource needs before it: by reference and by DependsOn."""
    names = set(known)
    found = {logical_id for logical_id, _ in references(resource.properties)} | set(resource.depends_on)
    return tuple(sorted(name for name in found if name in names and name != resource.logical_id))


def order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """An order in which what is needed comes first; among equals by name, so that it is always the same.

    Raises ValidationError naming a circle.
    """
    waiting = {name: {one for one in needed if one in needs} for name, needed in needs.items()}
    wanted_by: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in waiting.items():
        for one in needed:
            wanted_by[one].append(name)
    ready = [name for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    result: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        result.append(name)
        for follower in wanted_by[name]:
            waiting[follower].discard(name)
            if not waiting[follower]:
                heapq.heappush(ready, follower)
    if len(result) != len(needs):
        circle = ", ".join(sorted(set(needs) - set(result)))
        raise ValidationError(f"Circular dependency between resources: [{circle}]")
    return result
