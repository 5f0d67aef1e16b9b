"""Shapes: what a value has to be.

Each kind of shape is one class; ``check`` coerces in place and gives the problems, in the order in which ajv does.
What was coerced stays so, even for a choice that does not fit in the end.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stratolite.templates.document import List, Map
from stratolite.templates.serverless.schema.coercion import Cell, coerce
from stratolite.templates.serverless.schema.problem import Place, Problem


class Shape:
    """What a value has to be. ``kind`` is its type, where it has one."""

    kind = ""

    def check(self, cell: Cell, place: Place) -> list[Problem]:
        """Coerce a value, and say what is wrong with it."""
        return self.type_problems(cell, place) + self.own_problems(cell, place)

    def type_problems(self, cell: Cell, place: Place) -> list[Problem]:
        """Coerce to the type, and say whether that failed."""
        # Nothing is taken for a map, and what is none is told after all conditions on it.
        if self.kind in ("", "object") or coerce(self.kind, cell):
            return []
        return [place.problem("type", f"must be {self.kind}", self.kind)]

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        """What is wrong beside the type."""
        return []


@dataclass(frozen=True, slots=True)
class Span:
    """How few and how many; None where there is no limit."""

    least: int | None = None
    most: int | None = None

    def problems(self, size: float, place: Place, keyword: str, unit: str, kind: str) -> Iterator[Problem]:
        """``keyword``: ``Length``, ``Items`` or ``Properties``."""
        if self.most is not None and size > self.most:
            yield place.problem(f"max{keyword}", f"must NOT have more than {self.most} {unit}", kind)
        if self.least is not None and size < self.least:
            yield place.problem(f"min{keyword}", f"must NOT have fewer than {self.least} {unit}", kind)


@dataclass(frozen=True, eq=False, repr=False)
class Anything(Shape):
    """Any value."""


@dataclass(frozen=True, eq=False, repr=False)
class Text(Shape):
    """A text. ``shown``: whether a pattern's problem shows the value, rather than the pattern as it is written."""

    span: Span = Span()
    pattern: str = ""
    flags: str = ""
    shown: bool = False
    form: str = ""
    kind = "string"

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        value = cell.value
        if not isinstance(value, str):
            return []
        problems = list(self.span.problems(len(value), place, "Length", "characters", self.kind))
        if self.pattern and not compiled(self.pattern, self.flags).search(value):
            if self.shown:
                message = f"value '{value}' does not satisfy pattern /{self.pattern}/{self.flags}"
                problems.append(place.problem("regexp", message, self.kind))
            else:
                message = f'must match pattern "{self.pattern}"'
                problems.append(place.problem("pattern", message, self.kind))
        if self.form and not compiled(_FORMS[self.form]).search(value):
            problems.append(place.problem("format", f'must match format "{self.form}"', self.kind))
        return problems


_FORMS = {
    "uri": r"^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>\"{}|\\^`]+$",
    "date-time": r"^\d{4}-\d\d-\d\d[tT ]\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d:?\d\d)$",
}
_COMPILED: dict[tuple[str, str], re.Pattern[str]] = {}


def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """A pattern of JavaScript's: its dollar is the end, its classes are ASCII's."""
    key = (pattern, flags)
    if key not in _COMPILED:
        ends = re.sub(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", lambda match: match[1] or r"\Z", pattern)
        _COMPILED[key] = re.compile(ends, re.ASCII | (re.IGNORECASE if "i" in flags else 0))
    return _COMPILED[key]


@dataclass(frozen=True, eq=False, repr=False)
class Number(Shape):
    """A number, or an integer."""

    kind: str = "number"
    span: Span = Span()

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        value = cell.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        problems = []
        if self.span.most is not None and not value <= self.span.most:
            problems.append(place.problem("maximum", f"must be <= {self.span.most}", self.kind))
        if self.span.least is not None and not value >= self.span.least:
            problems.append(place.problem("minimum", f"must be >= {self.span.least}", self.kind))
        return problems


@dataclass(frozen=True, eq=False, repr=False)
class Boolean(Shape):
    """True or false."""

    kind = "boolean"


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Shape):
    """One value."""

    value: Any

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        same = cell.value == self.value and isinstance(cell.value, bool) == isinstance(self.value, bool)
        return [] if same else [place.problem("const", "must be equal to constant", "const" if self.value else "")]


@dataclass(frozen=True, eq=False, repr=False)
class OneOf(Shape):
    """One of several values."""

    values: tuple[Any, ...]

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        if not isinstance(cell.value, Map | List) and cell.value in self.values and not isinstance(cell.value, bool):
            return []
        message = "must be equal to one of the allowed values"
        if not all(isinstance(value, str) for value in self.values):
            return [place.problem("enum", message)]
        problem = place.problem("enum", f"{message} [{', '.join(self.values)}]")
        return [replace(problem, wrote=str(cell.value), known=self.values)]


@dataclass(frozen=True, eq=False, repr=False)
class Sequence(Shape):
    """A list whose elements have one shape, or, as a ``tuple``, each its own."""

    items: Shape | tuple[Shape, ...]
    span: Span = Span()
    unique: bool = False
    kind = "array"

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        value = cell.value
        if not isinstance(value, List):
            return []
        problems = list(self.span.problems(len(value), place, "Items", "items", self.kind))
        if self.unique:
            problems += _duplicates(value, place)
        for index in range(len(value)):
            if isinstance(self.items, Shape):
                problems += self.items.check(Cell(value, index), place.inside(index, "items"))
            elif index < len(self.items):
                problems += self.items[index].check(Cell(value, index), place.inside(index, "items", index))
        return problems


