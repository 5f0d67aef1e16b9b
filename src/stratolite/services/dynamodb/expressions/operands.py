"""What operands may be: their number and types, for functions, comparisons and updates.

Only what the text and the given values tell is checked here; what stands in an item is not known yet. Everything
raises ValidationException with DynamoDB's texts.
"""

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.attributes import Value
from stratolite.services.dynamodb.expressions import evaluate
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    Arithmetic,
    Between,
    Comparison,
    Function,
    In,
    Leaf,
    Literal,
    Operand,
    Part,
    Path,
)

IN_OPERANDS_MAX = 100
_OPERANDS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
_TYPE_NAMES = ("S", "N", "B", "NULL", "SS", "BOOL", "L", "BS", "NS", "M")
_LONG_KINDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOL",
    "L": "LIST",
    "M": "MAP",
}


def operands_of(leaf: Leaf) -> tuple[Operand, ...]:
    """The operands of a leaf, in the order of the text."""
    if isinstance(leaf, Comparison):
        return (leaf.left, leaf.right)
    if isinstance(leaf, Between):
        return (leaf.operand, leaf.low, leaf.high)
    if isinstance(leaf, In):
        return (leaf.operand, *leaf.members)
    return leaf.args


def _functions_of(leaf: Leaf) -> list[Function]:
    """The functions of a leaf, inner ones first."""
    found: list[Function] = []

    def walk(node: Operand) -> None:
        if isinstance(node, Function):
            for arg in node.args:
                walk(arg)
            found.append(node)

    if isinstance(leaf, Function):
        walk(leaf)
    else:
        for operand in operands_of(leaf):
            walk(operand)
    return found


def static_kind(node: Operand) -> str:
    """The type of an operand where the text and the values tell it; else empty."""
    if isinstance(node, Literal):
        return attributes.kind_of(node.value)
    if isinstance(node, Function):
        return {"size": "N", "list_append": "L"}.get(node.name) or (
            static_kind(node.args[1]) if node.name == "if_not_exists" else ""
        )
    return "N" if isinstance(node, Arithmetic) else ""


def path_text(parts: tuple[Part, ...]) -> str:
    """A path as DynamoDB's texts show it: ``[a, [0], b]``."""
    return attributes.shown(f"[{part}]" if type(part) is int else str(part) for part in parts)


def check_leaf(bound: Leaf) -> None:
    """One comparison or function: numbers of operands, distinct operands, types, in this order."""
    functions = _functions_of(bound)
    for function in functions:
        _check_count(function)
    for function in functions:
        _check_distinct(function.name, function.args)
    if isinstance(bound, Comparison):
        _check_distinct(bound.sign, (bound.left, bound.right))
    for function in functions:
        _check_condition_function(function)
    if isinstance(bound, Between):
        _check_between(bound)
    elif isinstance(bound, In) and len(bound.members) > IN_OPERANDS_MAX:
        raise ValidationException(
            f"The IN operator is provided with too many operands; number of operands: {len(bound.members)}"
        )
    elif isinstance(bound, Comparison) and bound.sign not in ("=", "<>"):
        _check_ordered(bound.sign, (bound.left, bound.right))


def _check_count(function: Function) -> None:
    if _OPERANDS[function.name] != len(function.args):
        raise ValidationException(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {function.name}, number of operands: {len(function.args)}"
        )


def _check_distinct(name: str, operands: tuple[Operand, ...]) -> None:
    if len(operands) == 2 and isinstance(operands[0], Path) and operands[0] == operands[1]:
        raise ValidationException(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {name}, first operand: {path_text(operands[0].parts)}"
        )


def _wrong_kind(name: str, kind: str) -> ValidationException:
    return ValidationException(
        f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
    )


