"""Tokens, as far as they can be read without keys, and what is known of keys without a network."""

import asyncio
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.http import tokens
from stratolite.http.issuers import Issuers, KeySet, KeysUnavailable

REAL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"
LOCAL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_local7f2k"


@pytest.mark.parametrize("value", ["a.b.c", "Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c ", " a.b.c"])
def test_bearer_may_stand_before_a_token(value: str) -> None:
    assert tokens.token_of(value) == "a.b.c"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, None),
        ({"scope": "a b"}, ["a", "b"]),
        ({"scp": ["a", 1, "b"]}, ["a", "b"]),
        ({"scope": "a", "scp": "b"}, ["a"]),
        ({"scope": 7}, None),
    ],
)
def test_scopes(claims: dict[str, Any], scopes: list[str] | None) -> None:
    assert tokens.scopes_of(claims) == scopes


@pytest.mark.parametrize("issuer", [LOCAL, LOCAL + "/", LOCAL.replace("local7f2k", "Missing")])
def test_a_stand_in_for_a_pool_has_no_keys_and_is_explained(issuer: str) -> None:
    hints: list[str] = []
    issuers = Issuers(MovableClock(), hints.append)
    with pytest.raises(KeysUnavailable, match="a stand-in for a user pool"):
        asyncio.run(issuers.keys_of(issuer, "a"))
    issuers.explain(issuer)
    issuers.explain(REAL)
    assert len(hints) == 1
    assert "noAuth" in hints[0] and "ignoreJWTSignature" in hints[0]


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"exp": 101, "iat": 100, "nbf": 100}, None),
        ({"exp": 100}, tokens.ExpiredToken),
        ({}, tokens.ExpiredToken),
        ({"exp": 101, "nbf": 101}, tokens.BadToken),
        ({"exp": 101, "iat": 101}, tokens.BadToken),
        ({"exp": "101"}, tokens.BadToken),
        ({"exp": True}, tokens.BadToken),
    ],
)
def test_times(claims: dict[str, Any], kind: type[Exception] | None) -> None:
    if kind is None:
        tokens.check_times(claims, 100.0)
        return
    with pytest.raises(kind):
        tokens.check_times(claims, 100.0)


def test_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratolite.http.issuers.TOKENS_MAX", 2)
    keys = KeySet({}, 0)
    for number in range(5):
        keys.remember(str(number), {})
        assert len(keys.verified) <= 2
