"""What a folder of Python code asks for, as lines that pip reads, whichever tool wrote it down.

Nothing of Pipenv, Poetry, uv or PDM has to be installed: their files are read. Paths in lines are absolute, since
pip reads them from another place than where they are written; ``-r`` and ``-c`` of requirements files are followed.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError

FILE_DEFAULT = "requirements.txt"
FILES_MAX = 50
_COMMENT = re.compile(r"(^|\s+)#.*$")
_OPTION = re.compile(
    r"(-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links)(?:\s+|=|(?<=-[rcef])(?=\S))(.+)"
)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_LOCAL = re.compile(r"(\.{1,2}(?=/|\[|$)|/|[\w.-]+/(?!/))")


@dataclass(frozen=True, slots=True)
class Requirements:
    """``file`` is where they are written (a lock where there is one), ``sources`` all files that were read for it."""

    file: Path
    lines: tuple[str, ...]
    sources: tuple[Path, ...]


def of_file(file: Path) -> Requirements:
    """The lines of a requirements file and of those that it includes. Raises UserError."""
    read: dict[Path, None] = {}
    return Requirements(file, tuple(_lines(file, read)), tuple(read))


def of_folder(
    folder: Path,
    name: str = FILE_DEFAULT,
    *,
    is_first: bool = False,
    pipenv: bool = True,
    poetry: bool = True,
    groups: Collection[str] = ("main",),
) -> Requirements | None:
    """What a folder asks for, by the first file that says so; None where none does.

    Poetry's project, a Pipfile, the requirements file ``name`` and any other project are looked for in this order,
    that of serverless-python-requirements; ``is_first`` puts the requirements file before the others. ``groups`` are
    Poetry's. Raises UserError for files that are broken.
    """
    from stratolite.templates.dependencies import locks

    plain = folder / name
    if is_first and plain.is_file():
        return of_file(plain)
    if poetry and locks.is_of_poetry(folder):
        return locks.of_poetry(folder, groups)
    if pipenv and (folder / "Pipfile").is_file():
        return locks.of_pipenv(folder)
    return of_file(plain) if plain.is_file() else locks.of_project(folder)


def name_of(line: str) -> str:
    """The package that a line names, as the index spells it (``PyYAML_x>=1`` is ``pyyaml-x``); empty for others."""
    match = _NAME.match(line)
    if match is None or is_local(line) or re.match(r"\s*[a-z+]+://|\s*git\+", line):
        return ""
    return normal(match[1])


def normal(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_local(line: str) -> bool:
    """Whether a line is the path of a package on this machine."""
    return "://" not in line and " @ " not in line and _LOCAL.match(line.strip()) is not None


def read_toml(file: Path) -> dict[str, Any]:
    """A file of TOML, which nobody may change. Raises UserError with the place of what is wrong."""
    try:
        status = file.stat()
        return _parsed(file, (status.st_mtime_ns, status.st_size))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f"{file}:{match[1]}:{match[2]}" if match else str(file)
        raise UserError(f"the file is not TOML: {error}", where=where, todo="Restore it, or write it anew.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the file cannot be read: {error}", where=str(file)) from error


@lru_cache(maxsize=16)
def _parsed(file: Path, _stamp: tuple[int, int]) -> dict[str, Any]:
    """Time and size stand for the content: a lock of 200 packages takes 0.2 s."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _lines(file: Path, read: dict[Path, None]) -> Iterator[str]:
    if file in read:
        return
    read[file] = None
    if len(read) > FILES_MAX:
        raise UserError(f"more than {FILES_MAX} files of requirements include each other", where=str(file))
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UserError(f"the requirements cannot be read: {error.strerror}", where=str(file)) from error
    # pip freeze in a PowerShell writes UTF-16.
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for line in _joined(body.decode(encoding, "replace")):
        yield from _line(line, file, read)


def _joined(text: str) -> Iterator[str]:
    """Lines without comments; those that end in a backslash go on in the next one."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if bare := _COMMENT.sub("", line).strip():
            yield bare


def _line(line: str, file: Path, read: dict[Path, None]) -> Iterator[str]:
    option = _OPTION.fullmatch(line)
    if option is None:
        yield _absolute(line, file.parent) if is_local(line) and _exists(file.parent, line) else line
        return
    name, value = option[1].lstrip("-")[0], option[2].strip().strip("\"'")
    if name == "r":
        yield from _lines((file.parent / value).resolve(), read)
    elif name == "c":
        read[file.parent / value] = None
        yield f"-c {(file.parent / value).resolve()}"
    elif name == "f":
        yield f"-f {_absolute(value, file.parent) if is_local(value) else value}"
    else:
        # Code is copied here, and never linked to.
        yield _absolute(value, file.parent) if is_local(value) else value


def _exists(folder: Path, line: str) -> bool:
    return line.startswith((".", "/")) or (folder / line.partition("[")[0].partition(";")[0].strip()).exists()


def _absolute(line: str, folder: Path) -> str:
    """A path with its extras (``../mine[redis]``), from the root."""
    path, bracket, rest = line.partition("[")
    return f"{(folder / path.strip()).resolve()}{bracket}{rest}"
