"""Timestamps: epoch seconds in Python, three forms on the wire.

Source: https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

Seconds = int | float

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")


def iso8601(value: Seconds, *, milliseconds: bool = False) -> str:
    """``2026-01-02T03:04:05Z``, with milliseconds when there are any, or always."""
    seconds, thousandths = divmod(round(value * 1000), 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{thousandths:03d}Z" if thousandths or milliseconds else f"{text}Z"


def rfc822(value: Seconds) -> str:
    """``Fri, 02 Jan 2026 03:04:05 GMT``."""
    return formatdate(int(value), usegmt=True)


def writer(form: str) -> Callable[[Seconds], str | Seconds]:
    """What writes the form that a model names: ``iso8601``, ``rfc822`` or ``unixTimestamp``."""
    if form == "iso8601":
        return iso8601
    return rfc822 if form == "rfc822" else _unchanged


def _unchanged(value: Seconds) -> Seconds:
    return value


def parse(text: str) -> Seconds:
    """Any of the forms. Raises ValueError."""
    found = _ISO.match(text)
    if found:
        date, clock, fraction, zone = found.groups()
        offset = "+00:00" if zone in (None, "Z") else zone
        moment = datetime.fromisoformat(f"{date}T{clock}{offset}")
        seconds = int(moment.timestamp())
        return seconds + float(fraction) if fraction and float(fraction) else seconds
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"not a timestamp: {text!r}") from error
