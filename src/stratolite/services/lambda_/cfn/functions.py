"""``AWS::Lambda::Function``."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import NotImplementedHere
from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.lambda_ import rules, settings
from stratolite.services.lambda_.cfn.inline import zipped
from stratolite.services.lambda_.cfn.properties import given, mapping, tags, update_tags

NAME_LENGTH_MAX = 64
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


def _refuse(properties: Mapping[str, Any]) -> None:
    runtime = properties.get("Runtime")
    if isinstance(runtime, str):
        rules.check_runtime(runtime)
    if properties.get("PackageType", "Zip") != "Zip" or "ImageUri" in mapping(properties.get("Code")):
        raise NotImplementedHere("PackageType Image is not implemented by this version of Stratolite: use Zip.")


def _create(work: Work) -> Made:
    properties = work.properties
    name = properties.get("FunctionName") or work.generated_name(NAME_LENGTH_MAX, "any")
    request = _configuration(properties) | given(properties, ("Architectures",))
    request |= {"FunctionName": name, "Code": _code(properties)}
    if properties.get("KmsKeyArn"):
        request["KMSKeyArn"] = properties["KmsKeyArn"]
    if properties.get("Tags"):
        request["Tags"] = tags(properties)
    made = work.operate("CreateFunction", request)
    if properties.get("ReservedConcurrentExecutions") is not None:
        _reserve(work, name)
    if properties.get("RecursiveLoop"):
        _set_recursion(work, name)
    if properties.get("RuntimeManagementConfig"):
        _manage_runtime(work, name)
    return _made(work, name, made["FunctionArn"])


def _update(work: Work) -> Made:
    name, new, old = work.physical_id, work.properties, work.previous
    if (new.get("Code"), new.get("Architectures")) != (old.get("Code"), old.get("Architectures")):
        architectures = new.get("Architectures", ["x86_64"])
        work.operate("UpdateFunctionCode", {"FunctionName": name, "Architectures": architectures, **_code(new)})
    arn = work.call.arn("lambda", f"function:{name}")
    if any(new.get(key) != old.get(key) for key in (*_CONFIGURED, "KmsKeyArn")):
        request = {"FunctionName": name, **_restored(name), **_configuration(new)}
        request["KMSKeyArn"] = new.get("KmsKeyArn") or ""
        work.operate("UpdateFunctionConfiguration", request)
    if new.get("ReservedConcurrentExecutions") != old.get("ReservedConcurrentExecutions"):
        _reserve(work, name)
    if new.get("RecursiveLoop") != old.get("RecursiveLoop"):
        _set_recursion(work, name)
    if new.get("RuntimeManagementConfig") != old.get("RuntimeManagementConfig"):
        _manage_runtime(work, name)
    update_tags(work, arn)
    return _made(work, name, arn)


def _delete(work: Work) -> None:
    work.unless_gone("DeleteFunction", {"FunctionName": work.physical_id})


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
        "SnapStart": {"ApplyOn": "None"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def _configuration(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a function is configured with. Variables are texts, whatever a template writes."""
    found = given(properties, _CONFIGURED)
    variables = (properties.get("Environment") or {}).get("Variables")
    if isinstance(variables, dict):
        found["Environment"] = {"Variables": {name: _text(value) for name, value in variables.items()}}
    return found


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """``Code`` as the operations want it."""
    code: dict[str, Any] = dict(properties["Code"])
    source = code.pop("ZipFile", None)
    return code if source is None else {**code, "ZipFile": zipped(source, properties.get("Runtime", ""))}


def _reserve(work: Work, name: str) -> None:
    wanted = work.properties.get("ReservedConcurrentExecutions")
    if wanted is None:
        work.operate("DeleteFunctionConcurrency", {"FunctionName": name})
    else:
        work.operate("PutFunctionConcurrency", {"FunctionName": name, "ReservedConcurrentExecutions": wanted})


def _set_recursion(work: Work, name: str) -> None:
    wanted = work.properties.get("RecursiveLoop", "Terminate")
    work.operate("PutFunctionRecursionConfig", {"FunctionName": name, "RecursiveLoop": wanted})


def _manage_runtime(work: Work, name: str) -> None:
    wanted = work.properties.get("RuntimeManagementConfig") or {"UpdateRuntimeOn": "Auto"}
    work.operate("PutRuntimeManagementConfig", {"FunctionName": name, **wanted})


def _made(work: Work, name: str, arn: str) -> Made:
    applied = mapping(work.properties.get("SnapStart")).get("ApplyOn", "None")
    answer = {"ApplyOn": applied, "OptimizationStatus": "Off"}
    parts = {f"SnapStartResponse.{key}": value for key, value in answer.items()}
    return Made(name, {"Arn": arn, "SnapStartResponse": answer, **parts})


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
                "RecursiveLoop",
                "ReservedConcurrentExecutions",
                "Role",
                "Runtime",
                "Timeout",
            }
        ),
        create=_create,
        update=_update,
        delete=_delete,
        accepted={
            "Architectures": settings.HARMLESS["Architectures"],
            "Description": settings.HARMLESS["Description"],
            "KmsKeyArn": settings.HARMLESS["KMSKeyArn"],
            "RuntimeManagementConfig": settings.HARMLESS["UpdateRuntimeOn"],
            "SnapStart": settings.HARMLESS["SnapStart"],
            "Tags": settings.HARMLESS["Tags"],
            "TracingConfig": settings.HARMLESS["TracingConfig"],
            "VpcConfig": settings.HARMLESS["VpcConfig"],
        },
        refuse=_refuse,
    ),
)
