"""An order in which all resources can be made."""

import heapq
from collections.abc import Iterable, Mapping, Set

from stratolite.core.errors import ValidationError


def order(needs: Mapping[str, Iterable[str]], late: Set[str] = frozenset()) -> list[str]:
    """An order in which what is needed comes first; among equals by name, so that it is always the same.

    ``late``: what is made when nothing else can be. Raises ValidationError naming a circle.
    """
    waiting = {name: {one for one in needed if one in needs} for name, needed in needs.items()}
    wanted_by: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in waiting.items():
        for one in needed:
            wanted_by[one].append(name)
    ready = [(name in late, name) for name, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    result: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        result.append(name)
        for follower in wanted_by[name]:
            waiting[follower].discard(name)
            if not waiting[follower]:
                heapq.heappush(ready, (follower in late, follower))
    if len(result) != len(needs):
        circle = ", ".join(sorted(set(needs) - set(result)))
        raise ValidationError(f"Circular dependency between resources: [{circle}]")
    return result
