"""The section ``Globals``: properties that all resources of a type have, unless they say otherwise.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.services.cloudformation.sam.expansion import Resource, failed, invalid

SECTIONS: dict[str, frozenset[str]] = {
    "Function": frozenset(
        [
            "Handler",
            "Runtime",
            "CodeUri",
            "DeadLetterQueue",
            "Description",
            "MemorySize",
            "Timeout",
            "VpcConfig",
            "Environment",
            "Tags",
            "PropagateTags",
            "Tracing",
            "KmsKeyArn",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "Layers",
            "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary",
            "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig",
            "AssumeRolePolicyDocument",
            "EventInvokeConfig",
            "FileSystemConfigs",
            "CodeSigningConfigArn",
            "Architectures",
            "SnapStart",
            "EphemeralStorage",
            "FunctionUrlConfig",
            "RuntimeManagementConfig",
            "LoggingConfig",
            "RecursiveLoop",
            "SourceKMSKeyArn",
            "TenancyConfig",
            "DurableConfig",
        ]
    ),
    "Api": frozenset(
        [
            "Auth",
            "Name",
            "DefinitionUri",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "MergeDefinitions",
            "Variables",
            "EndpointConfiguration",
            "MethodSettings",
            "BinaryMediaTypes",
            "MinimumCompressionSize",
            "Cors",
            "GatewayResponses",
            "AccessLogSetting",
            "CanarySetting",
            "TracingEnabled",
            "OpenApiVersion",
            "Domain",
            "AlwaysDeploy",
            "PropagateTags",
            "SecurityPolicy",
        ]
    ),
    "HttpApi": frozenset(
        [
            "Auth",
            "AccessLogSettings",
            "StageVariables",
            "Tags",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "RouteSettings",
            "FailOnWarnings",
            "PropagateTags",
        ]
    ),
    "SimpleTable": frozenset({"SSESpecification"}),
    "StateMachine": frozenset({"PropagateTags"}),
    "LayerVersion": frozenset({"PublishLambdaVersion"}),
}
"""What each section may have."""
_REPLACED = frozenset({"Architectures"})
"""Lists of which the resource's own stands alone."""


def check(shared: Any) -> None:
    """Raises TransformError for a section or a property that there is not."""
    if not isinstance(shared, dict):
        raise failed("'Globals' section is invalid. Must be a dictionary.")
    for kind, properties in shared.items():
        if kind not in SECTIONS:
            known = ", ".join(sorted(SECTIONS))
            raise failed(
                f"'Globals' section is invalid. '{kind}' is not supported. Must be one of the following values - "
                f"[{known}]"
            )
        for name in properties or ():
            if name not in SECTIONS[kind]:
                raise failed(
                    f"'Globals' section is invalid. '{name}' is not a supported property of '{kind}'. Must be one of "
                    f"the following values - [{', '.join(sorted(SECTIONS[kind]))}]"
                )


def merged(shared: Mapping[str, Any], kind: str, name: str, resource: Mapping[str, Any]) -> Resource:
    """A resource with the properties that all of its type have. Raises TransformError."""
    properties = resource.get("Properties") or {}
    if not isinstance(properties, dict):
        raise invalid(name, "Properties must be a dictionary.")
    given = shared.get(kind) or {}
    rest = {key: value for key, value in resource.items() if key not in ("Type", "Properties")}
    return Resource(_over(given, properties, ""), rest)


def _over(given: Any, own: Any, name: str) -> Any:
    """``own`` over ``given``: mappings are joined, lists go on, all else is replaced."""
    if _is_mapping(given) and _is_mapping(own):
        joined = {key: _over(given[key], own[key], key) if key in own else given[key] for key in given}
        return joined | {key: value for key, value in own.items() if key not in given}
    if isinstance(given, list) and isinstance(own, list) and name not in _REPLACED:
        return [*given, *own]
    return own


def _is_mapping(value: Any) -> bool:
    """Whether a value is a mapping of settings, and no function of CloudFormation."""
    if not isinstance(value, dict):
        return False
    return not (len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::", "Condition")))
