"""What functions of Node.js import of AWS's SDKs and do not bring: found by reading their code, without running it.

Read are the JavaScript files of artefacts; of packages, only what they expect of whoever installs them. So are
bundles, from which SDKs are often left out. Each file is read once for each of its states, at a gigabyte a second.
"""

import io
import json
import os
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stratolite.core.errors import UserError
from stratolite.engine import node_sdk
from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.handlers import node_module

PACKAGE_2 = "aws-sdk"
"""The one package of version 2."""
SUFFIXES = (".js", ".mjs", ".cjs")
SOURCE_BYTES_MAX = 32 * 1024 * 1024
PACKAGES = "node_modules/"
MANIFEST = "/package.json"
_FUNCTION = "AWS::Lambda::Function"
_WORDS = (b"aws-sdk", b"@smithy/")
# In bundles that are evaluated, quotes are escaped.
_IMPORT = rb"""(?:\brequire(?:\.resolve)?\s*\(\s*|\bfrom\s*|\bimport\s*\(?\s*)\\?["'`]"""
_OF_PACKAGE = re.compile(_IMPORT + rb"""(aws-sdk|@(?:aws-sdk|smithy)/[\w.-]+)[/"'`\\]""")
_IN_PROSE = re.compile(rb"""[^"'`\\]*\\?["'`]\)?;\]""")
"""The end of an import that an error's text advises, in brackets: no program has ``;]``."""
_OF_FILE = re.compile(_IMPORT + rb"""(\.\.?/[^"'`\\]*)""")
_SDK = re.compile(r"aws-sdk|@(aws-sdk|smithy)/[\w.-]+")
_BEFORE, _AFTER = 40, 120
"""Within so many characters around such a word stands the import: a search for the words alone is ten times faster."""


@dataclass(frozen=True, slots=True)
class Need:
    """A package that a function imports from its runtime."""

    function: str
    runtime: str
    package: str
    """``aws-sdk``, ``@aws-sdk/client-s3``."""
    is_its_own: bool
    """Whether its handler leads to a file that imports it; else it is some file of an artefact that functions share."""

    @property
    def is_brought(self) -> bool:
        """Whether the function's runtime has it on AWS."""
        return (self.package == PACKAGE_2) == (node_sdk.version_of(self.runtime) == node_sdk.VERSION_2)


@dataclass(frozen=True)
class Source:
    """A file: which packages of AWS's SDKs it imports, and how it is read again."""

    packages: frozenset[str]
    load: Callable[[], bytes]

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """The files that it imports, as they are written."""
        return beside(self.load())


@dataclass(frozen=True)
class Code:
    """What an artefact holds, read once for all functions that share it."""

    sources: Mapping[str, Source]
    brought: Set[tuple[str, str]]
    """Packages: the folder in which ``node_modules`` stands, and the name."""

    @cached_property
    def unlisted(self) -> Mapping[str, Set[str]]:
        """What files import that is not in the artefact, as seen from each."""
        return {
            file: lacking
            for file, source in self.sources.items()
            if source.packages and (lacking := {one for one in source.packages if not self._has(file, one)})
        }

    def _has(self, file: str, package: str) -> bool:
        return any((folder, package) in self.brought for folder in _above(file))


def find(template: Mapping[str, Any], artefacts: Mapping[str, Artefact]) -> tuple[Need, ...]:
    """What the functions of a template need. ``artefacts``: by the S3 keys that the template names."""
    read: dict[str, Code] = {}

    def code(part: Any) -> Code | None:
        key = part.get("S3Key") if isinstance(part, dict) else None
        if isinstance(key, str) and key in artefacts and key not in read:
            read[key] = _code(artefacts[key])
        return read.get(key) if isinstance(key, str) else None

    return tuple(need for function in _functions(template) for need in _needs(template, code, *function))


