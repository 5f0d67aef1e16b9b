"""Functions that nothing on this machine runs: of other languages, container images, programs that are not built.

``up`` refuses them by name. With ``--skip-unsupported`` another function takes the place of each, which answers every
invocation with an error that says why. So whatever refers to one (events, permissions, aliases, outputs, an authorizer)
finds it, and nothing has to be taken out of the template; what would call it again and again is turned off. Works on
templates of any front end. May not: look at files.
"""

import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.errors import AwsError
from stratolite.engine.runtimes import CUSTOM, is_interpreted

if TYPE_CHECKING:
    from stratolite.engine.interpreters import Interpreters

FUNCTION = "AWS::Lambda::Function"
SKIPPED = "Skipped here: "
"""How the description of such a function begins; the reason follows."""
IMAGE = "its code is a container image"
_KEPT = ("FunctionName", "MemorySize", "Role", "Tags", "Timeout")
"""What a function keeps that is skipped. Layers, variables and the like are for code that is not there."""
_VERSIONED = ("AWS::Lambda::Version", "AWS::Lambda::Alias")
_SOURCE = """\
import json, urllib.request
WHY = {why}
class FunctionSkipped(Exception):
    pass
def handler(event, context):
    if not isinstance(event, dict) or not {{"ResponseURL", "StackId", "LogicalResourceId"}} <= event.keys():
        raise FunctionSkipped(WHY)
    print(event["LogicalResourceId"], "is not made:", WHY)
    answer = {{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}}
    answer |= {{"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"])}}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).close()
"""


def find(resources: Mapping[str, Any], interpreters: "Interpreters | None" = None) -> dict[str, str]:
    """The functions of a template that cannot run here, by logical id, each with the reason."""
    found = {}
    for name, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") == FUNCTION:
            reason = _reason(resource.get("Properties") or {}, interpreters)
            if reason:
                found[name] = reason
    return found


def _reason(properties: Mapping[str, Any], interpreters: "Interpreters | None") -> str:
    code = properties.get("Code")
    if properties.get("PackageType") == "Image" or (isinstance(code, dict) and "ImageUri" in code):
        return IMAGE
    runtime = properties.get("Runtime")
    return why_not_run(runtime, interpreters) if isinstance(runtime, str) else ""


def why_not_run(runtime: str, interpreters: "Interpreters | None" = None) -> str:
    """Why functions of a runtime cannot run here; empty where they can, or where the runtime is none at all."""
    if is_interpreted(runtime):
        is_found = not runtime.startswith("nodejs") or _has_node(interpreters)
        return "" if is_found else f"the runtime {runtime} needs Node.js, which is not installed"
    return "" if runtime in CUSTOM or not runtime else f"the runtime {runtime} is not run here"


def _has_node(interpreters: "Interpreters | None") -> bool:
    if interpreters is None:
        if shutil.which("node"):
            return True
        # Where people have it otherwise is a matter of more files, and of an import of 10 ms.
        from stratolite.engine.interpreters import Interpreters

        interpreters = Interpreters()
    return interpreters.has_node()


def skip(template: Mapping[str, Any], unsupported: Mapping[str, str]) -> dict[str, Any]:
    """The template with others in the place of its ``unsupported`` functions (logical id and reason)."""
    resources = dict(template["Resources"])
    for name, reason in unsupported.items():
        resources[name] = {**resources[name], "Properties": _in_place(resources[name]["Properties"], reason)}
    names = set(unsupported)
    others = {
        name: resource
        for name, resource in resources.items()
        if name not in unsupported and isinstance(resource, dict) and isinstance(resource.get("Properties"), dict)
    }
    for name, resource in others.items():
        # Versions are of functions, and aliases may be of versions alone.
        if resource.get("Type") in _VERSIONED and refers(resource["Properties"].get("FunctionName"), names):
            names.add(name)
    for name, resource in others.items():
        resources[name] = {**resource, "Properties": _quiet(resource.get("Type"), resource["Properties"], names)}
    return {**template, "Resources": resources}


def _in_place(properties: Mapping[str, Any], reason: str) -> dict[str, Any]:
    why = f"{reason}: this function was skipped (--skip-unsupported)"
    return {
        **{name: properties[name] for name in _KEPT if name in properties},
        "Description": f"{SKIPPED}{reason}",
        "Runtime": f"python3.{sys.version_info[1]}",
        "Handler": "index.handler",
        "Code": {"ZipFile": _SOURCE.format(why=repr(why))},
    }


def _quiet(kind: Any, properties: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The properties of what belongs to functions that are skipped: nothing is taken from queues, no clock ticks."""
    match kind:
        case "AWS::Lambda::EventSourceMapping" if refers(properties.get("FunctionName"), names):
            return {**properties, "Enabled": False}
        case "AWS::Lambda::Version" | "AWS::Lambda::Alias" if refers(properties.get("FunctionName"), names):
            without = ("CodeSha256", "ProvisionedConcurrencyConfig")
            return {name: value for name, value in properties.items() if name not in without}
        case "AWS::Events::Rule" if "ScheduleExpression" in properties:
            targets = properties.get("Targets")
            arns = [target.get("Arn") for target in targets or () if isinstance(target, dict)]
            are_all = bool(arns) and all(refers(arn, names) for arn in arns)
            return {**properties, "State": "DISABLED"} if are_all else properties
        case "AWS::Scheduler::Schedule" if refers(properties.get("Target"), names):
            return {**properties, "State": "DISABLED"}
    return properties


def refers(value: Any, names: set[str]) -> bool:
    """Whether a value names any of these logical ids."""
    from stratolite.services.cloudformation.expressions import references

    try:
        return any(name in names for name, _ in references(value))
    except AwsError:  # CloudFormation says what is wrong with it.
        return False
