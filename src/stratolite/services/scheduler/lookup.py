"""Finding what a name means, with AWS's errors."""

from stratolite.core.call import Call
from stratolite.services.scheduler import Scheduler, api
from stratolite.services.scheduler.domain import Group, Schedule


def require_group(call: Call, scheduler: Scheduler, name: str) -> Group:
    """A group by its name. Raises ResourceNotFoundException."""
    group = scheduler.store.group(call, name)
    if group is None:
        raise api.ResourceNotFoundException(f"Schedule group {name} does not exist.")
    return group


def require_schedule(call: Call, scheduler: Scheduler, group: str, name: str) -> Schedule:
    """A schedule by its group and name. Raises ResourceNotFoundException."""
    known = scheduler.store.schedule(call, group, name)
    if known is None:
        raise api.ResourceNotFoundException(f"Schedule {name} does not exist.")
    return known
