"""Which files of a folder patterns choose.

Everything is chosen at first; each pattern in turn drops (``!src/**``) or takes back what fits it, and the last one
that fits decides. Folders whose files are all dropped are not read, so that ``node_modules`` costs nothing where it is
excluded.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.serverless.globs import Matcher, base, matcher

FILES_MAX = 1_000_000

_CHOICES = frozenset("!()@+|\\")
"""Signs of patterns that may say different things of two files in one folder."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and whether it takes or drops what fits it. ``folder``: what it names outright."""

    pattern: str
    takes: bool
    fits: Matcher
    folder: str


@lru_cache(maxsize=4_096)
def rule(pattern: str) -> Rule:
    """``src/**`` takes, ``!src/**`` drops. Raises ValueError for what is no pattern."""
    bare = pattern.removeprefix("!")
    return Rule(bare, bare == pattern, matcher(bare), base(bare))


def select(folder: Path, patterns: Sequence[str]) -> list[str]:
    """The files that patterns choose, relative to the folder, sorted. Symbolic links are followed.

    Patterns that begin with ``../`` choose files outside. Raises UserError beyond FILES_MAX.
    """
    rules = [rule(pattern) for pattern in patterns]
    found = [name for name in _walk(folder, "", rules, ()) if _taken(name, rules)]
    for outside in sorted({each.folder for each in rules if each.takes and each.pattern.startswith("..")}):
        found += [
            name
            for name in _walk(folder / outside, f"{outside}/", rules, ())
            if _taken(name, rules) and any(each.takes and each.fits(name) for each in rules)
        ]
    return sorted(set(found))


def _taken(name: str, rules: Sequence[Rule]) -> bool:
    return next((each.takes for each in reversed(rules) if each.fits(name)), True)


def _walk(folder: Path, prefix: str, rules: Sequence[Rule], above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Names of files below a folder, without those in folders that are dropped as a whole."""
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        # A link to a folder around it would never end.
        return
    for count, entry in enumerate(entries):
        if count > FILES_MAX:
            raise UserError(f"the folder has more than {FILES_MAX} files", where=str(folder))
        name = prefix + entry.name
        try:
            if entry.is_dir():
                if not _dropped(name, rules):
                    yield from _walk(Path(entry.path), f"{name}/", rules, (*above, identity))
            elif entry.is_file():
                yield name
        except OSError:
            continue


def _dropped(folder: str, rules: Sequence[Rule]) -> bool:
    """Whether no file below a folder can be taken."""
    for each in reversed(rules):
        if each.takes:
            if not each.folder or _related(folder, each.folder):
                return False
        elif _covers(each.pattern, folder):
            return True
    return False


def _related(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _covers(pattern: str, folder: str) -> bool:
    """Whether a pattern fits everything below a folder."""
    if pattern != "**" and not pattern.endswith("/**"):
        return False
    return not set(pattern) & _CHOICES and matcher(pattern)(f"{folder}/x/y")
