"""A template's structure: sections, parameters, resources, outputs, checked as AWS checks them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html and recorded answers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from stratolite.core.errors import NotImplementedHere, ValidationError
from stratolite.services.cloudformation import assertions
from stratolite.services.cloudformation.expressions import PSEUDO, conditions_named, references
from stratolite.services.cloudformation.parameters import check_declaration
from stratolite.services.cloudformation.yaml_reader import read

SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    ]
)
RESOURCE_KEYS = frozenset(
    [
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    ]
)
OUTPUT_KEYS = frozenset(["Condition", "Description", "Export", "Value"])
DELETION_POLICIES = frozenset({"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"})
RESOURCES_MAX = 500
OUTPUTS_MAX = 200
PARAMETERS_MAX = 200
TEMPLATES_CACHED_MAX = 16
CONDITIONS_MAX = 1000
DESCRIPTION_BYTES_MAX = 1024
FORMAT_VERSION = "2010-09-09"
PARAMETER_KEYS = frozenset(
    [
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    ]
)

_NAME = re.compile(r"[A-Za-z0-9]+")
_PARAMETER_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|(List<)?(Number|String|AWS::(EC2|Route53)::[A-Za-z:]+)>?"
    r"|AWS::SSM::Parameter::(Name|Value<.+>)"
)


@dataclass(frozen=True)
class ResourceDefinition:
    """One resource as the template states it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str = ""
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Any = None


@dataclass(frozen=True)
class Template:
    """A template whose structure is right."""

    body: Mapping[str, Any]
    resources: Mapping[str, ResourceDefinition]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The resources that each resource needs before it: by reference and by DependsOn."""

    @property
    def description(self) -> str:
        return str(self.body.get("Description", ""))


@lru_cache(maxsize=TEMPLATES_CACHED_MAX)
def parse(text: str) -> Template:
    """The template in a text without transforms. Raises ValidationError, NotImplementedHere.

    The latest ones are kept, since every step of an operation reads its template; nobody changes what it gives.
    """
    return structure(read(text))


def structure(body: Mapping[str, Any]) -> Template:
    """The template in plain values. Raises ValidationError, NotImplementedHere."""
    check_sections(body)
    resources = _resources(body)
    template = Template(
        body,
        resources,
        declared_parameters(body),
        _mappings(body),
        _section(body, "Conditions", CONDITIONS_MAX),
        _outputs(body),
        {name: _needs(one, resources) for name, one in resources.items()},
    )
    _references(template)
    return template


def check_limits(template: Template) -> None:
    """Raises ValidationError for what AWS does not take. Stacks that are there already are not held to it."""
    if len(template.resources) > RESOURCES_MAX:
        raise _too_many("resources", len(template.resources), RESOURCES_MAX)
    if len(template.outputs) > OUTPUTS_MAX:
        raise _too_many("outputs", len(template.outputs), OUTPUTS_MAX)
    version = str(template.body.get("AWSTemplateFormatVersion", FORMAT_VERSION))
    if version != FORMAT_VERSION:
        raise ValidationError(
            f"Template format error: {version} is not a supported value for AWSTemplateFormatVersion."
        )
    if len(template.description.encode()) > DESCRIPTION_BYTES_MAX:
        raise ValidationError(f"Template format error: 'Description' length is greater than {DESCRIPTION_BYTES_MAX}.")
    for name, one in template.resources.items():
        if name in one.depends_on or any(name == referred for referred, _ in references(one.properties)):
            raise ValidationError(f"Circular dependency between resources: [{name}]")


def check_sections(body: Mapping[str, Any]) -> None:
    """Raises ValidationError for a section that there is not, and for null values."""
    unknown = sorted(str(key) for key in set(body) - SECTIONS)
    if unknown:
        raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
    null = next(_nulls(body, ""), None)
    if null is not None:
        raise ValidationError(f"[{null}] 'null' values are not allowed in templates")
    assertions.check(body.get("Rules", {}))


def _nulls(value: Any, place: str) -> Iterator[str]:
    if value is None:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _nulls(one, f"{place}/{key}")


def _needs(resource: ResourceDefinition, resources: Mapping[str, Any]) -> tuple[str, ...]:
    found = {logical_id for logical_id, _ in references([resource.properties, resource.metadata])}
    found |= set(resource.depends_on)
    return tuple(sorted(name for name in found if name in resources and name != resource.logical_id))


def declared_parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """The declarations of a template's parameters. Raises ValidationError."""
    section = _section(body, "Parameters", PARAMETERS_MAX)
    for name, declaration in section.items():
        for key in declaration:
            if key not in PARAMETER_KEYS:
                raise ValidationError(f"Invalid template parameter property '{key}'")
        kind = declaration.get("Type")
        if kind is None:
            raise ValidationError("Template format error: Every Parameters object must contain a Type member.")
        if not _PARAMETER_TYPE.fullmatch(str(kind)):
            raise ValidationError(f"Template format error: Unrecognized parameter type: {kind}")
        check_declaration(name, declaration)
    return section


