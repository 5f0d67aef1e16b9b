"""JSON Web Tokens signed with HS256, by the standard library alone: who issues them, and who lets their bearers in."""

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

HEADER = {"alg": "HS256", "typ": "JWT"}
ROUTES = {"member": ["GET/members/*", "PUT/members/{sub}"], "admin": ["*/members/*", "GET/admin/*", "GET/mapped"]}


def login(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A token for whoever asks; a real one would ask for a password."""
    asked = json.loads(event["body"])
    if not asked["name"].isalnum() or asked.get("role", "member") not in ROUTES:
        # The name becomes a part of a policy, in which * means everybody.
        return {"statusCode": 400, "body": json.dumps({"message": "no name, or no role"})}
    claims = {"sub": asked["name"], "role": asked.get("role", "member")}
    return {"statusCode": 200, "body": json.dumps({"token": issued(claims, asked.get("seconds", 3600))})}


def authorize(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A TOKEN authorizer. Its policy speaks of every route that a role may call, because it is kept for all of them."""
    print(f"asked about {event['methodArn']}")
    try:
        claims = checked(event["authorizationToken"].removeprefix("Bearer "))
    except ValueError:
        raise Exception("Unauthorized") from None
    stage = "/".join(event["methodArn"].split("/")[:2])
    routes = [f"{stage}/{route.format(**claims)}" for route in ROUTES[claims["role"]]]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": routes}
    return {
        "principalId": claims["sub"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"role": claims["role"], "expires": claims["exp"]},
    }


def issued(claims: dict[str, Any], seconds: int) -> str:
    payload = {**claims, "exp": int(time.time()) + seconds}
    signed = ".".join(_coded(json.dumps(part).encode()) for part in (HEADER, payload))
    return f"{signed}.{_coded(_signature(signed))}"


def checked(token: str) -> dict[str, Any]:
    """The claims. Raises ValueError for a token that is not ours, was changed or has expired."""
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if json.loads(_decoded(header)) != HEADER or not hmac.compare_digest(_decoded(signature), _signature(signed)):
        raise ValueError("not ours")
    claims: dict[str, Any] = json.loads(_decoded(payload))
    if claims["exp"] <= time.time():
        raise ValueError("expired")
    return claims


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(signed: str) -> bytes:
    return hmac.new(os.environ["SECRET"].encode(), signed.encode(), hashlib.sha256).digest()
