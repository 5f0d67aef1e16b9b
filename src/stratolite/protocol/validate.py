"""The constraints that a model states: required, length, range, pattern, enumeration.

All that a request breaks is reported together, in AWS's words. Checks are compiled once per operation; shapes without
constraints cost nothing. Which error carries the report differs between services: ``patches.json`` says.

Source: the recorded answers of each service; texts are those of AWS's common request validator.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from stratolite.core.errors import AwsError, ValidationError, ValidationException
from stratolite.protocol.models import OperationModel, ServiceModel, Shape

REPORTED_MAX = 10
"""AWS lists at most this many problems."""

Check = Callable[[Any, str], Iterator[str]]


def validate(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Raises the service's validation error when the parameters break the model's constraints."""
    check = _check_of(operation)
    if check is None:
        return
    problems = list(check(parameters, ""))
    if problems:
        raise _error(operation.service, problems)


@cache
def _check_of(operation: OperationModel) -> Check | None:
    if operation.input is None:
        return None
    return _Checks(operation.service).check(operation.input.name)


class _Checks:
    """Compiles checks of one service's shapes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._known: dict[str, Check | None] = {}
        self._open: set[str] = set()

    def check(self, name: str) -> Check | None:
        """The check of a shape, or None when it has nothing to check."""
        if name in self._known:
            return self._known[name]
        if name in self._open:
            return self._later(name)
        self._open.add(name)
        check = self._compile(self._model.shape(name))
        self._open.discard(name)
        self._known[name] = check
        return check

    def _later(self, name: str) -> Check:
        def run(value: Any, path: str) -> Iterator[str]:
            check = self._known.get(name)
            return iter(()) if check is None else check(value, path)

        return run

    def _compile(self, shape: Shape) -> Check | None:
        if shape.opaque:
            return None
        if shape.type == "structure":
            return self._structure(shape)
        own = _own_check(shape)
        if shape.type in ("list", "map"):
            assert shape.element is not None
            inner = self.check(shape.element.shape_name)
            key = self.check(shape.key.shape_name) if shape.key else None
            if inner is not None or key is not None:
                return _container(own, inner, key, is_list=shape.type == "list")
        return own

    def _structure(self, shape: Shape) -> Check | None:
        unchecked = set(self._model.patch.get("unchecked", {}).get(shape.name, ()))
        required = [name for name in shape.required if name not in unchecked]
        checks = [
            (name, _lower(name), check)
            for name, member in shape.members.items()
            if name not in unchecked and (check := self.check(member.shape_name)) is not None
        ]
        if not required and not checks:
            return None

        def run(value: Any, path: str) -> Iterator[str]:
            for name in required:
                if value.get(name) is None:
                    yield f"Value null at '{path}{_lower(name)}' failed to satisfy constraint: Member must not be null"
            for name, shown, check in checks:
                inner = value.get(name)
                if inner is not None:
                    yield from check(inner, f"{path}{shown}" if not _nests(inner) else f"{path}{shown}.")

        return run


def _nests(value: Any) -> bool:
    return isinstance(value, dict)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _container(own: Check | None, inner: Check | None, key: Check | None, *, is_list: bool) -> Check:
    def run(value: Any, path: str) -> Iterator[str]:
        base = path.removesuffix(".")
        if own is not None:
            yield from own(value, base)
        if is_list:
            if inner is not None:
                for index, element in enumerate(value, 1):
                    place = f"{base}.{index}.member"
                    yield from inner(element, f"{place}." if _nests(element) else place)
            return
        for name, element in value.items():
            if key is not None and any(True for _ in key(name, base)):
                yield from (
                    f"Value '{_shown(value)}' at '{base}' failed to satisfy constraint: Map keys must satisfy "
                    f"constraint: [{problem.partition('constraint: ')[2]}]"
                    for problem in key(name, base)
                )
            if inner is not None:
                place = f"{base}.{name}.member"
                yield from inner(element, f"{place}." if _nests(element) else place)

    return run


def _own_check(shape: Shape) -> Check | None:
    """Length, range, pattern and enumeration of a shape itself."""
    rules: list[tuple[Callable[[Any], bool], str]] = []
    raw = shape.raw
    low, high = raw.get("min"), raw.get("max")
    if shape.type in ("integer", "long", "float", "double"):
        if low is not None:
            rules.append((lambda value: value >= low, f"Member must have value greater than or equal to {low}"))
        if high is not None:
            rules.append((lambda value: value <= high, f"Member must have value less than or equal to {high}"))
    elif shape.type in ("string", "list", "map", "blob") and not raw.get("streaming"):
        if low:
            rules.append((lambda value: len(value) >= low, f"Member must have length greater than or equal to {low}"))
        if high is not None:
            rules.append((lambda value: len(value) <= high, f"Member must have length less than or equal to {high}"))
    if raw.get("pattern") and shape.type == "string":
        compiled = _pattern(raw["pattern"])
        if compiled is not None:
            text = f"Member must satisfy regular expression pattern: {raw['pattern']}"
            rules.append((lambda value: compiled.fullmatch(value) is not None, text))
    if raw.get("enum") and shape.type == "string":
        allowed = frozenset(raw["enum"])
        text = f"Member must satisfy enum value set: [{', '.join(raw.get('enum_order', raw['enum']))}]"
        rules.append((lambda value: value in allowed, text))
    if not rules:
        return None
    is_secret = bool(raw.get("sensitive"))

    def run(value: Any, path: str) -> Iterator[str]:
        for holds, text in rules:
            if not holds(value):
                shown = "" if is_secret else f" '{_shown(value)}'"
                yield f"Value{shown} at '{path}' failed to satisfy constraint: {text}"

    return run


@cache
def _pattern(source: str) -> re.Pattern[str] | None:
    """A model's pattern. Java's dialect differs a little; one that Python cannot read is not checked."""
    python = re.sub(r"\(\?<([A-Za-z])", r"(?P<\1", source)
    for java, ours in _JAVA_CLASSES.items():
        python = python.replace(java, ours)
    try:
        return re.compile(python)
    except re.error:
        return None


_JAVA_CLASSES = {
    r"\p{L}": r"^\W\d_",
    r"\p{Z}": r"\s",
    r"\p{N}": r"\d",
    r"\p{M}": r"\u0300-\u036f",
    r"\p{S}": r"$+<=>^`|~",
    r"\p{P}": r"!-/:-@\[-`{-~",
    r"\p{ASCII}": r"\x00-\x7f",
    r"\p{Print}": r"\x20-\x7e",
    r"\p{Graph}": r"\x21-\x7e",
    r"\p{Alnum}": r"A-Za-z0-9",
    r"\p{Alpha}": r"A-Za-z",
    r"\p{IsAlphabetic}": r"^\W\d_",
}


def _shown(value: Any) -> str:
    """A value as AWS's validator prints it: Java's toString."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value)


def _error(model: ServiceModel, problems: list[str]) -> AwsError:
    count = len(problems)
    listed = problems[: model.patch.get("problems_max", REPORTED_MAX)]
    plural = "s" if count != 1 else ""
    text = f"{count} validation error{plural} detected: {'; '.join(listed)}"
    code = model.patch.get("validation_error")
    if code:
        return _named(code)(text)
    return ValidationError(text) if "query" in model.protocol else ValidationException(text)


@cache
def _named(code: str) -> type[AwsError]:
    """An error class of a service's own code."""
    return type(code, (AwsError,), {"__doc__": "A broken constraint of the model.", "__module__": __name__})
