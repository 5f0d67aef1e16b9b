"""``package.json``: which packages have to be there for the functions to run, and which serve deployment alone.

Packages of production are needed. Those of development are where something is built here: bundlers, compilers and what
their configurations load stand among them. The Serverless Framework itself and its plugins are not run here, but for
plugins that bring a build with them (``serverless-bundle``).
"""

import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError

NAME = "package.json"
_FRAMEWORK = re.compile(r"serverless|osls|@serverless/.*")
_PLUGIN = re.compile(r"serverless-.*|@[^/]+/serverless-.*")
_BUILDS = re.compile(r"webpack|esbuild|typescript|bundle|babel|rollup|parcel|vite|optimi[sz]er|swc|tsc")


@dataclass(frozen=True, slots=True)
class Needed:
    """The names of packages that have to be there. ``development``: those of them that only building needs."""

    production: tuple[str, ...]
    development: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.production, *self.development)))


def read(folder: Path) -> dict[str, Any] | None:
    """A folder's ``package.json``; None where there is none. Raises UserError for one that is broken."""
    return read_json(folder / NAME, "npm itself cannot read it: correct it.")


def readable(folder: Path) -> dict[str, Any]:
    """A folder's ``package.json``; empty where there is none, and for one that is broken: others tell of it."""
    try:
        return read(folder) or {}
    except UserError:
        return {}


def read_json(file: Path, todo: str) -> dict[str, Any] | None:
    """An object of JSON; None where there is no such file. Raises UserError with the place of what is wrong."""
    try:
        value = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except json.JSONDecodeError as error:
        raise UserError(
            f"the file is not JSON: {error.msg}", where=f"{file}:{error.lineno}:{error.colno}", todo=todo
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the file cannot be read: {error}", where=str(file), todo=todo) from error
    if not isinstance(value, dict):
        raise UserError("the file is not an object of JSON", where=f"{file}:1:1", todo=todo)
    return value


def needed(manifest: Mapping[str, Any], plugins: Set[str], *, builds: bool) -> Needed:
    """What a project needs. ``plugins``: those that the service names; ``builds``: whether handlers are built."""
    production = [name for name in names(manifest, "dependencies") if not _is_for_deployment(name, plugins, builds)]
    # Written as both, it is one of development for npm; it is there after either installation.
    development = names(manifest, "devDependencies") if builds else []
    return Needed(
        tuple(production),
        tuple(name for name in development if not _is_of_framework(name, plugins)),
    )


def names(manifest: Mapping[str, Any], kind: str) -> list[str]:
    """The packages of one kind (``dependencies``), by their names."""
    value = manifest.get(kind)
    return [name for name in value if isinstance(name, str) and name] if isinstance(value, dict) else []


def is_plugin(name: str) -> bool:
    """Whether a package has the name of a plugin of the framework; others have such names as well."""
    return _PLUGIN.fullmatch(name) is not None


def is_build(plugin: str) -> bool:
    """Whether a plugin, by its name, builds handlers."""
    return _BUILDS.search(plugin) is not None


def _is_for_deployment(name: str, plugins: Set[str], builds: bool) -> bool:
    """Of production's packages: those that are certainly not the code's (``serverless-http`` is)."""
    return _FRAMEWORK.fullmatch(name) is not None or (name in plugins and not (builds and is_build(name)))


def _is_of_framework(name: str, plugins: Set[str]) -> bool:
    is_of_it = name in plugins or is_plugin(name)
    return _FRAMEWORK.fullmatch(name) is not None or (is_of_it and not is_build(name))
