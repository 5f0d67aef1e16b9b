"""Plugins that put into packages what their patterns leave out: the modules that handlers require.

serverless-plugin-include-dependencies leaves out ``node_modules`` and takes back each file that a handler needs. Here
packages keep all that is needed in production, which is more and works the same; so patterns that leave out
``node_modules`` as a whole do not count. serverless-layers puts them into a layer, and packages have them here.
Source: https://github.com/dougmoscrop/serverless-plugin-include-dependencies (6.1.1).
"""

from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.serverless.plugins.configuration import Configuration

_WHOLE = ("node_modules", "node_modules/", "node_modules/**", "./node_modules/**", "node_modules/**/*")
_EVERYTHING = ("**", "*", "**/*", "./**")


def keep_modules(configuration: Configuration) -> None:
    """Have packages keep the modules of production."""
    sections = [configuration.document, *(function for _, function in configuration.functions)]
    for section in sections:
        settings = section.get("package")
        if isinstance(settings, Map):
            _keep(settings)
            if settings.get("excludeDevDependencies") is False:
                # The plugin's documentation asks for that, since it finds out by itself what is needed.
                settings.pop("excludeDevDependencies")


def _keep(settings: Map) -> None:
    for name in ("exclude", "patterns"):
        patterns = settings.get(name)
        if not isinstance(patterns, List):
            continue
        sign = "" if name == "exclude" else "!"
        kept = List(patterns.at)
        for index, pattern in enumerate(patterns):
            if pattern in [sign + whole for whole in _WHOLE]:
                continue
            kept.put(pattern, mark_of(patterns, index))
            if pattern in [sign + everything for everything in _EVERYTHING]:
                # Not at the end: patterns that follow may leave out single packages.
                kept.put("!node_modules/**" if name == "exclude" else "node_modules/**", mark_of(patterns, index))
        settings.put(name, kept, mark_of(settings, name))