def _section(body: Mapping[str, Any], name: str, count_max: int) -> dict[str, Any]:
    section = body.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise ValidationError(f"Template format error: {name} section must be a map.")
    if len(section) > count_max:
        raise _too_many(name.lower(), len(section), count_max)
    for key, value in section.items():
        if name != "Conditions" and not _NAME.fullmatch(str(key)):
            raise ValidationError(f"Template format error: {name[:-1]} name {key} is non alphanumeric.")
        if not isinstance(value, dict):
            raise ValidationError(f"Template format error: Every {name} member must be an object.")
    return section


def _resources(body: Mapping[str, Any]) -> dict[str, ResourceDefinition]:
    section = body.get("Resources", {})
    if not isinstance(section, dict):
        raise ValidationError("Template format error: Any Resources member must be an object.")
    if not section:
        raise ValidationError("Template format error: At least one Resources member must be defined.")
    return {str(key): _resource(str(key), value) for key, value in section.items()}


def _resource(logical_id: str, value: Any) -> ResourceDefinition:
    if logical_id.startswith("Fn::ForEach::"):
        raise ValidationError(f"Template format error: [/Resources/{logical_id}] resource definition is malformed")
    if not _NAME.fullmatch(logical_id):
        raise ValidationError(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(value, dict):
        raise ValidationError("Template format error: Any Resources member must be an object.")
    if not isinstance(value.get("Type"), str):
        raise ValidationError(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
        )
    # Custom resources carry a version, which the examples of their documentation write: "Version": "1.0".
    is_custom = value["Type"].startswith("Custom::") or value["Type"] == "AWS::CloudFormation::CustomResource"
    for key in value:
        if key not in RESOURCE_KEYS and not (is_custom and key == "Version"):
            raise ValidationError(f"Invalid template resource property '{key}'")
    for key in ("CreationPolicy", "UpdatePolicy"):
        if value.get(key):
            raise NotImplementedHere(f"{key} (of {logical_id}) is not implemented by this version of Stratolite.")
    properties = value.get("Properties", {})
    if not isinstance(properties, dict):
        raise ValidationError(f"Template format error: [/Resources/{logical_id}/Properties] must be an object.")
    depends_on = value.get("DependsOn") or []
    names = [depends_on] if isinstance(depends_on, str) else depends_on
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValidationError("Template format error: DependsOn must be a string or list of strings.")
    policies = {}
    for key in ("DeletionPolicy", "UpdateReplacePolicy"):
        policy = value.get(key, "Delete")
        if not isinstance(policy, str) or policy not in DELETION_POLICIES:
            raise ValidationError(f"Template format error: Unrecognized {key} {policy} for resource {logical_id}")
        if policy == "Snapshot":
            raise NotImplementedHere(f"{key} Snapshot (of {logical_id}) is not implemented by Stratolite.")
        policies[key] = policy
    return ResourceDefinition(
        logical_id,
        value["Type"],
        properties,
        tuple(names),
        str(value.get("Condition", "")),
        policies["DeletionPolicy"],
        policies["UpdateReplacePolicy"],
        value.get("Metadata"),
    )


def _mappings(body: Mapping[str, Any]) -> dict[str, Any]:
    section = body.get("Mappings") or {}
    if not isinstance(section, dict):
        raise ValidationError("Template format error: Mappings section must be a map.")
    for name, top in section.items():
        if not isinstance(top, dict):
            raise ValidationError(f"Template format error: Every Mappings member {name} must be a map")
        for second in top.values():
            if not isinstance(second, dict):
                raise ValidationError(f"Template format error: Every Mappings member {name} must be a map")
            if any(isinstance(value, dict) for value in second.values()):
                raise ValidationError("Template format error: Every Mappings attribute must be a String or a List.")
    return section


def _outputs(body: Mapping[str, Any]) -> dict[str, Any]:
    section = body.get("Outputs")
    if section is None:
        return {}
    if not isinstance(section, dict) or any(not isinstance(one, dict) for one in section.values()):
        raise ValidationError("Template format error: Every Outputs member must contain a Value object")
    for name, output in section.items():
        if not _NAME.fullmatch(str(name)):
            raise ValidationError(f"Template format error: Output name {name} is non alphanumeric.")
        if "Value" not in output:
            raise ValidationError("Template format error: Every Outputs member must contain a Value object")
        unknown = set(output) - OUTPUT_KEYS
        if unknown:
            raise ValidationError(f"Invalid template output property '{sorted(map(str, unknown))[0]}'")
        if "Export" in output and (not isinstance(output["Export"], dict) or set(output["Export"]) != {"Name"}):
            raise ValidationError(f"Template format error: Output {name} is malformed. Its Export needs a Name alone.")
    return section


def _references(template: Template) -> None:
    """Everything that is referred to must exist."""
    known = set(template.resources) | set(template.parameters) | PSEUDO
    missing: list[str] = []
    for resource in template.resources.values():
        for logical_id, attribute in references([resource.properties, resource.metadata]):
            if attribute and logical_id not in template.resources:
                raise ValidationError(
                    f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}"
                )
            if logical_id not in known:
                missing.append(logical_id)
        missing += [name for name in resource.depends_on if name not in template.resources]
        _condition(template, resource.condition, "Resources")
        _chosen(template, resource.properties)
    if missing:
        raise _unresolved(missing, "Resources")
    outside = []
    for output in template.outputs.values():
        parts = [output.get("Value"), output.get("Export")]
        outside += [logical_id for logical_id, _ in references(parts) if logical_id not in known]
        _condition(template, str(output.get("Condition", "")), "Outputs")
        _chosen(template, parts)
    if outside:
        raise _unresolved(outside, "Outputs")
    _condition_references(template)


