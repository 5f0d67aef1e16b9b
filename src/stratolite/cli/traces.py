"""Traces of errors as people want to see them: the project's own files and lines, with what stands there.

A function runs from an unpacked copy, bundled perhaps; its log names that copy, the runtime's files and packages. Under
``up`` the project is at hand, so frames name the project's files, from its folder; the others are counted.
What is kept in the log stays as AWS has it.
"""

import json
import linecache
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

_FRAME = "\n  File "
_MARKS = (_FRAME, '"stack":[', '"stackTrace":[')
"""What messages with a trace hold: Python's frames, Node's error in text and in JSON."""
_COPY = re.compile(r"^(?:file://)?(?:/var/task/|webpack://[^/]*/|.*/run/lambda/)(?P<inside>.+)$")
_OF_PACKAGES = frozenset({"node_modules", "site-packages", "dist-packages"})
_OF_RUNTIME = ("node:", "/var/rapid/", "file:///var/rapid/", "/var/runtime/", "/opt/", "<")
_PYTHON = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$')
_NODE = re.compile(r"^\s*at (?:(?P<name>.*?) \()?(?P<file>\S+?):(?P<line>\d+):(?P<column>\d+)\)?$")
_INDENT = "    "


class Traces:
    """Rewrites the traces in messages. ``folder``: the project's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def readable(self, message: str) -> str:
        """A message with its trace rewritten; any other message as it is."""
        if "\n" not in message[:-1] and "stack" not in message:
            return message  # As nearly all are: a busy function's lines are a part of what its requests cost.
        # Every line comes by here: the words are looked for before the marks.
        if "stack" not in message and _FRAME not in message:
            return message
        if not any(mark in message for mark in _MARKS):
            return message
        linecache.checkcache()
        if _FRAME in message:
            return "\n".join(self._python(message.rstrip("\n").split("\n")))
        return self._node(message)

    def _python(self, lines: Sequence[str]) -> Iterator[str]:
        others = 0
        is_ours = True
        for line in lines:
            frame = _PYTHON.match(line)
            if frame is not None:
                own = self._own(frame["file"])
                is_ours = own is not None
                if own is None:
                    others += 1
                else:
                    yield from _counted(others)
                    others = 0
                    yield f'  File "{own}", line {frame["line"]}, in {frame["name"]}'
            elif not line.startswith(_INDENT):
                yield from _counted(others)
                others = 0
                is_ours = True
                yield line
            elif is_ours:
                yield line
        yield from _counted(others)

    def _node(self, message: str) -> str:
        """The error object at the end of a line, written out."""
        start = message.find("{")
        try:
            error = json.loads(message[start:])
        except ValueError:
            return message
        inner = error.get("message") if isinstance(error, dict) else None
        if isinstance(inner, dict) and ("stackTrace" in inner or "stack" in inner):
            error = inner
        stack = error.get("stack") or error.get("stackTrace") if isinstance(error, dict) else None
        if not isinstance(stack, list) or not all(isinstance(line, str) for line in stack):
            return message
        head = message[:start].rstrip() or " ".join(["ERROR", *_told(error)])
        is_python = any(line.startswith('  File "') for line in stack)
        frames = self._python("".join(stack).rstrip("\n").split("\n")) if is_python else self._frames(stack)
        return "\n".join([head, *frames])

    def _frames(self, stack: Sequence[str]) -> Iterator[str]:
        others = 0
        for line in stack:
            frame = _NODE.match(line)
            own = self._own(frame["file"]) if frame is not None else None
            if frame is None and line.lstrip().startswith("at "):
                others += 1  # A frame of the engine's own: <anonymous>.
            elif frame is None:
                yield line
            elif own is None:
                others += 1
            else:
                yield from _counted(others)
                others = 0
                yield f"  at {frame['name'] or '<module>'} ({own}:{frame['line']}:{frame['column']})"
                source = linecache.getline(str(self._folder / own), int(frame["line"])).strip()
                if source:
                    yield f"{_INDENT}{source}"
        yield from _counted(others)

    def _own(self, file: str) -> str | None:
        """A file of the project, relative to its folder; None for the runtime's and for packages."""
        copied = _COPY.match(file)
        inside = copied["inside"] if copied else file.removeprefix("file://").lstrip("/")
        parts = PurePosixPath(inside).parts
        if _OF_PACKAGES & set(parts) or file.startswith(_OF_RUNTIME):
            return None
        # A bundle's source map leads out of the copy, to where its sources are not; what is there is the machine's own.
        if copied is None and Path("/", inside).exists():
            return None
        for start in range(len(parts)):
            name = "/".join(parts[start:])
            if (self._folder / name).is_file():
                return name
        return None


def _told(error: dict[str, Any]) -> list[str]:
    """What an error object says beside its trace, where the trace does not begin with it."""
    if "stack" in error or isinstance(error.get("message"), dict) or "message" not in error:
        return []
    return [str(error["message"])]


def _counted(others: int) -> Iterator[str]:
    if others:
        yield f"  ... {others} of the runtime and of packages"
