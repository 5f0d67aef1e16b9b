"""Timestamps: epoch seconds in Python, three forms on the wire.

Source: https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

Seconds = int | float

SECONDS_MAX = 253_402_300_799
"""The last second of the year 9999."""

_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8})(\.[0-9]{1,20})?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")


def iso8601(value: Seconds, *, milliseconds: bool = False) -> str:
    """``2026-01-02T03:04:05Z``, with milliseconds when there are any, or always."""
    seconds, thousandths = divmod(round(value * 1000), 1000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{thousandths:03d}Z" if thousandths or milliseconds else f"{text}Z"


def rfc822(value: Seconds) -> str:
    """``Fri, 02 Jan 2026 03:04:05 GMT``."""
    return _rfc822(int(value))


# Remembered, because what is read is often read again: 5 µs less for one that is known.
@lru_cache(1024)
def _rfc822(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def writer(form: str) -> Callable[[Seconds], str | Seconds]:
    """What writes the form that a model names: ``iso8601``, ``rfc822`` or ``unixTimestamp``."""
    if form == "iso8601":
        return iso8601
    return rfc822 if form == "rfc822" else _unchanged


def _unchanged(value: Seconds) -> Seconds:
    return value


def parse(text: str) -> Seconds:
    """Any of the forms. Raises ValueError, also for a time before the year 1 or after the year 9999."""
    return bounded(_parse(text))


def bounded(seconds: Seconds) -> Seconds:
    """A time that a calendar has. Raises ValueError."""
    if not -62_135_596_800 <= seconds <= SECONDS_MAX:
        raise ValueError(f"no time: {seconds}")
    return seconds


def _parse(text: str) -> Seconds:
    found = _ISO.fullmatch(text)
    if found:
        date, clock, fraction, zone = found.groups()
        offset = "+00:00" if zone in (None, "Z") else zone
        moment = datetime.fromisoformat(f"{date}T{clock}{offset}")
        seconds = int(moment.timestamp())
        return seconds + float(fraction) if fraction and float(fraction) else seconds
    if _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"not a timestamp: {text!r}") from error
