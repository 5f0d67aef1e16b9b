"""Authorizers of user pools, over HTTP: a local issuer answers for the host that the pool has on AWS.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html,
apigateway-enable-cognito-user-pool.html beside it (which tokens, ``aud``), and for the texts of refusals
https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized. Claims look as in events of real APIs that
people keep in public repositories.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION
from tests.wire.rest_apis import Answer, Site, named, site, site_of_module
from tests.wire.token_issuer import Issuer, encoded, issuer

from stratolite.core.serving import Serving
from stratolite.http.detour import Detour

__all__ = ["site", "site_of_module"]

HOST = f"https://cognito-idp.{REGION}.amazonaws.com"
POOL = f"{REGION}_AbCdEfGhI"
LOCAL = f"{REGION}_local7f2k"
KINDS = {"id": {"aud": "client"}, "access": {"client_id": "client"}}


def arn(pool: str) -> str:
    return f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool}"


class Pool:
    """The pool, and an API that it guards."""

    def __init__(self, site: Site, issued_by: Issuer) -> None:
        self.site = site
        self.issuer = issued_by
        self.hints: list[str] = []
        site.cloud.cloud.world.ports.hint_watchers[:] = [self.hints.append]

    def claims(self, use: str = "id", **changes: Any) -> dict[str, Any]:
        now_s = self.site.cloud.clock.now_ms() / 1000
        given = {"iss": f"{HOST}/{POOL}", "token_use": use, "aud": None, **KINDS[use], **changes}
        return self.issuer.claims(now_s, **given)

    def token(self, use: str = "id", **changes: Any) -> str:
        return self.issuer.token(self.claims(use, **changes))

    def make(self, *pools: str, scopes: list[str] | None = None, **settings: Any) -> str:
        """An API with GET / behind an authorizer; its path."""
        site, client = self.site, self.site.client
        api_id = site.make({"GET /": {}})
        given = {
            "name": "pool",
            "type": "COGNITO_USER_POOLS",
            "identitySource": "method.request.header.Authorization",
            "providerARNs": [arn(pool) for pool in pools or (POOL,)],
            **settings,
        }
        self.authorizer = client.create_authorizer(restApiId=api_id, **given)
        root = client.get_resources(restApiId=api_id)["items"][0]["id"]
        where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
        operations = [
            {"op": "replace", "path": "/authorizationType", "value": "COGNITO_USER_POOLS"},
            {"op": "replace", "path": "/authorizerId", "value": self.authorizer["id"]},
            *({"op": "add", "path": "/authorizationScopes", "value": scope} for scope in scopes or ()),
        ]
        self.method = client.update_method(**where, patchOperations=operations)
        client.create_deployment(restApiId=api_id, stageName="dev")
        self.api_id = api_id
        return named(api_id, "/dev/")

    def ask(self, path: str, token: str = "", header: str = "Authorization") -> Answer:
        return self.site.ask("GET", path, headers={header: token} if token else {})

    def seen(self) -> Any:
        """``requestContext.authorizer`` of the last event."""
        return self.site.function.events[-1]["requestContext"]["authorizer"]


@pytest.fixture(scope="module")
def issued_by() -> Iterator[Issuer]:
    with issuer() as running:
        yield running


@pytest.fixture
def pool(site: Site, issued_by: Issuer) -> Iterator[Pool]:
    world = site.cloud.cloud.world
    world.issuers.detour = Detour(issued_by.url)
    yield Pool(site, issued_by)
    world.issuers.detour = None
    world.serving.become(Serving())


def refused(answer: Answer, message: str = "Unauthorized") -> bool:
    return (answer.status, answer.json, answer.headers["x-amzn-errortype"]) == (
        401,
        {"message": message},
        "UnauthorizedException",
    )


def test_an_identity_token_passes_with_and_without_bearer(pool: Pool) -> None:
    own = f"{REGION}_OnceAsked"
    path = pool.make(own)
    given: dict[str, Any] = {"cognito:groups": ["admins", "users"], "email_verified": True, "auth_time": 1_559_612_917}
    token = pool.token(iss=f"{HOST}/{own}", **given)
    for sent in (token, f"Bearer {token}"):
        assert pool.ask(path, sent).status == 200
    claims = pool.seen()["claims"]
    assert claims["cognito:groups"] == "admins,users"
    assert (claims["email_verified"], claims["auth_time"], claims["sub"]) == ("true", "1559612917", "ada")
    assert claims["iss"] == f"{HOST}/{own}"
    assert list(pool.seen()) == ["claims"]
    # Keys have one place in every pool, and are asked for once.
    assert [asked for asked in pool.issuer.asked if own in asked] == [f"/{own}/.well-known/jwks.json"]
    assert pool.authorizer["authType"] == "cognito_user_pools"
    assert pool.authorizer["providerARNs"] == [arn(own)]


def test_dates_look_as_on_aws(pool: Pool) -> None:
    path = pool.make()
    assert pool.ask(path, pool.token(iat=1_559_618_611, exp=4_102_444_800)).status == 200
    claims = pool.seen()["claims"]
    assert (claims["iat"], claims["exp"]) == ("Tue Jun 04 03:23:31 UTC 2019", "Fri Jan 01 00:00:00 UTC 2100")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{HOST}/{REGION}_Another01"},
        {"iss": None},
        {"token_use": "access"},
        {"token_use": None},
        {"iat": 4_102_444_800},
        {"exp": "never"},
    ],
)
def test_what_does_not_pass(pool: Pool, changes: dict[str, Any]) -> None:
    path = pool.make()
    assert refused(pool.ask(path, pool.token(**changes)))
    assert pool.site.function.events == [] and pool.hints == []


def test_forged_tokens_do_not_pass(pool: Pool) -> None:
    path = pool.make()
    claims = pool.claims()
    for token in (
        "",
        "nonsense",
        pool.issuer.unsigned(claims),
        pool.issuer.confused(claims),
        pool.issuer.token(claims, kid="other"),
        pool.token()[:-8] + "AAAAAAAA",
    ):
        assert refused(pool.ask(path, token)), token
    assert pool.site.function.events == []


def test_a_token_that_was_good_says_so(pool: Pool) -> None:
    path = pool.make()
    assert refused(pool.ask(path, pool.token(exp=1_600_000_000, iat=1)), "The incoming token has expired")
    pool.site.client.put_gateway_response(
        restApiId=pool.api_id,
        responseType="UNAUTHORIZED",
        statusCode="403",
        responseTemplates={"application/json": '{"why":$context.error.messageString}'},
    )
    pool.site.client.create_deployment(restApiId=pool.api_id, stageName="dev")
    answer = pool.ask(path, pool.token(exp=1_600_000_000, iat=1))
    assert (answer.status, answer.json) == (403, {"why": "The incoming token has expired"})


def test_scopes_take_access_tokens_alone(pool: Pool) -> None:
    path = pool.make(scopes=["notes/read", "notes/write"])
    assert pool.method["authorizationScopes"] == ["notes/read", "notes/write"]
    assert pool.ask(path, pool.token("access", scope="openid notes/write")).status == 200
    assert pool.seen()["claims"]["scope"] == "openid notes/write"
    for token in (pool.token("access", scope="openid"), pool.token("access"), pool.token(scope="notes/read")):
        assert refused(pool.ask(path, token))


def test_an_expression_validates_the_audience(pool: Pool) -> None:
    path = pool.make(identityValidationExpression="cli.*")
    assert pool.ask(path, pool.token()).status == 200
    assert refused(pool.ask(path, pool.token(aud="another")))
    path = pool.make(identityValidationExpression="cli.*", scopes=["a"])
    assert refused(pool.ask(path, pool.token("access", scope="a")))


def test_several_pools_and_another_header(pool: Pool) -> None:
    path = pool.make(f"{REGION}_Another01", POOL, identitySource="method.request.header.X-Token")
    assert pool.ask(path, pool.token(), "X-Token").status == 200
    assert refused(pool.ask(path, pool.token()))


def test_nobody_comes_in_through_a_stand_in_and_one_hint_says_why(pool: Pool) -> None:
    local = f"{REGION}_local8hint"  # Which no other test is told of.
    path = pool.make(local)
    for token in ("", pool.token(), pool.token(iss=f"{HOST}/{local}"), pool.token(exp=1)):
        assert pool.ask(path, token).status == 401
    assert len(pool.hints) == 1
    assert f"the user pool {local} is a stand-in" in pool.hints[0]
    assert "noAuth: true" in pool.hints[0] and "ignoreJWTSignature: true" in pool.hints[0]


def test_tokens_may_be_believed_without_a_signature(pool: Pool) -> None:
    """serverless-offline's ``ignoreJWTSignature``: all else of a token is judged, as far as the pool is one."""
    path, local = pool.make(), pool.make(LOCAL)
    pool.site.cloud.cloud.world.serving.become(Serving(trusts_tokens=True))
    token = f"{encoded({})}.{encoded(pool.claims(sub='bob'))}.x"
    for place in (path, local):
        assert pool.ask(place, f"Bearer {token}").status == 200
        assert pool.seen()["claims"]["sub"] == "bob"
    other = f"{encoded({})}.{encoded(pool.claims(iss='https://example.com'))}.x"
    assert refused(pool.ask(path, other))
    assert pool.ask(local, other).status == 200
    expired = f"{encoded({})}.{encoded(pool.claims(exp=1, iat=1))}.x"
    assert refused(pool.ask(local, expired), "The incoming token has expired")
    assert refused(pool.ask(path, "nonsense"))


