"""Variables resolved in place, over a document whose values name each other.

Owns: the order of resolution (whoever is named is resolved first), cycles, nesting, and what went wrong where. May not:
know a source; ``sources`` looks values up and asks back here for what the document itself holds.

What a variable gives is read for variables again: a file may hold some, and so may a text out of the environment.
"""

from collections.abc import Callable, Iterator
from typing import Any

from stratolite.templates.document import List, Map, Mark, copied, mark_of
from stratolite.templates.javascript import coerced
from stratolite.templates.serverless.variables.expression import (
    Given,
    Literal,
    Malformed,
    Parts,
    Source,
    Variable,
    parse,
)
from stratolite.templates.serverless.variables.stand_in import StandIn, plain

NESTING_MAX = 10
"""How often what a variable gives may hold a variable again; the Serverless Framework's limit."""
VARIABLES_MAX = 100_000
VALUES_MAX = 1_000_000
"""How many values ``self`` may copy in all, and how many characters a text may have in the end."""

Path = tuple[str | int, ...]


class Fault(Exception):
    """A variable that cannot be resolved. ``mark`` is where it is written."""

    def __init__(self, what: str, mark: Mark, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mark = mark
        self.todo = todo


class SourceError(Exception):
    """What a source says about a request that it cannot answer."""

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo


class Missing(SourceError):
    """A source has no such value, and says more about it than that. Fallbacks go on.

    ``instead`` gives the value for which a variable is taken that would fail because of this; of several, the last.
    """

    def __init__(self, what: str, todo: str = "", instead: Callable[[], Any] | None = None) -> None:
        super().__init__(what, todo)
        self.instead = instead


Ask = Callable[["Tree", "Request"], Any]


class Request:
    """What a source is asked: its parameters and address, resolved; and for whom (``path``, written at ``mark``)."""

    __slots__ = ("address", "depth", "mark", "name", "params", "path")

    def __init__(self, name: str, params: list[Any], address: Any, path: Path, mark: Mark, depth: int) -> None:
        self.name = name
        self.params = params
        self.address = address
        self.path = path
        self.mark = mark
        self.depth = depth

    def text(self) -> str:
        """The address as a text. Raises SourceError where there is none."""
        if self.address is None or self.address == "":
            raise SourceError(f'Missing address argument in variable "{self.name}" source')
        text = coerced(self.address)
        if text is None:
            raise SourceError(f'Non-string address argument in variable "{self.name}" source: {self.address}')
        return text


class Tree:
    """A document in the course of resolution. ``faults`` are the variables that cannot be resolved.

    ``rewrite`` brings texts into the usual form, where they have another.
    """

    def __init__(self, document: Map, ask: Ask, rewrite: Callable[[str], str] = str) -> None:
        self.document = document
        self._rewrite = rewrite
        self.faults: dict[Path, Fault] = {}
        self._ask = ask
        self._clean: set[Path] = set()
        self._open: list[Path] = []
        self._nesting: dict[Path, int] = {}
        self._count = 0
        self._copied = 0

    def resolve(self) -> list[Fault]:
        """Resolve everything; gives each thing that went wrong once, in the order of the document."""
        self._visit((), self.document)
        seen: dict[int, Fault] = {id(fault): fault for fault in self.faults.values()}
        return list(seen.values())

    def _visit(self, path: Path, container: Any) -> None:
        for key in _keys(container):
            inner = (*path, key)
            try:
                self._settle(inner, container, key)
            except Fault:
                continue
            if isinstance(container[key], Map | List):
                self._visit(inner, container[key])

    def look_up(self, keys: list[str], mark: Mark) -> Any:
        """What the document holds at ``keys``, all of it resolved; None when there is nothing. Raises Fault."""
        value: Any = self.document
        path: Path = ()
        for key in keys:
            place = _place(value, key)
            if place is None and not isinstance(value, StandIn):
                return member(value, key)
            if place is None:
                value = value.member(key)
                continue
            path = (*path, place)
            self._settle(path, value, place, mark)
            value = value[place]
        self._settle_all(path, value, mark)
        self._copied += _size(value)
        if self._copied > VALUES_MAX:
            raise Fault(f"Variables of the source self copy more than {VALUES_MAX} values", mark)
        return copied(value)

    def _settle_all(self, path: Path, value: Any, mark: Mark) -> None:
        if not isinstance(value, Map | List) or path in self._clean:
            return
        for key in _keys(value):
            inner = (*path, key)
            self._settle(inner, value, key, mark)
            self._settle_all(inner, value[key], mark)
        self._clean.add(path)

    def _settle(self, path: Path, container: Any, key: Any, asker: Mark | None = None) -> None:
        """Resolve one value, though not what is in it. Raises Fault."""
        text = container[key]
        if not isinstance(text, str) or "${" not in text or path in self._clean:
            return
        if path in self.faults:
            raise self.faults[path]
        mark = mark_of(container, key)
        if path in self._open:
            raise self._circle(path, asker or mark)
        self._open.append(path)
        try:
            depth = self._depth(path)
            container[key] = self.expanded(text, path, mark, depth)
        except Fault as fault:
            self.faults[path] = fault
            raise
        finally:
            self._open.pop()
        if isinstance(container[key], Map | List):
            self._nesting[path] = depth + 1
        else:
            self._clean.add(path)

    def _depth(self, path: Path) -> int:
        """How many variables gave what stands around a path."""
        return next((self._nesting[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self._nesting), 0)

    def _circle(self, path: Path, mark: Mark) -> Fault:
        chain = [dotted(each) for each in self._open[self._open.index(path) :]]
        dependent = dotted(self._open[-1])
        if len(chain) == 1:
            problem = f'Circular reference. "{chain[0]}" refers to itself'
        else:
            problem = f'Circular reference among "{dependent}" and "{chain[0]}" properties'
        return Fault(
            f'Cannot resolve variable at "{dependent}": {problem}',
            mark,
            f"The circle is {' -> '.join([*chain, chain[0]])}: write one of these values out.",
        )

    def expanded(self, text: str, path: Path, mark: Mark, depth: int) -> Any:
        """What a text means: itself, or the value of the one variable that it is. Raises Fault."""
        if "${" not in text:
            return text
        try:
            parts = parse(self._rewrite(text))
        except Malformed as error:
            raise self._malformed(error, text, path, mark, depth) from error
        if not any(isinstance(part, Variable) for part in parts):
            return "".join(part for part in parts if isinstance(part, str))
        if depth > NESTING_MAX:
            raise Fault(
                f'Cannot resolve variable at "{dotted(path)}": Excessive property variables nest depth',
                mark,
                f"Values may hold variables that give values with variables {NESTING_MAX} deep.",
            )
        return self._joined(parts, path, mark, depth)

    def _malformed(self, error: Malformed, text: str, path: Path, mark: Mark, depth: int) -> Fault:
        if depth:
            what = f'Approached variable syntax error in resolved value "{text}": {error}'
            return Fault(f'Cannot resolve variable at "{dotted(path)}": {what}', mark)
        todo = ""
        if "${" in text[2:] and "Invalid variable source" in str(error):
            todo = "A fallback is written without a dollar and braces of its own: ${opt:stage, self:custom.stage}."
        return Fault(f'Variable syntax error at "{dotted(path)}": {error}', mark, todo)

    def _joined(self, parts: Parts, path: Path, mark: Mark, depth: int) -> Any:
        whole = len(parts) == 1
        texts: list[str] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            value = self._value(part, path, mark, depth)
            if isinstance(value, str):
                value = self.expanded(value, path, mark, depth + 1)
            if whole:
                return value
            text = coerced(plain(value) if isinstance(value, StandIn) else value)
            if text is None:
                raise Fault(
                    f'Cannot resolve variable at "{dotted(path)}": '
                    "String value consist of variable which resolve with non-string value",
                    mark,
                    "A text that holds a variable among other signs needs a text, a number or a boolean from it.",
                )
            texts.append(text)
            if sum(map(len, texts)) > VALUES_MAX:
                raise Fault(f'The text at "{dotted(path)}" has more than {VALUES_MAX} characters', mark)
        return "".join(texts)

    def _value(self, variable: Variable, path: Path, mark: Mark, depth: int) -> Any:
        """What the first choice gives that gives anything. Raises Fault."""
        self._count += 1
        if self._count > VARIABLES_MAX:
            raise Fault(f"There are more than {VARIABLES_MAX} variables", mark)
        problem, todo = "", ""
        instead: Callable[[], Any] | None = None
        for choice in variable.choices:
            if isinstance(choice, Literal):
                return choice.value
            problem, todo = f'Value not found at "{choice.name}" source', ""
            try:
                value = self._asked(choice, path, mark, depth)
            except Missing as error:
                problem, todo, value = error.what, error.todo, None
                instead = error.instead or instead
            except SourceError as error:
                raise Fault(f'Cannot resolve variable at "{dotted(path)}": {error.what}', mark, error.todo) from error
            if value is not None:
                return value
        if instead is not None:
            return instead()
        if not todo:
            todo = f"Set it, or give a fallback: {_example(variable)}."
        raise Fault(f'Cannot resolve variable at "{dotted(path)}": {problem}', mark, todo)

    def _asked(self, source: Source, path: Path, mark: Mark, depth: int) -> Any:
        params = [self._given(each, path, mark, depth) for each in source.params or ()]
        address = None if source.address is None else self._given(source.address, path, mark, depth)
        return self._ask(self, Request(source.name, params, address, path, mark, depth))

    def _given(self, given: Given, path: Path, mark: Mark, depth: int) -> Any:
        if isinstance(given, Literal):
            return given.value
        return plain(self.detached(self._joined(given, path, mark, depth), path, mark, depth))

    def detached(self, value: Any, path: Path, mark: Mark, depth: int) -> Any:
        """A value that is no part of the document, with everything in it resolved. Raises Fault."""
        if isinstance(value, str):
            return self.expanded(value, path, mark, depth + 1)
        if depth > NESTING_MAX:
            raise Fault(f'Cannot resolve variable at "{dotted(path)}": Excessive variables nest depth', mark)
        if isinstance(value, Map | List):
            for key in _keys(value):
                value[key] = self.detached(value[key], path, mark, depth + isinstance(value[key], str))
        return value


def dotted(path: Path) -> str:
    """A path as people write it: ``functions.hello.events.0``."""
    return ".".join(str(key) for key in path)


def _keys(container: Any) -> Iterator[Any]:
    return iter(list(container) if isinstance(container, Map) else range(len(container)))


def _size(value: Any) -> int:
    if isinstance(value, Map | List):
        return 1 + sum(_size(child) for child in (value.values() if isinstance(value, Map) else value))
    return 1


def _place(value: Any, key: str) -> Any:
    """The key or index of ``value`` that ``key`` names; None when it names none."""
    if isinstance(value, Map):
        return key if key in value else None
    if isinstance(value, List) and key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < len(value):
        return int(key)
    return None


def member(value: Any, key: str) -> Any:
    """What JavaScript has at ``value[key]``: keys, elements, lengths and the signs of a text; else None."""
    place = _place(value, key)
    if place is not None:
        return value[place]
    if isinstance(value, str | List):
        if key == "length":
            return len(value)
        if isinstance(value, str) and key.isascii() and key.isdigit() and int(key) < len(value):
            return value[int(key)]
    return None


def _example(variable: Variable) -> str:
    first = variable.choices[0]
    assert isinstance(first, Source)
    address = first.address.value if isinstance(first.address, Literal) else "..."
    params = "(...)" if first.params is not None else ""
    return f"${{{first.name}{params}{'' if address is None else f':{address}'}, 'fallback'}}"
