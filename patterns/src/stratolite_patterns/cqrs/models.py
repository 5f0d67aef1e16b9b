"""A message class as the bus sees it: dataclasses are read here; pydantic and msgspec models read themselves.

Neither library is imported: a model of theirs has imported it already.
"""

import dataclasses
import sys
import typing
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stratolite_patterns.cqrs.errors import DeclarationError, FieldError, InvalidMessage
from stratolite_patterns.cqrs.readers import (
    Coercer,
    Errors,
    coercer_of,
    escaped,
    fields_of,
    plain,
    read_fields,
    takes_many,
)


class Model(Protocol):
    """``fields`` has what makes a JSON value of a text, by field; ``many`` which may be given more than once."""

    @property
    def fields(self) -> Mapping[str, Coercer]: ...
    @property
    def many(self) -> frozenset[str]: ...

    def build(self, data: dict[str, Any]) -> Any:
        """The message. Raises InvalidMessage with all its errors."""


class DataclassModel:
    """A message that is a dataclass."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._fields = fields_of(kind)
        hints = typing.get_type_hints(kind)
        self.fields = {name: field.coerce for name, field in self._fields.items()}
        self.many = frozenset(name for name in self._fields if takes_many(hints[name]))

    def build(self, data: dict[str, Any]) -> Any:
        """The message. Raises InvalidMessage with all its errors."""
        errors: Errors = []
        message = read_fields(self._kind, self._fields, data, "", errors)
        if errors:
            raise InvalidMessage(errors)
        return message


class PydanticModel:
    """A message that is a pydantic model."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        fields = kind.model_fields
        names = {name: field.alias or name for name, field in fields.items()}
        self.fields = {alias: coercer_of(fields[name].annotation) for name, alias in names.items()}
        self.many = frozenset(alias for name, alias in names.items() if takes_many(fields[name].annotation))
        self._takes_others = kind.model_config.get("extra") == "allow"

    def build(self, data: dict[str, Any]) -> Any:
        """The message. Raises InvalidMessage with all its errors."""
        errors = [] if self._takes_others else _unknown(data, self.fields)
        try:
            message = self._kind.model_validate(plain(data))
        except sys.modules["pydantic"].ValidationError as error:
            errors += [
                FieldError("".join(f"/{escaped(part)}" for part in each["loc"]), _sentence(each["msg"]))
                for each in error.errors(include_url=False)
                if each["type"] != "extra_forbidden"
            ]
            message = None
        if errors:
            raise InvalidMessage(errors)
        return message


class MsgspecModel:
    """A message that is a msgspec struct. msgspec tells the first error alone."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
        hints = typing.get_type_hints(kind, include_extras=True)
        pairs = [(encoded, hints[name]) for name, encoded in names]
        self.fields = {name: coercer_of(hint) for name, hint in pairs}
        self.many = frozenset(name for name, hint in pairs if takes_many(hint))

    def build(self, data: dict[str, Any]) -> Any:
        """The message. Raises InvalidMessage."""
        errors = _unknown(data, self.fields)
        msgspec = sys.modules["msgspec"]
        try:
            message = msgspec.convert(plain(data), self._kind)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
            errors.append(FieldError(pointer, _sentence(text)))
        if errors:
            raise InvalidMessage(errors)
        return message


def model_of(kind: Any) -> Model:
    """How messages of a class are made. Raises DeclarationError for a class of no known kind."""
    if dataclasses.is_dataclass(kind):
        return DataclassModel(typing.cast(type, kind))
    if hasattr(kind, "model_validate"):
        return PydanticModel(kind)
    if hasattr(kind, "__struct_fields__"):
        return MsgspecModel(kind)
    raise DeclarationError(f"{kind!r} is neither a dataclass nor a model of pydantic or msgspec")


def _unknown(data: Mapping[str, Any], known: Mapping[str, Callable[..., Any]]) -> Errors:
    return [FieldError(f"/{escaped(name)}", "is not known") for name in data if name not in known]


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:]
