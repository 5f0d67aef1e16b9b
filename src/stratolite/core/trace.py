"""X-Ray's trace header, which everything that one request causes carries.

Its ``Lineage`` says which functions a chain of events has been through, and how often: ``Lineage=a87bd80c:1|68fd:5``.
AWS documents no more of it than that it is there and is not to be touched; here the words are marks of functions.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
from collections.abc import Mapping

from stratolite.core.entropy import Entropy

HEADER_BYTES_MAX = 1024
LINEAGE_MAX = 32
"""How many functions a lineage names: of a longer chain it forgets the first."""

_LINEAGE = re.compile(r";?\s*Lineage=([^;]*)")
# boto3 quotes the bar when it hands the header on.
_ONE = re.compile(r"([0-9a-f]{8}):(\d{1,5})(?:\||%7C|$)", re.IGNORECASE)


def trace_header(sent: str, now_ms: int, entropy: Entropy) -> str:
    """The header that a client sent when it names a root, else one of its own, which is not sampled."""
    if "Root=" in sent and len(sent) <= HEADER_BYTES_MAX:
        return sent
    ids = entropy.token_bytes(20).hex()
    return f"Root=1-{now_ms // 1000:08x}-{ids[:24]};Parent={ids[24:]};Sampled=0"


def lineage(header: str) -> dict[str, int]:
    """How often each function has been run in the chain that led here, by its mark, in the order of first runs."""
    found = _LINEAGE.search(header) if "Lineage=" in header else None
    return {mark: int(count) for mark, count in _ONE.findall(found[1])} if found else {}


def with_lineage(header: str, counts: Mapping[str, int]) -> str:
    """The header with another lineage; with none where there are no counts."""
    bare = _LINEAGE.sub("", header) if "Lineage=" in header else header
    kept = list(counts.items())[-LINEAGE_MAX:]
    return f"{bare};Lineage={'|'.join(f'{mark}:{count}' for mark, count in kept)}" if kept else bare
