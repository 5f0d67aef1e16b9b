"""Texts to values of declared types. Nothing here says what a text was: it may be a secret."""

import json
import types
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from stratolite_patterns.settings.concealed import Secret

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off"})


class Malformed(ValueError):
    """A text that is no value of its type. The text of the error says what is needed, and not what was there."""


def is_secret(kind: Any) -> bool:
    """Whether a declared type is a Secret, or an optional one."""
    return get_origin(kind) is Secret or kind is Secret or any(is_secret(each) for each in get_args(kind))


def convert(text: str, kind: Any) -> Any:
    """The value of a text. Raises Malformed, and TypeError for a type that no text can be."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Secret or kind is Secret:
        return Secret(convert(text, arguments[0] if arguments else str))
    if origin in (Union, types.UnionType):
        return convert(text, next(each for each in arguments if each is not type(None)))
    if origin is Literal:
        found = [each for each in arguments if str(each) == text]
        if not found:
            raise Malformed(f"one of {', '.join(map(str, arguments))} is needed")
        return found[0]
    if origin in (list, tuple, set, frozenset):
        # A text in brackets is JSON; any other is split at its commas.
        items = _json(text, list) if text.lstrip().startswith("[") else text.split(",")
        each_kind = arguments[0] if arguments else str
        return origin(
            convert(str(each).strip() if not isinstance(each, dict) else json.dumps(each), each_kind) for each in items
        )
    if origin is dict or kind is dict:
        return _json(text, dict)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(text, kind)
    if kind in _CONVERTERS:
        return _CONVERTERS[kind](text)
    raise TypeError(f"{kind!r} is no type of a setting")


def supports(kind: Any) -> bool:
    """Whether texts can be values of a type."""
    try:
        convert("", kind)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _bool(text: str) -> bool:
    word = text.strip().lower()
    # bool("false") is True, which is how a switch that is off is found to be on in production.
    if word not in TRUE | FALSE:
        raise Malformed("true or false is needed")
    return word in TRUE


def _number(kind: Callable[[str], Any], name: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            value = kind(text.strip())
        except (ValueError, InvalidOperation):
            raise Malformed(f"{name} is needed") from None
        if value != value or value in (float("inf"), float("-inf")):
            raise Malformed(f"{name} is needed")
        return value

    return read


def _duration(text: str) -> timedelta:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    word = text.strip()
    unit = next((each for each in units if word.endswith(each) and word[: -len(each)].strip().isdecimal()), None)
    if unit is None:
        raise Malformed("a duration is needed, such as 500ms, 30s, 5m, 1h, 7d")
    return timedelta(seconds=int(word[: -len(unit)]) * units[unit])


def _json(text: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise Malformed("JSON is needed") from None
    if not isinstance(value, kind):
        raise Malformed(f"a JSON {'object' if kind is dict else 'array'} is needed")
    return value


def _enum(text: str, kind: type[Enum]) -> Enum:
    for each in kind:
        if text in (each.name, str(each.value)):
            return each
    raise Malformed(f"one of {', '.join(str(each.value) for each in kind)} is needed")


_CONVERTERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    bool: _bool,
    int: _number(int, "a whole number"),
    float: _number(float, "a number"),
    Decimal: _number(Decimal, "a number"),
    Path: Path,
    timedelta: _duration,
    Any: str,
}
