"""What a change set would do, without doing it: adds, modifications, replacements, removals.

Values that only the execution will know are unknown, and whatever depends on a resource that will be replaced is shown
as changed, as AWS does. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudformation import Cloudformation, graph, schema
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.intrinsics import UNKNOWN, references
from stratolite.services.cloudformation.template import ResourceDefinition


def changes(
    cloudformation: Cloudformation, deployment: Deployment, resources: Mapping[str, Resource]
) -> list[dict[str, Any]]:
    """The changes, in order of logical id."""
    wanted = deployment.included()
    present = {name: one for name, one in resources.items() if one.physical_id and one.status != "DELETE_COMPLETE"}
    found: dict[str, dict[str, Any]] = {}
    needs = {name: graph.dependencies(one, wanted) for name, one in wanted.items()}
    for name in graph.order(needs):
        change = _change(cloudformation, deployment, wanted[name], present.get(name))
        if change is not None:
            found[name] = change
            if change["Action"] == "Add" or change.get("Replacement") != "False":
                deployment.stale.add(name)
    for name, resource in present.items():
        if name not in wanted:
            policy = {"Delete": "Delete"}.get(resource.deletion_policy, "Retain")
            found[name] = {
                "PolicyAction": policy,
                "Action": "Remove",
                "LogicalResourceId": name,
                "PhysicalResourceId": resource.physical_id,
                "ResourceType": resource.type,
                "Scope": [],
                "Details": [],
            }
    return [{"Type": "Resource", "ResourceChange": found[name]} for name in sorted(found)]


def _change(
    cloudformation: Cloudformation, deployment: Deployment, definition: ResourceDefinition, present: Resource | None
) -> dict[str, Any] | None:
    kind = cloudformation.world.resource_types(definition.type)
    assert kind is not None, "rules.deployable has looked"
    service, resource_type = kind
    shape = schema.schemas(service.name)[definition.type]
    base = {"LogicalResourceId": definition.logical_id, "ResourceType": definition.type}
    if present is None:
        return {"Action": "Add", **base, "Scope": [], "Details": []}
    properties = schema.coerced(shape, deployment.resolver.resolve(dict(definition.properties)))
    before = present.properties
    changed = sorted(key for key in {*properties, *before} if properties.get(key) != before.get(key))
    if not changed:
        return None
    recreated = schema.create_only(shape, resource_type)
    details = [_detail(deployment, definition, key, properties, key in recreated) for key in changed]
    certain = [key for key in changed if key in recreated and UNKNOWN not in str(properties.get(key))]
    replacement = "True" if certain else "Conditional" if set(changed) & recreated else "False"
    change: dict[str, Any] = {
        "Action": "Modify",
        **base,
        "PhysicalResourceId": present.physical_id,
        "Replacement": replacement,
        "Scope": ["Properties"],
        "Details": details,
    }
    if replacement != "False":
        retained = present.update_replace_policy != "Delete"
        change["PolicyAction"] = "ReplaceAndRetain" if retained else "ReplaceAndDelete"
    return change


def _detail(
    deployment: Deployment,
    definition: ResourceDefinition,
    key: str,
    properties: Mapping[str, Any],
    recreates: bool,
) -> dict[str, Any]:
    source, entity = "DirectModification", ""
    for logical_id, attribute in references(definition.properties.get(key)):
        if logical_id in deployment.template.parameters:
            source, entity = "ParameterReference", logical_id
        elif logical_id in deployment.template.resources:
            source = "ResourceAttribute" if attribute else "ResourceReference"
            entity = f"{logical_id}.{attribute}" if attribute else logical_id
    detail: dict[str, Any] = {
        "Target": {
            "Attribute": "Properties",
            "Name": key,
            "RequiresRecreation": "Always" if recreates else "Never",
        },
        "Evaluation": "Dynamic" if UNKNOWN in str(properties.get(key)) else "Static",
        "ChangeSource": source,
    }
    if entity:
        detail["CausingEntity"] = entity
    return detail
