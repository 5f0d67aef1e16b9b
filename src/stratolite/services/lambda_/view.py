"""How versions, aliases and layers are shown by the API."""

from datetime import UTC, datetime
from typing import Any

from stratolite.core.call import Call
from stratolite.core.clock import iso8601
from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import Alias, EventInvokeConfig, LayerVersion, Version
from stratolite.services.lambda_.mapping_store import EventSourceMapping
from stratolite.services.lambda_.names import runtime_version_arn
from stratolite.services.lambda_.provisioned_store import ProvisionedConfig
from stratolite.services.lambda_.provisioning import Progress
from stratolite.services.lambda_.url_store import FunctionUrl

CODE_PATH = "/_lambda/code/"
"""Below which the zips of functions and layers can be fetched."""
BEING_CREATED = "The function is being created."


def configuration(version: Version, *, qualified: bool) -> api.FunctionConfiguration:
    """A version as lists show it. ``qualified``: its ARN carries the qualifier."""
    name = version.name
    settings = dict(version.settings)
    if version.layers:
        settings["Layers"] = [{"Arn": used.arn, "CodeSize": used.code.size_bytes} for used in version.layers]
    shown: dict[str, Any] = {
        **settings,
        "FunctionName": name.name,
        "FunctionArn": f"{name.arn}:{name.qualifier or version.label}" if qualified else name.arn,
        "CodeSize": version.code.size_bytes,
        "CodeSha256": version.code.sha256,
        "Version": version.label,
        "LastModified": moment(version.modified_ms),
        "RevisionId": version.revision_id,
        "PackageType": "Zip",
        "SnapStart": _snap_start(version),
    }
    return shown  # type: ignore[return-value]


def _snap_start(version: Version) -> dict[str, str]:
    """``$LATEST`` is never optimised, only what is published of it."""
    applied = version.settings.get("SnapStart", {}).get("ApplyOn", "None")
    is_on = applied == "PublishedVersions" and version.number
    return {"ApplyOn": applied, "OptimizationStatus": "On" if is_on else "Off"}


def active(version: Version, *, qualified: bool) -> api.FunctionConfiguration:
    """A version that is ready: what GetFunction and PublishVersion show."""
    shown = _with_runtime(version, qualified=qualified)
    shown["State"] = "Active"
    shown["LastUpdateStatus"] = "Successful"
    return shown


def created(version: Version, revision_id: str, *, qualified: bool = False) -> api.FunctionConfiguration:
    """The answer to what makes a function or a version: AWS answers before it is ready.

    ``revision_id`` is that of this moment: on AWS a function gets another one when it has become active.
    """
    shown = _with_runtime(version, qualified=qualified)
    shown["RevisionId"] = revision_id
    shown["State"] = "Pending"
    shown["StateReason"] = BEING_CREATED
    shown["StateReasonCode"] = "Creating"
    return shown


def updated(version: Version, revision_id: str) -> api.FunctionConfiguration:
    """The answer of an update, or of the version that it published: AWS answers before the update is done.

    ``revision_id`` is that of this moment; a published version keeps its own.
    """
    if version.number:
        return created(version, version.revision_id, qualified=True)
    shown = _with_runtime(version, qualified=False)
    shown["RevisionId"] = revision_id
    shown["State"] = "Active"
    shown["LastUpdateStatus"] = "InProgress"
    shown["LastUpdateStatusReason"] = BEING_CREATED
    shown["LastUpdateStatusReasonCode"] = "Creating"
    return shown


def alias(shown: Alias) -> api.AliasConfiguration:
    answer: api.AliasConfiguration = {
        "AliasArn": shown.arn,
        "Name": shown.name,
        "FunctionVersion": shown.version,
        "Description": shown.description,
        "RevisionId": shown.revision_id,
    }
    if shown.weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": dict(shown.weights)}
    return answer


def provisioned(config: ProvisionedConfig, progress: Progress) -> api.PutProvisionedConcurrencyConfigResponse:
    """What is requested, and what is there; the reason is AWS's for what failed."""
    answer: api.PutProvisionedConcurrencyConfigResponse = {
        "RequestedProvisionedConcurrentExecutions": config.requested,
        "AllocatedProvisionedConcurrentExecutions": progress.allocated,
        "AvailableProvisionedConcurrentExecutions": progress.allocated,
        "Status": progress.status,
        "LastModified": f"{datetime.fromtimestamp(config.modified_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}+0000",
    }
    if progress.reason:
        answer["StatusReason"] = progress.reason
    return answer


