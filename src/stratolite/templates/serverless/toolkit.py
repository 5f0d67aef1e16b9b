"""stratolite-patterns, the handler toolkit, comes with the product: a project needs no registry that has it.

A requirement that the version beside us meets (``stratolite-patterns[redis]>=0.1.0``) is installed from there; any
other one (``stratolite-patterns==0.0.9``) from wherever pip finds it.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

_REQUIREMENT = re.compile(
    r"stratolite[-_.]patterns\s*(\[[^]]*\])?\s*(?:>=\s*(\d+(?:\.\d+)*))?\s*(?:#.*)?", re.IGNORECASE
)


def by_path(line: str) -> str:
    """A line of requirements.txt; that of the toolkit with its path in place of its name, where ours will do."""
    found = _REQUIREMENT.fullmatch(line.strip())
    folder = place()
    if found is None or folder is None or _numbers(found[2] or "0") > _version(folder):
        return line
    return f"{folder}{found[1] or ''}"


def place() -> Path | None:
    """Where the toolkit's sources lie: in the package as it is installed, or in the checkout."""
    shipped, checkout = Path(__file__).parents[2] / "toolkit", Path(__file__).parents[4] / "patterns"
    return next((each for each in (shipped, checkout) if (each / "pyproject.toml").is_file()), None)


@cache
def _version(folder: Path) -> tuple[int, ...]:
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return _numbers(project["version"])


def _numbers(version: str) -> tuple[int, ...]:
    """``1.10`` as something to compare."""
    return tuple(int(number) for number in version.split("."))
