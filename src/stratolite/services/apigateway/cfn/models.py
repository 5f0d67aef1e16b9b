"""AWS::ApiGateway::Model, RequestValidator and GatewayResponse."""

import json
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway.cfn.properties import changed, delete, given, replacement

MODEL_NAME_LENGTH_MAX = 120


def _create_model(work: Work) -> Made:
    properties = work.properties
    generated = work.generated_name(MODEL_NAME_LENGTH_MAX, "any")
    name = properties.get("Name") or "".join(each for each in generated if each.isalnum())
    request = {
        "restApiId": properties["RestApiId"],
        "name": name,
        "contentType": properties.get("ContentType") or "application/json",
        "schema": _schema(properties.get("Schema")),
        **given(properties, {"Description": "description"}),
    }
    return Made(work.operate("CreateModel", request)["name"])


def _update_model(work: Work) -> Made:
    patches = changed(work, {"Description": "/description"})
    if work.properties.get("Schema") != work.previous.get("Schema"):
        patches.append(replacement("/schema", _schema(work.properties.get("Schema"))))
    where = {"restApiId": work.properties["RestApiId"], "modelName": work.physical_id}
    work.operate("UpdateModel", {**where, "patchOperations": patches})
    return Made(work.physical_id)


def _schema(schema: Any) -> str:
    if schema is None:
        return ""
    return schema if isinstance(schema, str) else json.dumps(schema)


def _create_validator(work: Work) -> Made:
    members = {
        "RestApiId": "restApiId",
        "Name": "name",
        "ValidateRequestBody": "validateRequestBody",
        "ValidateRequestParameters": "validateRequestParameters",
    }
    made = work.operate("CreateRequestValidator", given(work.properties, members))
    return Made(made["id"], {"RequestValidatorId": made["id"]})


def _update_validator(work: Work) -> Made:
    paths = {
        "ValidateRequestBody": "/validateRequestBody",
        "ValidateRequestParameters": "/validateRequestParameters",
    }
    where = {"restApiId": work.properties["RestApiId"], "requestValidatorId": work.physical_id}
    work.operate("UpdateRequestValidator", {**where, "patchOperations": changed(work, paths)})
    return Made(work.physical_id, {"RequestValidatorId": work.physical_id})


def _put_gateway_response(work: Work) -> Made:
    members = {
        "RestApiId": "restApiId",
        "ResponseType": "responseType",
        "ResponseParameters": "responseParameters",
        "ResponseTemplates": "responseTemplates",
    }
    request = given(work.properties, members)
    if work.properties.get("StatusCode"):
        request["statusCode"] = str(work.properties["StatusCode"])
    work.operate("PutGatewayResponse", request)
    physical_id = f"{request['restApiId']}:{request['responseType']}"
    return Made(physical_id, {"Id": physical_id})


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::Model",
        implemented=frozenset({"ContentType", "Name", "RestApiId", "Schema"}),
        accepted={"Description": "It is kept and returned."},
        create=_create_model,
        update=_update_model,
        delete=lambda work: delete(
            work, "DeleteModel", {"restApiId": work.properties["RestApiId"], "modelName": work.physical_id}
        ),
        replaces=frozenset({"ContentType", "Name", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::RequestValidator",
        implemented=frozenset({"Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"}),
        create=_create_validator,
        update=_update_validator,
        delete=lambda work: delete(
            work,
            "DeleteRequestValidator",
            {"restApiId": work.properties["RestApiId"], "requestValidatorId": work.physical_id},
        ),
        replaces=frozenset({"Name", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::GatewayResponse",
        implemented=frozenset({"ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"}),
        create=_put_gateway_response,
        update=_put_gateway_response,
        delete=lambda work: delete(
            work,
            "DeleteGatewayResponse",
            {"restApiId": work.properties["RestApiId"], "responseType": work.properties["ResponseType"]},
        ),
        replaces=frozenset({"ResponseType", "RestApiId"}),
    ),
)
