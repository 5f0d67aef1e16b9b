"""RESP, the language of Redis: requests out of bytes, answers into bytes. Knows no socket and no command.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Mapping
from typing import Any

BULK_BYTES_MAX = 512 * 1024 * 1024
PARTS_MAX = 1024 * 1024
INLINE_BYTES_MAX = 64 * 1024


class ProtocolError(Exception):
    """What a client sent is no RESP; its connection ends after this text."""


class Text(bytes):
    """An answer that is a word of the server's: a simple string."""


class Fault(Exception):
    """An answer that is an error, its code first."""


class Push(list[Any]):
    """A message that answers nothing: what a subscription brings."""


class Requests:
    """Takes bytes as they come, gives the requests that are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> list[bytes] | None:
        """The next request, None until it is whole. Raises ProtocolError."""
        while True:
            if not self._missing:
                line = self._line()
                if line is None:
                    return None
                if not line.startswith(b"*"):
                    words = line.split()
                    if words:
                        return words
                    continue
                self._missing = _number(line[1:], PARTS_MAX, "invalid multibulk length")
                if self._missing <= 0:
                    self._missing = 0
                    continue
            part = self._part()
            if part is None:
                return None
            self._parts.append(part)
            self._missing -= 1
            if not self._missing:
                whole, self._parts = self._parts, []
                return whole

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > INLINE_BYTES_MAX:
                raise ProtocolError("too big inline request")
            return None
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _part(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > INLINE_BYTES_MAX:
                raise ProtocolError("too big bulk count string")
            return None
        if self._buffer[:1] != b"$":
            raise ProtocolError(f"expected '$', got '{chr(self._buffer[0])}'")
        length = _number(bytes(self._buffer[1:end]), BULK_BYTES_MAX, "invalid bulk length")
        if length < 0:
            raise ProtocolError("invalid bulk length")
        begin = end + 2
        if len(self._buffer) < begin + length + 2:
            return None
        part = bytes(self._buffer[begin : begin + length])
        del self._buffer[: begin + length + 2]
        return part


def _number(text: bytes, largest: int, refusal: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ProtocolError(refusal) from None
    if number > largest:
        raise ProtocolError(refusal)
    return number


def encode(value: Any, protocol: int) -> bytes:
    """An answer in RESP 2 or 3. Raises TypeError for what neither has."""
    parts: list[bytes] = []
    _write(value, protocol, parts)
    return b"".join(parts)


def _write(value: Any, protocol: int, parts: list[bytes]) -> None:
    if value is None:
        parts.append(b"_\r\n" if protocol == 3 else b"$-1\r\n")
    elif isinstance(value, Text):
        parts.append(b"+%s\r\n" % value)
    elif isinstance(value, bytes):
        parts.append(b"$%d\r\n%s\r\n" % (len(value), value))
    elif isinstance(value, bool):
        parts.append((b"#t\r\n" if value else b"#f\r\n") if protocol == 3 else b":%d\r\n" % value)
    elif isinstance(value, int):
        parts.append(b":%d\r\n" % value)
    elif isinstance(value, float):
        shown = _double(value)
        parts.append(b",%s\r\n" % shown if protocol == 3 else b"$%d\r\n%s\r\n" % (len(shown), shown))
    elif isinstance(value, str):
        _write(value.encode(), protocol, parts)
    elif isinstance(value, Fault):
        parts.append(b"-%s\r\n" % " ".join(str(value).splitlines()).encode())
    elif isinstance(value, Mapping):
        parts.append(b"%%%d\r\n" % len(value) if protocol == 3 else b"*%d\r\n" % (2 * len(value)))
        for pair in value.items():
            for one in pair:
                _write(one, protocol, parts)
    else:
        _write_many(value, protocol, parts)


def _write_many(value: Any, protocol: int, parts: list[bytes]) -> None:
    if isinstance(value, set | frozenset):
        head = b"~" if protocol == 3 else b"*"
    elif isinstance(value, list | tuple):
        head = b">" if protocol == 3 and isinstance(value, Push) else b"*"
    else:
        raise TypeError(f"RESP has no {type(value).__name__}")
    parts.append(head + b"%d\r\n" % len(value))
    for one in value:
        _write(one, protocol, parts)


def _double(value: float) -> bytes:
    if value in (float("inf"), float("-inf")):
        return b"inf" if value > 0 else b"-inf"
    return f"{value:.17g}".encode()
