"""What would be refused of a template, all of it and before there is a cloud.

``rules.deployable`` is the same for a stack: there the first refusal ends the matter. Nothing is read or made here;
what only a deployment knows (exports, secrets, what other resources are called) is taken for granted. Costs about a
millisecond for ten resources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.cloudformation import parameters, rules
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.dynamic_references import PATTERN
from stratolite.services.cloudformation.expressions import UNKNOWN
from stratolite.services.cloudformation.kinds import Find, is_custom, kind_among


@dataclass(frozen=True, slots=True)
class Refusal:
    """What would be refused. ``logical_id`` and ``type`` are empty for what concerns the template as a whole."""

    what: str
    logical_id: str = ""
    type: str = ""


def unknown_types(template: Mapping[str, Any], find: Find) -> list[Refusal]:
    """The resources of types that nobody here makes, and custom ones that do not name who makes them."""
    resources = {name: one for name, one in template["Resources"].items() if isinstance(one, dict)}
    kinds = {name: str(one.get("Type")) for name, one in resources.items()}
    known = {kind: kind_among(find, kind) is not None for kind in set(kinds.values())}
    found = []
    for name, kind in kinds.items():
        if not known[kind]:
            found.append(Refusal(f"{name} is of the type {kind}, which is not made here", name, kind))
        elif is_custom(kind) and "ServiceToken" not in (resources[name].get("Properties") or {}):
            what = f"{name} is of the type {kind} and has no ServiceToken, which would name who makes it"
            found.append(Refusal(what, name, kind))
    return found


def refusals(
    call: Call, stack_name: str, template: Mapping[str, Any], given: Mapping[str, str], find: Find
) -> list[Refusal]:
    """All that would be refused. ``given``: the values of parameters."""
    unknown = unknown_types(template, find)
    unmade = {one.logical_id for one in unknown}
    try:
        deployment = _deployment(call, stack_name, template, given)
        deployment.order()
        deployment.check_conditional_references()
    except AwsError as error:
        return [*unknown, Refusal(error.message)]
    known = {}
    for kind in {one.type for name, one in deployment.template.resources.items() if name not in unmade}:
        found = kind_among(find, kind)
        assert found is not None
        known[kind] = found
    for resource in deployment.included().values():
        if resource.logical_id not in unmade:
            try:
                problems = rules.problems_of(deployment, known, resource)
            except AwsError as error:
                problems = [error.message]
            unknown += [Refusal(problem, resource.logical_id, resource.type) for problem in problems]
    return unknown


def _deployment(call: Call, stack_name: str, template: Mapping[str, Any], given: Mapping[str, str]) -> Deployment:
    stack = Stack(
        call.arn("cloudformation", f"stack/{stack_name}/0"),
        call.account,
        call.region,
        stack_name,
        "CREATE_IN_PROGRESS",
        0,
    )
    pairs = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    declared = template.get("Parameters", {})
    texts = parameters.values(declared, pairs, {})
    texts |= {name: UNKNOWN for name, one in declared.items() if str(one["Type"]).startswith(parameters.STORED)}
    return Deployment(
        stack, json.dumps(template), texts, {}, {}, dynamic=lambda text: PATTERN.sub(UNKNOWN, text), is_preview=True
    )
