"""Layers: code that functions share, unpacked under /opt."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, archive, view
from stratolite.services.lambda_.domain import LayerVersion
from stratolite.services.lambda_.names import invalid, layer_name, not_found

LISTED_MAX = 50
ABSENT = "The resource you requested does not exist."


def publish_layer_version(
    call: Call, lambda_: Lambda, request: api.PublishLayerVersionRequest
) -> api.PublishLayerVersionResponse:
    """Add a version to a layer, which is made by its first."""
    account, region, name, _ = layer_name(call, request["LayerName"])
    code = archive.accept(call, lambda_.world, request["Content"])
    layer = LayerVersion(
        account=account,
        region=region,
        name=name,
        number=lambda_.layers.next_number(account, region, name),
        created_ms=call.now_ms,
        description=request.get("Description", ""),
        license=request.get("LicenseInfo", ""),
        runtimes=tuple(request.get("CompatibleRuntimes", [])),
        architectures=tuple(request.get("CompatibleArchitectures", [])),
        code=code,
    )
    lambda_.layers.add(layer)
    return _shown(call, layer)


def get_layer_version(call: Call, lambda_: Lambda, request: api.GetLayerVersionRequest) -> api.GetLayerVersionResponse:
    """One version of a layer."""
    account, region, name, _ = layer_name(call, request["LayerName"])
    return _shown(call, _require(call, lambda_, account, region, name, request["VersionNumber"]))


def get_layer_version_by_arn(
    call: Call, lambda_: Lambda, request: api.GetLayerVersionByArnRequest
) -> api.GetLayerVersionResponse:
    """One version of a layer, by its ARN."""
    account, region, name, number = layer_name(call, request["Arn"])
    return _shown(call, _require(call, lambda_, account, region, name, number or 0))


def list_layers(call: Call, lambda_: Lambda, request: api.ListLayersRequest) -> api.ListLayersResponse:
    """Layers in order of name, each with its newest version that fits the filter."""
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    marker = request.get("Marker", "")
    found: list[LayerVersion] = []
    for name in lambda_.layers.names(call.account, call.region):
        if name > marker:
            fitting = [
                layer
                for layer in lambda_.layers.versions(call.account, call.region, name)
                if _fits(layer, request.get("CompatibleRuntime"), request.get("CompatibleArchitecture"))
            ]
            found += fitting[:1]
    answer: api.ListLayersResponse = {
        "Layers": [
            {"LayerName": layer.name, "LayerArn": layer.layer_arn, "LatestMatchingVersion": view.layer_item(layer)}
            for layer in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["NextMarker"] = found[limit - 1].name
    return answer


def list_layer_versions(
    call: Call, lambda_: Lambda, request: api.ListLayerVersionsRequest
) -> api.ListLayerVersionsResponse:
    """Versions of a layer, the newest first; none for a layer that does not exist."""
    account, region, name, _ = layer_name(call, request["LayerName"])
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    marker = request.get("Marker", "")
    found = [
        layer
        for layer in lambda_.layers.versions(account, region, name)
        if _fits(layer, request.get("CompatibleRuntime"), request.get("CompatibleArchitecture"))
        and (not marker.isdigit() or layer.number < int(marker))
    ]
    answer: api.ListLayerVersionsResponse = {"LayerVersions": [view.layer_item(layer) for layer in found[:limit]]}
    if len(found) > limit:
        answer["NextMarker"] = str(found[limit - 1].number)
    return answer


def delete_layer_version(call: Call, lambda_: Lambda, request: api.DeleteLayerVersionRequest) -> None:
    """Delete a version; functions that use it keep it. One that is gone is no error."""
    account, region, name, _ = layer_name(call, request["LayerName"])
    _check_number(request["VersionNumber"])
    layer = lambda_.layers.version(account, region, name, request["VersionNumber"])
    if layer is not None:
        lambda_.layers.delete(layer)


def _shown(call: Call, layer: LayerVersion) -> api.PublishLayerVersionResponse:
    answer: api.PublishLayerVersionResponse = {
        "LayerArn": layer.layer_arn,
        "Content": {
            "Location": view.layer_location(call, layer),
            "CodeSha256": layer.code.sha256,
            "CodeSize": layer.code.size_bytes,
        },
        "Description": layer.description,
        **view.layer_item(layer),
    }
    return answer


def _require(call: Call, lambda_: Lambda, account: str, region: str, name: str, number: int) -> LayerVersion:
    _check_number(number)
    layer = lambda_.layers.version(account, region, name, number)
    if layer is None:
        raise not_found(ABSENT)
    lambda_.layers.require_allowed(call, layer)
    return layer


def _check_number(number: int) -> None:
    if number < 1:
        raise invalid("Layer Version Cannot be less than 1")


def _fits(layer: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    return (runtime is None or runtime in layer.runtimes) and (
        architecture is None or architecture in layer.architectures
    )
