"""The constraints that a model states: required, length, range, pattern, enumeration.

Checking is a compiled yes or no, and costs nothing for shapes without constraints; only a request that breaks one is
walked again for the report, which lists everything that is wrong in the words of AWS's own validator. Which error
carries it differs between services: ``patches.json`` says. The texts are those of the recorded answers.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from stratolite.core.errors import AwsError, ValidationError, ValidationException
from stratolite.protocol.expression import compiled
from stratolite.protocol.models import OperationModel, ServiceModel, Shape
from stratolite.protocol.report import NUMBERS, SIZED, Reporter, length

Fits = Callable[[Any], bool]
"""Whether a value keeps the constraints of its shape and of what is in it."""


def validate(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Raises the service's validation error when the parameters break the model's constraints."""
    fits = _checker(operation)
    if fits is not None and not fits(parameters):
        model = operation.service
        raise _error_class(operation)(Reporter(model).report(operation, parameters))


def _error_class(operation: OperationModel) -> type[AwsError]:
    model = operation.service
    code = model.patch.get("validation", {}).get("error")
    if code and "ValidationException" not in operation.errors:
        return _named(code)
    return ValidationError if model.protocol == "query" else ValidationException


@cache
def _named(code: str) -> type[AwsError]:
    """An error class of a service's own code."""
    return type(code, (AwsError,), {"__doc__": "A broken constraint of the model.", "__module__": __name__})


@cache
def _checker(operation: OperationModel) -> Fits | None:
    model = operation.service
    if operation.input is None or model.patch.get("validation", {}).get("off"):
        return None
    return _checkers(model).fits(operation.input.name)


@cache
def _checkers(model: ServiceModel) -> "_Checkers":
    return _Checkers(model)


class _Checkers:
    """Compiles the checks of one service's shapes; None stands for "nothing to check"."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._known: dict[str, Fits | None] = {}
        self._open: set[str] = set()

    def fits(self, name: str) -> Fits | None:
        """The check of a shape."""
        if name in self._known:
            return self._known[name]
        if name in self._open:
            # A shape that contains itself finds this forwarder instead.
            return lambda value: (known := self._known[name]) is None or known(value)
        self._open.add(name)
        self._known[name] = self._compile(self._model.shape(name))
        return self._known[name]

    def _compile(self, shape: Shape) -> Fits | None:
        if shape.opaque:
            return None
        if shape.type == "structure":
            return self._structure(shape)
        own = own_check(shape)
        if shape.type not in ("list", "map"):
            return own
        assert shape.element is not None
        element = self.fits(shape.element.shape_name)
        if shape.type == "list":
            return _list(own, element)
        key = self.fits(shape.key.shape_name) if shape.key is not None else None
        return _map(own, key, element)

    def _structure(self, shape: Shape) -> Fits | None:
        required = shape.required
        members = [
            (name, fits) for name, member in shape.members.items() if (fits := self.fits(member.shape_name)) is not None
        ]
        if not required and not members:
            return None

        def run(value: Any) -> bool:
            for name in required:
                if name not in value:
                    return False
            for name, fits in members:  # noqa: SIM110 - a generator takes twice as long, on every request
                if name in value and not fits(value[name]):
                    return False
            return True

        return run


def _list(own: Fits | None, element: Fits | None) -> Fits | None:
    if element is None:
        return own
    if own is None:
        return lambda value: all(map(element, value))
    return lambda value: own(value) and all(map(element, value))


def _map(own: Fits | None, key: Fits | None, element: Fits | None) -> Fits | None:
    checks: list[Fits] = [own] if own is not None else []
    if key is not None:
        checks.append(lambda value: all(map(key, value)))
    if element is not None:
        checks.append(lambda value: all(map(element, value.values())))
    if not checks:
        return None
    return checks[0] if len(checks) == 1 else lambda value: all(check(value) for check in checks)


def own_check(shape: Shape) -> Fits | None:
    """The check of a shape's own constraints, without what is in it."""
    raw = shape.raw
    low, high = raw.get("min"), raw.get("max")
    checks: list[Fits] = []
    if shape.type in NUMBERS:
        if low is not None:
            checks.append(lambda value: value >= low)
        if high is not None:
            checks.append(lambda value: value <= high)
    elif shape.type in SIZED and not raw.get("streaming"):
        if low:
            checks.append(lambda value: length(value) >= low)
        if high is not None:
            checks.append(lambda value: length(value) <= high)
    if shape.type == "string":
        if raw.get("pattern"):
            matches = compiled(raw["pattern"]).fullmatch
            checks.append(lambda value: matches(value) is not None)
        if raw.get("enum"):
            checks.append(frozenset(raw["enum"]).__contains__)
    if not checks:
        return None
    if raw.get("or_pattern"):
        also = compiled(raw["or_pattern"]).fullmatch
        return lambda value: all(check(value) for check in checks) or also(value) is not None
    return checks[0] if len(checks) == 1 else lambda value: all(check(value) for check in checks)
