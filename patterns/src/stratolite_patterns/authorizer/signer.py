"""Tokens of one's own: signed by the first of some keys, verified by all; and logins that tell nothing apart."""

import hashlib
import hmac
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from stratolite_patterns.authorizer.keys import ALGORITHMS, StaticKeys, UnsafeKey, key_of
from stratolite_patterns.authorizer.tokens import Verifier

RESERVED = frozenset({"iss", "aud", "exp", "iat", "nbf", "sub", "jti", "roles"})
LIFETIME_S = 3600
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
"""About 50 ms and 16 MB: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html"""
SALT_BYTES = 16
NOBODY = f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${'A' * 22}==${'A' * 43}="
"""A hash that no password has: it takes the time of one."""
PASSWORD_BYTES_MAX = 1024


class SigningKey:
    """A key to sign with: a secret of 32 bytes or more (HS256), or the PEM of a private key (RS256, ES256).

    ``kid`` is its name in tokens. Raises UnsafeKey.
    """

    def __init__(self, kid: str, algorithm: str, material: str | bytes) -> None:
        if not kid:
            raise UnsafeKey("kid: a key without a name cannot be rotated")
        self.kid = kid
        self.algorithm = algorithm
        self.key = key_of(material, algorithm, kid=kid)
        if ALGORITHMS[algorithm][0] != "oct" and not self.key.native.is_private:
            raise UnsafeKey(f"{algorithm} signs with a private key")

    def __repr__(self) -> str:
        return f"<SigningKey {self.kid}, {self.algorithm}>"


class Signer:
    """Signs tokens. To rotate, put the new key first and keep the old one until its last token expired."""

    def __init__(
        self,
        *keys: SigningKey,
        issuer: str,
        audience: str,
        lifetime_s: int = LIFETIME_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not keys:
            raise ValueError("keys: at least one is needed")
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.lifetime_s = lifetime_s
        self._now = now

    def sign(self, subject: str, *, roles: Iterable[str] = (), **claims: Any) -> str:
        """A token for a subject. Raises ValueError for claims that the signer itself decides about.

        Raises TypeError for a subject that is no text, and for one text in place of a list of roles.
        """
        if not isinstance(subject, str) or isinstance(roles, str):
            raise TypeError("subject: a text is needed, and for roles a list: roles=['admin']")
        taken = RESERVED & set(claims)
        if taken or not subject:
            raise ValueError(f"{', '.join(sorted(taken))}: set by the signer" if taken else "subject: is empty")
        from joserfc import jwt

        now_s = int(self._now())
        own = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": now_s,
            "exp": now_s + self.lifetime_s,
            "jti": uuid4().hex,
            "roles": sorted(roles),
        }
        key = self.keys[0]
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        return jwt.encode(header, claims | own, key.key.native, algorithms=[key.algorithm])

    def verifier(self, **options: Any) -> Verifier:
        """A verifier of its tokens, with the options of Verifier. All keys have to be of one kind."""
        options.setdefault("now", self._now)
        options.setdefault("algorithms", tuple(dict.fromkeys(key.algorithm for key in self.keys)))
        keys = StaticKeys(*(key.key for key in self.keys))
        return Verifier(keys, issuer=self.issuer, audience=self.audience, **options)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The document by which others verify: public keys alone. Secrets have no public part, and are left out."""
        shown = []
        for key in self.keys:
            if ALGORITHMS[key.algorithm][0] != "oct":
                public = dict(key.key.native.as_dict(private=False))
                shown.append(public | {"kid": key.kid, "alg": key.algorithm, "use": "sig"})
        return {"keys": shown}


class LoginFailed(Exception):
    """Wrong password, or nobody of that name: the same text and the same time for both."""

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong")


def hash_password(password: str) -> str:
    """What is stored in place of a password: scrypt, with a salt of its own. Raises ValueError over 1024 bytes."""
    salt = os.urandom(SALT_BYTES)
    digest = _scrypt(password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
    shown = [b64encode(part).decode() for part in (salt, digest)]
    return "$".join(["scrypt", str(SCRYPT_N), str(SCRYPT_R), str(SCRYPT_P), *shown])


def check_password(password: str, stored: str) -> bool:
    """Whether a password is the one of a stored hash; False for what is no hash."""
    try:
        kind, n, r, p, salt, digest = stored.split("$")
        if kind != "scrypt":
            return False
        made = _scrypt(password, b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(made, b64decode(digest))
    except ValueError:
        return False


class Login:
    """Logs people in: ``find`` gives the stored hash and the roles of a name, or None for nobody."""

    def __init__(self, signer: Signer, find: Callable[[str], tuple[str, Iterable[str]] | None]) -> None:
        self.signer = signer
        self._find = find

    def __call__(self, name: str, password: str) -> str:
        """A token. Raises LoginFailed."""
        found = self._find(name)
        if found is None:
            # Who measures the time must not learn which names there are.
            check_password(password, NOBODY)
            raise LoginFailed
        stored, roles = found
        if not check_password(password, stored):
            raise LoginFailed
        return self.signer.sign(name, roles=roles)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    secret = password.encode()
    if not 0 < len(secret) <= PASSWORD_BYTES_MAX:
        raise ValueError(f"password: 1 to {PASSWORD_BYTES_MAX} bytes are needed")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, dklen=32)
