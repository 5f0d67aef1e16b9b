"""XML bodies of the query and rest-xml protocols, written as pieces of text.

Source: https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from stratolite.protocol import timestamps
from stratolite.protocol.models import Member, ServiceModel, Shape

Pieces = list[str]
Writer = Callable[[str, Any, Pieces], None]
"""Appends an element of a name and a value."""
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_SPECIAL = re.compile(r'[&<>"\x00-\x08\x0b-\x1f]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escape(text: str) -> str:
    """Text for element content or an attribute in double quotes."""
    return _SPECIAL.sub(lambda found: _NAMED.get(found[0]) or f"&#x{ord(found[0]):x};", text)


class XmlWriters:
    """Compiled writers of one service's shapes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._milliseconds = bool(model.patch.get("timestamp_milliseconds"))
        self._compiled: dict[str, Writer] = {}

    def body(self, members: Mapping[str, Member]) -> Callable[[Mapping[str, Any], Pieces], None]:
        """Writes the elements of some of a structure's members, without an element around them."""
        fields = [(name, *self._member(member)) for name, member in members.items() if not member.xml_attribute]

        def write(value: Mapping[str, Any], out: Pieces) -> None:
            for name, wire_name, writer in fields:
                inner = value.get(name)
                if inner is not None:
                    writer(wire_name, inner, out)

        return write

    def writer(self, name: str) -> Writer:
        """The writer of a shape."""
        known = self._compiled.get(name)
        if known is not None:
            return known
        # A shape that contains itself finds this forwarder instead.
        self._compiled[name] = lambda tag, value, out: self._compiled[name](tag, value, out)
        compiled = self._compiled[name] = self._compile(self._model.shape(name), flattened=False)
        return compiled

    def _member(self, member: Member) -> tuple[str, Writer]:
        shape = self._model.shape(member.shape_name)
        wire_name = member.wire_name
        flattened = member.flattened or shape.flattened
        if shape.type == "timestamp" and member.timestamp_format:
            return wire_name, _text(self._timestamp(member.timestamp_format))
        if not flattened:
            return wire_name, self.writer(member.shape_name)
        if shape.type == "list" and shape.element is not None and shape.element.wire_name:
            # A flattened list goes by the name of its elements.
            wire_name = shape.element.wire_name
        return wire_name, self._compile(shape, flattened=True)

    def _compile(self, shape: Shape, *, flattened: bool) -> Writer:
        if shape.type == "structure":
            return self._structure(shape)
        if shape.type == "list":
            return self._list(shape, flattened)
        if shape.type == "map":
            return self._map(shape, flattened)
        if shape.type == "timestamp":
            return _text(self._timestamp(shape.timestamp_format))
        return _text(_TEXTS.get(shape.type, str))

    def _timestamp(self, form: str) -> Callable[[Any], str]:
        if form in ("", "iso8601") and self._milliseconds:
            return lambda value: timestamps.iso8601(value, milliseconds=True)
        write = timestamps.writer(form or "iso8601")
        return lambda value: str(write(value))

    def _structure(self, shape: Shape) -> Writer:
        body = self.body(shape.members)
        attributes = [(name, member.wire_name) for name, member in shape.members.items() if member.xml_attribute]
        namespace = shape.raw.get("xmlNamespace") or {}
        prefix = f":{namespace['prefix']}" if namespace.get("prefix") else ""
        declared = f' xmlns{prefix}="{escape(namespace["uri"])}"' if namespace and attributes else ""

        def write(tag: str, value: Any, out: Pieces) -> None:
            written = "".join(f' {key}="{escape(value[name])}"' for name, key in attributes if value.get(name))
            out.append(f"<{tag}{declared}{written}>")
            body(value, out)
            out.append(f"</{tag}>")

        return write

    def _list(self, shape: Shape, flattened: bool) -> Writer:
        assert shape.element is not None
        _, element = self._member(shape.element)
        inner_name = shape.element.wire_name or "member"

        def write_flattened(tag: str, value: Any, out: Pieces) -> None:
            for inner in value:
                element(tag, inner, out)

        def write(tag: str, value: Any, out: Pieces) -> None:
            out.append(f"<{tag}>")
            for inner in value:
                element(inner_name, inner, out)
            out.append(f"</{tag}>")

        return write_flattened if flattened else write

    def _map(self, shape: Shape, flattened: bool) -> Writer:
        assert shape.element is not None and shape.key is not None
        _, element = self._member(shape.element)
        key_name, value_name = shape.key.wire_name or "key", shape.element.wire_name or "value"

        def entries(tag: str, value: Any, out: Pieces) -> None:
            for key, inner in value.items():
                out.append(f"<{tag}><{key_name}>{escape(key)}</{key_name}>")
                element(value_name, inner, out)
                out.append(f"</{tag}>")

        def write(tag: str, value: Any, out: Pieces) -> None:
            out.append(f"<{tag}>")
            entries("entry", value, out)
            out.append(f"</{tag}>")

        return entries if flattened else write


def _text(write: Callable[[Any], str]) -> Writer:
    return lambda tag, value, out: out.append(f"<{tag}>{write(value)}</{tag}>")


_TEXTS: dict[str, Callable[[Any], str]] = {
    "string": escape,
    "character": escape,
    "boolean": lambda value: "true" if value else "false",
    "blob": lambda value: base64.b64encode(value).decode(),
}
