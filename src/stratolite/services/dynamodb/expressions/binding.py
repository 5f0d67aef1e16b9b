"""Names and values meet the trees: placeholders are resolved, and what is wrong is worded in DynamoDB's order.

One ``Binding`` serves all expressions of a request, because placeholders that no expression uses are an error too.
Everything raises ValidationException.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.attributes import Value
from stratolite.services.dynamodb.expressions import evaluate, parser
from stratolite.services.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Leaf,
    Literal,
    Not,
    Operand,
    Or,
    Part,
    Path,
    ValueRef,
)

NAME_BYTES_MAX = 65535
_NAME_KEY = re.compile(r"#[0-9a-zA-Z_]+", re.ASCII)
_VALUE_KEY = re.compile(r":[0-9a-zA-Z_]+", re.ASCII)
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
_CONDITION_FAULTS = ("parentheses", "unknown", "misused", "reserved")
_LONG_KINDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
    "L": "LIST",
    "M": "MAP",
}


class BoundCondition(NamedTuple):
    """A condition that is ready. ``nested`` are the first names of paths that go deeper."""

    root: Condition
    test: evaluate.Test
    heads: frozenset[str]
    nested: frozenset[str]


class BoundUpdate(NamedTuple):
    """An update that is ready: its actions have real names and values."""

    actions: list[Action]
    nested: frozenset[str]

    @property
    def paths(self) -> list[tuple[Part, ...]]:
        return [action.path.parts for action in self.actions]


class BoundProjection(NamedTuple):
    """A projection that is ready."""

    paths: list[tuple[Part, ...]]
    nested: frozenset[str]


class Binding:
    """The placeholders of one request. The constructor checks them by themselves."""

    def __init__(self, names: Mapping[str, str] | None, values: Mapping[str, Any] | None) -> None:
        self.names = names or {}
        self.values = values or {}
        self._used_names: set[str] = set()
        self._used_values: set[str] = set()
        self._heads: set[str] = set()
        self._nested: set[str] = set()
        if names is not None:
            _check_keys("ExpressionAttributeNames", names, _NAME_KEY)
        if values is not None:
            _check_keys("ExpressionAttributeValues", values, _VALUE_KEY)
            for key, value in values.items():
                try:
                    attributes.check_value(value)
                except ValidationException as error:
                    raise ValidationException(
                        f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}"
                    ) from error

    def condition(self, label: str, text: str) -> BoundCondition:
        """Bind a condition; ``label`` is the parameter's name."""
        try:
            parsed = parser.parse_condition(text)
            for kind in _CONDITION_FAULTS:
                if kind in parsed.faults:
                    raise ValidationException(parsed.faults[kind])
            self._use(parsed.names, parsed.values)
            for leaf in parsed.leaves:
                self._check_leaf(leaf)
            assert parsed.root is not None
            self._heads, self._nested = set(), set()
            root = self._bind(parsed.root)
        except ValidationException as error:
            raise ValidationException(f"Invalid {label}: {error.message}") from error
        return BoundCondition(root, evaluate.compiled(root), frozenset(self._heads), frozenset(self._nested))

    def update(self, text: str) -> BoundUpdate:
        """Bind an UpdateExpression."""
        try:
            parsed = parser.parse_update(text)
            for kind in ("reserved", "unknown", "section"):
                if kind in parsed.faults:
                    raise ValidationException(parsed.faults[kind])
            self._use(parsed.names, parsed.values)
            for action in parsed.actions:
                self._require(action.path)
                if action.operand is not None:
                    self._require(action.operand, names_alone=True)
            for action in parsed.actions:
                if action.operand is not None:
                    self._require(action.operand)
            self._heads, self._nested = set(), set()
            actions = [
                Action(
                    action.section,
                    self._path(action.path),
                    None if action.operand is None else self._operand(action.operand),
                )
                for action in parsed.actions
            ]
            check_overlap([action.path.parts for action in actions])
            _check_sets(actions)
            for action in actions:
                if action.section == "SET" and action.operand is not None:
                    _check_assigned(action.operand)
        except ValidationException as error:
            raise ValidationException(f"Invalid UpdateExpression: {error.message}") from error
        return BoundUpdate(actions, frozenset(self._nested))

    def projection(self, text: str) -> BoundProjection:
        """Bind a ProjectionExpression."""
        try:
            parsed = parser.parse_projection(text)
            if "reserved" in parsed.faults:
                raise ValidationException(parsed.faults["reserved"])
            self._use(parsed.names, parsed.values)
            for path in parsed.paths:
                self._require(path)
            self._heads, self._nested = set(), set()
            paths = [self._path(path).parts for path in parsed.paths]
            check_overlap(paths)
        except ValidationException as error:
            raise ValidationException(f"Invalid ProjectionExpression: {error.message}") from error
        return BoundProjection(paths, frozenset(self._nested))

    def end(self) -> None:
        """Refuse placeholders that no expression of the request used."""
        for label, given, used in (
            ("Names", self.names, self._used_names),
            ("Values", self.values, self._used_values),
        ):
            unused = [key for key in given if key not in used]
            if unused:
                raise ValidationException(
                    f"Value provided in ExpressionAttribute{label} unused in expressions: keys: {{{', '.join(unused)}}}"
                )

    # Resolving -------------------------------------------------------------------------------------------

    def _use(self, names: set[str], values: set[str]) -> None:
        self._used_names |= names
        self._used_values |= values

    def _require(self, node: Operand, *, names_alone: bool = False) -> None:
        """Refuse placeholders that the request does not define, in the order of the text."""
        if type(node) is Path:
            for part in node.parts:
                if type(part) is str and part[0] == "#" and part not in self.names:
                    raise ValidationException(
                        f"An expression attribute name used in the document path is not defined; attribute name: {part}"
                    )
        elif type(node) is ValueRef:
            if not names_alone and node.name not in self.values:
                raise ValidationException(
                    f"An expression attribute value used in expression is not defined; attribute value: {node.name}"
                )
        elif type(node) is Function:
            for arg in node.args:
                self._require(arg, names_alone=names_alone)
        elif type(node) is Arithmetic:
            self._require(node.left, names_alone=names_alone)
            self._require(node.right, names_alone=names_alone)

    def _path(self, path: Path) -> Path:
        parts = tuple(self.names[part] if type(part) is str and part[0] == "#" else part for part in path.parts)
        head = str(parts[0])
        self._heads.add(head)
        if len(parts) > 1:
            self._nested.add(head)
        return Path(parts)

    def _operand(self, node: Operand) -> Operand:
        if type(node) is Path:
            return self._path(node)
        if type(node) is ValueRef:
            return Literal(self.values[node.name])
        if type(node) is Function:
            return Function(node.name, tuple(self._operand(arg) for arg in node.args))
        assert type(node) is Arithmetic
        return Arithmetic(node.sign, self._operand(node.left), self._operand(node.right))

    def _bind(self, node: Condition) -> Condition:
        if isinstance(node, And):
            return And(tuple(self._bind(inner) for inner in node.conditions))
        if isinstance(node, Or):
            return Or(tuple(self._bind(inner) for inner in node.conditions))
        if isinstance(node, Not):
            return Not(self._bind(node.condition))
        return self._leaf(node)

    def _leaf(self, node: Leaf) -> Leaf:
        if isinstance(node, Comparison):
            return Comparison(node.sign, self._operand(node.left), self._operand(node.right))
        if isinstance(node, Between):
            return Between(self._operand(node.operand), self._operand(node.low), self._operand(node.high))
        if isinstance(node, In):
            return In(self._operand(node.operand), tuple(self._operand(member) for member in node.members))
        return Function(node.name, tuple(self._operand(arg) for arg in node.args))

    def _check_leaf(self, leaf: Leaf) -> None:
        """One comparison or function: placeholders, numbers of operands, distinct operands, types."""
        operands = _operands_of(leaf)
        for operand in operands:
            self._require(operand)
        bound = self._leaf(leaf)
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
        elif isinstance(bound, Comparison) and bound.sign not in ("=", "<>"):
            _check_ordered(bound.sign, (bound.left, bound.right))


