"""What a RestApi's ``Body`` says, made by the API's own operations: CloudFormation overwrites what was there."""

import json
from typing import Any

from stratolite.core.resource_types import Work
from stratolite.services.apigateway.openapi import Definition, Method

DEFAULT_MODELS = ("Empty", "Error")
_PAGE = 500


def make(work: Work, api_id: str, definition: Definition) -> None:
    """Make all that a definition says beside the API itself. Raises what the operations raise."""
    api = {"restApiId": api_id}
    for name, schema in definition.models.items():
        if name in DEFAULT_MODELS:
            work.operate("DeleteModel", {**api, "modelName": name})
        text = _with_references(json.dumps(schema), api_id)
        work.operate("CreateModel", {**api, "name": name, "contentType": "application/json", "schema": text})
    authorizers = {
        name: work.operate("CreateAuthorizer", {**api, **request})["id"]
        for name, request in definition.authorizers.items()
    }
    used = {method.validator for method in definition.methods}
    validators = {
        name: work.operate("CreateRequestValidator", {**api, **request})["id"]
        for name, request in definition.validators.items()
        if name in used
    }
    for answer in definition.gateway_responses:
        work.operate("PutGatewayResponse", {**api, **answer})
    places = {"/": _resources(work, api_id)["/"]}
    for method in definition.methods:
        resource_id = _place(work, api_id, method.path, places)
        _put(work, {**api, "resourceId": resource_id, "httpMethod": method.verb}, method, authorizers, validators)


def clear(work: Work, api_id: str) -> None:
    """Take away all that a definition may have made. What is deployed stays as it is."""
    api = {"restApiId": api_id}
    resources = _resources(work, api_id)
    for path, resource_id in resources.items():
        if path != "/" and path.count("/") == 1:
            work.operate("DeleteResource", {**api, "resourceId": resource_id})
    root = work.operate("GetResource", {**api, "resourceId": resources["/"]})
    for verb in root.get("resourceMethods") or ():
        work.operate("DeleteMethod", {**api, "resourceId": root["id"], "httpMethod": verb})
    for authorizer in work.operate("GetAuthorizers", {**api, "limit": _PAGE}).get("items") or ():
        work.operate("DeleteAuthorizer", {**api, "authorizerId": authorizer["id"]})
    for validator in work.operate("GetRequestValidators", {**api, "limit": _PAGE}).get("items") or ():
        work.operate("DeleteRequestValidator", {**api, "requestValidatorId": validator["id"]})
    for model in work.operate("GetModels", {**api, "limit": _PAGE}).get("items") or ():
        if model["name"] not in DEFAULT_MODELS:
            work.operate("DeleteModel", {**api, "modelName": model["name"]})
    for answer in work.operate("GetGatewayResponses", {**api, "limit": _PAGE}).get("items") or ():
        if not answer.get("defaultResponse"):
            work.operate("DeleteGatewayResponse", {**api, "responseType": answer["responseType"]})


def _put(
    work: Work, where: dict[str, Any], method: Method, authorizers: dict[str, str], validators: dict[str, str]
) -> None:
    request = {**where, **method.method}
    if method.scheme:
        request["authorizerId"] = authorizers[method.scheme]
    if method.validator:
        request["requestValidatorId"] = validators[method.validator]
    work.operate("PutMethod", request)
    for answer in method.responses:
        work.operate("PutMethodResponse", {**where, **answer})
    if method.integration is None:
        return
    work.operate("PutIntegration", {**where, **method.integration})
    for answer in method.integration_responses:
        work.operate("PutIntegrationResponse", {**where, **answer})


def _place(work: Work, api_id: str, path: str, places: dict[str, str]) -> str:
    """The id of the resource at a path, made with all above it."""
    clean = f"/{path.strip('/')}"
    if clean not in places:
        above, _, part = clean.rpartition("/")
        parent_id = _place(work, api_id, above, places)
        made = work.operate("CreateResource", {"restApiId": api_id, "parentId": parent_id, "pathPart": part})
        places[clean] = made["id"]
    return places[clean]


def _resources(work: Work, api_id: str) -> dict[str, str]:
    """The ids of all resources, by path."""
    found: dict[str, str] = {}
    request: dict[str, Any] = {"restApiId": api_id, "limit": _PAGE}
    while True:
        page = work.operate("GetResources", request)
        found |= {one["path"]: one["id"] for one in page.get("items") or ()}
        if not page.get("position"):
            return found
        request["position"] = page["position"]


def _with_references(schema: str, api_id: str) -> str:
    """A schema whose references to its neighbours name them as models of the API."""
    there = f'"https://apigateway.amazonaws.com/restapis/{api_id}/models/'
    return schema.replace('"#/definitions/', there).replace('"#/components/schemas/', there)
