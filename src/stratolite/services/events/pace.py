"""How fast API destinations may be called: their InvocationRateLimitPerSecond."""


class Pace:
    """How many calls each API destination had in the second that runs. Kept in memory alone, one entry each."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[int, int]] = {}

    def wait_s(self, destination_arn: str, rate_limit: int, now_ms: int) -> float:
        """0 when a call may be made now, and counts it; else how long to wait."""
        second, count = self._calls.get(destination_arn, (0, 0))
        if second != now_ms // 1000:
            second, count = now_ms // 1000, 0
        if count >= rate_limit:
            return (1000 - now_ms % 1000) / 1000
        self._calls[destination_arn] = (second, count + 1)
        return 0

    def forget(self, destination_arn: str) -> None:
        """The destination is gone."""
        self._calls.pop(destination_arn, None)
