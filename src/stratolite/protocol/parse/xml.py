"""XML bodies of the rest-xml protocol. Entities are refused: a body never makes the server read or expand anything."""

from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from stratolite.core.errors import AwsError
from stratolite.protocol.models import Member, ServiceModel, Shape
from stratolite.protocol.parse.scalar import scalar

DEPTH_MAX = 100


class MalformedXML(AwsError):
    """The body is no XML of the schema."""

    text = "The XML you provided was not well-formed or did not validate against our published schema"


def parse_xml(model: ServiceModel, shape: Shape, body: bytes) -> dict[str, Any]:
    """The members of a structure. Raises MalformedXML."""
    root = _read(body)
    if shape.type != "structure":
        raise MalformedXML
    return _structure(model, shape, root, 0)


def _read(body: bytes) -> ElementTree.Element:
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda name, attributes: builder.start(_local(name), dict(attributes))
    parser.EndElementHandler = lambda name: builder.end(_local(name))
    parser.CharacterDataHandler = builder.data

    def refuse(*_: Any) -> None:
        raise MalformedXML

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError) as error:
        raise MalformedXML from error


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _structure(model: ServiceModel, shape: Shape, element: ElementTree.Element, depth: int) -> dict[str, Any]:
    if depth > DEPTH_MAX:
        raise MalformedXML
    result: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.location:
            continue
        inner = model.shape(member.shape_name)
        if member.xml_attribute:
            key = member.wire_name.rpartition(":")[2]
            found = [value for attribute, value in element.attrib.items() if _local(attribute) == key]
            if found:
                result[name] = _scalar(inner, found[0])
            continue
        wire_name = member.wire_name
        flat = inner.flattened or member.flattened
        if flat and inner.type == "list" and inner.element and not member.renamed and inner.element.wire_name:
            wire_name = inner.element.wire_name
        children = [child for child in element if child.tag == wire_name]
        if children:
            result[name] = _value(model, member, inner, children, depth + 1)
    return result


def _value(model: ServiceModel, member: Member, shape: Shape, elements: list[ElementTree.Element], depth: int) -> Any:
    flat = shape.flattened or member.flattened
    if shape.type == "structure":
        return _structure(model, shape, elements[0], depth)
    if shape.type == "list":
        assert shape.element is not None
        inner = model.shape(shape.element.shape_name)
        name = shape.element.wire_name or "member"
        children = elements if flat else [child for child in elements[0] if child.tag == name]
        return [_value(model, shape.element, inner, [child], depth + 1) for child in children]
    if shape.type == "map":
        assert shape.element is not None and shape.key is not None
        inner = model.shape(shape.element.shape_name)
        entries = elements if flat else [child for child in elements[0] if child.tag == "entry"]
        result = {}
        for entry in entries:
            parts = {child.tag: child for child in entry}
            key = parts.get(shape.key.wire_name or "key")
            value = parts.get(shape.element.wire_name or "value")
            if key is None or value is None:
                raise MalformedXML
            result[key.text or ""] = _value(model, shape.element, inner, [value], depth + 1)
        return result
    if len(elements[0]):
        raise MalformedXML
    return _scalar(shape, elements[0].text or "")


def _scalar(shape: Shape, text: str) -> Any:
    try:
        return scalar(shape.type, text if shape.type in ("string", "character") else text.strip())
    except ValueError as error:
        raise MalformedXML from error
