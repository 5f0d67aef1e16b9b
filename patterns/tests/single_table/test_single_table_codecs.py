"""Fields as attributes: exactly, or not at all; and declarations that cannot be right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal, NewType
from uuid import UUID

import pytest
from blog import Address, User

from stratolite_patterns.attribute_values import ValueRefused, marshal, unmarshal, unmarshal_item
from stratolite_patterns.single_table import DeclarationError, KeyRefused, Table
from stratolite_patterns.single_table.codecs import codec_of
from stratolite_patterns.single_table.keys import key_text, parse

UserId = NewType("UserId", str)
MOMENT = datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=UTC)


class Level(IntEnum):
    LOW = 1


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("hint", "value", "attribute"),
    [
        (str, "", {"S": ""}),
        (UserId, "ada", {"S": "ada"}),
        (int, 10**37, {"N": "1" + "0" * 37}),
        (float, 0.1, {"N": "0.1"}),
        (float, 1e100, {"N": "1E+100"}),
        (Decimal, Decimal("1.10"), {"N": "1.10"}),
        (bool, False, {"BOOL": False}),
        (bytes, b"\0\xff", {"B": b"\0\xff"}),
        (datetime, MOMENT, {"S": "2026-01-01T12:00:00.000005Z"}),
        (date, date(2026, 1, 2), {"S": "2026-01-02"}),
        (UUID, UUID(int=1), {"S": "00000000-0000-0000-0000-000000000001"}),
        (Level, Level.LOW, {"N": "1"}),
        (Colour, Colour.RED, {"S": "red"}),
        (Literal["a", "b"], "b", {"S": "b"}),
        (str | None, None, {"NULL": True}),
        (list[int], [1, 2], {"L": [{"N": "1"}, {"N": "2"}]}),
        (tuple[str, ...], ("a",), {"L": [{"S": "a"}]}),
        (set[int], {2, 1}, {"NS": ["1", "2"]}),
        (frozenset[str], frozenset(), {"L": []}),
        (set[Colour], {Colour.RED}, {"SS": ["red"]}),
        (dict[str, list[int]], {"a": []}, {"M": {"a": {"L": []}}}),
        (Address, Address("Rome"), {"M": {"city": {"S": "Rome"}}}),
        (Any, {"a": [1, None, True]}, {"M": {"a": {"L": [{"N": "1"}, {"NULL": True}, {"BOOL": True}]}}}),
    ],
)
def test_there_and_back(hint: Any, value: Any, attribute: Any) -> None:
    codec = codec_of(hint, "field")
    assert codec.encode(value) == attribute
    assert codec.decode(attribute) == value


@pytest.mark.parametrize(
    ("hint", "value", "text"),
    [
        (float, float("nan"), "no number that DynamoDB can hold"),
        (Decimal, Decimal("Infinity"), "no number"),
        (Decimal, Decimal("1." + "1" * 38), "39 digits would be rounded"),
        (int, 10**38 + 1, "39 digits"),
        (float, 1e300, "outside of what DynamoDB can hold"),
        (int, True, "is not a whole number"),
        (int, "1", "is not a whole number"),
        (str, 1, "is not a text"),
        (Decimal, 0.1, "is not a Decimal"),
        (datetime, datetime(2026, 1, 1), "without a time zone"),
        (date, MOMENT, "is not a date"),
        (Literal["a"], "b", "is none of 'a'"),
        (Colour, "red", "is not a Colour"),
        (list[int], "12", "is not a list"),
        (Any, object(), "a object has no attribute value"),
        (Any, {1, "a"}, "have one type"),
    ],
)
def test_what_would_not_come_back_is_refused(hint: Any, value: Any, text: str) -> None:
    with pytest.raises(ValueRefused, match=text):
        codec_of(hint, "field").encode(value)


def test_a_refused_value_is_named_by_its_place() -> None:
    table = declared_with(User)
    with pytest.raises(ValueRefused, match=r"addresses: 'x' is not a Address"):
        table.create(User("ada", addresses=["x"]))  # type: ignore[list-item]
    with pytest.raises(ValueRefused, match=r"^balance: NaN is no number"):
        table.create(User("ada", balance=Decimal("NaN")))


def test_an_item_that_cannot_be_read_names_its_attribute() -> None:
    table = declared_with(User)
    with pytest.raises(ValueRefused, match=r"User.logins: the attribute {'S': 'x'} cannot be read"):
        table.load({"entity": {"S": "USER"}, "id": {"S": "ada"}, "logins": {"S": "x"}})
    with pytest.raises(ValueRefused, match=r"User.id: the item has no such attribute"):
        table.load({"entity": {"S": "USER"}})
    assert table.load({"entity": {"S": "OTHER"}}) is None
    assert table.load(None) is None


def test_images_of_events_hold_binary_as_base64_and_numbers_as_text() -> None:
    image: dict[str, Any] = {
        "b": {"B": "AP8="},
        "n": {"N": "1.50"},
        "s": {"NS": ["1", "2"]},
        "bs": {"BS": ["AA=="]},
        "x": {"NULL": True},
    }
    assert unmarshal_item(image) == {"b": b"\0\xff", "n": Decimal("1.50"), "s": {1, 2}, "bs": {b"\0"}, "x": None}
    assert unmarshal(marshal({"a": {1.5, 2}})) == {"a": {Decimal("1.5"), Decimal(2)}}
    for wrong in (set(), {True, 2}):
        with pytest.raises(ValueRefused):
            marshal(wrong)


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        ("a#b", "", "a%23b"),
        ("a%23b", "", "a%2523b"),
        (7, "08", "00000007"),
        (7, "", "7"),
        (Level.LOW, "", "1"),
        (Colour.RED, "", "red"),
        (date(2026, 1, 2), "", "2026-01-02"),
        (MOMENT, "%Y-%m", "2026-01"),
        (UUID(int=1), "", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_in_keys(value: object, spec: str, text: str) -> None:
    assert key_text(value, spec) == text


@pytest.mark.parametrize(
    ("value", "spec"),
    [("", ""), (None, ""), (True, ""), (1.5, ""), (Decimal(1), ""), (b"x", ""), (123, "02"), (-1, "04"), (1, "x"),
     (datetime(2026, 1, 1), ""), (datetime(2026, 1, 1), "%Y"), ("text", "08"), ([], "")],
)  # fmt: skip
def test_values_that_are_no_keys(value: object, spec: str) -> None:
    with pytest.raises(KeyRefused):
        key_text(value, spec)


def test_keys_of_different_values_differ() -> None:
    template = parse("A#{x}#{y}", "#")
    values = ["a", "#", "%", "a#", "#a", "%23", "a%23b", "a#b"]
    assert len({template.fill({"x": x, "y": y}) for x in values for y in values}) == len(values) ** 2


@pytest.mark.parametrize("text", ["", "A{", "{a}{b}", "{a.b}", "A#{}", "{0}"])
def test_malformed_templates(text: str) -> None:
    with pytest.raises(DeclarationError):
        parse(text, "#")


def declared_with(kind: type, **options: Any) -> Table:
    table = Table("app", indexes={"gsi1": ("gsi1pk", "gsi1sk")}, client=object())
    arguments = {"pk": "USER#{id}", "sk": "PROFILE", **options}
    table.entity("USER", **arguments)(kind)
    return table


@dataclass
class OverKeys:
    """User data over a key attribute: whoever sets ``pk`` writes into another partition."""

    id: str
    pk: str


@dataclass
class Odd:
    id: str
    thing: Callable[[], None]


@dataclass
class Several:
    id: str
    thing: str | int


@dataclass
class Expiring:
    id: str
    at: str
    version: str = ""


class Plain:
    id: str


@pytest.mark.parametrize(
    ("kind", "options", "text"),
    [
        (OverKeys, {}, "OverKeys.pk would lie over an attribute that the table needs"),
        (Odd, {}, "Odd.thing"),
        (Several, {}, "one cannot tell"),
        (Plain, {}, "not a dataclass"),
        (Address, {}, "has no field id"),
        (User, {"indexes": {"gsi9": ("A", "B")}}, "no index gsi9"),
        (User, {"version": "name"}, "annotate it as int"),
        (User, {"version": "id"}, "never changes"),
        (User, {"ttl": "nonsense"}, "has no field nonsense"),
        (Expiring, {"ttl": "at"}, "annotate it as datetime"),
    ],
)
def test_declarations_that_cannot_be_right(kind: type, options: dict[str, Any], text: str) -> None:
    with pytest.raises(DeclarationError, match=text):
        declared_with(kind, **options)


def test_two_classes_cannot_share_keys() -> None:
    table = declared_with(User)
    with pytest.raises(DeclarationError, match="the one could overwrite the other"):
        table.entity("ADMIN", pk="USER#{id}", sk="PROFILE")(Expiring)
    with pytest.raises(DeclarationError, match="is User already"):
        table.entity("USER", pk="X#{id}", sk="PROFILE")(Expiring)
    with pytest.raises(DeclarationError, match="not declared"):
        table.create(Address("Rome"))


def test_tables_that_cannot_be_right() -> None:
    for options in ({"separator": "%"}, {"separator": "##"}, {"key": ("pk", "pk")}, {"type_attribute": "pk"}):
        with pytest.raises(DeclarationError):
            Table("app", **options)
