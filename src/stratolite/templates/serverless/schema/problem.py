"""What is wrong with a value, and where a check has come to."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value.

    ``path`` leads to the value and ``trail`` to the rule, both parted by slashes; ``keyword`` is the rule's; ``kind``
    the type that the rule's shape has. ``key`` is the member that the problem is about, where it is about one.
    ``wrote`` is a word that is none of the ``known`` ones.
    """

    path: str
    trail: str
    keyword: str
    message: str
    kind: str = ""
    key: str = ""
    wrote: str = field(default="", compare=False)
    known: Iterable[str] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check has come to."""

    path: str = ""
    trail: str = "#"

    def inside(self, key: str | int, *trail: str | int) -> "Place":
        """A member or element of the value."""
        return Place(f"{self.path}/{_escaped(str(key))}", "/".join((self.trail, *(_escaped(str(t)) for t in trail))))

    def along(self, *trail: str | int) -> "Place":
        """The same value, by another rule."""
        return Place(self.path, "/".join((self.trail, *(str(each) for each in trail))))

    def problem(self, keyword: str, message: str, kind: str = "", key: str = "") -> Problem:
        return Problem(self.path, f"{self.trail}/{keyword}", keyword, message, kind, key)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
