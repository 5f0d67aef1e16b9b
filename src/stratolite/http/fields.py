"""Fields of requests and responses as others want to see them: values of one name joined, cookies one by one."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from stratolite.http.message import Request

_UNSAFE = re.compile(r"[\r\n\x00]")


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values of each name, joined with commas."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string, decoded, in order."""
    pairs = []
    for part in query.split("&") if query else ():
        if part:
            name, _, value = part.partition("=")
            pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


def cookies(request: Request) -> list[str]:
    """The cookies that a request sends: ``["a=1", "b=2"]``."""
    return [one.strip() for line in request.headers.all("cookie") for one in line.split(";") if one.strip()]


def port_of(request: Request) -> str:
    """The port that the client addressed."""
    port = request.host.rpartition(":")[2]
    if port.isdigit() and port.isascii():
        return port
    return "443" if request.scheme == "https" else "80"


def one_line(text: str) -> str:
    """A header value without what would end its line, or what no value may have."""
    return "".join(character if character == "\t" or character >= " " else " " for character in text)


def latin(value: str) -> str:
    """A header value that can be sent: line breaks become spaces, other characters their UTF-8 bytes."""
    if value.isascii() and value.isprintable():
        return value  # As nearly all are: a pattern would take 0.4 µs to say so.
    safe = _UNSAFE.sub(" ", value)
    return safe if safe.isascii() else safe.encode("utf-8", "replace").decode("latin-1")
