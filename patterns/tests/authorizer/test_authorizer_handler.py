"""The authorizer of each kind of API, what it answers, and who calls in the handler behind it."""

import json
from typing import Any

import pytest

jwk = pytest.importorskip("joserfc.jwk")

from stratolite_patterns.authorizer import (  # noqa: E402
    Authorizer,
    Caller,
    Forbidden,
    Jwks,
    KeysUnavailable,
    NoCaller,
    Routes,
    Signer,
    SigningKey,
    Unauthorized,
    Verifier,
    caller,
)

SIGNER = Signer(SigningKey("1", "HS256", "s" * 32), issuer="https://me", audience="api")
ROUTES = Routes({"reader": ["GET /posts", "GET /posts/{id}"], "admin": ["ANY /{proxy+}"]}, others=["POST /posts"])
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/posts"
AUTHORIZER = Authorizer(SIGNER.verifier(), ROUTES)


def token(*roles: str) -> str:
    return f"Bearer {SIGNER.sign('ada', roles=roles, email='ada@x')}"


def rest_token(value: str | None) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": value, "methodArn": ARN}


def rest_request(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "REQUEST", "methodArn": ARN, "headers": {"AuthoriZation": value}, **more}


def http(value: str, key: str = "GET /posts/{id}", path: str = "/prod/posts/1", **more: Any) -> dict[str, Any]:
    method = key.split(" ")[0]
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": ARN,
        "identitySource": [value],
        "routeKey": key,
        "rawPath": path,
        "headers": {"authorization": value},
        "requestContext": {"stage": "prod", "http": {"method": method, "path": path}},
        **more,
    }


@pytest.mark.parametrize(
    "event",
    [
        rest_token(token("reader")),
        rest_request(token("reader")),
        rest_request("ignored", multiValueHeaders={"Authorization": [token("reader")]}),
        rest_request(token("reader"), version="1.0"),
        http(token("reader")),
    ],
    ids=["token", "request", "multi", "http 1.0", "http 2.0"],
)
def test_a_policy_in_each_format(event: dict[str, Any]) -> None:
    answer = AUTHORIZER(event, None)
    assert answer["principalId"] == "ada"
    assert answer["policyDocument"] == ROUTES.policy(["reader"], ARN)
    # REST APIs take texts, numbers and booleans alone.
    assert all(isinstance(value, str) for value in answer["context"].values())


@pytest.mark.parametrize(
    "value",
    [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", SIGNER.sign("ada")],
    ids=["absent", "empty", "scheme", "no token", "Basic", "no JWT", "no scheme"],
)
def test_401_is_the_one_text_that_api_gateway_knows(value: str | None) -> None:
    with pytest.raises(Unauthorized) as raised:
        AUTHORIZER(rest_token(value))
    assert str(raised.value) == "Unauthorized"
    with pytest.raises(Unauthorized):
        AUTHORIZER(rest_request(str(value)))


def test_two_tokens_are_none() -> None:
    with pytest.raises(Unauthorized):
        AUTHORIZER(rest_request("", multiValueHeaders={"Authorization": [token("reader"), token("admin")]}))


def test_403_is_a_policy_that_denies() -> None:
    answer = AUTHORIZER(rest_token(token()))
    assert [each["Effect"] for each in answer["policyDocument"]["Statement"]] == ["Deny"]
    assert AUTHORIZER(rest_token(token("unknown")))["policyDocument"] == answer["policyDocument"]


def test_what_cannot_be_checked_is_refused_and_is_no_401() -> None:
    def down(url: str, timeout_s: float) -> bytes:
        raise OSError("no answer")

    key = jwk.RSAKey.generate_key(2048)
    signer = Signer(SigningKey("1", "RS256", key.as_pem(private=True)), issuer="https://me", audience="api")
    verifier = Verifier(Jwks("https://me/jwks", fetch=down), issuer="https://me", audience="api")
    with pytest.raises(KeysUnavailable):
        Authorizer(verifier, ROUTES)(rest_token(f"Bearer {signer.sign('ada')}"))


def test_simple_answers_speak_of_one_route_and_are_not_given_where_they_would_be_cached_for_all() -> None:
    simple = Authorizer(SIGNER.verifier(), ROUTES, simple=True)
    given = token("reader")
    with pytest.raises(ValueError, match=r"\$context\.routeKey"):
        simple(http(given))
    source: dict[str, Any] = {"identitySource": [given, "GET /posts/{id}"]}
    assert simple(http(given, **source))["isAuthorized"] is True
    source = {"identitySource": [given, "POST /posts"]}
    assert simple(http(given, "POST /posts", "/prod/posts", **source))["isAuthorized"] is False
    assert simple(http("Bearer x", identitySource=["GET /posts/{id}"])) == {"isAuthorized": False}
    uncached = Authorizer(SIGNER.verifier(), ROUTES, simple=True, uncached=True)
    assert uncached(http(given))["isAuthorized"] is True
    with pytest.raises(ValueError, match=r"2\.0"):
        uncached(rest_token(given))


def behind(event: dict[str, Any], answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the protected handler gets."""
    if kind == "rest":
        return {"requestContext": {"authorizer": {"principalId": "ada", "integrationLatency": 1, **answer["context"]}}}
    return {"version": "2.0", "requestContext": {"authorizer": {"lambda": answer["context"]}}}


@pytest.mark.parametrize("kind", ["rest", "http"])
def test_the_caller_behind_our_authorizer(kind: str) -> None:
    answer = AUTHORIZER(rest_token(token("reader", "admin")))
    found = caller(behind({}, answer, kind))
    assert (found.id, set(found.roles), found.claims["email"]) == ("ada", {"reader", "admin"}, "ada@x")
    found.require("admin", "owner")
    with pytest.raises(Forbidden) as raised:
        found.require("owner")
    response = raised.value.response()
    assert (response["statusCode"], json.loads(response["body"])) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("authorizer", "expected"),
    [
        ({"jwt": {"claims": {"sub": "ada", "roles": "[reader admin]"}, "scopes": None}}, {"reader", "admin"}),
        ({"claims": {"sub": "ada", "roles": "reader,admin"}}, {"reader", "admin"}),
        ({"claims": '{"sub": "ada", "roles": ["reader"]}'}, {"reader"}),
        ({"principalId": "ada", "roles": '["reader"]'}, {"reader"}),
        ({"principalId": "ada"}, set()),
    ],
    ids=["jwt authorizer", "cognito", "claims as text", "another's authorizer", "no roles"],
)
def test_the_caller_behind_other_authorizers(authorizer: dict[str, Any], expected: set[str]) -> None:
    found = caller({"requestContext": {"authorizer": authorizer}})
    assert isinstance(found, Caller)
    assert (found.id, set(found.roles)) == ("ada", expected)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": {}},
        {"requestContext": {"authorizer": None}},
        {"requestContext": {"authorizer": {"lambda": None}}},
        {"requestContext": {"authorizer": {"caller": "no json"}}},
        {"requestContext": {"authorizer": {"caller": '{"roles": ["admin"]}'}}},
        {"headers": {"x-user": "ada"}},
    ],
)
def test_without_a_caller_a_handler_does_not_go_on(event: dict[str, Any]) -> None:
    with pytest.raises(NoCaller):
        caller(event)
