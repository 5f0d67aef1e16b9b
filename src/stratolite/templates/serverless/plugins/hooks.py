"""Plugins that run commands of the project at steps of a deployment. None is run here; each is named.

Sources: https://github.com/weixu365/serverless-scriptable-plugin, https://github.com/mvila/serverless-plugin-scripts,
https://github.com/uxtemple/serverless-hooks-plugin.
"""

from typing import Any

from stratolite.templates.document import List, Map

PLACES = {
    "serverless-scriptable-plugin": (("scriptable", "hooks"), ("scriptHooks",)),
    "serverless-plugin-scripts": (("scripts", "hooks"),),
    "serverless-hooks": (("hooks",),),
    "serverless-hooks-plugin": (("hooks",),),
}
"""Where below ``custom`` each plugin's hooks stand."""


def commands(document: Map, plugin: str) -> list[str]:
    """The commands that a plugin would run, each with its step: ``before:package:initialize: npm run build``."""
    found = []
    for place in PLACES.get(plugin, ()):
        hooks: Any = document.get("custom")
        for key in place:
            hooks = hooks.get(key) if isinstance(hooks, Map) else None
        for step, given in hooks.items() if isinstance(hooks, Map) else ():
            found += [f"{step}: {each}" for each in (given if isinstance(given, List) else [given]) if each]
    return found
