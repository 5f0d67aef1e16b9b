"""What events that are left out would have made, and others in the template refer to: stand-ins that say so.

Under ``up`` a rule of IoT is not made, and a ``Ref`` to it stands in the environment of functions all the same. As with
resources of types that nobody makes (``templates/skipped_resources.py``), whatever refers to one finds it, and gets
values of the right form. What nothing refers to is not in the template at all.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.unsupported import refers


def settle_unmade(work: Compilation, template: dict[str, Any]) -> None:
    """Take what is not made out of the template, but for what others refer to."""
    if not work.unmade:
        return
    # CloudFormation's own code, which few compilations need.
    from stratolite.templates.skipped_resources import in_place

    resources: dict[str, Any] = template["Resources"]
    names = {name for name in work.unmade if name in resources}
    unmade = {name: resources.pop(name) for name in names}
    rest = {"Resources": resources, "Outputs": template.get("Outputs")}
    while True:
        wanted = [name for name in unmade if name not in resources and _is_named(rest, name)]
        if not wanted:
            return
        for name in wanted:
            resources[name] = in_place(unmade[name])
            # Nothing has to be there before what is not made.
            resources[name].pop("DependsOn", None)


def _is_named(template: Mapping[str, Any], name: str) -> bool:
    """Whether anything refers to a logical id, or waits for it."""
    waits = (one.get("DependsOn") for one in template["Resources"].values() if isinstance(one, dict))
    return refers(template, {name}) or any(name == each or (isinstance(each, list) and name in each) for each in waits)
