"""HTTP requests to the world outside: one each, within five seconds.

``send`` blocks, and runs in a thread of its own.
"""

import http.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from stratolite.http.detour import Detour

TIMEOUT_S = 5
ANSWER_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def pairs(parameters: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameters of a connection by name."""
    return {one["Key"]: one.get("Value", "") for one in parameters}


def with_query(url: str, query: Mapping[str, str]) -> str:
    """A URL with more parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def send(request: HttpCall, detour: Detour | None = None) -> tuple[int, bytes]:
    """Status and body of the answer. ``detour``: where requests to AWS's hosts go instead.

    Raises OSError (TimeoutError among them), HTTPException.
    """
    url, headers = request.url, [*request.headers.items()]
    if detour is not None:
        url, headers = detour.taken(url, headers)
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, path, body=request.body, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read(ANSWER_BYTES_MAX)
    finally:
        connection.close()
