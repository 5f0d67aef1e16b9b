"""A second, small DynamoDB in memory: conditions, updates, keys and pages by the words of the developer guide.

It shares no code with the service. Values are in their wire form; conditions and updates are tuples, which are rendered
to expressions for the service and interpreted here.
"""

from copy import deepcopy
from decimal import Decimal
from itertools import pairwise
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]


class Refused(Exception):
    """The update does not fit the item."""


def kind(value: Value) -> str:
    return next(iter(value))


def plain(value: Value) -> Any:
    """A value that Python compares as DynamoDB does, within one type."""
    inner = value[kind(value)]
    if kind(value) == "N":
        return Decimal(inner)
    if kind(value) == "S":
        return inner.encode()
    if kind(value) in ("SS", "NS"):
        return frozenset(Decimal(member) if kind(value) == "NS" else member for member in inner)
    if kind(value) == "L":
        return [(kind(member), plain(member)) for member in inner]
    if kind(value) == "M":
        return {name: (kind(member), plain(member)) for name, member in inner.items()}
    return inner


# Conditions ---------------------------------------------------------------------------------------------------


class Rendering:
    """Collects the placeholders of an expression."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Value] = {}

    def path(self, name: str) -> str:
        placeholder = f"#{name}"
        self.names[placeholder] = name
        return placeholder

    def value(self, value: Value) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    @property
    def parameters(self) -> dict[str, Any]:
        given = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: members for name, members in given.items() if members}


def condition_text(node: Any, out: Rendering) -> str:
    """A condition as an expression."""
    sign = node[0]
    if sign in ("AND", "OR"):
        return f"({condition_text(node[1], out)} {sign} {condition_text(node[2], out)})"
    if sign == "NOT":
        inner = condition_text(node[1], out)
        return f"NOT {inner}" if inner.startswith("(") else f"NOT ({inner})"
    path = out.path(node[1])
    if sign == "BETWEEN":
        return f"{path} BETWEEN {out.value(node[2])} AND {out.value(node[3])}"
    if sign == "IN":
        return f"{path} IN ({', '.join(map(out.value, node[2]))})"
    if sign == "size":
        return f"size({path}) {node[2]} {out.value(node[3])}"
    if sign in ("attribute_exists", "attribute_not_exists"):
        return f"{sign}({path})"
    if sign in ("begins_with", "contains", "attribute_type"):
        return f"{sign}({path}, {out.value(node[2])})"
    if sign == "paths":
        return f"{path} {node[2]} {out.path(node[3])}"
    return f"{path} {sign} {out.value(node[2])}"


def compared(left: Value | None, sign: str, right: Value | None) -> bool:
    same_type = left is not None and right is not None and kind(left) == kind(right)
    if sign in ("=", "<>"):
        same = same_type and left is not None and right is not None and plain(left) == plain(right)
        return same == (sign == "=")
    if not same_type or left is None or right is None or kind(left) not in ("S", "N"):
        return False
    first, second = plain(left), plain(right)
    outcome = {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}[sign]
    return bool(outcome)


def holds(node: Any, item: Item) -> bool:
    """Whether an item fulfils a condition."""
    sign = node[0]
    if sign == "AND":
        return holds(node[1], item) and holds(node[2], item)
    if sign == "OR":
        return holds(node[1], item) or holds(node[2], item)
    if sign == "NOT":
        return not holds(node[1], item)
    value = item.get(node[1])
    if sign == "BETWEEN":
        return compared(value, ">=", node[2]) and compared(value, "<=", node[3])
    if sign == "IN":
        return any(compared(value, "=", member) for member in node[2])
    if sign == "size":
        length = size(value)
        return compared(None if length is None else {"N": str(length)}, node[2], node[3])
    if sign == "attribute_exists":
        return value is not None
    if sign == "attribute_not_exists":
        return value is None
    if sign == "attribute_type":
        return value is not None and kind(value) == node[2]["S"]
    if sign == "begins_with":
        return value is not None and kind(value) == "S" and value["S"].startswith(node[2]["S"])
    if sign == "contains":
        return value is not None and contained(value, node[2])
    if sign == "paths":
        return compared(value, node[2], item.get(node[3]))
    return compared(value, sign, node[2])


def size(value: Value | None) -> int | None:
    if value is None or kind(value) in ("N", "BOOL", "NULL"):
        return None
    inner = value[kind(value)]
    return len(inner.encode()) if kind(value) == "S" else len(inner)


def contained(value: Value, member: Value) -> bool:
    if kind(value) == "S":
        return kind(member) == "S" and member["S"] in value["S"]
    if kind(value) in ("SS", "NS"):
        return kind(value)[0] == kind(member) and plain(member) in {
            plain({kind(member): each}) for each in value[kind(value)]
        }
    if kind(value) == "L":
        return any(kind(each) == kind(member) and plain(each) == plain(member) for each in value["L"])
    return False


# Updates ------------------------------------------------------------------------------------------------------


def update_text(actions: list[Any], out: Rendering) -> str:
    """Actions as an UpdateExpression, one section after the other."""
    sections: dict[str, list[str]] = {}
    for action in actions:
        section = action[0]
        path = ".".join(out.path(part) if isinstance(part, str) else f"[{part}]" for part in action[1])
        text = path.replace(".[", "[")
        if section == "SET":
            text += f" = {_operand_text(action[2], out)}"
        elif section in ("ADD", "DELETE"):
            text += f" {out.value(action[2])}"
        sections.setdefault(section, []).append(text)
    return " ".join(f"{section} {', '.join(texts)}" for section, texts in sections.items())


def _operand_text(operand: Any, out: Rendering) -> str:
    form = operand[0]
    if form == "value":
        return out.value(operand[1])
    if form == "path":
        return out.path(operand[1])
    if form in ("+", "-"):
        return f"{_operand_text(operand[1], out)} {form} {_operand_text(operand[2], out)}"
    if form == "if_not_exists":
        return f"if_not_exists({out.path(operand[1])}, {_operand_text(operand[2], out)})"
    return f"list_append({_operand_text(operand[1], out)}, {_operand_text(operand[2], out)})"


def _operand(operand: Any, item: Item) -> Value:
    form = operand[0]
    if form == "value":
        value: Value = operand[1]
        return value
    if form == "path":
        if operand[1] not in item:
            raise Refused
        return item[operand[1]]
    if form == "if_not_exists":
        return item[operand[1]] if operand[1] in item else _operand(operand[2], item)
    left, right = _operand(operand[1], item), _operand(operand[2], item)
    if form in ("+", "-"):
        if kind(left) != "N" or kind(right) != "N":
            raise Refused
        total = plain(left) + plain(right) if form == "+" else plain(left) - plain(right)
        return {"N": number(total)}
    if kind(left) != "L" or kind(right) != "L":
        raise Refused
    return {"L": left["L"] + right["L"]}


def number(value: Decimal) -> str:
    """A number as DynamoDB returns it."""
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "0") else text


def updated(actions: list[Any], old: Item) -> Item:
    """The item after an update, every operand read from the old one. Raises Refused."""
    new = deepcopy(old)
    values = [deepcopy(_operand(action[2], old)) if action[0] == "SET" else None for action in actions]
    for action, value in zip(actions, values, strict=True):
        section, path = action[0], action[1]
        holder = _holder(new, path)
        last = path[-1]
        current = _current(holder, last)
        if section == "SET":
            _put(holder, last, value)
        elif section == "REMOVE":
            _remove(holder, last)
        elif section == "ADD":
            _put(holder, last, _added(current, action[2]))
        elif current is not None:
            left = _without(current, action[2])
            _put(holder, last, left) if left is not None else _remove(holder, last)
    return new


def _holder(item: Item, path: Any) -> Any:
    place: Any = item
    for part, following in pairwise(path):
        value = _current(place, part)
        wanted = "L" if isinstance(following, int) else "M"
        if value is None or kind(value) != wanted:
            raise Refused
        place = value[wanted]
    return place


def _current(holder: Any, last: Any) -> Any:
    if isinstance(holder, list):
        return holder[last] if last < len(holder) else None
    return holder.get(last)


def _put(holder: Any, last: Any, value: Any) -> None:
    if isinstance(holder, list) and last >= len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _remove(holder: Any, last: Any) -> None:
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif last < len(holder):
        del holder[last]


def _added(current: Value | None, value: Value) -> Value:
    if current is None:
        return value
    if kind(current) != kind(value):
        raise Refused
    if kind(value) == "N":
        return {"N": number(plain(current) + plain(value))}
    members = current[kind(value)]
    return {kind(value): members + [member for member in value[kind(value)] if member not in members]}


def _without(current: Value, value: Value) -> Value | None:
    if kind(current) != kind(value):
        raise Refused
    left = [member for member in current[kind(value)] if member not in value[kind(value)]]
    return {kind(value): left} if left else None


def canonical(item: Item) -> Any:
    """An item that compares equal however its sets are ordered."""
    return {name: (kind(value), plain(value)) for name, value in item.items()}
