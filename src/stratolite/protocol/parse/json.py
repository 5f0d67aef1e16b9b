"""JSON bodies: decoded once, then checked against the shapes' wire types.

The texts are those of AWS's JSON unmarshaller. A shape is compiled to a function from decoded value to value; shapes
that are opaque, and whatever lies below them, are not walked at all.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from stratolite.core.errors import SerializationException
from stratolite.protocol import timestamps
from stratolite.protocol.models import Member, ServiceModel, Shape

Parser = Callable[[Any], Any]
NUMBERS = {"integer": "Integer", "long": "Long", "double": "Double", "float": "Float", "bigdecimal": "BigDecimal"}
INTEGERS = {"integer": 1 << 31, "long": 1 << 63}


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

    def __init__(self, model: ServiceModel, *, wire_names: bool = True) -> None:
        self._model = model
        self._wire_names = wire_names
        self._compiled: dict[str, Parser] = {}

    def parser(self, name: str) -> Parser:
        """The parser of a shape."""
        known = self._compiled.get(name)
        if known is not None:
            return known
        # A shape that contains itself finds this forwarder instead.
        self._compiled[name] = lambda value: self._compiled[name](value)
        compiled = self._compile(self._model.shape(name))
        self._compiled[name] = compiled
        return compiled

    def structure(self, shape: Shape, members: Mapping[str, Member]) -> Parser:
        """A parser of some of a structure's members, by their wire names."""
        fields = {
            member.wire_name if self._wire_names else name: (name, self.parser(member.shape_name))
            for name, member in members.items()
        }

        def parse(value: Any) -> Any:
            if type(value) is not dict:
                raise _unexpected_structure(value, shape)
            result = {}
            for key, inner in value.items():
                field = fields.get(key)
                if field is not None and inner is not None:
                    result[field[0]] = field[1](inner)
            return result

        return parse

    def _compile(self, shape: Shape) -> Parser:
        if shape.opaque:
            return _same
        kind = shape.type
        if kind == "structure":
            if shape.raw.get("document"):
                return _same
            return self.structure(shape, shape.members)
        if kind == "list":
            assert shape.element is not None
            return _list(self.parser(shape.element.shape_name))
        if kind == "map":
            assert shape.element is not None
            return _map(self.parser(shape.element.shape_name))
        if kind in NUMBERS:
            return _number(NUMBERS[kind], INTEGERS.get(kind))
        return {
            "string": _string,
            "character": _string,
            "boolean": _boolean,
            "blob": _blob,
            "timestamp": _timestamp,
            "document": _same,
        }[kind]


def _same(value: Any) -> Any:
    return value


def _string(value: Any) -> Any:
    if type(value) is str:
        return value
    raise _unexpected(value, "String")


def _boolean(value: Any) -> Any:
    if value is True or value is False:
        return value
    if isinstance(value, str):
        raise SerializationException("Unexpected token received from parser")
    raise _unexpected(value, "Boolean")


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        if isinstance(value, bool | int | float):
            raise SerializationException("only base-64-encoded strings are convertible to bytes")
        raise _unexpected(value, "java.nio.ByteBuffer")
    if len(value) % 4:
        raise SerializationException(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SerializationException("Invalid Base64 character") from error


def _timestamp(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return timestamps.parse(value)
        except ValueError:
            pass
    raise _unexpected(value, "Timestamp")


def _number(name: str, bound: int | None) -> Parser:
    def parse(value: Any) -> Any:
        kind = type(value)
        if bound is None:
            if kind is int or kind is float:
                return value
        elif kind is int and -bound <= value < bound:
            return value
        elif kind is float and value == int(value):
            return int(value)
        raise _unexpected(value, name)

    return parse


def _list(element: Parser) -> Parser:
    if element is _same:
        return lambda value: value if type(value) is list else _raise_list(value)

    def parse(value: Any) -> Any:
        if type(value) is not list:
            _raise_list(value)
        return [element(inner) for inner in value]

    return parse


def _raise_list(value: Any) -> Any:
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected")
    raise SerializationException("Unexpected field type")


def _map(element: Parser) -> Parser:
    def parse(value: Any) -> Any:
        if type(value) is not dict:
            if isinstance(value, list):
                raise SerializationException("Unrecognized collection type java.util.Map")
            raise SerializationException("Unexpected field type")
        if element is _same:
            return value
        return {key: element(inner) for key, inner in value.items() if inner is not None}

    return parse


def _unexpected_structure(value: Any, shape: Shape) -> SerializationException:
    if isinstance(value, list):
        return SerializationException(f"Unrecognized collection type class {shape.name}")
    return SerializationException("Unexpected value type in payload")


def _unexpected(value: Any, wanted: str) -> SerializationException:
    if value is True:
        return SerializationException(f"TRUE_VALUE cannot be converted to {wanted}")
    if value is False:
        return SerializationException(f"FALSE_VALUE cannot be converted to {wanted}")
    if isinstance(value, int | float):
        return SerializationException(f"NUMBER_VALUE cannot be converted to {wanted}")
    if isinstance(value, str):
        return SerializationException(f"STRING_VALUE cannot be converted to {wanted}")
    if isinstance(value, list):
        prefix = "" if "." in wanted else "java.lang."
        return SerializationException(f"Unrecognized collection type class {prefix}{wanted}")
    return SerializationException("Start of structure or map found where not expected")
