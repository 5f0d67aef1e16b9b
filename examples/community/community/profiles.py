"""Profiles: made by the stream of what users are, read through a cache.

Without Redis, or while it is down, each environment has a cache of its own; so nobody notices, but the hit rate.
"""

from dataclasses import asdict
from functools import cache
from typing import Any

from stratolite_patterns.cache import Cache, Cached, Shared
from stratolite_patterns.single_table import NotFound

from community.config import settings
from community.entities import Profile, table
from community.observed import metrics

MEMORY_S = 5
"""Where another function's invalidation is not heard of, a profile is kept for so long only."""


@cache
def profiles() -> Cache[dict[str, Any]]:
    """Keeps profiles by the user's id; None for those who are not there, so that they are not looked for again."""
    found = settings()
    shared = Shared(f"redis://{found.redis}:{found.redis_port}") if found.redis else None
    return Cache("profiles", ttl_s=found.profile_s, memory_ttl_s=MEMORY_S, stale_s=60, shared=shared)


def load(user_id: str) -> dict[str, Any] | None:
    """From the table, in the shape in which it is answered."""
    found = table.get(Profile, id=user_id)
    return {**asdict(found), "joined": found.joined.isoformat()} if found else None


@cache
def _cached() -> Cached[[str], dict[str, Any] | None]:
    return profiles().cached("{user_id}")(load)


def profile(user_id: str) -> dict[str, Any]:
    """The profile of a user. Raises NotFound."""
    found = _cached()(user_id)
    profiles().add_to(metrics)
    if found is None:
        raise NotFound(Profile, {"id": user_id})
    return found


def forget(user_id: str) -> None:
    """It has changed."""
    _cached().invalidate(user_id)
