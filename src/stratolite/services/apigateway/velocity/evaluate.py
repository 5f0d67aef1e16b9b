"""Nodes to text. Templates are bounded: steps, iterations and output each have a limit.

An object of ours that templates may call (``$input``, ``$util``) is a ``Callables``: a mapping of names to functions.
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from stratolite.services.apigateway.velocity import methods
from stratolite.services.apigateway.velocity.nodes import (
    Body,
    Define,
    Foreach,
    If,
    Interpolated,
    Leave,
    ListLiteral,
    Literal,
    Macro,
    MacroCall,
    MapLiteral,
    Member,
    Node,
    Operation,
    Range,
    Reference,
    Set,
)

ITERATIONS_MAX = 1000
"""Iterations of one ``#foreach``; AWS stops there too."""
STEPS_MAX = 200_000
"""Nodes that one rendering may evaluate."""
OUTPUT_LENGTH_MAX = 10 * 1024 * 1024
NESTING_MAX = 60
"""How deep macros, defined blocks and conditions may be inside each other while they run."""


class TemplateFailed(Exception):
    """The template ran into something that it cannot do."""


class Callables(dict[str, Callable[..., Any]]):
    """An object of ours: what templates may call on it, by name."""


class _Loop(dict[str, Any]):
    """``$foreach``: what it says can be read as properties and by methods, ``$foreach.hasNext`` and ``.hasNext()``.

    https://velocity.apache.org/engine/1.7/apidocs/org/apache/velocity/runtime/directive/ForeachScope.html
    """

    METHODS: ClassVar = {
        "hasNext": "hasNext",
        "isFirst": "first",
        "isLast": "last",
        **{
            f"get{name[0].upper()}{name[1:]}": name for name in ("index", "count", "hasNext", "first", "last", "parent")
        },
    }


class _Left(Exception):
    """``#break`` or ``#stop``."""

    def __init__(self, everything: bool) -> None:
        super().__init__()
        self.everything = everything


def render(body: Body, variables: dict[str, Any]) -> str:
    """The text of a template. ``variables`` is changed by ``#set``. Raises TemplateFailed."""
    run = _Run(variables)
    try:
        run.body(body)
    except _Left:
        pass
    except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError, AttributeError) as error:
        # What a method was given is not what it takes: the template's mistake.
        raise TemplateFailed(f"{type(error).__name__}: {error}") from error
    return "".join(run.output)


