"""What a query searches for: key conditions, from an expression or from the older parameter, as bounds of rows.

Raises ValidationException with DynamoDB's texts, in its order.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import rules
from stratolite.services.dynamodb.attributes import Value
from stratolite.services.dynamodb.domain import (
    KeyAttribute,
    Schema,
    closed_bytes,
    hash_bytes,
    joined_hash,
    open_bytes,
    ordered_bytes,
)
from stratolite.services.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from stratolite.services.dynamodb.store import Bounds

_OPERATORS = {"=": "EQ", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NOT_INDEXABLE = ("NULL", "NOT_NULL", "NE", "CONTAINS", "NOT_CONTAINS", "IN")
_NOT_SUPPORTED = "Query key condition not supported"
_ALL_HASHES = f"{_NOT_SUPPORTED}: all HASH key attributes must have equality conditions"
_LEADING_RANGES = (
    f"{_NOT_SUPPORTED}: RANGE key attributes must be used from left to right, all but the last with equality conditions"
)
"""Of AWS's words for keys of several attributes, these two have what is known."""
NUMBER = "Conditions can be of length 1 or 2 only"
_CONDITIONS_MAX = 2
_INVALID = "Invalid condition in KeyConditionExpression: "


class KeyCondition(NamedTuple):
    """One condition on one key attribute, in the older parameter's terms."""

    operator: str
    values: list[Value]


KeyConditions = dict[str, KeyCondition]


def from_parameter(conditions: Mapping[str, Mapping[str, Any]]) -> KeyConditions:
    """Key conditions of checked ``KeyConditions``."""
    return {
        name: KeyCondition(condition["ComparisonOperator"], list(condition.get("AttributeValueList") or ()))
        for name, condition in conditions.items()
    }


def from_expression(root: Condition) -> KeyConditions:
    """Key conditions of a bound KeyConditionExpression."""
    found: KeyConditions = {}
    _collect(root, found)
    return found


def _collect(node: Condition, found: KeyConditions) -> None:
    if isinstance(node, And):
        for inner in node.conditions:
            _collect(inner, found)
        return
    refused = {Or: "OR", Not: "NOT", In: "IN"}.get(type(node))
    if isinstance(node, Comparison) and node.sign == "<>":
        refused = "<>"
    if isinstance(node, Function) and node.name not in ("begins_with", "size"):
        refused = node.name
    if refused:
        raise ValidationException(f"Invalid operator used in KeyConditionExpression: {refused}")
    if isinstance(node, Function) and node.name == "size":
        raise ValidationException("KeyConditionExpressions cannot contain nested operations")
    if isinstance(node, Comparison):
        _add_comparison(node, found)
    elif isinstance(node, Between):
        if not isinstance(node.operand, Path):
            raise ValidationException(f"{_INVALID}BETWEEN operator must have the key attribute as its first operand")
        _add("BETWEEN", (node.operand, node.low, node.high), found)
    else:
        assert isinstance(node, Function)
        if not isinstance(node.args[0], Path):
            raise ValidationException(
                f"{_INVALID}begins_with operator must have the key attribute as its first operand"
            )
        _add("BEGINS_WITH", node.args, found)


def _nested(operand: Operand) -> None:
    if isinstance(operand, Function):
        raise ValidationException("KeyConditionExpressions cannot contain nested operations")


def _add_comparison(node: Comparison, found: KeyConditions) -> None:
    sign, operands = node.sign, (node.left, node.right)
    if isinstance(node.right, Path) and not isinstance(node.left, Path):
        sign, operands = _MIRRORED[sign], (node.right, node.left)
    _add(_OPERATORS[sign], operands, found)


def _add(operator: str, operands: tuple[Operand, ...], found: KeyConditions) -> None:
    name = ""
    values: list[Value] = []
    for operand in operands:
        _nested(operand)
        if isinstance(operand, Literal):
            values.append(operand.value)
        elif isinstance(operand, Path):
            if name:
                raise ValidationException(f"{_INVALID}Multiple attribute names used in one condition")
            if len(operand.parts) > 1:
                raise ValidationException("KeyConditionExpressions cannot have conditions on nested attributes")
            name = str(operand.parts[0])
    if not name:
        raise ValidationException(f"{_INVALID}No key attribute specified")
    if name in found:
        raise ValidationException("KeyConditionExpressions must only contain one condition per key")
    found[name] = KeyCondition(operator, values)


