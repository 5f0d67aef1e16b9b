"""CBOR bodies of the smithy-rpc-v2-cbor protocol.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.protocol.models import ServiceModel, Shape

EPOCH_TAG = 1


def encode_cbor(model: ServiceModel, shape: Shape | None, value: Mapping[str, Any]) -> bytes:
    """A structure as CBOR; timestamps carry tag 1, doubles are doubles."""
    import cbor2

    return cbor2.dumps(_value(model, shape, value) if shape is not None else dict(value))


def _value(model: ServiceModel, shape: Shape, value: Any) -> Any:
    import cbor2

    if shape.type == "structure":
        return {
            name: _value(model, model.shape(shape.members[name].shape_name), inner)
            for name, inner in value.items()
            if inner is not None and name in shape.members
        }
    if shape.type == "list":
        assert shape.element is not None
        inner_shape = model.shape(shape.element.shape_name)
        return [_value(model, inner_shape, inner) for inner in value]
    if shape.type == "map":
        assert shape.element is not None
        inner_shape = model.shape(shape.element.shape_name)
        return {key: _value(model, inner_shape, inner) for key, inner in value.items()}
    if shape.type == "timestamp":
        return cbor2.CBORTag(EPOCH_TAG, value)
    if shape.type in ("double", "float"):
        return float(value)
    return value
