"""Plain CloudFormation templates, in YAML or JSON, with short-form tags written out."""

from pathlib import Path
from typing import Any


def read(file: Path) -> dict[str, Any]:
    """The template in a file. Raises UserError with file, line and column."""
    raise NotImplementedError
