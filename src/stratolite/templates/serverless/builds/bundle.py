"""What serverless-bundle would do, as settings of esbuild: for projects in which it is not installed.

Where it is installed, its own webpack and configuration do it (``webpack.py``). Linting, checks of types and statistics
are no part of what a bundle holds.
Follows https://www.npmjs.com/package/serverless-bundle
"""

from typing import Any

from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import List, Map, Mark, map_at, mark_of
from stratolite.templates.serverless.builds.tool import texts
from stratolite.templates.serverless.warned import warned

EXTERNALS = ("knex", "sharp")
RAW = ("pem", "txt")
UNDONE = ("copyFiles", "concatText", "experiments")
"""Settings that add to bundles what esbuild does not."""


def settings_of(document: Map) -> Map:
    """Settings as ``custom.esbuild`` has them, of ``custom.bundle``."""
    given = _given(document)
    found = Map(given.at)
    everything = given.get("externals") == "all"
    externals = [] if everything else [*EXTERNALS, *texts(given, "externals")]
    made: dict[str, Any] = {
        "external": _list(given.at, [*externals, *texts(given, "ignorePackages"), *texts(given, "forceInclude")]),
        "exclude": _list(given.at, ["aws-sdk", "@aws-sdk/*", *texts(given, "forceExclude")]),
        "loader": {f".{each}": "text" for each in (*RAW, *texts(given, "rawFileExtensions"))} | {".js": "jsx"},
        "sourcemap": given.get("sourcemaps") is not False,
        "alias": _aliases(given),
        "tsconfig": given.get("tsConfig"),
        "packages": "external" if everything else None,
    }
    for name, value in made.items():
        if value is not None and value != {}:
            found.put(name, value, mark_of(given, name))
    return found


def undone(document: Map) -> list[Warning]:
    """Warnings of settings that are not done here."""
    given = _given(document)
    named = [name for name in UNDONE if given.get(name)]
    told = "custom.bundle.{} is not done without serverless-bundle"
    return [warned(told.format(name), mark_of(given, name), Kind.LEFT_OUT, about="plugins") for name in named]


def _given(document: Map) -> Map:
    return map_at(document, "custom", "bundle")


def _aliases(given: Map) -> dict[str, str]:
    """Names and what stands for them: folders of the service begin with a point for esbuild."""
    aliases = given.get("aliases")
    rows = [row for row in aliases if isinstance(row, Map)] if isinstance(aliases, List) else []
    pairs = [(str(name), str(value)) for row in rows for name, value in row.items()]
    return {name: value if value.startswith((".", "/")) else f"./{value}" for name, value in pairs}


def _list(at: Mark, values: list[str]) -> List:
    found = List(at)
    for value in dict.fromkeys(values):
        found.put(value, at)
    return found
