"""Caching: bounded memory in front of a Redis that may be down, each key loaded once at a time.

    store      Cache: get, put, invalidate, the decorator, metrics
    shared     Shared: a Redis, with time-outs and a circuit breaker
    circuit    Circuit: closed, open, half-open
    codec      what can be kept in a Redis, as JSON

A Redis needs redis-py: ``pip install 'stratolite-patterns[redis]'``.
"""

from stratolite_patterns.cache.circuit import Circuit
from stratolite_patterns.cache.codec import Corrupt, NotCacheable, decode, encode
from stratolite_patterns.cache.decorator import Cached
from stratolite_patterns.cache.shared import Shared
from stratolite_patterns.cache.store import Cache, LoadTimeout

__all__ = ["Cache", "Cached", "Circuit", "Corrupt", "LoadTimeout", "NotCacheable", "Shared", "decode", "encode"]
