"""The esbuild that version 4 of the Serverless Framework has inbuilt: ``build.esbuild``, as settings of its plugin.

A file for version 4 that says nothing has its TypeScript bundled; one that sets ``build`` has all its Node handlers
bundled, ``build.esbuild: false`` none. A project whose modules are ES modules gets bundles of that kind.
Follows https://www.serverless.com/framework/docs/providers/aws/guide/building
"""

from pathlib import Path
from typing import Any

from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.builds.tool import is_module
from stratolite.templates.serverless.framework_version import is_newer

NAME = "esbuild"
_RENAMED = {"configFile": "config", "buildConcurrency": "concurrency"}


def is_asked_for(document: Map) -> bool:
    """Whether a file has its handlers bundled, those in JavaScript as well."""
    build = document.get("build")
    return build == NAME or (isinstance(build, Map) and truthy(build.get(NAME)))


def settings_of(document: Map) -> Map | None:
    """Settings as ``custom.esbuild`` has them; None where version 4 would bundle nothing."""
    build = document.get("build")
    if not is_asked_for(document):
        is_silent = build is None and is_newer(document.get("frameworkVersion"))
        return Map(document.at) if is_silent else None
    given = build.get(NAME) if isinstance(build, Map) else None
    found = Map(document.at)
    for name, value in given.items() if isinstance(given, Map) else ():
        found.put(_RENAMED.get(name, name), _source_map(value) if name == "sourcemap" else value, mark_of(given, name))
    return found


def defaults(folder: Path) -> dict[str, Any]:
    """What bundles are like where neither the file nor its configuration says so."""
    return {"format": "esm"} if is_module(folder) else {}


def _source_map(value: Any) -> Any:
    if not isinstance(value, Map):
        return value
    kind = value.get("type")
    return kind if kind in ("inline", "external") else True
