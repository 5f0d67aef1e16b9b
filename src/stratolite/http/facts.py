"""What conditions in a policy can ask of a request (``core/conditions.py``)."""

from collections.abc import Mapping

from stratolite.http.message import Request


def facts_of(request: Request, now_ms: int) -> Mapping[str, str]:
    """What is known of a request, by the condition key in lower case."""
    seconds = str(now_ms / 1000)
    facts = {
        "aws:sourceip": request.client,
        "aws:securetransport": "true" if request.scheme == "https" else "false",
        "aws:currenttime": seconds,
        "aws:epochtime": seconds,
    }
    for key, name in (("aws:useragent", "user-agent"), ("aws:referer", "referer")):
        if name in request.headers:
            facts[key] = request.headers.get(name)
    return facts
