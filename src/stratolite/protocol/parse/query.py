"""The query protocol: form fields whose dotted names spell lists, maps and structures.

Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from typing import Any
from urllib.parse import parse_qsl

from stratolite.core.errors import AwsError
from stratolite.http.message import Request
from stratolite.protocol.models import Member, ServiceModel, Shape
from stratolite.protocol.parse.scalar import scalar

FIELDS_MAX = 20_000
PARTS_MAX = 64
"""How deep the name of a field may nest."""
Tree = dict[str, Any]


class MalformedQueryString(AwsError):
    """A field does not have the form that its shape needs."""


class MalformedInput(AwsError):
    """A value does not have the form that its type needs."""


def fields(text: str) -> dict[str, str]:
    """The fields of a query string or form body. Raises MalformedQueryString."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise MalformedQueryString("The query string is malformed.") from error
    return dict(pairs)


def request_fields(request: Request) -> dict[str, str]:
    """The fields of the query string and of the form body together. Raises MalformedQueryString."""
    try:
        body = request.body.decode()
    except UnicodeDecodeError as error:
        raise MalformedQueryString("The query string is malformed.") from error
    return {**fields(request.query), **fields(body)} if request.query else fields(body)


def tree(flat: dict[str, str]) -> Tree:
    """``{"A.member.1": "x"}`` as ``{"A": {"member": {"1": "x"}}}``; a node's own text is under ``""``.

    Raises MalformedQueryString for a name that nests deeper than any shape.
    """
    root: Tree = {}
    for name, value in flat.items():
        node = root
        parts = name.split(".", PARTS_MAX)
        if len(parts) > PARTS_MAX:
            raise MalformedQueryString("The query string is malformed.")
        for part in parts:
            node = node.setdefault(part, {})
        node[""] = value
    return root


def structure(model: ServiceModel, shape: Shape, node: Tree) -> dict[str, Any]:
    """The members of a structure that the fields name."""
    result: dict[str, Any] = {}
    for name, member in shape.members.items():
        inner_shape = model.shape(member.shape_name)
        wire_name = _name(member, inner_shape)
        inner = node.get(wire_name)
        if inner is None and wire_name != name:
            inner = node.get(name)
        if inner is not None:
            result[name] = _value(model, member, inner_shape, inner)
    return result


def _name(member: Member, shape: Shape) -> str:
    # A flattened list goes by the name of its elements.
    if shape.type == "list" and (shape.flattened or member.flattened) and shape.element and shape.element.wire_name:
        return shape.element.wire_name
    return member.wire_name


def _value(model: ServiceModel, member: Member, shape: Shape, node: Tree) -> Any:
    if shape.type == "structure":
        return structure(model, shape, node)
    if shape.type == "list":
        return _list(model, member, shape, node)
    if shape.type == "map":
        return _map(model, member, shape, node)
    if "" not in node:
        raise MalformedInput(f"Top level element may not be treated as a {shape.type}")
    return _scalar(shape, node[""])


def _list(model: ServiceModel, member: Member, shape: Shape, node: Tree) -> list[Any]:
    assert shape.element is not None
    if not (shape.flattened or member.flattened):
        name = shape.element.wire_name or "member"
        node = node[name] if name in node else node.get("member", {})
    element = model.shape(shape.element.shape_name)
    return [_value(model, shape.element, element, node[index]) for index in _indices(node)]


def _map(model: ServiceModel, member: Member, shape: Shape, node: Tree) -> dict[str, Any]:
    assert shape.element is not None and shape.key is not None
    if not (shape.flattened or member.flattened):
        node = node.get("entry", {})
    key_name, value_name = shape.key.wire_name or "key", shape.element.wire_name or "value"
    element = model.shape(shape.element.shape_name)
    result = {}
    for index in _indices(node):
        entry = node[index]
        if key_name not in entry:
            raise MalformedInput("A map entry has no key")
        if value_name in entry:
            result[entry[key_name].get("", "")] = _value(model, shape.element, element, entry[value_name])
    return result


def _indices(node: Tree) -> list[str]:
    keys = [key for key in node if key]
    if not all(key.isdecimal() and key.isascii() and len(key) < 10 for key in keys):
        raise MalformedQueryString("Keys of a list must be numbers.")
    return sorted(keys, key=int)


def _scalar(shape: Shape, text: str) -> Any:
    try:
        return scalar(shape.type, text)
    except ValueError as error:
        raise MalformedInput(f"{text} is not a valid {shape.type}") from error
