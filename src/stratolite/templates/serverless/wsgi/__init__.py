"""serverless-wsgi: a WSGI application (Flask, Django, Bottle) as the handler ``wsgi_handler.handler``.

The plugin puts a handler, a module that turns events into WSGI requests and a small file of settings beside the code.
So do we, with code of our own that keeps to the same contract (``code/``): it needs no package, and handles REST APIs,
HTTP APIs and load balancers.
Follows https://www.npmjs.com/package/serverless-wsgi
"""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from stratolite.core.errors import UserError
from stratolite.templates.artefacts import Entry
from stratolite.templates.document import List, Map, map_at, mark_of

if TYPE_CHECKING:
    from stratolite.templates.serverless.plugins.configuration import Configuration

NAME = "serverless-wsgi"
HANDLER = "wsgi_handler.handler"
HANDLERS = (HANDLER, "wsgi.handler")
"""What functions name; the second is the plugin's old one, in whose place it puts the first."""
FOLDER = Path(".serverless", "wsgi")
SETTINGS = ".serverless-wsgi"
CODE = Path(__file__).parent / "code"


def entries(document: Map, folder: Path, module: str) -> Iterator[Entry]:
    """The files that are put beside the code of a service, or of a function with a ``module``. Raises UserError."""
    settings = _settings(document)
    app = str(settings.get("app") or "")
    if not app:
        return
    if module and module != ".":
        app = PurePosixPath(app).name
    said: dict[str, object] = {"app": app}
    if isinstance(settings.get("textMimeTypes"), List):
        said["text_mime_types"] = [str(each) for each in settings["textMimeTypes"]]
    file = folder / FOLDER / f"{module.replace('/', '_') or 'service'}.json"
    body = json.dumps(said)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text() != body:
            file.write_text(body)
    except OSError as error:
        raise UserError(f"the settings of {NAME} cannot be written: {error.strerror}", where=str(file)) from error
    yield Entry(SETTINGS, str(file.resolve()))
    yield from (Entry(each.name, str(each)) for each in sorted(CODE.glob("*.py")))


def rename_handlers(configuration: "Configuration") -> None:
    """Functions that name the plugin's old handler have its present one."""
    for _, function in configuration.functions:
        written = function.get("handler")
        if written in HANDLERS and written != HANDLER:
            at = mark_of(function, "handler")
            function.put("handler", HANDLER, at)
            what = f"the handler {written} is called {HANDLER} by now, and that is run"
            configuration.warn(what, at, about="functions")


def handler_path(document: Map, folder: Path, function: Map) -> Path:
    """The file of the application that a function's handler serves. Raises UserError where there is none."""
    settings = _settings(document)
    app = str(settings.get("app") or "")
    if not app:
        raise UserError(
            f"the handler {function['handler']!r} serves a WSGI application, and the file names none",
            where=str(mark_of(function, "handler")),
            todo="Write custom.wsgi.app: for 'app' in api.py it is api.app.",
        )
    stem = folder / app.rpartition(".")[0].replace(".", "/")
    file = next((each for each in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py") if each.is_file()), None)
    if file is None:
        raise UserError(
            f"custom.wsgi.app names {app!r}, and there is no {stem}.py",
            where=str(mark_of(settings, "app")),
            todo="Write the path of its module without .py, a dot, and the application's name: api/app.app.",
        )
    return file


def application(document: Map) -> str:
    """The application, as the file names it (``api/app.app``): its requirements lie beside it."""
    return str(_settings(document).get("app") or "")


def installs(document: Map) -> bool:
    """Whether the plugin packages requirements by itself, unless serverless-python-requirements does."""
    return _settings(document).get("packRequirements") is not False


def _settings(document: Map) -> Map:
    return map_at(document, "custom", "wsgi")
