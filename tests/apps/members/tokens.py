"""JSON Web Tokens signed with HS256, by the standard library alone."""

import base64
import hashlib
import hmac
import json
import os
import time

HEADER = {"alg": "HS256", "typ": "JWT"}


def _coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(signed):
    return hmac.new(os.environ["SECRET"].encode(), signed.encode(), hashlib.sha256).digest()


def issue(claims, seconds=3600):
    payload = {**claims, "exp": int(time.time()) + seconds}
    signed = ".".join(_coded(json.dumps(part).encode()) for part in (HEADER, payload))
    return f"{signed}.{_coded(_signature(signed))}"


def check(token):
    """The claims. Raises ValueError for a token that is not ours, was changed or has expired."""
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if json.loads(_decoded(header)) != HEADER or not hmac.compare_digest(_decoded(signature), _signature(signed)):
        raise ValueError("not ours")
    claims = json.loads(_decoded(payload))
    if claims["exp"] <= time.time():
        raise ValueError("expired")
    return claims