def test_nobody_need_be_asked(pool: Pool) -> None:
    """serverless-offline's ``noAuth``."""
    path = pool.make(LOCAL)
    pool.site.cloud.cloud.world.serving.become(Serving(lets_everybody_in=True))
    assert pool.ask(path).status == 200
    assert pool.ask(path, f"Bearer {encoded({})}.{encoded({'sub': 'eve'})}.x").status == 200
    assert pool.seen()["claims"] == {"sub": "eve"}
    assert pool.ask(path, '{"iam": {"userId": "x"}}', header="sls-offline-authorizer-override").status == 200
    assert pool.seen() == {"iam": {"userId": "x"}}


def test_a_trial_says_what_the_token_says(pool: Pool) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html: identity tokens alone."""
    pool.make()
    where = {"restApiId": pool.api_id, "authorizerId": pool.authorizer["id"]}
    good = pool.site.client.test_invoke_authorizer(**where, headers={"Authorization": pool.token()})
    assert (good["clientStatus"], good["claims"]["sub"]) == (0, "ada")
    bad = pool.site.client.test_invoke_authorizer(**where, headers={"Authorization": pool.token("access")})
    assert (bad["clientStatus"], "claims" in bad) == (401, False)
    assert "the token's use is access, not id" in bad["log"]


def test_templates_see_claims(pool: Pool) -> None:
    path = pool.make()
    client = pool.site.client
    root = client.get_resources(restApiId=pool.api_id)["items"][0]["id"]
    template = json.dumps({"sub": "$context.authorizer.claims.sub", "t": "$context.authorizer.claims['custom:t']"})
    function = "path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
    client.put_integration(
        restApiId=pool.api_id,
        resourceId=root,
        httpMethod="GET",
        type="AWS",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:{function}",
        requestTemplates={"application/json": template},
    )
    client.create_deployment(restApiId=pool.api_id, stageName="dev")
    pool.ask(path, pool.token(**{"custom:t": "acme"}))
    assert pool.site.function.events == [{"sub": "ada", "t": "acme"}]


def test_settings_are_checked(pool: Pool) -> None:
    pool.make()
    client, api_id = pool.site.client, pool.api_id
    good = {"name": "p", "type": "COGNITO_USER_POOLS", "identitySource": "method.request.header.A"}
    for wrong in ([], ["arn:aws:lambda:us-east-1:1:function:f"]):
        with pytest.raises(client.exceptions.BadRequestException, match="Invalid request input"):
            client.create_authorizer(restApiId=api_id, **good, providerARNs=wrong)
    where = {"restApiId": api_id, "authorizerId": pool.authorizer["id"]}
    change = [{"op": "add", "path": "/providerARNs", "value": arn(LOCAL)}]
    assert client.update_authorizer(**where, patchOperations=change)["providerARNs"] == [arn(POOL), arn(LOCAL)]
    change = [{"op": "remove", "path": "/providerARNs", "value": arn(POOL)}]
    assert client.update_authorizer(**where, patchOperations=change)["providerARNs"] == [arn(LOCAL)]
    with pytest.raises(client.exceptions.BadRequestException, match="Invalid patch path"):
        client.update_authorizer(**where, patchOperations=change)
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    given = {"restApiId": api_id, "resourceId": root, "httpMethod": "PUT", "authorizationScopes": ["a"]}
    with pytest.raises(client.exceptions.BadRequestException, match="only valid for COGNITO_USER_POOLS"):
        client.put_method(**given, authorizationType="NONE")
