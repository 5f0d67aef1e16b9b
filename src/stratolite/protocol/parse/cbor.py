"""CBOR bodies: of the smithy-rpc-v2-cbor protocol, and of AWS JSON's older binary form, which counts milliseconds.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stratolite.core.errors import SerializationException
from stratolite.protocol import timestamps
from stratolite.protocol.models import ServiceModel, Shape
from stratolite.protocol.parse.scalar import INTEGERS

EPOCH_TAG = 1
_TAGS_OF_NO_VALUE = (ValueError, TypeError, LookupError, ArithmeticError, OSError)
"""What Python's types raise for tagged values that they cannot hold, such as times and decimals."""


def parse_cbor(model: ServiceModel, shape: Shape, body: bytes, *, milliseconds: bool = False) -> dict[str, Any]:
    """The members of a structure; an empty body is an empty one. Raises SerializationException."""
    if not body:
        return {}
    import cbor2

    # Milliseconds are over what the decoder takes for seconds.
    decoders = {EPOCH_TAG: lambda value, _: value / 1000} if milliseconds else {}
    try:
        value = cbor2.loads(body, semantic_decoders=decoders)
        result = _value(model, shape, value)
    except (cbor2.CBORError, *_TAGS_OF_NO_VALUE, RecursionError, MemoryError) as error:
        raise SerializationException("The body is not CBOR.") from error
    assert isinstance(result, dict)
    return result


def _value(model: ServiceModel, shape: Shape, value: Any) -> Any:
    kind = shape.type
    if kind == "structure" and isinstance(value, Mapping):
        return {
            name: _value(model, model.shape(member.shape_name), value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list" and isinstance(value, list):
        assert shape.element is not None
        inner = model.shape(shape.element.shape_name)
        return [_value(model, inner, element) for element in value]
    if kind == "map" and isinstance(value, Mapping):
        assert shape.element is not None
        inner = model.shape(shape.element.shape_name)
        if not all(isinstance(key, str) for key in value):
            raise SerializationException("The keys of a map are strings.")
        return {key: _value(model, inner, element) for key, element in value.items() if element is not None}
    if kind == "timestamp":
        if isinstance(value, datetime):
            value = value.timestamp()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return timestamps.bounded(value)
    bound = INTEGERS.get(kind)
    if bound is not None and isinstance(value, int) and not -bound <= value < bound:
        raise SerializationException(f"{value} is not a {kind}.")
    if isinstance(value, _TYPES.get(kind, ())) and (kind == "boolean") == isinstance(value, bool):
        return value
    raise SerializationException(f"A {type(value).__name__} is not a {kind}.")


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (bytes,),
}
