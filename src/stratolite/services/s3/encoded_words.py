"""Metadata that is more than ASCII: headers carry it as an encoded word of RFC 2047.

Which of the two encodings is used, and what it leaves alone, is as in Java's mail API, from which S3 seems to have it.

Source: RFC 2047, and recorded answers (test_user_metadata_rfc2047_encoded).
"""

import base64
import binascii
import re

_WORD = re.compile(r"=\?([^?\s]+)\?([QqBb])\?([^?\s]*)\?=", re.ASCII)
_SAFE_IN_Q = frozenset(range(0x21, 0x7F)) - frozenset(b"=_?")
_SPACES = frozenset("\t\r\n")


def decode(header: str) -> str:
    """The text of a header value as it came over the wire: UTF-8, perhaps as one encoded word."""
    text = header.encode("latin-1", "replace").decode("utf-8", "replace")
    found = _WORD.fullmatch(text)
    if found is None:
        return text
    charset, encoding, word = found.groups()
    try:
        data = base64.b64decode(word) if encoding in "Bb" else _of_q(word)
        return data.decode(charset, "replace")
    except (LookupError, binascii.Error):
        return text


def encode(text: str) -> str:
    """The text as a header value: itself when it is ASCII, else one encoded word, Q when most of it is ASCII."""
    ascii_count = sum(1 for char in text if " " <= char < "\x7f" or char in _SPACES)
    if ascii_count == len(text):
        return text
    if ascii_count > len(text) - ascii_count:
        return f"=?UTF-8?Q?{_to_q(_bytes_of(text))}?="
    return word_of(text)


def word_of(text: str) -> str:
    """The text as one encoded word, whatever it is: also one that looks like an encoded word itself."""
    return f"=?UTF-8?B?{base64.b64encode(_bytes_of(text)).decode()}?="


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _to_q(data: bytes) -> str:
    return "".join("_" if byte == 0x20 else chr(byte) if byte in _SAFE_IN_Q else f"={byte:02X}" for byte in data)


def _of_q(word: str) -> bytes:
    text = word.replace("_", " ").encode("latin-1", "replace")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text)
