"""JWT authorizers over a real port, with an issuer on this machine.

Expectations: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and
http-api-troubleshooting-jwt.html beside it, for the order of checks, what is checked, and the form of www-authenticate.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import RunningCloud
from tests.wire.http_apis import Answer, HttpApis
from tests.wire.token_issuer import Issuer, encoded, issuer

from stratolite.core.serving import Serving
from stratolite.http import issuers

UNAUTHORIZED = b'{"message":"Unauthorized"}'


class Doors:
    """An API behind a JWT authorizer, and its issuer."""

    def __init__(self, apis: HttpApis, issued_by: Issuer, **settings: Any) -> None:
        self.apis = apis
        self.issuer = issued_by
        scopes = settings.pop("scopes", [])
        self.api_id = apis.client.create_api(Name="doors", ProtocolType="HTTP")["ApiId"]
        given = {
            "AuthorizerType": "JWT",
            "Name": "jwt",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": issued_by.url, "Audience": ["app", "other"]},
            **settings,
        }
        authorizer = apis.client.create_authorizer(ApiId=self.api_id, **given)["AuthorizerId"]
        integration = apis.client.create_integration(
            ApiId=self.api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri="arn:aws:lambda:us-east-1:123456789012:function:echo",
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        apis.client.create_route(
            ApiId=self.api_id,
            RouteKey="GET /me",
            Target=f"integrations/{integration}",
            AuthorizationType="JWT",
            AuthorizerId=authorizer,
            AuthorizationScopes=scopes,
        )
        apis.client.create_stage(ApiId=self.api_id, StageName="$default", AutoDeploy=True)

    def claims(self, **changes: Any) -> dict[str, Any]:
        return self.issuer.claims(self.apis.cloud.clock.now_ms() / 1000, **changes)

    def ask(self, token: str, path: str = "/me") -> Answer:
        return self.apis.ask(self.api_id, path, headers={"authorization": token} if token else {})


@pytest.fixture
def issued_by() -> Iterator[Issuer]:
    with issuer() as running:
        yield running


@pytest.fixture(scope="module")
def apis(cloud: RunningCloud) -> HttpApis:
    return HttpApis(cloud)


@pytest.fixture
def doors(apis: HttpApis, issued_by: Issuer) -> Doors:
    return Doors(apis, issued_by)


def refusal_of(answer: Answer) -> str:
    """Why a token was refused, from www-authenticate."""
    assert (answer.status, answer.body) == (401, UNAUTHORIZED)
    shown = answer.headers["www-authenticate"]
    assert shown.startswith('Bearer scope="" error="invalid_token" error_description="'), shown
    return shown.partition('error_description="')[2].rstrip('"')


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_good_token_passes_with_and_without_bearer(doors: Doors, algorithm: str) -> None:
    token = doors.issuer.token(doors.claims(), algorithm=algorithm)
    for sent in (token, f"Bearer {token}", f"bearer {token}"):
        assert doors.ask(sent).status == 200
    # Discovery and keys are asked for once.
    realm = doors.issuer.realm
    assert doors.issuer.asked == [f"{realm}/.well-known/openid-configuration", f"{realm}/keys"]


def test_claims_arrive_as_texts(doors: Doors) -> None:
    """A list is written as Go writes one, and scopes are null where there are none: so real endpoints were seen to
    answer (KensioSoftware/yulin, docs/services/apigatewayv2)."""
    claims = doors.claims(groups=["Admins", "Readers"], admin=True, number=1.5, scope="a b")
    context = doors.ask(doors.issuer.token(claims)).json["requestContext"]
    shown = context["authorizer"]["jwt"]
    assert shown["claims"] == {
        "iss": doors.issuer.url,
        "aud": "app",
        "sub": "ada",
        "iat": str(claims["iat"]),
        "exp": str(claims["exp"]),
        "groups": "[Admins Readers]",
        "admin": "true",
        "number": "1.5",
        "scope": "a b",
    }
    assert shown["scopes"] == ["a", "b"]
    token = doors.issuer.token(doors.claims())
    assert doors.ask(token).json["requestContext"]["authorizer"]["jwt"]["scopes"] is None


def test_no_token_is_401_with_a_bare_challenge(doors: Doors) -> None:
    for sent in ("", "Bearer "):
        answer = doors.ask(sent)
        assert (answer.status, answer.body, answer.headers["www-authenticate"]) == (401, UNAUTHORIZED, "Bearer")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "http://elsewhere"}, "issuer does not match"),
        # The text of http-api-troubleshooting-jwt.html.
        ({"aud": "someone"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        # client_id counts only where there is no aud.
        ({"aud": "someone", "client_id": "app"}, "the token does not have a valid audience"),
        ({"aud": 7, "client_id": "app"}, "the token does not have a valid audience"),
        ({"exp": 1}, "the token has expired"),
        ({"exp": None}, "the token has expired"),
        ({"exp": "4102444800"}, "the claim exp is no time"),
        ({"nbf": 4_102_444_800}, "the token is not valid yet"),
        ({"iat": 4_102_444_800}, "the token was used before it was issued"),
    ],
)
def test_claims_that_are_wrong_are_401(doors: Doors, changes: dict[str, Any], reason: str) -> None:
    assert refusal_of(doors.ask(doors.issuer.token(doors.claims(**changes)))) == reason


@pytest.mark.parametrize("changes", [{"aud": ["x", "other"]}, {"aud": None, "client_id": "app"}])
def test_one_audience_is_enough(doors: Doors, changes: dict[str, Any]) -> None:
    assert doors.ask(doors.issuer.token(doors.claims(**changes))).status == 200


def test_tokens_that_are_none_are_401(doors: Doors) -> None:
    # This text is AWS's: it is quoted where people test their deployments.
    assert refusal_of(doors.ask("Bearer not-a-token")) == "token contains an invalid number of segments"
    for token in ("a.b.c", f"{encoded([1])}.{encoded({})}.x", ".."):
        assert refusal_of(doors.ask(token)) == "the header of the token cannot be read"


def test_tampered_tokens_are_401(doors: Doors) -> None:
    good = doors.issuer.token(doors.claims())
    header, claims, signature = good.split(".")
    assert doors.ask(good).status == 200
    others = encoded(doors.claims(sub="root"))
    forged = [f"{header}.{others}.{signature}", f"{header}.{claims}.{signature[:-4]}AAAA", f"{header}.{claims}."]
    for token in forged:
        assert refusal_of(doors.ask(token)) == "crypto/rsa: verification error"


def test_no_token_chooses_a_weaker_algorithm(doors: Doors) -> None:
    """Only RSA-based algorithms are supported: neither none, nor a public key that poses as a shared secret."""
    claims = doors.claims()
    assert refusal_of(doors.ask(doors.issuer.unsigned(claims))) == "signing method none is invalid"
    assert refusal_of(doors.ask(doors.issuer.confused(claims))) == "signing method HS256 is invalid"
    header = encoded({"alg": "ES256", "kid": "one"})
    assert refusal_of(doors.ask(f"{header}.{encoded(claims)}.x")) == "signing method ES256 is invalid"
    # A signature of a shared secret under the name of an algorithm that is allowed.
    _, body, signature = doors.issuer.confused(claims).split(".")
    forged = f"{encoded({'alg': 'RS256', 'kid': 'one'})}.{body}.{signature}"
    assert refusal_of(doors.ask(forged)) == "crypto/rsa: verification error"


def test_a_key_of_someone_else_is_401(doors: Doors) -> None:
    with issuer() as other:
        token = other.token(doors.claims())
    assert refusal_of(doors.ask(token)) == "crypto/rsa: verification error"
    no_key = doors.issuer.token(doors.claims(), kid="")
    assert refusal_of(doors.ask(no_key)) == "the token does not name a key"


def test_scopes_of_a_route(apis: HttpApis, issued_by: Issuer) -> None:
    doors = Doors(apis, issued_by, scopes=["read", "write"])
    for changes in ({"scope": "openid read"}, {"scp": ["write"]}, {"scp": "write"}):
        assert doors.ask(issued_by.token(doors.claims(**changes))).status == 200
    for changes in ({}, {"scope": "readers"}, {"scp": ["x"]}):
        answer = doors.ask(issued_by.token(doors.claims(**changes)))
        assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
        assert answer.headers["www-authenticate"].startswith('Bearer scope="read write" error="insufficient_scope"')
    expired = doors.ask(issued_by.token(doors.claims(exp=1, scope="read")))
    assert expired.status == 401
    assert 'scope="read write" error="invalid_token"' in expired.headers["www-authenticate"]


def test_a_token_in_the_query(apis: HttpApis, issued_by: Issuer) -> None:
    doors = Doors(apis, issued_by, IdentitySource=["$request.querystring.token"])
    token = issued_by.token(doors.claims())
    assert doors.ask("", f"/me?token={token}").status == 200
    assert doors.ask(token).status == 401


def test_an_issuer_that_is_down_lets_nobody_in(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    doors.issuer.status = 503
    with caplog.at_level(logging.WARNING, "stratolite.issuers"):
        assert refusal_of(doors.ask(doors.issuer.token(doors.claims()))) == "the keys of the issuer are unavailable"
    assert f"{doors.issuer.url}/.well-known/openid-configuration answered 503" in caplog.text


@pytest.mark.parametrize("document", [{"issuer": "x"}, {"jwks_uri": 7}, {"jwks_uri": "file:///etc/passwd"}, [1]])
def test_discovery_that_leads_nowhere_lets_nobody_in(doors: Doors, document: Any) -> None:
    doors.issuer.document = document
    assert refusal_of(doors.ask(doors.issuer.token(doors.claims()))) == "the keys of the issuer are unavailable"


def test_an_issuer_that_is_slow_lets_nobody_in(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers, "FETCH_TIMEOUT_S", 0.05)
    doors.issuer.delay_s = 3
    assert refusal_of(doors.ask(doors.issuer.token(doors.claims()))) == "the keys of the issuer are unavailable"


def test_an_expired_token_is_refused_although_it_was_good(timed_cloud: RunningCloud, issued_by: Issuer) -> None:
    doors = Doors(HttpApis(timed_cloud), issued_by)
    token = issued_by.token(doors.claims())
    assert doors.ask(token).status == 200
    timed_cloud.advance(3600)
    assert refusal_of(doors.ask(token)) == "the token has expired"


def test_keys_rotate(timed_cloud: RunningCloud, issued_by: Issuer) -> None:
    doors = Doors(HttpApis(timed_cloud), issued_by)
    old = issued_by.token(doors.claims())
    assert doors.ask(old).status == 200
    issued_by.rotate("two")
    new = issued_by.token(doors.claims())
    # Right after the keys were fetched nobody can have them fetched again by naming keys that are not there.
    asked = len(issued_by.asked)
    assert refusal_of(doors.ask(new)) == "no key of the issuer has the id that the token names"
    assert len(issued_by.asked) == asked
    timed_cloud.advance(issuers.REFETCHED_AFTER_S)
    assert doors.ask(new).status == 200
    assert refusal_of(doors.ask(old)) == "no key of the issuer has the id that the token names"


def test_an_issuer_on_this_machine_that_starts_again_has_other_keys_under_the_same_id(
    timed_cloud: RunningCloud, issued_by: Issuer
) -> None:
    doors = Doors(HttpApis(timed_cloud), issued_by)
    old = issued_by.token(doors.claims())
    assert doors.ask(old).status == 200
    issued_by.rotate("one")
    new = issued_by.token(doors.claims())
    asked = len(issued_by.asked)
    # Nobody can have keys fetched at will by sending wrong signatures.
    assert refusal_of(doors.ask(new)) == "crypto/rsa: verification error"
    assert len(issued_by.asked) == asked
    timed_cloud.advance(issuers.REFETCHED_AFTER_S)
    assert doors.ask(new).status == 200
    assert refusal_of(doors.ask(old)) == "crypto/rsa: verification error"
    assert len(issued_by.asked) == asked + 2


def test_keys_are_kept_for_two_hours(timed_cloud: RunningCloud, issued_by: Issuer) -> None:
    doors = Doors(HttpApis(timed_cloud), issued_by)
    token = issued_by.token(doors.claims(exp=int(timed_cloud.clock.now_ms() / 1000) + 100_000))
    assert doors.ask(token).status == 200
    timed_cloud.advance(issuers.KEYS_TTL_S - 1)
    issued_by.status = 500
    assert doors.ask(token).status == 200
    timed_cloud.advance(1)
    # What cannot be checked any more is refused, although it was good before.
    assert refusal_of(doors.ask(token)) == "the keys of the issuer are unavailable"
    issued_by.status = 200
    timed_cloud.advance(issuers.FAILED_FOR_S)
    assert doors.ask(token).status == 200


def test_what_the_log_has(apis: HttpApis, issued_by: Issuer) -> None:
    doors = Doors(apis, issued_by)
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:tokens"
    form = "$context.requestId|$context.authorizer.error|$context.authorizer.claims.sub|$context.status"
    apis.client.update_stage(
        ApiId=doors.api_id, StageName="$default", AccessLogSettings={"DestinationArn": arn, "Format": form}
    )
    doors.ask("")
    doors.ask(issued_by.token(doors.claims()))
    events = apis.cloud.client("logs").filter_log_events(logGroupName="tokens")["events"]
    assert [event["message"].partition("|")[2] for event in events] == [
        "missing: token not provided|-|401",
        "-|ada|200",
    ]


def test_what_is_no_json_lets_nobody_in(doors: Doors) -> None:
    doors.issuer.document = {"jwks_uri": f"{doors.issuer.url}/.well-known/openid-configuration"}
    token = doors.issuer.token(doors.claims())
    # A document without keys is one in which there is none.
    assert refusal_of(doors.ask(token)) == "no key of the issuer has the id that the token names"
    assert json.loads(UNAUTHORIZED) == {"message": "Unauthorized"}


# What a developer may want on one machine ------------------------------------------------------------------------


def test_tokens_may_be_believed_without_a_signature_and_are_judged_all_the_same(doors: Doors) -> None:
    """serverless-offline's ``ignoreJWTSignature``."""
    serving = doors.apis.cloud.cloud.world.serving
    try:
        serving.become(Serving(trusts_tokens=True))
        token = f"{encoded({'alg': 'none'})}.{encoded(doors.claims(sub='bob'))}.x"
        assert doors.ask(token).json["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "bob"
        assert doors.issuer.asked == []
        wrong = f"{encoded({})}.{encoded(doors.claims(iss='https://else.example.com'))}.x"
        assert refusal_of(doors.ask(wrong)) == "issuer does not match"
        assert refusal_of(doors.ask("none")) == "the token is no JSON Web Token"
    finally:
        serving.become(Serving())


def test_nobody_need_be_asked(doors: Doors) -> None:
    """serverless-offline's ``noAuth``: events have what a token says, if there is one."""
    serving = doors.apis.cloud.cloud.world.serving
    try:
        serving.become(Serving(lets_everybody_in=True))
        assert doors.ask("").json["requestContext"]["authorizer"] == {"jwt": {"claims": {}, "scopes": None}}
        token = f"{encoded({})}.{encoded({'sub': 'eve', 'scope': 'a b'})}.x"
        shown = doors.ask(f"Bearer {token}").json["requestContext"]["authorizer"]["jwt"]
        assert shown == {"claims": {"sub": "eve", "scope": "a b"}, "scopes": ["a", "b"]}
        says = {"sls-offline-authorizer-override": '{"iam": {"userId": "x"}}'}
        answer = doors.apis.ask(doors.api_id, "/me", headers=says)
        assert answer.json["requestContext"]["authorizer"] == {"iam": {"userId": "x"}}
    finally:
        serving.become(Serving())
