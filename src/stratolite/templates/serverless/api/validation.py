"""Request validation: one validator for the API, models of bodies."""

from collections.abc import Sequence
from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.methods import is_required
from stratolite.templates.serverless.api.request import Route
from stratolite.templates.serverless.api.rest_api import rest_api_id
from stratolite.templates.serverless.compilation import Compilation


def make_validators(work: Compilation, routes: Sequence[Route]) -> None:
    """Models, the validator where one is needed, and both in the methods."""
    for route in routes:
        method = work.resources[naming.api_method(route.path, route.method)]["Properties"]
        if any(truthy(is_required(value)) for value in route.parameters.values()):
            method["RequestValidatorId"] = {"Ref": _make_validator(work)}
        schemas = route.request.get("schemas")
        for content_type, schema in schemas.items() if isinstance(schemas, dict) else ():
            method["RequestValidatorId"] = {"Ref": _make_validator(work)}
            model = _make_model(work, route, content_type, schema)
            method.setdefault("RequestModels", {})[content_type] = {"Ref": model}


def _make_validator(work: Compilation) -> str:
    service = work.service
    logical_id = naming.request_validator(service.name)
    properties = {
        "RestApiId": rest_api_id(service),
        "ValidateRequestBody": True,
        "ValidateRequestParameters": True,
        "Name": f"{service.name}-{service.stage} | Validate request body and querystring parameters",
    }
    work.put(logical_id, "AWS::ApiGateway::RequestValidator", properties)
    return logical_id


def _make_model(work: Compilation, route: Route, content_type: str, schema: Any) -> str:
    """A model of the provider that is named, or one of the method's own."""
    shared = work.service.setting("apiGateway", "request", "schemas", schema) if isinstance(schema, str) else None
    if truthy(shared):
        logical_id, content_type, schema = naming.api_model(schema), "application/json", shared
    else:
        logical_id = naming.method_model(route.path, route.method, content_type)
    described = isinstance(schema, dict) and truthy(schema.get("schema"))
    properties = {
        "RestApiId": rest_api_id(work.service),
        "ContentType": content_type,
        "Schema": schema["schema"] if described else schema,
    }
    if described or truthy(shared):
        properties |= {"Name": schema.get("name"), "Description": schema.get("description")}
    work.put(logical_id, "AWS::ApiGateway::Model", properties)
    return logical_id
