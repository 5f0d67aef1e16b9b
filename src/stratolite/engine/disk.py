"""How large a sandbox's /tmp is, where it is a folder on disk: looked at every second or so while the function works.

A tmpfs holds its limit by itself; a folder is measured by its files' sizes, in a thread, and a sandbox that is over its
limit is ended. No single file of it can grow beyond the limit (RLIMIT_FSIZE).
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

LOOK_S = 1.0


class DiskMeter:
    """Measures one folder; ``on_excess`` is called in the loop when it holds more than it may."""

    def __init__(self, folder: Path, mb_max: int, on_excess: Callable[[], None]) -> None:
        self._folder = folder
        self._bytes_max = mb_max * 1024 * 1024
        self._on_excess = on_excess
        self._looked_s = 0.0
        self._look: asyncio.Future[int] | None = None

    def look(self, now_s: float) -> None:
        """Measure, when it is time to, in a thread."""
        if self._look is None and now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look = asyncio.get_running_loop().run_in_executor(None, folder_bytes, self._folder, self._bytes_max)
            self._look.add_done_callback(self._looked)

    def _looked(self, look: "asyncio.Future[int]") -> None:
        self._look = None
        if not look.cancelled() and look.result() > self._bytes_max:
            self._on_excess()


def folder_bytes(folder: Path, enough: int) -> int:
    """The size of all files below a folder; counted no further than ``enough`` and one file."""
    total, folders = 0, [os.fspath(folder)]
    while folders and total <= enough:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue  # Removed meanwhile, or nobody may read it.
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return total
