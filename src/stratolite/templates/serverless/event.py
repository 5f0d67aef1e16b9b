"""One event of a function, as the modules of ``events`` get it."""

from dataclasses import dataclass
from typing import Any

from stratolite.templates.document import Mark
from stratolite.templates.serverless.service import Function, mark_at


@dataclass(frozen=True)
class Event:
    """``settings`` is what stands behind the event's name: a text or a map. ``at`` is where the event was written,
    ``number`` which of its function's events it is, from 1."""

    function: Function
    settings: Any
    at: Mark
    number: int = 1

    def mark(self, *path: str | int) -> Mark:
        """Where a setting of the event was written."""
        return mark_at(self.settings, self.at, path)
