"""Who asks: what an access key says of the caller.

A signature is not checked: whoever reaches this machine's port is trusted, and the access key says for which account
they speak. Twelve digits are an account. A temporary key that STS issued here stands for its session until that
expires, and a key that IAM made here for its user. Every other key, such as one that was left over in the environment,
speaks for the default account.
"""

from dataclasses import dataclass
from functools import lru_cache

from stratolite.core.access_keys import TEMPORARY_PREFIX, USER_PREFIX
from stratolite.core.call import ACCOUNT_DEFAULT
from stratolite.core.errors import AwsError, ExpiredToken, ExpiredTokenException
from stratolite.core.ports import Ports


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the access key says it."""

    account: str
    principal: str = ""
    """ARN; empty for the account itself."""


def caller_of(key_id: str, protocol: str, ports: Ports, now_ms: int) -> Caller:
    """The caller that an access key names. Raises the protocol's own error when the key has expired."""
    if len(key_id) == 12 and key_id.isascii() and key_id.isdigit():
        return _account(key_id)
    if key_id.startswith(TEMPORARY_PREFIX) and ports.offers("identity"):
        identity = ports.identity.resolve(key_id)
        if identity is not None:
            if identity.expires_ms <= now_ms:
                raise _EXPIRED.get(protocol, ExpiredTokenException)()
            return Caller(identity.account, identity.principal)
    if key_id.startswith(USER_PREFIX) and ports.offers("access_key"):
        owner = ports.access_key.owner(key_id)
        if owner is not None:
            return Caller(owner.account, owner.principal)
    return Caller(ACCOUNT_DEFAULT)


@lru_cache(1024)
def _account(key_id: str) -> Caller:
    return Caller(key_id)


class _ExpiredTokenOfS3(ExpiredToken):
    """S3 words it in its own way: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

    code = "ExpiredToken"
    status = 400
    text = "The provided token has expired."


class _ExpiredTokenOfRest(ExpiredTokenException):
    """Services of the REST protocol with JSON, such as Lambda, forbid."""

    code = "ExpiredTokenException"
    status = 403


_EXPIRED: dict[str, type[AwsError]] = {
    "query": ExpiredToken,
    "rest-xml": _ExpiredTokenOfS3,
    "rest-json": _ExpiredTokenOfRest,
}
