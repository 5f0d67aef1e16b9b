"""Chance: the only module that draws random numbers, ids and tokens.

``SystemEntropy`` asks the operating system. ``SeededEntropy`` repeats exactly for one seed, so that a simulation
can be run again; its output is no secret.
"""

import base64
import os
import random
from abc import ABC, abstractmethod

LOWER_ALNUM = "0123456789abcdefghijklmnopqrstuvwxyz"
BLOCK_BYTES = 48
"""What most draws need at most: all ids of one request to a deployed API."""
BLOCKS = 64
UPPER_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


UUID_BYTES = 16


def uuid_of(drawn: bytes) -> str:
    """The version 4 UUID of 16 random bytes, lower case with dashes."""
    digits = drawn.hex()
    variant = "89ab"[drawn[8] >> 4 & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Entropy(ABC):
    """What the dice are. Every id and every jitter in the product comes from here."""

    @abstractmethod
    def token_bytes(self, count: int) -> bytes:
        """``count`` random bytes."""

    def integer(self, bound: int) -> int:
        """A whole number in ``[0, bound)``."""
        return int.from_bytes(self.token_bytes(16), "big") % bound

    def fraction(self) -> float:
        """A number in ``[0, 1)``."""
        return self.integer(1 << 53) / (1 << 53)

    def uuid(self) -> str:
        """A version 4 UUID, lower case with dashes."""
        return uuid_of(self.token_bytes(UUID_BYTES))

    def token(self, length: int, alphabet: str = LOWER_ALNUM) -> str:
        """``length`` characters of ``alphabet`` (at most 256 characters long)."""
        size = len(alphabet)
        return "".join(alphabet[byte % size] for byte in self.token_bytes(length))

    def hexadecimal(self, length: int) -> str:
        """``length`` lower-case hexadecimal digits."""
        return self.token_bytes((length + 1) // 2).hex()[:length]

    def base64url(self, count: int) -> str:
        """``count`` random bytes as unpadded URL-safe base 64."""
        return base64.urlsafe_b64encode(self.token_bytes(count)).rstrip(b"=").decode()


class SystemEntropy(Entropy):
    """The operating system's generator. Small draws come from blocks that one system call fetches together."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def token_bytes(self, count: int) -> bytes:
        if count > BLOCK_BYTES:
            return os.urandom(count)
        try:
            # One step of the interpreter: no two threads get the same block.
            return self._blocks.pop()[:count]
        except IndexError:
            drawn = os.urandom(BLOCK_BYTES * BLOCKS)
            self._blocks += [drawn[start : start + BLOCK_BYTES] for start in range(0, len(drawn), BLOCK_BYTES)]
            return os.urandom(count)


class SeededEntropy(Entropy):
    """A generator that repeats exactly for one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)