def _condition(template: Template, name: str, block: str) -> None:
    if name and name not in template.conditions:
        raise ValidationError(
            f"Template format error: Unresolved condition dependency {name} in the {block} block of the template"
        )


def _chosen(template: Template, value: Any) -> None:
    """The condition of every Fn::If must exist."""
    for name in conditions_named(value):
        if name not in template.conditions:
            raise ValidationError(f"Template error: unresolved condition dependency {name} in Fn::If")


def _condition_references(template: Template) -> None:
    known = set(template.parameters) | PSEUDO
    outside = [name for name, _ in references(list(template.conditions.values())) if name not in known]
    if outside:
        listed = ", ".join(dict.fromkeys(outside))
        raise ValidationError(
            f"Template format error: Unresolved dependencies [{listed}]. Cannot reference resources in the Conditions "
            "block of the template"
        )


def _unresolved(names: list[str], block: str) -> ValidationError:
    listed = ", ".join(dict.fromkeys(names))
    return ValidationError(
        f"Template format error: Unresolved resource dependencies [{listed}] in the {block} block of the template"
    )


def _too_many(what: str, count: int, count_max: int) -> ValidationError:
    return ValidationError(
        f"Template format error: Number of {what}, {count}, is greater than maximum allowed, {count_max}"
    )