def _functions(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Names and properties of the functions of Node.js."""
    for logical_id, resource in template.get("Resources", {}).items():
        if isinstance(resource, dict) and resource.get("Type") == _FUNCTION:
            properties = resource.get("Properties") or {}
            name = properties.get("FunctionName")
            if str(properties.get("Runtime")).startswith("nodejs"):
                yield name if isinstance(name, str) else logical_id, properties


def _needs(
    template: Mapping[str, Any], code_of: Callable[[Any], Code | None], name: str, properties: Mapping[str, Any]
) -> Iterator[Need]:
    part = properties.get("Code")
    inline = part.get("ZipFile") if isinstance(part, dict) else None
    code = Code({"index.js": _source(inline.encode())}, frozenset()) if isinstance(inline, str) else code_of(part)
    if code is None or not code.unlisted:
        return
    layers = (code_of(content) for content in _layers(template, properties))
    of_layers = {package for layer in layers if layer is not None for _, package in layer.brought}
    own = _followed(str(properties.get("Handler")), code.sources) & code.unlisted.keys()
    its_own = {package for file in own for package in code.unlisted[file]}
    for package in sorted(set().union(*code.unlisted.values()) - of_layers):
        yield Need(name, properties["Runtime"], package, package in its_own)


def _layers(template: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[Any]:
    """Where the content is of the layers of a function that the template makes."""
    layers = properties.get("Layers")
    for layer in layers if isinstance(layers, list) else ():
        named = layer.get("Ref") if isinstance(layer, dict) else None
        resource = template["Resources"].get(named) if isinstance(named, str) else None
        yield (resource or {}).get("Properties", {}).get("Content")


# Artefacts ----------------------------------------------------------------------------------------------------------


def _code(artefact: Artefact) -> Code:
    if artefact.entries:
        sources = {entry.name: _of_file(entry.path) for entry in artefact.entries if _is_read(entry.name)}
        names = [entry.name for entry in artefact.entries]
    else:
        archive = _archive(artefact)
        names = archive.namelist() if archive is not None else []
        sources = {name: _source(archive.read(name)) for name in names if archive is not None and _is_read(name)}
    return Code(sources, {_package_of(name) for name in names if PACKAGES in name})


def _package_of(name: str) -> tuple[str, str]:
    before, _, rest = name.rpartition(PACKAGES)
    parts = rest.split("/")
    return before, "/".join(parts[: 2 if rest.startswith("@") else 1])


def _archive(artefact: Artefact) -> zipfile.ZipFile | None:
    """A zip that somebody else made; None for one that is none: whoever deploys it says so."""
    try:
        return zipfile.ZipFile(io.BytesIO(artefact.content()))
    except (UserError, zipfile.BadZipFile):
        return None


def _is_read(name: str) -> bool:
    if PACKAGES not in name:
        return name.endswith(SUFFIXES)
    return name.endswith(MANIFEST) and name.endswith(f"{PACKAGES}{_package_of(name)[1]}{MANIFEST}")


def _source(body: bytes) -> Source:
    return Source(imported(body), lambda: body)


def _of_file(path: str) -> Source:
    def load() -> bytes:
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as artefacts are read.
                return file.read(SOURCE_BYTES_MAX)
        except OSError:  # Whoever packs it says so.
            return b""

    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of files.
    except OSError:
        return Source(frozenset(), load)
    return Source(_of_state(path, status.st_mtime_ns, status.st_size, load), load)


_STATES: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}
"""What files import, by path; for the state of each, which its time and its size stand for."""


def _of_state(path: str, mtime_ns: int, size: int, load: Callable[[], bytes]) -> frozenset[str]:
    state, found = _STATES.get(path, ((0, -1), frozenset()))
    if state != (mtime_ns, size):
        found = imported(load())
        _STATES[path] = (mtime_ns, size), found
    return found


# Sources ------------------------------------------------------------------------------------------------------------


def imported(source: bytes) -> frozenset[str]:
    """The packages of AWS's SDKs that a file imports; what stands in a comment of one line does not count.

    Of the ``package.json`` of a package, those that it expects beside it.
    """
    if b'"peerDependencies"' in source and source.lstrip().startswith(b"{"):
        return _expected(source)
    found = set()
    for word in _WORDS:
        at = source.find(word)
        while at >= 0:
            for match in _OF_PACKAGE.finditer(source, max(0, at - _BEFORE), at + _AFTER):
                is_it = match.start(1) <= at < match.end(1)
                if is_it and not _is_comment(source, match.start()) and not _IN_PROSE.match(source, match.end(1)):
                    found.add(match[1].decode())
            at = source.find(word, at + len(word))
    return frozenset(found)


def _expected(manifest: bytes) -> frozenset[str]:
    if not any(word in manifest for word in _WORDS):
        return frozenset()
    try:
        read = json.loads(manifest)
        peers, meta = read.get("peerDependencies") or {}, read.get("peerDependenciesMeta") or {}
        wanted = {name for name in peers if not (meta.get(name) or {}).get("optional")}
    except (ValueError, AttributeError, TypeError):  # A manifest that npm could not have read either.
        return frozenset()
    return frozenset(name for name in wanted if _SDK.fullmatch(name))


def beside(source: bytes) -> tuple[str, ...]:
    """The files that a file imports, as they are written: ``../lib/a``."""
    return tuple(match[1].decode("utf-8", "replace") for match in _OF_FILE.finditer(source))


def _is_comment(source: bytes, at: int) -> bool:
    line = source[source.rfind(b"\n", 0, at) + 1 : at][:200].lstrip()
    return line.startswith((b"//", b"*", b"/*"))


def _above(name: str) -> Iterator[str]:
    """The folders in which a module looks for packages: ``src/lib/``, ``src/`` and none."""
    parts = name.split("/")[:-1]
    for length in range(len(parts), -1, -1):
        yield "".join(f"{part}/" for part in parts[:length])


def _followed(handler: str, sources: Mapping[str, Source]) -> set[str]:
    """The files to which a handler leads."""
    found: set[str] = set()
    waiting = [posixpath.normpath(node_module(handler))]
    while waiting:
        module = waiting.pop()
        for suffix in ("", *SUFFIXES, *(f"/index{suffix}" for suffix in SUFFIXES)):
            name = f"{module}{suffix}"
            if name in sources and name not in found:
                found.add(name)
                folder = posixpath.dirname(name)
                waiting += [posixpath.normpath(posixpath.join(folder, file)) for file in sources[name].beside]
    return found
