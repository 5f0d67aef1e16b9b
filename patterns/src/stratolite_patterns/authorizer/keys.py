"""Keys that verify tokens: given, or fetched from an issuer's JWKS, cached, rotated, and bounded when it is down.

Every key is pinned to algorithms of its own kind, so that a public RSA key is never taken for an HMAC secret.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

ALGORITHMS: Mapping[str, tuple[str, str]] = {
    "HS256": ("oct", ""),
    "HS384": ("oct", ""),
    "HS512": ("oct", ""),
    "RS256": ("RSA", ""),
    "RS384": ("RSA", ""),
    "RS512": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
"""What tokens may be signed with: the kind of key and, for EC, its curve."""
SECRET_BYTES_MIN = {"HS256": 32, "HS384": 48, "HS512": 64}
"""RFC 7518, 3.2: a secret has no fewer bits than the hash."""
RSA_BITS_MIN = 2048
DOCUMENT_BYTES_MAX = 512 * 1024
KEYS_MAX = 100
RETRY_S = 5
"""How soon a URL that did not answer is asked again."""
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class KeysUnavailable(Exception):
    """No keys can be had, and none that were had are young enough: what cannot be checked is refused."""


class UnsafeKey(ValueError):
    """A key that is too short, of another kind than its algorithm, or none at all."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its id and the algorithms that it verifies. ``native`` is joserfc's key."""

    kid: str | None
    algorithms: frozenset[str]
    native: Any


class Keys(Protocol):
    """Where a verifier finds keys."""

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The key of an id that fits an algorithm; of no id, the only one that does. Raises KeysUnavailable."""


def key_of(material: str | bytes | Mapping[str, Any], algorithm: str, *, kid: str | None = None) -> Key:
    """A key for one algorithm, from a secret (HS), a PEM or a JWK. Raises UnsafeKey."""
    if algorithm not in ALGORITHMS:
        raise UnsafeKey(f"{algorithm} is none of {', '.join(ALGORITHMS)}")
    kind, curve = ALGORITHMS[algorithm]
    if kind == "oct" and not isinstance(material, Mapping):
        secret = material.encode() if isinstance(material, str) else bytes(material)
        if b"-----BEGIN" in secret:
            raise UnsafeKey(f"a PEM is no secret for {algorithm}")
        material = _octets(secret)
    elif isinstance(material, str | bytes):
        material = _jwk_of_pem(material, kind)
    if material.get("kty") != kind:
        raise UnsafeKey(f"{algorithm} needs a key of kind {kind}, not {material.get('kty')}")
    native = _native(material)
    _check_strength(native, material, algorithm, curve)
    return Key(kid if kid is not None else material.get("kid"), frozenset({algorithm}), native)


def keys_of(document: Any, *, allow_secrets: bool = False) -> list[Key]:
    """The keys of a JWKS document that verify signatures. Others are left out: an issuer may publish what we do not
    know.

    Raises UnsafeKey where there is no document of keys at all.
    """
    given = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(given, list) or len(given) > KEYS_MAX:
        raise UnsafeKey(f"a JWKS has a list of {KEYS_MAX} keys at most")
    found = []
    for jwk in given:
        if not isinstance(jwk, Mapping) or not _verifies(jwk) or (jwk.get("kty") == "oct" and not allow_secrets):
            continue
        usable = []
        for algorithm, (kind, curve) in ALGORITHMS.items():
            if jwk.get("kty") == kind and jwk.get("alg", algorithm) == algorithm and jwk.get("crv", curve) == curve:
                usable.append(algorithm)
        try:
            native = _native(jwk)
            for algorithm in usable:
                _check_strength(native, jwk, algorithm, ALGORITHMS[algorithm][1])
        except UnsafeKey:
            continue
        if usable:
            kid = jwk.get("kid")
            found.append(Key(kid if isinstance(kid, str) else None, frozenset(usable), native))
    return found


def choose(keys: Iterable[Key], kid: str | None, algorithm: str) -> Key | None:
    """The key of an id that fits an algorithm. Without an id, the only one that fits: never one after another."""
    fitting = [key for key in keys if algorithm in key.algorithms and (kid is None or key.kid == kid)]
    return fitting[0] if len(fitting) == 1 else None


class StaticKeys:
    """Keys that are given. Several make a rotation: sign with one, verify with all."""

    def __init__(self, *keys: Key) -> None:
        ids = [key.kid for key in keys]
        if len(keys) > 1 and (None in ids or len(set(ids)) < len(ids)):
            raise UnsafeKey("several keys need ids that differ")
        self._keys = keys

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The key of an id that fits an algorithm."""
        return choose(self._keys, kid, algorithm)


