"""serverless-plugin-additional-stacks: resources that live longer than the service, in stacks of their own.

Under ``up`` they are resources of the service's stack, which lives as long as the data folder; what other parts import
from there is taken from the resources themselves. A deployment to AWS makes no further stacks, and says so.
Source: https://github.com/SC5/serverless-plugin-additional-stacks (1.6.0).
"""

from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, copied, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.plugins.configuration import Configuration

SECTIONS = ("Resources", "Conditions", "Mappings")


def take_in(configuration: Configuration) -> None:
    """Add what the further stacks have to ``resources``; the service's own of a name stays."""
    stacks = configuration.custom("additionalStacks")
    if not configuration.options.is_lenient or not isinstance(stacks, Map):
        return
    exports: dict[str, Any] = {}
    for name, stack in stacks.items():
        if not isinstance(stack, Map):
            continue
        if truthy(stack.get("Parameters")) or truthy(stack.get("DeployParameters")):
            what = f"the stack {name} of custom.additionalStacks is not made: stacks with parameters are not taken in"
            configuration.warn(what, mark_of(stacks, name), Kind.LEFT_OUT)
            continue
        target = configuration.section(configuration.document, "resources")
        for section in SECTIONS:
            given = stack.get(section)
            for key, value in given.items() if isinstance(given, Map) else ():
                into = configuration.section(target, section)
                if key not in into:
                    into.put(key, value, mark_of(given, key))
        exports.update(_exports(stack.get("Outputs")))
    if exports:
        _bind(configuration.document, exports)


def _exports(outputs: Any) -> dict[str, Any]:
    """The values that a stack exports under a name that is a text."""
    found = {}
    for output in outputs.values() if isinstance(outputs, Map) else ():
        export = output.get("Export") if isinstance(output, Map) else None
        name = export.get("Name") if isinstance(export, Map) else None
        if isinstance(name, str):
            found[name] = output.get("Value")
    return found


def _bind(value: Any, exports: dict[str, Any]) -> None:
    """Put values in place of ``Fn::ImportValue`` of their names."""
    children = value.items() if isinstance(value, Map) else enumerate(value) if isinstance(value, List) else ()
    for key, child in list(children):
        name = child.get("Fn::ImportValue") if isinstance(child, Map) and len(child) == 1 else None
        if isinstance(name, str) and name in exports:
            value[key] = copied(exports[name])
        else:
            _bind(child, exports)