def _check_keys(label: str, given: Mapping[str, Any], pattern: re.Pattern[str]) -> None:
    if not given:
        raise ValidationException(f"{label} must not be empty")
    for key in given:
        if not pattern.fullmatch(key):
            raise ValidationException(f'{label} contains invalid key: Syntax error; key: "{key}"')


def _operands_of(leaf: Leaf) -> tuple[Operand, ...]:
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
        for operand in _operands_of(leaf):
            walk(operand)
    return found


def _static_kind(node: Operand) -> str:
    """The type of an operand where the text and the values tell it; else empty."""
    if isinstance(node, Literal):
        return attributes.kind_of(node.value)
    if isinstance(node, Function):
        return {"size": "N", "list_append": "L"}.get(node.name) or (
            _static_kind(node.args[1]) if node.name == "if_not_exists" else ""
        )
    return "N" if isinstance(node, Arithmetic) else ""


def static_kind(node: Operand) -> str:
    """The type that an assigned operand has for certain; else empty."""
    return _static_kind(node)


def path_text(parts: tuple[Part, ...]) -> str:
    """A path as DynamoDB's texts show it: ``[a, [0], b]``."""
    return attributes.shown(f"[{part}]" if type(part) is int else str(part) for part in parts)


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
            kind = _static_kind(arg)
            if kind and kind not in ("S", "B"):
                raise _wrong_kind(name, kind)
    elif name == "attribute_type":
        kind = _static_kind(args[1])
        if kind != "S" or not isinstance(args[1], Literal):
            raise _wrong_kind(name, kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
        wanted = args[1].value["S"]
        if wanted not in _TYPE_NAMES:
            raise ValidationException(
                f"Invalid attribute type name found; type: {wanted}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
            )
    elif name == "size":
        kind = _static_kind(args[0])
        if kind in ("N", "BOOL", "NULL"):
            raise _wrong_kind(name, kind)


def _check_between(leaf: Between) -> None:
    low, high = leaf.low, leaf.high
    if isinstance(low, Literal) and isinstance(high, Literal):
        first, second = attributes.kind_of(low.value), attributes.kind_of(high.value)
        shown = (
            f"lower bound operand: AttributeValue: {{{first}:{_shown(low.value, first)}}}, "
            f"upper bound operand: AttributeValue: {{{second}:{_shown(high.value, second)}}}"
        )
        if first != second:
            raise ValidationException(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {shown}"
            )
        if evaluate.compare(">", low.value, high.value):
            raise ValidationException(
                f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {shown}"
            )
    _check_ordered("BETWEEN", (leaf.operand, low, high))


def _shown(value: Value, kind: str) -> str:
    inner = value[kind]
    return attributes.shown(map(str, inner)) if isinstance(inner, list) else str(inner)


def _check_ordered(sign: str, operands: tuple[Operand, ...]) -> None:
    for operand in operands:
        kind = _static_kind(operand)
        if kind and kind not in evaluate.ORDERED_KINDS:
            raise ValidationException(
                f"Incorrect operand type for operator or function; operator: {sign}, operand type: {kind}"
            )


# Updates and projections --------------------------------------------------------------------------------------


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
                conflict = conflict or f"Two document paths conflict with each other; {shown}"
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


def _check_sets(actions: list[Action]) -> None:
    """ADD takes a number or a set, DELETE a set."""
    for action in actions:
        if action.section in ("ADD", "DELETE") and isinstance(action.operand, Literal):
            kind = attributes.kind_of(action.operand.value)
            if kind in _LONG_KINDS and not (action.section == "ADD" and kind == "N"):
                raise ValidationException(
                    "Incorrect operand type for operator or function; "
                    f"operator: {action.section}, operand type: {_LONG_KINDS[kind]}"
                )


def _check_assigned(node: Operand) -> None:
    """The functions of a SET operand, inner ones first."""
    if isinstance(node, Function):
        for arg in node.args:
            _check_assigned(arg)
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
            _check_assigned(side)
            if isinstance(side, Literal) and "N" not in side.value:
                raise _wrong_kind(node.sign, attributes.kind_of(side.value))
