"""What a change set would do, without doing it: adds, modifications, replacements, removals.

There are two views of it, as on AWS. The plain one looks at templates and parameters: whoever asks a changed resource
for an attribute is taken to change too. The one with values (IncludePropertyValues) works values out with what is
deployed, and takes those alone for changed that come out otherwise, or that only the execution will know.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratolite.services.cloudformation import Cloudformation, schema
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.expressions import references
from stratolite.services.cloudformation.kinds import kind_of
from stratolite.services.cloudformation.plan import NESTED
from stratolite.services.cloudformation.template import ResourceDefinition

ATTRIBUTES = {
    "Metadata": "metadata",
    "DeletionPolicy": "deletion_policy",
    "UpdateReplacePolicy": "update_replace_policy",
}
"""The attributes of a resource whose change a change set tells, and what they are called here."""


_OF_NESTED = {"Attribute": "Properties", "RequiresRecreation": "Never"}
"""What may change of a nested stack whose properties stay: its template."""


@dataclass(frozen=True)
class Before:
    """What a stack stands on: its resources, parameters and tags, and the templates's definitions."""

    resources: Mapping[str, Resource]
    parameters: Mapping[str, str]
    tags: list[dict[str, str]]
    deployment: Deployment | None = None


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why a property changes."""

    source: str
    entity: str = ""
    is_certain: bool = True


class Preview:
    """The changes from what a stack stands on to a deployment. ``deployment`` is a preview of its own for each view."""

    def __init__(
        self,
        cloudformation: Cloudformation,
        before: Before,
        deployment: Deployment,
        texts: Mapping[str, str],
        tags: list[dict[str, str]],
        *,
        is_valued: bool,
    ) -> None:
        self._cloudformation = cloudformation
        self._before = before
        self._deployment = deployment
        self._is_valued = is_valued
        self._tags = tags
        self._found: dict[str, dict[str, Any]] = {}
        self._parameters = {name for name, text in texts.items() if before.parameters.get(name) != text}

    def changes(self) -> list[dict[str, Any]]:
        """The changes, in order of logical id."""
        wanted = self._deployment.included()
        present = {name: one for name, one in self._before.resources.items() if one.physical_id}
        for name in self._deployment.order():
            change = self._change(wanted[name], present.get(name))
            if change is not None:
                self._found[name] = change
                if change["Action"] == "Add" or change["Replacement"] != "False":
                    self._deployment.stale.add(name)
        for name, resource in present.items():
            if name not in wanted:
                self._found[name] = self._removal(resource)
        return [{"Type": "Resource", "ResourceChange": self._found[name]} for name in sorted(self._found)]

    def _change(self, definition: ResourceDefinition, present: Resource | None) -> dict[str, Any] | None:
        shape, recreated = self._kind(definition.type)
        properties = schema.coerced(shape, self._deployment.resolver.resolve(dict(definition.properties)))
        metadata = self._deployment.resolver.resolve(definition.metadata)
        name = {"LogicalResourceId": definition.logical_id, "ResourceType": definition.type}
        if present is None:
            added = {"Action": "Add", **name, "Scope": [], "Details": []}
            return added | self._context("AfterContext", properties, metadata)
        details = [
            detail
            for key in sorted({*properties, *present.properties})
            for detail in self._property(definition, present, key, properties, recreated)
        ]
        details += self._attributes(definition, present, metadata)
        if not details and definition.type == NESTED:
            details.append(_detail(_Cause("Automatic", is_certain=False), _OF_NESTED))
        if not details:
            return None
        change: dict[str, Any] = {
            "Action": "Modify",
            **name,
            "PhysicalResourceId": present.physical_id,
            "Replacement": _replacement(details),
            "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
            "Details": details,
        }
        if change["Replacement"] != "False":
            retained = present.update_replace_policy != "Delete"
            change["PolicyAction"] = "ReplaceAndRetain" if retained else "ReplaceAndDelete"
        change |= self._context("BeforeContext", present.properties, present.metadata)
        return change | self._context("AfterContext", properties, metadata)

    def _removal(self, resource: Resource) -> dict[str, Any]:
        change: dict[str, Any] = {
            "PolicyAction": "Delete" if resource.deletion_policy == "Delete" else "Retain",
            "Action": "Remove",
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "Scope": [],
            "Details": [],
        }
        before = self._before.deployment
        definition = before.template.resources.get(resource.logical_id) if before is not None else None
        if before is None or definition is None:
            return change | self._context("BeforeContext", resource.properties, resource.metadata)
        # AWS does not look at what is deployed here: what refers to a resource is unknown.
        properties = before.resolver.resolve(dict(definition.properties))
        return change | self._context("BeforeContext", properties, before.resolver.resolve(definition.metadata))

    def _kind(self, name: str) -> tuple[Mapping[str, Any], frozenset[str]]:
        found = kind_of(self._cloudformation.world, name)
        assert found is not None, "rules.deployable has looked"
        service, kind = found
        shape = schema.of(service, kind)
        return shape, schema.create_only(shape, kind)

    def _context(self, name: str, properties: Any, metadata: Any) -> dict[str, str]:
        if not self._is_valued:
            return {}
        context = {"Properties": properties}
        if metadata is not None:
            context["Metadata"] = metadata
        return {name: json.dumps(context, separators=(",", ":"))}

    # Why something changes -----------------------------------------------------------------------------------------

    def _property(
        self,
        definition: ResourceDefinition,
        present: Resource,
        key: str,
        properties: Mapping[str, Any],
        recreated: frozenset[str],
    ) -> Iterator[dict[str, Any]]:
        after, before = properties.get(key), present.properties.get(key)
        for cause in self._causes(definition.properties.get(key), is_changed=after != before):
            target = {
                "Attribute": "Properties",
                "Name": key,
                "RequiresRecreation": "Always" if key in recreated else "Never",
            }
            if not self._is_valued:
                yield _detail(cause, target)
                continue
            for path, old, new in _differences(before, after, f"/Properties/{key}"):
                yield _detail(cause, {**target, **_values(path, old, new)})

    def _attributes(self, definition: ResourceDefinition, present: Resource, metadata: Any) -> Iterator[dict[str, Any]]:
        for attribute, field in ATTRIBUTES.items():
            after = metadata if attribute == "Metadata" else getattr(definition, field)
            before = getattr(present, field)
            expression = definition.metadata if attribute == "Metadata" else None
            for cause in self._causes(expression, is_changed=after != before):
                target = {"Attribute": attribute, "RequiresRecreation": "Never"}
                if self._is_valued:
                    target |= _values(f"/{attribute}", before, after)
                yield _detail(cause, target)
        if self._tags != present.stack_tags and self._is_taggable(definition.type):
            yield _detail(_Cause("DirectModification"), {"Attribute": "Tags", "RequiresRecreation": "Never"})

    def _is_taggable(self, name: str) -> bool:
        found = kind_of(self._cloudformation.world, name)
        assert found is not None
        service, kind = found
        return schema.is_taggable(schema.of(service, kind), kind)

    def _causes(self, expression: Any, *, is_changed: bool) -> list[_Cause]:
        """Why the value of an expression changes; none when it does not."""
        causes: list[_Cause] = []
        changed_resources = False
        for logical_id, attribute in dict.fromkeys(references(self._deployment.resolver.taken(expression))):
            if logical_id in self._parameters and is_changed:
                causes.append(_Cause("ParameterReference", logical_id))
            change = self._found.get(logical_id)
            replacement = "True" if change and change["Action"] == "Add" else (change or {}).get("Replacement", "")
            concerns = replacement in ("True", "Conditional") if self._is_valued or not attribute else bool(replacement)
            if concerns:
                source = "ResourceAttribute" if attribute else "ResourceReference"
                entity = f"{logical_id}.{attribute}" if attribute else logical_id
                causes.append(_Cause(source, entity, is_certain=replacement == "True"))
                changed_resources = True
        if is_changed and (not changed_resources or self._is_valued):
            # Beside another cause, AWS says that the property itself changes by what its expression gives.
            causes.append(_Cause("DirectModification", is_certain=not causes))
        return causes


def _detail(cause: _Cause, target: Mapping[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "Target": dict(target),
        "Evaluation": "Static" if cause.is_certain else "Dynamic",
        "ChangeSource": cause.source,
    }
    if cause.entity:
        detail["CausingEntity"] = cause.entity
    return detail


def _replacement(details: list[dict[str, Any]]) -> str:
    recreating = [detail for detail in details if detail["Target"]["RequiresRecreation"] != "Never"]
    if any(detail["Evaluation"] == "Static" for detail in recreating):
        return "True"
    return "Conditional" if recreating else "False"


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """(path, old, new) of what differs, as deep as both are alike."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _differences(before.get(key), after.get(key), f"{path}/{key}")
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else None
            new = after[index] if index < len(after) else None
            yield from _differences(old, new, f"{path}/{index}")
    elif before != after:
        yield path, before, after


def _values(path: str, before: Any, after: Any) -> dict[str, str]:
    shown = {"Path": path}
    if before is None or after is None:
        shown["AttributeChangeType"] = "Add" if before is None else "Remove"
    else:
        shown["AttributeChangeType"] = "Modify"
    if before is not None:
        shown["BeforeValue"] = _text(before)
    if after is not None:
        shown["AfterValue"] = _text(after)
    return shown


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
