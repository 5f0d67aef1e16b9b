"""Templates: given back, validated, summarised; exports and imports."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation import Cloudformation, api, rules, template
from stratolite.services.cloudformation.lookup import find_change_set, require_stack
from stratolite.services.cloudformation.template import Template


def get_template(call: Call, cloudformation: Cloudformation, request: api.GetTemplateInput) -> api.GetTemplateOutput:
    """The template of a stack, or of a change set, as it was given."""
    name, change_set_name = request.get("StackName", ""), request.get("ChangeSetName", "")
    if change_set_name:
        text = find_change_set(call, cloudformation, change_set_name, name).target["template"]
    elif name:
        stack = require_stack(call, cloudformation, name)
        text = stack.template or stack.target.get("template", "")
    else:
        raise ValidationError("StackName is required if ChangeSetName is not specified.")
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def validate_template(
    call: Call, cloudformation: Cloudformation, request: api.ValidateTemplateInput
) -> api.ValidateTemplateOutput:
    """Whether a template reads, and which parameters it takes."""
    parsed = template.parse(rules.template_text(call, cloudformation, request, ""))
    result: api.ValidateTemplateOutput = {
        "Parameters": [
            {
                "ParameterKey": name,
                **({"DefaultValue": str(one["Default"])} if "Default" in one else {}),
                "NoEcho": str(one.get("NoEcho", "false")).lower() == "true",
                **({"Description": str(one["Description"])} if "Description" in one else {}),
            }
            for name, one in parsed.parameters.items()
        ]
    }
    if parsed.description:
        result["Description"] = parsed.description
    needed, reason = _capabilities(parsed)
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
    else:
        text = rules.template_text(call, cloudformation, request, "")
    parsed = template.parse(text)
    result: api.GetTemplateSummaryOutput = {
        "Parameters": [_declaration(name, one) for name, one in parsed.parameters.items()],
        "ResourceTypes": sorted({one.type for one in parsed.resources.values()}),
        "ResourceIdentifierSummaries": [],
    }
    if parsed.description:
        result["Description"] = parsed.description
    if parsed.body.get("Metadata"):
        import json

        result["Metadata"] = json.dumps(parsed.body["Metadata"])
    if parsed.body.get("AWSTemplateFormatVersion"):
        result["Version"] = str(parsed.body["AWSTemplateFormatVersion"])
    needed, reason = _capabilities(parsed)
    if needed:
        result["Capabilities"] = needed
        result["CapabilitiesReason"] = reason
    return result


def list_exports(call: Call, cloudformation: Cloudformation, request: api.ListExportsInput) -> api.ListExportsOutput:
    """All exports of the account and region, in pages of 100."""
    exports = cloudformation.store.exports(call)
    start = int(request.get("NextToken", "0") or 0)
    page = exports[start : start + rules.LIST_PAGE]
    result: api.ListExportsOutput = {
        "Exports": [{"ExportingStackId": owner, "Name": name, "Value": value} for name, value, owner in page]
    }
    if len(exports) > start + rules.LIST_PAGE:
        result["NextToken"] = str(start + rules.LIST_PAGE)
    return result


def list_imports(call: Call, cloudformation: Cloudformation, request: api.ListImportsInput) -> api.ListImportsOutput:
    """The stacks that import an export."""
    importers = cloudformation.store.importers(call, request["ExportName"])
    if not importers:
        raise ValidationError(f"Export '{request['ExportName']}' is not imported by any stack.")
    return {"Imports": [stack_id.split("/")[1] for stack_id in importers]}


def _declaration(name: str, one: Mapping[str, Any]) -> api.ParameterDeclaration:
    declaration: api.ParameterDeclaration = {
        "ParameterKey": name,
        "ParameterType": str(one.get("Type", "String")),
        "NoEcho": str(one.get("NoEcho", "false")).lower() == "true",
        "ParameterConstraints": {"AllowedValues": [str(value) for value in one["AllowedValues"]]}
        if "AllowedValues" in one
        else {},
    }
    if "Default" in one:
        declaration["DefaultValue"] = str(one["Default"])
    if "Description" in one:
        declaration["Description"] = str(one["Description"])
    return declaration


def _capabilities(parsed: Template) -> tuple[list[str], str]:
    types = sorted({one.type for one in parsed.resources.values() if one.type.startswith("AWS::IAM::")})
    if not types:
        return [], ""
    named = any("Name" in key for one in parsed.resources.values() if one.type in types for key in one.properties)
    capability = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    return [capability], f"The following resource(s) require capabilities: [{', '.join(types)}]"
