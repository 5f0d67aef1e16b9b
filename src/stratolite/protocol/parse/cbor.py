"""CBOR bodies of the smithy-rpc-v2-cbor protocol.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stratolite.core.errors import SerializationException
from stratolite.protocol.models import ServiceModel, Shape


def parse_cbor(model: ServiceModel, shape: Shape, body: bytes) -> dict[str, Any]:
    """The members of a structure; an empty body is an empty one. Raises SerializationException."""
    if not body:
        return {}
    import cbor2

    try:
        value = cbor2.loads(body)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise SerializationException("The body is not CBOR.") from error
    result = _value(model, shape, value)
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
        return {str(key): _value(model, inner, element) for key, element in value.items() if element is not None}
    if kind == "timestamp":
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
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