def check(schema: Schema, conditions: KeyConditions) -> None:
    """Check key conditions against the schema that is searched."""
    if schema.is_composite:
        _check_composite(schema, conditions)
        return
    if len(conditions) > _CONDITIONS_MAX:
        raise ValidationException(NUMBER)
    for attribute in schema.attributes:
        is_hash = attribute is schema.hash
        if is_hash and schema.range is None and len(conditions) > 1:
            raise ValidationException(_NOT_SUPPORTED)
        condition = conditions.get(attribute.name)
        if condition is None:
            if is_hash or len(conditions) > 1:
                raise ValidationException(f"Query condition missed key schema element: {attribute.name}")
            continue
        _check_one(attribute, condition, is_equality=is_hash)


def _check_one(attribute: KeyAttribute, condition: KeyCondition, *, is_equality: bool) -> None:
    """Check the condition on one key attribute; ``is_equality``: whether it has to be one."""
    if condition.operator in _NOT_INDEXABLE:
        raise ValidationException("Attempted conditional constraint is not an indexable operation")
    if any(attribute.kind not in value for value in condition.values):
        raise ValidationException(f"{rules.INVALID}Condition parameter type does not match schema type")
    if is_equality and condition.operator != "EQ":
        raise ValidationException(_NOT_SUPPORTED)
    if any(value[attribute.kind] == "" for value in condition.values) and condition.operator == "EQ":
        raise rules.empty_key(attribute)


def _check_composite(schema: Schema, conditions: KeyConditions) -> None:
    """A key of several attributes: all of the partition key by equality, of the sort key as many as are wanted from the
    left, all but the last of them by equality.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
    """
    if any(name not in {attribute.name for attribute in schema.attributes} for name in conditions):
        raise ValidationException(_NOT_SUPPORTED)
    for attribute in schema.hashes:
        condition = conditions.get(attribute.name)
        if condition is None or condition.operator != "EQ":
            raise ValidationException(_ALL_HASHES)
        _check_one(attribute, condition, is_equality=True)
    left = len(conditions) - len(schema.hashes)
    for attribute in schema.ranges[:left]:
        condition = conditions.get(attribute.name)
        left -= 1
        if condition is None or (left and condition.operator != "EQ"):
            raise ValidationException(_LEADING_RANGES)
        _check_one(attribute, condition, is_equality=False)


def _composite_bounds(schema: Schema, conditions: KeyConditions, forward: bool) -> Bounds:
    """The same for a key of several attributes: what leads is equal, and the last condition is a stretch of it."""
    partition = joined_hash((conditions[each.name].values[0], each.kind) for each in schema.hashes)
    given = [(each, conditions[each.name]) for each in schema.ranges if each.name in conditions]
    stem = b"".join(closed_bytes(condition.values[0], each.kind) for each, condition in given[:-1])
    low, high = stem, _after_prefix(stem)
    if given:
        attribute, condition = given[-1]
        is_last = attribute is schema.ranges[-1]
        encode = ordered_bytes if is_last else closed_bytes
        ends = [stem + encode(value, attribute.kind) for value in condition.values]
        beyond = [end + b"\0" if is_last else _after_prefix(end) for end in ends]
        if condition.operator == "BEGINS_WITH":
            prefix = ordered_bytes if is_last else open_bytes
            low = stem + prefix(condition.values[0], attribute.kind)
            high = _after_prefix(low)
        else:
            if condition.operator in ("EQ", "GE", "BETWEEN"):
                low = ends[0]
            elif condition.operator == "GT":
                low = beyond[0] or b""
            if condition.operator in ("EQ", "LE", "BETWEEN"):
                high = beyond[-1]
            elif condition.operator == "LT":
                high = ends[0]
    where, values = " AND hash = ? AND range >= ?", [partition, low]
    if high is not None:
        where += " AND range < ?"
        values.append(high)
    return Bounds(where, tuple(values), forward)


def bounds(schema: Schema, conditions: KeyConditions, *, forward: bool) -> Bounds:
    """The rows that checked key conditions select."""
    if schema.is_composite:
        return _composite_bounds(schema, conditions, forward)
    partition = hash_bytes(conditions[schema.hash.name].values[0], schema.hash.kind)
    where, values = " AND hash = ?", [partition]
    condition = conditions.get(schema.range.name) if schema.range is not None else None
    if condition is not None and schema.range is not None:
        keys = [ordered_bytes(value, schema.range.kind) for value in condition.values]
        if condition.operator == "BETWEEN":
            where += " AND range >= ? AND range <= ?"
        elif condition.operator == "BEGINS_WITH":
            where += " AND range >= ?"
            following = _after_prefix(keys[0])
            if following is not None:
                where += " AND range < ?"
                keys.append(following)
        else:
            sign = {"EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}[condition.operator]
            where += f" AND range {sign} ?"
        values += keys
    return Bounds(where, tuple(values), forward)


def _after_prefix(prefix: bytes) -> bytes | None:
    """The first bytes after all that begin with a prefix; None when nothing is."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None
