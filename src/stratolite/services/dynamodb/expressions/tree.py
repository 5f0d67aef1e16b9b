"""The nodes that expressions are parsed into. Immutable, shared by every request with the same text."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Part = str | int
"""One step of a path: a name, a placeholder (``#x``) or a list index."""


class Path(NamedTuple):
    """A document path."""

    parts: tuple[Part, ...]


class ValueRef(NamedTuple):
    """A placeholder of a value (``:x``)."""

    name: str


class Literal(NamedTuple):
    """A value that a placeholder stood for; only bound trees have these."""

    value: dict[str, Any]


class Function(NamedTuple):
    """A function and its arguments."""

    name: str
    args: tuple["Operand", ...]


class Arithmetic(NamedTuple):
    """``left + right`` or ``left - right``, in SET alone."""

    sign: str
    left: "Operand"
    right: "Operand"


Operand = Path | ValueRef | Literal | Function | Arithmetic


class Comparison(NamedTuple):
    """``left = right``; ``sign`` is one of ``= <> < <= > >=``."""

    sign: str
    left: Operand
    right: Operand


class Between(NamedTuple):
    operand: Operand
    low: Operand
    high: Operand


class In(NamedTuple):
    operand: Operand
    members: tuple[Operand, ...]


class Not(NamedTuple):
    condition: "Condition"


class And(NamedTuple):
    conditions: tuple["Condition", ...]


class Or(NamedTuple):
    conditions: tuple["Condition", ...]


Condition = Comparison | Between | In | Function | Not | And | Or
Leaf = Comparison | Between | In | Function


class Action(NamedTuple):
    """One clause of an update: ``section`` is SET, REMOVE, ADD or DELETE."""

    section: str
    path: Path
    operand: Operand | None = None


@dataclass
class Parsed:
    """What every tree carries: the placeholders it uses, and the fault that its text has by itself."""

    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)
    """The first fault of each class, by class; which class is reported first is the binding's business."""

    def fault(self, kind: str, text: str) -> None:
        self.faults.setdefault(kind, text)


@dataclass
class ParsedCondition(Parsed):
    """A condition, filter or key condition, and its leaves in the order of the text."""

    root: Condition | None = None
    leaves: list[Leaf] = field(default_factory=list)


@dataclass
class ParsedUpdate(Parsed):
    """An update's actions in the order of the text."""

    actions: list[Action] = field(default_factory=list)


@dataclass
class ParsedProjection(Parsed):
    """A projection's paths."""

    paths: list[Path] = field(default_factory=list)
