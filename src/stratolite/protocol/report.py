"""What is wrong with a request, in the words of AWS's validator.

    2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater
    than or equal to 1; Value null at 'key' failed to satisfy constraint: Member must not be null

Runs only for requests that are refused. The texts are those of the recorded answers; where services differ,
``patches.json`` says so under ``validation``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stratolite.protocol.expression import compiled
from stratolite.protocol.models import Member, OperationModel, ServiceModel, Shape

PROBLEMS_MAX = 10
"""AWS counts all problems and lists this many."""

NUMBERS = frozenset({"integer", "long", "float", "double"})
SIZED = frozenset({"string", "list", "map", "blob"})
NOT_NULL = "Member must not be null"


def length(value: Any) -> int:
    """The length as Java counts it: strings in UTF-16 code units."""
    if isinstance(value, str) and not value.isascii():
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value)


class Reporter:
    """Reports about requests of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._manner: Mapping[str, Any] = model.patch.get("validation", {})

    def report(self, operation: OperationModel, parameters: Mapping[str, Any]) -> str:
        """The whole message."""
        assert operation.input is not None
        demanded = self._demanded(operation, parameters)
        if demanded:
            return demanded
        problems = list(self._structure(operation.input, parameters, "", self._body_prefix(operation)))
        listed = problems[:PROBLEMS_MAX]
        count = len(listed if self._manner.get("counts_listed") else problems)
        return f"{count} validation error{'' if count == 1 else 's'} detected: {'; '.join(listed)}"

    def _demanded(self, operation: OperationModel, parameters: Mapping[str, Any]) -> str:
        """What is said of a member that a service looks at first, if it is missing, empty, too short or too long."""
        assert operation.input is not None
        for demand in self._manner.get("demands", ()):
            if operation.name not in demand["operations"]:
                continue
            name = demand["member"]
            value = parameters.get(name)
            if value is None and "missing" in demand:
                return str(demand["missing"])
            if value == "" and "empty" in demand:
                return str(demand["empty"])
            shape = self._model.shape(operation.input.members[name].shape_name)
            if "length" in demand and not {"min", "max"}.isdisjoint(broken(shape, value)):
                return str(demand["length"])
        return ""

    def _body_prefix(self, operation: OperationModel) -> str:
        return f"{lower_first(operation.name)}Input." if self._manner.get("prefix_body_members") else ""

    def _structure(self, shape: Shape, value: Mapping[str, Any], path: str, body_prefix: str = "") -> Iterator[str]:
        for name, member in shape.members.items():
            place = f"{path}{'' if member.location else body_prefix}{lower_first(name)}"
            inner = value.get(name)
            if inner is not None:
                yield from self._value(member, inner, place)
            elif name in shape.required:
                yield f"Value null at '{place}' failed to satisfy constraint: {NOT_NULL}"

    def _value(self, member: Member, value: Any, place: str) -> Iterator[str]:
        shape = self._model.shape(member.shape_name)
        if shape.opaque:
            return
        if shape.type == "structure":
            yield from self._structure(shape, value, f"{place}.")
            return
        for constraint in broken(shape, value):
            yield self._problem(shape, value, place, self._worded(shape, constraint))
        if shape.type == "list":
            yield from self._elements(shape, value, place)
        elif shape.type == "map":
            yield from self._entries(shape, value, place)

    def _elements(self, shape: Shape, value: list[Any], place: str) -> Iterator[str]:
        assert shape.element is not None
        inner = self._model.shape(shape.element.shape_name)
        if inner.type != "structure" and any(True for element in value for _ in broken(inner, element)):
            listed = self._listed(shape, inner)
            yield self._problem(shape, value, place, f"Member must satisfy constraint: [{listed}]")
        if inner.type in ("structure", "list", "map"):
            for index, element in enumerate(value, 1):
                yield from self._inside(shape.element, inner, element, f"{place}.{index}.member")

    def _entries(self, shape: Shape, value: Mapping[str, Any], place: str) -> Iterator[str]:
        assert shape.element is not None and shape.key is not None
        key = self._model.shape(shape.key.shape_name)
        inner = self._model.shape(shape.element.shape_name)
        if any(True for name in value for _ in broken(key, name)):
            listed = ", ".join(self._worded(key, constraint) for constraint in constraints(key))
            yield self._problem(shape, value, place, f"Map keys must satisfy constraint: [{listed}]")
        if inner.type != "structure" and any(True for element in value.values() for _ in broken(inner, element)):
            yield self._problem(
                shape, value, place, f"Map value must satisfy constraint: [{self._listed(shape, inner)}]"
            )
        if inner.type in ("structure", "list", "map"):
            for name, element in value.items():
                yield from self._inside(shape.element, inner, element, f"{place}.{name}.member")

    def _inside(self, member: Member, shape: Shape, value: Any, place: str) -> Iterator[str]:
        """Problems within an element, whose own constraints its container has reported."""
        if shape.type == "list":
            yield from self._elements(shape, value, place)
        elif shape.type == "map":
            yield from self._entries(shape, value, place)
        else:
            yield from self._value(member, value, place)

    def _listed(self, container: Shape, element: Shape) -> str:
        texts = [self._worded(element, constraint) for constraint in constraints(element)]
        may_be_null = container.raw.get("elementsMayBeNull", self._manner.get("elements_may_be_null", False))
        return ", ".join(texts if may_be_null else [*texts, NOT_NULL])

    def _worded(self, shape: Shape, constraint: str) -> str:
        raw = shape.raw
        if constraint == "pattern":
            return f"Member must satisfy regular expression pattern: {raw['pattern']}"
        if constraint == "enum":
            if self._manner.get("hide_values"):
                return "Member must satisfy enum value set"
            return f"Member must satisfy enum value set: [{', '.join(raw.get('enum_order') or raw['enum'])}]"
        kind = "value" if shape.type in NUMBERS else "length"
        side = "greater" if constraint == "min" else "less"
        bound = float(raw[constraint]) if shape.type in ("float", "double") else raw[constraint]
        return f"Member must have {kind} {side} than or equal to {bound}"

    def _problem(self, shape: Shape, value: Any, place: str, text: str) -> str:
        is_hidden = shape.raw.get("sensitive") or self._manner.get("hide_values")
        shown = "" if is_hidden else f" '{self._shown(shape, value)}'"
        return f"Value{shown} at '{place}' failed to satisfy constraint: {text}"

    def _shown(self, shape: Shape, value: Any) -> str:
        """A value as Java prints it."""
        if value is None:
            return "null"
        if shape.raw.get("sensitive"):
            return "*** Sensitive Data Redacted ***"
        if shape.type == "structure" and not shape.opaque:
            parts = [
                f"{lower_first(name)}={self._shown(self._model.shape(shape.members[name].shape_name), value.get(name))}"
                for name in shape.raw.get("member_order") or shape.members
            ]
            parts += [f"{lower_first(name)}=null" for name in shape.raw.get("unmodelled", ())]
            return f"{shape.name}({', '.join(parts)})"
        if shape.type == "list":
            assert shape.element is not None
            inner = self._model.shape(shape.element.shape_name)
            return f"[{', '.join(self._shown(inner, element) for element in value)}]"
        if shape.type == "map":
            assert shape.element is not None
            inner = self._model.shape(shape.element.shape_name)
            return f"{{{', '.join(f'{key}={self._shown(inner, element)}' for key, element in value.items())}}}"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, bytes):
            return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
        return str(float(value)) if shape.type in ("float", "double") else str(value)


def constraints(shape: Shape) -> list[str]:
    """The names of a shape's own constraints in the order in which AWS lists them."""
    raw = shape.raw
    known: list[str] = []
    if (shape.type in NUMBERS or shape.type in SIZED) and not raw.get("streaming"):
        known += [name for name in ("max", "min") if raw.get(name) is not None]
    if shape.type == "string":
        known += [name for name in ("pattern", "enum") if raw.get(name)]
    return known


def broken(shape: Shape, value: Any) -> Iterator[str]:
    """The own constraints that a value breaks, in the order in which AWS reports them: patterns first."""
    raw = shape.raw
    if raw.get("or_pattern") and compiled(raw["or_pattern"]).fullmatch(value):
        return
    for name in sorted(constraints(shape), key=lambda name: name in ("max", "min")):
        if name == "pattern":
            holds = compiled(raw["pattern"]).fullmatch(value) is not None
        elif name == "enum":
            holds = value in raw["enum"]
        else:
            size = value if shape.type in NUMBERS else length(value)
            holds = size <= raw["max"] if name == "max" else size >= raw["min"]
        if not holds:
            yield name


def lower_first(name: str) -> str:
    """``TableName`` as ``tableName``."""
    return name[:1].lower() + name[1:]
