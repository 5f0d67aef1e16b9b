"""Values as bytes for a shared cache: JSON, with tags for what JSON lacks. Never pickle: who can write to a Redis could
then run code in every function that reads from it.

What comes out has the types that went in: str, int, float, bool, None, list, tuple, dict with texts as keys, set,
frozenset, bytes, Decimal, datetime, date, UUID. Anything else is refused by name when it goes in.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

TAG = "~t"
_MARK = b'"~t"'
DEPTH_MAX = 100


class NotCacheable(TypeError):
    """A value of a type that the shared cache does not take. The text names the type."""


class Corrupt(ValueError):
    """Bytes that are no value of ours."""


def encode(value: Any) -> bytes:
    """A value as bytes. Raises NotCacheable."""
    try:
        return json.dumps(_plain(value, 0), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, UnicodeEncodeError) as error:
        raise NotCacheable(str(error)) from error


def decode(data: bytes) -> Any:
    """The value of bytes. Raises Corrupt."""
    try:
        if _MARK in data:
            return json.loads(data, object_hook=_tagged)
        return json.loads(data.decode())
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Corrupt(f"{type(error).__name__}: {error}") from error


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in (str, int, float, bool) or value is None:
        return value
    if depth > DEPTH_MAX:
        raise NotCacheable(f"nested deeper than {DEPTH_MAX}")
    if kind is list:
        return [_plain(each, depth + 1) for each in value]
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise NotCacheable(f"a key of type {type(key).__name__}: JSON would make a text of it")
        plain = {key: _plain(each, depth + 1) for key, each in value.items()}
        return {TAG: "dict", "v": list(plain.items())} if TAG in plain else plain
    if kind in _WRITERS:
        name, write = _WRITERS[kind]
        return {TAG: name, "v": write(value, depth + 1)}
    raise NotCacheable(f"{kind.__module__}.{kind.__qualname__}: convert it to a dict, or keep it in memory alone")


def _items(value: Any, depth: int) -> list[Any]:
    return [_plain(each, depth) for each in value]


_WRITERS: dict[type, tuple[str, Callable[[Any, int], Any]]] = {
    tuple: ("tuple", _items),
    set: ("set", _items),
    frozenset: ("frozenset", _items),
    bytes: ("bytes", lambda value, depth: value.hex()),
    Decimal: ("decimal", lambda value, depth: str(value)),
    datetime: ("datetime", lambda value, depth: value.isoformat()),
    date: ("date", lambda value, depth: value.isoformat()),
    UUID: ("uuid", lambda value, depth: str(value)),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "bytes": bytes.fromhex,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "uuid": UUID,
    "dict": dict,
}


def _tagged(value: dict[str, Any]) -> Any:
    name = value.get(TAG)
    return value if name is None else _READERS[name](value["v"])
