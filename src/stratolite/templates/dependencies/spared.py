"""The Serverless Framework and plugins that nobody runs here: npm need not install them where no lock names them.

A plugin asks for the framework as its peer, and npm installs peers: some 300 packages that serve nothing here. Without
a lock npm keeps what lies in ``node_modules`` already, so that an empty package of that name and of a version that fits
is taken for the real one, along with all that it leads to; peers of other packages are installed as ever. It is taken
away as soon as npm has ended, and an ``npm install`` of the user's own brings the real one.
"""

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from stratolite.templates.dependencies import manifests

FRAMEWORK = ("serverless", "osls")
PEER_VERSION = "3.40.0"
"""Of the framework where only its plugins ask for it."""
FILES_MAX = 2_000
"""How much code is looked through for imports; of more than that nothing is spared."""
DESCRIPTION = "Stands in for the real package while the others are installed."

_CODE = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"})
_IMPORT = re.compile(rb"""(?:\brequire(?:\.resolve)?\s*\(|\bfrom|\bimport)\s*\(?\s*["'`]((?:@[\w.-]+/)?[\w.-]+)""")
_SCRIPTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""What npm runs of a project itself when it installs."""
_RUNS_IT = re.compile(r"serverless|osls|\bsls\b|patch-package")
_PLAIN = re.compile(r"(?:\^|~|>=|=|v)?\s*(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\w.]+)?(?:\s+(?:<|-).*)?")


def candidates(manifest: Mapping[str, Any], unused: Set[str], needed: Collection[str]) -> dict[str, str]:
    """What a project names and nobody runs here, with versions that fit. ``unused``: plugins that are not run."""
    found: dict[str, str] = {}
    for kind in ("devDependencies", "dependencies"):
        for name in manifests.names(manifest, kind):
            if name not in needed and (name in FRAMEWORK or name in unused):
                found[name] = fitting(str(manifest[kind][name]))
    every = [*manifests.names(manifest, "devDependencies"), *manifests.names(manifest, "dependencies")]
    if FRAMEWORK[0] not in every and any(map(manifests.is_plugin, every)):
        found[FRAMEWORK[0]] = PEER_VERSION
    return {name: version for name, version in found.items() if version}


def spared(folder: Path, manifest: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Those of the candidates that no code of the project imports, and no script of its installation runs."""
    scripts = manifest.get("scripts")
    own = scripts if isinstance(scripts, dict) else {}
    if not names or any(_RUNS_IT.search(str(own.get(script, ""))) for script in _SCRIPTS):
        return {}
    imported = _imported(folder)
    return {} if imported is None else {name: version for name, version in names.items() if name not in imported}


def fitting(wanted: str) -> str:
    """The least version of a range: ``^3.38`` gives 3.38.0; empty for what is no plain one (``latest``, an address)."""
    match = _PLAIN.fullmatch(wanted.rpartition("||")[2].strip())
    if match is None:
        return ""
    numbers = (part if part and part.isdigit() else "0" for part in match.group(1, 2, 3))
    return f"{'.'.join(numbers)}{match[4] or ''}"


@contextmanager
def stood_in(root: Path, names: Mapping[str, str]) -> Iterator[None]:
    """Have empty packages in ``node_modules`` for the length of a block; what lies there already is let be."""
    try:
        for name, version in names.items():
            place = root / "node_modules" / name
            if not place.exists():
                place.mkdir(parents=True)
                content = {"name": name, "version": version, "description": DESCRIPTION}
                (place / manifests.NAME).write_text(f"{json.dumps(content)}\n")
        yield
    finally:
        clear(root, names)


def clear(root: Path, names: Iterable[str]) -> None:
    """Take away what stands in for packages; a real one stays."""
    for name in names:
        place = root / "node_modules" / name
        if manifests.readable(place).get("description") == DESCRIPTION:
            (place / manifests.NAME).unlink()
            with suppress(OSError):  # Somebody else's files, or others of the same scope.
                place.rmdir()
                if name.startswith("@"):
                    place.parent.rmdir()


def _imported(folder: Path) -> set[str] | None:
    """The packages that the code of a project imports; None where there is too much of it."""
    found: set[str] = set()
    count = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules" and not name.startswith(".")]
        for file in (Path(parent, name) for name in files):
            if file.suffix not in _CODE:
                continue
            count += 1
            if count > FILES_MAX:
                return None
            with suppress(OSError):
                found.update(name.decode("utf-8", "replace") for name in _IMPORT.findall(file.read_bytes()))
    return found
