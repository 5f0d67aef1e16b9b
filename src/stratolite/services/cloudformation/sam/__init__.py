"""The transform ``AWS::Serverless-2016-10-31``: serverless resources become plain ones, with AWS's own logical ids.

    globals         what all resources of a type have
    expansion       what is being made, and how references to it are written anew
    functions       functions, with what stands beside them: role, version, alias, URL, destinations
    role, policies  what a function may do; ``policies.json`` has what SAM's policy templates allow
    sources, pushes what causes a function: what Lambda polls, and what calls it
    machines, applications     state machines, and nested stacks
    rest_apis, rest_paths, http_apis, guards   the definitions that events and APIs come to

Nothing is made here: a template goes in and one comes out. What this version does not do is refused by name.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudformation.sam import applications, functions, http_apis, machines, parts, rest_apis
from stratolite.services.cloudformation.sam.expansion import PREFIX, Expansion, not_done
from stratolite.services.cloudformation.sam.globals import merged

MADE = {
    "Api": rest_apis.declare,
    "HttpApi": http_apis.declare,
    "Application": applications.application,
    "LayerVersion": parts.layer,
    "SimpleTable": parts.table,
    "Function": functions.function,
    "StateMachine": machines.machine,
}
"""In the order in which they are made: functions add their paths to the APIs that are there."""


def processed(body: Mapping[str, Any], shared: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The template that the transform makes of one. ``shared``: its Globals; ``parameters``: typed values.

    Raises TransformError for what is no valid template, NotImplementedHere for what is not done here.
    """
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        return dict(body)
    expansion = Expansion(body, shared, parameters)
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if isinstance(kind, str) and kind.startswith(PREFIX) and kind.removeprefix(PREFIX) not in MADE:
            raise not_done(name, f"the type {kind}")
        if isinstance(resource, dict) and "Connectors" in resource:
            raise not_done(name, "Connectors")
    for kind, make in MADE.items():
        for name, resource in resources.items():
            if isinstance(resource, dict) and resource.get("Type") == f"{PREFIX}{kind}":
                make(expansion, name, merged(shared, kind, name, resource))
    rest_apis.finish(expansion)
    http_apis.finish(expansion)
    return expansion.template()
