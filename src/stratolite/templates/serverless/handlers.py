"""The file and the function that a handler setting names, found before anything is deployed.

Python: ``src/users.list_users`` is ``list_users`` in ``src/users.py``. Node: ``src/users.list`` is the export ``list``
of ``src/users.js`` (or .mjs, .cjs). A name is refused only where its absence is certain: what a module makes while it
runs is not seen. Other languages are not looked into.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from stratolite.core.errors import UserError
from stratolite.templates.document import Mark
from stratolite.templates.serverless import making

SOURCE_BYTES_MAX = 1024 * 1024

_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PYTHON = re.compile(r"python3\.(\d+)")
_WORD = re.compile(r"[\w$]+")
_NODE_SUFFIXES = ("", ".js", ".mjs", ".cjs")
_NODE = re.compile(r"(?P<module>(?:.*/)?[^./][^.]*)\.(?P<name>[^/]+)$", re.DOTALL)
_OPEN_EXPORTS = re.compile(
    r"export\s*\*|module\.exports\s*=\s*(?!\{)|exports\s*\[|\.\.\.|Object\.(assign|define)|__exportStar|\b__export\("
)


def find(folder: Path, function: str, handler: str, runtime: str, mark: Mark, elsewhere: bool) -> Path | None:
    """The file of a handler; None where it is not of a language that is known, or may be in a layer (``elsewhere``).

    Raises UserError at ``mark`` where the file or what it should export does not exist.
    """
    language = "python" if runtime.startswith("python") else "node" if runtime.startswith("nodejs") else None
    if language is None:
        return None
    candidates, name = _python(handler) if language == "python" else _node(handler)
    if not candidates:
        raise UserError(
            f"the handler {handler!r} of the function {function} is not of the form file.name",
            where=str(mark),
            todo="Write the file's path without its suffix, a dot, and the function's name: src/users.list.",
        )
    file = next((folder / each for each in candidates if (folder / each).is_file()), None)
    if file is None:
        if elsewhere and "\\" not in handler:
            return None
        raise UserError(
            f"the handler {handler!r} of the function {function} names a file that does not exist",
            where=str(mark),
            todo=_todo(folder, candidates),
        )
    status = file.stat()
    names = _names(file, language, (status.st_mtime_ns, status.st_size)) if status.st_size <= SOURCE_BYTES_MAX else None
    if names is not None and name not in names:
        raise UserError(
            f"the handler {handler!r} of the function {function} names {name!r}, which {file} does not define",
            where=str(mark),
            todo="Correct the name after the last dot.",
        )
    return file


def _todo(folder: Path, candidates: list[str]) -> str:
    slashed = [each.replace("\\", "/") for each in candidates if "\\" in each]
    there = next((each for each in slashed if (folder / each).is_file()), None)
    if there is not None:
        return f"{there} is there: write the path with slashes, which every system understands."
    typed = next((f"{each}.ts" for each in candidates if (folder / f"{each}.ts").is_file()), None)
    if typed is not None:
        return (
            f"{typed} is TypeScript, and the project has nothing that builds it: npm install --save-dev esbuild "
            "(webpack with a webpack.config.js, and typescript, do as well)."
        )
    stems = [each.rpartition(".")[0] for each in candidates if each.endswith((".js", ".py"))]
    other = ".js" if candidates[-1].endswith(".py") else ".py"
    strange = next((f"{stem}{other}" for stem in stems if (folder / f"{stem}{other}").is_file()), None)
    if strange is not None:
        language = "Python" if other == ".py" else "Node"
        return f"{strange} is there: set the runtime to one of {language}, in 'provider' or at the function."
    run = making.hint(folder, folder / candidates[-1])
    there_is_no = f"There is no {' or '.join(str(folder / each) for each in candidates[-3:])}"
    return f"{there_is_no}: '{run}' may make it." if run else f"{there_is_no}."


def syntax_error(file: Path, runtime: str) -> SyntaxError | None:
    """Why a module of Python cannot be read; None where it can, or where only a later Python knows."""
    version = _PYTHON.fullmatch(runtime)
    if version is None or int(version[1]) > sys.version_info.minor or file.stat().st_size > SOURCE_BYTES_MAX:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(file.read_bytes())
    except SyntaxError as error:
        return error
    except ValueError:
        return None
    return None


def node_module(handler: str) -> str:
    """The path of a handler's file in Node, without a suffix; empty where it has none."""
    match = _NODE.match(handler)
    return "" if match is None else match["module"]


def _python(handler: str) -> tuple[list[str], str]:
    module, dot, name = handler.rpartition(".")
    path = module.replace(".", "/").removeprefix("/")
    return ([f"{path}/__init__.py", f"{path}.py"] if dot and path and name else []), name


def _node(handler: str) -> tuple[list[str], str]:
    match = _NODE.match(handler)
    if match is None:
        return [], ""
    return [match["module"] + suffix for suffix in _NODE_SUFFIXES], match["name"].partition(".")[0]


@lru_cache(maxsize=1_024)
def _names(file: Path, language: str, _stamp: tuple[int, int]) -> frozenset[str] | None:
    """The names that a file may export; None where that cannot be told. Time and size stand for the content."""
    body = file.read_bytes()
    if language == "node":
        text = body.decode("utf-8", "replace")
        return None if _OPEN_EXPORTS.search(text) else frozenset(_WORD.findall(text))
    try:
        names = frozenset(_defined(ast.parse(body).body))
    except (SyntaxError, ValueError):
        # Python itself says so, better, when the function is called.
        return None
    return None if names & {"*", "__getattr__", "globals", "exec"} else names


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    """The names that statements of a module define; ``*`` and the like where more may be."""
    for statement in body:
        if isinstance(statement, _BLOCKS):
            yield statement.name
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.alias):
                yield node.asname or node.name.partition(".")[0]
            elif isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store) or node.id in ("globals", "exec"):
                    yield node.id
            elif isinstance(node, _BLOCKS):
                yield node.name
