"""On the table's stream: what users become, their profiles become, in order, and once however often it is told."""

from dataclasses import asdict
from typing import Any

from stratolite_patterns.cqrs import Projection

from community import profiles
from community.entities import Profile, User, table
from community.observed import observed

projection = Projection("profiles", source=table, target=table)


@projection.rows(User)
def profile_of(user: User) -> Profile:
    """What others may see: neither the address nor the password."""
    return Profile(user.id, user.name, user.role.value, user.joined)


def handle(event: dict[str, Any], context: Any) -> Any:
    """Keep the read model; then the cache forgets whom it was about. ``{"rebuild": true}`` makes it anew."""
    if "rebuild" in event:
        # As JSON: whoever gets a position calls again with it, since a function's time may end before the table does.
        return asdict(projection.rebuild(event.get("position"), context))
    answer = projection.handler(event, context)
    for record in event["Records"]:
        profiles.forget(record["dynamodb"]["Keys"]["pk"]["S"].removeprefix("USER#"))
    return answer


handler = observed(handle)
