"""Whether an event is JSON, and in which words it is refused (those of Jackson, which AWS's front end uses).

Recorded: ``test_lambda_invoke_payload_encoding_error``.
"""

import re

import msgspec

from stratolite.services.lambda_ import api

_SPACE = b" \t\r\n"
_TOKEN = re.compile(rb"[A-Za-z0-9_$]+")
_EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_WORDS = (b"null", b"true", b"false")


def check_json(payload: bytes) -> None:
    """Raises InvalidRequestContentException unless the payload is one JSON value in UTF-8."""
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
        payload.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem, column = _problem(payload)
        line = payload[: column - 1].count(b"\n") + 1
        raise api.InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {problem}\n at [Source: "
            f"REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]",
        ) from None


def _problem(payload: bytes) -> tuple[str, int]:
    """What is wrong, and in which column (from 1)."""
    start = len(payload) - len(payload.lstrip(_SPACE))
    if start == len(payload):
        return "No content to map due to end-of-input", start + 1
    first = payload[start : start + 1]
    if first.isalpha():
        word = _TOKEN.match(payload, start)
        assert word is not None
        end = word.end()
        if end < len(payload) and payload[end] >= 0x80:
            return f"Invalid UTF-8 start byte 0x{payload[end]:02x}", end + 2
        if word.group() not in _WORDS:
            return f"Unrecognized token '{word.group().decode()}': was expecting {_EXPECTED}", end + 1
    elif first not in (b'"', b"{", b"[", b"-") and not first.isdigit():
        return f"Unexpected character ({_shown(payload[start])}): expected a valid value {_EXPECTED}", start + 1
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return f"Invalid UTF-8 start byte 0x{payload[error.start]:02x}", error.start + 2
    return "Unexpected end-of-input or character within a JSON value", len(payload) + 1


def _shown(byte: int) -> str:
    return f"'{chr(byte)}' (code {byte})" if 0x20 <= byte < 0x7F else f"(CTRL-CHAR, code {byte})"
