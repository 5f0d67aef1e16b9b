"""Terms in unstructured messages.

``ERROR Exception`` wants both, ``?A ?B`` one of them, ``-A`` none; ``"exact phrase"`` and ``%regex%`` are terms too.
"""

import re
from collections.abc import Callable

from stratolite.services.logs import api
from stratolite.services.logs.filters.values import invalid, regex, unquote

Found = Callable[[str], bool]

_TERM = re.compile(r'([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"%]+)(?:\s+|$)')
_STRANGE = re.compile(r"[^\w.]+")


def term_matcher(text: str) -> Found:
    """A predicate over messages; case counts. Raises InvalidParameterException for words that need quotation marks."""
    required: list[Found] = []
    optional: list[Found] = []
    excluded: list[Found] = []
    lists = {"": required, "?": optional, "-": excluded}
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None:
            raise invalid(text)
        lists[term.group(1)].append(_found(term.group(2), text))
        position = term.end()
    # AWS ignores optional terms beside required or excluded ones.
    alternatives = [] if required or excluded else optional

    def matches(message: str) -> bool:
        return (
            all(found(message) for found in required)
            and not any(found(message) for found in excluded)
            and (not alternatives or any(found(message) for found in alternatives))
        )

    return matches


def _found(word: str, pattern: str) -> Found:
    if word.startswith("%"):
        compiled = regex(word[1:-1], pattern)
        return lambda message: compiled.search(message) is not None
    if word.startswith('"'):
        phrase = unquote(word)
    elif strange := _STRANGE.search(word):
        raise api.InvalidParameterException(f"Invalid character(s) in term '{strange.group()}'")
    else:
        phrase = word
    return lambda message: phrase in message