class Jwks:
    """An issuer's keys, from the URL of its JWKS.

    They are fetched when first needed and again after ``ttl_s``. An unknown id fetches them sooner, but at most every
    ``refetch_s_min``, so that tokens with made-up ids cannot drive requests. While the URL does not answer, keys stay
    good for ``stale_s`` after they were fetched; then KeysUnavailable is raised. One thread fetches at a time, for
    ``timeout_s`` at most, and others go on with the keys that there are.
    """

    def __init__(
        self,
        url: str,
        *,
        ttl_s: float = 3600,
        stale_s: float = 24 * 3600,
        refetch_s_min: float = 30,
        timeout_s: float = 3,
        fetch: Callable[[str, float], bytes] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_url(url)
        self.url = url
        self._ttl_s = ttl_s
        self._stale_s = stale_s
        self._refetch_s_min = refetch_s_min
        self._timeout_s = timeout_s
        self._fetch = fetch or fetched
        self._now = now
        self._lock = threading.Lock()
        self._keys: list[Key] = []
        self._fetched_s: float | None = None
        self._tried_s: float | None = None
        self._reason = "not fetched yet"

    @classmethod
    def of_issuer(cls, issuer: str, **options: Any) -> "Jwks":
        """The keys of an OpenID issuer, by its discovery document. Raises KeysUnavailable, UnsafeKey.

        The document has to name that very issuer:
        https://openid.net/specs/openid-connect-discovery-1_0.html#rfc.section.4.3
        """
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        _check_url(url)
        fetch = options.get("fetch") or fetched
        try:
            document = json.loads(fetch(url, float(options.get("timeout_s", 3))))
        except (OSError, ValueError) as error:
            raise KeysUnavailable(f"{url}: {error}") from error
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise UnsafeKey(f"{url} is the document of another issuer")
        return cls(str(document.get("jwks_uri")), **options)

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The key of an id that fits an algorithm. Raises KeysUnavailable."""
        now_s = self._now()
        if self._fetched_s is None or now_s - self._fetched_s > self._ttl_s:
            self._refresh(waits=self._fetched_s is None)
        key = choose(self._usable(), kid, algorithm)
        if key is None:
            before_s = self._fetched_s
            # Another thread may be fetching the very key that is missed.
            self._refresh(waits=True)
            if self._fetched_s != before_s:
                key = choose(self._usable(), kid, algorithm)
        return key

    def _usable(self) -> list[Key]:
        if self._fetched_s is None or self._now() - self._fetched_s > self._stale_s:
            raise KeysUnavailable(f"{self.url}: {self._reason}")
        return self._keys

    def _refresh(self, *, waits: bool) -> None:
        """Fetch, unless that was tried a moment ago. Who ``waits`` does so for another thread that is at it."""
        if not self._lock.acquire(blocking=waits, timeout=self._timeout_s * 2 if waits else -1):
            return
        try:
            now_s = self._now()
            is_fresh = self._fetched_s is not None and self._fetched_s == self._tried_s
            wait_s = self._refetch_s_min if is_fresh else min(RETRY_S, self._refetch_s_min)
            if self._tried_s is not None and now_s - self._tried_s < wait_s:
                return
            self._tried_s = now_s
            try:
                keys = keys_of(json.loads(self._fetch(self.url, self._timeout_s)))
            except (OSError, ValueError) as error:
                self._reason = f"{type(error).__name__}: {error}"
                return
            self._keys, self._fetched_s = keys, now_s
        finally:
            self._lock.release()


def fetched(url: str, timeout_s: float) -> bytes:
    """A small document over HTTPS, within a time in all. Raises OSError; redirects are not followed."""
    import http.client
    import ssl

    parts = urlsplit(url)
    limit_s = time.monotonic() + timeout_s
    if parts.scheme == "https":
        tls = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout_s, context=tls
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"accept": "application/json"})
        sock = connection.sock
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"answered {answer.status}")
        body = b""
        # Piece by piece, since a server that sends a byte now and then would keep any time-out of the socket.
        while piece := answer.read1(65536):
            body += piece
            left_s = limit_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(f"no whole answer within {timeout_s} s")
            if len(body) > DOCUMENT_BYTES_MAX:
                raise OSError(f"more than {DOCUMENT_BYTES_MAX} bytes")
            if sock is not None and sock.fileno() >= 0:
                sock.settimeout(left_s)
        return body
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise UnsafeKey(f"{url}: keys come over https")


def _verifies(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops")
    return jwk.get("use", "sig") == "sig" and (not isinstance(operations, list) or "verify" in operations)


def _native(jwk: Mapping[str, Any]) -> Any:
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    if jwk.get("kty") == "oct" and len(str(jwk.get("k"))) * 3 // 4 < SECRET_BYTES_MIN["HS256"]:
        raise UnsafeKey(f"a secret has {SECRET_BYTES_MIN['HS256']} bytes or more")
    # What the key says of its use was read already; ids and certificates are not joserfc's business.
    bare = {name: value for name, value in jwk.items() if name in ("kty", "n", "e", "d", "p", "q", "dp", "dq", "qi")}
    bare |= {name: value for name, value in jwk.items() if name in ("crv", "x", "y", "k")}
    try:
        native = import_key(bare)
        if jwk.get("kty") != "oct":
            _ = native.raw_value
        return native
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise UnsafeKey(f"no key: {type(error).__name__}: {error}") from error


def _check_strength(native: Any, jwk: Mapping[str, Any], algorithm: str, curve: str) -> None:
    if algorithm in SECRET_BYTES_MIN and len(native.raw_value) < SECRET_BYTES_MIN[algorithm]:
        raise UnsafeKey(f"{algorithm} needs a secret of {SECRET_BYTES_MIN[algorithm]} bytes or more")
    if jwk.get("kty") == "RSA" and native.raw_value.key_size < RSA_BITS_MIN:
        raise UnsafeKey(f"{algorithm} needs a key of {RSA_BITS_MIN} bits or more")
    if curve and jwk.get("crv") != curve:
        raise UnsafeKey(f"{algorithm} needs a key on {curve}")


def _octets(secret: bytes) -> dict[str, Any]:
    from base64 import urlsafe_b64encode

    return {"kty": "oct", "k": urlsafe_b64encode(secret).rstrip(b"=").decode()}


def _jwk_of_pem(pem: str | bytes, kind: str) -> Mapping[str, Any]:
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        return dict(import_key(pem, kind).dict_value)  # type: ignore[call-overload]
    except (JoseError, ValueError, TypeError) as error:
        raise UnsafeKey(f"no PEM of a key of kind {kind}: {error}") from error
