"""The files behind handlers: ``src/users.create`` is the export ``create`` of ``src/users.py`` or ``src/users.js``.

A file that is missing is told before anything is deployed; whether the export is there, as far as the text tells.
"""

import re
from pathlib import Path

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.functions import runtime_of
from stratolite.templates.serverless.service import Function

SUFFIXES = {"python": (".py",), "nodejs": (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")}
"""Languages whose handlers are files of the service, and the suffixes of those files."""
_WRAPPED = re.compile(r"(^|/)node_modules/")


def find_handlers(work: Compilation) -> dict[str, Path]:
    """The file of each function whose code stands in the folder. Raises UserError for one that is missing."""
    found: dict[str, Path] = {}
    for function in work.service.functions.values():
        path = _find(work, function)
        if path is not None:
            found[function.key] = path
    return found


def _find(work: Compilation, function: Function) -> Path | None:
    handler = function.settings.get("handler")
    artefact = work.packaging.functions.get(function.key)
    if not truthy(handler) or artefact is None or artefact.ready is not None:
        return None
    at = function.mark("handler")
    if not isinstance(handler, str):
        raise refusal(f"the handler of {function.key!r} has to be a text", at, "Write 'handler: src/users.create'.")
    runtime = runtime_of(work, function)
    suffixes = next((endings for name, endings in SUFFIXES.items() if runtime.startswith(name)), None)
    if suffixes is None:
        return None
    module, dot, export = handler.rpartition(".")
    if not dot or not module or not export:
        todo = "A handler is a file without its suffix, a dot and the name of a function: 'src/users.create'."
        raise refusal(f"the handler {handler!r} names no function", at, todo)
    stem = work.service.folder / (module.replace(".", "/") if runtime.startswith("python") else module)
    candidates = [stem.with_name(stem.name + suffix) for suffix in suffixes]
    path = next((candidate for candidate in candidates if candidate.is_file()), None)
    if path is None:
        names = ", ".join(str(candidate.relative_to(work.service.folder)) for candidate in candidates[:4])
        raise refusal(f"the handler {handler!r} has no file", at, f"Looked for {names} in {work.service.folder}.")
    return path
