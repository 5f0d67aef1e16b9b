"""Layers that the file makes: versions, who may use them, outputs.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-layers.
"""

import hashlib
from typing import Any

from stratolite.templates.document import mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.lodash import sorted_json


def make_layers(work: Compilation) -> None:
    """A version, permissions and three outputs for each layer of the file."""
    layers = work.service.document.get("layers")
    for key, settings in layers.items() if isinstance(layers, dict) else ():
        if settings is None:
            raise refusal(f"the layer {key!r} has no settings", mark_of(layers, key), "Set its 'path'.")
        _make_layer(work, key, settings)


def _make_layer(work: Compilation, key: str, settings: dict[str, Any]) -> None:
    artefact = work.packaging.layers[key]
    properties = {
        "Content": {"S3Bucket": work.service.code_bucket, "S3Key": artefact.key},
        "LayerName": settings.get("name") or key,
        "Description": settings.get("description") or None,
        "LicenseInfo": settings.get("licenseInfo") or None,
        "CompatibleRuntimes": settings.get("compatibleRuntimes"),
        "CompatibleArchitectures": settings.get("compatibleArchitectures"),
    }
    digest = _digest(properties, artefact.content())
    retained = truthy(settings.get("retain"))
    policy, suffix = ("Retain", digest) if retained else (None, "")
    output = naming.layer(key)
    logical_id = output + suffix
    work.put(logical_id, "AWS::Lambda::LayerVersion", properties, deletion_policy=policy)
    for account in settings.get("allowedAccounts") or ():
        permission = {
            "Action": "lambda:GetLayerVersion",
            "LayerVersionArn": {"Ref": logical_id},
            "Principal": account,
        }
        name = naming.layer_permission(key, str(account)) + suffix
        work.put(name, "AWS::Lambda::LayerVersionPermission", permission, deletion_policy=policy)
    work.output(f"{output}QualifiedArn", {"Ref": logical_id}, "Current Lambda layer version")
    work.output(f"{output}Hash", digest, "Current Lambda layer hash")
    work.output(f"{output}S3Key", artefact.key, "Current Lambda layer S3Key")


def _digest(properties: dict[str, Any], content: bytes) -> str:
    """SHA-1 in hexadecimal of what makes a version differ from another; where the code lies does not."""
    stable = {name: value for name, value in properties.items() if name != "Content"}
    digest = hashlib.sha1(sorted_json(stable).encode(), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
