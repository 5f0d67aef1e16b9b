"""The cache: memory in front of a Redis, or memory alone; each key loaded once at a time, and never without a bound."""

import json
import logging
import random
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic

from stratolite_patterns.cache.decorator import Decorator
from stratolite_patterns.cache.shared import MISSING, Shared

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")
logger = logging.getLogger("stratolite_patterns")

ENTRIES_MAX = 1000
TTL_S = 60.0
NEGATIVE_TTL_S = 5.0
LOAD_TIMEOUT_S = 10.0
JITTER = 0.1
"""Times to live differ by up to a tenth, so that what was loaded together does not expire together."""
COUNTED = ("hit", "shared_hit", "stale", "miss", "load_error", "evicted")


class LoadTimeout(TimeoutError):
    """Another thread's load of the same key took too long."""


class _Entry:
    __slots__ = ("fresh_until", "stale_until", "value")

    def __init__(self, value: Any, fresh_until: float, stale_until: float) -> None:
        self.value = value
        self.fresh_until = fresh_until
        self.stale_until = stale_until


class _Flight:
    """A load that others wait for."""

    __slots__ = ("error", "is_void", "owner", "under_way", "value")

    def __init__(self) -> None:
        # A lock that is held while the load is under way: a twentieth of what an Event costs.
        self.under_way = threading.Lock()
        self.under_way.acquire()
        self.owner = threading.get_ident()
        self.value: Any = MISSING
        self.error: BaseException | None = None
        self.is_void = False
        """The key was invalidated meanwhile: what is loaded is not kept."""


