"""What an access pattern asks of a sort key, or of a field.

For a sort key the operands are templates, as in ``begins_with("POST#{month}")``. For a field an operand that is exactly
``"{name}"`` is a parameter, and anything else stands for itself.
"""

from dataclasses import dataclass
from typing import Any

SORTS = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
"""What DynamoDB can ask of a sort key; the rest filters what was read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator of DynamoDB's and its operands."""

    operator: str
    operands: tuple[Any, ...]

    def expression(self, attribute: str, values: list[str]) -> str:
        """The term for an attribute's alias and the aliases of the operands' values."""
        if self.operator == "BETWEEN":
            return f"{attribute} BETWEEN {values[0]} AND {values[1]}"
        if self.operator in ("begins_with", "contains"):
            return f"{self.operator}({attribute}, {values[0]})"
        if self.operator.startswith("attribute_"):
            return f"{self.operator}({attribute})"
        return f"{attribute} {self.operator} {values[0]}"


def equals(operand: Any) -> Comparison:
    """Exactly this."""
    return Comparison("=", (operand,))


def not_equals(operand: Any) -> Comparison:
    """Anything but this; for fields alone."""
    return Comparison("<>", (operand,))


def less_than(operand: Any) -> Comparison:
    """Before this."""
    return Comparison("<", (operand,))


def at_most(operand: Any) -> Comparison:
    """Before this, or this."""
    return Comparison("<=", (operand,))


def more_than(operand: Any) -> Comparison:
    """After this."""
    return Comparison(">", (operand,))


def at_least(operand: Any) -> Comparison:
    """This, or after it."""
    return Comparison(">=", (operand,))


def between(low: Any, high: Any) -> Comparison:
    """From ``low`` to ``high``, both included."""
    return Comparison("BETWEEN", (low, high))


def begins_with(operand: Any) -> Comparison:
    """Whatever begins so."""
    return Comparison("begins_with", (operand,))


def contains(operand: Any) -> Comparison:
    """A text with this in it, or a list or set with this among its members; for fields alone."""
    return Comparison("contains", (operand,))


def exists() -> Comparison:
    """The field has a value; for fields alone."""
    return Comparison("attribute_exists", ())


def missing() -> Comparison:
    """The field has none; for fields alone."""
    return Comparison("attribute_not_exists", ())
