"""Updates applied to an item: SET, REMOVE, ADD and DELETE.

All operands are read from the item as it was before the update. Raises ValidationException with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from typing import Any

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes, numbers
from stratolite.services.dynamodb.attributes import Item, Value
from stratolite.services.dynamodb.expressions.binding import BoundUpdate
from stratolite.services.dynamodb.expressions.evaluate import follow
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    Arithmetic,
    Function,
    Literal,
    Operand,
    Part,
    Path,
)

_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
_NO_PATH = "The document path provided in the update expression is invalid for update"


def copied(value: Any) -> Any:
    """A deep copy of decoded JSON."""
    if type(value) is dict:
        return {name: copied(inner) for name, inner in value.items()}
    if type(value) is list:
        return [copied(inner) for inner in value]
    return value


def apply(update: BoundUpdate, item: Item) -> Item:
    """The item after the update. The given one, and the request's values, are left as they are."""
    computed = [
        (action, copied(_resolve(action.operand, item)) if action.operand is not None else None)
        for action in update.actions
    ]
    result: Item = copied(item)
    # Elements are removed after everything else and from the end, so that indexes keep their meaning.
    removed: list[tuple[Part, ...]] = []
    appended: dict[int, tuple[list[Any], dict[int, Value]]] = {}
    for action, value in computed:
        _act(action, value, result, removed, appended)
    for members, additions in appended.values():
        members.extend(additions[index] for index in sorted(additions))
    for parts in sorted(removed, key=_removal_order):
        holder = follow(parts[:-1], result)
        last = parts[-1]
        assert type(last) is int
        if holder is not None and "L" in holder and last < len(holder["L"]):
            del holder["L"][last]
    return result


def _removal_order(parts: tuple[Part, ...]) -> tuple[int, int]:
    last = parts[-1]
    assert type(last) is int
    return (-len(parts), -last)


def _resolve(operand: Operand, item: Item) -> Value:
    """The value of an operand."""
    if isinstance(operand, Literal):
        return operand.value
    if isinstance(operand, Path):
        value = follow(operand.parts, item)
        if value is None:
            raise ValidationException(_NO_ATTRIBUTE)
        return value
    if isinstance(operand, Arithmetic):
        left, right = _typed("N", operand.left, item), _typed("N", operand.right, item)
        return {"N": numbers.add(left, right, subtract=operand.sign == "-")}
    assert isinstance(operand, Function)
    if operand.name == "if_not_exists":
        path = operand.args[0]
        assert isinstance(path, Path)
        value = follow(path.parts, item)
        return _resolve(operand.args[1], item) if value is None else value
    return {"L": [*_typed("L", operand.args[0], item), *_typed("L", operand.args[1], item)]}


def _typed(kind: str, operand: Operand, item: Item) -> Any:
    """What an operand holds, which has to be of a type."""
    value = _resolve(operand, item)
    if kind not in value:
        raise ValidationException(_WRONG_TYPE)
    return value[kind]


def _act(
    action: Action,
    value: Value | None,
    item: Item,
    removed: list[tuple[Part, ...]],
    appended: dict[int, tuple[list[Any], dict[int, Value]]],
) -> None:
    parts = action.path.parts
    last = parts[-1]
    fields: Any = item
    if len(parts) > 1:
        holder = follow(parts[:-1], item)
        kind = "L" if type(last) is int else "M"
        if holder is None or kind not in holder:
            raise ValidationException(_NO_PATH)
        fields = holder[kind]
    if action.section == "REMOVE":
        if type(last) is int:
            removed.append(parts)
        else:
            fields.pop(last, None)
        return
    assert value is not None
    current = _current(fields, last)
    if action.section == "SET":
        _set(fields, last, value, appended)
    elif action.section == "ADD":
        _set(fields, last, added(current, value, _WRONG_TYPE), appended)
    elif current is not None:
        left = without(current, value, _WRONG_TYPE)
        if left is not None:
            fields[last] = left
        elif type(last) is int:
            removed.append(parts)
        else:
            del fields[last]


def _current(fields: Any, last: Part) -> Value | None:
    if type(last) is int:
        found: Value | None = fields[last] if last < len(fields) else None
        return found
    value: Value | None = fields.get(last)
    return value


def _set(fields: Any, last: Part, value: Value, appended: dict[int, tuple[list[Any], dict[int, Value]]]) -> None:
    if type(last) is int and last >= len(fields):
        # Beyond the end of a list values are appended, in the order of their indexes.
        appended.setdefault(id(fields), (fields, {}))[1][last] = value
    else:
        fields[last] = value


def added(current: Value | None, value: Value, wrong_type: str) -> Value:
    """A number plus a number, or a set with further members. Raises ValidationException(wrong_type)."""
    kind = attributes.kind_of(value)
    if current is None:
        return value
    if kind not in current:
        raise ValidationException(wrong_type)
    if kind == "N":
        return {"N": numbers.add(current["N"], value["N"])}
    if kind == "L":
        return {"L": [*current["L"], *value["L"]]}
    known = set(current[kind])
    return {kind: [*current[kind], *(member for member in value[kind] if member not in known)]}


def without(current: Value, value: Value, wrong_type: str) -> Value | None:
    """A set without some members; None when none is left. Raises ValidationException(wrong_type)."""
    kind = attributes.kind_of(value)
    if kind not in current:
        raise ValidationException(wrong_type)
    gone = set(value[kind])
    left = [member for member in current[kind] if member not in gone]
    return {kind: left} if left else None
