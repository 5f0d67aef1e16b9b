"""Where things lie around a folder: what is above it in its repository, and which workspace it belongs to."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stratolite.templates.dependencies.managers import lock_of
from stratolite.templates.dependencies.manifests import NAME, read

LEVELS_MAX = 12
WORKSPACES = "pnpm-workspace.yaml"


def above(folder: Path) -> Iterator[Path]:
    """The folders around one, nearest first, up to the root of its repository; none where it is in no repository."""
    folder = folder.resolve()
    around = [folder, *folder.parents][: LEVELS_MAX + 1]
    root = next((place for place in around if (place / ".git").exists()), None)
    if root is not None:
        yield from around[1 : around.index(root) + 1]


def installed(name: str, folders: Iterable[Path]) -> Path | None:
    """Where Node finds a package for code that has these folders around it, the nearest first."""
    for place in folders:
        package = place / "node_modules" / name
        if place.name != "node_modules" and (package / NAME).is_file():
            return package
    return None


def root_of(folder: Path, manifest: Mapping[str, Any]) -> tuple[Path, Path | None]:
    """Where the packages of a folder are installed, and by which lock: of a workspace, where its lock lies.

    Raises UserError for a ``package.json`` on the way that is broken.
    """
    own = lock_of(folder, manifest)
    if own is not None:
        return folder, own
    resolved = folder.resolve()
    for place in resolved.parents[:LEVELS_MAX]:
        outer = read(place) or {}
        if _covers(place, outer, resolved):
            return place, lock_of(place, outer)
        if (place / ".git").exists():
            break
    return folder, None


def _covers(place: Path, manifest: Mapping[str, Any], folder: Path) -> bool:
    """Whether a folder belongs to the workspace of one around it."""
    patterns = manifest.get("workspaces")
    if isinstance(patterns, dict):
        patterns = patterns.get("packages")
    if not isinstance(patterns, list):
        patterns = _of_pnpm(place / WORKSPACES)
    if not patterns:
        return False
    from stratolite.templates.serverless.globs import matcher

    name = folder.relative_to(place).as_posix()
    written = [str(each).removeprefix("./").rstrip("/") for each in patterns]
    try:
        taken = any(matcher(each)(name) for each in written if not each.startswith("!"))
        return taken and not any(matcher(each[1:])(name) for each in written if each.startswith("!"))
    except ValueError:
        return False


def _of_pnpm(file: Path) -> list[Any]:
    try:
        text = file.read_text()
    except OSError:
        return []
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    packages = value.get("packages") if isinstance(value, dict) else None
    return packages if isinstance(packages, list) else []
