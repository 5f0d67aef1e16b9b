"""Authorizers: the functions and user pools that say who may call a method."""

from collections.abc import Callable
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, authorizer, patch, rules
from stratolite.services.apigateway.store import below
from stratolite.storage.documents import Document, shown

AUTHORIZER_ID_LENGTH = 6
_REFUSED = {"jwtConfiguration": "authorizers are Lambda functions and user pools"}
_AUTH_TYPES = {authorizer.POOLS: "cognito_user_pools"}
_TEXTS = ("authType", "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression")


def create_authorizer(call: Call, apigateway: Apigateway, request: api.CreateAuthorizerRequest) -> api.Authorizer:
    """Create an authorizer of type TOKEN, REQUEST or COGNITO_USER_POOLS.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
    """
    if apigateway.store.get(call, "restapi", "", request["restApiId"]) is None:
        # Recorded: test_authorizer_crud_no_api.
        raise api.ConflictException(
            "Unable to complete operation due to concurrent modification. Please try again later."
        )
    rules.refuse(request, _REFUSED)
    document: Document = {
        "id": apigateway.world.entropy.token(AUTHORIZER_ID_LENGTH),
        "name": request["name"],
        "type": request["type"],
        "authType": _AUTH_TYPES.get(request["type"], "custom"),
    }
    if request.get("providerARNs"):
        document["providerARNs"] = list(request["providerARNs"])
    document |= {field: value for field, value in request.items() if field in _TEXTS and value}
    # AWS returns the time to live only when it was set; what is not set is 300.
    if request.get("authorizerResultTtlInSeconds") is not None:
        document["authorizerResultTtlInSeconds"] = request["authorizerResultTtlInSeconds"]
    authorizer.check(document)
    apigateway.store.put(call, "authorizer", request["restApiId"], document["id"], document)
    return shown(document, api.Authorizer)


def get_authorizer(call: Call, apigateway: Apigateway, request: api.GetAuthorizerRequest) -> api.Authorizer:
    """One authorizer."""
    return shown(_authorizer(call, apigateway, request), api.Authorizer)


def get_authorizers(call: Call, apigateway: Apigateway, request: api.GetAuthorizersRequest) -> api.Authorizers:
    """All authorizers of an API."""
    api_id = request["restApiId"]
    rules.found(apigateway.store.get(call, "restapi", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigateway.store.all(call, "authorizer", api_id), request), api.Authorizers)


def update_authorizer(call: Call, apigateway: Apigateway, request: api.UpdateAuthorizerRequest) -> api.Authorizer:
    """Patch an authorizer; stages show the change after their next deployment."""
    document = _authorizer(call, apigateway, request)
    setters = {f"/{field}": _setter(document, field) for field in ("name", "type", *_TEXTS)}
    setters["/authorizerResultTtlInSeconds"] = lambda value: document.update(
        authorizerResultTtlInSeconds=_seconds(value)
    )
    others = []
    for operation in patch.checked(request.get("patchOperations")):
        rules.refuse(dict.fromkeys(patch.segments(operation.get("path") or "")[:1], True), _REFUSED)
        if operation.get("path") == "/providerARNs":
            patch.patch_list(document, "providerARNs", operation.get("op", ""), operation.get("value", ""))
        else:
            others.append(operation)
    patch.replace_only(others, setters)
    authorizer.check(document)
    apigateway.store.put(call, "authorizer", request["restApiId"], document["id"], document)
    return shown(document, api.Authorizer)


def delete_authorizer(call: Call, apigateway: Apigateway, request: api.DeleteAuthorizerRequest) -> None:
    """Delete an authorizer that no method names; deployments that have it keep it."""
    document = _authorizer(call, apigateway, request)
    api_id = request["restApiId"]
    for resource in apigateway.store.all(call, "resource", api_id):
        for method in apigateway.store.all(call, "method", below(api_id, resource["id"])):
            if method.get("authorizerId") == document["id"]:
                # The text is quoted in https://github.com/hashicorp/terraform-provider-aws/issues/14812.
                where = f"{method['httpMethod']}/{resource['path']}"
                raise api.ConflictException(
                    f"Cannot delete authorizer '{document['name']}', is referenced in method: {where}"
                )
    apigateway.store.delete(call, "authorizer", api_id, document["id"])


def flush_stage_authorizers_cache(
    call: Call, apigateway: Apigateway, request: api.FlushStageAuthorizersCacheRequest
) -> None:
    """Forget what the authorizers of a stage answered."""
    api_id, name = request["restApiId"], request["stageName"]
    rules.found(apigateway.store.get(call, "stage", api_id, name), rules.NO_STAGE)
    apigateway.grants.forget_stage(api_id, name)


def _authorizer(call: Call, apigateway: Apigateway, request: Any) -> Document:
    document = apigateway.store.get(call, "authorizer", request["restApiId"], request["authorizerId"])
    return rules.found(document, rules.NO_AUTHORIZER)


def _setter(document: Document, field: str) -> Callable[[str], None]:
    def replace(value: str) -> None:
        if value:
            document[field] = value
        elif field in ("name", "type"):
            raise api.BadRequestException("Invalid request input")
        else:
            document.pop(field, None)

    return replace


def _seconds(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise api.BadRequestException("Invalid request input")
    return int(value)
