"""The tokens of this API: signed at login, verified by the authorizer, with the key that Secrets Manager keeps.

A new key goes first, under a new name; tokens of the old one are good until they expire.
"""

from functools import cache

from stratolite_patterns.authorizer import Signer, SigningKey

from community.access import AUDIENCE, ISSUER
from community.config import keys, settings


@cache
def signer() -> Signer:
    """Signs and verifies."""
    key = SigningKey("2026-01", "HS256", keys().signing_key.reveal())
    return Signer(key, issuer=ISSUER, audience=AUDIENCE, lifetime_s=settings().token_s)
