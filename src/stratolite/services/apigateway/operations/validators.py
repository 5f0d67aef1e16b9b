"""Request validators: what is checked before an integration is called."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.storage.documents import Document, shown

VALIDATOR_ID_LENGTH = 6


def create_request_validator(
    call: Call, apigateway: Apigateway, request: api.CreateRequestValidatorRequest
) -> api.RequestValidator:
    """Create a validator."""
    if apigateway.store.get(call, "restapi", "", request["restApiId"]) is None:
        raise api.BadRequestException("Invalid REST API identifier specified")
    document: Document = {
        "id": apigateway.world.entropy.token(VALIDATOR_ID_LENGTH),
        "validateRequestBody": request.get("validateRequestBody") or False,
        "validateRequestParameters": request.get("validateRequestParameters") or False,
    }
    if request.get("name"):
        document["name"] = request["name"]
    apigateway.store.put(call, "validator", request["restApiId"], document["id"], document)
    return shown(document, api.RequestValidator)


def get_request_validator(
    call: Call, apigateway: Apigateway, request: api.GetRequestValidatorRequest
) -> api.RequestValidator:
    """One validator."""
    return shown(_validator(call, apigateway, request), api.RequestValidator)


def get_request_validators(
    call: Call, apigateway: Apigateway, request: api.GetRequestValidatorsRequest
) -> api.RequestValidators:
    """All validators of an API."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigateway.store.all(call, "validator", api_id), request), api.RequestValidators)


def update_request_validator(
    call: Call, apigateway: Apigateway, request: api.UpdateRequestValidatorRequest
) -> api.RequestValidator:
    """Patch a validator."""
    document = _validator(call, apigateway, request)

    def rename(value: str) -> None:
        if not value:
            raise api.BadRequestException("Request Validator name cannot be blank")
        document["name"] = value

    def validate_parameters(value: str) -> None:
        document["validateRequestParameters"] = patch.boolean(value)

    def validate_body(value: str) -> None:
        document["validateRequestBody"] = patch.boolean(value)

    setters = {
        "/name": rename,
        "/validateRequestParameters": validate_parameters,
        "/validateRequestBody": validate_body,
    }
    patch.replace_only(request.get("patchOperations") or (), setters)
    apigateway.store.put(call, "validator", request["restApiId"], document["id"], document)
    return shown(document, api.RequestValidator)


def delete_request_validator(call: Call, apigateway: Apigateway, request: api.DeleteRequestValidatorRequest) -> None:
    """Delete a validator."""
    document = _validator(call, apigateway, request)
    apigateway.store.delete(call, "validator", request["restApiId"], document["id"])


def _validator(call: Call, apigateway: Apigateway, request: Any) -> Document:
    document = apigateway.store.get(call, "validator", request["restApiId"], request["requestValidatorId"])
    return rules.found(document, rules.NO_VALIDATOR)
