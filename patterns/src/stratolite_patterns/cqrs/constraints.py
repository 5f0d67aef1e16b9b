"""What a field's value has to be beyond its type: ``name: Annotated[str, Length(1, 100)]``."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


class Constraint(ABC):
    """A rule about a value that has its type already."""

    @abstractmethod
    def violation(self, value: Any) -> str | None:
        """What is wrong with it, as the end of a sentence; None when nothing is."""


@dataclass(frozen=True, slots=True)
class Length(Constraint):
    """Of a text (in characters), a list, a set or a mapping (in members)."""

    least: int = 0
    most: int | None = None

    def violation(self, value: Any) -> str | None:
        """Too short or too long."""
        if len(value) < self.least:
            return f"is shorter than {self.least}"
        return f"is longer than {self.most}" if self.most is not None and len(value) > self.most else None


@dataclass(frozen=True, slots=True)
class Range(Constraint):
    """Of a number, a date or a time; both ends are included."""

    least: Any = None
    most: Any = None

    def violation(self, value: Any) -> str | None:
        """Too small or too great."""
        if self.least is not None and value < self.least:
            return f"is less than {self.least}"
        return f"is more than {self.most}" if self.most is not None and value > self.most else None


@dataclass(frozen=True, slots=True)
class Matches(Constraint):
    """Of a text, all of which has to match a regular expression. ``text`` says it in words."""

    pattern: str
    text: str = ""

    def violation(self, value: Any) -> str | None:
        """Does not match."""
        return None if re.fullmatch(self.pattern, value) else self.text or f"does not match {self.pattern}"
