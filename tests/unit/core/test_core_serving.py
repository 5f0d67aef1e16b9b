"""What tokens say, and ways of serving that take the place of others."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from stratolite.core.serving import PRINCIPAL, TOKEN_LENGTH_MAX, Cors, Serving, claims_in, let_in


def token(claims: Any) -> str:
    return f"e30.{urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.sig"


def test_what_a_token_says() -> None:
    assert claims_in(f"Bearer {token({'sub': 'ada'})}") == claims_in(token({"sub": "ada"})) == {"sub": "ada"}


@pytest.mark.parametrize("value", ["", "Bearer", "a.b", "e30.%%%.x", token([1]), f"e30.e30.{'x' * TOKEN_LENGTH_MAX}"])
def test_what_is_no_token_says_nothing(value: str) -> None:
    assert claims_in(value) is None
    assert let_in(value) == {"principalId": PRINCIPAL}


@pytest.mark.parametrize("claims", [{"scope": "a b"}, {"scp": ["a", "b"]}])
def test_who_is_let_in_has_claims_and_scopes(claims: dict[str, Any]) -> None:
    assert let_in(token(claims)) == {"principalId": PRINCIPAL, "claims": claims, "scopes": ["a", "b"]}


def test_who_is_let_in_may_say_what_he_is() -> None:
    assert let_in(token({"sub": "ada"}), '{"iam": {"userId": "x"}}') == {"iam": {"userId": "x"}}
    for other in ("", "{", "[1]", "null"):
        assert let_in("", other) == {"principalId": PRINCIPAL}


def test_ways_of_serving_are_those_of_the_last_file() -> None:
    serving = Serving()
    cors = Cors(("https://a.example.com",), "", "", credentials=True)
    serving.become(Serving(prefix="/p", cors=cors))
    assert (serving.prefix, serving.cors) == ("/p", cors)
    serving.become(Serving())
    assert serving == Serving()


def test_origins() -> None:
    assert Cors(("*",), "", "", credentials=False).allows("https://a.example.com")
    assert not Cors(("https://b.example.com",), "", "", credentials=False).allows("https://a.example.com")
