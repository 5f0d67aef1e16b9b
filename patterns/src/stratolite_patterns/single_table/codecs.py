"""How the fields of entities become attributes, by their annotations, compiled once when a class is declared.

    str int Decimal float bool bytes          their own types; a float by its shortest text, NaN refused
    datetime date UUID Enum Literal           text: ISO 8601 in UTC, which sorts; the value of an enum
    list[X] tuple[X, ...] dict[str, X]        lists and maps, empty ones too
    set[X] frozenset[X] of str, number, bytes sets; an empty one is an empty list, since DynamoDB has no empty sets
    X | None                                  NULL; at the top of an entity an absent attribute
    dataclasses                               maps of their fields
    Any, object                               whatever attribute_values.py takes

Anything else is refused when the class is declared.
"""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from stratolite_patterns.attribute_values import (
    AttributeValue,
    ValueRefused,
    binary,
    marshal,
    number_text,
    unmarshal,
)
from stratolite_patterns.single_table.errors import DeclarationError, KeyRefused
from stratolite_patterns.single_table.keys import timestamp


class Codec(NamedTuple):
    """``encode`` raises ValueRefused, ``decode`` also KeyError and ValueError for what it cannot read."""

    encode: Callable[[Any], AttributeValue]
    decode: Callable[[AttributeValue], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataclass, and what stands for it in an item."""

    name: str
    codec: Codec
    is_required: bool
    is_optional: bool
    """Whether None may be absent: the field has no default other than None."""


def fields_of(kind: type) -> tuple[Field, ...]:
    """The fields of a dataclass. Raises DeclarationError for types that have no attribute."""
    try:
        hints = typing.get_type_hints(kind)
    except NameError as error:
        raise DeclarationError(f"{kind.__name__}: {error}; its annotations have to be known at import") from None
    found = []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        hint = hints[field.name]
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        is_optional = type(None) in typing.get_args(hint) and (not has_default or field.default is None)
        found.append(
            Field(
                field.name,
                codec_of(hint, f"{kind.__name__}.{field.name}"),
                is_required=not has_default and not is_optional,
                is_optional=is_optional,
            )
        )
    return tuple(found)


def codec_of(hint: Any, where: str) -> Codec:
    """The codec of a type. Raises DeclarationError, which names ``where`` it stands."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return codec_of(arguments[0], where)
    if origin is typing.Literal:
        return _literal(arguments, where)
    if origin in (typing.Union, types.UnionType):
        return _optional(arguments, where)
    if origin in (list, tuple) or (isinstance(origin, type) and origin.__module__ == "collections.abc"):
        return _sequence(origin, arguments, where)
    if origin in (set, frozenset):
        return _set(origin, arguments, where)
    if origin is dict:
        return _mapping(arguments, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint, where)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _nested(hint)
    raise DeclarationError(f"{where}: {hint!r} has no attribute in DynamoDB")


def _typed(expected: type | tuple[type, ...], name: str, encode: Callable[[Any], AttributeValue]) -> Any:
    def check(value: Any) -> AttributeValue:
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            raise ValueRefused(f"{value!r} is not {name}")
        return encode(value)

    return check


def _moment(value: datetime) -> AttributeValue:
    try:
        return {"S": timestamp(value)}
    except KeyRefused as error:
        raise ValueRefused(str(error)) from None


def _date(value: date) -> AttributeValue:
    if isinstance(value, datetime):
        raise ValueRefused(f"{value!r} is not a date")
    return {"S": value.isoformat()}


def read_moment(value: AttributeValue) -> datetime:
    """A moment in UTC."""
    moment = datetime.fromisoformat(value["S"])
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whole(value: AttributeValue) -> int:
    text = value["N"]
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)
        if number != int(number):
            raise ValueRefused(f"{text} is not a whole number") from None
        return int(number)


_SIMPLE: dict[Any, Codec] = {
    str: Codec(_typed(str, "a text", lambda value: {"S": str(value)}), lambda value: value["S"]),
    int: Codec(_typed(int, "a whole number", lambda value: {"N": number_text(value)}), _whole),
    float: Codec(
        _typed((float, int), "a number", lambda value: {"N": number_text(value)}), lambda value: float(value["N"])
    ),
    Decimal: Codec(
        _typed((Decimal, int), "a Decimal", lambda value: {"N": number_text(value)}), lambda value: Decimal(value["N"])
    ),
    bool: Codec(_typed(bool, "true or false", lambda value: {"BOOL": value}), lambda value: value["BOOL"]),
    bytes: Codec(
        _typed((bytes, bytearray), "bytes", lambda value: {"B": bytes(value)}), lambda value: binary(value["B"])
    ),
    datetime: Codec(_typed(datetime, "a datetime", _moment), read_moment),
    date: Codec(_typed(date, "a date", _date), lambda value: date.fromisoformat(value["S"])),
    UUID: Codec(_typed(UUID, "a UUID", lambda value: {"S": str(value)}), lambda value: UUID(value["S"])),
    Any: Codec(marshal, unmarshal),
    object: Codec(marshal, unmarshal),
}


