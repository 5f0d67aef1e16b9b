"""JSON bodies. A shape whose values look the same in Python and on the wire is not walked: msgspec encodes it at once.

Blobs become base 64 and ``msgspec.Raw`` passes through in msgspec itself, so that only renamed members, members that
travel elsewhere, and timestamps in other forms than epoch seconds need a walk.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from stratolite.protocol import timestamps
from stratolite.protocol.models import Member, ServiceModel, Shape

Writer = Callable[[Any], Any]
encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


class JsonWriters:
    """Compiled transformations of one service's shapes; None stands for "as it is"."""

    def __init__(self, model: ServiceModel, *, wire_names: bool = True) -> None:
        self._model = model
        self._wire_names = wire_names
        self._plain: dict[str, bool] = {}
        self._compiled: dict[str, Writer] = {}

    def writer(self, name: str) -> Writer | None:
        """What turns a shape's value into one that msgspec encodes rightly."""
        return None if self._is_plain(name) else self._walker(name)

    def structure(self, members: Mapping[str, Member]) -> Writer | None:
        """The same, of some of a structure's members."""
        if all(not self._is_renamed(member) and self._member(member) is None for member in members.values()):
            return None
        return self._structure(members)

    def _member(self, member: Member) -> Writer | None:
        shape = self._model.shape(member.shape_name)
        form = member.timestamp_format or shape.timestamp_format
        if shape.type == "timestamp" and form not in ("", "unixTimestamp"):
            return timestamps.writer(form)
        return self.writer(member.shape_name)

    def _is_renamed(self, member: Member) -> bool:
        return self._wire_names and member.renamed

    def _is_plain(self, name: str) -> bool:
        known = self._plain.get(name)
        if known is None:
            known = self._plain[name] = not self._differs(name, set())
        return known

    def _differs(self, name: str, seen: set[str]) -> bool:
        if name in seen:
            return False
        seen.add(name)
        shape = self._model.shape(name)
        if shape.opaque:
            return False
        if shape.type == "timestamp":
            return shape.timestamp_format not in ("", "unixTimestamp")
        inner = list(shape.members.values())
        if shape.type in ("list", "map"):
            assert shape.element is not None
            inner = [shape.element]
        return any(
            (shape.type == "structure" and self._is_renamed(member))
            or member.timestamp_format not in ("", "unixTimestamp")
            or self._differs(member.shape_name, seen)
            for member in inner
        )

    def _walker(self, name: str) -> Writer:
        known = self._compiled.get(name)
        if known is not None:
            return known
        # A shape that contains itself finds this forwarder instead.
        self._compiled[name] = lambda value: self._compiled[name](value)
        compiled = self._compiled[name] = self._compile(self._model.shape(name))
        return compiled

    def _compile(self, shape: Shape) -> Writer:
        if shape.type == "structure":
            return self._structure(shape.members)
        if shape.type == "timestamp":
            return timestamps.writer(shape.timestamp_format)
        assert shape.element is not None
        element = self._member(shape.element)
        assert element is not None, "a list or map that needs a walk has elements that need one"
        if shape.type == "list":
            return lambda value: [element(inner) for inner in value]
        return lambda value: {key: element(inner) for key, inner in value.items()}

    def _structure(self, members: Mapping[str, Member]) -> Writer:
        fields = {
            name: (member.wire_name if self._wire_names else name, self._member(member))
            for name, member in members.items()
        }

        def write(value: Any) -> Any:
            if isinstance(value, msgspec.Raw):
                return value
            result = {}
            for name, inner in value.items():
                field = fields.get(name)
                if field is not None and inner is not None:
                    wire_name, writer = field
                    result[wire_name] = inner if writer is None else writer(inner)
            return result

        return write
