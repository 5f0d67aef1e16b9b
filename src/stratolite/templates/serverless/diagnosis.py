"""All mistakes of a file, where the compiler stops at the first.

What a mistake is in (an event, a function, a setting) is cut out of the document, and the rest is compiled again, until
nothing is wrong or nothing more can be cut out. So each part is judged as if the others were right. A compilation is
dry (nothing is built or installed), and takes about 0.1 s for a hundred functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stratolite.core.errors import Mistakes, UserError
from stratolite.templates.dependencies.installation import Installation
from stratolite.templates.document import List, Map, copied, mark_of, read_document
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compiler import compile_resolved
from stratolite.templates.serverless.installations import missing
from stratolite.templates.serverless.model import Compiled, Options
from stratolite.templates.serverless.survey import Survey, survey
from stratolite.templates.serverless.variables.resolver import Resolved, resolve

MISTAKES_MAX = 100
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/none@sha256:" + "0" * 64
"""What a function is made to be whose handler is wrong, so that its events can be judged."""

Path_ = tuple[str | int, ...]
"""Keys and indexes that lead to a part of a document."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and what it concerns: ``functions``, ``events``, ``plugins``, ``variables`` or ``settings``."""

    about: str
    error: UserError


@dataclass
class Diagnosis:
    """What is known of a file without running anything.

    ``compiled`` is made of what has no mistakes: None where even that cannot be. ``resolved`` is None where variables
    stand in the way of everything.
    """

    survey: Survey = field(default_factory=Survey)
    resolved: Resolved | None = None
    compiled: Compiled | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    missing: tuple[Installation, ...] = ()
    """What is not installed, and ``up`` would install."""
    stubs: set[str] = field(default_factory=set)
    """Functions whose own resource says nothing, by logical id: their handlers are wrong, their events were judged."""

    def tell(self, about: str, error: UserError) -> bool:
        """Keep a mistake, or several; whether one was new."""
        before = {(one.error.where, one.error.what) for one in self.mistakes}
        new = [one for one in errors_of(error) if (one.where, one.what) not in before]
        self.mistakes += [Mistake(about, one) for one in new]
        return bool(new)


def errors_of(error: UserError) -> tuple[UserError, ...]:
    """One mistake, or the several that were told at once."""
    return error.errors if isinstance(error, Mistakes) else (error,)


def diagnose(file: Path, options: Options) -> Diagnosis:
    """What is found and what is wrong in a file. Raises UserError for one that cannot be read."""
    options = replace(options, is_dry=True)
    diagnosis = Diagnosis(survey(_document(file)) if file.suffix in (".yml", ".yaml", ".json") else Survey())
    diagnosis.resolved = _resolved(file, options, diagnosis)
    if diagnosis.resolved is not None:
        diagnosis.survey = survey(diagnosis.resolved.document)
        try:
            diagnosis.missing = missing(diagnosis.resolved, options)
        except UserError as error:
            diagnosis.tell("dependencies", error)
        diagnosis.compiled = _compiled(diagnosis.resolved, options, diagnosis)
    return diagnosis


def _document(file: Path) -> Map:
    document = read_document(file, dates=True)
    if isinstance(document, Map):
        return document
    raise UserError(
        "the file is not a mapping of names to settings", where=f"{file}:1:1", todo="Begin with 'service:'."
    )


def _resolved(file: Path, options: Options, diagnosis: Diagnosis) -> Resolved | None:
    """The file without variables, and without the plugins that it cannot have."""
    while True:
        try:
            return resolve(file, options)
        except UserError as error:
            named = {one.at: one.name for one in diagnosis.survey.plugins}
            refused = named.get(error.where)
            if not diagnosis.tell("variables" if refused is None else "plugins", error) or refused is None:
                return None
            options = replace(options, ignore_plugins=(*options.ignore_plugins, refused))


def _compiled(resolved: Resolved, options: Options, diagnosis: Diagnosis) -> Compiled | None:
    document = copied(resolved.document)
    cut: set[str] = set()
    for _ in range(MISTAKES_MAX):
        try:
            return compile_resolved(replace(resolved, document=copied(document)), options)
        except UserError as error:
            path = next(_paths(document, error.where), None)
            # That others refer to what was cut out is no mistake of theirs.
            if not any(repr(key) in error.what for key in cut):
                diagnosis.tell(_about(path), error)
            if path is None or not _cut(document, path, cut):
                return None
            if path[0] == "functions" and path[-1] == "handler":
                diagnosis.stubs.add(naming.lambda_function(str(path[1])))
    return None


def _paths(value: Any, where: str, path: Path_ = ()) -> Iterator[Path_]:
    """Where in a document a position is, the outermost part first."""
    keys: list[Any] = (
        list(value) if isinstance(value, Map) else list(range(len(value))) if isinstance(value, List) else []
    )
    for key in keys:
        here = (*path, key)
        if str(mark_of(value, key)) == where:
            yield here
        yield from _paths(value[key], where, here)


def _about(path: Path_ | None) -> str:
    match path:
        case ("functions", _, "events", *_):
            return "events"
        case ("functions" | "layers", *_):
            return "functions"
        case _:
            return "settings"


def _cut(document: Map, path: Path_, cut: set[str]) -> bool:
    """Take out the part that a path leads into; whether that could be."""
    match path:
        case ("service",) | ("provider",) | ("provider", "name"):
            return False
        case ("functions", str(key), "handler") if "image" not in document["functions"][key]:
            function = document["functions"][key]
            del function["handler"]
            function["image"] = IMAGE
        case ("functions", _, "events", int(), *_):
            _remove(document, path[:4])
        case ("functions" | "layers", str(key), *_):
            cut.add(key)
            _remove(document, path[:2])
        case _:
            _remove(document, path)
    return True


def _remove(document: Map, path: Path_) -> None:
    container: Any = document
    for key in path[:-1]:
        container = container[key]
    last = path[-1]
    del container[last]
    if isinstance(container, List) and isinstance(last, int):
        del container.marks[last]
