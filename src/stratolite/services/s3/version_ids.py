"""Ids of versions: random, with a check by which one that was given out is told from one that never was.

AWS tells them apart as well: to delete a version that is gone already is no error, and one that never was is missing.
"""

import zlib

from stratolite.core.entropy import Entropy

LENGTH = 32
CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
_CHECK_LENGTH = 5


def made(entropy: Entropy) -> str:
    """A new id."""
    drawn = entropy.token(LENGTH - _CHECK_LENGTH, CHARS)
    return drawn + _check(drawn)


def was_given_out(version_id: str) -> bool:
    """Whether an id is one of ours, be the version there or not."""
    return version_id[-_CHECK_LENGTH:] == _check(version_id[:-_CHECK_LENGTH])


def _check(text: str) -> str:
    found = zlib.crc32(text.encode())
    return "".join(CHARS[found >> 6 * place & 63] for place in range(_CHECK_LENGTH))
