"""What ``stratolite init`` writes: the templates, their files, and what is changed in these for a new project.

A template is a folder of the repository's ``examples``, which the wheel ships as ``stratolite/starters``; so it is an
application that runs where it lies. What all have in common lies in ``shared`` and, as far as the
community needs it itself, in ``community``. Nothing is written here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from stratolite import __version__
from stratolite.core.errors import UserError

TEMPLATES = {
    "api": "a REST API behind a login: commands, queries, one table",
    "events": "orders, an outbox, a topic, a queue and its consumer",
    "pipeline": "files that come into a bucket, and steps over them",
    "community": "users, posts and uploads, with every pattern at work",
}
"""Each template, in a line."""

BORROWED = ("ruff.toml", "requirements-dev.txt", "scripts/deployed.py")
"""Files of the community that other templates have as well."""
OF_CI = {"github": (".github/workflows/deploy.yml", "scripts/release.py")}
"""Files of the community that a project has for its CI, and only then."""
LEFT_OUT = frozenset({"__pycache__", "node_modules"}) | {f".{tool}" for tool in ("serverless", "stratolite", "venv")}
LEFT_OUT |= {f".{tool}_cache" for tool in ("pytest", "ruff", "mypy")}
NAME_LENGTH_MAX = 30
"""What leaves room for stages and accounts in names of buckets, which have 63 characters at most."""

_NAME = re.compile(rf"[a-z](?:[a-z0-9]|-(?!-|$)){{1,{NAME_LENGTH_MAX - 1}}}")
_SERVICE = re.compile(r"^service: .*$", re.MULTILINE)
_HEADING = re.compile(r"\A# .*$", re.MULTILINE)
_PATTERNS = re.compile(r"^(?:\.\./)+patterns(\[[^]]*\])?$", re.MULTILINE)
_PLACES = {b"pip install . && ": b"", b"examples/community/": b"", b"examples/community": b"."}
"""How texts of the community speak of the repository, and what that is in a project."""
_PRODUCT = re.compile(r"^\.\./\.\.$", re.MULTILINE)


def files(template: str, name: str, ci: str | None) -> dict[str, bytes]:
    """The files of a new project, by their paths. Raises UserError for a name that names no service."""
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot name a service: names of buckets, roles and functions begin with it",
            todo=f"Give one by --name: 2 to {NAME_LENGTH_MAX} small letters, digits and hyphens, a letter first.",
        )
    place = _folder()
    community, of_ci = place["community"], {path for paths in OF_CI.values() for path in paths}
    found = dict(_under(place["shared"]))
    found |= {path: community / path for path in BORROWED}
    found |= {path: file for path, file in _under(place[template]) if path not in of_ci}
    found |= {path: community / path for path in OF_CI.get(ci or "", ())}
    return {path: _rewritten(path, found[path].read_bytes(), name, template) for path in sorted(found)}


def _folder() -> dict[str, Path]:
    """Where each template lies: as it is installed, or in the checkout."""
    shipped = Path(__file__).parents[1] / "starters"
    if shipped.is_dir():
        return {each: shipped / each for each in (*TEMPLATES, "shared")}
    examples = Path(__file__).parents[3] / "examples"
    return {each: examples / "starters" / each for each in (*TEMPLATES, "shared")} | {
        "community": examples / "community"
    }


def _under(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder; what tools leave there is left out."""
    for each in sorted(folder.iterdir()):
        if each.name in LEFT_OUT:
            continue
        if each.is_dir():
            yield from ((f"{each.name}/{path}", file) for path, file in _under(each))
        else:
            yield each.name, each


def _rewritten(path: str, data: bytes, name: str, template: str) -> bytes:
    """A file with the project's name, and with packages by their names where the repository has them by their paths."""
    if path == "serverless.yml":
        return _SERVICE.sub(f"service: {name}", data.decode(), count=1).encode()
    if path == "README.md" and template != "community":
        return _HEADING.sub(f"# {name}", data.decode(), count=1).encode()
    if path.startswith("requirements") and path.endswith(".txt"):
        text = _PATTERNS.sub(rf"stratolite-patterns\1>={__version__}", data.decode())
        return _PRODUCT.sub(f"stratolite>={__version__}", text).encode()
    if template == "community" and path.endswith((".md", ".py")):
        for place, here in _PLACES.items():
            data = data.replace(place, here)
    return data
