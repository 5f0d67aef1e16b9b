"""User pools of Cognito by their names: ARNs, issuers, and what a pool is called that only stands in for one.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

import re

LOCAL = "local"
"""What the ids of stand-ins begin with, behind the region: ``us-east-1_local7f2k``. One id of AWS in a thousand million
begins so."""
MISSING = "Missing"
"""The id of a pool of which nothing is known, as compilations fill it in."""
KEYS_PATH = "/.well-known/jwks.json"
_ARN = re.compile(r"arn:[^:]*:cognito-idp:([^:]*):[^:]*:userpool/([^/]+)")
_ISSUER = re.compile(r"https://cognito-idp\.[^/]+\.amazonaws\.com(?:\.cn)?/([^/]+)/?")
_REAL = re.compile(rf"[a-z0-9-]+_(?!{LOCAL}|{MISSING}$)[0-9a-zA-Z]+")


def issuer_of(arn: str) -> str | None:
    """The issuer of a pool's tokens: ``https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI``; None for an
    ARN that is none of a pool's."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    domain = "amazonaws.com.cn" if found[1].startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{found[1]}.{domain}/{found[2]}"


def is_pool(issuer: str) -> bool:
    """Whether an issuer is a user pool."""
    return _ISSUER.fullmatch(issuer) is not None


def stand_in(issuer: str) -> str:
    """The id of the pool behind an issuer, where it is none that AWS can have: a stand-in, or the gap that an author
    left in a file (``<your pool>``). Nobody has an account there. Else nothing."""
    found = _ISSUER.fullmatch(issuer)
    return "" if found is None or _REAL.fullmatch(found[1]) else found[1]