class _Run:
    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.output: list[str] = []
        self._length = 0
        self._steps = 0
        self._nesting = 0
        self._macros: dict[str, Macro] = {}

    def body(self, nodes: Body) -> None:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise TemplateFailed(f"blocks run deeper than {NESTING_MAX} levels")
        for node in nodes:
            self._step()
            if isinstance(node, Literal):
                self._write(node.value)
            elif isinstance(node, Reference):
                self._write(methods.shown(self.value(node)))
            else:
                self._run(node)
        self._nesting -= 1

    def _run(self, node: Node) -> None:
        if isinstance(node, Set):
            self._assign(node.target, self.value(node.value))
        elif isinstance(node, If):
            for condition, branch in node.branches:
                if _true(self.value(condition)):
                    self.body(branch)
                    return
        elif isinstance(node, Foreach):
            self._foreach(node)
        elif isinstance(node, Define):
            self.variables[node.name] = node
        elif isinstance(node, Macro):
            self._macros[node.name] = node
        elif isinstance(node, MacroCall):
            self._call(node)
        elif isinstance(node, Leave):
            raise _Left(node.everything)

    def _foreach(self, node: Foreach) -> None:
        items = self.value(node.items)
        if isinstance(items, dict):
            items = list(items.values())
        if not isinstance(items, list):
            return
        saved = {name: self.variables.get(name) for name in (node.name, "foreach", "velocityCount")}
        nesting = self._nesting
        for index, item in enumerate(items[:ITERATIONS_MAX]):
            self.variables[node.name] = item
            self.variables["velocityCount"] = index + 1
            self.variables["foreach"] = _Loop(
                index=index,
                count=index + 1,
                hasNext=index + 1 < len(items),
                first=index == 0,
                last=index + 1 == len(items),
                parent=saved["foreach"],
            )
            try:
                self.body(node.body)
            except _Left as left:
                self._nesting = nesting
                if left.everything:
                    raise
                break
        self.variables.update(saved)

    def _call(self, node: MacroCall) -> None:
        macro = self._macros.get(node.name)
        if macro is None:
            self._write(node.source)
            return
        values = [self.value(argument) for argument in node.arguments]
        saved = {name: self.variables.get(name) for name in macro.parameters}
        for index, name in enumerate(macro.parameters):
            self.variables[name] = values[index] if index < len(values) else None
        self.body(macro.body)
        self.variables.update(saved)

    # Values --------------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Any:
        self._step()
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Reference):
            return self._reference(node)
        if isinstance(node, Interpolated):
            return self._apart(node.body)
        if isinstance(node, Operation):
            return self._operation(node)
        if isinstance(node, ListLiteral):
            return [self.value(item) for item in node.items]
        if isinstance(node, MapLiteral):
            return {self.value(key): self.value(item) for key, item in node.entries}
        if isinstance(node, Range):
            return self._range(node)
        raise TemplateFailed("a directive is no value")

    def _range(self, node: Range) -> list[int]:
        first, last = self.value(node.first), self.value(node.last)
        if not isinstance(first, int) or not isinstance(last, int) or abs(last - first) > STEPS_MAX:
            raise TemplateFailed("a range needs two whole numbers")
        return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))

    def _apart(self, body: Body) -> str:
        kept, self.output = self.output, []
        try:
            self.body(body)
            return "".join(self.output)
        finally:
            self.output = kept

    def _reference(self, node: Reference) -> Any:
        value = self.variables.get(node.name)
        if isinstance(value, Define):
            value = self._apart(value.body)
        for member in node.members:
            value = self._member(value, member)
            if value is None:
                return None
        return value

    def _member(self, value: Any, member: Member) -> Any:
        if member.arguments is None:
            return _property(value, member.name)
        arguments = [self.value(argument) for argument in member.arguments]
        if not member.name:
            return _item(value, arguments[0])
        if isinstance(value, _Loop):
            return value.get(_Loop.METHODS.get(member.name, ""))
        method = value.get(member.name) if isinstance(value, Callables) else methods.of(value, member.name)
        if method is None:
            return None
        return method(*arguments) if isinstance(value, Callables) else method(value, *arguments)

    def _assign(self, target: Reference, value: Any) -> None:
        if not target.members:
            self.variables[target.name] = value
            return
        holder = self.variables.setdefault(target.name, {})
        for member in target.members[:-1]:
            below = self._member(holder, member)
            if below is None and isinstance(holder, dict):
                below = holder[self._key(member)] = {}
            holder = below
        last = self._key(target.members[-1])
        if isinstance(holder, Callables) or not isinstance(holder, dict | list):
            raise TemplateFailed(f"${target.name} has nothing that can be set")
        holder[last] = value

    def _key(self, member: Member) -> Any:
        if member.name:
            return member.name
        assert member.arguments is not None
        return self.value(member.arguments[0])

    def _operation(self, node: Operation) -> Any:
        right: Any
        if node.left is None:
            return not _true(self.value(node.right))
        left = self.value(node.left)
        if node.operator == "&&":
            return _true(left) and _true(self.value(node.right))
        if node.operator == "||":
            return _true(left) or _true(self.value(node.right))
        right = self.value(node.right)
        if node.operator in ("==", "!="):
            return _equal(left, right) is (node.operator == "==")
        if node.operator == "+" and (isinstance(left, str) or isinstance(right, str)):
            return methods.shown(left) + methods.shown(right)
        if node.operator in _COMPARED:
            return _is_number(left) and _is_number(right) and _COMPARED[node.operator](left, right)
        if not _is_number(left) or not _is_number(right) or (right == 0 and node.operator in "/%"):
            # Velocity logs what it cannot calculate, and goes on without a value.
            return None
        return _ARITHMETIC[node.operator](left, right)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > STEPS_MAX:
            raise TemplateFailed(f"the template takes more than {STEPS_MAX} steps")

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > OUTPUT_LENGTH_MAX:
            raise TemplateFailed(f"the output is longer than {OUTPUT_LENGTH_MAX} characters")
        self.output.append(text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": lambda left, right: left - right * _divide(left, right) if isinstance(left, int) else math.fmod(left, right),
}


def _true(value: Any) -> bool:
    return value if isinstance(value, bool) else value is not None


def _equal(left: Any, right: Any) -> bool:
    if type(left) is type(right) or (isinstance(left, int | float) and isinstance(right, int | float)):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    return methods.shown(left) == methods.shown(right)


def _property(value: Any, name: str) -> Any:
    if isinstance(value, Callables):
        return value[name]() if name == "body" else None
    if isinstance(value, dict):
        return value.get(name)
    method = methods.of(value, f"get{name[:1].upper()}{name[1:]}")
    return method(value) if method and not isinstance(value, list) else None


def _item(value: Any, index: Any) -> Any:
    if isinstance(value, dict):
        return value.get(index)
    if isinstance(value, list) and isinstance(index, int) and -len(value) <= index < len(value):
        return value[index]
    return None
