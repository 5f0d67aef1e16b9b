"""An issuer of JSON Web Tokens on this machine: it signs, rotates its keys, and can be down or slow."""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey
from tests.web_servers import QuietHandler, WebServer


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer(WebServer):
    """A running issuer. ``asked`` are the paths that were asked for.

    Each has a realm of its own: an earlier one may have had the same port, and a cloud that keeps its keys.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.realm = f"/realm-{uuid.uuid4()}"
        self.status = 200
        self.delay_s = 0.0
        self.document: dict[str, Any] | None = None
        """What discovery answers in the place of the right thing."""
        self.keys: list[RSAKey] = []
        self.rotate("one")
        issuer = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                time.sleep(issuer.delay_s)
                self.answer_with(issuer.status, json.dumps(issuer._answer(self.path)).encode())

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return f"{super().url}{self.realm}"

    def _answer(self, path: str) -> Any:
        if path == f"{self.realm}/.well-known/openid-configuration":
            return self.document or {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"keys": [{**key.as_dict(private=False), "use": "sig"} for key in self.keys]}

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on; the old ones are gone."""
        self.keys = [RSAKey.generate_key(2048, parameters={"kid": key_id})]

    def claims(self, now_s: float, **changes: Any) -> dict[str, Any]:
        """What a good token says; None takes a claim out."""
        good = {"iss": self.url, "aud": "app", "sub": "ada", "iat": int(now_s), "exp": int(now_s) + 3600}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, claims: Mapping[str, Any], *, algorithm: str = "RS256", **header: Any) -> str:
        """A signed token."""
        key = self.keys[0]
        fields = {"alg": algorithm, "kid": key.kid, **header}
        return jws.serialize_compact(fields, json.dumps(claims).encode(), key, algorithms=[algorithm])

    def confused(self, claims: Mapping[str, Any]) -> str:
        """A token that is signed with the public key as if that were a shared secret."""
        signed = f"{encoded({'alg': 'HS256', 'kid': self.keys[0].kid})}.{encoded(claims)}"
        secret = self.keys[0].as_pem(private=False)
        return f"{signed}.{encoded(hmac.new(secret, signed.encode(), 'sha256').digest())}"

    def unsigned(self, claims: Mapping[str, Any]) -> str:
        """A token with the algorithm ``none``."""
        return f"{encoded({'alg': 'none', 'kid': self.keys[0].kid})}.{encoded(claims)}."


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer that is closed at the end."""
    running = Issuer()
    try:
        yield running
    finally:
        running.close()
