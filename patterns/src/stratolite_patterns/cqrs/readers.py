"""JSON values as the types of a message's fields: strictly, and with every error at once.

A reader takes a JSON value, the pointer to it and the list of errors. A number is not a text, ``true`` is no number,
and what a type does not know is refused. ``coercer_of`` is for path and query parameters, which are texts: it makes the
JSON value that a type expects of a text, and leaves alone what it cannot make one of, for the reader to refuse.
"""

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

from stratolite_patterns.cqrs.constraints import Constraint
from stratolite_patterns.cqrs.errors import DeclarationError, FieldError, InvalidMessage
from stratolite_patterns.cqrs.requests import EXPONENT_MAX

Errors = list[FieldError]
Reader = Callable[[Any, str, Errors], Any]
Coercer = Callable[[list[str]], Any]


def reader_of(hint: Any, where: str) -> Reader:
    """The reader of a type. Raises DeclarationError for a type that JSON cannot give."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _constrained(reader_of(arguments[0], where), arguments[1:])
    if origin is typing.Literal:
        return _one_of({argument: argument for argument in arguments})
    if origin in (typing.Union, types.UnionType):
        return _union([reader_of(argument, where) for argument in arguments if argument is not type(None)], arguments)
    if origin in (list, set, frozenset) or (origin is tuple and arguments[1:] == (Ellipsis,)):
        return _sequence(origin, reader_of(arguments[0], where))
    if origin is dict and arguments[0] is str:
        return _mapping(reader_of(arguments[1], where))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of({member.value: member for member in hint})
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _nested(hint)
    raise DeclarationError(f"{where}: JSON has no value for {hint!r}")


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a message, ready to be read."""

    name: str
    read: Reader
    coerce: Coercer
    is_required: bool


def fields_of(kind: type) -> dict[str, Field]:
    """The fields of a dataclass. Raises DeclarationError."""
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise DeclarationError(f"{kind.__name__}: {error}; its annotations have to be known at import") from None
    found = {}
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        hint = hints[field.name]
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        read = reader_of(hint, f"{kind.__name__}.{field.name}")
        found[field.name] = Field(field.name, read, coercer_of(hint), is_required=not has_default)
    return found


def read_fields(kind: type, fields: Mapping[str, Field], data: Mapping[str, Any], at: str, errors: Errors) -> Any:
    """An object of its fields; None, with errors, when one is wrong, missing, or not known."""
    before = len(errors)
    values, known = {}, 0
    for name, field in fields.items():
        if name in data:
            known += 1
            values[name] = field.read(data[name], f"{at}/{name}", errors)
        elif field.is_required:
            errors.append(FieldError(f"{at}/{name}", "is required"))
    if known != len(data):
        errors += [FieldError(f"{at}/{escaped(name)}", "is not known") for name in data if name not in fields]
    if len(errors) > before:
        return None
    try:
        return kind(**values)
    except InvalidMessage as error:
        errors += [FieldError(at + pointer, text) for pointer, text in error.errors]
    except ValueError as error:
        errors.append(FieldError(at, str(error)))
    return None


