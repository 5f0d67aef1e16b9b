"""CBOR bodies: of the smithy-rpc-v2-cbor protocol, and of AWS JSON's older binary form, which counts milliseconds.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.protocol.models import ServiceModel, Shape
from stratolite.protocol.parse.cbor import EPOCH_TAG


def encode_cbor(value: Mapping[str, Any]) -> bytes:
    """A structure whose values are tagged already."""
    import cbor2

    return cbor2.dumps(value)


def tagged(model: ServiceModel, shape: Shape, value: Any, *, milliseconds: bool = False) -> Any:
    """A shape's value as CBOR wants it: timestamps carry tag 1, doubles are doubles."""
    if shape.type == "structure":
        return {
            name: tagged(model, model.shape(shape.members[name].shape_name), inner, milliseconds=milliseconds)
            for name, inner in value.items()
            if inner is not None and name in shape.members
        }
    if shape.type in ("list", "map"):
        assert shape.element is not None
        element = model.shape(shape.element.shape_name)
        if shape.type == "list":
            return [tagged(model, element, inner, milliseconds=milliseconds) for inner in value]
        return {key: tagged(model, element, inner, milliseconds=milliseconds) for key, inner in value.items()}
    if shape.type == "timestamp":
        import cbor2

        return cbor2.CBORTag(EPOCH_TAG, round(value * 1000) if milliseconds else value)
    if shape.type in ("double", "float"):
        return float(value)
    return value
