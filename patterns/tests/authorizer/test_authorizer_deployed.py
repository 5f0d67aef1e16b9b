"""The authorizer in front of a REST API of the local cloud: 200, 401 and 403, right from the gateway's cache."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from deployed import function, packaged

pytest.importorskip("joserfc")

from stratolite_patterns.authorizer import Signer, SigningKey

SECRET = "a secret of at least 32 bytes...."
CODE = f"""
import json
import os
from stratolite_patterns.authorizer import caller


def protected(event, context):
    who = caller(event)
    return {{"statusCode": 200, "body": json.dumps([who.id, sorted(who.roles)])}}


def authorize(event, context):
    return handler(event, context)


def made():
    from stratolite_patterns.authorizer import Authorizer, Routes, Signer, SigningKey

    signer = Signer(SigningKey("1", "HS256", {SECRET!r}), issuer="https://me", audience="api")
    routes = Routes({{"reader": ["GET /posts", "GET /posts/{{id}}"], "admin": ["ANY /posts", "ANY /posts/{{id}}"]}})
    return Authorizer(signer.verifier(), routes, simple=os.environ["AUTHORIZES"] == "simple")


handler = made() if os.environ["AUTHORIZES"] != "no" else None
"""

PACKAGE = packaged(CODE)


@cache
def with_joserfc(code: bytes) -> bytes:
    """A package with joserfc and what it needs."""
    out = io.BytesIO(code)
    with zipfile.ZipFile(out, "a") as archive:
        for name in ("joserfc", "cryptography", "cffi", "_cffi_backend", "pycparser"):
            spec = find_spec(name)
            if spec is None or spec.origin is None:
                continue
            origin = Path(spec.origin)
            if origin.name != "__init__.py":
                archive.write(origin, origin.name)
                continue
            for path in origin.parent.rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    archive.write(path, str(path.relative_to(origin.parent.parent)))
    return out.getvalue()


def asked(url: str, method: str = "GET", token: str = "") -> tuple[int, Any]:
    """A request's status and body."""
    headers = {"Authorization": token} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def functions(client: Callable[[str], Any], authorizes: str) -> tuple[str, str]:
    """Deploy the authorizer and the protected function, which API Gateway may invoke; their ARNs."""
    lambda_, name = client("lambda"), uuid4().hex
    arns = (
        function(lambda_, f"a-{name}", "app.authorize", with_joserfc(PACKAGE), AUTHORIZES=authorizes),
        function(lambda_, f"p-{name}", "app.protected", PACKAGE, AUTHORIZES="no"),
    )
    for arn in arns:
        lambda_.add_permission(
            FunctionName=arn, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
    return arns


def uri(arn: str) -> str:
    """How APIs name a function."""
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def check(base: str, refused: int, missing: int = 401) -> None:
    """What each role may do, one after the other, so that what is cached answers too."""
    signer = Signer(SigningKey("1", "HS256", SECRET), issuer="https://me", audience="api")
    reader, admin = (f"Bearer {signer.sign('ada', roles=[role])}" for role in ("reader", "admin"))
    # The first question decides nothing about the others, though what is cached answers them.
    assert asked(f"{base}/posts", "POST", reader)[0] == 403
    assert asked(f"{base}/posts", "GET", reader) == (200, ["ada", ["reader"]])
    assert asked(f"{base}/posts/1", "GET", reader) == (200, ["ada", ["reader"]])
    assert asked(f"{base}/posts/1", "DELETE", reader)[0] == 403
    assert asked(f"{base}/posts/1", "DELETE", admin) == (200, ["ada", ["admin"]])
    expired = Signer(
        SigningKey("1", "HS256", SECRET), issuer="https://me", audience="api", now=lambda: 1_700_000_000
    ).sign("ada", roles=["admin"])
    assert asked(f"{base}/posts", "GET")[0] == missing
    for token in ("Bearer x.y.z", f"Bearer {expired}", f"{admin}x"):
        assert asked(f"{base}/posts", "GET", token)[0] == refused
    assert asked(f"{base}/posts", "GET", f"Bearer {signer.sign('eve')}")[0] == 403


def test_in_front_of_a_rest_api(cloud: str, client: Callable[[str], Any]) -> None:
    gateway = client("apigateway")
    authorizes, protected = functions(client, "policy")
    name = uuid4().hex
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    posts = gateway.create_resource(restApiId=api, parentId=root, pathPart="posts")["id"]
    post = gateway.create_resource(restApiId=api, parentId=posts, pathPart="{id}")["id"]
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="token",
        type="TOKEN",
        authorizerUri=uri(authorizes),
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=300,
    )["id"]
    for resource, method in ((posts, "GET"), (posts, "POST"), (post, "GET"), (post, "DELETE")):
        place = {"restApiId": api, "resourceId": resource, "httpMethod": method}
        gateway.put_method(**place, authorizationType="CUSTOM", authorizerId=authorizer)
        gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(protected))
    gateway.create_deployment(restApiId=api, stageName="prod")

    check(f"{cloud}/_aws/execute-api/{api}/prod", refused=401)


@pytest.mark.parametrize(
    ("form", "version", "refused"),
    [("policy", "1.0", 401), ("policy", "2.0", 401), ("simple", "2.0", 403)],
    ids=["1.0", "2.0 policy", "2.0 simple"],
)
def test_in_front_of_an_http_api(
    cloud: str, client: Callable[[str], Any], form: str, version: str, refused: int
) -> None:
    gateway = client("apigatewayv2")
    authorizes, protected = functions(client, form)
    api = gateway.create_api(Name="posts", ProtocolType="HTTP")["ApiId"]
    sources = ["$request.header.Authorization"] + (["$context.routeKey"] if form == "simple" else [])
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="token",
        AuthorizerType="REQUEST",
        AuthorizerUri=uri(authorizes),
        IdentitySource=sources,
        AuthorizerPayloadFormatVersion=version,
        EnableSimpleResponses=form == "simple",
        AuthorizerResultTtlInSeconds=300,
    )["AuthorizerId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=protected, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    for key in ("GET /posts", "POST /posts", "GET /posts/{id}", "DELETE /posts/{id}"):
        gateway.create_route(
            ApiId=api,
            RouteKey=key,
            Target=f"integrations/{integration}",
            AuthorizationType="CUSTOM",
            AuthorizerId=authorizer,
        )
    gateway.create_stage(ApiId=api, StageName="prod", AutoDeploy=True)
    check(f"{cloud}/_aws/execute-api/{api}/prod", refused=refused)
