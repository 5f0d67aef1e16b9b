"""Which patterns decide what is packaged, in the Serverless Framework's order.

What is left out by default, ``exclude``, ``include``, ``patterns``, and packages of Node that only development needs
last. The last pattern that fits a file decides (``selection``).
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from stratolite.templates.document import Map, Mark
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import dev_dependencies

BY_DEFAULT = (
    ".git/**",
    ".gitignore",
    ".DS_Store",
    "npm-debug.log",
    "yarn-*.log",
    ".serverless/**",
    ".serverless_plugins/**",
)
"""What the Serverless Framework leaves out unless a pattern takes it back."""
DATA = (".stratolite/**",)
"""Our own data folder: it changes all the time, and no function wants it."""

Patterns = tuple[list[str], list[str], list[str]]
"""What is left out, what is written, and what is left out at last."""


class LeftOut:
    """The patterns of one file."""

    def __init__(self, document: Map, file: Path, folder: Path) -> None:
        settings = document.get("package")
        self._settings = settings if isinstance(settings, Map) else Map(Mark(""))
        self._document = document
        self._file = file
        self._folder = folder

    def patterns(self, settings: Map, *, layers: bool) -> Patterns:
        """Those for what has ``settings`` of its own. ``layers``: whether the folders of layers are left out."""
        left_out = _distinct(
            BY_DEFAULT,
            DATA,
            [self._file.name],
            self._plugins_folder(),
            _texts(self._settings, "exclude"),
            self._layers() if layers else [],
            [".env*"] if truthy(self._document.get("useDotenv")) else [],
            _texts(settings, "exclude"),
        )
        taken = _distinct(
            _texts(self._settings, "include"),
            _texts(self._settings, "patterns"),
            _texts(settings, "include"),
            _texts(settings, "patterns"),
        )
        before = [_opposite(each) for each in left_out if each not in self._unneeded]
        return before, taken, [f"!{each}" for each in self._unneeded]

    def _layers(self) -> list[str]:
        layers = self._document.get("layers")
        found = [each for each in layers.values() if isinstance(each, Map)] if isinstance(layers, Map) else []
        return [f"{each['path']}/**" for each in found if each.get("path")]

    def _plugins_folder(self) -> list[str]:
        plugins = self._document.get("plugins")
        path = plugins.get("localPath") if isinstance(plugins, Map) else None
        return [str(path)] if truthy(path) else []

    @cached_property
    def _unneeded(self) -> list[str]:
        """Patterns of the packages that only development needs."""
        setting = self._settings.get("excludeDevDependencies")
        return dev_dependencies.patterns(self._folder) if setting is None or truthy(setting) else []


def _texts(settings: Map, name: str) -> list[str]:
    value: Any = settings.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _distinct(*lists: Iterable[str]) -> list[str]:
    """The distinct texts of lists, each where it stands first."""
    return list(dict.fromkeys(each for texts in lists for each in texts))


def _opposite(pattern: str) -> str:
    return pattern[1:] if pattern.startswith("!") else f"!{pattern}"
