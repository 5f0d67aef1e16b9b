"""serverless-offline-ssm: parameters of Systems Manager as the file says them, on one machine and for chosen stages.

``custom.serverless-offline-ssm.ssm`` comes first, then lines of ``.env`` whose names are those of the parameters.
Source: https://github.com/janders223/serverless-offline-ssm (6.2.0).
"""

from pathlib import Path
from typing import Any

from stratolite.templates.document import List, Map, decoded, read_bytes
from stratolite.templates.javascript import coerced

NAME = "serverless-offline-ssm"


def parameter(settings: Any, folder: Path, stage: str, name: str) -> str | None:
    """The value of a parameter; None where the plugin has none, or is not for this stage. Raises UserError."""
    stages = settings.get("stages") if isinstance(settings, Map) else None
    if not isinstance(stages, List) or stage not in stages:
        return None
    said = settings.get("ssm")
    value = said.get(name) if isinstance(said, Map) else None
    if value not in (None, ""):
        return coerced(value)
    file = folder / ".env"
    if not file.is_file():
        return None
    lines = [line.partition("=") for line in decoded(read_bytes(file), str(file)).strip().split("\n")]
    return {key: rest for key, sign, rest in lines if sign}.get(name)
