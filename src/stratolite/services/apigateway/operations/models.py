"""Models: JSON schemas of bodies."""

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules, validation
from stratolite.services.apigateway.store import below
from stratolite.storage.documents import Document, shown

MODEL_ID_LENGTH = 6


def create_model(call: Call, apigateway: Apigateway, request: api.CreateModelRequest) -> api.Model:
    """Create a model."""
    api_id, name = request["restApiId"], request["name"]
    if not name:
        raise api.BadRequestException("Model name must be non-empty")
    if not (name.isascii() and name.isalnum()):
        raise api.BadRequestException(f"Model name must be alphanumeric: {name}")
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    if apigateway.store.get(call, "model", api_id, name) is not None:
        raise api.ConflictException("Model name already exists for this REST API")
    validation.check_schema(request.get("schema", ""), request["contentType"])
    document: Document = {
        "id": apigateway.world.entropy.token(MODEL_ID_LENGTH),
        "name": name,
        "schema": request.get("schema", ""),
        "contentType": request["contentType"],
    }
    if request.get("description"):
        document["description"] = request["description"]
    apigateway.store.put(call, "model", api_id, name, document)
    return shown(document, api.Model)


def get_model(call: Call, apigateway: Apigateway, request: api.GetModelRequest) -> api.Model:
    """One model."""
    document = _model(call, apigateway, request["restApiId"], request["modelName"])
    rules.refuse(request, {"flatten": "references are returned as they were written"})
    return shown(document, api.Model)


def get_models(call: Call, apigateway: Apigateway, request: api.GetModelsRequest) -> api.Models:
    """All models of an API, by name."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    documents = sorted(apigateway.store.all(call, "model", api_id), key=lambda model: model["name"])
    return shown(rules.page(documents, request), api.Models)


def update_model(call: Call, apigateway: Apigateway, request: api.UpdateModelRequest) -> api.Model:
    """Change a model's description or schema."""
    document = _model(call, apigateway, request["restApiId"], request["modelName"])

    def describe(value: str) -> None:
        document["description"] = value

    def replace_schema(value: str) -> None:
        validation.check_schema(value, document["contentType"])
        document["schema"] = value

    setters = {"/description": describe, "/schema": replace_schema}
    patch.replace_only(request.get("patchOperations") or (), setters)
    apigateway.store.put(call, "model", request["restApiId"], document["name"], document)
    return shown(document, api.Model)


def delete_model(call: Call, apigateway: Apigateway, request: api.DeleteModelRequest) -> None:
    """Delete a model that no method names."""
    api_id, name = request["restApiId"], request["modelName"]
    _model(call, apigateway, api_id, name)
    for resource in reversed(apigateway.store.all(call, "resource", api_id)):
        for method in apigateway.store.all(call, "method", below(api_id, resource["id"])):
            where = f"{resource['path']}/{method['httpMethod']}"
            if name in (method.get("requestModels") or {}).values():
                raise api.ConflictException(f"Cannot delete model '{name}', is referenced in method request: {where}")
            responses = (method.get("methodResponses") or {}).values()
            if any(name in (response.get("responseModels") or {}).values() for response in responses):
                raise api.ConflictException(f"Cannot delete model '{name}', is referenced in method response: {where}")
    apigateway.store.delete(call, "model", api_id, name)


def _model(call: Call, apigateway: Apigateway, api_id: str, name: str) -> Document:
    return rules.found(apigateway.store.get(call, "model", api_id, name), f"Invalid model name specified: {name}")
