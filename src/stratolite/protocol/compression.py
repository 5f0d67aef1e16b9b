"""Which encoding DynamoDB packs a long answer in: the one that the client wants most of those it knows.

Of encodings that are wanted alike, the first one is taken; what else the client would rather have does not matter.
"""

from functools import lru_cache

from stratolite.http import encodings

COMPRESSED_FROM_BYTES = 4096


@lru_cache(256)
def wanted_encoding(accepted: str) -> str:
    """``gzip`` or ``deflate``, as the Accept-Encoding header prefers; empty where it wants neither."""
    wanted = dict(encodings.weights(accepted))
    for name in encodings.PACKED:
        wanted.setdefault(name, wanted.get("*", 0.0))
    known = {name: weight for name, weight in wanted.items() if name in encodings.PACKED and weight > 0}
    return max(known, key=known.__getitem__, default="")
