"""What was built of what: a build is done again for those alone whose files have changed, also after a new start.

An output is fresh as long as every file that it was made of is as it was, and as the folders of the project's own files
hold the same names: a file that is new may be what an import means now. Costs one stat for each file.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_Stamp = list[int]
_MISSING = [0, 0]
_CHANGED = [-1, -1]


class Record:
    """The record of one tool's output, kept beside it in a file. ``digest``: of all that is the same for all of it."""

    def __init__(self, file: Path, digest: str) -> None:
        self._file = file
        self._digest = digest
        self._rows: dict[str, dict[str, Any]] = {}
        self._stamps: dict[str, _Stamp] = {}
        self._names: dict[str, str] = {}
        try:
            kept = json.loads(file.read_bytes())
        except (OSError, ValueError):
            kept = {}
        self.is_new = not isinstance(kept, dict) or kept.get("digest") != digest
        """Whether nothing of what is there can be used."""
        self.shared: dict[str, Any] = {} if self.is_new else kept["shared"]
        """What the tool said of all of them."""
        if not self.is_new:
            self._rows = kept["rows"]
        self._began_ns = 0

    def outputs(self, name: str) -> list[str] | None:
        """The files that were made for a name; None where they are not there or no longer true."""
        row = self._rows.get(name)
        if row is None:
            return None
        is_fresh = (
            all(self._stamp(file) == stamp for file, stamp in row["inputs"].items())
            and all(self._listing(folder) == names for folder, names in row["folders"].items())
            and all(os.path.isfile(file) for file in row["outputs"])  # noqa: PTH113 - for each file of each function.
        )
        return list(row["outputs"]) if is_fresh else None

    def inputs(self) -> set[str]:
        """Every file that something was made of."""
        return {file for row in self._rows.values() for file in row["inputs"]}

    def begin(self) -> None:
        """A build begins: files that are written from now on may not be in it."""
        self._stamps.clear()
        self._names.clear()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # The time of the file system, which is what files are stamped with.
        began = self._file.with_suffix(".began")
        began.write_text("")
        self._began_ns = began.stat().st_mtime_ns

    def note(self, name: str, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Something was made of files."""
        stamps = {file: self._stamp(file) for file in inputs}
        kept = {file: stamp if stamp[0] < self._began_ns else _CHANGED for file, stamp in stamps.items()}
        folders = {os.path.dirname(file) for file in kept if f"{os.sep}node_modules{os.sep}" not in file}  # noqa: PTH120
        listed = {folder: self._listing(folder) for folder in folders}
        self._rows[name] = {"inputs": kept, "folders": listed, "outputs": list(outputs)}

    def write(self) -> None:
        """Keep it for the next build."""
        kept: Mapping[str, Any] = {"digest": self._digest, "shared": self.shared, "rows": self._rows}
        self._file.write_text(json.dumps(kept))

    def _stamp(self, file: str) -> _Stamp:
        if file not in self._stamps:
            try:
                status = os.stat(file)  # noqa: PTH116 - thousands of files.
            except OSError:
                self._stamps[file] = _MISSING
            else:
                self._stamps[file] = [status.st_mtime_ns, status.st_size]
        return self._stamps[file]

    def _listing(self, folder: str) -> str:
        if folder not in self._names:
            try:
                found = os.listdir(folder)  # noqa: PTH208 - names alone are looked at
            except OSError:
                found = []
            names = sorted(name for name in found if not name.startswith(".") and name[-1] != "~")
            self._names[folder] = hashlib.sha256("\0".join(names).encode()).hexdigest()[:16]
        return self._names[folder]
