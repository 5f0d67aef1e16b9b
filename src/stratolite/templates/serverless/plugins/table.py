"""The table of plugins: what becomes of each, and why. ``docs/plugins.md`` is made of it.

Owns: what is known of plugins by their names. May not: do what they do; those that are native have rooms of their own.
"""

from collections.abc import Mapping
from functools import cache

from stratolite.templates.serverless.plugins import deploying, parts
from stratolite.templates.serverless.plugins.plugin import Kind, Plugin

GROUPS: Mapping[str, tuple[Plugin, ...]] = {
    "Running on one machine": deploying.LOCALLY,
    "Packages": deploying.BUILDS,
    "Configuration and deployment": deploying.CONFIGURATION,
    "Functions, tables and logs": parts.FUNCTIONS,
    "APIs": parts.APIS,
    "Buckets and sites": parts.SITES,
    "Parts of their own": parts.PARTS,
}
TABLE = tuple(plugin for group in GROUPS.values() for plugin in group)
"""Every plugin that is known, in the order of the documentation."""


@cache
def _by_name() -> dict[str, Plugin]:
    return {name: plugin for plugin in TABLE for name in plugin.names}


def known(name: str) -> Plugin | None:
    """The row of a plugin, by any of its names; None for one that is not in the table."""
    return _by_name().get(name)


@cache
def unused() -> frozenset[str]:
    """The packages of all plugins whose work is done here, or is none: none of them is run."""
    return frozenset(name for plugin in TABLE if plugin.kind in (Kind.NATIVE, Kind.NEEDLESS) for name in plugin.names)