def _check_condition_function(function: Function) -> None:
    name, args = function.name, function.args
    if name in ("attribute_exists", "attribute_not_exists"):
        if not isinstance(args[0], Path):
            raise ValidationException(f"Operator or function requires a document path; operator or function: {name}")
    elif name == "begins_with":
        for arg in args:
            kind = static_kind(arg)
            if kind and kind not in ("S", "B"):
                raise _wrong_kind(name, kind)
    elif name == "attribute_type":
        kind = static_kind(args[1])
        if kind != "S" or not isinstance(args[1], Literal):
            raise _wrong_kind(name, kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
        wanted = args[1].value["S"]
        if wanted not in _TYPE_NAMES:
            raise ValidationException(
                f"Invalid attribute type name found; type: {wanted}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
            )
    elif name == "size":
        kind = static_kind(args[0])
        if kind in ("N", "BOOL", "NULL"):
            raise _wrong_kind(name, kind)


def _check_between(leaf: Between) -> None:
    low, high = leaf.low, leaf.high
    _check_ordered("BETWEEN", (leaf.operand, low, high))
    if isinstance(low, Literal) and isinstance(high, Literal):
        first, second = attributes.kind_of(low.value), attributes.kind_of(high.value)
        shown = (
            f"lower bound operand: AttributeValue: {_braced(low.value)}, "
            f"upper bound operand: AttributeValue: {_braced(high.value)}"
        )
        if first != second:
            raise ValidationException(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {shown}"
            )
        if evaluate.compare(">", low.value, high.value):
            raise ValidationException(
                f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {shown}"
            )


def _shown(value: Value, kind: str) -> str:
    inner = value[kind]
    if kind == "L":
        return attributes.shown(map(_braced, inner))
    if kind == "M":
        return "{" + ", ".join(f"{name}={_braced(member)}" for name, member in inner.items()) + "}"
    if isinstance(inner, bool):
        return str(inner).lower()
    return attributes.shown(inner) if isinstance(inner, list) else str(inner)


def _braced(value: Value) -> str:
    kind = attributes.kind_of(value)
    return f"{{{kind}:{_shown(value, kind)}}}"


def _check_ordered(sign: str, operands: tuple[Operand, ...]) -> None:
    for operand in operands:
        kind = static_kind(operand)
        if kind and kind not in evaluate.ORDERED_KINDS:
            raise _wrong_kind(sign, kind)


def check_overlap(paths: list[tuple[Part, ...]]) -> None:
    """Refuse two paths of which one lies within the other, or which treat the same place as list and as map."""
    overlap = conflict = ""
    for position, second in enumerate(paths):
        for first in paths[:position]:
            kind = _relation(first, second)
            shown = (
                "must remove or rewrite one of these paths; "
                f"path one: {path_text(first)}, path two: {path_text(second)}"
            )
            if kind == "conflict":
                conflict = f"Two document paths conflict with each other; {shown}"
            elif kind == "overlap" and not overlap:
                overlap = f"Two document paths overlap with each other; {shown}"
    if overlap or conflict:
        raise ValidationException(overlap or conflict)


def _relation(first: tuple[Part, ...], second: tuple[Part, ...]) -> str:
    for one, other in zip(first, second, strict=False):
        if type(one) is not type(other):
            return "conflict"
        if one != other:
            return ""
    return "overlap"


def check_sets(actions: list[Action]) -> None:
    """ADD takes a number or a set, DELETE a set, though AWS speaks of ADD's types for both."""
    for action in actions:
        if action.section in ("ADD", "DELETE") and isinstance(action.operand, Literal):
            kind = attributes.kind_of(action.operand.value)
            if kind in _LONG_KINDS and not (action.section == "ADD" and kind == "N"):
                raise ValidationException(
                    "Incorrect operand type for operator or function; "
                    f"operator: {action.section}, operand type: {_LONG_KINDS[kind]}, typeSet: ALLOWED_FOR_ADD_OPERAND"
                )


def check_assigned(node: Operand) -> None:
    """The functions of a SET operand, inner ones first."""
    if isinstance(node, Function):
        for arg in node.args:
            check_assigned(arg)
        _check_count(node)
        if node.name == "if_not_exists" and not isinstance(node.args[0], Path):
            raise ValidationException(
                f"Operator or function requires a document path; operator or function: {node.name}"
            )
        if node.name == "list_append":
            for arg in node.args:
                if isinstance(arg, Literal) and "L" not in arg.value:
                    raise _wrong_kind(node.name, attributes.kind_of(arg.value))
    elif isinstance(node, Arithmetic):
        for side in (node.left, node.right):
            check_assigned(side)
        for side in (node.left, node.right):
            if isinstance(side, Literal) and "N" not in side.value:
                raise _wrong_kind(node.sign, attributes.kind_of(side.value))
