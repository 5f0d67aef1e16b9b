"""The user's own resources: merged into the template, and extensions of those that the compiler made.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-resources.
"""

from typing import Any

from stratolite.templates.document import Map, Mark, copied, mark_of
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.lodash import merge
from stratolite.templates.serverless.outputs import name_exports

REPLACED = ("Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy")
MERGED = ("Properties", "Metadata")


def add_resources(work: Compilation, template: dict[str, Any], resources: Map | None) -> None:
    """Merge ``resources`` of the file into the template, then extend. Raises UserError for what cannot be."""
    name_exports(work.service, template["Outputs"])
    if resources is None:
        return
    merge(template, {key: value for key, value in resources.items() if key != "extensions" and value is not None})
    extensions = resources.get("extensions")
    if isinstance(extensions, Map):
        for name, extension in extensions.items():
            at = mark_of(extensions, name)
            if isinstance(extension, Map):
                _extend(template["Resources"], name, extension, at)


def _extend(resources: dict[str, Any], name: str, extension: Map, at: Mark) -> None:
    for attribute, value in extension.items():
        if name not in resources:
            todo = "Extensions change what the compiler makes; put new resources under 'Resources'."
            raise refusal(f"there is no resource {name!r} to extend", at, todo)
        resource = resources[name]
        if attribute in REPLACED:
            resource[attribute] = value
        elif attribute in MERGED:
            resource[attribute] = {**(resource.get(attribute) or {}), **copied(value or {})}
        elif attribute == "DependsOn":
            before = resource.get("DependsOn") or []
            added = value if isinstance(value, list) else [value]
            resource["DependsOn"] = [*([before] if isinstance(before, str) else before), *added]
        else:
            known = ", ".join((*REPLACED, *MERGED, "DependsOn"))
            what = f"the attribute {attribute!r} of {name!r} cannot be extended"
            raise refusal(what, mark_of(extension, attribute), f"These can: {known}.")


def strip_nulls(resources: dict[str, Any]) -> None:
    """Take away properties without a value. In lists they stay, so that the others keep their places."""
    for resource in resources.values():
        if not isinstance(resource, dict):
            continue
        if resource.get("Properties") is None:
            resource.pop("Properties", None)
        else:
            resource["Properties"] = _stripped(resource["Properties"])


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stripped(child) for key, child in value.items() if child is not None}
    return [_stripped(child) for child in value] if isinstance(value, list) else value
