"""Token buckets: rate limits of stages and usage plans. In memory, gone with the process, as on AWS best effort.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Hashable

from stratolite.core.clock import Clock

BUCKETS_MAX = 10_000
"""How many buckets are kept; at the limit the fullest, least useful knowledge is dropped: all of it."""


class Buckets:
    """One bucket a limited thing. It holds ``burst`` tokens and gains ``rate`` a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, int]] = {}

    def take(self, name: Hashable, rate: float, burst: int) -> bool:
        """Take a token; False when there is none."""
        now_ms = self._clock.now_ms()
        if len(self._buckets) >= BUCKETS_MAX and name not in self._buckets:
            self._buckets.clear()
        tokens, then_ms = self._buckets.get(name, (float(burst), now_ms))
        tokens = min(float(burst), tokens + rate * max(0, now_ms - then_ms) / 1000)
        taken = tokens >= 1
        self._buckets[name] = (tokens - 1 if taken else tokens, now_ms)
        return taken

    def __len__(self) -> int:
        return len(self._buckets)
