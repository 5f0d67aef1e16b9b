"""Claims, as far as they can be judged without keys. Expectations: http-api-jwt-authorizer.html and, for what functions
see of claims, what KensioSoftware/yulin observed of real endpoints (docs/services/apigatewayv2)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.clock import MovableClock
from stratolite.http.issuers import Issuers
from stratolite.http.tokens import BadToken
from stratolite.services.apigatewayv2 import jwt
from stratolite.services.apigatewayv2.domain import Authorizer

AUTHORIZER = Authorizer("a", "a", "JWT", ("$request.header.Authorization",), issuer="https://i", audience=("app",))


def test_a_route_asks_for_one_of_its_scopes() -> None:
    assert jwt.has_scope(None, ())
    assert jwt.has_scope(["a"], ["b", "a"])
    assert not jwt.has_scope(None, ["a"])
    assert not jwt.has_scope(["ab"], ["a"])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", "x"),
        (True, "true"),
        (None, "<nil>"),
        (1785675600, "1785675600"),
        (1.0, "1"),
        (1.5, "1.5"),
        (["Admins", "Readers"], "[Admins Readers]"),
        ({"b": 1, "a": [True]}, "map[a:[true] b:1]"),
    ],
)
def test_claims_are_written_as_go_writes_them(value: Any, shown: str) -> None:
    assert jwt.go_text(value) == shown


CLAIMS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["iss", "aud", "client_id", "exp", "nbf", "iat"]),
    st.sampled_from(["https://i", "app", ["app"], [], 0, 50, 100, 101, 1e300, True, None, {}]),
)


@given(CLAIMS)
def test_only_good_claims_pass(claims: dict[str, Any]) -> None:
    try:
        jwt.check(claims, AUTHORIZER, 100.0)
    except BadToken:
        return
    assert claims["iss"] == "https://i"
    assert claims["exp"] > 100
    assert not (claims.get("nbf") or 0) > 100
    assert not (claims.get("iat") or 0) > 100
    assert claims.get("aud", claims.get("client_id")) in ("app", ["app"])


@given(st.text(max_size=300) | st.lists(st.text(max_size=40), min_size=3, max_size=3).map(".".join))
def test_any_text_is_no_token(text: str) -> None:
    issuers = Issuers(MovableClock())
    with pytest.raises(BadToken):
        asyncio.run(jwt.claims_of(issuers, AUTHORIZER, text, 100.0))