def _duplicates(value: List, place: Place) -> Iterator[Problem]:
    for late in range(len(value) - 1, 0, -1):
        for early in range(late):
            if value[early] == value[late]:
                message = f"must NOT have duplicate items (items ## {early} and {late} are identical)"
                yield place.problem("uniqueItems", message, "array")
                return


@dataclass(frozen=True, eq=False, repr=False)
class Mapping(Shape):
    """A map. ``rest`` is the shape of members that nothing else names: None where there may be none.

    ``loose``: what is no map fits as well (the map is required elsewhere). ``names``: what keys have to be.
    """

    members: dict[str, Shape] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    patterns: tuple[tuple[str, Shape], ...] = ()
    rest: Shape | None = None
    span: Span = Span()
    names: Shape | None = None
    loose: bool = False

    @property
    def kind(self) -> str:  # type: ignore[override]
        return "" if self.loose else "object"

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        value = cell.value
        if not isinstance(value, Map):
            return [] if self.loose else [place.problem("type", "must be object", self.kind)]
        problems = list(self.span.problems(_size(value), place, "Properties", "properties", self.kind))
        lacking = [key for key in self.needed if value.get(key) is None]
        problems += [
            place.problem("required", f"must have required property '{key}'", self.kind, key) for key in lacking
        ]
        if self.names is not None:
            problems += self._misnamed(value, place, self.names)
        others = [key for key in value if value[key] is not None and not self._named(key)]
        for key in others:
            if self.rest is None:
                problems.append(self._unrecognized(key, place))
            else:
                problems += self.rest.check(Cell(value, key), place.inside(key, "additionalProperties"))
        for key, shape in self.members.items():
            if value.get(key) is not None:
                problems += shape.check(Cell(value, key), place.inside(key, "properties", key))
        for pattern, shape in self.patterns:
            for key in [each for each in value if value[each] is not None and compiled(pattern).search(each)]:
                problems += shape.check(Cell(value, key), place.inside(key, "patternProperties", pattern))
        return problems

    def _named(self, key: str) -> bool:
        return key in self.members or any(compiled(pattern).search(key) for pattern, _ in self.patterns)

    def _unrecognized(self, key: str, place: Place) -> Problem:
        message = f"unrecognized property '{key}'"
        if place.path == "/functions":
            message = f"name '{key}' must be alphanumeric"
        problem = place.problem("additionalProperties", message, self.kind, key)
        return replace(problem, wrote=key, known=self.members)

    @staticmethod
    def _misnamed(value: Map, place: Place, names: Shape) -> Iterator[Problem]:
        for key in [each for each in value if value[each] is not None]:
            found = names.check(Cell([key], 0), place.along("propertyNames"))
            if found:
                yield from found
                yield place.problem("propertyNames", "property name must be valid", "object", key)


def _size(value: Map) -> int:
    return sum(1 for child in value.values() if child is not None)


@dataclass(frozen=True, eq=False, repr=False)
class Without(Shape):
    """Whatever lacks a member."""

    key: str

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        has = isinstance(cell.value, Map) and cell.value.get(self.key) is not None
        return [place.problem("not", "must NOT be valid")] if has else []


@dataclass(frozen=True, eq=False, repr=False)
class Choice(Shape):
    """One of several shapes: the first that fits, or with ``only`` the one that does."""

    shapes: tuple[Shape, ...]
    only: bool = False

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        keyword = "oneOf" if self.only else "anyOf"
        problems: list[Problem] = []
        fitting = 0
        for index, shape in enumerate(self.shapes):
            found = shape.check(cell, place.along(keyword, index))
            problems += found
            fitting += not found
            if fitting and not self.only:
                return []
        if fitting == 1:
            return []
        return [*problems, place.problem(keyword, "unsupported configuration format")]


@dataclass(frozen=True, eq=False, repr=False)
class Both(Shape):
    """A shape, and further conditions on the same value."""

    shape: Shape
    conditions: tuple[Shape, ...]

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.shape.kind

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        problems: list[Problem] = []
        for index, condition in enumerate(self.conditions):
            problems += condition.check(cell, place.along("allOf", index) if len(self.conditions) > 1 else place)
        choices = (f"{place.trail}/anyOf", f"{place.trail}/oneOf")
        problems = [replace(each, kind=self.kind) if each.trail in choices else each for each in problems]
        return problems + self.shape.own_problems(cell, place)


@dataclass(frozen=True, eq=False, repr=False)
class Named(Shape):
    """A shape that is defined elsewhere, looked up when it is first needed."""

    name: str
    look_up: Callable[[str], Shape] = field(compare=False, repr=False)

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.look_up(self.name).kind

    def check(self, cell: Cell, place: Place) -> list[Problem]:
        return self.look_up(self.name).check(cell, place)

    def own_problems(self, cell: Cell, place: Place) -> list[Problem]:
        return self.look_up(self.name).own_problems(cell, place)
