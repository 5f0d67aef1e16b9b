"""Functions: the settings of each, with the provider's as defaults, as AWS::Lambda::Function.

Versions, URLs and what happens after an asynchronous invoke have rooms of their own.
Source: https://www.serverless.com/framework/docs-providers-aws-guide-functions.
"""

import re
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming, programs
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.iam import execution_role
from stratolite.templates.serverless.images import image_properties
from stratolite.templates.serverless.invocation import Progress, configure_invokes
from stratolite.templates.serverless.lodash import either, items
from stratolite.templates.serverless.logs import logs_disabled
from stratolite.templates.serverless.service import (
    MEMORY_MB_DEFAULT,
    TIMEOUT_S_DEFAULT,
    Function,
    runtime_of,
)
from stratolite.templates.serverless.urls import make_url
from stratolite.templates.serverless.versions import is_versioned, make_version, own_layers

_WITH_UNIT = re.compile(r"(\d+) ?[A-Za-z]+")
_UPDATE_RUNTIME_ON = {"auto": "Auto", "onFunctionUpdate": "FunctionUpdate", "manual": "Manual"}


def make_functions(work: Compilation) -> None:
    """All functions and what belongs to each.

    The order shows in the default role's statements and in destinations, which are aliases only where those are made
    already: what belongs to a versioned function comes after all functions, and after those that use fewer layers.
    """
    progress = Progress()
    for function in work.service.functions.values():
        properties = _properties(work, function)
        work.put(
            function.logical_id,
            "AWS::Lambda::Function",
            properties,
            depends_on=_depends_on(work, function) or None,
            condition=function.settings.get("condition") or None,
        )
        if not is_versioned(work, function):
            _complete(work, function, progress)
    versioned = [function for function in work.service.functions.values() if is_versioned(work, function)]
    for function in sorted(versioned, key=lambda each: len(own_layers(work, each))):
        _complete(work, function, progress)


def _complete(work: Compilation, function: Function, progress: Progress) -> None:
    make_version(work, function)
    make_url(work, function)
    progress.complete.add(function.key)
    configure_invokes(work, function, progress)


def _runtime(work: Compilation, function: Function) -> str:
    """The runtime; on this machine another one for programs whose own AWS has retired."""
    runtime = runtime_of(work.service.provider, function.settings)
    if not work.is_lenient or runtime not in programs.LOCAL or function.key in work.packaging.unsupported:
        return runtime
    what = f"AWS has retired the runtime {runtime}: its programs run as {programs.LOCAL[runtime]} here"
    work.warn(what, kind=Kind.REFUSED_BY_AWS, about="functions")
    return programs.LOCAL[runtime]


