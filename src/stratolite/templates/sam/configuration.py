"""``samconfig.toml``: the values that ``sam deploy`` gives to a template's parameters.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import decoded, read_bytes

NAME = "samconfig.toml"
DEFAULT = "default"
_SECTIONS = ("global", "deploy")
_PAIR = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)", re.DOTALL)


def overrides(folder: Path, stage: str) -> dict[str, str]:
    """The values of parameters, of the environment that is called like the stage, else of ``default``.

    Raises UserError for a file that does not read.
    """
    file = folder / NAME
    if not file.is_file():
        return {}
    try:
        written = tomllib.loads(decoded(read_bytes(file), str(file)))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"malformed TOML: {error}", where=str(file), todo="Correct the TOML.") from error
    environment = written.get(stage, written.get(DEFAULT))
    found: dict[str, str] = {}
    for section in _SECTIONS:
        found |= dict(_pairs(_at(environment, section, "parameters", "parameter_overrides")))
    return found


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _pairs(given: Any) -> Iterator[tuple[str, str]]:
    """Names and values of ``A=b "C=d e"``, of a list of such texts, and of a table."""
    if isinstance(given, Mapping):
        yield from ((str(name), str(value)) for name, value in given.items())
        return
    for text in given if isinstance(given, list) else [given] if isinstance(given, str) else []:
        for word in shlex.split(str(text)):
            older = _PAIR.fullmatch(word)
            name, equals, value = (older[1], "=", older[2]) if older else word.partition("=")
            if equals:
                yield name, value