def _optional(arguments: tuple[Any, ...], where: str) -> Codec:
    others = [argument for argument in arguments if argument is not type(None)]
    if len(others) != 1 or len(others) == len(arguments):
        raise DeclarationError(f"{where}: of several types, one cannot tell which an attribute has; use one, or None")
    encode, decode = codec_of(others[0], where)
    return Codec(
        lambda value: {"NULL": True} if value is None else encode(value),
        lambda value: None if "NULL" in value else decode(value),
    )


def _sequence(origin: type, arguments: tuple[Any, ...], where: str) -> Codec:
    if origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis):
        raise DeclarationError(f"{where}: of tuples, tuple[X, ...] is stored; use a dataclass for one of several types")
    if len(arguments) not in (1, 2) or origin not in (list, tuple):
        raise DeclarationError(f"{where}: use list[X] or tuple[X, ...]")
    encode, decode = codec_of(arguments[0], where)
    checked = _typed((list, tuple), "a list", lambda value: {"L": [encode(member) for member in value]})
    if origin is tuple:
        return Codec(checked, lambda value: tuple([decode(member) for member in value["L"]]))
    return Codec(checked, lambda value: [decode(member) for member in value["L"]])


def _set(origin: type, arguments: tuple[Any, ...], where: str) -> Codec:
    encode, decode = codec_of(arguments[0], where)
    kinds = {str: "S", bytes: "B", int: "N", float: "N", Decimal: "N"}
    of = getattr(arguments[0], "__supertype__", arguments[0])
    kind = kinds.get(of) or ("S" if of in (datetime, date, UUID) or _is_text_enum(of) else None)
    if kind is None:
        raise DeclarationError(f"{where}: the members of a set are texts, numbers or bytes in DynamoDB")

    def write(value: Any) -> AttributeValue:
        members = [encode(member)[kind] for member in value]
        return {f"{kind}S": sorted(members)} if members else {"L": []}

    def read(value: AttributeValue) -> Any:
        return origin([decode({kind: member}) for member in value.get(f"{kind}S", ())])

    return Codec(_typed((set, frozenset), "a set", write), read)


def _mapping(arguments: tuple[Any, ...], where: str) -> Codec:
    if arguments[0] is not str:
        raise DeclarationError(f"{where}: the keys of a map are texts in DynamoDB")
    encode, decode = codec_of(arguments[1], where)

    def write(value: dict[str, Any]) -> AttributeValue:
        return {"M": {name: encode(member) for name, member in value.items()}}

    return Codec(
        _typed(dict, "a dictionary", write),
        lambda value: {name: decode(member) for name, member in value["M"].items()},
    )


def _literal(arguments: tuple[Any, ...], where: str) -> Codec:
    kinds = {type(argument) for argument in arguments}
    if len(kinds) != 1 or (kind := kinds.pop()) not in (str, int):
        raise DeclarationError(f"{where}: the values of a Literal are all texts or all whole numbers")
    encode, decode = _SIMPLE[kind]

    def write(value: Any) -> AttributeValue:
        if value not in arguments:
            raise ValueRefused(f"{value!r} is none of {', '.join(map(repr, arguments))}")
        return encode(value)

    return Codec(write, decode)


def _is_text_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum) and all(isinstance(m.value, str) for m in kind)


def _enum(kind: type[Enum], where: str) -> Codec:
    kinds = {type(member.value) for member in kind}
    if len(kinds) != 1 or (of := kinds.pop()) not in (str, int):
        raise DeclarationError(f"{where}: the values of {kind.__name__} are all texts or all whole numbers")
    encode, decode = _SIMPLE[of]
    return Codec(
        _typed(kind, f"a {kind.__name__}", lambda value: encode(value.value)), lambda value: kind(decode(value))
    )


def _nested(kind: type) -> Codec:
    fields: list[Field] = []

    def known() -> list[Field]:
        # Compiled when first used, so that a class can hold others of its own kind.
        if not fields:
            fields.extend(fields_of(kind))
        return fields

    return Codec(
        _typed(kind, f"a {kind.__name__}", lambda value: {"M": encode_fields(known(), value)}),
        lambda value: decode_fields(kind, known(), value["M"]),
    )


def encode_fields(fields: typing.Iterable[Field], value: object) -> dict[str, AttributeValue]:
    """The attributes of an object. Raises ValueRefused, which names the field."""
    attributes = {}
    for field in fields:
        held = getattr(value, field.name)
        if held is None and field.is_optional:
            continue
        try:
            attributes[field.name] = field.codec.encode(held)
        except ValueRefused as error:
            where = f"{field.name}.{error.where}" if error.where else field.name
            raise ValueRefused(error.text, where) from None
    return attributes


def decode_fields(kind: type, fields: typing.Iterable[Field], item: typing.Mapping[str, AttributeValue]) -> Any:
    """An object of its attributes; others are ignored. Raises ValueRefused, which names the attribute."""
    values: dict[str, Any] = {}
    for field in fields:
        attribute = item.get(field.name)
        if attribute is not None:
            try:
                values[field.name] = field.codec.decode(attribute)
            except (KeyError, ValueError, TypeError, ArithmeticError) as error:
                text = f"the attribute {attribute!r} cannot be read ({error})"
                raise ValueRefused(text, f"{kind.__name__}.{field.name}") from error
        elif field.is_optional:
            values[field.name] = None
        elif field.is_required:
            raise ValueRefused("the item has no such attribute", f"{kind.__name__}.{field.name}")
    return kind(**values)
