"""The keys with which issuers sign: found by discovery, kept for a while, fetched again when a token names another one.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html (AWS keeps keys for
two hours). Issuers can be anywhere, at http as well as at https: locally they are often on this machine, where they
begin with new keys each time they start, often under the same id. User pools of AWS are asked there; one that only
stands in for another has no keys, and nobody is asked.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core import pools
from stratolite.core.clock import Clock
from stratolite.core.kept import Kept
from stratolite.http import client
from stratolite.http.client import RequestFailed
from stratolite.http.detour import Detour
from stratolite.http.loopback import is_here

log = logging.getLogger("stratolite.issuers")

DISCOVERY_PATH = "/.well-known/openid-configuration"
KEYS_TTL_S = 2 * 60 * 60
"""How long keys are kept."""
REFETCHED_AFTER_S = 10
"""How soon keys may be fetched again for a token that they do not fit."""
FAILED_FOR_S = 2
"""How long an issuer that could not be asked is not asked again."""
FETCH_TIMEOUT_S = 5.0
"""What one of the two requests may take."""
DOCUMENT_BYTES_MAX = 256 * 1024
KEYS_MAX = 100
"""How many keys of an issuer are read."""
ISSUERS_MAX = 100
"""How many issuers' keys are kept."""
TOKENS_MAX = 1000
"""How many tokens of an issuer whose signature was right are remembered, so that the next request with them costs no
50 µs of arithmetic. Their claims are judged each time."""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had: nobody can be let in by them."""


@dataclass(slots=True)
class KeySet:
    """An issuer's RSA keys by their ids."""

    keys: Mapping[str, Any]
    fetched_ms: int
    verified: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Claims by tokens whose signature is right."""

    def remember(self, token: str, claims: Mapping[str, Any]) -> None:
        """Remember that a token's signature is right."""
        if len(self.verified) >= TOKENS_MAX:
            self.verified.clear()
        self.verified[token] = claims


class Issuers:
    """The keys of all issuers. One fetch at a time for each."""

    detour: Detour | None = None
    """Where issuers at hosts of AWS are asked, if not there."""

    def __init__(self, clock: Clock, tell: Callable[[str], None] = lambda hint: None) -> None:
        self._clock = clock
        self._tell = tell
        self._sets: Kept[str, KeySet] = Kept(clock, ISSUERS_MAX)
        self._failed: Kept[str, str] = Kept(clock, ISSUERS_MAX)
        self._fetching: dict[str, asyncio.Future[KeySet]] = {}

    def explain(self, issuer: str) -> None:
        """Tell whoever watches why nobody comes in, where the issuer is a stand-in for a user pool."""
        pool = pools.stand_in(issuer)
        if pool:
            self._tell(
                f"the user pool {pool} is a stand-in: nobody can sign up or in here, and no token is of it. To try what"
                " it guards, have plugins: [serverless-offline] and custom: {serverless-offline: {noAuth: true}}, which"
                " asks nobody for a token, or {ignoreJWTSignature: true}, which believes tokens without a signature; or"
                " name a pool on AWS by its ARN: its tokens are good here."
            )

    async def keys_of(self, issuer: str, key_id: str) -> KeySet:
        """An issuer's keys; fetched again when ``key_id`` is not among them. Raises KeysUnavailable."""
        if pools.stand_in(issuer):
            raise KeysUnavailable("it is a stand-in for a user pool, which has no keys")
        known = self._sets.get(issuer)
        if known is None:
            return await self._fetched(issuer)
        return known if key_id in known.keys or self._is_new(known) else await self._fetched(issuer)

    async def keys_after(self, issuer: str, known: KeySet) -> KeySet:
        """An issuer's keys when a signature was wrong by those that are known. Raises KeysUnavailable.

        They are the same, except for an issuer on this machine: it may have been started again, with other keys.
        """
        return await self._fetched(issuer) if is_here(issuer) and not self._is_new(known) else known

    def _is_new(self, known: KeySet) -> bool:
        return self._clock.now_ms() - known.fetched_ms < REFETCHED_AFTER_S * 1000

    async def _fetched(self, issuer: str) -> KeySet:
        reason = self._failed.get(issuer)
        if reason is not None:
            raise KeysUnavailable(reason)
        fetching = self._fetching.get(issuer)
        if fetching is None:
            fetching = self._fetching[issuer] = asyncio.ensure_future(self._fetch(issuer))
            fetching.add_done_callback(lambda done: self._done(issuer, done))
        # Whoever stops waiting must not take it from the others.
        return await asyncio.shield(fetching)

    def _done(self, issuer: str, fetching: "asyncio.Future[KeySet]") -> None:
        self._fetching.pop(issuer, None)
        if not fetching.cancelled():
            # Those who wait are told; where nobody does any more, it is no news.
            fetching.exception()

    async def close(self) -> None:
        """Stop fetching."""
        fetching = list(self._fetching.values())
        for each in fetching:
            each.cancel()
        await asyncio.gather(*fetching, return_exceptions=True)

    async def _fetch(self, issuer: str) -> KeySet:
        try:
            document = await self._document(await self._place(issuer.rstrip("/")))
            found = KeySet(_keys(document.get("keys")), self._clock.now_ms())
        except KeysUnavailable as error:
            self._failed.keep(issuer, str(error), FAILED_FOR_S)
            log.warning("the keys of the issuer %s cannot be had, so nobody is let in: %s", issuer, error)
            raise
        self._sets.keep(issuer, found, KEYS_TTL_S)
        return found

    async def _place(self, issuer: str) -> str:
        """Where an issuer's keys are. Raises KeysUnavailable."""
        if pools.is_pool(issuer):
            return issuer + pools.KEYS_PATH
        uri = (await self._document(issuer + DISCOVERY_PATH)).get("jwks_uri")
        if not isinstance(uri, str):
            raise KeysUnavailable(f"{issuer}{DISCOVERY_PATH} names no jwks_uri")
        return uri

    async def _document(self, url: str) -> dict[str, Any]:
        """A JSON object from a URL. Raises KeysUnavailable."""
        try:
            answer = await client.request(
                "GET",
                url,
                [("accept", "application/json")],
                timeout_s=FETCH_TIMEOUT_S,
                answer_bytes_max=DOCUMENT_BYTES_MAX,
                detour=self.detour,
            )
        except RequestFailed as error:
            raise KeysUnavailable(str(error)) from None
        if answer.status != 200:
            raise KeysUnavailable(f"{url} answered {answer.status}")
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise KeysUnavailable(f"{url} answered with what is no JSON object")
        return document


def _keys(given: Any) -> Mapping[str, Any]:
    """The RSA keys for signatures in a list of JSON Web Keys; what is none of them is passed over."""
    # Half a tenth of a second, and the first request that needs it pays.
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    keys: dict[str, Any] = {}
    for each in given[:KEYS_MAX] if isinstance(given, list) else ():
        if not isinstance(each, dict) or each.get("kty") != "RSA" or each.get("use", "sig") != "sig":
            continue
        if isinstance(each.get("kid"), str):
            try:
                keys[each["kid"]] = RSAKey.import_key({name: each[name] for name in ("kty", "n", "e")})
            except (JoseError, KeyError, TypeError, ValueError):
                continue
    return keys
