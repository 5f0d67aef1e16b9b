"""Access key ids: ``ASIA`` (temporary) or ``AKIA`` (a user's) and sixteen characters of base 32, which hold the account
and chance.

The layout is the one that AWS's keys have had since 2019: one bit set, 40 bits of account, 39 bits of chance.
"""

import base64
import binascii

from stratolite.core.entropy import Entropy

TEMPORARY_PREFIX = "ASIA"
USER_PREFIX = "AKIA"
SECRET_LENGTH = 40
TOKEN_BYTES = 240
_SECRET_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BODY_BYTES = 10
_CHANCE_BITS = 39
_ACCOUNT_BITS = 40


def access_key_id(account: str, entropy: Entropy, prefix: str = TEMPORARY_PREFIX) -> str:
    """A new key id of an account."""
    number = int(account) if account.isdecimal() else 0
    chance = int.from_bytes(entropy.token_bytes(5), "big") >> 1
    value = 1 << (_ACCOUNT_BITS + _CHANCE_BITS) | number << _CHANCE_BITS | chance
    return prefix + base64.b32encode(value.to_bytes(_BODY_BYTES, "big")).decode()


def account_of(key_id: str) -> str | None:
    """The account that a key id holds; None for an id of another form."""
    try:
        body = base64.b32decode(key_id[len(TEMPORARY_PREFIX) :])
    except binascii.Error:
        return None
    if len(body) != _BODY_BYTES or not body[0] & 0x80:
        return None
    number = (int.from_bytes(body, "big") >> _CHANCE_BITS) & ((1 << _ACCOUNT_BITS) - 1)
    return f"{number:012d}" if number < 10**12 else None


def secret_access_key(entropy: Entropy) -> str:
    """A new secret."""
    return entropy.token(SECRET_LENGTH, _SECRET_ALPHABET)


def session_token(entropy: Entropy, bytes_min: int) -> str:
    """A new session token of at least ``bytes_min`` characters."""
    count = max(TOKEN_BYTES, -(-bytes_min * 3 // 4))
    return base64.b64encode(entropy.token_bytes(count)).decode()
