"""What is done once a stack stands: the stack as it stands then, and what there is to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stratolite.core.warning import Warning


@dataclass
class Done:
    """What there is to say: ``notes`` of what was done, ``warnings`` of what could not be."""

    notes: list[str] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack that stands: what it made by logical id, and what it puts out."""

    name: str
    made: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    bucket: str = ""
    """The deployment bucket."""


def counted(count: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
