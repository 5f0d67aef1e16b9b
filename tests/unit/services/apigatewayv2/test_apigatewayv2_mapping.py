"""Parameter mapping, origins and joined values without a server. Expectations: http-api-parameter-mapping.html,
http-api-cors.html and http-api-develop-integrations-lambda.html of API Gateway's documentation."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.places import PLACES_REMEMBERED_MAX, Places
from stratolite.http.deployed import named
from stratolite.http.fields import cookies, joined, query_pairs
from stratolite.http.message import Headers, Request
from stratolite.services.apigatewayv2.cors import is_allowed
from stratolite.services.apigatewayv2.event import encoded_body
from stratolite.services.apigatewayv2.parameters import body_value, evaluate

KNOWN = {"request.header.a": "1", "request.path": "/x", "context.stage": "dev"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("$request.header.a", "1"),
        ("$request.header.b", None),
        ("${request.header.a}", "1"),
        ("${request.path}/${context.stage}", "/x/dev"),
        ("${request.header.b}-", "-"),
        ("a constant", "a constant"),
        ("", ""),
    ],
)
def test_values(template: str, value: str | None) -> None:
    assert evaluate(template, KNOWN.get) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", '{"a":{"b":[1,{"c":"d"}]},"n":null,"t":true}'),
        ("a.b[0]", "1"),
        ("a.b[1].c", "d"),
        ("a.b[2]", None),
        ("a.b.c", None),
        ("n", None),
        ("t", "true"),
        ("a", '{"b":[1,{"c":"d"}]}'),
    ],
)
def test_members_of_a_body(path: str, value: str | None) -> None:
    assert body_value(b'{"a":{"b":[1,{"c":"d"}]},"n":null,"t":true}', path) == value


@given(st.binary(max_size=40), st.text(max_size=20))
def test_any_body_and_any_path_give_a_text_or_nothing(body: bytes, path: str) -> None:
    body_value(body, path)


VALUES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.text(max_size=5)), max_size=8)


@given(VALUES)
def test_values_of_one_name_are_joined_in_order(pairs: list[tuple[str, str]]) -> None:
    found = joined(pairs)
    assert found == {name: ",".join(value for key, value in pairs if key == name) for name, _ in pairs}


@given(VALUES)
def test_a_query_is_read_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    assert query_pairs(query) == pairs


def test_cookies_are_shown_one_by_one() -> None:
    request = Request("GET", "/", headers=Headers([("Cookie", "a=1;b=2 ; "), ("cookie", "c=3")]))
    assert cookies(request) == ["a=1", "b=2", "c=3"]


@given(st.binary(max_size=30), st.sampled_from(["text/plain", "application/json", "image/png", ""]))
def test_every_body_survives(body: bytes, content_type: str) -> None:
    request = Request("POST", "/", headers=Headers([("content-type", content_type)]))
    text, is_base64 = encoded_body(request, body)
    if text is None:
        assert body == b""
    else:
        assert (base64.b64decode(text) if is_base64 else text.encode()) == body


@pytest.mark.parametrize(
    ("origin", "is_one"),
    [("https://a.example", True), ("https://b.example", False), ("http://x", True), ("httpx://x", False)],
)
def test_origins(origin: str, is_one: bool) -> None:
    assert is_allowed(origin, ("https://a.example", "http://*")) is is_one


@pytest.mark.parametrize(
    ("path", "host", "found"),
    [
        ("/_aws/execute-api/abc/dev/x", "localhost", ("abc", "/dev/x")),
        ("/_aws/execute-api/abc", "localhost", ("abc", "/")),
        ("/x", "ABC.execute-api.us-east-1.amazonaws.com", ("abc", "/x")),
        ("/x", "localhost:3000", ("", "/x")),
    ],
)
def test_how_an_api_is_named(path: str, host: str, found: tuple[str, str]) -> None:
    assert named(path, host) == found


def test_so_many_places_are_remembered() -> None:
    places = Places()
    for number in range(PLACES_REMEMBERED_MAX + 1):
        places.remember(("GET", f"/{number}", "h"), number)
    assert 0 < len(places) <= PLACES_REMEMBERED_MAX
    places.remember(("GET", "/" * 1000, "h"), 1)
    assert places.get(("GET", "/" * 1000, "h")) is None
    places.forget()
    assert len(places) == 0
