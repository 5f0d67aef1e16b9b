"""The Java methods that templates call on strings, lists, maps and numbers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Method = Callable[..., Any]


class JsonList(list[Any]):
    """A list that came from JSON: it prints as JSON, where other lists print as Java's do."""


class Entry(dict[str, Any]):
    """What ``entrySet`` gives: a key and a value."""


def shown(value: Any) -> str:
    """A value as a template prints it; null prints nothing, as in API Gateway."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Entry):
        return f"{shown(value['key'])}={_inner(value['value'])}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(key)}={_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, JsonList):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    return str(value)


def from_json(value: Any) -> Any:
    """A parsed JSON value whose lists print as JSON."""
    if isinstance(value, list):
        return JsonList(from_json(item) for item in value)
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    return value


def _inner(value: Any) -> str:
    return "null" if value is None else shown(value)


def pattern(text: str) -> re.Pattern[str]:
    """A Java regular expression. What Python writes differently is rare: possessive quantifiers exist from 3.11."""
    return re.compile(text.replace(r"\Q", "").replace(r"\E", ""))


def _replacement(text: str) -> str:
    """Java's ``$1`` and ``\\$`` in a replacement, as Python writes them."""
    parts = re.split(r"(\\.|\$\d)", text)
    return "".join(
        rf"\g<{part[1]}>"
        if part[:1] == "$" and len(part) == 2
        else re.sub(r"\\", r"\\\\", part[-1:])
        if part[:1] == "\\"
        else part
        for part in parts
    )


def _split(text: str, by: str, limit: int = 0) -> list[str]:
    if limit == 1:
        return [text]
    parts = pattern(by).split(text, max(limit - 1, 0))
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _substring(text: str, start: int, end: int | None = None) -> str:
    """Raises IndexError for what is not within the text, as Java does."""
    last = len(text) if end is None else end
    if not 0 <= start <= last <= len(text):
        raise IndexError(f"{start} to {last} of {len(text)} characters")
    return text[start:last]


def _compared(text: str, other: str) -> int:
    """How far apart two texts are at the first character that differs, else in their lengths."""
    for mine, theirs in zip(text, other, strict=False):
        if mine != theirs:
            return ord(mine) - ord(theirs)
    return len(text) - len(other)


def _remove(items: list[Any], what: Any) -> Any:
    """Java has two: of an index, which gives what was there, and of an element, which says whether it was."""
    if isinstance(what, int) and not isinstance(what, bool):
        return items.pop(what)
    if what not in items:
        return False
    items.remove(what)
    return True


def _remove_all(items: list[Any], others: list[Any]) -> bool:
    kept = [each for each in items if each not in others]
    is_changed = len(kept) != len(items)
    items[:] = kept
    return is_changed


def _sub_list(items: list[Any], first: int, last: int) -> list[Any]:
    if not 0 <= first <= last <= len(items):
        raise IndexError(f"{first} to {last} of {len(items)} elements")
    return type(items)(items[first:last])


def _put_if_absent(items: dict[Any, Any], key: Any, value: Any) -> Any:
    before = items.get(key)
    if before is None:
        items[key] = value
    return before


def _set(items: list[Any], index: int, value: Any) -> Any:
    before, items[index] = items[index], value
    return before


def _put(items: dict[Any, Any], key: Any, value: Any) -> Any:
    before = items.get(key)
    items[key] = value
    return before


def _put_all(items: dict[Any, Any], other: dict[Any, Any]) -> None:
    items.update(other)


def _added(items: list[Any], value: Any) -> bool:
    items.append(value)
    return True


def _get(items: list[Any], index: int) -> Any:
    return items[index] if 0 <= index < len(items) else None


STRING: Mapping[str, Method] = {
    "charAt": lambda text, index: text[index],
    "compareTo": _compared,
    "compareToIgnoreCase": lambda text, other: _compared(text.lower(), other.lower()),
    "concat": lambda text, other: text + other,
    "contains": lambda text, part: part in text,
    "endsWith": lambda text, end: text.endswith(end),
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == shown(other).lower(),
    "indexOf": lambda text, part, start=0: text.find(part, start),
    "isBlank": lambda text: not text.strip(),
    "isEmpty": lambda text: not text,
    "lastIndexOf": lambda text, part: text.rfind(part),
    "length": len,
    "matches": lambda text, regex: pattern(regex).fullmatch(text) is not None,
    "repeat": lambda text, times: text * times,
    "replace": lambda text, old, new: text.replace(old, new),
    "replaceAll": lambda text, regex, new: pattern(regex).sub(_replacement(new), text),
    "replaceFirst": lambda text, regex, new: pattern(regex).sub(_replacement(new), text, count=1),
    "size": len,
    "split": _split,
    "startsWith": lambda text, start, offset=0: text.startswith(start, offset),
    "strip": lambda text: text.strip(),
    "substring": _substring,
    "toCharArray": lambda text: list(text),
    "toLowerCase": lambda text: text.lower(),
    "toString": lambda text: text,
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
}
LIST: Mapping[str, Method] = {
    "add": _added,
    "addAll": lambda items, more: items.extend(more),
    "clear": lambda items: items.clear(),
    "contains": lambda items, value: value in items,
    "containsAll": lambda items, others: all(each in items for each in others),
    "equals": lambda items, other: items == other,
    "get": _get,
    "indexOf": lambda items, value: items.index(value) if value in items else -1,
    "isEmpty": lambda items: not items,
    "lastIndexOf": lambda items, value: len(items) - 1 - items[::-1].index(value) if value in items else -1,
    "remove": _remove,
    "removeAll": _remove_all,
    "set": _set,
    "size": len,
    "subList": _sub_list,
    "toString": lambda items: shown(items),
}
MAP: Mapping[str, Method] = {
    "clear": lambda items: items.clear(),
    "containsKey": lambda items, key: key in items,
    "containsValue": lambda items, value: value in items.values(),
    "entrySet": lambda items: [Entry(key=key, value=value) for key, value in items.items()],
    "equals": lambda items, other: items == other,
    "get": lambda items, key: items.get(key),
    "getOrDefault": lambda items, key, default: items.get(key, default),
    "isEmpty": lambda items: not items,
    "keySet": lambda items: list(items),
    "put": _put,
    "putAll": _put_all,
    "putIfAbsent": _put_if_absent,
    "remove": lambda items, key: items.pop(key, None),
    "size": len,
    "toString": lambda items: shown(items),
    "values": lambda items: list(items.values()),
    "getKey": lambda items: items.get("key"),
    "getValue": lambda items: items.get("value"),
}
NUMBER: Mapping[str, Method] = {
    "compareTo": lambda number, other: (number > other) - (number < other),
    "doubleValue": float,
    "equals": lambda number, other: number == other,
    "floatValue": float,
    "intValue": int,
    "longValue": int,
    "parseInt": lambda number, text: int(text),
    "toString": lambda number: shown(number),
}


def of(value: Any, name: str) -> Method | None:
    """The method of this name that a value has."""
    if isinstance(value, str):
        return STRING.get(name)
    if isinstance(value, list):
        return LIST.get(name)
    if isinstance(value, dict):
        return MAP.get(name)
    if isinstance(value, int | float):
        return NUMBER.get(name)
    return None
