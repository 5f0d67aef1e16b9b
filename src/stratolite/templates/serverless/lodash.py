"""How the Serverless Framework puts maps, lists and words together: its templates show lodash's rules.

Two definitions of one resource are merged member by member, a status code of ``200`` comes before one that was written
earlier. Sans I/O; knows nothing of AWS.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import combining, normalize

from stratolite.templates.document import copied
from stratolite.templates.javascript import ordered, truthy

_UNICODE_WORD = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|[0-9][a-zA-Z]|[a-zA-Z][0-9]|[^a-zA-Z0-9 ]")
_WORD = re.compile(
    r"[A-Z]?[a-z]+(?=[^A-Za-z0-9]|[A-Z]|$)|[A-Z]+(?=[^A-Za-z0-9]|[A-Z][a-z]|$)|[A-Z]?[a-z]+|[A-Z]+"
    r"|\d*(?:1ST|2ND|3RD|(?![123])\dTH)(?=\b|[a-z_])|\d*(?:1st|2nd|3rd|(?![123])\dth)(?=\b|[A-Z_])|\d+"
)

_LIGATURES = {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "Oe", "ð": "d", "Ð": "D", "ł": "l"}


def either(*values: Any) -> Any:
    """The first value that JavaScript takes for true, or None: what ``||`` gives."""
    return next((value for value in values if truthy(value)), None)


def items(mapping: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values in JavaScript's order: whole numbers first, ascending, then the others as they were written."""
    return ((key, mapping[key]) for key in ordered(mapping))


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value: what is undefined in JavaScript is not written to JSON."""
    return {key: value for key, value in members.items() if value is not None}


def merge(target: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """Merge ``source`` into ``target``, and give ``target``: maps by key, lists by index."""
    for key, value in source.items():
        target[key] = _merged(target.get(key), value)
    return target


def _merged(before: Any, value: Any) -> Any:
    if isinstance(value, dict) and isinstance(before, dict):
        return merge(before, value)
    if isinstance(value, list) and isinstance(before, list):
        common = min(len(before), len(value))
        for index in range(common):
            before[index] = _merged(before[index], value[index])
        before.extend(copied(child) for child in value[common:])
        return before
    return copied(value)


def union(*lists: list[Any]) -> list[Any]:
    """The distinct values of several lists, in order."""
    result: list[Any] = []
    for values in lists:
        result.extend(value for value in values if value not in result)
    return result


def sorted_json(value: Any) -> str:
    """JSON without spaces and with its keys in order, for digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def upper_first(word: str) -> str:
    """``userCreated`` as ``UserCreated``."""
    return word[:1].upper() + word[1:]


def words(phrase: str) -> list[str]:
    """The words of a text, without accents and apostrophes: ``application/vnd.api+json2`` has five."""
    letters = "".join(_LIGATURES.get(sign, sign) for sign in phrase)
    bare = "".join(sign for sign in normalize("NFKD", letters) if not combining(sign) and sign not in "'\u2019")
    if _UNICODE_WORD.search(bare):
        return _WORD.findall(bare)
    return bare.split()


def start_case(phrase: str) -> str:
    """``application/json`` as ``ApplicationJson``."""
    return "".join(upper_first(word) for word in words(phrase))


def camel_case(phrase: str) -> str:
    """``post-create-model`` as ``postCreateModel``."""
    parts = [word.lower() for word in words(phrase)]
    return "".join([*parts[:1], *(upper_first(part) for part in parts[1:])])
