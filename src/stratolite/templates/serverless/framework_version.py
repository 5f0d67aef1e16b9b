"""Which versions of the Serverless Framework a file is written for: ``frameworkVersion``, a range of npm's.

Follows https://github.com/npm/node-semver#ranges, as far as major versions go.
"""

import re
from typing import Any

MAJOR = 3
"""The major version of the Serverless Framework whose files are compiled."""
_COMPARATOR = re.compile(r"(>=|<=|>|<|=|\^|~>?)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_RANGE = re.compile(r"(\S+)\s+-\s+(\S+)")


def allows(wanted: Any, major: int) -> bool:
    """Whether a range has a version of a major one. What is no range allows all."""
    text = str(wanted) if wanted is not None else ""
    choices = [_COMPARATOR.findall(_RANGE.sub(r">=\1 <=\2", each)) for each in text.split("||")]
    return any(
        all(_fits(sign, int(number), minor, patch, major) for sign, number, minor, patch in each) for each in choices
    )


def is_older(wanted: Any) -> bool:
    """Whether a file is for versions before the one that is compiled: they warn of a variable that names nothing."""
    return not allows(wanted, MAJOR) and any(allows(wanted, major) for major in range(1, MAJOR))


def is_newer(wanted: Any) -> bool:
    """Whether a file is for version 4, which has builds and the packages of Python inbuilt."""
    return not allows(wanted, MAJOR) and allows(wanted, MAJOR + 1)


def _fits(sign: str, number: int, minor: str, patch: str, major: int) -> bool:
    if sign in (">", ">="):
        return number <= major
    if sign == "<":
        return number > major or (number == major and bool(int(minor or 0) or int(patch or 0)))
    return number >= major if sign == "<=" else number == major
