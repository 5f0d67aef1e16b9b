"""Values by their keys, each for its time: in memory, bounded, gone with the process. Costs under a microsecond."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from stratolite.core.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most ``count_max`` values; at the limit the one that has not been asked for longest goes."""

    def __init__(self, clock: Clock, count_max: int) -> None:
        self._clock = clock
        self._count_max = count_max
        self._kept: OrderedDict[K, tuple[int, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value that is kept, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        until_ms, value = found
        if until_ms <= self._clock.now_ms():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return value

    def keep(self, key: K, value: V, ttl_s: float) -> None:
        """Keep a value for ``ttl_s``."""
        self._kept[key] = (self._clock.now_ms() + round(ttl_s * 1000), value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._count_max:
            self._kept.popitem(last=False)

    def forget(self, is_meant: Callable[[K], bool]) -> None:
        """Forget what is kept under the keys that are meant."""
        for key in [key for key in self._kept if is_meant(key)]:
            del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)
