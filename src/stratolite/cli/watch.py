"""Waiting for edits: which files of an application matter, and when they have settled."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stratolite.core.clock import Clock

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
STAMP_MS = 20
"""How much older than its writing a file can look: file systems stamp with the time of the kernel's last tick."""


async def edits(
    folder: Path, sources: Callable[[], Iterable[Path]], data: Path, clock: Clock, read_ms: float
) -> AsyncIterator[list[str]]:
    """Names of files that changed, each time some have: below ``folder``, or of ``sources`` outside of it.

    ``data`` is the data folder, whose changes are our own. What ``sources`` gives is asked again after each edit.
    ``read_ms`` is when the files were about to be read: what has changed since, while nobody watched, comes first.
    """
    from watchfiles import Change, awatch

    relevant = _relevant(data)
    while True:
        watched = _watched(folder, sources())
        watcher = awatch(*watched, watch_filter=relevant, debounce=SETTLE_MS_MAX, step=SETTLE_MS)
        upcoming = asyncio.ensure_future(anext(watcher))
        try:
            # It has begun to watch when it first waits.
            await asyncio.sleep(0)
            looked_ms = clock.now_ms()
            changed = await asyncio.to_thread(_changed_after, read_ms - STAMP_MS, watched)
            missed = [path for path in changed if relevant(Change.modified, str(path))]
            read_ms = looked_ms
            if missed:
                yield sorted(_shown(path, watched[0]) for path in missed)
            while _watched(folder, sources()) == watched:
                changes = await upcoming
                read_ms = clock.now_ms()
                upcoming = asyncio.ensure_future(anext(watcher))
                yield sorted({_shown(Path(name), watched[0]) for _, name in changes})
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


def _changed_after(moment_ms: float, watched: Iterable[Path]) -> list[Path]:
    """Files that were written after a moment."""
    found = []
    for path in _files(watched):
        try:
            if path.stat().st_mtime_ns > moment_ms * 1_000_000:
                found.append(path)
        except OSError:
            continue  # It is gone again.
    return found


def _files(watched: Iterable[Path]) -> Iterator[Path]:
    for place in watched:
        if place.is_file():
            yield place
        for folder, folders, names in os.walk(place):
            folders[:] = [name for name in folders if name not in IGNORED]
            yield from (Path(folder, name) for name in names)


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
