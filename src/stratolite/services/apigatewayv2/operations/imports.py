"""Imports: an API made, or made anew, from an OpenAPI definition (``openapi.py``) by the API's own operations."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, openapi, rules
from stratolite.services.apigatewayv2.store import Kind
from stratolite.storage.documents import Document, shown


def import_api(call: Call, apigatewayv2: Apigatewayv2, request: api.ImportApiRequest) -> api.ImportApiResponse:
    """Make an API from a definition."""
    definition = _read(request)
    settings = {"Name": definition.settings["Name"], "ProtocolType": "HTTP", "Tags": definition.tags}
    made = apigatewayv2.world.operations.run(call, "apigatewayv2", "CreateApi", settings)
    return shown(_fill(call, apigatewayv2, made["ApiId"], definition), api.ImportApiResponse)


def reimport_api(call: Call, apigatewayv2: Apigatewayv2, request: api.ReimportApiRequest) -> api.ReimportApiResponse:
    """Make an API's routes, integrations and authorizers anew; its id, stages and deployments stay."""
    api_id, store = request["ApiId"], apigatewayv2.store
    document = rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    if rules.is_websocket(document):
        raise api.BadRequestException("Only HTTP APIs can be imported")
    definition = _read(request)
    kinds: tuple[tuple[Kind, str], ...] = (
        ("route", "RouteId"),
        ("integration", "IntegrationId"),
        ("authorizer", "AuthorizerId"),
    )
    for kind, key in kinds:
        for each in store.all(call, kind, api_id):
            store.delete(call, kind, api_id, each[key])
    for name in ("CorsConfiguration", "Description", "Version"):
        document.pop(name, None)
    document["Tags"] = {**document["Tags"], **definition.tags}
    store.put(call, "api", "", api_id, document)
    return shown(_fill(call, apigatewayv2, api_id, definition), api.ReimportApiResponse)


def _read(request: Mapping[str, Any]) -> openapi.Definition:
    if request.get("Basepath") not in (None, "", "ignore"):
        rules.unimplemented(f"Basepath {request['Basepath']}", "base paths of definitions are ignored")
    definition = openapi.read(request["Body"])
    if request.get("FailOnWarnings") and definition.warnings:
        told = "\n\t".join(definition.warnings)
        raise api.BadRequestException(f"Warnings found during import:\n\t{told}")
    return definition


def _fill(call: Call, apigatewayv2: Apigatewayv2, api_id: str, definition: openapi.Definition) -> Document:
    """Make what a definition says; the API as it is then. Raises BadRequestException."""

    def run(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return apigatewayv2.world.operations.run(call, "apigatewayv2", operation, {"ApiId": api_id, **request})

    run("UpdateApi", definition.settings)
    authorizers = {
        name: run("CreateAuthorizer", given)["AuthorizerId"] for name, given in definition.authorizers.items()
    }
    for operation in definition.operations:
        route = dict(operation.route)
        if operation.authorizer:
            route["AuthorizerId"] = authorizers[operation.authorizer]
        if operation.integration is not None:
            route["Target"] = f"integrations/{run('CreateIntegration', operation.integration)['IntegrationId']}"
        run("CreateRoute", route)
    deploying.changed(call, apigatewayv2, api_id)
    made = run("GetApi", {})
    return {**made, "Warnings": list(definition.warnings)} if definition.warnings else made
