"""ElastiCache's caches, as CloudFormation waits for them."""

from typing import Protocol


class CachePort(Protocol):
    """ElastiCache's caches, as CloudFormation waits for them."""

    async def settled(self, cache: str) -> None:
        """Wait until the server of a cache serves, or cannot: ``replicationgroup:<name>``, as the end of its ARN."""
