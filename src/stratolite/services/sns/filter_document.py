"""What a filter policy is compared with: the attributes of a message, or its body.

Source: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core import pattern


def of_body(message: str) -> dict[str, Any]:
    """The JSON object that a message is; empty for any other message, which passes no policy."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return pattern.nest(body) if isinstance(body, dict) else {}


def of_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of message attributes. Binary ones are ignored, as if they were not there."""
    return {
        name: _value(attribute["DataType"], attribute.get("StringValue", ""))
        for name, attribute in attributes.items()
        if not attribute["DataType"].startswith("Binary")
    }


def _value(kind: str, text: str) -> Any:
    if kind in ("String.Array", "Number.Array"):
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
