"""The head of an answer in HTTP/1.1: its status line and header fields, as bytes.

A response's fields are handed on as they are, but for those that are the connection's own business.
"""

import re
from functools import lru_cache
from http import HTTPStatus

from stratolite.http.fields import latin, one_line
from stratolite.http.incoming import Incoming
from stratolite.http.message import Response
from stratolite.http.upgrade import Upgrade

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_SPECIAL = frozenset({"connection", "transfer-encoding", "content-length", "date"})
"""Header fields of answers that are not just handed on: the first two are the connection's own."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def head(incoming: Incoming, response: Response, date: str, framing: str, *, keep_length: bool = False) -> bytes:
    """The head of the answer to a request, which may say that the connection ends with it.

    ``date``: what the field says unless the response does. ``framing`` says how long the body is, unless the response
    does and is to be believed (``keep_length``).
    """
    dated = f"date: {date}\r\n"
    text = _status_line(response.status)
    for name, value in response.headers:
        start, special = _known(name)
        if special:
            if special == "content-length":
                if not keep_length:
                    continue
                framing = ""
            elif special == "date":
                dated = ""
            else:
                incoming.keeps_alive = incoming.keeps_alive and value.lower() != "close"
                continue
        if start:
            text += f"{start}{value if value.isprintable() else one_line(value)}\r\n"
    ending = "\r\n" if incoming.keeps_alive else "connection: close\r\n\r\n"
    return f"{text}{dated}{framing}{ending}".encode("latin-1", "replace")


def switching(upgrade: Upgrade) -> bytes:
    """The head with which a connection goes on in another protocol."""
    lines = [_status_line(101), *(f"{name}: {latin(value)}\r\n" for name, value in upgrade.headers), "\r\n"]
    return "".join(lines).encode("latin-1", "replace")


def refused(status: int) -> tuple[Response, bytes]:
    """What a client hears of bytes that are no request, or of an end before the answer; and its body."""
    body = f"{status} {_PHRASES[status]}\n".encode()
    return Response(status, [("content-type", "text/plain"), ("connection", "close")], body), body


# Remembered, because every answer has the same few names and two or three statuses: 0.4 µs less for one of six fields.
@lru_cache(1024)
def _known(name: str) -> tuple[str, str]:
    """How a field of this name begins, or nothing when no header can have the name (functions choose them); and the
    name in lower case if it is one that the connection has to do with."""
    lower = name.lower()
    return f"{name}: " if _TOKEN.fullmatch(name) else "", lower if lower in _SPECIAL else ""


@lru_cache(1024)
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n"
