"""The envelope: what every consumer may rely on, and what is refused before it is sent."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite_patterns.events import Event, MalformedEvent, event_of, read


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Address:
    city: str


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.text(min_size=1, max_size=128),
    st.dictionaries(st.text(), values, max_size=4),
    st.integers(1, 99),
    st.datetimes(timezones=st.just(UTC)),
    st.none() | st.text(),
)
def test_an_event_survives_its_json(
    kind: str, data: dict[str, object], version: int, time: datetime, source: str | None
) -> None:
    time = time.replace(microsecond=time.microsecond // 1000 * 1000)
    event = Event(type=kind, data=data, version=version, time=time, source=source, correlation_id=source)
    assert event_of(json.loads(event.to_json())) == event


def test_times_are_utc_with_milliseconds_and_ids_differ() -> None:
    first, second = Event(type="a", data={}), Event(type="a", data={})
    assert first.id != second.id
    assert UUID(first.id).version == 4
    berlin = timezone(timedelta(hours=2))
    event = Event(type="a", data={}, time=datetime(2026, 7, 1, 12, 0, 0, 123000, berlin))
    assert event.to_dict()["time"] == "2026-07-01T10:00:00.123Z"


def test_what_an_event_causes_keeps_the_correlation_and_names_its_cause() -> None:
    first = Event(type="user.created", data={}, source="users")
    second = first.caused("email.sent", {"to": "ada"})
    third = second.caused("email.opened", {})
    assert (second.correlation_id, second.causation_id) == (first.id, first.id)
    assert (third.correlation_id, third.causation_id) == (first.id, second.id)


def test_data_of_python_becomes_json() -> None:
    data = {
        "price": Decimal("10.50"),
        "count": Decimal("3"),
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "colour": Colour.RED,
        "tags": {"b", "a"},
        "id": UUID(int=1),
        "address": Address("Paris"),
    }
    assert json.loads(Event(type="a", data=data).to_json())["data"] == {
        "price": 10.5,
        "count": 3,
        "at": "2026-01-01T00:00:00+00:00",
        "colour": "red",
        "tags": ["a", "b"],
        "id": "00000000-0000-0000-0000-000000000001",
        "address": {"city": "Paris"},
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"x": float("nan")}, "not JSON compliant"),
        ({"x": Decimal("NaN")}, "no JSON form"),
        ({"x": Decimal("1e9999999")}, "no JSON form"),
        ({"x": "\ud800"}, "surrogates not allowed"),
        ({"x": Decimal("0.1234567890123456789")}, "would be rounded"),
        ({"x": b"raw"}, "bytes has no JSON form"),
        ({"x": object()}, "object has no JSON form"),
    ],
)
def test_what_json_cannot_say_is_refused_by_name(data: dict[str, object], said: str) -> None:
    with pytest.raises(MalformedEvent, match=said):
        Event(type="a", data=data).to_json()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, "id: "),
        ({"id": 5}, "id: "),
        ({"type": ""}, "type: "),
        ({"type": "x" * 129}, "type: "),
        ({"version": "1"}, "version: "),
        ({"version": True}, "version: "),
        ({"version": 0}, "version: "),
        ({"time": "yesterday"}, "time: "),
        ({"time": "2026-01-01T00:00:00"}, "time: a time with a zone"),
        ({"data": [1]}, "data: "),
        ({"source": 5}, "source: "),
    ],
)
def test_a_malformed_envelope_names_its_field(change: dict[str, object], said: str) -> None:
    good = Event(type="a", data={}).to_dict()
    with pytest.raises(MalformedEvent, match=f"^{said}"):
        event_of(good | change)


def test_a_missing_field_is_named() -> None:
    good = Event(type="a", data={}).to_dict()
    del good["version"]
    with pytest.raises(MalformedEvent, match="version: missing"):
        event_of(good)
    with pytest.raises(MalformedEvent, match="version: missing"):
        read(good)
    with pytest.raises(MalformedEvent, match="JSON object"):
        read([good])
