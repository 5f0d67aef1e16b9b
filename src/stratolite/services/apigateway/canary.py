"""Canaries: a second deployment of a stage, which a share of its requests reaches, drawn anew for each.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html; where that is wrong about
patches, what AWS was seen to do (recorded: test_apigateway_canary).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.core.call import Call
from stratolite.services.apigateway import api, patch, settings
from stratolite.services.apigateway.store import Store
from stratolite.storage.documents import Document

if TYPE_CHECKING:
    from stratolite.core.entropy import Entropy
    from stratolite.services.apigateway.locate import Place

SUFFIX = "/Canary"
"""Behind the name of a log group: the group of the canary's requests alone."""
_DEPLOYMENT, _OVERRIDES = "/canarySettings/deploymentId", "/canarySettings/stageVariableOverrides"
_COPIED = {"/deploymentId": _DEPLOYMENT, "/variables": _OVERRIDES}


def made(call: Call, store: Store, api_id: str, deployment_id: str, wanted: Mapping[str, Any]) -> Document:
    """The settings of a new canary, which has ``deployment_id`` unless it says another. Raises BadRequestException."""
    found: Document = {
        "deploymentId": _deployment(call, store, api_id, wanted.get("deploymentId") or deployment_id),
        "percentTraffic": _percent(wanted.get("percentTraffic") or 0.0),
        "useStageCache": wanted.get("useStageCache") or False,
    }
    if wanted.get("stageVariableOverrides"):
        found["stageVariableOverrides"] = dict(wanted["stageVariableOverrides"])
    return found


def require_stage(name: str | None, stage: Document | None) -> Document:
    """The stage that is to have a canary. Raises BadRequestException when there is none yet."""
    if not name:
        shown = "null" if name is None else name
        raise _no_content(
            f"Non null and non empty stageName must be provided for canary deployment. Provided value is {shown}"
        )
    if stage is None:
        raise _no_content(f"Stage {name} must already be created before making a canary release deployment")
    return stage


def require_none(stage: Document) -> None:
    """A stage with a canary takes no other deployment. Raises BadRequestException."""
    if "canarySettings" in stage:
        raise _no_content(f"Stage {stage['stageName']} has a canary, which has to be promoted or removed before")


def is_patch(operation: Any) -> bool:
    """Whether a patch of a stage is about its canary."""
    return operation["op"] == "copy" or patch.segments(operation["path"])[0] == "canarySettings"


def apply(call: Call, store: Store, api_id: str, stage: Document, operation: Any) -> None:
    """Apply one patch. The first one that sets anything makes a canary of the deployment that the stage has."""
    op, path, value = operation["op"], operation["path"], operation.get("value", "")
    if op == "copy":
        _promote(call, store, stage, operation)
    elif op == "remove":
        _remove(stage, path)
    elif op != "replace":
        raise api.BadRequestException(f"Invalid {op} operation with path: {path}")
    else:
        canary = stage.get("canarySettings") or made(call, store, api_id, stage["deploymentId"], {})
        parts = patch.segments(path)
        if path == _DEPLOYMENT:
            canary["deploymentId"] = _deployment(call, store, api_id, value)
        elif path == "/canarySettings/percentTraffic":
            canary["percentTraffic"] = _percent(settings.number(value))
        elif path == "/canarySettings/useStageCache":
            canary["useStageCache"] = patch.boolean(value)
        elif path.startswith(f"{_OVERRIDES}/") and len(parts) == 3:
            canary["stageVariableOverrides"] = {**canary.get("stageVariableOverrides", {}), parts[2]: value}
        else:
            raise settings.invalid_path(path)
        stage["canarySettings"] = canary


def _promote(call: Call, store: Store, stage: Document, operation: Any) -> None:
    """What a canary has becomes the stage's own; the canary stays as it is."""
    path, source = operation["path"], operation.get("from")
    if _COPIED.get(path) != source:
        raise api.BadRequestException(
            f"Invalid copy operation with path: {path} and from {source}. Valid copy:path are"
            f" [{', '.join(_COPIED)}] and valid copy:from are [{', '.join(_COPIED.values())}]"
        )
    canary = stage.get("canarySettings")
    if canary is None:
        raise api.BadRequestException("Promotion not available. Canary does not exist.")
    if path == "/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
        stage["_deployed"] = store.next_deployed(call)
    elif canary.get("stageVariableOverrides"):
        stage["variables"] = {**stage.get("variables", {}), **canary["stageVariableOverrides"]}


def _remove(stage: Document, path: str) -> None:
    overrides = (stage.get("canarySettings") or {}).get("stageVariableOverrides", {})
    parts = patch.segments(path)
    if path == "/canarySettings":
        stage.pop("canarySettings", None)
    elif path.startswith(f"{_OVERRIDES}/") and len(parts) == 3 and parts[2] in overrides:
        del overrides[parts[2]]
        if not overrides:
            del stage["canarySettings"]["stageVariableOverrides"]
    else:
        raise settings.nothing_to_remove(path.removeprefix("/"))


def serving(place: "Place", entropy: "Entropy") -> "Place":
    """Where a request to a stage with a canary goes: the stage itself, or its canary."""
    from stratolite.services.apigateway.locate import placed

    canary = place.stage.canary
    assert canary is not None, "whoever asks has looked"
    if entropy.fraction() * 100 >= place.stage.document["canarySettings"]["percentTraffic"]:
        return place
    if place.canary is None:
        place.canary = placed(canary, place.method, place.path, place.stage_path)
        place.canary.domain = place.domain
    return place.canary


def _deployment(call: Call, store: Store, api_id: str, deployment_id: str) -> str:
    if store.get(call, "deployment", api_id, deployment_id) is None:
        raise api.BadRequestException("Deployment id does not exist")
    return deployment_id


def _percent(value: float) -> float:
    if not 0 <= value <= 100:
        raise api.BadRequestException("Canary percentTraffic must be between 0.0 and 100.0")
    return float(value)


def _no_content(text: str) -> api.BadRequestException:
    return api.BadRequestException(f"Invalid deployment content specified.{text}")
