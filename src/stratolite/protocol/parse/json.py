"""JSON bodies: decoded once, then checked against the shapes' wire types.

A shape is compiled to a function from decoded value to value. Shapes that are opaque, and whatever lies below them, are
not walked at all, unless the request is refused: then it is known by ``sees_opaque`` whether its wire types were right.
A member that is null is absent.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from stratolite.core.errors import SerializationException
from stratolite.protocol import timestamps
from stratolite.protocol.models import Member, ServiceModel, Shape
from stratolite.protocol.parse.mismatch import Mismatch, mismatch
from stratolite.protocol.parse.scalar import INTEGERS

Parser = Callable[[Any], Any]
FLOAT_MAX = 10**308
NUMBERS = {"integer": "Integer", "long": "Long", "double": "Double", "float": "Float", "bigdecimal": "BigDecimal"}


def decode(body: bytes) -> Any:
    """A JSON body; an empty one is an empty object. Raises SerializationException."""
    if not body:
        return {}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SerializationException("") from error


class JsonParsers:
    """Compiled parsers of one service's shapes. Recursive shapes meet themselves by name."""

    def __init__(self, model: ServiceModel, *, wire_names: bool = True, sees_opaque: bool = False) -> None:
        self._model = model
        self._wire_names = wire_names
        self._sees_opaque = sees_opaque
        self._mismatch = mismatch(model)
        self._compiled: dict[tuple[str, bool], Parser] = {}

    def parser(self, name: str, *, is_field: bool = False) -> Parser:
        """The parser of a shape; ``is_field``: as a member of a structure, of which AWS speaks otherwise."""
        key = (name, is_field)
        known = self._compiled.get(key)
        if known is None:
            # A shape that contains itself finds this forwarder instead.
            self._compiled[key] = lambda value: self._compiled[key](value)
            known = self._compiled[key] = self._compile(self._model.shape(name), is_field)
        return known

    def structure(self, shape: Shape, members: Mapping[str, Member], *, is_field: bool = False) -> Parser:
        """A parser of some of a structure's members, by their wire names."""
        fields = {
            member.wire_name if self._wire_names else name: (name, self.parser(member.shape_name, is_field=True))
            for name, member in members.items()
        }
        wrong = self._mismatch

        def parse(value: Any) -> Any:
            if type(value) is not dict:
                raise wrong.container(value, shape, None, is_field=is_field)
            result = {}
            for key, inner in value.items():
                field = fields.get(key)
                if field is not None and inner is not None:
                    result[field[0]] = field[1](inner)
            return result

        return parse

    def _compile(self, shape: Shape, is_field: bool) -> Parser:
        if (shape.opaque and not self._sees_opaque) or shape.raw.get("document"):
            return _same
        kind = shape.type
        if kind == "structure":
            return self.structure(shape, shape.members, is_field=is_field)
        if kind in ("list", "map"):
            return self._container(shape, is_field)
        if kind in NUMBERS:
            return _number(self._mismatch, NUMBERS[kind], INTEGERS.get(kind))
        return _SCALARS[kind](self._mismatch)

    def _container(self, shape: Shape, is_field: bool) -> Parser:
        assert shape.element is not None
        element_shape = self._model.shape(shape.element.shape_name)
        element = self.parser(shape.element.shape_name)
        wanted = list if shape.type == "list" else dict
        wrong = self._mismatch

        def check(value: Any) -> Any:
            if type(value) is not wanted:
                raise wrong.container(value, shape, element_shape, is_field=is_field)
            return value

        if element is _same:
            return check
        if wanted is list:
            return lambda value: [element(inner) for inner in check(value)]
        return lambda value: {key: element(inner) for key, inner in check(value).items() if inner is not None}


def _same(value: Any) -> Any:
    return value


def _string(wrong: Mismatch) -> Parser:
    def parse(value: Any) -> Any:
        if type(value) is str:
            return value
        raise wrong.scalar(value, "String")

    return parse


def _boolean(wrong: Mismatch) -> Parser:
    def parse(value: Any) -> Any:
        if value is True or value is False:
            return value
        return wrong.boolean(value)

    return parse


def _blob(wrong: Mismatch) -> Parser:
    def parse(value: Any) -> bytes:
        if type(value) is not str:
            raise wrong.scalar(value, "Blob")
        if len(value) % 4:
            raise SerializationException(
                f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}"
            )
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if base64.b64encode(data).decode() != value:
            # The misspelling is AWS's.
            raise SerializationException("Invalid last non-pad Base64 character dectected")
        return data

    return parse


def _timestamp(wrong: Mismatch) -> Parser:
    def parse(value: Any) -> Any:
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return timestamps.bounded(value)
            if isinstance(value, str):
                return timestamps.parse(value)
        except ValueError:
            pass
        raise wrong.scalar(value, "Timestamp")

    return parse


def _number(wrong: Mismatch, name: str, bound: int | None) -> Parser:
    def parse(value: Any) -> Any:
        kind = type(value)
        if bound is None:
            # Beyond that no float can hold it.
            if kind is float or (kind is int and -FLOAT_MAX < value < FLOAT_MAX):
                return value
        elif kind is int or kind is float:
            # Fractions are cut off, as AWS does.
            whole = int(value)
            if -bound <= whole < bound:
                return whole
        raise wrong.scalar(value, name)

    return parse


_SCALARS: Mapping[str, Callable[[Mismatch], Parser]] = {
    "string": _string,
    "character": _string,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": _timestamp,
    "document": lambda wrong: _same,
}
