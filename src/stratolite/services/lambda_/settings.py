"""What CreateFunction and UpdateFunctionConfiguration set, from request to kept settings.

Settings act, are harmless (``HARMLESS``), or are refused by name (``REFUSED``); nothing is kept and ignored.
"""

import re
from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import rules
from stratolite.services.lambda_.domain import FunctionName, UsedLayer
from stratolite.services.lambda_.layer_store import LayerStore
from stratolite.services.lambda_.names import invalid, layer_name
from stratolite.services.world import World

HARMLESS = {
    "Description": "A text for people.",
    "KMSKeyArn": "Encryption at rest: the data folder is as safe as the disk that it is on.",
    "VpcConfig": "Functions run on this machine and reach its network; there is no VPC to join.",
    "TracingConfig": "The trace header is carried in both modes; there is no X-Ray here to send segments to.",
    "Architectures": "Functions run on the machine's own architecture.",
    "Tags": "Labels for people and bills.",
    "SnapStart": "Environments start here as they do without: no snapshots are taken, and no hooks of them are run.",
    "UpdateRuntimeOn": "A runtime is what is installed on this machine; nothing replaces it by itself.",
}
"""Accepted and returned, with the reason why they need no effect here."""

_SNAP_START = re.compile(r"java(11|17|2\d|3\d)|python3\.(1[2-9]|[2-9]\d)|dotnet([89]|\d\d)")
"""Runtimes whose functions may have it: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""

REFUSED = (
    "FileSystemConfigs",
    "ImageConfig",
    "CodeSigningConfigArn",
    "TenancyConfig",
    "CapacityProviderConfig",
    "DurableConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "PublishTo",
)


def defaults(name: FunctionName) -> dict[str, Any]:
    """The settings of a function about which nothing was said."""
    return {
        "Description": "",
        "Timeout": rules.TIMEOUT_S_DEFAULT,
        "MemorySize": rules.MEMORY_MB_DEFAULT,
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": rules.TMP_MB_DEFAULT},
        "TracingConfig": {"Mode": "PassThrough"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name.name}"},
    }


def changed(old: Mapping[str, Any], request: Mapping[str, Any], world: World) -> dict[str, Any]:
    """The settings after a request. Raises InvalidParameterValueException, ValidationException, NotImplementedHere."""
    _refuse(request)
    new = dict(old)
    for plain in ("Role", "Description", "KMSKeyArn", "Architectures", "TracingConfig"):
        if plain in request:
            new[plain] = request[plain]
    if not new.get("KMSKeyArn"):
        new.pop("KMSKeyArn", None)
    if "Runtime" in request:
        rules.check_runtime(request["Runtime"])
        new["Runtime"] = request["Runtime"]
    if "Handler" in request:
        new["Handler"] = request["Handler"]
    for member, most in (("Timeout", rules.TIMEOUT_S_MAX), ("MemorySize", rules.MEMORY_MB_MAX)):
        if member in request:
            rules.check_bound(request[member], member[0].lower() + member[1:], most)
            new[member] = request[member]
    if "EphemeralStorage" in request:
        rules.check_bound(request["EphemeralStorage"]["Size"], "ephemeralStorage.size", rules.TMP_MB_MAX)
        new["EphemeralStorage"] = request["EphemeralStorage"]
    if "Environment" in request:
        variables = request["Environment"].get("Variables", {})
        rules.check_environment(variables)
        new["Environment"] = {"Variables": variables}
    if "VpcConfig" in request:
        new["VpcConfig"] = _vpc(request["VpcConfig"])
    if "DeadLetterConfig" in request:
        _set_dead_letters(new, request["DeadLetterConfig"].get("TargetArn", ""), world)
    if "LoggingConfig" in request:
        new["LoggingConfig"] = _logging(old["LoggingConfig"], request["LoggingConfig"])
    if "SnapStart" in request:
        new["SnapStart"] = {"ApplyOn": request["SnapStart"].get("ApplyOn", "None")}
    if new.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions" and not _SNAP_START.fullmatch(new["Runtime"]):
        raise invalid(f"{new['Runtime']} is not supported for SnapStart enabled functions.")
    return new


def used_layers(call: Call, layers: LayerStore, arns: list[str]) -> tuple[UsedLayer, ...]:
    """The layers that a function names (recorded: ``test_layer_function_exceptions``)."""
    if len(arns) > rules.LAYERS_MAX:
        raise invalid(f"Cannot reference more than {rules.LAYERS_MAX} layers.")
    seen: dict[tuple[str, str, str], str] = {}
    used = []
    for arn in arns:
        account, region, name, number = layer_name(call, arn)
        if region != call.region:
            raise invalid(
                f"Layers are not in the same region as the function. Layers are expected to be in region {call.region}."
            )
        layer = layers.version(account, region, name, number or 0)
        if layer is None:
            raise invalid(f"Layer version {arn} does not exist.")
        layers.require_allowed(call, layer)
        before = seen.get((account, region, name))
        if before is not None:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{before} and {arn} are versions of the same layer."
            )
        seen[account, region, name] = arn
        used.append(UsedLayer(layer.arn, layer.code))
    return tuple(used)


def _refuse(request: Mapping[str, Any]) -> None:
    for setting in REFUSED:
        if request.get(setting):
            raise NotImplementedHere(f"{setting} is not implemented by this version of Stratolite.")
    if request.get("PackageType", "Zip") != "Zip":
        raise NotImplementedHere("PackageType Image is not implemented by this version of Stratolite: use Zip.")


def _vpc(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "SubnetIds": wanted.get("SubnetIds", []),
        "SecurityGroupIds": wanted.get("SecurityGroupIds", []),
        "Ipv6AllowedForDualStack": wanted.get("Ipv6AllowedForDualStack", False),
        "VpcId": "",
    }


def _set_dead_letters(settings: dict[str, Any], target: str, world: World) -> None:
    settings.pop("DeadLetterConfig", None)
    if not target:
        return
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    port = {"sns": "topic", "sqs": "queue"}.get(service)
    if port is None:
        raise invalid("The provided dead letter config TargetArn must be an SQS queue or an SNS topic.")
    if not world.ports.offers(port):
        raise NotImplementedHere(
            f"DeadLetterConfig with {target} is not implemented: this version of Stratolite has no {service}."
        )
    settings["DeadLetterConfig"] = {"TargetArn": target}


def _logging(old: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The log settings after a change: what is not named stays, and levels belong to JSON alone.

    Recorded: ``test_function_partial_advanced_logging_configuration_update``, ``..._format_switch``.
    """
    new = {**old, **wanted}
    levels = ("ApplicationLogLevel", "SystemLogLevel")
    if new["LogFormat"] == "JSON":
        return {**dict.fromkeys(levels, "INFO"), **new}
    for level in levels:
        if level in wanted:
            raise invalid(f"{level} is not supported with LogFormat Text.")
        new.pop(level, None)
    return new
