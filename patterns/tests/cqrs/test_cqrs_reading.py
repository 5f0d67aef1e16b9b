"""What fields may be, and the models that people bring along."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pytest

from stratolite_patterns.cqrs import Bus, FieldError, InvalidMessage, Length, Matches, Range, to_json
from stratolite_patterns.cqrs.models import model_of
from stratolite_patterns.cqrs.requests import json_object

Name = NewType("Name", str)


@dataclass(frozen=True)
class Address:
    city: Annotated[str, Length(1)]
    zip: str | None = None


@dataclass(frozen=True)
class Order:
    id: UUID
    name: Name
    price: Decimal
    weight: float
    at: datetime
    on: date
    lines: list[Address]
    kind: Literal["a", 1]
    data: bytes
    anything: Any
    notes: dict[str, list[int]]
    who: str | Address
    colours: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.price < 0:
            raise InvalidMessage([("/price", "is less than nothing")])
        if self.weight < 0:
            raise ValueError("weighs less than nothing")


GOOD = """{"id": "00000000-0000-0000-0000-000000000001", "name": "n", "price": 0.1000000000000000055, "weight": 1,
    "at": "2026-01-01T00:00:00Z", "on": "2026-01-01", "lines": [{"city": "Rome"}], "kind": 1, "data": "AP8=",
    "anything": {"x": [1.5, null]}, "notes": {"a": [1]}, "who": {"city": "Oslo", "zip": "1"}, "colours": ["red"]}"""


def test_everything_that_json_can_say() -> None:
    assert model_of(Order).build(json_object(GOOD)) == Order(
        UUID(int=1),
        Name("n"),
        Decimal("0.1000000000000000055"),
        1.0,
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        [Address("Rome")],
        1,
        b"\0\xff",
        {"x": [1.5, None]},
        {"a": [1]},
        Address("Oslo", "1"),
        frozenset({"red"}),
    )


def test_what_json_can_say_is_read_to_its_bounds() -> None:
    assert json_object('{"x": ' + "[" * 99 + "]" * 99 + "}")
    assert json_object('{"x": [' + "[1]," * 500 + "1]}"), "many are not deep"
    assert json_object('{"x": "\\ud83d\\ude00", "y": 1.5e307}') == {"x": "😀", "y": Decimal("1.5e307")}


@pytest.mark.parametrize(
    ("change", "pointer", "text"),
    [
        ({"id": "1"}, "/id", "is not a UUID"),
        ({"name": 1}, "/name", "is not a text"),
        ({"price": "abc"}, "/price", "is not a decimal number"),
        ({"price": "NaN"}, "/price", "is not a decimal number"),
        # An integer of ten million digits, for whoever computes with it.
        ({"price": "1e9999999"}, "/price", "is not a decimal number"),
        ({"price": "1_0"}, "/price", "is not a decimal number"),
        ({"weight": True}, "/weight", "is not a number"),
        ({"weight": "1"}, "/weight", "is not a number"),
        ({"weight": Decimal("1E+999")}, "/weight", "is not a number"),
        ({"at": "2026-01-01T00:00:00"}, "/at", "is not a time with its zone, as in 2026-01-31T12:00:00Z"),
        ({"on": "yesterday"}, "/on", "is not a date, as in 2026-01-31"),
        ({"lines": {}}, "/lines", "is not a list"),
        ({"lines": [{"city": "a"}, {"city": ""}]}, "/lines/1/city", "is shorter than 1"),
        ({"lines": [{"city": "a", "x": 1}]}, "/lines/0/x", "is not known"),
        ({"lines": ["a"]}, "/lines/0", "is not an object"),
        ({"kind": True}, "/kind", "is none of a, 1"),
        ({"data": "!"}, "/data", "is not base64"),
        ({"notes": {"a/b": ["x"]}}, "/notes/a~1b/0", "is not a whole number"),
        ({"notes": []}, "/notes", "is not an object"),
        ({"who": {"town": "x"}}, "/who/city", "is required"),
        ({"colours": [1]}, "/colours/0", "is not a text"),
        ({"price": -1}, "/price", "is less than nothing"),
        ({"weight": -1}, "", "weighs less than nothing"),
    ],
)
def test_what_is_wrong_has_its_place(change: dict[str, Any], pointer: str, text: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        model_of(Order).build({**json_object(GOOD), **change})
    assert FieldError(pointer, text) in raised.value.errors


def test_constraints() -> None:
    assert Length(1, 2).violation("abc") == "is longer than 2"
    assert Range(most=5).violation(6) == "is more than 5"
    assert Range(1).violation(0) == "is less than 1"
    assert Matches("[a-z]+").violation("a\n") == "does not match [a-z]+"
    assert Matches("[a-z]+", "is not lower case").violation("A") == "is not lower case"
    assert Length(1).violation("a") is Range(0, 2).violation(1) is Matches("a").violation("a") is None


def test_results_as_json() -> None:
    numbers = [Decimal("1"), Decimal("1.5"), Decimal("0.10000000000000000001"), Decimal(10**20), Decimal("NaN")]
    text = to_json({"n": numbers, "s": {"b", "a"}, "b": b"\0\xff", "u": UUID(int=1), "i": iter([1])})
    assert text == (
        '{"n":[1,1.5,"0.10000000000000000001",1e+20,"NaN"],"s":["a","b"],"b":"AP8=",'
        '"u":"00000000-0000-0000-0000-000000000001","i":[1]}'
    )
    with pytest.raises(TypeError, match="has no JSON"):
        to_json(object())
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(float("nan"))


def test_models_of_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        id: str
        age: int = pydantic.Field(alias="years", ge=0)
        tags: list[str] = pydantic.Field(default_factory=list)

    bus = Bus()
    bus.command(Model, name="Make")(lambda message: message)
    assert bus.handler({"command": "Make", "data": {"id": "a", "years": 3}}) == {"id": "a", "age": 3, "tags": []}
    with pytest.raises(InvalidMessage) as raised:
        bus.dispatch("Make", {"years": -1, "tags": [1], "role": "admin"})
    assert {error.pointer for error in raised.value.errors} == {"/id", "/years", "/tags/0", "/role"}


def test_models_of_msgspec() -> None:
    msgspec = pytest.importorskip("msgspec")
    Model = msgspec.defstruct("Model", [("id", str), ("tags", list[int], [])])
    bus = Bus()
    bus.command(Model, name="Make")(lambda message: message)
    assert bus.handler({"command": "Make", "data": {"id": "a", "tags": [1]}}) == {"id": "a", "tags": [1]}
    with pytest.raises(InvalidMessage) as raised:
        bus.dispatch("Make", {"id": "a", "tags": [1, "x"], "role": "admin"})
    assert {error.pointer for error in raised.value.errors} == {"/tags/1", "/role"}
