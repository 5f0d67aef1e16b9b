"""Waiting for edits: which files of an application matter, and when they have settled."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles import BaseFilter, Change

IGNORED = (
    ".stratolite",
    ".serverless",
    ".git",
    "__pycache__",
    "node_modules",
    ".venv",
    "venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".idea",
    ".vscode",
)
SETTLE_MS = 30
"""How long files must be quiet before an edit is taken up: editors write in several steps."""
SETTLE_MS_MAX = 400
"""The longest that files may go on changing until what is there is taken up."""


async def edits(folder: Path, sources: Callable[[], Iterable[Path]], data: Path) -> AsyncIterator[list[str]]:
    """Names of files that changed, each time some have: below ``folder``, or of ``sources`` outside of it.

    ``data`` is the data folder, whose changes are our own. What ``sources`` gives is asked again after each edit.
    """
    from watchfiles import awatch

    while True:
        watched = _watched(folder, sources())
        async for changes in awatch(*watched, watch_filter=_relevant(data), debounce=SETTLE_MS_MAX, step=SETTLE_MS):
            yield sorted({_shown(Path(name), watched[0]) for _, name in changes})
            if _watched(folder, sources()) != watched:
                break


def _watched(folder: Path, sources: Iterable[Path]) -> list[Path]:
    """The folder, and what lies outside of it."""
    folder = folder.resolve()
    outside = {path.resolve() for path in sources if path.exists()}
    return [folder, *sorted(path for path in outside if folder not in path.parents)]


def _relevant(data: Path) -> "BaseFilter":
    from watchfiles import DefaultFilter

    data = data.resolve()

    class Relevant(DefaultFilter):
        """Leaves out what tools write, logs (what we say may go into one), and the data folder under whatever name."""

        def __call__(self, change: "Change", path: str) -> bool:
            place = Path(path)
            is_log = place.suffix == ".log"
            return super().__call__(change, path) and not is_log and data != place and data not in place.parents

    return Relevant(ignore_dirs=IGNORED)


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if folder in path.parents else str(path)
