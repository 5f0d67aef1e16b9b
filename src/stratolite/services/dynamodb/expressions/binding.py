"""Names and values meet the trees: placeholders are resolved, and what is wrong is worded in DynamoDB's order.

One ``Binding`` serves all expressions of a request, because placeholders that no expression uses are an error too.
Everything raises ValidationException.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from stratolite.core.errors import ValidationException
from stratolite.services.dynamodb import attributes
from stratolite.services.dynamodb.expressions import evaluate, operands, parser
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

PLACEHOLDER_BYTES_MAX = 255
_NAME_KEY = re.compile(r"#[0-9a-zA-Z_]+", re.ASCII)
_VALUE_KEY = re.compile(r":[0-9a-zA-Z_]+", re.ASCII)
_CONDITION_FAULTS = ("parentheses", "unknown", "misused", "reserved", "operators")
_UPDATE_FAULTS = ("reserved", "unknown", "misused", "section", "operators")


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

    def __init__(
        self, names: Mapping[str, str] | None, values: Mapping[str, Any] | None, *, names_keys: bool = True
    ) -> None:
        """``names_keys``: whether what is wrong with a value is told with its placeholder."""
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
                    if not names_keys:
                        raise
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
            for kind in _UPDATE_FAULTS:
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
            operands.check_overlap([action.path.parts for action in actions])
            operands.check_sets(actions)
            for action in actions:
                if action.section == "SET" and action.operand is not None:
                    operands.check_assigned(action.operand)
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
            operands.check_overlap(paths)
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
            if len(node.parts) > attributes.NESTING_MAX:
                raise ValidationException(
                    f"The document path has too many nesting levels; nesting levels: {len(node.parts)}"
                )
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
            return Function(node.name, tuple(map(self._operand, node.args)))
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
        for operand in operands.operands_of(leaf):
            self._require(operand)
        operands.check_leaf(self._leaf(leaf))


def _check_keys(label: str, given: Mapping[str, Any], pattern: re.Pattern[str]) -> None:
    if not given:
        raise ValidationException(f"{label} must not be empty")
    for key, value in given.items():
        size = attributes.text_bytes(key)
        if size > PLACEHOLDER_BYTES_MAX:
            detail = f" size of key: {size}" if pattern is _NAME_KEY else ""
            raise ValidationException(
                f"{label} contains invalid key: The expression attribute map contains a key that is too long;{detail}"
            )
        if not pattern.fullmatch(key):
            raise ValidationException(f'{label} contains invalid key: Syntax error; key: "{key}"')
        if value == "":
            raise ValidationException(f"{label} contains invalid value: Empty attribute name for key {key}")
        if type(value) is str and attributes.text_bytes(value) > attributes.NAME_BYTES_MAX:
            raise ValidationException(f"{label} contains invalid value: {attributes.NAME_TOO_LARGE} for key {key}")
