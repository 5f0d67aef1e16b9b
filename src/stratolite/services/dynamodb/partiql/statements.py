"""What statements say. Parameters are in their places; nothing of tables is known yet."""

from dataclasses import dataclass, field

from stratolite.services.dynamodb.attributes import Item
from stratolite.services.dynamodb.expressions import evaluate, operands
from stratolite.services.dynamodb.expressions.binding import BoundCondition
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Condition,
    Function,
    Leaf,
    Not,
    Operand,
    Or,
    Path,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and perhaps an index of it."""

    table: str
    index: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """``columns`` is empty for ``*``; ``order`` has names and whether they ascend."""

    source: Source
    columns: tuple[Path, ...] = ()
    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Insert:
    source: Source
    item: Item


@dataclass(frozen=True, slots=True)
class Update:
    """``returning``: ``ALL OLD``, ``MODIFIED NEW`` ... or empty."""

    source: Source
    actions: tuple[Action, ...]
    where: Condition | None = None
    returning: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    source: Source
    where: Condition | None = None
    returning: str = ""


@dataclass(frozen=True, slots=True)
class Exists:
    """A condition of a transaction."""

    select: Select = field(default_factory=lambda: Select(Source("")))

    @property
    def source(self) -> Source:
        return self.select.source


Statement = Select | Insert | Update | Delete | Exists


def leaves(node: Condition) -> list[Leaf]:
    """The comparisons and functions of a condition, in the order of the text."""
    if isinstance(node, And | Or):
        return [leaf for inner in node.conditions for leaf in leaves(inner)]
    return leaves(node.condition) if isinstance(node, Not) else [node]


def bound(root: Condition) -> BoundCondition:
    """A condition that is ready to be tested."""
    paths = [path for leaf in leaves(root) for operand in operands.operands_of(leaf) for path in paths_in(operand)]
    heads = frozenset(str(path.parts[0]) for path in paths)
    nested = frozenset(str(path.parts[0]) for path in paths if len(path.parts) > 1)
    return BoundCondition(root, evaluate.compiled(root), heads, nested)


def paths_in(operand: Operand) -> list[Path]:
    """The paths of an operand."""
    if isinstance(operand, Path):
        return [operand]
    if isinstance(operand, Arithmetic):
        return [*paths_in(operand.left), *paths_in(operand.right)]
    return [path for arg in operand.args for path in paths_in(arg)] if isinstance(operand, Function) else []
