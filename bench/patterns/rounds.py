"""Times of calls, in rounds of each beside the others, so that what slows the machine slows all of them."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 9


def medians_us(*works: Callable[[], object], calls: int) -> list[float]:
    """The median time of a call of each."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(found, works, strict=True):
            started_s = time.perf_counter()
            for _ in range(calls):
                work()
            times.append((time.perf_counter() - started_s) / calls * 1e6)
    return [statistics.median(times) for times in found]
