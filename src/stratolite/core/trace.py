"""X-Ray's trace header, which everything that one request causes carries.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from stratolite.core.entropy import Entropy

HEADER_BYTES_MAX = 1024


def trace_header(sent: str, now_ms: int, entropy: Entropy) -> str:
    """The header that a client sent when it names a root, else one of its own, which is not sampled."""
    if "Root=" in sent and len(sent) <= HEADER_BYTES_MAX:
        return sent
    ids = entropy.token_bytes(20).hex()
    return f"Root=1-{now_ms // 1000:08x}-{ids[:24]};Parent={ids[24:]};Sampled=0"
