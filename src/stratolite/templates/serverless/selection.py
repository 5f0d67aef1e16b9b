"""Which files of a folder patterns choose.

Everything is chosen at first; each pattern in turn drops (``!src/**``) or takes back what fits it, and the last one
that fits decides. Folders whose files are all dropped are not read, and those whose files are all taken are not looked
through, so that ``node_modules`` costs little either way, for each of a hundred functions.

Beside that, files are first searched for by the patterns of ``taken`` alone, as the package globby does it: each that
takes is a search without what later ones drop, and there a name without wildcards (``!node_modules``) keeps the search
out of that folder, though it fits no file in it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from stratolite.templates.serverless.globs import Matcher, base, matcher
from stratolite.templates.serverless.tree import Identities, Tree

_CHOICES = frozenset("!()@+|\\?[{")
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

    def files(self, folder: Path, tree: Tree | None = None) -> list[str]:
        """The files that are chosen, relative to the folder, sorted. ``tree``: what is known of folders already.

        Patterns that begin with ``../`` choose files outside. Raises UserError for a folder of too many files.
        """
        tree = tree or Tree()
        found = set(self._walk(tree, str(folder), "", ()))
        for outside in {each.folder for each in self.taken if each.takes and each.pattern.startswith("..")}:
            found.update(self._walk(tree, f"{folder}/{outside}", f"{outside}/", ()))
        return sorted(found)

    def chooses(self, name: str) -> bool:
        """Whether a file of this name is chosen."""
        if self._is_unneeded(name):
            return False
        return next((each.takes for each in self._last_first if each.fits(name)), True) and self._found(name)

    @cached_property
    def _last_first(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are asked, without those that drop whole folders at last."""
        return tuple(reversed((*self.before, *self.taken, *(each for each in self.after if not _is_plain(each)))))

    @cached_property
    def _unneeded(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Folders and files that are dropped at last, and what is around them: packages, of which there are many."""
        plain = [each.pattern for each in self.after if _is_plain(each)]
        folders = frozenset(each.removesuffix("/**") for each in plain if each.endswith("/**"))
        files = frozenset(each for each in plain if not each.endswith("/**"))
        around = frozenset(name[:end] for name in (*folders, *files) for end in _slashes(name))
        return folders, files, around

    def _is_unneeded(self, name: str) -> bool:
        folders, files, around = self._unneeded
        if not around:
            return name in files
        return name in files or any(name[:end] in folders for end in _slashes(name))

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

    def _walk(self, tree: Tree, folder: str, prefix: str, above: Identities) -> Iterator[str]:
        """Chosen names below a folder, without looking into folders that are dropped or taken as a whole."""
        identities, entries = tree.look(folder, above)
        for entry, is_folder in entries:
            name = prefix + entry
            if not is_folder:
                if self.chooses(name):
                    yield name
            elif not self._dropped(name):
                inside = f"{folder}/{entry}"
                if self._taken(name):
                    yield from tree.files(inside, f"{name}/", identities)
                else:
                    yield from self._walk(tree, inside, f"{name}/", identities)

    def _taken(self, folder: str) -> bool:
        """Whether every file below a folder is chosen. Unsure is no."""
        _, _, around = self._unneeded
        if folder in around or any(not each.takes and _reaches(each, folder) for each in self.taken):
            return False
        for each in self._last_first:
            if each.takes and _covers(each.pattern, folder):
                return True
            if not each.takes and _reaches(each, folder):
                return False
        # Outside of the folder, nothing is taken that no pattern names.
        return not folder.startswith("..")

    def _dropped(self, folder: str) -> bool:
        """Whether no file below a folder can be chosen. Unsure is no."""
        if folder in self._unneeded[0]:
            return True
        rules = self._last_first
        for each in rules:
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
    fits = matcher(pattern)
    return not set(pattern) & _CHOICES and fits(f"{folder}/xx") and fits(f"{folder}/xx/yy")


def _reaches(each: Rule, folder: str) -> bool:
    """Whether a pattern may fit something in a folder, the folder itself, or one around it. Unsure is yes."""
    if each.folder and not _related(folder, each.folder):
        return False
    if each.pattern.startswith("./"):
        return True
    if not each.wild and not set(each.pattern) & _CHOICES:
        return each.pattern.startswith(f"{folder}/") or _related(each.pattern, folder)
    # Within one part of a path, nothing but these signs fits a slash.
    return "/" in each.pattern or "**" in each.pattern or bool(set(each.pattern) & _CHOICES) or each.fits(folder)


def _is_plain(each: Rule) -> bool:
    """Whether a rule drops one folder with all that is in it, or one file."""
    return not each.takes and not _WILD.search(each.pattern.removesuffix("/**")) and not each.pattern.startswith(".")


def _slashes(name: str) -> list[int]:
    return [index for index, sign in enumerate(name) if sign == "/"]
