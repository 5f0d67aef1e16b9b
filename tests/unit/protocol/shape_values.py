"""Hypothesis strategies for the values of a model's shapes, as botocore takes them."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from hypothesis import strategies as st

from stratolite.protocol.models import Member, OperationModel, ServiceModel, Shape

DEPTH_MAX = 3
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=12)
TOKEN = st.text(st.sampled_from("abcXYZ019-_."), min_size=1, max_size=12)
TIME = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def structure(model: ServiceModel, shape: Shape, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a structure: its required members, and any of the others."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, member in shape.members.items():
        # botocore reads S3's Expires, a string in the model, as a time; a status code says how to read the rest.
        # What the model leaves out is nothing that botocore reads.
        is_special = name == "Expires" or member.location == "statusCode" or name in shape.raw.get("more_members", ())
        strategy = None if is_special else member_value(model, member, depth)
        if strategy is None:
            continue
        if shape.raw.get("union") or shape.raw.get("eventstream"):
            if not model.shape(member.shape_name).is_error:
                optional[name] = strategy
            continue
        (required if name in shape.required or member.location == "uri" else optional)[name] = strategy
    if shape.raw.get("union") or shape.raw.get("eventstream"):
        return st.one_of(*(strategy.map(partial(_only, name)) for name, strategy in optional.items()))
    return st.fixed_dictionaries(required, optional=optional)


def _only(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def member_value(model: ServiceModel, member: Member, depth: int) -> st.SearchStrategy[Any] | None:
    """Values of a member; None where the recursion ends."""
    shape = model.shape(member.shape_name)
    if shape.raw.get("eventstream"):
        return st.lists(structure(model, shape, depth), max_size=3)
    if shape.type in ("structure", "list", "map") and depth >= DEPTH_MAX:
        return None
    if member.location in ("uri", "header", "headers", "querystring"):
        return placed(model, member, shape)
    return value(model, shape, depth + 1)


def placed(model: ServiceModel, member: Member, shape: Shape) -> st.SearchStrategy[Any] | None:
    """Values that fit into a path, a header or a query."""
    if shape.type == "string":
        if shape.raw.get("enum"):
            return st.sampled_from(shape.raw["enum"])
        return TOKEN if member.location != "querystring" else TEXT.filter(bool)
    if shape.type == "map":
        return st.dictionaries(TOKEN.map(str.lower), TOKEN, max_size=2)
    if shape.type == "list":
        return st.lists(TEXT.filter(bool), min_size=1, max_size=3) if member.location == "querystring" else None
    return None if member.json_value else value(model, shape, DEPTH_MAX)


def value(model: ServiceModel, shape: Shape, depth: int) -> st.SearchStrategy[Any]:
    """Values of a shape."""
    if shape.name == "AttributeValue" and model.name == "dynamodb":
        return st.one_of(
            TEXT.map(lambda text: {"S": text}),
            st.integers(-(10**9), 10**9).map(lambda number: {"N": str(number)}),
            st.booleans().map(lambda flag: {"BOOL": flag}),
            st.lists(TEXT, max_size=2).map(lambda texts: {"L": [{"S": text} for text in texts]}),
        )
    match shape.type:
        case "structure":
            return structure(model, shape, depth)
        case "list":
            assert shape.element is not None
            inner = member_value(model, shape.element, depth)
            return st.just([]) if inner is None else st.lists(inner, min_size=1, max_size=3)
        case "map":
            assert shape.element is not None
            inner = member_value(model, shape.element, depth)
            return st.just({}) if inner is None else st.dictionaries(TOKEN, inner, min_size=1, max_size=3)
        case "string" | "character":
            return st.sampled_from(shape.raw["enum"]) if shape.raw.get("enum") else TEXT.filter(bool)
        case "integer":
            return st.integers(-(2**31), 2**31 - 1)
        case "long":
            return st.integers(-(2**53), 2**53)
        case "float" | "double":
            return st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
        case "boolean":
            return st.booleans()
        case "blob":
            return st.binary(min_size=1, max_size=20)
        case "timestamp":
            return TIME
    raise AssertionError(shape.type)


def inputs(operation: OperationModel) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of an operation."""
    if operation.input is None:
        return st.just({})
    return structure(operation.service, operation.input).map(_unchecked)


def _unchecked(values: dict[str, Any]) -> dict[str, Any]:
    # A digest of the body must be right, so that it cannot be any value.
    return {key: inner for key, inner in values.items() if "Checksum" not in key and key != "ContentMD5"}


def outputs(operation: OperationModel) -> st.SearchStrategy[dict[str, Any]]:
    """Results of an operation."""
    return structure(operation.service, operation.output) if operation.output else st.just({})


def plain(found: Any) -> Any:
    """Values as both sides can be compared: times as seconds, blobs and streams as bytes."""
    if isinstance(found, datetime):
        return int(found.timestamp())
    if isinstance(found, dict):
        return {key: plain(inner) for key, inner in found.items()}
    if isinstance(found, list):
        return [plain(inner) for inner in found]
    if isinstance(found, float) and found == int(found):
        return int(found)
    return found


def pruned(found: Any) -> Any:
    """Without what is empty: some protocols have no form for an empty list, map or structure."""
    if isinstance(found, dict):
        inner = {key: pruned(value) for key, value in found.items()}
        return {key: value for key, value in inner.items() if value not in ({}, [], "", b"", None)}
    if isinstance(found, list):
        return [value for value in map(pruned, found) if value not in ({}, [])]
    return found
