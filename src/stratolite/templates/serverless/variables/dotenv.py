"""``.env`` files, as the packages dotenv 16 and dotenv-expand 10 read them.

``.env.<stage>`` stands in for ``.env`` where it exists; what the process's environment sets already stays.
Follows https://www.serverless.com/framework/docs/environment-variables
"""

import re
from collections.abc import Mapping
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.document import decoded, read_bytes

EXPANSIONS_MAX = 1_000

_LINE = re.compile(
    r"""
    ^\s* (?:export\s+)? (?P<key>[\w.-]+) (?:\s*=\s*?|:\s+?)
    (?P<value> \s*'(?:\\'|[^'])*' | \s*"(?:\\"|[^"])*" | \s*`(?:\\`|[^`])*` | [^#\n]+ )?
    \s* (?:\#.*)? $
    """,
    re.MULTILINE | re.VERBOSE | re.ASCII,
)
_QUOTED = re.compile(r"^(['\"`])([\s\S]*)\1$", re.MULTILINE)
_DOLLAR = re.compile(r"(?<!\\)\$")
_NAMED = re.compile(r"(?<!\\)\$\{?(\w+)(?::-([^}\\]*))?\}?", re.ASCII)


def load(folder: Path, stage: str, environment: Mapping[str, str]) -> tuple[dict[str, str], Path | None]:
    """The environment with what a folder's file adds, and that file if there is one. Raises UserError."""
    for file in (folder / f".env.{stage}", folder / ".env"):
        if file.exists():
            return expanded(parse(decoded(read_bytes(file), str(file))), environment, str(file)), file
    return dict(environment), None


def parse(text: str) -> dict[str, str]:
    """Names and values as they are written: without quotes, newlines of double quotes made real."""
    values = {}
    for match in _LINE.finditer(re.sub(r"\r\n?", "\n", text)):
        raw = (match["value"] or "").strip()
        value = _QUOTED.sub(r"\2", raw)
        if raw.startswith('"'):
            value = value.replace("\\n", "\n").replace("\\r", "\r")
        values[match["key"]] = value
    return values


def expanded(values: dict[str, str], environment: Mapping[str, str], file: str) -> dict[str, str]:
    """The environment with these values, each with the variables that it names (``$A``, ``${A:-b}``) filled in."""
    result = {**values, **environment}
    known = dict(values)
    for key in values:
        value = result[key]
        for _ in range(EXPANSIONS_MAX):
            filled = _filled(value, result, known)
            if filled is None:
                break
            value = filled
        else:
            raise UserError(f"the value of {key} names itself", where=file, todo="Write the value out.")
        known[key] = value.replace("\\$", "$")
    return {**result, **known}


def _filled(value: str, environment: Mapping[str, str], known: Mapping[str, str]) -> str | None:
    """The value with its last variable filled in; None when it names none."""
    dollars = [match.start() for match in _DOLLAR.finditer(value)]
    match = _NAMED.match(value, dollars[-1]) if dollars else None
    if match is None:
        return None
    return value.replace(match[0], environment.get(match[1]) or match[2] or known.get(match[1]) or "", 1)
