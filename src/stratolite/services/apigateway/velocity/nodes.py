"""What a template is made of. Immutable; a parsed template can be shared."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text between directives, or a value in an expression."""

    value: Any


@dataclass(frozen=True, slots=True)
class Member:
    """``.name``, ``.name(arguments)`` or ``[index]`` (then ``name`` is empty)."""

    name: str
    arguments: "tuple[Node, ...] | None" = None


@dataclass(frozen=True, slots=True)
class Reference:
    """``$name.member...``"""

    name: str
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A string in double quotes."""

    body: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, b]``"""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Range:
    """``[first..last]``, both included."""

    first: "Node"
    last: "Node"


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """``{"a": b}``"""

    entries: "tuple[tuple[Node, Node], ...]"


@dataclass(frozen=True, slots=True)
class Operation:
    """``left operator right``; ``left`` is None for ``!``."""

    operator: str
    left: "Node | None"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Set:
    """``#set($target = value)``"""

    target: Reference
    value: "Node"


@dataclass(frozen=True, slots=True)
class If:
    """``#if ... #elseif ... #else ... #end``; the last condition is a true literal for ``#else``."""

    branches: "tuple[tuple[Node, tuple[Node, ...]], ...]"


@dataclass(frozen=True, slots=True)
class Foreach:
    """``#foreach($name in items)``"""

    name: str
    items: "Node"
    body: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Define:
    """``#define($name) ... #end``: a block that is rendered where it is referred to."""

    name: str
    body: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Macro:
    """``#macro(name $a $b) ... #end``"""

    name: str
    parameters: tuple[str, ...]
    body: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class MacroCall:
    """``#name(arguments)``; ``source`` is what it prints when there is no such macro."""

    name: str
    arguments: "tuple[Node, ...]"
    source: str


@dataclass(frozen=True, slots=True)
class Leave:
    """``#stop`` (the whole template) or ``#break`` (the loop)."""

    everything: bool


Node = (
    Literal
    | Reference
    | Interpolated
    | ListLiteral
    | Range
    | MapLiteral
    | Operation
    | Set
    | If
    | Foreach
    | Define
    | Macro
    | MacroCall
    | Leave
)
Body = tuple[Node, ...]
