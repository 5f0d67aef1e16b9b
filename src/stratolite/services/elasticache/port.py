"""Caches as CloudFormation waits for them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratolite.services.elasticache import Elasticache


class ElasticachePort:
    """The cache port."""

    def __init__(self, elasticache: "Elasticache") -> None:
        self._elasticache = elasticache

    async def settled(self, cache: str) -> None:
        """Wait until the server of a cache (``<kind>:<name>``) serves, or cannot."""
        await self._elasticache.servers.settled(cache)


def ports(elasticache: "Elasticache") -> dict[str, object]:
    """What this service offers."""
    return {"cache": ElasticachePort(elasticache)}
