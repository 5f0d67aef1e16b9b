"""serverless-latest-layer-version: layers that are named without a number, ``arn:...:layer:tools:latest``.

The account that is deployed to says which version is the latest. Under ``up`` it is the first one: a layer of somebody
else's is an empty stand-in here, whatever its version.
Source: https://github.com/mooyoul/serverless-latest-layer-version (2.1.2).
"""

import re
from typing import Any

from stratolite.core.errors import AwsError, UserError
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless.plugins.configuration import Configuration

FIRST = "1"
_LATEST = re.compile(r"(arn:[^:]+:lambda:([^:]+):[^:]+:layer:[^:]+):latest")


def find_latest(configuration: Configuration) -> None:
    """Put numbers in place of ``latest``. Raises UserError for a layer that the account does not have."""
    for section in (configuration.provider, *(function for _, function in configuration.functions)):
        layers = section.get("layers")
        if not isinstance(layers, List):
            continue
        for index, layer in enumerate(layers):
            at = mark_of(layers, index)
            if isinstance(layer, str):
                layers[index] = _numbered(configuration, layer, at)
            elif isinstance(layer, Map) and isinstance(layer.get("Fn::Sub"), str):
                layer.put("Fn::Sub", _numbered(configuration, layer["Fn::Sub"], at), at)


def _numbered(configuration: Configuration, arn: str, at: Mark) -> str:
    found = _LATEST.fullmatch(arn)
    if found is None:
        return arn
    if configuration.options.is_lenient or configuration.options.ask is None:
        return f"{found[1]}:{FIRST}"
    try:
        request = {"LayerName": found[1]}
        versions: list[dict[str, Any]] = []
        versions += configuration.options.ask("lambda", "ListLayerVersions", request, found[2])["LayerVersions"]
    except AwsError as error:
        raise UserError(f"the versions of {found[1]} are not known: {error}", where=str(at)) from error
    if not versions:
        raise UserError(f"the layer {found[1]} has no version", where=str(at), todo="Publish one first.")
    return f"{found[1]}:{max(int(version['Version']) for version in versions)}"