class Cache(Generic[T]):
    """A bounded cache. ``name`` keeps its keys apart from others' in a shared Redis, and names its metrics.

    A value is fresh for ``ttl_s`` (``memory_ttl_s`` in this function's own memory, where nobody else's invalidation is
    heard of) and served for ``stale_s`` more while one thread loads it anew. None means that nothing is there, and is
    kept for ``negative_ttl_s``. Memory holds ``entries_max`` values and drops the least recently used.

    Values in memory are the objects themselves: whoever changes one changes it for all, unless ``copy``
    (``copy.deepcopy``) makes one for each. Safe to use from several threads.
    """

    def __init__(
        self,
        name: str,
        *,
        ttl_s: float = TTL_S,
        memory_ttl_s: float | None = None,
        stale_s: float = 0.0,
        negative_ttl_s: float = NEGATIVE_TTL_S,
        entries_max: int = ENTRIES_MAX,
        load_timeout_s: float = LOAD_TIMEOUT_S,
        shared: Shared | None = None,
        copy: Callable[[T], T] | None = None,
        jitter: float = JITTER,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if entries_max < 1 or ttl_s <= 0 or not name:
            raise ValueError("name, entries_max and ttl_s: a cache has a name, a bound and an end")
        self.name = name
        self.shared = shared
        self.counts = dict.fromkeys(COUNTED, 0)
        self._ttl_s = ttl_s
        self._memory_ttl_s = ttl_s if memory_ttl_s is None else memory_ttl_s
        self._stale_s = stale_s
        self._negative_ttl_s = negative_ttl_s
        self._entries_max = entries_max
        self._load_timeout_s = load_timeout_s
        self._copy = copy
        self._jitter = jitter
        self._now = now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    def get(self, key: str, load: Callable[[], T | None]) -> T | None:
        """The value of a key, loaded when there is none. Raises what ``load`` raises (nothing of that is kept),
        LoadTimeout where another thread's load takes too long, and NotCacheable for what a Redis cannot take.
        """
        entry = self._entries.get(key)
        if entry is not None:
            now_s = self._now()
            if now_s < entry.fresh_until:
                with self._lock:
                    if key in self._entries:
                        self._entries.move_to_end(key)
                    self.counts["hit"] += 1
                return self._given(entry.value)
            if now_s < entry.stale_until:
                self.counts["stale"] += 1
                self._refresh(key, load)
                return self._given(entry.value)
        return self._given(self._loaded(key, load))

    def put(self, key: str, value: T | None) -> None:
        """Keep a value, here and in the Redis. Raises NotCacheable."""
        held = MISSING if value is None else value
        if self.shared is not None:
            fresh_s = self._fresh_s(held)
            self.shared.put(self._shared_key(key), held, fresh_s, fresh_s + self._stale_s)
        with self._lock:
            self._void(key)
            self._keep(key, held, self._fresh_s(held))

    def invalidate(self, *keys: str) -> bool:
        """Forget keys: a load that is under way is not kept either. Whether the Redis, if there is one, was told;
        when it was not, other functions serve the old values until they expire.
        """
        with self._lock:
            for key in keys:
                self._void(key)
                self._entries.pop(key, None)
        return self.shared is None or self.shared.invalidate(*(self._shared_key(key) for key in keys))

    def clear(self) -> bool:
        """Forget everything under this cache's name. Whether the Redis, if there is one, was told."""
        with self._lock:
            for key in list(self._flights):
                self._void(key)
            self._entries.clear()
        return self.shared is None or self.shared.clear(self._shared_key(""))

    def cached(self, key: str | Callable[..., str] = "") -> Decorator:
        """A decorator: results of a function are kept, by its arguments.

        ``key`` is a template over the arguments (``"user:{user_id}"``) or a function of them; without it, the key is
        the function's name and its arguments, which have to be JSON. Raises TypeError for ``async def``, and for
        methods without a key, whose ``self`` is no value.
        """
        return Decorator(self, key)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def hit_rate(self) -> float:
        """Answers without a load, of all answers since the metrics were last told; 1.0 where there were none."""
        served = self.counts["hit"] + self.counts["shared_hit"] + self.counts["stale"]
        asked = served + self.counts["miss"]
        return served / asked if asked else 1.0

    def emit(self, namespace: str, write: Callable[[str], object] | None = None, **dimensions: str) -> None:
        """Write the counts and the hit rate as one line of CloudWatch's embedded metric format, and begin anew.

        Nothing is written where nothing was asked.
        """
        if not any(self.counts.values()):
            return
        metrics = self._metrics()
        names = {"cache": self.name, **dimensions}
        document = {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [list(names)],
                        "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in metrics.items()],
                    }
                ],
            },
            **names,
            **{name: value for name, (_, value) in metrics.items()},
        }
        (write or _print)(json.dumps(document, separators=(",", ":")))

    def add_to(self, metrics: Any) -> None:
        """Hand the counts and the hit rate to powertools' Metrics, which writes them, and begin anew."""
        if any(self.counts.values()):
            for name, (unit, value) in self._metrics().items():
                metrics.add_metric(name=name, unit=unit, value=value)

    def _metrics(self) -> dict[str, tuple[str, float]]:
        rate = self.hit_rate * 100
        with self._lock:
            counts, self.counts = self.counts, dict.fromkeys(COUNTED, 0)
        names = {name: "Cache" + name.title().replace("_", "") for name in COUNTED}
        shown: dict[str, tuple[str, float]] = {names[name]: ("Count", count) for name, count in counts.items()}
        return shown | {"CacheHitRate": ("Percent", rate)}

    def _given(self, value: Any) -> T | None:
        if value is MISSING:
            return None
        return self._copy(value) if self._copy is not None else value

    def _shared_key(self, key: str) -> str:
        return f"{self.name}:{key}"

    def _fresh_s(self, value: Any) -> float:
        least = self._negative_ttl_s if value is MISSING else self._ttl_s
        return least * (1 - self._jitter * random.random())

    def _keep(self, key: str, value: Any, fresh_s: float) -> None:
        """Keep a value in memory. The lock is held."""
        now_s = self._now()
        until_s = now_s + min(fresh_s, self._memory_ttl_s)
        stale_s = 0.0 if value is MISSING else self._stale_s
        self._entries[key] = _Entry(value, until_s, until_s + stale_s)
        self._entries.move_to_end(key)
        while len(self._entries) > self._entries_max:
            self._entries.popitem(last=False)
            self.counts["evicted"] += 1

    def _void(self, key: str) -> None:
        """Let a load that is under way end without being kept. The lock is held."""
        flight = self._flights.pop(key, None)
        if flight is not None:
            flight.is_void = True

    def _loaded(self, key: str, load: Callable[[], T | None]) -> Any:
        """Load a key, or wait for who does."""
        with self._lock:
            flight = self._flights.get(key)
            is_mine = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if is_mine:
            return self._fly(key, flight, load)
        if flight.owner == threading.get_ident():
            raise RuntimeError(f"the load of {key!r} asks the cache for {key!r}")
        if not flight.under_way.acquire(timeout=self._load_timeout_s):
            raise LoadTimeout(f"{key!r} is being loaded for more than {self._load_timeout_s} s")
        flight.under_way.release()
        if flight.error is not None:
            raise flight.error
        self.counts["hit"] += 1
        return flight.value

    def _refresh(self, key: str, load: Callable[[], T | None]) -> None:
        """Load anew beside those that are given the old value, unless somebody does."""
        with self._lock:
            if key in self._flights:
                return
            flight = self._flights[key] = _Flight()

        def run() -> None:
            flight.owner = threading.get_ident()
            try:
                self._fly(key, flight, load, is_refresh=True)
            except Exception as error:  # noqa: BLE001 - the old value is served meanwhile, and nobody waits here
                logger.warning("the refresh of %r failed: %s: %s", key, type(error).__name__, error)

        threading.Thread(target=run, name=f"cache-{self.name}", daemon=True).start()

    def _fly(self, key: str, flight: _Flight, load: Callable[[], T | None], *, is_refresh: bool = False) -> Any:
        """Fetch from the Redis or load, keep the result, and tell who waits."""
        try:
            value, fresh_s = self._fetched(key, load, flight, is_refresh=is_refresh)
            flight.value = value
            with self._lock:
                if not flight.is_void:
                    self._keep(key, value, fresh_s)
            return value
        except BaseException as error:
            self.counts["load_error"] += 1
            flight.error = error
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.under_way.release()

    def _fetched(
        self, key: str, load: Callable[[], T | None], flight: _Flight, *, is_refresh: bool
    ) -> tuple[Any, float]:
        began_s = None
        if self.shared is not None:
            found = self.shared.get(self._shared_key(key))
            if found is not None and found[1] > 0:
                if not is_refresh:
                    self.counts["shared_hit"] += 1
                return found
            began_s = self.shared.now_s()
        if not is_refresh:
            self.counts["miss"] += 1
        loaded = load()
        value = MISSING if loaded is None else loaded
        fresh_s = self._fresh_s(value)
        if self.shared is not None and not flight.is_void:
            self.shared.put(self._shared_key(key), value, fresh_s, fresh_s + self._stale_s, began_s)
        return value, fresh_s


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
