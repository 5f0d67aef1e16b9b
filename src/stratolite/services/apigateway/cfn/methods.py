"""AWS::ApiGateway::Method: a method with its integration and the responses of both."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.resource_types import Made, ResourceType, Work
from stratolite.services.apigateway.cfn.properties import delete, given

_METHOD = {
    "ApiKeyRequired": "apiKeyRequired",
    "AuthorizationScopes": "authorizationScopes",
    "AuthorizerId": "authorizerId",
    "OperationName": "operationName",
    "RequestParameters": "requestParameters",
    "RequestModels": "requestModels",
    "RequestValidatorId": "requestValidatorId",
}
_INTEGRATION = {
    "Type": "type",
    "IntegrationHttpMethod": "integrationHttpMethod",
    "Uri": "uri",
    "Credentials": "credentials",
    "RequestParameters": "requestParameters",
    "RequestTemplates": "requestTemplates",
    "PassthroughBehavior": "passthroughBehavior",
    "ContentHandling": "contentHandling",
    "CacheNamespace": "cacheNamespace",
    "CacheKeyParameters": "cacheKeyParameters",
    "TimeoutInMillis": "timeoutInMillis",
    "ConnectionType": "connectionType",
    "ConnectionId": "connectionId",
    "ResponseTransferMode": "responseTransferMode",
    "IntegrationTarget": "integrationTarget",
}
_INTEGRATION_RESPONSE = {
    "SelectionPattern": "selectionPattern",
    "ResponseParameters": "responseParameters",
    "ResponseTemplates": "responseTemplates",
    "ContentHandling": "contentHandling",
}
_METHOD_RESPONSE = {"ResponseParameters": "responseParameters", "ResponseModels": "responseModels"}


def _update(work: Work) -> Made:
    """A method is made anew, with all that it has."""
    delete(work, "DeleteMethod", _where(work.previous))
    return _put(work)


def _put(work: Work) -> Made:
    properties = work.properties
    where = _where(properties)
    authorization = properties.get("AuthorizationType") or "NONE"
    work.operate("PutMethod", {**where, **_flags(given(properties, _METHOD)), "authorizationType": authorization})
    for response in properties.get("MethodResponses") or ():
        status = str(response["StatusCode"])
        work.operate("PutMethodResponse", {**where, "statusCode": status, **_flags(given(response, _METHOD_RESPONSE))})
    integration = properties.get("Integration")
    if integration:
        work.operate("PutIntegration", {**where, **given(integration, _INTEGRATION)})
        for response in integration.get("IntegrationResponses") or ():
            status = str(response["StatusCode"])
            work.operate(
                "PutIntegrationResponse", {**where, "statusCode": status, **given(response, _INTEGRATION_RESPONSE)}
            )
    return Made(work.physical_id or work.generated_name(64, "any"))


def _where(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        "restApiId": properties["RestApiId"],
        "resourceId": properties["ResourceId"],
        "httpMethod": properties["HttpMethod"],
    }


def _flags(request: dict[str, Any]) -> dict[str, Any]:
    """Templates may write the flags of parameters as text."""
    for name in ("requestParameters", "responseParameters"):
        if name in request:
            request[name] = {key: value in (True, "true", "True") for key, value in request[name].items()}
    return request


RESOURCE_TYPES = (
    ResourceType(
        name="AWS::ApiGateway::Method",
        implemented=frozenset(
            {
                "ApiKeyRequired",
                "AuthorizationScopes",
                "AuthorizationType",
                "AuthorizerId",
                "HttpMethod",
                "Integration",
                "MethodResponses",
                "RequestModels",
                "RequestParameters",
                "RequestValidatorId",
                "ResourceId",
                "RestApiId",
            }
        ),
        accepted={"OperationName": "It is kept and returned."},
        create=_put,
        update=_update,
        delete=lambda work: delete(work, "DeleteMethod", _where(work.properties)),
        replaces=frozenset({"HttpMethod", "ResourceId", "RestApiId"}),
    ),
)
