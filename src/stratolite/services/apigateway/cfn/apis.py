"""AWS::ApiGateway::RestApi, Resource and Account."""

import json
from dataclasses import replace
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway.cfn.properties import changed, delete, given, listed, replacement, retag, tags

_ENDPOINT = {"Types": "types", "IpAddressType": "ipAddressType", "VpcEndpointIds": "vpcEndpointIds"}


def _create_api(work: Work) -> Made:
    properties = work.properties
    if properties.get("Body"):
        made = work.operate("ImportRestApi", _definition(work))
        return _beside_body(replace(work, physical_id=made["id"]))
    request = given(
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
    if properties.get("Policy"):
        request["policy"] = _policy(properties["Policy"])
    if properties.get("Tags"):
        request["tags"] = tags(properties)
    made = work.operate("CreateRestApi", request)
    return _api(made)


def _definition(work: Work) -> dict[str, Any]:
    """A definition, as the operations that import have it; what was not said is not asked for."""
    body = work.properties["Body"]
    name = work.properties.get("Name")
    if isinstance(body, dict) and name and not (body.get("info") or {}).get("title"):
        # The property names the API in any case.
        body = {**body, "info": {**(body.get("info") or {}), "title": name}}
    request: dict[str, Any] = {"body": (body if isinstance(body, str) else json.dumps(body)).encode()}
    return request | given(work.properties, {"FailOnWarnings": "failOnWarnings", "Parameters": "parameters"})


def _beside_body(work: Work) -> Made:
    """What properties say beside a definition wins over what that says, whatever they said before."""
    return _patch_api(replace(work, previous={"Tags": work.previous.get("Tags")}))


def _update_api(work: Work) -> Made:
    imported = ("Body", "Mode", "Parameters")
    is_new = any(work.properties.get(name) != work.previous.get(name) for name in imported)
    if not work.properties.get("Body") or not is_new:
        return _patch_api(work)
    mode = work.properties.get("Mode") or "overwrite"
    work.operate("PutRestApi", {"restApiId": work.physical_id, "mode": mode, **_definition(work)})
    return _beside_body(work)


def _patch_api(work: Work) -> Made:
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
    made = work.operate("UpdateRestApi", {"restApiId": work.physical_id, "patchOperations": patches})
    retag(work, f"/restapis/{work.physical_id}")
    return _api(made)


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
                "FailOnWarnings",
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
        },
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
