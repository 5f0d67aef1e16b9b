"""Versions that do not install on this machine's Python, and what is taken in their place.

An application of a retired runtime pins packages whose code that runtime could build and a later Python cannot. Under
``up`` alone such a package is taken in whatever version installs, and the user is told. Which one it is, pip says, in
words that differ from version to version: its ``--report`` tells what would be installed, and is written for nothing
that fails.
"""

import re
from collections.abc import Sequence, Set

from stratolite.templates.dependencies.requirements import name_of, normal

_NAME = r"([A-Za-z0-9][A-Za-z0-9._-]*)"
_SAID = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"No matching distribution found for {_NAME}",
        rf"Could not find a version that satisfies the requirement {_NAME}",
        rf"Failed building wheel for {_NAME}",
        rf"Failed to build '?{_NAME}'? when",
        r"Failed to build installable wheels for some pyproject.toml based projects \(([^)]+)\)",
        r"Could not build wheels for ([\w., -]+?),? which",
        r"^(?:ERROR: )?Failed to build ([\w. -]+)$",
        rf"╰─> {_NAME}\s*$",
        rf"Running setup.py install for {_NAME}.*did not run",
        r"Cannot install (.+?) because these package versions have conflicting",
        rf"^\s+{_NAME} \S+ depends on ",
        rf"The user requested \(?{_NAME}",
        r"/pip-(?:install|req-build)-[^/]+/([A-Za-z0-9][A-Za-z0-9._-]*?)(?:_[0-9a-f]{32})?/",
    )
)
"""How versions of pip since 19 name the package that failed."""
_COLLECTING = re.compile(rf"^Collecting {_NAME}", re.MULTILINE)
_BUILD_FAILS = re.compile(r"metadata-generation-failed|subprocess-exited-with-error|egg_info|setup\.py")
_HASH = re.compile(r"\s+--hash[= ]\S+")
_EXACT = re.compile(r"={2,3}\s*((\d+)(?:\.\d+)*)")
_LINE = re.compile(rf"\s*{_NAME}\s*(\[[^\]]*\])?\s*(\(?(?:[<>=!~]=?=?)[^;]*)?(;.*)?$")


BUILDING = re.compile(
    rf"(?:Building wheel for|Running setup\.py install for|Building) {_NAME}|Preparing metadata|Installing build dep"
    r"|Getting requirements to build"
)
"""What pip and uv say before they build a package from its source, and then nothing until it is done."""


def gave_up(lines: Sequence[str]) -> str:
    """What to read into a build that nobody waits for any longer, of the lines before it."""
    match = BUILDING.search(lines[-1]) if lines else None
    collected = _COLLECTING.findall("\n".join(lines))
    # Of a build without a name it is the package that was come to last.
    name = (match[1] if match is not None else "") or "".join(collected[-1:])
    return f"Failed to build '{name}' when the time for it was over"


def loosened(lines: Sequence[str], said: str) -> tuple[list[str], list[str]] | None:
    """The lines with other versions of those packages that pip says failed, and these as they were written.

    Instead of one version a later one of the same major version will do, and where that has failed, any. None where
    pip names none whose version is written.
    """
    # Where it names none of ours, it is the last that it came to.
    return next(filter(None, (_without(lines, blamed) for blamed in (named(said), _last(said)))), None)


def _without(lines: Sequence[str], blamed: Set[str]) -> tuple[list[str], list[str]] | None:
    """The lines with other versions of some packages, and these as they were; None where none has a version."""
    changed: list[str] = []
    kept: list[str] = []
    for line in lines:
        bare = _HASH.sub("", line)
        match = _LINE.match(bare)
        if match is None or not match[3] or name_of(bare) not in blamed:
            kept.append(line)
            continue
        changed.append(bare.partition(";")[0].strip())
        kept.append(f"{match[1]}{match[2] or ''}{_wider(match[3])}{f' {match[4]}' if match[4] else ''}")
    # pip wants the hashes of all lines or of none.
    return ([_HASH.sub("", line) for line in kept], changed) if changed else None


def _wider(version: str) -> str:
    """``==1.16.4`` as ``>=1.16.4,<2``; anything else as nothing."""
    match = _EXACT.fullmatch(version.strip())
    return f">={match[1]},<{int(match[2]) + 1}" if match is not None else ""


def named(said: str) -> set[str]:
    """The packages that an output of pip's names as those that failed."""
    return {
        normal(word.partition("==")[0].partition("[")[0])
        for pattern in _SAID
        for match in pattern.findall(said)
        for word in re.split(r",\s*|\s+and\s+|\s+", match)
        if word
    }


def _last(said: str) -> set[str]:
    """The package that pip came to last, where a build failed."""
    return {normal(name) for name in _COLLECTING.findall(said)[-1:]} if _BUILD_FAILS.search(said) else set()
