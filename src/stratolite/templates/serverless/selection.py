"""Which files of a folder patterns choose.

Everything is chosen at first; each pattern in turn drops (``!src/**``) or takes back what fits it, and the last one
that fits decides. Folders whose files are all dropped are not read, so that ``node_modules`` costs nothing where it is
excluded.

Beside that, files are first searched for by the patterns of ``taken`` alone, as the package globby does it: each that
takes is a search without what later ones drop, and there a name without wildcards (``!node_modules``) keeps the search
out of that folder, though it fits no file in it.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.serverless.globs import Matcher, base, matcher

FILES_MAX = 1_000_000

_CHOICES = frozenset("!()@+|\\")
"""Signs of patterns that may say different things of two files in one folder."""
_WILD = re.compile(r"[*?\\]|^!|\[[^\[]*\]|\([^(]*\|[^|]*\)|[!*+?@]\([^(]*\)|\{[^}]*(,|\.\.)[^}]*\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and whether it takes or drops what fits it.

    ``folder`` is what it names outright, ``wild`` whether it has wildcards at all, ``closes`` whether its last part has
    none, so that it keeps a search out of the folders that fit it.
    """

    pattern: str
    takes: bool
    fits: Matcher
    folder: str
    wild: bool
    closes: bool


@lru_cache(maxsize=4_096)
def rule(pattern: str) -> Rule:
    """``src/**`` takes, ``!src/**`` drops. Raises ValueError for what is no pattern."""
    bare = pattern.removeprefix("!")
    wild = _WILD.search(bare) is not None
    closes = _WILD.search(bare.rpartition("/")[2]) is None
    return Rule(bare, bare == pattern, matcher(bare), base(bare), wild, closes)


@dataclass(frozen=True)
class Selection:
    """Patterns in three rooms: what drops ``before``, what the user wrote as ``taken``, what drops ``after``."""

    before: tuple[Rule, ...]
    taken: tuple[Rule, ...]
    after: tuple[Rule, ...]

    @classmethod
    def of(cls, before: Sequence[str], taken: Sequence[str], after: Sequence[str] = ()) -> "Selection":
        """Raises ValueError for what is no pattern."""
        return cls(*(tuple(rule(pattern) for pattern in room) for room in (before, taken, after)))

    def files(self, folder: Path) -> list[str]:
        """The files that are chosen, relative to the folder, sorted. Symbolic links are followed.

        Patterns that begin with ``../`` choose files outside. Raises UserError beyond FILES_MAX.
        """
        found = [name for name in self._walk(folder, "", ()) if self.chooses(name)]
        for outside in sorted({each.folder for each in self.taken if each.takes and each.pattern.startswith("..")}):
            found += [name for name in self._walk(folder / outside, f"{outside}/", ()) if self.chooses(name)]
        return sorted(set(found))

    def chooses(self, name: str) -> bool:
        """Whether a file of this name is chosen."""
        rules = (*self.before, *self.taken, *self.after)
        return next((each.takes for each in reversed(rules) if each.fits(name)), True) and self._found(name)

    def _found(self, name: str) -> bool:
        """Whether a search by ``**`` and what is taken comes by a file."""
        searches = dict.fromkeys((rule("**"), *self.taken))
        later: list[Rule] = []
        for each in reversed(searches):
            if not each.takes:
                later.append(each)
            elif each.fits(name) and not any(_hidden(name, each, drop) for drop in later):
                return True
        return False

    def _walk(self, folder: Path, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
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
        if len(entries) > FILES_MAX:
            raise UserError(f"the folder has more than {FILES_MAX} files", where=str(folder))
        for entry in entries:
            name = prefix + entry.name
            try:
                if entry.is_dir():
                    if not self._dropped(name):
                        yield from self._walk(Path(entry.path), f"{name}/", (*above, identity))
                elif entry.is_file():
                    yield name
            except OSError:
                continue

    def _dropped(self, folder: str) -> bool:
        """Whether no file below a folder can be chosen. Unsure is no."""
        rules = (*self.before, *self.taken, *self.after)
        for index in range(len(rules) - 1, -1, -1):
            each = rules[index]
            if each.takes:
                if not each.folder or _related(folder, each.folder):
                    return False
            elif _covers(each.pattern, folder):
                return True
            elif each.closes and each.fits(folder) and each in self.taken:
                return not any(other.takes and other.folder and _related(folder, other.folder) for other in rules)
        return False


def _hidden(name: str, search: Rule, drop: Rule) -> bool:
    """Whether a search does not come by a file because of what is dropped."""
    if drop.fits(name):
        return True
    if not drop.closes or not search.wild:
        return False
    start = len(search.folder) + 1 if search.folder else 0
    ends = [index for index in range(start, len(name)) if name[index] == "/"]
    return any(drop.fits(name[:end]) for end in ends)


def _related(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _covers(pattern: str, folder: str) -> bool:
    """Whether a pattern fits everything below a folder."""
    if pattern != "**" and not pattern.endswith("/**"):
        return False
    return not set(pattern) & _CHOICES and matcher(pattern)(f"{folder}/x/y")
