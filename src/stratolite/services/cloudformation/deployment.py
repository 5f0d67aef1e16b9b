"""A deployment's expressions, resolved against what is there: parameters, conditions, resources, exports."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import dynamic_references, graph, parameters, skipped, template
from stratolite.services.cloudformation.domain import Resource, Stack
from stratolite.services.cloudformation.expressions import UNKNOWN, function_of, references
from stratolite.services.cloudformation.intrinsics import Context, Resolver, evaluate_conditions
from stratolite.services.cloudformation.kinds import is_custom
from stratolite.services.cloudformation.plan import NESTED
from stratolite.services.cloudformation.template import ResourceDefinition, Template

MISSING = object()
OUTPUTS = "Outputs."
"""What the attributes of nested stacks begin with."""
URL_SUFFIX = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


class UnsupportedAttribute(ValidationError):
    """``Fn::GetAtt`` names an attribute that a resource does not have."""

    code = "ValidationError"

    def __init__(self, logical_id: str, kind: str, attribute: str) -> None:
        super().__init__(
            f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
        )
        self.kind = kind
        self.attribute = attribute


class Deployment:
    """A parsed template with its parameters, over the resources that a stack has."""

    def __init__(
        self,
        stack: Stack,
        text: str,
        texts: Mapping[str, str],
        resources: Mapping[str, Resource],
        exports: Mapping[str, str],
        *,
        dynamic: Callable[[str], str] = dynamic_references.refuse,
        is_preview: bool = False,
    ) -> None:
        self.template: Template = template.parse(text)
        self.exports = exports
        self._resources = resources
        self._stack_id = stack.stack_id
        self._is_preview = is_preview
        self.imports: set[str] = set()
        self.stale: set[str] = set()
        """In a preview: resources whose values will change."""
        self._context = Context(
            parameters.typed(self.template.parameters, texts),
            pseudo_parameters(stack),
            self.template.mappings,
            ref=self._ref,
            attribute=self._attribute,
            imported=self._import,
            dynamic=dynamic,
        )
        self.resolver = Resolver(self._context)
        evaluate_conditions(self._context, self.template.conditions)
        conditions = self._context.conditions
        self._included = {
            logical_id: resource
            for logical_id, resource in self.template.resources.items()
            if not resource.condition or conditions[resource.condition]
        }

    def included(self) -> Mapping[str, ResourceDefinition]:
        """The resources whose condition holds."""
        return self._included

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What each resource needs before it."""
        needs, included = self.template.needs, self._included
        return {name: tuple(one for one in needs[name] if one in included) for name in included}

    def order(self) -> list[str]:
        """An order in which all can be made. Raises ValidationError for a circle."""
        return self._order

    @cached_property
    def _order(self) -> list[str]:
        # On AWS they come after methods that they do not name: those are made beside what they name.
        late = {name for name, one in self._included.items() if one.type == "AWS::ApiGateway::Deployment"}
        return graph.order(self.needs, late)

    def imported(self) -> set[str]:
        """The exports that the deployment's resources and outputs use."""
        for resource in self.included().values():
            self.resolver.resolve(dict(resource.properties))
        self.outputs()
        return self.imports

    def missing_import(self, definition: ResourceDefinition) -> str:
        """The name of an export that a resource imports and nobody has; empty when there is none."""
        self.imports = set()
        self.resolver.resolve(dict(definition.properties))
        return next((name for name in sorted(self.imports) if name not in self.exports), "")

    def outputs(self) -> list[dict[str, str]]:
        """The outputs whose condition holds, with their export names."""
        included = self.included()
        result = []
        for name, output in self.template.outputs.items():
            if output.get("Condition") and not self._context.conditions.get(output["Condition"], False):
                continue
            self._check_included(output, included)
            shown = {"OutputKey": name, "OutputValue": _text(self._value(name, output["Value"]))}
            if output.get("Description"):
                shown["Description"] = str(output["Description"])
            if output.get("Export"):
                shown["ExportName"] = _text(self.resolver.resolve(output["Export"].get("Name", "")))
            result.append(shown)
        return result

    def _value(self, name: str, value: Any) -> Any:
        try:
            return self.resolver.resolve(value)
        except UnsupportedAttribute as error:
            raise self._unsupported(name, value, error.kind, error.attribute) from error

    def check_attributes(self, supports: Callable[[str, str], bool]) -> None:
        """Raises ValidationError for an output that asks a resource for what its type does not have."""
        for name, output in self.template.outputs.items():
            if output.get("Condition") and not self._context.conditions.get(output["Condition"], False):
                continue
            for logical_id, attribute in references(self.resolver.taken(output["Value"])):
                resource = self._included.get(logical_id)
                if resource is not None and attribute and not supports(resource.type, attribute):
                    raise self._unsupported(name, output["Value"], resource.type, attribute)

    def _unsupported(self, name: str, value: Any, kind: str, attribute: str) -> ValidationError:
        found = function_of(value)
        return ValidationError(
            f"[Error] /Outputs/{name}/Value/{found[0] if found else ''}: Resource type {kind} does not support "
            f"attribute {{{attribute}}}"
        )

    def check_conditional_references(self) -> None:
        """Raises ValidationError when a resource that is made refers to one whose condition does not hold."""
        included = self.included()
        outside = set(self.template.resources) - set(included)
        for resource in included.values():
            found = self.resolver.taken(dict(resource.properties))
            skipped = sorted({logical_id for logical_id, _ in references(found)} & outside)
            if skipped:
                raise ValidationError(
                    f"Template format error: Unresolved resource dependencies [{', '.join(skipped)}] in the Resources "
                    "block of the template"
                )
        for output in self.template.outputs.values():
            if not output.get("Condition") or self._context.conditions.get(output["Condition"], False):
                self._check_included(output, included)

    def _check_included(self, output: Mapping[str, Any], included: Mapping[str, ResourceDefinition]) -> None:
        skipped = [
            logical_id
            for logical_id, _ in references(self.resolver.taken(output["Value"]))
            if logical_id in self.template.resources and logical_id not in included
        ]
        if skipped:
            raise ValidationError(
                f"Unresolved resource dependencies [{', '.join(skipped)}] in the Outputs block of the template"
            )

    def _ref(self, logical_id: str) -> Any:
        resource = self._present(logical_id)
        if resource is None:
            return UNKNOWN
        return resource.ref or resource.physical_id

    def _attribute(self, logical_id: str, name: str) -> Any:
        resource = self._present(logical_id)
        if resource is None:
            return UNKNOWN
        if name in resource.attributes:
            return resource.attributes[name]
        if resource.type == NESTED and name.startswith(OUTPUTS):
            if self._is_preview:
                # The nested stack is about to be updated, and may have it then.
                return UNKNOWN
            raise ValidationError(f"Output '{name.removeprefix(OUTPUTS)}' not found in stack '{resource.physical_id}'")
        is_made_outside = is_custom(resource.type)
        for holder in (resource.attributes,) if is_made_outside else (resource.attributes, resource.properties):
            value: Any = holder
            for part in name.split("."):
                value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
            if value is not MISSING:
                return value
        if resource.type.startswith(skipped.PREFIX):
            return skipped.attribute(logical_id, resource.attributes, name)
        if is_made_outside:
            place = f"{self._stack_id}|{logical_id}|{resource.request_id}"
            raise ValidationError(
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute in object {place}"
            )
        raise UnsupportedAttribute(logical_id, resource.type, name)

    def _present(self, logical_id: str) -> Resource | None:
        """A resource that was made; None in a preview, for one whose values only the execution will know."""
        resource = self._resources.get(logical_id)
        if resource is not None and (not resource.physical_id or resource.status == "CREATE_IN_PROGRESS"):
            resource = None
        if self._is_preview and (resource is None or logical_id in self.stale):
            return None
        if resource is None:
            raise ValidationError(
                f"Unresolved resource dependencies [{logical_id}] in the Resources block of the template"
            )
        return resource

    def _import(self, name: str) -> str:
        self.imports.add(name)
        if name not in self.exports:
            if self._is_preview:
                return UNKNOWN
            raise ValidationError(f"No export named {name} found")
        return self.exports[name]