def _properties(work: Compilation, function: Function) -> dict[str, Any]:
    settings, provider = function.settings, work.service.provider
    if "awsKmsKeyArn" in settings:
        at = function.mark("awsKmsKeyArn")
        work.warn("'awsKmsKeyArn' has no effect: set 'kmsKeyArn'", at, Kind.NO_EFFECT, about="functions")
    architecture = either(settings.get("architecture"), provider.get("architecture"))
    properties = _code(work, function)
    properties |= {
        "FunctionName": function.name,
        "MemorySize": _amount(work, function, "memorySize", MEMORY_MB_DEFAULT),
        "Timeout": _amount(work, function, "timeout", TIMEOUT_S_DEFAULT),
        "Architectures": [architecture] if architecture else None,
        "Description": settings.get("description") or None,
        "Tags": _tags(work, function),
        "Role": _role(work, function)[0],
        "Environment": _environment(work, function),
        "Layers": either(settings.get("layers"), provider.get("layers")),
        "ReservedConcurrentExecutions": settings.get("reservedConcurrency"),
    }
    if truthy(settings.get("ephemeralStorageSize")):
        properties["EphemeralStorage"] = {"Size": settings["ephemeralStorageSize"]}
    # In this order, since each may add statements to the default role.
    properties |= _dead_letters(work, function)
    properties |= _encryption(work, function)
    properties |= _tracing(work, function)
    network = _network(work, function)
    properties |= network
    properties |= _file_system(work, function, in_vpc=bool(network))
    if truthy(settings.get("snapStart")):
        properties["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    return properties


def _amount(work: Compilation, function: Function, name: str, default: int) -> Any:
    """A number of the function's or the provider's; one with a unit (``512MB``) loses it where it is only run."""
    value = either(function.settings.get(name), work.service.provider.get(name), default)
    match = _WITH_UNIT.fullmatch(value) if work.is_lenient and isinstance(value, str) else None
    if match is None:
        return value
    what = f"{name}: {value!r} is {match[1]} here, and refused by AWS"
    work.warn_locally(what, function.mark(name), Kind.REFUSED_BY_AWS, about="functions")
    return int(match[1])


def _code(work: Compilation, function: Function) -> dict[str, Any]:
    settings = function.settings
    handler, image = truthy(settings.get("handler")), truthy(settings.get("image"))
    if handler == image:
        what = "both a handler and an image" if handler else "neither a handler nor an image"
        todo = "Set 'handler', as in 'handler: src/users.create'."
        raise refusal(f"the function {function.key!r} has {what}", function.at, todo)
    if image:
        # What is not run need not be named by a digest, nor be there at all.
        is_run = function.key not in work.packaging.unsupported
        return image_properties(work, function) if is_run else {"Code": {"ImageUri": ""}, "PackageType": "Image"}
    artefact = work.packaging.functions[function.key]
    return {
        "Code": {"S3Bucket": work.service.code_bucket, "S3Key": artefact.key},
        "Handler": settings["handler"],
        "Runtime": _runtime(work, function),
        "RuntimeManagementConfig": _runtime_management(work, function),
    }


def _runtime_management(work: Compilation, function: Function) -> dict[str, Any] | None:
    wanted: dict[str, Any] = {"mode": "auto"}
    for given in (work.service.provider.get("runtimeManagement"), function.settings.get("runtimeManagement")):
        wanted |= given if isinstance(given, dict) else {"mode": given} if given else {}
    if wanted["mode"] == "auto":
        return None
    config = {"UpdateRuntimeOn": _UPDATE_RUNTIME_ON.get(wanted["mode"])}
    if wanted["mode"] == "manual":
        config["RuntimeVersionArn"] = wanted.get("arn")
    return config


def _tags(work: Compilation, function: Function) -> list[dict[str, Any]] | None:
    shared, own = work.service.provider.get("tags"), function.settings.get("tags")
    if not truthy(shared) and not truthy(own):
        return None
    return [{"Key": key, "Value": value} for key, value in items({**(shared or {}), **(own or {})})]


def _environment(work: Compilation, function: Function) -> dict[str, Any] | None:
    shared, own = work.service.provider.get("environment"), function.settings.get("environment")
    if not truthy(shared) and not truthy(own):
        return None
    return {"Variables": {**(shared or {}), **(own or {})}}


def _role(work: Compilation, function: Function) -> tuple[Any, str | None]:
    """The role, and the resource that has to be made before: one of this file that is named by its logical id."""
    role = execution_role(work.service, function) or naming.ROLE
    if isinstance(role, str):
        if role.startswith("arn:"):
            return role, None
        return {"Fn::GetAtt": [role, "Arn"]}, None if role == naming.ROLE else role
    attribute = role.get("Fn::GetAtt") if isinstance(role, dict) else None
    return role, attribute[0] if attribute else None


def _depends_on(work: Compilation, function: Function) -> list[Any]:
    wanted = function.settings.get("dependsOn")
    before = list(wanted) if isinstance(wanted, list) else [wanted] if truthy(wanted) else []
    role = _role(work, function)[1]
    logs = [] if logs_disabled(function) else [naming.log_group(function.key)]
    return [*logs, *before, *([role] if role else [])]


def _dead_letters(work: Compilation, function: Function) -> dict[str, Any]:
    target = function.settings.get("onError")
    if not truthy(target):
        return {}
    if isinstance(target, str):
        work.allow({"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [target]})
    return {"DeadLetterConfig": {"TargetArn": target}}


def _encryption(work: Compilation, function: Function) -> dict[str, Any]:
    key = either(function.settings.get("kmsKeyArn"), work.service.provider.get("kmsKeyArn"))
    if key is None:
        return {}
    if isinstance(key, str):
        work.allow({"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key]}, once=True)
    return {"KmsKeyArn": key}


def _tracing(work: Compilation, function: Function) -> dict[str, Any]:
    wanted = either(function.settings.get("tracing"), work.service.setting("tracing", "lambda"))
    if wanted is None:
        return {}
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    work.allow({"Effect": "Allow", "Action": actions, "Resource": ["*"]}, once=True)
    return {"TracingConfig": {"Mode": "Active" if wanted is True else wanted}}


def _network(work: Compilation, function: Function) -> dict[str, Any]:
    """VpcConfig, when both lists are set; ``vpc: ~`` or ``false`` on a function takes the provider's away."""
    settings = function.settings
    if "vpc" in settings and settings["vpc"] in (None, False):
        return {}

    def nearest(name: str) -> Any:
        own = settings.get("vpc")
        return either(own.get(name) if isinstance(own, dict) else None, work.service.setting("vpc", name))

    groups, subnets = nearest("securityGroupIds"), nearest("subnetIds")
    if groups is None or subnets is None:
        return {}
    return {"VpcConfig": {"SecurityGroupIds": groups, "SubnetIds": subnets}}


def _file_system(work: Compilation, function: Function, *, in_vpc: bool) -> dict[str, Any]:
    wanted = function.settings.get("fileSystemConfig")
    if not isinstance(wanted, dict):
        return {}
    if not in_vpc:
        what = f"the function {function.key!r} mounts a file system and is in no VPC"
        raise refusal(what, function.mark("fileSystemConfig"), "Set 'vpc' on the function or on the provider.")
    actions = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    work.allow({"Effect": "Allow", "Action": actions, "Resource": [wanted.get("arn")]})
    return {"FileSystemConfigs": [{"Arn": wanted.get("arn"), "LocalMountPath": wanted.get("localMountPath")}]}
