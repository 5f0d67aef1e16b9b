"""Plugins of the time before esbuild: each makes of a handler and its modules what older versions of Node understand.

esbuild does it for all of them: a bundle of the service's own modules, beside the packages that these ask for. Their
settings say how their own tools work, and are not read.
"""

from stratolite.templates.document import Map

PLUGINS = (
    "serverless-babel-plugin",
    "serverless-plugin-optimize",
    "serverless-optimizer-plugin",
    "serverless-plugin-browserify",
    "serverless-plugin-browserifier",
    "serverless-plugin-parcel",
)


def settings_of(document: Map) -> Map:
    """Settings as ``custom.esbuild`` has them."""
    found = Map(document.at)
    found.put("packages", "external", document.at)
    return found
