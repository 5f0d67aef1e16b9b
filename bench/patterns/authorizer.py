"""Checking a token of RS256, beside bare joserfc."""

from joserfc import jwk, jwt

from bench.patterns.rounds import medians_us
from bench.report import Row
from stratolite_patterns.authorizer import Signer, SigningKey

CALLS = 1000
OVER_BARE_MAX = 1.20


def run() -> list[Row]:
    """All rows."""
    key = jwk.RSAKey.generate_key(2048)
    signer = Signer(SigningKey("1", "RS256", key.as_pem(private=True)), issuer="https://me", audience="api")
    token = signer.sign("ada", roles=["reader"], email="ada@example.com")
    verifier = signer.verifier()
    public = jwk.RSAKey.import_key(key.as_pem(private=False))
    ours_us, bare_us = medians_us(
        lambda: verifier.verify(token), lambda: jwt.decode(token, public, algorithms=["RS256"]), calls=CALLS
    )
    ratio = ours_us / bare_us
    return [
        Row(
            "authorizer: an RS256 token checked",
            f"{ratio:.2f}x ({ours_us:.0f} us)",
            f"joserfc, signature alone {bare_us:.0f} us",
            f"<= {OVER_BARE_MAX:.2f}x",
            ratio <= OVER_BARE_MAX,
        )
    ]