def event_invoke_config(config: EventInvokeConfig) -> api.FunctionEventInvokeConfig:
    answer: api.FunctionEventInvokeConfig = {
        "FunctionArn": config.name.qualified_arn,
        "LastModified": config.modified_ms / 1000,
        "DestinationConfig": {
            "OnSuccess": {"Destination": config.on_success} if config.on_success else {},
            "OnFailure": {"Destination": config.on_failure} if config.on_failure else {},
        },
    }
    if config.retries is not None:
        answer["MaximumRetryAttempts"] = config.retries
    if config.age_s is not None:
        answer["MaximumEventAgeInSeconds"] = config.age_s
    return answer


def event_source_mapping(mapping: EventSourceMapping) -> api.EventSourceMappingConfiguration:
    """A mapping; its last result and its reason are of another kind for queues than for streams."""
    is_queue = mapping.service == "sqs"
    shown: dict[str, Any] = {
        **mapping.settings,
        "UUID": mapping.uuid,
        "EventSourceArn": mapping.source_arn,
        "EventSourceMappingArn": mapping.arn,
        "FunctionArn": mapping.function.qualified_arn,
        "LastModified": mapping.modified_ms / 1000,
        "State": mapping.state,
        "StateTransitionReason": "USER_INITIATED" if is_queue else "User action",
    }
    if not is_queue:
        shown["LastProcessingResult"] = mapping.last_result
    return shown  # type: ignore[return-value]


def created_url(url: FunctionUrl) -> api.CreateFunctionUrlConfigResponse:
    """A new URL; a mode that nobody chose is not shown."""
    shown: api.CreateFunctionUrlConfigResponse = {
        "FunctionUrl": f"https://{url.domain}/",
        "FunctionArn": url.name.qualified_arn,
        "AuthType": url.auth_type,
        "CreationTime": iso8601(url.created_ms),
    }
    if url.cors:
        shown["Cors"] = url.cors  # type: ignore[typeddict-item]
    if url.invoke_mode:
        shown["InvokeMode"] = url.invoke_mode
    return shown


def updated_url(url: FunctionUrl) -> api.UpdateFunctionUrlConfigResponse:
    return {**created_url(url), "LastModifiedTime": iso8601(url.modified_ms)}


def function_url(url: FunctionUrl) -> api.FunctionUrlConfig:
    """A URL as it is read and listed."""
    return {**updated_url(url), "InvokeMode": url.invoke_mode or "BUFFERED"}


def layer_item(layer: LayerVersion) -> api.LayerVersionsListItem:
    """A layer version as lists show it: without a description that it does not have."""
    answer: api.LayerVersionsListItem = {
        "LayerVersionArn": layer.arn,
        "Version": layer.number,
        "CreatedDate": moment(layer.created_ms),
    }
    if layer.description:
        answer["Description"] = layer.description
    if layer.license:
        answer["LicenseInfo"] = layer.license
    if layer.runtimes:
        answer["CompatibleRuntimes"] = list(layer.runtimes)
    if layer.architectures:
        answer["CompatibleArchitectures"] = list(layer.architectures)
    return answer


def code_location(call: Call, version: Version) -> str:
    """Where the zip can be fetched; ``surface.py`` answers there."""
    name = version.name
    path = f"function/{name.account}/{name.region}/{name.name}/{version.number}"
    return f"{call.endpoint}{CODE_PATH}{path}/{version.code.blob}"


def layer_location(call: Call, layer: LayerVersion) -> str:
    path = f"layer/{layer.account}/{layer.region}/{layer.name}/{layer.number}"
    return f"{call.endpoint}{CODE_PATH}{path}/{layer.code.blob}"


def moment(epoch_ms: int) -> str:
    """``2026-01-02T03:04:05.678+0000``."""
    instant = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}+0000"


def _with_runtime(version: Version, *, qualified: bool) -> api.FunctionConfiguration:
    shown = configuration(version, qualified=qualified)
    arn = runtime_version_arn(version.name.region, version.settings.get("Runtime", ""))
    shown["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    return shown
