"""The answers that a service compresses: which encoding a client's Accept-Encoding asks for, and the packing.

DynamoDB packs what is long enough for that. https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding says how the
header is read; of encodings that are wanted alike, the first one is taken.
"""

import gzip
import re
import zlib
from functools import lru_cache

COMPRESSED_FROM_BYTES = 4096
_LEVEL = 1
"""A client on the same machine waits for the packing longer than for the bytes."""
_CODING = re.compile(r"([^\s;]+)\s*(?:;(.*))?", re.DOTALL)
_WEIGHT = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+", re.ASCII)
_KNOWN = ("gzip", "deflate")


@lru_cache(256)
def wanted_encoding(accepted: str) -> str:
    """``gzip`` or ``deflate``, as the Accept-Encoding header prefers; empty where it wants neither."""
    weights: dict[str, float] = {}
    for field in accepted.lower().split(","):
        coding = _CODING.fullmatch(field.strip())
        if coding is not None:
            weights.setdefault(coding[1], _weight(coding[2] or ""))
    for name in _KNOWN:
        weights.setdefault(name, weights.get("*", 0.0))
    known = {name: weight for name, weight in weights.items() if name in _KNOWN and weight > 0}
    return max(known, key=known.__getitem__, default="")


def _weight(parameters: str) -> float:
    """How much an encoding is wanted, 0 to 1: all of it, unless a readable ``q`` says less."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return min(max(float(value), 0.0), 1.0) if _WEIGHT.fullmatch(value) else 1.0
    return 1.0


def packed(body: bytes, encoding: str) -> bytes:
    """The body in an encoding that ``wanted_encoding`` named."""
    return gzip.compress(body, _LEVEL, mtime=0) if encoding == "gzip" else zlib.compress(body, _LEVEL)
