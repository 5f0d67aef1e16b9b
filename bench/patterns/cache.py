"""The cache: a hit in memory, and one in a Redis beside bare redis-py against the same server."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from bench.patterns.rounds import medians_us
from bench.report import Row
from stratolite_patterns.cache import Cache, Shared

CALLS = 2000
HIT_US_MAX = 2.0
OVER_BARE_MAX = 1.10
STARTED_S_MAX = 10
VALUE = {
    "id": "ada",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "roles": ["reader", "writer"],
    "bio": "x" * 200,
}


def run() -> list[Row]:
    """All rows; those with a Redis where redis-server is installed."""
    cache: Cache[Any] = Cache("bench", ttl_s=3600)
    cache.get("k", lambda: VALUE)
    (hit_us,) = medians_us(lambda: cache.get("k", _never), calls=CALLS * 50)
    rows = [Row("cache: hit in memory", f"{hit_us:.2f} us", "", f"<= {HIT_US_MAX:.0f} us", hit_us <= HIT_US_MAX)]
    if not shutil.which("redis-server"):
        return [*rows, Row("cache: hit in a Redis", "not measured", "redis-server is not installed", "", None)]
    with _redis() as port:
        return [*rows, _shared(port)]


def _shared(port: int) -> Row:
    import redis

    bare = redis.Redis(host="127.0.0.1", port=port)
    bare.set("bare", json.dumps(VALUE))
    shared = Shared(f"redis://127.0.0.1:{port}")
    # Nothing is fresh in memory, so that each call is a hit in the Redis.
    cache: Cache[Any] = Cache("bench", ttl_s=3600, memory_ttl_s=0, shared=shared)
    cache.get("k", lambda: VALUE)
    try:
        cache_us, bare_us = medians_us(
            lambda: cache.get("k", _never), lambda: json.loads(bare.get("bare") or b""), calls=CALLS
        )
    finally:
        shared.close()
        bare.close()
    ratio = cache_us / bare_us
    return Row(
        "cache: hit in a Redis",
        f"{ratio:.2f}x ({cache_us:.0f} us)",
        f"bare redis-py {bare_us:.0f} us",
        f"<= {OVER_BARE_MAX:.2f}x",
        ratio <= OVER_BARE_MAX,
    )


def _never() -> Any:
    raise AssertionError("a hit loads nothing")


@contextlib.contextmanager
def _redis() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            limit_s = time.monotonic() + STARTED_S_MAX
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert time.monotonic() < limit_s, "redis-server did not start"
                    time.sleep(0.01)
            yield port
        finally:
            process.terminate()
            process.wait()
