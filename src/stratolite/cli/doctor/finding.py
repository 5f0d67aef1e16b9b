"""What ``doctor`` finds, one by one, and what all of it means for the application."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from stratolite.core.errors import UserError

_PLACED = re.compile(r"(?P<where>[^\s:][^:\n]*:\d+:\d+): (?P<what>.+)", re.DOTALL)


class State(Enum):
    """How good a finding is. The values are the words of ``--json``."""

    GOOD = "good"
    """It is as it has to be."""
    NOTE = "note"
    """It runs, and people should know how."""
    LACKS = "lacks"
    """The application runs without this part of it."""
    STOPS = "stops"
    """``stratolite up`` ends with this."""


_WORST = {State.STOPS: "does not run", State.LACKS: "runs in part"}
EXIT_CODES = {"runs": 0, "runs in part": 1, "does not run": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``where`` is ``file:line:column``, or empty; ``todo`` what to do about it."""

    about: str
    """What it concerns: ``functions``, ``plugins``, ``resources``, ``ports`` and so on."""
    state: State
    what: str
    where: str = ""
    todo: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "state": self.state.value}


def verdict(findings: Iterable[Finding]) -> str:
    """``runs``, ``runs in part`` or ``does not run``."""
    states = {one.state for one in findings}
    return next((word for state, word in _WORST.items() if state in states), "runs")


def of_error(about: str, error: UserError) -> Finding:
    """What would stop ``up``."""
    return Finding(about, State.STOPS, error.what, error.where, error.todo)


def of_warning(about: str, state: State, text: str) -> Finding:
    """A warning of the compiler's, whose place stands before it."""
    found = _PLACED.match(text)
    return Finding(about, state, found["what"], found["where"]) if found else Finding(about, state, text)
