"""Where requests to deployed APIs arrive, remembered until an API changes.

What is found for a method, path and host is found again with one look-up, whichever service the API belongs to. Every
service with deployed APIs forgets all of it after a commit that may have changed one.
"""

from typing import Any

PLACES_REMEMBERED_MAX = 4096
"""How many places are remembered; at the limit all are forgotten."""
KEY_LENGTH_MAX = 512
"""A longer path and host are looked for each time."""

Key = tuple[str, str, str]
"""Method, path and host."""


class Places:
    """What was found for keys."""

    __slots__ = ("_found", "generation", "get")

    def __init__(self) -> None:
        self.generation = 0
        """How often an API has changed."""
        self._found: dict[Key, Any] = {}
        self.get = self._found.get

    def remember(self, key: Key, found: Any) -> None:
        """Remember what was found."""
        if len(key[1]) + len(key[2]) > KEY_LENGTH_MAX:
            return
        if len(self._found) >= PLACES_REMEMBERED_MAX:
            self._found.clear()
        self._found[key] = found

    def forget(self) -> None:
        """An API has changed."""
        self.generation += 1
        self._found.clear()

    def __len__(self) -> int:
        return len(self._found)
