"""What goes into the zips: one for the service, or one for each function, and one for each layer.

Patterns are applied in the Serverless Framework's order: what is left out by default, ``exclude``, ``include``,
``patterns``, and packages of Node that only development needs last. The last pattern that fits a file decides.
Follows https://www.serverless.com/framework/docs/providers/aws/guide/packaging (version 3).

``package.path`` is where the Serverless Framework leaves its files; Stratolite uploads from memory and needs none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning, without
from stratolite.templates import unsupported
from stratolite.templates.artefacts import Artefact, Entry, packed_texts
from stratolite.templates.document import Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import hoisted, making, plugins, programs, ready_made, requirements
from stratolite.templates.serverless.builds.choice import builder_of
from stratolite.templates.serverless.builds.workshop import Workshop
from stratolite.templates.serverless.globs import base
from stratolite.templates.serverless.handler_files import FAILS, HandlerFiles
from stratolite.templates.serverless.installations import Installations
from stratolite.templates.serverless.left_out import LeftOut, Patterns
from stratolite.templates.serverless.model import Ask, Compiled, Options
from stratolite.templates.serverless.python_parts import PythonParts
from stratolite.templates.serverless.selection import Selection
from stratolite.templates.serverless.service import runtime_of
from stratolite.templates.serverless.tree import Tree
from stratolite.templates.serverless.variables.resolver import Resolved
from stratolite.templates.serverless.warned import warned

NOT_PACKED = Artefact("", "", body=b"")
"""The code of functions that cannot run on this machine: it need not be there."""


_WAY_OUT = re.compile(r"^(\.\./)+")


@dataclass(frozen=True)
class Packaging:
    """Which artefact holds the code of each function and layer, by their keys in the file.

    ``handlers``: the file of each function's handler, where it is one that is packaged here. ``unsupported``: functions
    that cannot run on this machine, each with the reason; their artefacts are NOT_PACKED.
    """

    functions: Mapping[str, Artefact]
    layers: Mapping[str, Artefact]
    warnings: tuple[Warning, ...]
    handlers: Mapping[str, Path] = field(default_factory=dict)
    unsupported: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Path, ...] = ()
    """Folders outside of the service's of which something is packaged, for watching."""


def packaging(
    resolved: Resolved,
    key_prefix: str,
    tell: Callable[[str], None] = lambda text: None,
    *,
    is_dry: bool = False,
    is_lenient: bool = False,
    workshop: Workshop | None = None,
    installations: Installations | None = None,
    ask: Ask | None = None,
) -> Packaging:
    """The artefacts of a service, named as the Serverless Framework names them; keys are ``key_prefix/name``.

    ``tell`` hears of what is about to take a while. ``is_dry``: nothing is built or installed. ``is_lenient``: what the
    other functions can do without, a handler that is not there, is warned of. ``workshop`` keeps build processes.
    ``installations`` has the packages that functions ask for. ``ask`` asks the account that is deployed to.

    Raises UserError with file, line and column for a handler or artefact that does not exist, and for patterns that
    choose nothing.
    """
    needed = installations or Installations(resolved, Options(tell=tell))
    with nullcontext(workshop) if workshop is not None else Workshop() as chosen:
        fetching = ready_made.Fetching(ask, resolved.region, is_dry=is_dry)
        return _Packer(resolved, key_prefix, needed, is_dry, is_lenient, chosen, fetching).packaging()


def package(compiled: Compiled, out: Path) -> dict[Artefact, Path]:
    """Writes the artefacts' zips into a folder, those alone that changed; gives where each one is."""
    written = {}
    for artefact in compiled.artefacts:
        file = out / artefact.name
        body = artefact.content()
        try:
            out.mkdir(parents=True, exist_ok=True)
            if not file.is_file() or file.read_bytes() != body:
                file.write_bytes(body)
        except OSError as error:
            raise UserError(f"the artefact cannot be written: {error.strerror}", where=str(file)) from error
        written[artefact] = file
    return written


