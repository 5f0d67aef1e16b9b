"""AWS::ApiGateway::RestApi, Resource and Account."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway import openapi, rules
from stratolite.services.apigateway.cfn import definitions
from stratolite.services.apigateway.cfn.properties import changed, delete, given, listed, replacement, retag, tags

_ENDPOINT = {"Types": "types", "IpAddressType": "ipAddressType", "VpcEndpointIds": "vpcEndpointIds"}


_IMPORTED = "endpointConfigurationTypes"
"""The parameter of an import that acts: the types of the endpoint."""


def _refuse_api(properties: Mapping[str, Any]) -> None:
    """What an import of a definition would be told otherwise than it is done here."""
    if properties.get("Mode", "overwrite") != "overwrite":
        rules.unimplemented(f"Mode {properties['Mode']}", "a definition overwrites what was there")
    basepath = (properties.get("Parameters") or {}).get("basepath", "ignore")
    if basepath != "ignore":
        rules.unimplemented(f"the parameter basepath={basepath}", "base paths of definitions are ignored")


def _definition(properties: Mapping[str, Any]) -> openapi.Definition | None:
    return openapi.read(properties["Body"]) if properties.get("Body") else None


def _create_api(work: Work) -> Made:
    properties = work.properties
    definition = _definition(properties)
    request: dict[str, Any] = dict(definition.settings) if definition else {}
    request |= given(
        properties,
        {
            "Name": "name",
            "Description": "description",
            "Version": "version",
            "ApiKeySourceType": "apiKeySource",
            "BinaryMediaTypes": "binaryMediaTypes",
            "MinimumCompressionSize": "minimumCompressionSize",
            "DisableExecuteApiEndpoint": "disableExecuteApiEndpoint",
        },
    )
    if properties.get("EndpointConfiguration"):
        request["endpointConfiguration"] = given(properties["EndpointConfiguration"], _ENDPOINT)
    elif (properties.get("Parameters") or {}).get(_IMPORTED):
        request["endpointConfiguration"] = {"types": [str(properties["Parameters"][_IMPORTED])]}
    if properties.get("Policy"):
        request["policy"] = _policy(properties["Policy"])
    if properties.get("Tags"):
        request["tags"] = tags(properties)
    made = work.operate("CreateRestApi", request)
    if definition:
        definitions.make(work, made["id"], definition)
    return _api(made)


def _update_api(work: Work) -> Made:
    before, after = work.previous, work.properties
    patches = changed(
        work,
        {
            "Name": "/name",
            "Description": "/description",
            "Version": "/version",
            "ApiKeySourceType": "/apiKeySource",
            "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
            "MinimumCompressionSize": "/minimumCompressionSize",
        },
    )
    for patch in patches:
        if patch["path"] == "/apiKeySource" and not patch["value"]:
            patch["value"] = "HEADER"
    patches += listed("binaryMediaTypes", before.get("BinaryMediaTypes") or (), after.get("BinaryMediaTypes") or ())
    if before.get("Policy") != after.get("Policy"):
        patches.append(replacement("/policy", _policy(after.get("Policy"))))
    if before.get("EndpointConfiguration") != after.get("EndpointConfiguration"):
        configuration = after.get("EndpointConfiguration") or {}
        patches.append(replacement("/endpointConfiguration/types", (configuration.get("Types") or ["EDGE"])[0]))
        if configuration.get("IpAddressType"):
            patches.append(replacement("/endpointConfiguration/ipAddressType", configuration["IpAddressType"]))
    if before.get("Body") != after.get("Body"):
        patches += _redefine(work, before, after)
    made = work.operate("UpdateRestApi", {"restApiId": work.physical_id, "patchOperations": patches})
    retag(work, f"/restapis/{work.physical_id}")
    return _api(made)


def _redefine(work: Work, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Overwrite what a definition made; patches of what it says of the API itself."""
    former, definition = _definition(before), _definition(after)
    definitions.clear(work, work.physical_id)
    if definition:
        definitions.make(work, work.physical_id, definition)
    old, new = (each.settings if each else {} for each in (former, definition))
    patches = [
        replacement(f"/{member}", new.get(member))
        for name, member in (("Name", "name"), ("Description", "description"), ("Version", "version"))
        if name not in after and old.get(member) != new.get(member)
    ]
    if not after.get("BinaryMediaTypes"):
        patches += listed("binaryMediaTypes", old.get("binaryMediaTypes") or (), new.get("binaryMediaTypes") or ())
    return patches


def _api(made: dict[str, Any]) -> Made:
    return Made(made["id"], {"RootResourceId": made["rootResourceId"], "RestApiId": made["id"]})


def _policy(policy: Any) -> str:
    if isinstance(policy, str):
        return policy
    return json.dumps(policy) if policy else ""


def _create_resource(work: Work) -> Made:
    properties = work.properties
    made = work.operate(
        "CreateResource",
        {
            "restApiId": properties["RestApiId"],
            "parentId": properties["ParentId"],
            "pathPart": properties["PathPart"],
        },
    )
    return Made(made["id"], {"ResourceId": made["id"]})


def _same_resource(work: Work) -> Made:
    return Made(work.physical_id, {"ResourceId": work.physical_id})


def _set_account(work: Work) -> Made:
    patch = replacement("/cloudwatchRoleArn", work.properties.get("CloudWatchRoleArn"))
    work.operate("UpdateAccount", {"patchOperations": [patch]})
    physical_id = work.physical_id or work.generated_name(63, "any")
    return Made(physical_id, {"Id": physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::RestApi",
        implemented=frozenset(
            {
                "ApiKeySourceType",
                "BinaryMediaTypes",
                "Body",
                "DisableExecuteApiEndpoint",
                "EndpointConfiguration",
                "MinimumCompressionSize",
                "Mode",
                "Name",
                "Parameters",
            }
        ),
        accepted={
            "Description": "It is kept and returned.",
            "Policy": "It is kept and returned; policies are not enforced yet, and up says so.",
            "Tags": "They are kept and returned.",
            "Version": "It is kept and returned.",
            "FailOnWarnings": "What is wrong with a definition is an error always.",
        },
        refuse=_refuse_api,
        create=_create_api,
        update=_update_api,
        delete=lambda work: delete(work, "DeleteRestApi", {"restApiId": work.physical_id}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Resource",
        implemented=frozenset({"ParentId", "PathPart", "RestApiId"}),
        create=_create_resource,
        update=_same_resource,
        delete=lambda work: delete(
            work, "DeleteResource", {"restApiId": work.properties["RestApiId"], "resourceId": work.physical_id}
        ),
        replaces=frozenset({"ParentId", "PathPart", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Account",
        implemented=frozenset(),
        accepted={"CloudWatchRoleArn": "Logs are written without a role; it is kept and returned."},
        create=_set_account,
        update=_set_account,
        # AWS leaves the account's settings as they are when the resource is deleted.
        delete=lambda work: None,
    ),
)
