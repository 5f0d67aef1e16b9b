"""Templates: given back, validated, summarised; exports and imports."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import (
    Cloudformation,
    api,
    language,
    parameters,
    rules,
    schema,
    template,
    transforms,
)
from stratolite.services.cloudformation.deployment import pseudo_parameters
from stratolite.services.cloudformation.kinds import kind_of
from stratolite.services.cloudformation.lookup import find_change_set, require_stack
from stratolite.services.cloudformation.operating import new_stack, process
from stratolite.services.cloudformation.template import Template
from stratolite.services.cloudformation.yaml_reader import read


def get_template(call: Call, cloudformation: Cloudformation, request: api.GetTemplateInput) -> api.GetTemplateOutput:
    """The template of a stack, or of a change set: as it was given, or as its transforms made it."""
    name, change_set_name = request.get("StackName", ""), request.get("ChangeSetName", "")
    if change_set_name:
        if not name and not change_set_name.startswith("arn:"):
            raise ValidationError("StackName is a required parameter.")
        target = find_change_set(call, cloudformation, change_set_name, name).target
        text, processed = target["template"], target["processed"]
    elif name:
        stack = require_stack(call, cloudformation, name)
        text = stack.template or stack.target.get("template", "")
        processed = stack.processed if stack.template else stack.target.get("processed", "")
    else:
        raise ValidationError("StackName is required if ChangeSetName is not specified.")
    wanted = text if request.get("TemplateStage") == "Original" else processed or text
    return {"TemplateBody": wanted, "StagesAvailable": ["Original", "Processed"]}


def validate_template(
    call: Call, cloudformation: Cloudformation, request: api.ValidateTemplateInput
) -> api.ValidateTemplateOutput:
    """Whether a template reads, and which parameters it takes. Its transforms are not applied."""
    body = read(rules.template_text(call, cloudformation, request, ""))
    names = transforms.declared(body)
    needing = [*names, *transforms.embedded(body)]
    template.check_sections(transforms.without_transforms(body))
    declared = template.declared_parameters(body)
    result: api.ValidateTemplateOutput = {
        "Parameters": [
            {
                "ParameterKey": name,
                **({"DefaultValue": parameters.text_of(one["Default"])} if "Default" in one else {}),
                "NoEcho": parameters.is_secret(one),
                **({"Description": str(one["Description"])} if "Description" in one else {}),
            }
            for name, one in declared.items()
        ]
    }
    if body.get("Description"):
        result["Description"] = str(body["Description"])
    if names:
        result["DeclaredTransforms"] = names
    if needing:
        result["Capabilities"] = ["CAPABILITY_AUTO_EXPAND"]
        result["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(needing)}]"
        return result
    language.refuse_undeclared({name: body[name] for name in language.SECTIONS if name in body})
    parsed = template.structure(body)
    template.check_limits(parsed)
    needed, reason = rules.required_capabilities(parsed)
    if needed:
        result["Capabilities"] = needed
        result["CapabilitiesReason"] = reason
    return result


def get_template_summary(
    call: Call, cloudformation: Cloudformation, request: api.GetTemplateSummaryInput
) -> api.GetTemplateSummaryOutput:
    """What a template declares: parameters, types of resources, capabilities that it needs."""
    if "StackName" in request:
        stack = require_stack(call, cloudformation, request["StackName"])
        if stack.status == "REVIEW_IN_PROGRESS":
            raise ValidationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        text = stack.template or stack.target.get("template", "")
        processed = stack.processed or stack.target.get("processed", "")
    else:
        text = rules.template_text(call, cloudformation, request, "")
        stack = new_stack(call, cloudformation, "summary")
        processed = ""
    body = read(text)
    declared = template.declared_parameters(body)
    names = transforms.declared(body)
    if not processed:
        texts = {name: parameters.text_of(one["Default"]) for name, one in declared.items() if "Default" in one}
        typed = parameters.typed(declared, texts)
        processed = process(call, cloudformation, body, typed, pseudo_parameters(stack))
    parsed = template.parse(processed or text)
    if "StackName" not in request:
        template.check_limits(parsed)
    result: api.GetTemplateSummaryOutput = {
        "Parameters": [_declaration(name, one) for name, one in declared.items()],
        "ResourceTypes": sorted({one.type for one in parsed.resources.values()}),
        "ResourceIdentifierSummaries": _identifiers(cloudformation, parsed),
    }
    if names:
        result["DeclaredTransforms"] = names
    if parsed.description:
        result["Description"] = parsed.description
    if body.get("Metadata"):
        result["Metadata"] = json.dumps(body["Metadata"])
    if body.get("AWSTemplateFormatVersion"):
        result["Version"] = str(body["AWSTemplateFormatVersion"])
    needed, reason = rules.required_capabilities(parsed)
    if needed:
        result["Capabilities"] = needed
        result["CapabilitiesReason"] = reason
    return result


def _identifiers(cloudformation: Cloudformation, parsed: Template) -> list[api.ResourceIdentifierSummary]:
    """By which properties resources can be imported, type by type."""
    names: dict[str, list[str]] = {}
    for name, resource in parsed.resources.items():
        names.setdefault(resource.type, []).append(name)
    summaries: list[api.ResourceIdentifierSummary] = []
    for kind, logical_ids in names.items():
        summary: api.ResourceIdentifierSummary = {"ResourceType": kind, "LogicalResourceIds": logical_ids}
        found = kind_of(cloudformation.world, kind)
        if found is not None:
            identifiers = schema.identifiers(schema.of(*found))
            if identifiers:
                summary["ResourceIdentifiers"] = identifiers
        summaries.append(summary)
    return summaries


def list_exports(call: Call, cloudformation: Cloudformation, request: api.ListExportsInput) -> api.ListExportsOutput:
    """All exports of the account and region, in pages of 100."""
    exports = cloudformation.store.exports(call)
    page, more = rules.page_of(exports, request)
    shown: list[api.Export] = [{"ExportingStackId": owner, "Name": name, "Value": value} for name, value, owner in page]
    return {"Exports": shown, **more}  # type: ignore[typeddict-item]


def list_imports(call: Call, cloudformation: Cloudformation, request: api.ListImportsInput) -> api.ListImportsOutput:
    """The stacks that import an export."""
    importers = cloudformation.store.importers(call, request["ExportName"])
    if not importers:
        raise ValidationError(f"Export '{request['ExportName']}' is not imported by any stack.")
    page, more = rules.page_of(importers, request)
    return {"Imports": [stack_id.split("/")[1] for stack_id in page], **more}  # type: ignore[typeddict-item]


def _declaration(name: str, one: Mapping[str, Any]) -> api.ParameterDeclaration:
    constraints: api.ParameterConstraints = {}
    if "AllowedValues" in one:
        constraints["AllowedValues"] = [parameters.text_of(value) for value in one["AllowedValues"]]
    declaration: api.ParameterDeclaration = {
        "ParameterKey": name,
        "ParameterType": str(one["Type"]),
        "NoEcho": parameters.is_secret(one),
        "ParameterConstraints": constraints,
    }
    if "Default" in one:
        declaration["DefaultValue"] = parameters.text_of(one["Default"])
    if "Description" in one:
        declaration["Description"] = str(one["Description"])
    return declaration
