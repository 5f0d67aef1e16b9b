"""What a deployment freezes: the API as it stood, whole. Later changes of the API do not reach it."""

from stratolite.core.call import Call
from stratolite.services.apigateway import api
from stratolite.services.apigateway.store import Store, below
from stratolite.storage.documents import Document


def take(call: Call, store: Store, rest_api: Document) -> Document:
    """The snapshot of an API. Raises BadRequestException when it has no method, or a method without integration."""
    api_id = rest_api["id"]
    resources = []
    for resource in store.all(call, "resource", api_id):
        methods = {method["httpMethod"]: method for method in store.all(call, "method", below(api_id, resource["id"]))}
        if any("methodIntegration" not in method for method in methods.values()):
            raise api.BadRequestException("No integration defined for method")
        if methods:
            resources.append({"id": resource["id"], "path": resource["path"], "methods": methods})
    if not resources:
        raise api.BadRequestException("The REST API doesn't contain any methods")
    return contents(call, store, rest_api, resources)


def contents(call: Call, store: Store, rest_api: Document, resources: list[Document]) -> Document:
    """Resources with what their methods refer to, as the API has it now."""
    api_id = rest_api["id"]
    return {
        "api": rest_api,
        "resources": resources,
        "models": {model["name"]: model["schema"] for model in store.all(call, "model", api_id)},
        "authorizers": {authorizer["id"]: authorizer for authorizer in store.all(call, "authorizer", api_id)},
        "validators": {validator["id"]: validator for validator in store.all(call, "validator", api_id)},
        "gatewayResponses": {
            response["responseType"]: response for response in store.all(call, "gateway_response", api_id)
        },
    }


def summary(snapshot: Document) -> Document:
    """What GetDeployment embeds: path -> method -> how it is guarded."""
    return {
        resource["path"]: {
            name: {"authorizationType": method["authorizationType"], "apiKeyRequired": method["apiKeyRequired"]}
            for name, method in resource["methods"].items()
        }
        for resource in snapshot["resources"]
    }
