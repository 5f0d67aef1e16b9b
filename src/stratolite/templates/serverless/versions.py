"""Versions of functions and the aliases that point to them.

A version cannot be updated, so its logical id carries a digest of the code, of the layers and of the configuration:
whatever changes makes another version. Costs one digest of each artefact.
"""

import base64
import hashlib
from copy import deepcopy
from typing import Any

from stratolite.templates.artefacts import Artefact
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.images import image_digest
from stratolite.templates.serverless.lodash import sorted_json
from stratolite.templates.serverless.service import Function

UNVERSIONED = ("ReservedConcurrentExecutions", "Tags")
"""Properties of the function as a whole: a change of them makes no version."""


def is_versioned(work: Compilation, function: Function) -> bool:
    """Whether a version is made: asked for, by default, or needed by an alias."""
    return _wanted(work, function) or function.alias is not None


def _wanted(work: Compilation, function: Function) -> bool:
    wanted = function.settings.get("versionFunction")
    provider = work.service.provider.get("versionFunctions")
    return truthy(wanted if wanted is not None else provider if provider is not None else True)


def make_version(work: Compilation, function: Function) -> None:
    """The version with its output, and the alias that provisioned concurrency or SnapStart needs."""
    settings = function.settings
    alias = function.alias
    if not is_versioned(work, function):
        return
    if truthy(settings.get("provisionedConcurrency")) and truthy(settings.get("snapStart")):
        what = f"the function {function.key!r} has both provisionedConcurrency and snapStart"
        raise refusal(what, function.mark("snapStart"), "AWS allows one of them.")
    logical_id = naming.lambda_version(function.key, _digest(work, function))
    work.put(
        logical_id,
        "AWS::Lambda::Version",
        {
            "FunctionName": {"Ref": function.logical_id},
            "CodeSha256": image_digest(work, function) or work.packaging.functions[function.key].sha256(),
            "Description": settings.get("description") or None,
        },
        deletion_policy="Retain" if _wanted(work, function) else None,
    )
    work.output(naming.version_output(function.key), {"Ref": logical_id}, "Current Lambda function version")
    if alias is not None:
        provisioned = settings.get("provisionedConcurrency")
        properties = {
            "FunctionName": {"Ref": function.logical_id},
            "FunctionVersion": {"Fn::GetAtt": [logical_id, "Version"]},
            "Name": alias.name,
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": provisioned}
            if truthy(provisioned)
            else None,
        }
        work.put(alias.logical_id, "AWS::Lambda::Alias", properties, depends_on=function.logical_id)


def _digest(work: Compilation, function: Function) -> str:
    """SHA-256 in base 64 of what makes a version differ from another."""
    properties = deepcopy(work.resources[function.logical_id]["Properties"])
    image = image_digest(work, function)
    digest = hashlib.sha256()
    if image is None:
        del properties["Code"]
        digest.update(work.packaging.functions[function.key].sha256().encode())
    layers = own_layers(work, function)
    for artefact in sorted((artefact for _, _, artefact in layers), key=lambda each: each.name):
        digest.update(artefact.sha256().encode())
    for name in UNVERSIONED:
        properties.pop(name, None)
    properties["layerConfigurations"] = [{"name": key, "properties": layer} for key, layer, _ in layers]
    digest.update(sorted_json(properties).encode())
    return base64.b64encode(digest.digest()).decode()


def own_layers(work: Compilation, function: Function) -> list[tuple[str, dict[str, Any], Artefact]]:
    """The layers of this file among those of a function: key, properties without the S3 key, artefact."""
    found = []
    layers = work.resources[function.logical_id]["Properties"].get("Layers")
    keys = {naming.layer(key): key for key in work.packaging.layers}
    for reference in layers if isinstance(layers, list) else []:
        logical_id = reference.get("Ref") if isinstance(reference, dict) else None
        if isinstance(logical_id, str) and logical_id in keys and logical_id in work.resources:
            properties = deepcopy(work.resources[logical_id]["Properties"])
            properties["Content"].pop("S3Key", None)
            found.append((keys[logical_id], properties, work.packaging.layers[keys[logical_id]]))
    return found
