"""The pattern language of FilterLogEvents and of metric and subscription filters: terms, JSON, space-delimited columns.

``matcher`` reads a pattern once and gives a predicate over messages; ``reader`` gives what a message that matches
holds, and ``field`` picks from that. Pure; a pattern that AWS refuses raises InvalidParameterException. Follows
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable
from typing import Any

from stratolite.services.logs.filters.columns import Columns, column_field, column_reader
from stratolite.services.logs.filters.document import document_field, document_reader
from stratolite.services.logs.filters.terms import term_matcher

Matcher = Callable[[str], bool]
Reader = Callable[[str], Any]
"""What a message holds, to be picked from by a ``Field``; None when it does not match."""
Field = Callable[[Any], Any]
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_REGEX = re.compile(r"%[^%]*%")


def matcher(pattern: str) -> Matcher:
    """A predicate over messages. The empty pattern accepts all. Raises InvalidParameterException."""
    if not has_fields(pattern):
        return term_matcher(pattern.strip())
    read = reader(pattern)
    return lambda message: read(message) is not None


def reader(pattern: str) -> Reader:
    """Gives what a message that matches holds: its document, its ``Columns``, or itself."""
    text = pattern.strip()
    if text.startswith("{"):
        return document_reader(text)
    if text.startswith("["):
        return column_reader(text)
    matches = term_matcher(text)
    return lambda message: message if matches(message) else None


def field(pattern: str, selector: str) -> Field | None:
    """What picks the value of a selector (``$.latency``, ``$bytes``) from what the reader of a pattern gave.

    None when messages of such a pattern have no such fields.
    """
    if not has_fields(pattern):
        return None
    return document_field(selector) if pattern.strip().startswith("{") else column_field(selector)


def extracted(found: Any) -> dict[str, str]:
    """The columns that a reader gave, by name; what is no columns has none, as on AWS."""
    return dict(found.named) if isinstance(found, Columns) else {}


def has_fields(pattern: str) -> bool:
    """Whether what matches a pattern is JSON or has columns."""
    return pattern.strip()[:1] in ("{", "[")


def regexes(pattern: str) -> int:
    """How many regular expressions a pattern holds."""
    return len(_REGEX.findall(_QUOTED.sub("", pattern)))
