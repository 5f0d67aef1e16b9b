"""The life of an environment. Every transition of every environment is in this one table.

starting -> initialising -> idle <-> busy        (each of them -> stopped)
"""

from enum import Enum


class State(Enum):
    """Where an environment is in its life."""

    STARTING = "starting"
    """Its process is being made."""
    INITIALISING = "initialising"
    """The process runs: the runtime loads the function."""
    IDLE = "idle"
    """It waits for an invocation."""
    BUSY = "busy"
    """It has an invocation, or has answered one and not yet asked for the next."""
    STOPPED = "stopped"
    """Its process is dead, or being killed. Final."""

    __hash__ = object.__hash__  # Enum's own is written in Python, and every invocation needs it four times.


TRANSITIONS: dict[State, frozenset[State]] = {
    State.STARTING: frozenset({State.INITIALISING, State.STOPPED}),
    State.INITIALISING: frozenset({State.IDLE, State.STOPPED}),
    State.IDLE: frozenset({State.BUSY, State.STOPPED}),
    State.BUSY: frozenset({State.IDLE, State.STOPPED}),
    State.STOPPED: frozenset(),
}


class Life:
    """The state of one environment; it moves along the table or not at all."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = State.STARTING

    def allows(self, state: State) -> bool:
        """Whether the table has this transition."""
        return state in TRANSITIONS[self.state]

    def move(self, state: State) -> None:
        """Go to ``state``. A transition that the table lacks is a fault of ours, not of a function's."""
        assert state in TRANSITIONS[self.state], (
            f"{self.state.value} -> {state.value} is no transition of an environment"
        )
        self.state = state
