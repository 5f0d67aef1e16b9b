"""Resources: the paths of an API."""

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.services.apigateway.store import below
from stratolite.storage.documents import Document, shown

RESOURCE_ID_LENGTH = 6


def create_resource(call: Call, apigateway: Apigateway, request: api.CreateResourceRequest) -> api.Resource:
    """Create a resource below another."""
    api_id, parent_id = request["restApiId"], request["parentId"]
    resources = apigateway.store.all(call, "resource", api_id)
    parent = _resource(resources, parent_id)
    rules.path_part(request["pathPart"], _children(resources, parent_id), parent)
    if len(resources) >= rules.RESOURCES_MAX:
        raise api.LimitExceededException("Maximum number of Resources for this API has been reached.")
    document: Document = {
        "id": apigateway.world.entropy.token(RESOURCE_ID_LENGTH),
        "parentId": parent_id,
        "pathPart": request["pathPart"],
        "path": f"{parent['path'].rstrip('/')}/{request['pathPart']}",
    }
    apigateway.store.put(call, "resource", api_id, document["id"], document)
    return shown(document, api.Resource)


def get_resource(call: Call, apigateway: Apigateway, request: api.GetResourceRequest) -> api.Resource:
    """One resource, with the names of its methods (``embed=methods``: the methods themselves)."""
    document = apigateway.store.get(call, "resource", request["restApiId"], request["resourceId"])
    found = rules.found(document, rules.NO_RESOURCE)
    embed = "methods" in (request.get("embed") or [])
    return shown(_with_methods(call, apigateway, request["restApiId"], [found], embed)[0], api.Resource)


def get_resources(call: Call, apigateway: Apigateway, request: api.GetResourcesRequest) -> api.Resources:
    """All resources of an API, in the order of their paths."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    documents = sorted(apigateway.store.all(call, "resource", api_id), key=lambda resource: resource["path"])
    embed = "methods" in (request.get("embed") or [])
    return shown(rules.page(_with_methods(call, apigateway, api_id, documents, embed), request), api.Resources)


def update_resource(call: Call, apigateway: Apigateway, request: api.UpdateResourceRequest) -> api.Resource:
    """Rename or move a resource; the paths below it follow."""
    api_id, resource_id = request["restApiId"], request["resourceId"]
    resources = apigateway.store.all(call, "resource", api_id)
    document = _resource(resources, resource_id)

    def rename(part: str) -> None:
        if "parentId" not in document:
            raise api.BadRequestException("Root resource cannot update its pathPart.")
        _place(resources, document, document["parentId"], part)

    def move(parent_id: str) -> None:
        if "parentId" not in document:
            raise api.BadRequestException("Root resource cannot update its parentId.")
        _place(resources, document, parent_id, document["pathPart"])

    patch.replace_only(request.get("patchOperations") or (), {"/parentId": move, "/pathPart": rename})
    for resource in resources:
        apigateway.store.put(call, "resource", api_id, resource["id"], resource)
    return shown(document, api.Resource)


def delete_resource(call: Call, apigateway: Apigateway, request: api.DeleteResourceRequest) -> None:
    """Delete a resource, what is below it, and their methods."""
    api_id = request["restApiId"]
    resources = apigateway.store.all(call, "resource", api_id)
    document = _resource(resources, request["resourceId"])
    if "parentId" not in document:
        # AWS's text for the root is not recorded.
        raise api.BadRequestException("Root resource cannot be deleted.")
    doomed = [document, *_descendants(resources, document["id"])]
    for resource in doomed:
        apigateway.store.delete_below(call, below(api_id, resource["id"]))
        apigateway.store.delete(call, "resource", api_id, resource["id"])


def _resource(resources: list[Document], resource_id: str) -> Document:
    found = [resource for resource in resources if resource["id"] == resource_id]
    return rules.found(found[0] if found else None, rules.NO_RESOURCE)


def _children(resources: list[Document], parent_id: str) -> list[Document]:
    return [resource for resource in resources if resource.get("parentId") == parent_id]


def _descendants(resources: list[Document], parent_id: str) -> list[Document]:
    found: list[Document] = []
    for child in _children(resources, parent_id):
        found += [child, *_descendants(resources, child["id"])]
    return found


def _place(resources: list[Document], document: Document, parent_id: str, part: str) -> None:
    parent = _resource(resources, parent_id)
    if parent["id"] in [document["id"], *(each["id"] for each in _descendants(resources, document["id"]))]:
        raise api.BadRequestException("Resources cannot be cyclical.")
    siblings = [each for each in _children(resources, parent_id) if each["id"] != document["id"]]
    rules.path_part(part, siblings, parent)
    if part.endswith("+}") and _children(resources, document["id"]):
        raise api.BadRequestException(f"Cannot create a child of a resource with a greedy path variable: {part}")
    document.update(parentId=parent_id, pathPart=part)
    by_id = {resource["id"]: resource for resource in resources}
    for resource in [document, *_descendants(resources, document["id"])]:
        resource["path"] = f"{by_id[resource['parentId']]['path'].rstrip('/')}/{resource['pathPart']}"


def _with_methods(
    call: Call, apigateway: Apigateway, api_id: str, documents: list[Document], embed: bool
) -> list[Document]:
    shown = []
    for document in documents:
        methods = apigateway.store.all(call, "method", below(api_id, document["id"]))
        named = {method["httpMethod"]: method if embed else {} for method in methods}
        shown.append({**document, "resourceMethods": named} if named else document)
    return shown
