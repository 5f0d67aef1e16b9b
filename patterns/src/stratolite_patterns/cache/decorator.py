"""Functions whose results are kept, by keys that never confuse two calls."""

import json
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from stratolite_patterns.cache.store import Cache

P = ParamSpec("P")
T = TypeVar("T")


class Cached(Generic[P, T]):
    """A function with a cache: call it, ``invalidate`` the result for some arguments, or ask for the ``key``."""

    def __init__(self, cache: "Cache[Any]", function: Callable[P, T], key: Callable[..., str]) -> None:
        update_wrapper(self, function)
        self._cache = cache
        self._function = function
        self.key = key

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, from the cache when it is there."""
        key = self.key(*args, **kwargs)
        return self._cache.get(key, lambda: self._function(*args, **kwargs))  # type: ignore[return-value]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method of an instance, when it stands in a class."""
        from functools import partial

        return self if instance is None else partial(self.__call__, instance)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Forget the result for some arguments. Whether the Redis, if there is one, was told."""
        return self._cache.invalidate(self.key(*args, **kwargs))


class Decorator:
    """What ``Cache.cached`` returns: applied to a function, it gives it the cache."""

    def __init__(self, cache: "Cache[Any]", key: str | Callable[..., str]) -> None:
        self._cache = cache
        self._key = key

    def __call__(self, function: Callable[P, T]) -> Cached[P, T]:
        """The function with the cache. Raises TypeError for what cannot be cached."""
        return cached_function(self._cache, function, self._key)


def cached_function(cache: "Cache[Any]", function: Callable[P, T], key: str | Callable[..., str]) -> Cached[P, T]:
    """A function with a cache. Raises TypeError for what cannot be cached."""
    import inspect

    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__qualname__} is async def: a coroutine is awaited once, and is no value to keep")
    if callable(key):
        return Cached(cache, function, key)
    signature = inspect.signature(function)
    if not key and next(iter(signature.parameters), "") in ("self", "cls"):
        raise TypeError(f"{function.__qualname__} is a method: give a key, since self is no value")
    name = f"{function.__module__}.{function.__qualname__}"
    strange = [each for each in _named(key) if each not in signature.parameters]
    if strange:
        raise TypeError(f"key: {{{strange[0]}}} is no argument of {function.__qualname__}")

    def templated(*args: Any, **kwargs: Any) -> str:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if not key:
            return f"{name}:{_canonical(name, list(bound.arguments.items()))}"
        # Quoted, so that two arguments never read as one: a:b and c, a and b:c.
        return key.format_map({each: _quoted(each, value) for each, value in bound.arguments.items()})

    return Cached(cache, function, templated)


def _named(template: str) -> list[str]:
    """The arguments that a template names."""
    from string import Formatter

    fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    return [field.split(".")[0].split("[")[0] for field in fields]


def _quoted(name: str, value: Any) -> Any:
    return quote(str(value), safe="") if isinstance(value, str | int | float) else _Unusable(name, value)


class _Unusable:
    """An argument that a template must not name: its text may be the same for two values, or differ for one."""

    def __init__(self, name: str, value: Any) -> None:
        self._name, self._kind = name, type(value).__name__

    def __format__(self, spec: str) -> str:
        raise TypeError(f"key: {self._name} is a {self._kind}; a template takes texts and numbers: give a function")

    __str__ = __repr__ = lambda self: self.__format__("")


def _canonical(name: str, arguments: list[tuple[str, Any]]) -> str:
    try:
        return json.dumps(arguments, sort_keys=True, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: arguments are no JSON ({error}): give a key") from None
