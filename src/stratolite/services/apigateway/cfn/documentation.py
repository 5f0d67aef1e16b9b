"""AWS::ApiGateway::DocumentationPart and DocumentationVersion."""

import json
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway.cfn.properties import changed, delete, given, replacement

_LOCATION = {"Type": "type", "Path": "path", "Method": "method", "StatusCode": "statusCode", "Name": "name"}


def _create_part(work: Work) -> Made:
    request = {
        "restApiId": work.properties["RestApiId"],
        "location": given(work.properties["Location"], _LOCATION),
        "properties": _content(work.properties["Properties"]),
    }
    made = work.operate("CreateDocumentationPart", request)
    return Made(made["id"], {"DocumentationPartId": made["id"]})


def _update_part(work: Work) -> Made:
    where = {"restApiId": work.properties["RestApiId"], "documentationPartId": work.physical_id}
    patch = replacement("/properties", _content(work.properties["Properties"]))
    work.operate("UpdateDocumentationPart", {**where, "patchOperations": [patch]})
    return Made(work.physical_id, {"DocumentationPartId": work.physical_id})


def _content(given: Any) -> str:
    return given if isinstance(given, str) else json.dumps(given)


def _create_version(work: Work) -> Made:
    members = {
        "RestApiId": "restApiId",
        "DocumentationVersion": "documentationVersion",
        "Description": "description",
    }
    return Made(work.operate("CreateDocumentationVersion", given(work.properties, members))["version"])


def _update_version(work: Work) -> Made:
    where = {"restApiId": work.properties["RestApiId"], "documentationVersion": work.physical_id}
    patches = changed(work, {"Description": "/description"})
    work.operate("UpdateDocumentationVersion", {**where, "patchOperations": patches})
    return Made(work.physical_id)


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::DocumentationPart",
        implemented=frozenset({"Location", "Properties", "RestApiId"}),
        create=_create_part,
        update=_update_part,
        delete=lambda work: delete(
            work,
            "DeleteDocumentationPart",
            {"restApiId": work.properties["RestApiId"], "documentationPartId": work.physical_id},
        ),
        replaces=frozenset({"Location", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::DocumentationVersion",
        implemented=frozenset({"DocumentationVersion", "RestApiId"}),
        accepted={"Description": "It is kept and returned."},
        create=_create_version,
        update=_update_version,
        delete=lambda work: delete(
            work,
            "DeleteDocumentationVersion",
            {"restApiId": work.properties["RestApiId"], "documentationVersion": work.physical_id},
        ),
        replaces=frozenset({"DocumentationVersion", "RestApiId"}),
    ),
)