def pseudo_parameters(stack: Stack) -> dict[str, Any]:
    """What the ``AWS::`` names are worth in a stack's template."""
    return {
        "AWS::AccountId": stack.account,
        "AWS::Region": stack.region,
        "AWS::Partition": partition_of(stack.region),
        "AWS::StackName": stack.name,
        "AWS::StackId": stack.stack_id,
        "AWS::URLSuffix": URL_SUFFIX[partition_of(stack.region)],
        "AWS::NotificationARNs": stack.notification_arns,
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(_text(one) for one in value) if isinstance(value, list) else str(value)


def exported(store_exports: list[tuple[str, str, str]]) -> dict[str, str]:
    """Export names and values."""
    return {name: value for name, value, _ in store_exports}


def call_of(stack: Stack, now_ms: int, endpoint: str) -> Call:
    """The call in whose name a stack's resources are made: that of the stack's role, or else of who asked for it."""
    principal = stack.principal
    if stack.role_arn:
        role = stack.role_arn.rpartition("/")[2]
        session = f"assumed-role/{role}/AWSCloudFormation"
        principal = f"arn:{partition_of(stack.region)}:sts::{stack.account}:{session}"
    return Call(
        account=stack.account,
        region=stack.region,
        now_ms=now_ms,
        endpoint=endpoint,
        access_key_id=stack.access_key_id,
        principal=principal,
    )
