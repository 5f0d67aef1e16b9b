"""What a filter policy is compared with: the attributes of a message, or its body.

Source: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

import json
from collections.abc import Mapping
from typing import Any


def of_body(message: str) -> dict[str, Any]:
    """The JSON object that a message is; empty for any other message, which passes no policy."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return _dotted(body) if isinstance(body, dict) else {}


def of_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of message attributes. Binary ones are ignored, as if they were not there."""
    return {
        name: _value(attribute["DataType"], attribute.get("StringValue", ""))
        for name, attribute in attributes.items()
        if not attribute["DataType"].startswith("Binary")
    }


def _value(kind: str, text: str) -> Any:
    if kind == "String.Array":
        return _array(text)
    return _number(text) if kind.startswith("Number") else _escaped(text)


def _escaped(value: Any) -> Any:
    """Policies escape quotation marks and backslashes of attributes twice, because they meet the escaped text."""
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace('"', '\\"')
    return [_escaped(element) for element in value] if isinstance(value, list) else value


def _array(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    return _escaped(value)


def _number(text: str) -> int | float:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else float(text)


def _dotted(document: Any) -> Any:
    """A key with dots is the same as nested keys: ``{"a.b": 1}`` reads as ``{"a": {"b": 1}}``."""
    if isinstance(document, list):
        return [_dotted(element) for element in document]
    if not isinstance(document, dict):
        return document
    result: dict[str, Any] = {}
    for key, value in document.items():
        *path, last = key.split(".") if key.strip(".") else [key]
        inner = _dotted(value)
        for part in [last, *reversed(path)]:
            inner = {part: inner}
        _add(result, inner)
    return result


def _add(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Adds members to an object: what both have as objects is one object, else the later one stays."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            _add(known[key], value)
        else:
            known[key] = value
