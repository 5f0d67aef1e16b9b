"""Packages that name no upper version of what they use, and fail with the versions of today.

``Flask==1.1.1`` asks for any Jinja2 since 2.10.1, gets the latest, and cannot be imported: the interpreter of its day
held those back. Under ``up`` alone the last version that works is taken, and the user is told. A row is here where
the two fail with one another at once, for everybody; what merely behaves otherwise is the application's own affair.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stratolite.templates.dependencies.requirements import name_of

ROUNDS_MAX = 3
"""How often what is taken in its place may bring along what fails in turn."""
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_WRITTEN = re.compile(r"\s*[A-Za-z0-9._-]+\s*(\[[^\]]*\])?\s*\(?[<>=!~]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A package below a version cannot use another from a version on."""

    name: str
    below: str
    companion: str
    fails_from: str

    @property
    def line(self) -> str:
        """What requirements say to have the last one that works."""
        return f"{self.companion}<{self.fails_from}"


PAIRS = (
    Pair("flask", "1", "werkzeug", "1"),
    Pair("flask", "2", "jinja2", "3.1"),
    Pair("flask", "2", "itsdangerous", "2.1"),
    Pair("flask", "2", "werkzeug", "2.1"),
    Pair("flask", "2.2.4", "werkzeug", "3"),
    Pair("jinja2", "3", "markupsafe", "2.1"),
    Pair("flask-restplus", "9", "flask", "2"),
    Pair("flask-restplus", "9", "werkzeug", "1"),
    Pair("flask-login", "0.6.3", "werkzeug", "3"),
    Pair("flask-sqlalchemy", "2.5", "flask", "2.2"),
    Pair("flask-sqlalchemy", "3", "sqlalchemy", "2"),
    Pair("pandas", "2.2.2", "numpy", "2"),
    Pair("passlib", "1.8", "bcrypt", "5"),
)


def failing(versions: Mapping[str, str], lines: Sequence[str]) -> Iterator[Pair]:
    """The pairs that are installed and fail, each companion once, with the version that suits all.

    ``lines`` are those of the file: a version that they name is theirs.
    """
    if any("--hash" in line for line in lines):
        return
    left = {name for name in versions if not any(name_of(line) == name and _WRITTEN.match(line) for line in lines)}
    for pair in sorted(PAIRS, key=lambda pair: _number(pair.fails_from)):
        if pair.companion in left and _fails(pair, versions):
            left.remove(pair.companion)
            yield pair


def _fails(pair: Pair, versions: Mapping[str, str]) -> bool:
    is_earlier = pair.name in versions and _number(versions[pair.name]) < _number(pair.below)
    return is_earlier and _number(versions[pair.companion]) >= _number(pair.fails_from)


def _number(version: str) -> tuple[int, ...]:
    match = _VERSION.match(version)
    return tuple(map(int, match[0].split("."))) if match is not None else ()
