"""The tier that functions share: a Redis, which may be slow, down, or full of what others wrote.

Nothing that goes wrong here is an error of whoever asks: it is a miss, it is counted, and after some of it in a row the
circuit opens, so that a Redis that is down costs nothing. Every wait is bounded.

A value is stored as ``1|<fresh until, ms>|<JSON>``; without JSON, nothing is there. An invalidated key holds ``!|<ms>``
for a while, so that whoever loaded the value before cannot store it afterwards.
"""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from stratolite_patterns.cache.circuit import Circuit
from stratolite_patterns.cache.codec import Corrupt, decode, encode
from stratolite_patterns.connections import Connection

logger = logging.getLogger("stratolite_patterns")

TIMEOUT_S = 0.25
CONNECT_TIMEOUT_S = 0.5
HELD_OFF_MS = 30_000
"""How long an invalidated key remembers it: longer than any load should take."""
SCANNED = 500
MISSING = object()
"""Stands for a value that is known not to be there."""

_STORE = """
local found = redis.call('GET', KEYS[1])
if found and string.sub(found, 1, 1) == '!' and tonumber(string.sub(found, 3)) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
"""


class Shared:
    """A Redis. ``url`` is redis-py's (``rediss://`` for TLS); ``client`` makes a client of your own instead (a
    cluster's).

    ``now`` is the time of the day in seconds, which functions share, and ``elapsed`` that of the circuit.
    """

    def __init__(
        self,
        url: str = "",
        *,
        client: Callable[[], Any] | None = None,
        timeout_s: float = TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        circuit: Circuit | None = None,
        now: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        if bool(url) == (client is not None):
            raise ValueError("url or client: one of them is needed")

        def make() -> Any:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry

            # A connection that died while the function was frozen is made anew at once; a time-out is not waited twice.
            # One connection suits a function, which answers one request at a time; threads take turns.
            return redis.Redis.from_url(
                url,
                single_connection_client=True,
                socket_timeout=timeout_s,
                socket_connect_timeout=connect_timeout_s,
                socket_keepalive=True,
                retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            )

        self._connection: Connection[Any] = Connection(
            client or make, check=lambda each: True, close=lambda each: each.close(), name="redis"
        )
        self.circuit = circuit or Circuit(now=elapsed)
        self.errors = 0
        self._now = now

    def get(self, key: str) -> tuple[Any, float] | None:
        """A value (or MISSING) and how long it stays fresh in seconds, which may be over; None where there is none."""
        found = self._tried("GET", lambda redis: redis.get(key))
        if not found or found[:1] == b"!":
            return None
        try:
            version, until_ms, data = found.split(b"|", 2)
            if version != b"1":
                raise Corrupt("another format")
            value = decode(data) if data else MISSING
            return value, int(until_ms) / 1000 - self._now()
        except (Corrupt, ValueError, AttributeError, TypeError) as error:
            self.errors += 1
            logger.warning("the cache holds no value of ours under %s: %s", key, error)
            return None

    def put(self, key: str, value: Any, fresh_s: float, kept_s: float, loaded_s: float | None = None) -> None:
        """Store a value that stays fresh for some seconds and is kept for more, unless it was invalidated after
        ``loaded_s``, the time of the day at which its loading began. Raises NotCacheable.
        """
        data = b"" if value is MISSING else encode(value)
        now_s = self._now()
        stored = b"1|%d|%b" % (int((now_s + fresh_s) * 1000), data)
        began_ms = int((loaded_s if loaded_s is not None else now_s) * 1000)
        if loaded_s is not None and (now_s - loaded_s) * 1000 >= HELD_OFF_MS:
            return
        self._tried("SET", lambda redis: redis.eval(_STORE, 1, key, stored, began_ms, max(1, int(kept_s * 1000))))

    def invalidate(self, *keys: str) -> bool:
        """Forget keys, and refuse what was loaded before. Whether the Redis was told."""
        mark = b"!|%d" % int(self._now() * 1000)

        def tell(redis: Any) -> bool:
            with redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.set(key, mark, px=HELD_OFF_MS)
                pipe.execute()
            return True

        return self._tried("invalidate", tell) is True

    def clear(self, prefix: str) -> bool:
        """Invalidate every key with a prefix. Whether the Redis was told."""
        pattern = "".join(f"\\{each}" if each in "*?[]\\^-" else each for each in prefix) + "*"

        def tell(redis: Any) -> bool:
            batch = list(redis.scan_iter(match=pattern, count=SCANNED))
            mark = b"!|%d" % int(self._now() * 1000)
            for start in range(0, len(batch), SCANNED):
                with redis.pipeline(transaction=False) as pipe:
                    for key in batch[start : start + SCANNED]:
                        pipe.set(key, mark, px=HELD_OFF_MS)
                    pipe.execute()
            return True

        return self._tried("clear", tell) is True

    def close(self) -> None:
        """Close the connection. It is made anew when it is next needed."""
        self._connection.close()

    def now_s(self) -> float:
        """The time of the day, as values are stored with it."""
        return self._now()

    @staticmethod
    @cache
    def _expected() -> tuple[type[Exception], ...]:
        """What a Redis that is not well raises."""
        from redis.exceptions import RedisError

        return RedisError, OSError

    def _tried(self, what: str, work: Callable[[Any], Any]) -> Any:
        """What the Redis answers, or None while it does not."""
        if not self.circuit.allows():
            return None
        try:
            answer = work(self._connection())
        except self._expected() as error:
            self.errors += 1
            self.circuit.failed()
            logger.warning("the cache's %s failed, and is %s: %s", what, self.circuit.state, error)
            return None
        self.circuit.succeeded()
        return answer
