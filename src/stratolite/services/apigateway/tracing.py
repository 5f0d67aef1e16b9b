"""X-Ray trace headers of requests to deployed APIs.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re

from stratolite.services.world import World

_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24})")


def trace_of(sent: str, world: World) -> tuple[str, str]:
    """(the header that the integration sees, the trace id of everything that follows).

    A root that the client sent goes on; anything else begins a new trace.
    """
    match = _ROOT.search(sent) if sent else None
    if match is not None:
        header = sent
        root = match.group(1)
    else:
        root = f"1-{world.clock.now_ms() // 1000:08x}-{world.entropy.hexadecimal(24)}"
        header = f"Root={root}"
    if "Parent=" in header:
        return header, header
    return header, f"Root={root};Parent={world.entropy.hexadecimal(16)};Sampled=0"
