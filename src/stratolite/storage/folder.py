"""The data folder: its layout, its lock, its format.

    .stratolite/
      .gitignore     keeps a folder that we made out of the application's repository
      lock           who holds the folder (pid and command), locked while they live
      stratolite.db  the SQLite database
      blobs/         bytes too large for the database
      run/           what belongs to one run: sandboxes, sockets, pid files

The lock is an advisory one of the operating system (``flock``): it goes with the process, however that ends.
"""

import fcntl
import json
import os
from pathlib import Path

from stratolite.core.errors import UserError

DATABASE = "stratolite.db"
FORMAT = 1
"""The layout of the folder itself; services' tables have migrations of their own."""


class DataFolder:
    """A data folder, held exclusively from ``open`` to ``close``."""

    def __init__(self, path: Path, command: str) -> None:
        self.path = path
        self._command = command
        self._lock: int | None = None

    @property
    def database_path(self) -> Path:
        return self.path / DATABASE

    @property
    def blobs_path(self) -> Path:
        return self.path / "blobs"

    @property
    def run_path(self) -> Path:
        return self.path / "run"

    def open(self) -> None:
        """Make and lock the folder. Raises UserError when it is in use, is newer, or cannot be written."""
        try:
            is_new = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            if is_new:
                (self.path / ".gitignore").write_text("*\n")
            self._lock = self._locked()
            self._check_format()
            self.blobs_path.mkdir(exist_ok=True)
            self.run_path.mkdir(exist_ok=True)
        except OSError as error:
            self.close()
            raise UserError(
                f"the data folder cannot be written: {error.strerror}",
                where=str(self.path),
                todo="Name another folder with --data.",
            ) from error
        except UserError:
            self.close()
            raise

    def _locked(self) -> int:
        """The lock's descriptor, with our name in the file."""
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, json.dumps({"pid": os.getpid(), "command": self._command}).encode(), 0)
        except BlockingIOError as error:
            held_by = named(self.path)
            os.close(lock)
            raise UserError(
                f"the data folder is in use by {held_by}",
                where=str(self.path),
                todo="Stop that process, or name another folder with --data.",
            ) from error
        except OSError:
            os.close(lock)
            raise
        return lock

    def close(self) -> None:
        """Give the folder free."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check_format(self) -> None:
        stamp = self.path / "format"
        if not stamp.exists():
            stamp.write_text(f"{FORMAT}\n")
            return
        text = stamp.read_text(errors="replace").strip()
        if text != str(FORMAT):
            raise UserError(
                f"the data folder was written by a newer version of Stratolite (format {text}, "
                f"this version knows {FORMAT})",
                where=str(self.path),
                todo="Upgrade Stratolite, or name another folder with --data.",
            )


def named(path: Path) -> str:
    """Who wrote their name into a folder's lock, as people read it."""
    try:
        holder = json.loads((path / "lock").read_text())
        return f"'{holder['command']}' (pid {holder['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def holder(path: Path) -> str:
    """Who holds a data folder; empty where nobody does."""
    try:
        lock = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return named(path)
    finally:
        os.close(lock)
    return ""
