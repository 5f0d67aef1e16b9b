"""Changes to a function's code and configuration. Running environments are retired after the commit."""

from dataclasses import replace

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import Lambda, api, archive, publishing, rules, settings, view
from stratolite.services.lambda_.domain import LATEST, Version
from stratolite.services.lambda_.names import function_name, invalid


def update_function_code(
    call: Call, lambda_: Lambda, request: api.UpdateFunctionCodeRequest
) -> api.FunctionConfiguration:
    """Replace the code of ``$LATEST``; with ``DryRun`` only check it."""
    if request.get("PublishTo"):
        raise NotImplementedHere("PublishTo is not implemented by this version of Stratolite.")
    latest = _latest(call, lambda_, request["FunctionName"])
    rules.check_revision(request.get("RevisionId"), latest.revision_id)
    code = archive.accept(call, lambda_.world, request)
    wanted = dict(latest.settings)
    if "Architectures" in request:
        wanted["Architectures"] = request["Architectures"]
    if request.get("DryRun"):
        return view.updated(replace(latest, code=code, settings=wanted), latest.revision_id)
    is_same = code.sha256 == latest.code.sha256 and wanted == latest.settings
    changed = replace(
        latest,
        code=code,
        settings=wanted,
        revision_id=lambda_.world.entropy.uuid(),
        modified_ms=call.now_ms,
        published=latest.published if is_same else 0,
    )
    lambda_.store.put_version(changed)
    if request.get("Publish"):
        changed = publishing.publish(call, lambda_, changed, None)
    return view.updated(changed, lambda_.world.entropy.uuid())


def update_function_configuration(
    call: Call, lambda_: Lambda, request: api.UpdateFunctionConfigurationRequest
) -> api.FunctionConfiguration:
    """Change the settings of ``$LATEST``; those that are not named stay."""
    latest = _latest(call, lambda_, request["FunctionName"])
    rules.check_revision(request.get("RevisionId"), latest.revision_id)
    wanted = settings.changed(latest.settings, request, lambda_.world)
    layers = latest.layers
    if "Layers" in request:
        layers = settings.used_layers(call, lambda_.layers, request["Layers"])
    is_same = wanted == latest.settings and layers == latest.layers
    changed = replace(
        latest,
        settings=wanted,
        layers=layers,
        revision_id=lambda_.world.entropy.uuid(),
        modified_ms=call.now_ms,
        published=latest.published if is_same else 0,
    )
    lambda_.store.put_version(changed)
    return view.updated(changed, lambda_.world.entropy.uuid())


def _latest(call: Call, lambda_: Lambda, text: str) -> Version:
    name = function_name(call, text)
    if name.qualifier not in ("", LATEST):
        raise invalid("This operation can only be performed on $LATEST: name the function without a qualifier.")
    return lambda_.store.require_version(name.with_qualifier(""))
