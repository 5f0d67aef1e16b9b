"""Which rules of a bus an event may match, found without comparing it with each of them.

A pattern that asks for one of some texts at some path (almost all ask for a source) is filed under those texts. Each
pattern is filed at the one of its paths that is rarest among the others, so that a thousand rules cost an event little
more than ten. What is found is still compared in whole.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from stratolite.core import pattern
from stratolite.core.pattern import Pattern
from stratolite.services.events import event_pattern

T = TypeVar("T")
Path = tuple[str, ...]


class Index(Generic[T]):
    """Values with patterns; an empty pattern text matches everything."""

    def __init__(self, entries: Sequence[tuple[T, str]]) -> None:
        self._entries: list[tuple[T, Pattern | None]] = [
            (value, event_pattern.parse(source) if source else None) for value, source in entries
        ]
        self._filed: dict[Path, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._unfiled: list[int] = []
        demands = [dict(_demands(json.loads(source))) if source else {} for _, source in entries]
        frequency = Counter((path, text) for demand in demands for path, texts in demand.items() for text in texts)
        for number, demand in enumerate(demands):
            if not demand:
                self._unfiled.append(number)
                continue
            path = min(demand, key=lambda one: sum(frequency[one, text] for text in demand[one]))
            for text in set(demand[path]):
                self._filed[path][text].append(number)

    def matching(self, event: Mapping[str, Any]) -> list[T]:
        """The values whose patterns an event matches, in their order."""
        document = pattern.nest(event)
        numbers = set(self._unfiled)
        for path, filed in self._filed.items():
            for text in _texts(document, path):
                numbers.update(filed.get(text, ()))
        found = []
        for number in sorted(numbers):
            value, compiled = self._entries[number]
            if compiled is None or pattern.matches(compiled, document):
                found.append(value)
        return found


def _demands(rule: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, list[str]]]:
    """The paths at which a pattern demands one of some texts, and nothing else would do."""
    for key, wanted in rule.items():
        path = (*above, *(key.split(".") if key.strip(".") else [key]))
        if isinstance(wanted, dict):
            yield from _demands(wanted, path)
        elif all(isinstance(one, str) for one in wanted):
            yield path, wanted


def _texts(document: Any, path: Path) -> Iterable[str]:
    """The texts that an event has at a path, in whatever element of an array."""
    if isinstance(document, list):
        return [text for element in document for text in _texts(element, path)]
    if not path:
        return [document] if isinstance(document, str) else []
    return _texts(document.get(path[0]), path[1:]) if isinstance(document, Mapping) else []
