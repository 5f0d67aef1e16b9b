"""What ``doctor`` finds, one by one, and what all of it means for the application."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Warning


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
    kind: str = ""
    """Of which kind the warning is that ``up`` has for it; empty for what is none."""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "state": self.state.value}


def verdict(findings: Iterable[Finding]) -> str:
    """``runs``, ``runs in part`` or ``does not run``."""
    states = {one.state for one in findings}
    return next((word for state, word in _WORST.items() if state in states), "runs")


def of_error(about: str, error: UserError) -> Finding:
    """What would stop ``up``."""
    return Finding(about, State.STOPS, error.what, error.where, error.todo)


def of_warning(warning: Warning) -> Finding:
    """What ``up`` would warn of."""
    state = State.LACKS if warning.kind.is_lack else State.NOTE
    return Finding(warning.about, state, warning.what, warning.where, warning.todo, warning.kind.value)
