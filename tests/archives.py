"""Zips of code, as tests give them to functions."""

import io
import zipfile
from collections.abc import Mapping


def zipped(source: str | bytes, name: str = "index.py") -> bytes:
    """A zip of one file; the same bytes for the same file, at any time."""
    return zipped_files({name: source})


def zipped_files(files: Mapping[str, str | bytes], mode: int = 0) -> bytes:
    """A zip of several files, all of them of a ``mode``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            file.writestr(entry, text)
    return archive.getvalue()
