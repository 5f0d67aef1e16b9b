"""The encodings that a client takes an answer in, and the packing. Whether a service packs at all is the service's.

https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding says how the header is read.
"""

import gzip
import re
import zlib
from collections.abc import Mapping
from functools import lru_cache

PACKED = ("gzip", "deflate")
"""The encodings that answers are packed in here."""
_LEVEL = 1
"""A client on the same machine waits for the packing longer than for the bytes."""
_CODING = re.compile(r"([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;(.*))?", re.DOTALL)
_WEIGHT = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+", re.ASCII)


@lru_cache(256)
def weights(accepted: str) -> Mapping[str, float]:
    """How much an Accept-Encoding header wants each encoding that it names, 0 (not at all) to 1, in its order.

    Names are lower case, and ``*`` is one of them. What cannot be read is left out.
    """
    found: dict[str, float] = {}
    for field in accepted.lower().split(","):
        coding = _CODING.fullmatch(field.strip())
        if coding is not None:
            found.setdefault(coding[1], _weight(coding[2] or ""))
    return found


def _weight(parameters: str) -> float:
    """All of it, unless a readable ``q`` says less."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return min(max(float(value), 0.0), 1.0) if _WEIGHT.fullmatch(value) else 1.0
    return 1.0


def packed(body: bytes, encoding: str) -> bytes:
    """The body in one of the encodings ``PACKED``."""
    return gzip.compress(body, _LEVEL, mtime=0) if encoding == "gzip" else zlib.compress(body, _LEVEL)
