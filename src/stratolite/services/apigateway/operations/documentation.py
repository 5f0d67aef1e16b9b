"""Documentation: parts, and versions of all of them. It is for people: no request is answered otherwise for it."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, documentation, patch, rules
from stratolite.services.apigateway.openapi.document import parse
from stratolite.storage.documents import Document, shown


def create_documentation_part(
    call: Call, apigateway: Apigateway, request: api.CreateDocumentationPartRequest
) -> api.DocumentationPart:
    """Say something of a place. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDocumentationPart.html"""
    api_id = _require_api(call, apigateway, request)
    place = documentation.location(request["location"])
    if any(part["location"] == place for part in apigateway.store.all(call, "documentation_part", api_id)):
        # AWS's text is not recorded.
        raise api.ConflictException("Documentation part already exists for the specified location")
    document: Document = {"location": place, "properties": documentation.properties(request["properties"])}
    [document["id"]] = documentation.put(call, apigateway, api_id, [document])
    return shown(document, api.DocumentationPart)


def get_documentation_part(
    call: Call, apigateway: Apigateway, request: api.GetDocumentationPartRequest
) -> api.DocumentationPart:
    """One part."""
    return shown(_part(call, apigateway, request), api.DocumentationPart)


def get_documentation_parts(
    call: Call, apigateway: Apigateway, request: api.GetDocumentationPartsRequest
) -> api.DocumentationParts:
    """The parts of an API: all, or those of a type, a path, or a name."""
    api_id = _require_api(call, apigateway, request)
    if request.get("locationStatus") == "UNDOCUMENTED":
        rules.unimplemented("locationStatus UNDOCUMENTED", "what has no documentation is not listed")
    parts = [
        part
        for part in apigateway.store.all(call, "documentation_part", api_id)
        if request.get("type", part["location"]["type"]) == part["location"]["type"]
        and request.get("path", part["location"].get("path")) == part["location"].get("path")
        and request.get("nameQuery", "") in part["location"].get("name", "")
    ]
    return shown(rules.page(parts, request), api.DocumentationParts)


def update_documentation_part(
    call: Call, apigateway: Apigateway, request: api.UpdateDocumentationPartRequest
) -> api.DocumentationPart:
    """Say something else of a place."""
    document = _part(call, apigateway, request)

    def replace(value: str) -> None:
        document["properties"] = documentation.properties(value)

    patch.replace_only(request.get("patchOperations") or (), {"/properties": replace})
    apigateway.store.put(call, "documentation_part", request["restApiId"], document["id"], document)
    return shown(document, api.DocumentationPart)


def delete_documentation_part(call: Call, apigateway: Apigateway, request: api.DeleteDocumentationPartRequest) -> None:
    """Take a part away; versions that have it keep it."""
    _require_api(call, apigateway, request)
    document = _part(call, apigateway, request)
    apigateway.store.delete(call, "documentation_part", request["restApiId"], document["id"])


def import_documentation_parts(
    call: Call, apigateway: Apigateway, request: api.ImportDocumentationPartsRequest
) -> api.DocumentationPartIds:
    """Add the parts of a definition, in the place of those about the same (``merge``) or of all (``overwrite``)."""
    api_id, store = _require_api(call, apigateway, request), apigateway.store
    definition = parse(request["body"], "Unable to build importer with provided input.")
    parts = documentation.imported(definition.get("x-amazon-apigateway-documentation"))
    if request.get("mode") == "overwrite":
        for part in store.all(call, "documentation_part", api_id):
            store.delete(call, "documentation_part", api_id, part["id"])
    return {"ids": documentation.put(call, apigateway, api_id, parts)}


def create_documentation_version(
    call: Call, apigateway: Apigateway, request: api.CreateDocumentationVersionRequest
) -> api.DocumentationVersion:
    """Freeze all parts under a name; with a stage's name, have the stage show it."""
    api_id, store = _require_api(call, apigateway, request), apigateway.store
    name, stage_name = request["documentationVersion"], request.get("stageName")
    if store.get(call, "documentation_version", api_id, name) is not None:
        # AWS's text is not recorded.
        raise api.ConflictException("Documentation version already exists for this REST API")
    parts = [
        {"location": part["location"], "properties": part["properties"]}
        for part in store.all(call, "documentation_part", api_id)
    ]
    document: Document = {"version": name, "createdDate": call.now_ms // 1000, "_parts": parts}
    if request.get("description"):
        document["description"] = request["description"]
    store.put(call, "documentation_version", api_id, name, document)
    if stage_name:
        stage = rules.found(store.get(call, "stage", api_id, stage_name), rules.NO_STAGE)
        store.put(call, "stage", api_id, stage_name, {**stage, "documentationVersion": name})
    return shown(document, api.DocumentationVersion)


def get_documentation_version(
    call: Call, apigateway: Apigateway, request: api.GetDocumentationVersionRequest
) -> api.DocumentationVersion:
    """One version."""
    return shown(_version(call, apigateway, request), api.DocumentationVersion)


def get_documentation_versions(
    call: Call, apigateway: Apigateway, request: api.GetDocumentationVersionsRequest
) -> api.DocumentationVersions:
    """All versions of an API."""
    api_id = _require_api(call, apigateway, request)
    versions = [
        {name: value for name, value in version.items() if name != "_parts"}
        for version in apigateway.store.all(call, "documentation_version", api_id)
    ]
    return shown(rules.page(versions, request), api.DocumentationVersions)


def update_documentation_version(
    call: Call, apigateway: Apigateway, request: api.UpdateDocumentationVersionRequest
) -> api.DocumentationVersion:
    """Change a version's description."""
    document = _version(call, apigateway, request)

    def describe(value: str) -> None:
        document["description"] = value

    patch.replace_only(request.get("patchOperations") or (), {"/description": describe})
    apigateway.store.put(call, "documentation_version", request["restApiId"], document["version"], document)
    return shown(document, api.DocumentationVersion)


def delete_documentation_version(
    call: Call, apigateway: Apigateway, request: api.DeleteDocumentationVersionRequest
) -> None:
    """Delete a version; stages show it no longer."""
    api_id, store = request["restApiId"], apigateway.store
    document = _version(call, apigateway, request)
    for stage in store.all(call, "stage", api_id):
        if stage.get("documentationVersion") == document["version"]:
            del stage["documentationVersion"]
            store.put(call, "stage", api_id, stage["stageName"], stage)
    store.delete(call, "documentation_version", api_id, document["version"])


def _require_api(call: Call, apigateway: Apigateway, request: Any) -> str:
    api_id: str = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    return api_id


def _part(call: Call, apigateway: Apigateway, request: Any) -> Document:
    key = request["documentationPartId"]
    return rules.found(
        apigateway.store.get(call, "documentation_part", request["restApiId"], key), documentation.NO_PART
    )


def _version(call: Call, apigateway: Apigateway, request: Any) -> Document:
    key = request["documentationVersion"]
    return rules.found(
        apigateway.store.get(call, "documentation_version", request["restApiId"], key), documentation.NO_VERSION
    )