def escaped(name: object) -> str:
    """A name in a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _typed(expected: type, text: str) -> Reader:
    def read(value: Any, at: str, errors: Errors) -> Any:
        if type(value) is not expected:
            errors.append(FieldError(at, text))
        return value

    return read


def _made(expected: tuple[type, ...], make: Callable[[Any], Any], text: str) -> Reader:
    def read(value: Any, at: str, errors: Errors) -> Any:
        if type(value) in expected:
            try:
                return make(value)
            except (ValueError, InvalidOperation, OverflowError):
                pass
        errors.append(FieldError(at, text))
        return None

    return read


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _decimal(value: Any) -> Decimal:
    number = Decimal(value)
    # Decimal takes underscores, too, and exponents with which a sum needs gigabytes.
    if not number.is_finite() or number.adjusted() > EXPONENT_MAX or "_" in str(value):
        raise ValueError
    return number


def _bytes(value: str) -> bytes:
    from base64 import b64decode

    return b64decode(value, validate=True)


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def plain(value: Any) -> Any:
    """A JSON value as everybody knows it: numbers with a point, which are read as Decimal to be exact, are floats."""
    if type(value) is Decimal:
        return float(value)
    if type(value) is dict:
        return {name: plain(member) for name, member in value.items()}
    if type(value) is list:
        return [plain(member) for member in value]
    return value


_NUMBERS = (int, Decimal, float)
_SIMPLE: dict[Any, Reader] = {
    str: _typed(str, "is not a text"),
    int: _typed(int, "is not a whole number"),
    bool: _typed(bool, "is not true or false"),
    float: _made(_NUMBERS, _finite, "is not a number"),
    Decimal: _made((int, Decimal, str), _decimal, "is not a decimal number"),
    datetime: _made((str,), _moment, "is not a time with its zone, as in 2026-01-31T12:00:00Z"),
    date: _made((str,), date.fromisoformat, "is not a date, as in 2026-01-31"),
    UUID: _made((str,), UUID, "is not a UUID"),
    bytes: _made((str,), _bytes, "is not base64"),
    Any: lambda value, _at, _errors: plain(value),
    object: lambda value, _at, _errors: plain(value),
}


def _constrained(read: Reader, annotations: tuple[Any, ...]) -> Reader:
    constraints = [each for each in annotations if isinstance(each, Constraint)]

    def check(value: Any, at: str, errors: Errors) -> Any:
        before = len(errors)
        found = read(value, at, errors)
        if len(errors) == before and found is not None:
            errors += [FieldError(at, text) for each in constraints if (text := each.violation(found))]
        return found

    return check if constraints else read


def _one_of(members: dict[Any, Any]) -> Reader:
    text = f"is none of {', '.join(str(value) for value in members)}"

    def read(value: Any, at: str, errors: Errors) -> Any:
        for known, member in members.items():
            if type(value) is type(known) and value == known:
                return member
        errors.append(FieldError(at, text))
        return None

    return read


def _union(readers: list[Reader], arguments: tuple[Any, ...]) -> Reader:
    is_optional = type(None) in arguments

    def read(value: Any, at: str, errors: Errors) -> Any:
        if value is None and is_optional:
            return None
        tried: list[Errors] = []
        for reader in readers:
            wrong: Errors = []
            found = reader(value, at, wrong)
            if not wrong:
                return found
            tried.append(wrong)
        # The one that came furthest says most.
        errors += max(tried, key=lambda wrong: max(len(error.pointer) for error in wrong))
        return None

    return read


def _sequence(origin: type, reader: Reader) -> Reader:
    def read(value: Any, at: str, errors: Errors) -> Any:
        if type(value) is not list:
            errors.append(FieldError(at, "is not a list"))
            return None
        found = [reader(member, f"{at}/{place}", errors) for place, member in enumerate(value)]
        return found if origin is list else origin(found) if not errors else None

    return read


def _mapping(reader: Reader) -> Reader:
    def read(value: Any, at: str, errors: Errors) -> Any:
        if type(value) is not dict:
            errors.append(FieldError(at, "is not an object"))
            return None
        return {name: reader(member, f"{at}/{escaped(name)}", errors) for name, member in value.items()}

    return read


def _nested(kind: type) -> Reader:
    fields: dict[str, Field] = {}

    def read(value: Any, at: str, errors: Errors) -> Any:
        if type(value) is not dict:
            errors.append(FieldError(at, "is not an object"))
            return None
        if not fields:
            # Compiled when first used, so that a class can hold others of its own kind.
            fields.update(fields_of(kind))
        return read_fields(kind, fields, value, at, errors)

    return read


def coercer_of(hint: Any) -> Coercer:
    """What makes a JSON value of the texts that a parameter has in a path or a query."""
    hint = getattr(hint, "__supertype__", hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return coercer_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        others = [argument for argument in arguments if argument is not type(None)]
        return coercer_of(others[0]) if len(others) == 1 else lambda texts: texts[-1]
    if origin in (list, set, frozenset, tuple):
        member = coercer_of(arguments[0])
        return lambda texts: [member([text]) for text in texts]
    make = _of_text(hint)
    return lambda texts: make(texts[-1])


def _of_text(hint: Any) -> Callable[[str], Any]:
    if hint is bool:
        return lambda text: {"true": True, "false": False}.get(text, text)
    if hint is int or (isinstance(hint, type) and issubclass(hint, Enum) and all(type(m.value) is int for m in hint)):
        return lambda text: int(text) if len(text) <= 40 and _DIGITS.fullmatch(text) else text
    if hint in (float, Decimal):
        return _number_or_text
    return lambda text: text


_DIGITS = re.compile("-?[0-9]+")


def _number_or_text(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def takes_many(hint: Any) -> bool:
    """Whether a parameter may be given more than once."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated or origin in (typing.Union, types.UnionType):
        return any(takes_many(argument) for argument in arguments)
    return origin in (list, set, frozenset, tuple)
