"""What a WHERE clause says of keys: the one item that a write means, or the partitions that a read needs.

Raises ValidationException with DynamoDB's texts.
"""

from dataclasses import dataclass

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb.attributes import Item, Value
from stratolite.services.dynamodb.domain import KeyAttribute, Schema
from stratolite.services.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Literal,
    Operand,
    Or,
    Path,
)
from stratolite.services.dynamodb.keyconditions import KeyCondition

PARTITIONS_MAX = 50
"""How many partitions one statement may read from."""
_OPERATORS = {"=": "EQ", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Reach:
    """Where to look: partitions by their keys (None: everywhere), and a condition on the sort key."""

    partitions: tuple[Value, ...] | None
    sort: KeyCondition | None = None


def parts_of(where: Condition | None) -> list[Condition]:
    """The conditions that must all hold."""
    if where is None:
        return []
    return [part for inner in where.conditions for part in parts_of(inner)] if isinstance(where, And) else [where]


def item_key(schema: Schema, where: Condition | None) -> tuple[Item | None, Condition | None]:
    """The key that equalities name, and the other conditions; None when they name no whole key."""
    key: Item = {}
    rest: list[Condition] = []
    names = [attribute.name for attribute in schema.attributes]
    for part in parts_of(where):
        compared = _comparison(part)
        if compared is None or compared[1] != "=" or compared[0] not in names:
            rest.append(part)
            continue
        name, _, value = compared
        if name in key:
            raise ValidationException(
                f"Multiple conditions on same key {name}. Only single item Update/Insert/Delete are supported"
            )
        key[name] = value
    if set(key) != set(names):
        return None, where
    for attribute in schema.attributes:
        check_kind(attribute, key)
    return key, And(tuple(rest)) if len(rest) > 1 else rest[0] if rest else None


def check_kind(attribute: KeyAttribute, item: Item) -> None:
    """Check the type of a key attribute that is there."""
    if attribute.kind not in item[attribute.name]:
        raise ValidationException(
            f"Key attribute's data type should match its data type in table's schema: Key {attribute.name}"
        )


def reach(schema: Schema, where: Condition | None) -> Reach:
    """Where a read has to look; by a key of several attributes everything is looked through."""
    if schema.is_composite:
        return Reach(None)
    parts = parts_of(where)
    named = (_partitions(part, schema.hash.name) for part in parts)
    partitions = next((values for values in named if values is not None), None)
    if partitions is None:
        return Reach(None)
    distinct = list({repr(value): value for value in partitions}.values())
    if len(distinct) > PARTITIONS_MAX:
        raise ValidationException("Too many decomposed read operations for a given query.")
    sort = None
    if schema.range is not None:
        sorting = [_sort(part, schema.range) for part in parts]
        sort = next((condition for condition in sorting if condition is not None), None)
    return Reach(tuple(distinct), sort)


def names_partition(schema: Schema, where: Condition | None) -> bool:
    """Whether a condition that must hold names partitions itself, not by alternatives."""
    parts = (part for part in parts_of(where) if not isinstance(part, Or))
    return any(_partitions(part, schema.hash.name) is not None for part in parts)


def _comparison(node: Condition) -> tuple[str, str, Value] | None:
    """A comparison of an attribute with a value: the name, the sign, the value."""
    if not isinstance(node, Comparison) or node.sign == "<>":
        return None
    left, right, sign = node.left, node.right, node.sign
    if isinstance(left, Literal):
        left, right, sign = right, left, _MIRRORED[sign]
    name = _attribute(left)
    return (name, sign, right.value) if name and isinstance(right, Literal) else None


def _attribute(operand: Operand) -> str:
    """The attribute that an operand is; empty for what lies deeper, and for everything else."""
    return str(operand.parts[0]) if isinstance(operand, Path) and len(operand.parts) == 1 else ""


def _partitions(node: Condition, name: str) -> list[Value] | None:
    if isinstance(node, Or):
        found = [_partitions(inner, name) for inner in node.conditions]
        return None if None in found else [value for values in found for value in values or ()]
    if isinstance(node, And):
        return next((values for inner in node.conditions if (values := _partitions(inner, name)) is not None), None)
    if isinstance(node, In):
        values = [member.value for member in node.members if isinstance(member, Literal)]
        return values if _attribute(node.operand) == name and len(values) == len(node.members) else None
    compared = _comparison(node)
    return [compared[2]] if compared is not None and compared[:2] == (name, "=") else None


def _sort(node: Condition, attribute: KeyAttribute) -> KeyCondition | None:
    """A condition by which rows of a partition can be found."""
    name, operator = "", ""
    operands: tuple[Operand, ...] = ()
    if isinstance(node, Between):
        name, operator, operands = _attribute(node.operand), "BETWEEN", (node.low, node.high)
    elif isinstance(node, Function) and node.name == "begins_with":
        name, operator, operands = _attribute(node.args[0]), "BEGINS_WITH", node.args[1:]
    else:
        compared = _comparison(node)
        if compared is not None:
            name, operator, operands = compared[0], _OPERATORS[compared[1]], (Literal(compared[2]),)
    values = [operand.value for operand in operands if isinstance(operand, Literal)]
    if name != attribute.name or len(values) != len(operands):
        return None
    return KeyCondition(operator, values) if all(attribute.kind in value for value in values) else None
