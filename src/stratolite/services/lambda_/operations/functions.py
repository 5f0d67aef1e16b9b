"""Functions: their making, reading, listing and deletion."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, archive, publishing, rules, settings, view
from stratolite.services.lambda_.domain import LATEST, FunctionName, Version
from stratolite.services.lambda_.names import function_name, invalid

LISTED_MAX = 50


def create_function(call: Call, lambda_: Lambda, request: api.CreateFunctionRequest) -> api.FunctionConfiguration:
    """Make a function. It can be invoked at once; the answer says Pending, as AWS's does."""
    text = request["FunctionName"]
    name = function_name(call, text).with_qualifier("")
    if name.account != call.account:
        raise api.AccessDeniedException()
    rules.check_function_name(text, name.name)
    _check_mandatory(request)
    wanted = settings.changed(settings.defaults(name), request, lambda_.world)
    tags = request.get("Tags", {})
    rules.check_tags(tags)
    layers = settings.used_layers(call, lambda_.layers, request.get("Layers", []))
    if lambda_.store.function(name) is not None:
        raise api.ResourceConflictException(f"Function already exist: {name.name}")
    code = archive.accept(call, lambda_.world, request["Code"])
    lambda_.store.add_function(name, tags)
    revision_id = lambda_.world.entropy.uuid()
    latest = Version(name, 0, wanted, layers, code, revision_id, call.now_ms)
    lambda_.store.put_version(latest)
    if request.get("Publish"):
        latest = publishing.publish(call, lambda_, latest, latest.settings["Description"])
    return view.created(latest, lambda_.world.entropy.uuid())


def get_function(call: Call, lambda_: Lambda, request: api.GetFunctionRequest) -> api.GetFunctionResponse:
    """A function (or version, or alias) with the place of its code."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    version = lambda_.store.require_version(name)
    function = lambda_.store.require_function(name)
    answer: api.GetFunctionResponse = {
        "Configuration": view.active(version, qualified=bool(name.qualifier)),
        "Code": {"RepositoryType": "S3", "Location": view.code_location(call, version)},
    }
    if function.tags and not version.number:
        # Versions are shown without (recorded: ``test_lambda_version`` of a function with tags).
        answer["Tags"] = dict(function.tags)
    if function.reserved is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
    return answer


def get_function_configuration(
    call: Call, lambda_: Lambda, request: api.GetFunctionConfigurationRequest
) -> api.FunctionConfiguration:
    """A function (or version, or alias) without its code."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    return view.active(lambda_.store.require_version(name), qualified=bool(name.qualifier))


def list_functions(call: Call, lambda_: Lambda, request: api.ListFunctionsRequest) -> api.ListFunctionsResponse:
    """Functions in order of name; with ``FunctionVersion=ALL`` all their versions, each an entry of the page."""
    if request.get("MasterRegion", "ALL") not in ("ALL", call.region):
        return {"Functions": []}
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    if request.get("FunctionVersion") == "ALL":
        versions = lambda_.store.versions_after(call.account, call.region, request.get("Marker", ""), limit + 1)
        shown = [view.configuration(version, qualified=True) for version in versions[:limit]]
        return _page(shown, _place(versions[limit - 1]) if len(versions) > limit else "")
    names = lambda_.store.names(call.account, call.region, request.get("Marker", ""), limit + 1)
    shown = [view.configuration(lambda_.store.versions(name)[0], qualified=False) for name in names[:limit]]
    return _page(shown, names[limit - 1].name if len(names) > limit else "")


def _page(shown: list[api.FunctionConfiguration], marker: str) -> api.ListFunctionsResponse:
    answer: api.ListFunctionsResponse = {"Functions": shown}
    if marker:
        answer["NextMarker"] = marker
    return answer


def _place(version: Version) -> str:
    return f"{version.name.name}:{version.number}"


def delete_function(call: Call, lambda_: Lambda, request: api.DeleteFunctionRequest) -> api.DeleteFunctionResponse:
    """Delete a function, or the version that a qualifier names."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    if not name.qualifier:
        lambda_.store.require_function(name)
        lambda_.store.delete_function(name)
        return {"StatusCode": 204}
    if name.qualifier == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if rules.is_alias_name(name.qualifier):
        raise invalid("Deletion of aliases is not currently supported.")
    lambda_.store.require_function(name)
    _delete_version(lambda_, name)
    return {"StatusCode": 204}


def _delete_version(lambda_: Lambda, name: FunctionName) -> None:
    number = rules.version_number(name.qualifier)
    users = [
        alias.name
        for alias in lambda_.store.aliases(name)
        if alias.version == name.qualifier or name.qualifier in alias.weights
    ]
    if users:
        raise api.ResourceConflictException(
            f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]"
        )
    if number is not None:
        lambda_.store.delete_version(name, number)


def _check_mandatory(request: api.CreateFunctionRequest) -> None:
    if request.get("PackageType", "Zip") == "Zip" and not (request.get("Runtime") and request.get("Handler")):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
