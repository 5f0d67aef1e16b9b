"""CloudFormation's ``AWS::Lambda::*``: functions, versions, aliases, permissions, asynchronous settings, layers.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.ports import Made, ResourceType, Work
from stratolite.services.lambda_ import api, rules, settings
from stratolite.services.lambda_.domain import LATEST

FUNCTION_NAME_LENGTH_MAX = 64
STATEMENT_ID_LENGTH_MAX = 100
_CONFIGURED = (
    "Role",
    "Runtime",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Layers",
    "VpcConfig",
    "DeadLetterConfig",
    "TracingConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "SnapStart",
)


# Functions -------------------------------------------------------------------------------------------------------


def _refuse_function(properties: Mapping[str, Any]) -> None:
    runtime = properties.get("Runtime")
    if isinstance(runtime, str):
        rules.check_runtime(runtime)
    if properties.get("PackageType", "Zip") != "Zip" or "ImageUri" in _mapping(properties.get("Code")):
        raise NotImplementedHere("PackageType Image is not implemented by this version of Stratolite: use Zip.")
    if _mapping(properties.get("SnapStart")).get("ApplyOn", "None") != "None":
        raise NotImplementedHere("SnapStart is not implemented by this version of Stratolite.")


def _create_function(work: Work) -> Made:
    properties = work.properties
    name = properties.get("FunctionName") or work.generated_name(FUNCTION_NAME_LENGTH_MAX, "any")
    request = {key: properties[key] for key in _CONFIGURED if properties.get(key) is not None}
    request |= {"FunctionName": name, "Code": _code(properties)}
    if properties.get("Architectures"):
        request["Architectures"] = properties["Architectures"]
    if properties.get("KmsKeyArn"):
        request["KMSKeyArn"] = properties["KmsKeyArn"]
    if properties.get("Tags"):
        request["Tags"] = _tags(properties)
    made = work.operate("CreateFunction", request)
    if properties.get("ReservedConcurrentExecutions") is not None:
        _reserve(work, name)
    return _function(name, made["FunctionArn"])


def _update_function(work: Work) -> Made:
    name, new, old = work.physical_id, work.properties, work.previous
    if (new.get("Code"), new.get("Architectures")) != (old.get("Code"), old.get("Architectures")):
        architectures = new.get("Architectures", ["x86_64"])
        work.operate("UpdateFunctionCode", {"FunctionName": name, "Architectures": architectures, **_code(new)})
    arn = work.call.arn("lambda", f"function:{name}")
    changed = [key for key in (*_CONFIGURED, "KmsKeyArn") if new.get(key) != old.get(key)]
    if changed:
        request = {"FunctionName": name, **_restored(name)}
        wanted = {key: new[key] for key in (*_CONFIGURED, "KmsKeyArn") if new.get(key) is not None}
        wanted["KMSKeyArn"] = wanted.pop("KmsKeyArn", "")
        work.operate("UpdateFunctionConfiguration", request | wanted)
    if new.get("ReservedConcurrentExecutions") != old.get("ReservedConcurrentExecutions"):
        _reserve(work, name)
    _update_tags(work, arn)
    return _function(name, arn)


def _delete_function(work: Work) -> None:
    _unless_gone(work, "DeleteFunction", {"FunctionName": work.physical_id})


def _restored(name: str) -> dict[str, Any]:
    """What a property that left the template goes back to."""
    return {
        "Description": "",
        "Timeout": rules.TIMEOUT_S_DEFAULT,
        "MemorySize": rules.MEMORY_MB_DEFAULT,
        "Environment": {},
        "Layers": [],
        "VpcConfig": {},
        "DeadLetterConfig": {},
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": rules.TMP_MB_DEFAULT},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """``Code`` as the operations want it; inline source becomes a zip with one file."""
    code: dict[str, Any] = dict(properties["Code"])
    source = code.pop("ZipFile", None)
    if source is None:
        return code
    runtime = properties.get("Runtime", "")
    if not runtime.startswith(("python", "nodejs")):
        raise api.InvalidParameterValueException(
            "ZipFile can only be used when Runtime is set to a Python or Node.js runtime."
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # An entry made from its name alone is dated 1980: equal sources give equal zips.
        entry = zipfile.ZipInfo("index.py" if runtime.startswith("python") else "index.js")
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return {**code, "ZipFile": file.getvalue()}


def _reserve(work: Work, name: str) -> None:
    wanted = work.properties.get("ReservedConcurrentExecutions")
    if wanted is None:
        work.operate("DeleteFunctionConcurrency", {"FunctionName": name})
    else:
        work.operate("PutFunctionConcurrency", {"FunctionName": name, "ReservedConcurrentExecutions": wanted})


def _update_tags(work: Work, arn: str) -> None:
    new, old = _tags(work.properties), _tags(work.previous)
    gone = sorted(set(old) - set(new))
    if gone:
        work.operate("UntagResource", {"Resource": arn, "TagKeys": gone})
    if new and new != old:
        work.operate("TagResource", {"Resource": arn, "Tags": new})


def _function(name: str, arn: str) -> Made:
    snap_start = {"ApplyOn": "None", "OptimizationStatus": "Off"}
    return Made(
        name,
        {
            "Arn": arn,
            "SnapStartResponse": snap_start,
            **{f"SnapStartResponse.{key}": value for key, value in snap_start.items()},
        },
    )


# Versions and aliases --------------------------------------------------------------------------------------------


def _create_version(work: Work) -> Made:
    function = work.properties["FunctionName"]
    listed = work.operate("ListVersionsByFunction", {"FunctionName": function, "MaxItems": 50})
    before = {version["Version"] for version in listed["Versions"]}
    while listed.get("NextMarker"):
        listed = work.operate("ListVersionsByFunction", {"FunctionName": function, "Marker": listed["NextMarker"]})
        before |= {version["Version"] for version in listed["Versions"]}
    request: dict[str, Any] = {
        key: work.properties[key] for key in ("FunctionName", "CodeSha256", "Description") if key in work.properties
    }
    made = work.operate("PublishVersion", request)
    if made["Version"] in before:
        # Two resources would own one version, and deleting either would break the other.
        raise api.ResourceConflictException(
            f"A version for this Lambda function exists ( {made['Version']} ). "
            "Modify the function to create a new version.",
        )
    return _version(made["FunctionArn"])


def _update_version(work: Work) -> Made:
    return _version(work.physical_id)


def _delete_version(work: Work) -> None:
    function, _, number = work.physical_id.rpartition(":")
    _unless_gone(work, "DeleteFunction", {"FunctionName": function, "Qualifier": number})


def _version(arn: str) -> Made:
    return Made(arn, {"FunctionArn": arn, "Version": arn.rpartition(":")[2]})


def _create_alias(work: Work) -> Made:
    made = work.operate("CreateAlias", {"Name": work.properties["Name"], **_alias_request(work)})
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _update_alias(work: Work) -> Made:
    made = work.operate("UpdateAlias", {"Name": work.properties["Name"], **_alias_request(work)})
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _delete_alias(work: Work) -> None:
    function, _, name = work.physical_id.rpartition(":")
    _unless_gone(work, "DeleteAlias", {"FunctionName": function, "Name": name})


def _alias_request(work: Work) -> dict[str, Any]:
    properties = work.properties
    weights = _mapping(properties.get("RoutingConfig")).get("AdditionalVersionWeights", [])
    return {
        "FunctionName": properties["FunctionName"],
        "FunctionVersion": properties["FunctionVersion"],
        "Description": properties.get("Description", ""),
        "RoutingConfig": {
            "AdditionalVersionWeights": {item["FunctionVersion"]: item["FunctionWeight"] for item in weights}
        },
    }


# Permissions, asynchronous settings, layers ----------------------------------------------------------------------


def _create_permission(work: Work) -> Made:
    sid = work.generated_name(STATEMENT_ID_LENGTH_MAX, "any")
    work.operate("AddPermission", {**work.properties, "StatementId": sid})
    return Made(sid, {"Id": sid})


def _update_permission(work: Work) -> Made:
    return Made(work.physical_id, {"Id": work.physical_id})


def _delete_permission(work: Work) -> None:
    request = {"FunctionName": work.properties["FunctionName"], "StatementId": work.physical_id}
    _unless_gone(work, "RemovePermission", request)


def _put_event_invoke_config(work: Work) -> Made:
    made = work.operate("PutFunctionEventInvokeConfig", work.properties)
    return Made(made["FunctionArn"])


def _delete_event_invoke_config(work: Work) -> None:
    request = {
        "FunctionName": work.properties["FunctionName"],
        "Qualifier": work.properties.get("Qualifier", LATEST),
    }
    _unless_gone(work, "DeleteFunctionEventInvokeConfig", request)


def _refuse_destinations(properties: Mapping[str, Any]) -> None:
    if properties.get("DestinationConfig"):
        raise NotImplementedHere("DestinationConfig is not implemented by this version of Stratolite.")


def _create_layer(work: Work) -> Made:
    made = work.operate("PublishLayerVersion", {"LayerName": work.logical_id, **work.properties})
    return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})


def _update_layer(work: Work) -> Made:
    return Made(work.physical_id, {"LayerVersionArn": work.physical_id})


def _delete_layer(work: Work) -> None:
    layer, _, number = work.physical_id.rpartition(":")
    work.operate("DeleteLayerVersion", {"LayerName": layer, "VersionNumber": int(number)})


# Shared ----------------------------------------------------------------------------------------------------------


def _unless_gone(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """A resource that is gone already is no error."""
    try:
        work.operate(operation, request)
    except api.ResourceNotFoundException:
        return


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in properties.get("Tags") or []}


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::Function",
        implemented=frozenset(
            {
                "Code",
                "DeadLetterConfig",
                "Environment",
                "EphemeralStorage",
                "FunctionName",
                "Handler",
                "Layers",
                "LoggingConfig",
                "MemorySize",
                "PackageType",
                "ReservedConcurrentExecutions",
                "Role",
                "Runtime",
                "SnapStart",
                "Timeout",
            }
        ),
        create=_create_function,
        update=_update_function,
        delete=_delete_function,
        accepted={
            "Architectures": settings.HARMLESS["Architectures"],
            "Description": settings.HARMLESS["Description"],
            "KmsKeyArn": settings.HARMLESS["KMSKeyArn"],
            "Tags": settings.HARMLESS["Tags"],
            "TracingConfig": settings.HARMLESS["TracingConfig"],
            "VpcConfig": settings.HARMLESS["VpcConfig"],
        },
        refuse=_refuse_function,
    ),
    ResourceType(
        "AWS::Lambda::Version",
        implemented=frozenset({"FunctionName", "CodeSha256", "Description"}),
        create=_create_version,
        update=_update_version,
        delete=_delete_version,
    ),
    ResourceType(
        "AWS::Lambda::Alias",
        implemented=frozenset({"FunctionName", "FunctionVersion", "Name", "Description", "RoutingConfig"}),
        create=_create_alias,
        update=_update_alias,
        delete=_delete_alias,
    ),
    ResourceType(
        "AWS::Lambda::Permission",
        implemented=frozenset(
            {
                "Action",
                "EventSourceToken",
                "FunctionName",
                "FunctionUrlAuthType",
                "InvokedViaFunctionUrl",
                "Principal",
                "PrincipalOrgID",
                "SourceAccount",
                "SourceArn",
            }
        ),
        create=_create_permission,
        update=_update_permission,
        delete=_delete_permission,
    ),
    ResourceType(
        "AWS::Lambda::EventInvokeConfig",
        implemented=frozenset({"FunctionName", "Qualifier", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"}),
        accepted={"DestinationConfig": "The Serverless Framework writes an empty one; destinations are refused."},
        create=_put_event_invoke_config,
        update=_put_event_invoke_config,
        delete=_delete_event_invoke_config,
        refuse=_refuse_destinations,
    ),
    ResourceType(
        "AWS::Lambda::LayerVersion",
        implemented=frozenset(
            {"CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName", "LicenseInfo"}
        ),
        create=_create_layer,
        update=_update_layer,
        delete=_delete_layer,
    ),
)
