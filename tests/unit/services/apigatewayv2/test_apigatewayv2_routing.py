"""Requests to routes. Expectations: http-api-develop-routes.html of API Gateway's documentation, and what
KensioSoftware/yulin observed of real APIs (docs/services/apigatewayv2: an exact method goes before ANY)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.services.apigatewayv2.routing import Routing

KEYS = (
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "GET /pets/cat/{rest+}",
    "ANY /pets/{kind}/{id}",
    "POST /{all+}",
    "ANY /users",
    "GET /{name}",
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        # A full match goes before a greedy one, whatever their methods are.
        ("GET", "/pets/bird/1", "ANY /pets/{kind}/{id}", {"kind": "bird", "id": "1"}),
        ("POST", "/pets/bird/1", "ANY /pets/{kind}/{id}", {"kind": "bird", "id": "1"}),
        ("GET", "/pets/cat/1/2", "GET /pets/cat/{rest+}", {"rest": "1/2"}),
        ("GET", "/pets/cow/1/2", "GET /pets/{proxy+}", {"proxy": "cow/1/2"}),
        ("POST", "/x/y/z", "POST /{all+}", {"all": "x/y/z"}),
        # The method goes before the path.
        ("GET", "/users", "GET /{name}", {"name": "users"}),
        ("POST", "/users", "ANY /users", {}),
        ("PURGE", "/users", "ANY /users", {}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    assert Routing((each, each) for each in KEYS).find(method, path) == (key, parameters)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/x"), ("GET", "/"), ("POST", "/"), ("GET", "/users/")])
def test_what_no_route_takes_is_for_default(method: str, path: str) -> None:
    assert Routing((each, each) for each in KEYS).find(method, path) is None
    assert Routing((each, each) for each in (*KEYS, "$default")).find(method, path) == ("$default", {})


def test_a_path_is_known_by_any_method() -> None:
    routing = Routing([("POST /a/{b}", 1)])
    assert routing.find("GET", "/a/b") is None
    assert routing.knows("/a/b")
    assert not routing.knows("/a")
    assert Routing([("$default", 1)]).knows("/anything")


PARTS = st.sampled_from(["a", "b", "{x}", "{y}"])
TEMPLATES = st.lists(st.tuples(st.lists(PARTS, max_size=3, unique=True), st.booleans()), max_size=6)
METHODS = st.sampled_from(["GET", "POST", "ANY"])


@given(st.lists(st.tuples(METHODS, TEMPLATES), max_size=3), METHODS, st.lists(st.sampled_from("abc"), max_size=4))
def test_a_full_match_is_found_if_there_is_one(
    given_routes: list[tuple[str, list[tuple[list[str], bool]]]], method: str, parts: list[str]
) -> None:
    keys = set()
    for each, templates in given_routes:
        for template, is_greedy in templates:
            keys.add(f"{each} /" + "/".join([*template, "{rest+}"] if is_greedy else template))
    path = "/" + "/".join(parts)
    found = Routing((key, key) for key in sorted(keys)).find(method, path)
    fitting = [key for key in keys if key.partition(" ")[0] in (method, "ANY") and _fits(key.partition(" ")[2], path)]
    assert (found is not None) == bool(fitting)
    if found is not None:
        assert found[0] in fitting
        full = [key for key in fitting if "+" not in key]
        assert not full or "+" not in found[0]
        own = [key for key in full or fitting if key.startswith(f"{method} ")]
        assert not own or found[0].startswith(f"{method} ")


def _fits(template: str, path: str) -> bool:
    wanted, given_parts = template.split("/")[1:], path.split("/")[1:]
    if template == "/" or path == "/":
        return template == path
    if wanted[-1].endswith("+}"):
        head = wanted[:-1]
        return len(given_parts) > len(head) and all(
            one == other or one[0] == "{" for one, other in zip(head, given_parts, strict=False)
        )
    return len(wanted) == len(given_parts) and all(
        one == other or one[0] == "{" for one, other in zip(wanted, given_parts, strict=True)
    )
