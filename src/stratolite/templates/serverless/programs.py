"""Functions that are programs of their own: ``provided.*`` with a ``bootstrap``, and Go's former runtime.

Whether such a function runs here depends on what was built before: the program has to be there, and be one of this
machine. ``go1.x`` named the program by the handler; it speaks the Runtime API as others do (aws-lambda-go does since
1.18), so that it runs as the bootstrap of a ``provided.al2`` function. Nothing is built here.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.engine.executables import HEAD_BYTES, format_fault, why_not_executed
from stratolite.templates.artefacts import Artefact, Entry
from stratolite.templates.document import Map
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.lodash import either
from stratolite.templates.serverless.service import runtime_of

GO = "go1.x"
LOCAL = {GO: "provided.al2", "provided": "provided.al2"}
"""What runtimes that AWS has retired are here."""
RUNTIMES = frozenset({*LOCAL, "provided.al2", "provided.al2023"})
BOOTSTRAP = "bootstrap"
_EXECUTABLE = 0o111
_SCRIPT = Path(__file__).with_name("go_bootstrap.sh")


def why_not_run(document: Map, folder: Path, function: Map) -> str:
    """Why a function of one of RUNTIMES cannot run on this machine; empty where it can."""
    is_go = runtime_of(document["provider"], function) == GO
    name = str(function.get("handler")).removeprefix("./") if is_go else BOOTSTRAP
    artifact = _artifact(function) or _artifact(document)
    if artifact:
        return _fault_in_zip(folder / artifact, artifact, name)
    if (folder / name).is_file():
        fault = why_not_executed(folder / name)
        return f"its program {name} cannot be executed on this machine: {fault}" if fault else ""
    layers = [] if is_go else either(function.get("layers"), document["provider"].get("layers")) or []
    if any((layer / BOOTSTRAP).is_file() for layer in _own_layers(document, folder, layers)):
        return ""
    if layers:
        return "its bootstrap would be in a layer that is not on this machine"
    return f"its program {name} is not there: it has to be built before"


def _artifact(settings: Map) -> str:
    """The zip that a service or a function names, which somebody else makes."""
    package = settings.get("package")
    artifact = package.get("artifact") if isinstance(package, Map) else None
    return artifact if isinstance(artifact, str) else ""


def _own_layers(document: Map, folder: Path, layers: Any) -> Iterator[Path]:
    """The folders of layers that the file makes, among those of a function."""
    made = document.get("layers")
    for key, layer in made.items() if isinstance(made, Map) else ():
        if {"Ref": naming.layer(key)} in layers and isinstance(layer, Map):
            yield folder / str(layer.get("path")).lstrip("/")


def _fault_in_zip(file: Path, artifact: str, name: str) -> str:
    if not file.is_file():
        return f"its package {artifact} is not there: it has to be built before"
    try:
        with zipfile.ZipFile(file) as archive:
            entry = archive.getinfo(name)
            with archive.open(entry) as program:
                fault = format_fault(program.read(HEAD_BYTES))
            if not entry.external_attr >> 16 & _EXECUTABLE:
                fault = "permission denied"
    except KeyError:
        return f"its package {artifact} has no {name}"
    except (zipfile.BadZipFile, OSError) as error:
        return f"its package {artifact} cannot be read: {error}"
    return f"its program {name} cannot be executed on this machine: {fault}" if fault else ""


def with_bootstraps(artefacts: Mapping[str, Artefact], document: Map) -> dict[str, Artefact]:
    """Artefacts by function, those of Go functions with a bootstrap that leads to the program which a handler names."""
    functions = document.get("functions") or {}
    names = {
        one.key for key, one in artefacts.items() if one.key and runtime_of(document["provider"], functions[key]) == GO
    }
    made = {one.key: _with_bootstrap(one) for one in artefacts.values() if one.key in names}
    return {key: made.get(one.key, one) for key, one in artefacts.items()}


def _with_bootstrap(artefact: Artefact) -> Artefact:
    if artefact.entries:
        has_its_own = any(entry.name == BOOTSTRAP for entry in artefact.entries)
        added = () if has_its_own else (Entry(BOOTSTRAP, str(_SCRIPT)),)
        return replace(artefact, entries=(*artefact.entries, *added))
    body = io.BytesIO(artefact.content())
    try:
        with zipfile.ZipFile(body, "a") as archive:
            if BOOTSTRAP not in archive.namelist():
                entry = zipfile.ZipInfo(BOOTSTRAP)
                entry.external_attr = 0o755 << 16
                archive.writestr(entry, _SCRIPT.read_bytes())
    except zipfile.BadZipFile as error:
        raise UserError(f"the package cannot be read: {error}", where=str(artefact.ready or artefact.name)) from error
    return replace(artefact, body=body.getvalue(), ready=None)
