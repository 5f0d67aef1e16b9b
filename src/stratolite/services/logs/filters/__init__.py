"""The pattern language of FilterLogEvents: terms, JSON and space-delimited columns.

``matcher`` reads a pattern once and gives a predicate over messages. Pure; a pattern that AWS refuses raises
InvalidParameterException. Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Callable

from stratolite.services.logs.filters.columns import column_matcher
from stratolite.services.logs.filters.document import document_matcher
from stratolite.services.logs.filters.terms import term_matcher

Matcher = Callable[[str], bool]


def matcher(pattern: str) -> Matcher:
    """A predicate over messages. The empty pattern accepts all. Raises InvalidParameterException."""
    text = pattern.strip()
    if text.startswith("{"):
        return document_matcher(text)
    if text.startswith("["):
        return column_matcher(text)
    return term_matcher(text)