class _Packer:
    def __init__(
        self,
        resolved: Resolved,
        key_prefix: str,
        installations: Installations,
        is_dry: bool,
        is_lenient: bool,
        workshop: Workshop,
        fetching: ready_made.Fetching,
    ) -> None:
        self._fetching = fetching
        self._installations = installations
        self._is_dry = is_dry
        self._is_lenient = is_lenient
        self._unsupported: dict[str, str] = {}
        self._document = resolved.document
        self._folder = resolved.folder
        self._file = resolved.file
        self._prefix = key_prefix
        self._settings = _map(self._document.get("package"))
        self._left_out = LeftOut(self._document, self._file, self._folder)
        self._warnings: list[Warning] = []
        self._outside: dict[Path, None] = {}
        self._tree = Tree()
        self._found: dict[tuple[Any, ...], tuple[Entry, ...]] = {}
        self._twins: dict[tuple[Entry, ...], Artefact] = {}
        self._python = PythonParts(self._document, self._folder, installations, self._runtime)
        named = [name for name, _ in plugins.named(self._document)]
        supplied = (lambda: None) if is_dry else installations.esbuild
        self._builder = builder_of(
            self._document, self._folder, named, resolved.stage, workshop, supplied, is_lenient=is_lenient
        )
        self._handlers = HandlerFiles(
            self._document,
            self._folder,
            self._builder,
            self._python,
            self._warnings.append,
            is_dry=is_dry,
            is_lenient=is_lenient,
        )

    def packaging(self) -> Packaging:
        functions: dict[str, Artefact] = {}
        together: list[str] = []
        for key, function in self._each("functions"):
            if truthy(function.get("image")):
                if self._is_lenient:
                    self._unsupported[key] = unsupported.IMAGE
                continue
            settings = _map(function.get("package"))
            self._check_patterns(key, settings)
            if self._cannot_run(key, function):
                functions[key] = NOT_PACKED
                continue
            alone = self._alone(key, settings)
            if alone is None:
                together.append(key)
            else:
                functions[key] = alone
        if together:
            functions.update(dict.fromkeys(together, self._service(together)))
        packed = [key for key, artefact in functions.items() if artefact is not NOT_PACKED]
        for key in packed:
            if functions[key].ready is None and functions[key].body is None:
                self._handlers.find(key, functions[key])
        if packed and len(self._handlers.absent) == len(packed):
            raise self._handlers.absent[packed[0]]
        if self._is_lenient:
            functions = programs.with_bootstraps(functions, self._document)
        layers = {key: self._layer_or_empty(key, layer) for key, layer in self._each("layers")}
        if self._is_dry:
            functions = {key: artefact.unread() for key, artefact in functions.items()}
            layers = {key: artefact.unread() for key, artefact in layers.items()}
        built = self._builder.warnings if self._builder is not None else ()
        warnings = (*self._python.notes(), *self._warnings, *built)
        if self._builder is not None:
            self._outside |= dict.fromkeys(self._builder.outside)
        return Packaging(functions, layers, warnings, self._handlers.found, self._unsupported, tuple(self._outside))

    def _cannot_run(self, key: str, function: Map) -> bool:
        """Whether a function's code need not be packaged, because nothing here could run it."""
        if not self._is_lenient:
            return False
        if self._runtime(function) in programs.RUNTIMES:
            reason = programs.why_not_run(self._document, self._folder, function)
        else:
            reason = unsupported.why_not_run(self._runtime(function))
        if reason:
            self._unsupported[key] = reason
        return bool(reason)

    def _each(self, name: str) -> Iterator[tuple[str, Map]]:
        entries = self._document.get(name)
        if isinstance(entries, Map):
            yield from ((key, value) for key, value in entries.items() if isinstance(value, Map))

    def _alone(self, key: str, settings: Map) -> Artefact | None:
        """The artefact that a function has for itself; None when it shares the service's."""
        if truthy(settings.get("artifact")) and not truthy(settings.get("disable")):
            return self._ready(settings, f'(for "{key}")', (key,))
        if truthy(settings.get("disable")):
            return None
        individually = truthy(settings.get("individually"))
        if not individually and not truthy(self._settings.get("individually")):
            return None
        if truthy(self._settings.get("artifact")) and not individually:
            return None
        place = self._document["functions"].marks[key]
        return self._code(f"{key}.zip", settings, place, (key,))

    def _service(self, owners: list[str]) -> Artefact:
        if truthy(self._settings.get("artifact")):
            return self._ready(self._settings, "", tuple(owners))
        place = self._document.marks.get("package", self._document.at)
        return self._code(f"{self._document['service']}.zip", Map(place), place, tuple(owners))

    def _code(self, name: str, settings: Map, mark: Mark, owners: tuple[str, ...]) -> Artefact:
        """The artefact of functions: the files that patterns choose, and what plugins make of and add to them."""
        before, taken, after = self._left_out.patterns(settings, layers=True)
        built = [handler for key in owners if (handler := self._handlers.built(key))]
        if self._builder is None or not self._builder.is_whole or len(built) < len(owners):
            found = self._zipped(name, (before, taken, after), self._folder, mark, owners, or_none=True)
            if module := self._python.module(owners):
                found = replace(found, entries=requirements.moved_up(found.entries, module))
            if not found.entries:
                # That a handler's file is not there says more than that nothing fits.
                for key in owners:
                    self._handlers.find(key, found)
                if not self._handlers.absent.keys() & set(owners):
                    raise _nothing_fits(name, mark)
                # Lambda takes no zip without a file.
                return replace(found, body=packed_texts({"empty": b""}))
            if self._is_lenient and not self._is_dry and len(built) < len(owners):
                found = self._with_hoisted(found, Selection.of(before, taken, after))
            return self._shared(self._completed(found, built))
        # Of what is bundled, the files are in the bundles: only those that are asked for stand beside them.
        patterns = ([*before, "!**"], taken, after)
        return self._completed(self._zipped(name, patterns, self._folder, mark, owners, or_none=True), built)

    def _shared(self, artefact: Artefact) -> Artefact:
        """An artefact that has its digest from another one with the same files: it is computed once."""
        twin = self._twins.setdefault(artefact.entries, artefact)
        return replace(twin, name=artefact.name, key=artefact.key, owners=artefact.owners)

    def _with_hoisted(self, artefact: Artefact, chosen: Selection) -> Artefact:
        """An artefact with the packages above the folder that its functions in Node need, as far as patterns let."""
        runtimes = {self._runtime(self._document["functions"][key]) for key in artefact.owners}
        if not any(each.startswith("nodejs") for each in runtimes):
            return artefact
        packaged = {entry.name for entry in artefact.entries}
        added = [one for one in self._hoisted.entries if one.name not in packaged and chosen.chooses(one.name)]
        return replace(artefact, entries=(*artefact.entries, *added))

    @cached_property
    def _hoisted(self) -> hoisted.Hoisted:
        found = hoisted.find(self._folder)
        self._outside |= dict.fromkeys(found.linked)
        self._warnings += found.warnings(self._file)
        return found

    def _completed(self, artefact: Artefact, built: list[str]) -> Artefact:
        """An artefact with what was built for these handlers, and the packages that its Python functions require."""
        if self._is_dry:
            return artefact
        entries = {entry.name: entry for entry in artefact.entries}
        if built and self._builder is not None:
            entries.update((entry.name, entry) for entry in self._builder.entries(built))
        for entry in self._python.beside(artefact.owners):
            entries.setdefault(entry.name, entry)
        for entry in self._installations.unpackaged(artefact.owners):
            entries.setdefault(entry.name, entry)
        return replace(artefact, entries=tuple(entries.values()))

    def _layer_or_empty(self, key: str, layer: Map) -> Artefact:
        """The artefact of a layer; an empty one for one that is not there yet, where functions may do without it."""
        try:
            return self._layer(key, layer)
        except UserError as error:
            if not self._is_lenient:
                raise
            self._warnings.append(without(error, "the layer is empty", Kind.LEFT_OUT, "functions"))
            name = f"{key}.zip"
            return Artefact(name, f"{self._prefix}/{name}", owners=(key,), body=packed_texts({"empty": b""}))

    def _layer(self, key: str, layer: Map) -> Artefact:
        place = self._document["layers"].marks[key]
        if requirements.is_layer(self._document, key, layer):
            return self._requirements_layer(key)
        settings = _map(layer.get("package"))
        if truthy(settings.get("artifact")):
            return ready_made.find(self._folder, settings, f'(for "{key}")', self._prefix, (key,), self._fetching)
        path = layer.get("path")
        if not isinstance(path, str) or not (self._folder / path.lstrip("/")).is_dir():
            raise UserError(
                f"the layer {key} has no folder" + (f" {path!r}" if path else ""),
                where=str(mark_of(layer, "path")),
                todo=self._maker(path) or "Write 'path', a folder whose content becomes /opt.",
            )
        folder = self._folder / path.lstrip("/")
        made = self._zipped(f"{key}.zip", self._left_out.patterns(settings, layers=False), folder, place, (key,))
        added = {} if self._is_dry else {entry.name: entry for entry in self._installations.of_layer(key)}
        return replace(made, entries=tuple((added | {entry.name: entry for entry in made.entries}).values()))

    def _maker(self, path: Any) -> str:
        """What people may run for a folder that is not there."""
        run = making.hint(self._folder, self._folder / path.lstrip("/")) if isinstance(path, str) and path else ""
        return f"'{run}' may make it." if run else ""

    def _requirements_layer(self, key: str) -> Artefact:
        """The packages that functions in Python require, as a layer."""
        name = PurePosixPath(requirements.LAYER_ZIP).name
        made = Artefact(name, f"{self._prefix}/{name}", owners=(key,))
        if self._is_dry:
            return made
        entries = self._python.layer()
        if entries:
            return replace(made, entries=entries)
        what = f"no package is required: the layer {key} is empty"
        self._warnings.append(Warning(what, str(self._file), about="dependencies"))
        return replace(made, body=packed_texts({"empty": b""}))

    def _ready(self, settings: Map, whose: str, owners: tuple[str, ...]) -> Artefact:
        """A zip that somebody else made; an empty one, where the other functions can do without those that need it."""
        try:
            return ready_made.find(self._folder, settings, whose, self._prefix, owners, self._fetching)
        except UserError as error:
            if not self._is_lenient:
                raise
            self._handlers.absent |= dict.fromkeys(owners, error)
            self._warnings.append(without(error, FAILS, Kind.LEFT_OUT, "functions"))
            name = f"{owners[0]}.zip"
            return Artefact(name, f"{self._prefix}/{name}", owners=owners, body=packed_texts({"empty": b""}))

    def _zipped(
        self,
        name: str,
        patterns: Patterns,
        folder: Path,
        mark: Mark,
        owners: tuple[str, ...],
        *,
        or_none: bool = False,
    ) -> Artefact:
        """The files of a folder that patterns choose. Raises UserError for none, unless there may be ``or_none``."""
        entries = self._entries(patterns, folder, mark)
        if not entries and not or_none:
            raise _nothing_fits(name, mark)
        return Artefact(name, f"{self._prefix}/{name}", entries, owners=owners)

    def _entries(self, patterns: Patterns, folder: Path, mark: Mark) -> tuple[Entry, ...]:
        """The files that patterns choose, looked for once. Raises UserError for what is no pattern."""
        wanted = (folder, *(tuple(each) for each in patterns))
        if wanted not in self._found:
            try:
                names = Selection.of(*patterns).files(folder, self._tree)
            except ValueError as error:
                raise UserError(str(error), where=str(mark), todo="Correct the pattern.") from error
            for each in patterns[1]:
                if each.startswith("../"):
                    self._outside[(folder / base(each)).resolve()] = None
            # Files outside of the folder stand where they would without the way out.
            self._found[wanted] = tuple(Entry(_WAY_OUT.sub("", each), f"{folder}/{each}") for each in names)
        return self._found[wanted]

    def _check_patterns(self, key: str, settings: Map) -> None:
        individually = truthy(settings.get("individually")) or truthy(self._settings.get("individually"))
        if truthy(settings.get("patterns")) and not individually and not truthy(settings.get("artifact")):
            what = (
                f"the patterns of the function {key} have no effect: it shares the service's package, unless "
                "package.individually is true"
            )
            self._warnings.append(warned(what, mark_of(settings, "patterns"), Kind.NO_EFFECT, about="functions"))

    def _runtime(self, function: Map) -> str:
        return runtime_of(self._document["provider"], function)


def _nothing_fits(name: str, mark: Mark) -> UserError:
    return UserError(
        f"No file matches include / exclude patterns of {name}",
        where=str(mark),
        todo="The last pattern that fits a file decides; patterns with ! leave out.",
    )


def _map(value: Any) -> Map:
    return value if isinstance(value, Map) else Map(Mark(""))
