"""What CloudWatch offers to the composition root: keeping what services count about themselves."""

from stratolite.services.cloudwatch import CloudWatch


class MeteredPort:
    """The ``metered`` port."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    async def flush(self) -> None:
        """Write what was counted until now."""
        await self._cloudwatch.backlog.flush()


def ports(cloudwatch: CloudWatch) -> dict[str, object]:
    """What this service offers to the others."""
    return {"metered": MeteredPort(cloudwatch)}
