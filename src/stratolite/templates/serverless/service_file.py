"""The service's own file in each of its forms: YAML, JSON, and programs that export the service.

A program (``serverless.js``, ``.cjs``, ``.mjs``, ``.ts``) is run by the project's Node; what it exports, promises or
returns is the service, and no part of it has a line. Versions 1 and 2 of the Serverless Framework let functions be
exported as well, and ``service`` be a map; both are read.
"""

from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.templates import PROGRAMS
from stratolite.templates.document import Map, Mark, mark_of, positioned, read_document
from stratolite.templates.serverless.variables.scripts import Scripts
from stratolite.templates.serverless.warned import warned

_BEGIN = "Begin with 'service:' and 'provider:'."


def read_service_file(file: Path, scripts: Scripts) -> Map:
    """A service as it is written, variables and all. Raises UserError."""
    document = _exported(file, scripts) if file.suffix in PROGRAMS else read_document(file, dates=True)
    where = str(file) if file.suffix in PROGRAMS else f"{file}:1:1"
    if document is None:
        raise UserError("the file is empty", where=where, todo=_BEGIN)
    if not isinstance(document, Map):
        kind = "a list" if isinstance(document, list) else "a single value"
        raise UserError(f"a service is a mapping of names to settings, not {kind}", where=where, todo=_BEGIN)
    provider = document.get("provider")
    if isinstance(provider, str) and "${" not in provider:
        settings = Map(document.marks["provider"])
        settings.put("name", provider, settings.at)
        document.put("provider", settings, settings.at)
    return document


def _exported(file: Path, scripts: Scripts) -> Any:
    def refuse(_: dict[str, Any]) -> Any:
        raise UserError("a service cannot ask for variables while it is made: write them into it, as '${env:NAME}'")

    return positioned(scripts.evaluate(file.resolve(), None, refuse), Mark(str(file), 0, 0))


def name_service(document: Map) -> Warning | None:
    """Turn ``service: {name: shop, awsKmsKeyArn: ...}`` into ``service: shop``; gives what to tell about it."""
    service = document.get("service")
    if not isinstance(service, Map) or not isinstance(service.get("name"), str):
        return None
    at = mark_of(document, "service")
    document.put("service", service["name"], at)
    provider, key = document.get("provider"), service.get("awsKmsKeyArn")
    if key is not None and isinstance(provider, Map) and provider.get("kmsKeyArn") is None:
        provider.put("kmsKeyArn", key, mark_of(service, "awsKmsKeyArn"))
    others = [name for name in service if name not in ("name", "awsKmsKeyArn")]
    ignored = f"; {', '.join(others)} means nothing there" if others else ""
    return warned(f"version 3 of the Serverless Framework wants 'service: {service['name']}', not a map{ignored}", at)
