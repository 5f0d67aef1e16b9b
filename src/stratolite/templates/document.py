"""YAML and JSON as values that know where they stand.

Owns: ``Map``, ``List`` and scalars with the position of every key and element, and reading a file into them (YAML by
way of ``yaml_reader``). May not: resolve anything. Costs about a millisecond per 100 lines.

Unquoted dates are texts, or time stamps with ``dates=True``: the Serverless Framework makes them so, CloudFormation
does not.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.javascript import number, ordered

FILE_BYTES_MAX = 8 * 1024 * 1024
NODES_MAX = 200_000
DEPTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a file; lines and columns count from 1. Line 0 is the file as a whole: a program has no lines."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Map(dict[str, Any]):
    """A mapping with its own position and that of every key."""

    __slots__ = ("at", "marks")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a value and where it was written."""
        self[key] = value
        self.marks[key] = mark

    def blank(self) -> "Map":
        """One of the same kind and place, without members."""
        return Map(self.at)


class List(list[Any]):
    """A sequence with its own position and that of every element."""

    __slots__ = ("at", "marks")

    def __init__(self, at: Mark) -> None:
        super().__init__()
        self.at = at
        self.marks: list[Mark] = []

    def put(self, value: Any, mark: Mark) -> None:
        """Append a value and where it was written."""
        self.append(value)
        self.marks.append(mark)


def value_at(document: Map, *keys: str) -> Any:
    """What stands below keys (``custom``, ``esbuild``); None where nothing does, or what is on the way is no map."""
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, Map) else None
    return value


def map_at(document: Map, *keys: str) -> Map:
    """The map below keys; an empty one without a place where there is none."""
    found = value_at(document, *keys)
    return found if isinstance(found, Map) else Map(Mark(""))


def mark_of(container: Any, key: str | int) -> Mark:
    """Where ``container[key]`` was written; the container's own position when that is not known."""
    if isinstance(container, Map) and isinstance(key, str):
        return container.marks.get(key, container.at)
    if isinstance(container, List):
        return container.marks[key] if isinstance(key, int) and key < len(container.marks) else container.at
    return Mark("", 1, 1)


def copied(value: Any) -> Any:
    """A deep copy that keeps positions."""
    if isinstance(value, Map):
        twin = value.blank()
        twin.marks.update(value.marks)
        twin.update({key: copied(child) for key, child in value.items()})
        return twin
    if isinstance(value, List):
        row = List(value.at)
        row.marks.extend(value.marks)
        row.extend(copied(child) for child in value)
        return row
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises UserError when it cannot be read or is over FILE_BYTES_MAX."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the file: {error.strerror}", where=str(path)) from error
    if len(body) > FILE_BYTES_MAX:
        raise UserError(f"the file is larger than {FILE_BYTES_MAX} bytes", where=str(path))
    return body


def decoded(body: bytes, file: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises UserError with the position of the first bad byte."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise UserError(
            "the file is not UTF-8 text",
            where=f"{file}:{before.count(10) + 1}:{column}",
            todo="Save it as UTF-8.",
        ) from error


def read_document(path: Path, *, dates: bool = False) -> Any:
    """A YAML or JSON file (by its suffix) as positioned values; None when it is empty. Raises UserError."""
    text = decoded(read_bytes(path), str(path))
    if path.suffix in (".json", ".tfstate"):
        return parse_json(text, str(path))
    from stratolite.templates.yaml_reader import parse_yaml

    return parse_yaml(text, str(path), dates=dates)


def parse_json(text: str, file: str) -> Any:
    """JSON text as positioned values. Keys have no position of their own: all stand at the file's beginning."""
    try:
        value = json.loads(text, parse_int=float, parse_constant=_refused) if text.strip() else None
    except json.JSONDecodeError as error:
        raise UserError(
            f"malformed JSON: {error.msg.lower()}",
            where=f"{file}:{error.lineno}:{error.colno}",
            todo="Correct the JSON.",
        ) from error
    except RecursionError as error:
        raise UserError("the document is nested too deeply", where=file) from error
    return positioned(value, Mark(file))


def _refused(constant: str) -> None:
    raise json.JSONDecodeError(f"{constant} is no JSON", "", 0)


def positioned(value: Any, mark: Mark, depth: int = 0) -> Any:
    """A plain value as positioned values that all stand at ``mark``."""
    if depth > DEPTH_MAX:
        raise UserError(f"the document is nested more than {DEPTH_MAX} levels deep", where=str(mark))
    if isinstance(value, dict):
        result = Map(mark)
        for key in ordered(value):
            result.put(key, positioned(value[key], mark, depth + 1), mark)
        return result
    if isinstance(value, list):
        row = List(mark)
        for child in value:
            row.put(positioned(child, mark, depth + 1), mark)
        return row
    return number(value) if isinstance(value, float) else value
