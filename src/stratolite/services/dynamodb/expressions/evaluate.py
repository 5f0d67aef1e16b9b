"""Conditions as functions of an item. Compares values of the wire form; cannot fail.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.services.dynamodb import attributes, numbers
from stratolite.services.dynamodb.attributes import Item, Value
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
    Part,
    Path,
)

Test = Callable[[Mapping[str, Value]], bool]
Reader = Callable[[Mapping[str, Value]], Value | None]

ORDERED_KINDS = ("S", "N", "B")
SET_KINDS = ("SS", "NS", "BS")
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def follow(parts: tuple[Part, ...], item: Mapping[str, Value]) -> Value | None:
    """The value at a path; None when there is none."""
    value = item.get(str(parts[0]))
    for part in parts[1:]:
        if value is None:
            return None
        if type(part) is int:
            members = value.get("L")
            value = members[part] if members is not None and part < len(members) else None
        else:
            fields = value.get("M")
            value = None if fields is None else fields.get(part)
    return value


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same; sets are the same in any order."""
    if left == right:
        return True
    kind = attributes.kind_of(left)
    if kind not in right or kind not in ("SS", "NS", "BS", "L", "M"):
        return False
    first, second = left[kind], right[kind]
    if len(first) != len(second):
        return False
    if kind == "L":
        return all(map(equal, first, second))
    if kind == "M":
        return all(name in second and equal(value, second[name]) for name, value in first.items())
    return set(first) == set(second)


def compare(sign: str, left: Value | None, right: Value | None) -> bool:
    """``left sign right``. Values of different types are only ever unequal, an absent one is unequal to all."""
    if sign == "=":
        return left is not None and right is not None and equal(left, right)
    if sign == "<>":
        return left is None or right is None or not equal(left, right)
    if left is None or right is None:
        return False
    kind = attributes.kind_of(left)
    if kind not in right or kind not in ORDERED_KINDS:
        return False
    return _ORDERINGS[sign](ordinal(left, kind), ordinal(right, kind))


def ordinal(value: Value, kind: str) -> Any:
    """Something that is ordered as values of its type are: texts by their UTF-8 bytes."""
    if kind == "N":
        return numbers.value(value["N"])
    if kind == "S":
        return value["S"].encode()
    return attributes.binary(value["B"])


def contains(container: Value | None, member: Value | None) -> bool:
    """Whether a text or binary has a part, or a set or list a member."""
    if container is None or member is None:
        return False
    kind, wanted = attributes.kind_of(container), attributes.kind_of(member)
    if kind == "L":
        return any(equal(inner, member) for inner in container["L"])
    if kind == "S" and wanted == "S":
        return member["S"] in container["S"]
    if kind == "B" and wanted == "B":
        return attributes.binary(member["B"]) in attributes.binary(container["B"])
    return kind in SET_KINDS and wanted == kind[0] and member[wanted] in container[kind]


def begins_with(value: Value | None, prefix: Value | None) -> bool:
    """Whether a text or binary starts with another."""
    if value is None or prefix is None:
        return False
    if "S" in value and "S" in prefix:
        return str(value["S"]).startswith(prefix["S"])
    if "B" in value and "B" in prefix:
        return attributes.binary(value["B"]).startswith(attributes.binary(prefix["B"]))
    return False


def size(value: Value | None) -> Value | None:
    """The length of a text in bytes, of a binary, or the number of members; numbers and booleans have none."""
    if value is None:
        return None
    kind = attributes.kind_of(value)
    if kind == "S":
        return {"N": str(attributes.text_bytes(value["S"]))}
    if kind == "B":
        return {"N": str(len(attributes.binary(value["B"])))}
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(value[kind]))}


def between(value: Value | None, low: Value | None, high: Value | None) -> bool:
    """Whether ``low <= value <= high``."""
    return compare(">=", value, low) and compare("<=", value, high)


def _reader(operand: Operand) -> Reader:
    if type(operand) is Literal:
        literal = operand.value
        return lambda item: literal
    if type(operand) is Path:
        parts = operand.parts
        if len(parts) == 1:
            name = str(parts[0])
            return lambda item: item.get(name)
        return lambda item: follow(parts, item)
    assert type(operand) is Function and operand.name == "size"
    inner = _reader(operand.args[0])
    return lambda item: size(inner(item))


def _function(node: Function) -> Test:
    first = _reader(node.args[0])
    if node.name == "attribute_exists":
        return lambda item: first(item) is not None
    if node.name == "attribute_not_exists":
        return lambda item: first(item) is None
    second = _reader(node.args[1])
    if node.name == "begins_with":
        return lambda item: begins_with(first(item), second(item))
    if node.name == "contains":
        return lambda item: contains(first(item), second(item))
    assert node.name == "attribute_type"

    def has_type(item: Mapping[str, Value]) -> bool:
        value, wanted = first(item), second(item)
        return value is not None and wanted is not None and wanted["S"] in value

    return has_type


def compiled(node: Condition) -> Test:
    """The test that a bound condition is."""
    if isinstance(node, Comparison):
        sign, left, right = node.sign, _reader(node.left), _reader(node.right)
        return lambda item: compare(sign, left(item), right(item))
    if isinstance(node, Function):
        return _function(node)
    if isinstance(node, And):
        tests = [compiled(inner) for inner in node.conditions]
        return lambda item: all(test(item) for test in tests)
    if isinstance(node, Or):
        tests = [compiled(inner) for inner in node.conditions]
        return lambda item: any(test(item) for test in tests)
    if isinstance(node, Not):
        inner_test = compiled(node.condition)
        return lambda item: not inner_test(item)
    if isinstance(node, Between):
        value, low, high = _reader(node.operand), _reader(node.low), _reader(node.high)
        return lambda item: between(value(item), low(item), high(item))
    assert isinstance(node, In)
    wanted, members = _reader(node.operand), [_reader(member) for member in node.members]
    return lambda item: any(compare("=", wanted(item), member(item)) for member in members)


def project(paths: list[tuple[Part, ...]], item: Item) -> Item:
    """What of an item the paths name; list elements close ranks in the order of their indexes."""
    result: Item = {}
    lists: dict[int, tuple[Value, dict[int, Value]]] = {}
    for parts in paths:
        value = follow(parts, item)
        if value is None:
            continue
        fields: dict[str, Value] = result
        name = str(parts[0])
        place: tuple[Any, Any] = (fields, name)
        for part in parts[1:]:
            holder = _open(place, lists, "L" if type(part) is int else "M")
            place = (lists[id(holder)][1], part) if type(part) is int else (holder["M"], part)
        place[0][place[1]] = value
    for holder, members in lists.values():
        holder["L"] = [members[index] for index in sorted(members)]
    return result


def _open(place: tuple[Any, Any], lists: dict[int, tuple[Value, dict[int, Value]]], kind: str) -> Value:
    """The map or list at a place, made when it is not there yet. Lists are collected by index first."""
    fields, name = place
    holder: Value | None = fields.get(name)
    if holder is None:
        holder = fields[name] = {kind: {} if kind == "M" else []}
        if kind == "L":
            lists[id(holder)] = (holder, {})
    return holder
