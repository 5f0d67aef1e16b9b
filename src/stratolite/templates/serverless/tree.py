"""A folder's files, read once however many functions are packaged from it."""

import os
from collections.abc import Iterator
from pathlib import Path

from stratolite.core.errors import UserError

FILES_MAX = 1_000_000
"""In one folder."""

Identities = tuple[tuple[int, int], ...]
"""Device and inode of the folders on the way to one: a link to a folder around it would never end."""


class Tree:
    """What lies below folders, as it was when they were first looked at. Symbolic links are followed."""

    def __init__(self) -> None:
        self._listings: dict[str, tuple[tuple[int, int], list[tuple[str, bool]]] | None] = {}
        self._files: dict[str, list[str]] = {}

    def look(self, folder: str, above: Identities) -> tuple[Identities, list[tuple[str, bool]]]:
        """The names in a folder, sorted, each with whether it is one; with the identities down to it.

        Nothing for a folder that cannot be read, or that is one of those above. Raises UserError beyond FILES_MAX.
        """
        if folder not in self._listings:
            self._listings[folder] = _listing(folder)
        found = self._listings[folder]
        if found is None or found[0] in above:
            return above, []
        return (*above, found[0]), found[1]

    def files(self, folder: str, prefix: str, above: Identities) -> list[str]:
        """Every file below a folder, with a prefix before its name."""
        if folder not in self._files:
            self._files[folder] = list(self._walk(folder, prefix, above))
        return self._files[folder]

    def _walk(self, folder: str, prefix: str, above: Identities) -> Iterator[str]:
        identities, entries = self.look(folder, above)
        for name, is_folder in entries:
            if is_folder:
                yield from self._walk(f"{folder}/{name}", f"{prefix}{name}/", identities)
            else:
                yield f"{prefix}{name}"


def _listing(folder: str) -> tuple[tuple[int, int], list[tuple[str, bool]]] | None:
    try:
        status = Path(folder).stat()
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return None
    if len(entries) > FILES_MAX:
        raise UserError(f"the folder has more than {FILES_MAX} files", where=folder)
    names = []
    for entry in entries:
        try:
            if entry.is_dir():
                names.append((entry.name, True))
            elif entry.is_file():
                names.append((entry.name, False))
        except OSError:
            continue
    return (status.st_dev, status.st_ino), names
