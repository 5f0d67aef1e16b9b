"""Authorizers: who says who may call a route. JWTs are checked by API Gateway, requests by a function."""

import re
from typing import Any
from urllib.parse import urlsplit

from stratolite.core.call import Call
from stratolite.services.apigatewayv2 import Apigatewayv2, api, deploying, rules
from stratolite.services.apigatewayv2.websocket import rules as websocket_rules
from stratolite.storage.documents import Document, shown

AUTHORIZER_ID_LENGTH = 6
TTL_S_MAX = 3600
TTL_S_DEFAULT = 300
"""How long a function's answer is remembered when nothing is said, in seconds; without identity sources, which tell
callers apart, it never is: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html"""
_IDENTITY_SOURCE = re.compile(r"\$(request\.(header|querystring)|context|stageVariables)\.[^\s]+")
_MEMBERS = (
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerType",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentitySource",
    "JwtConfiguration",
    "Name",
)


def create_authorizer(
    call: Call, apigatewayv2: Apigatewayv2, request: api.CreateAuthorizerRequest
) -> api.CreateAuthorizerResponse:
    """Create an authorizer of type JWT or REQUEST."""
    api_id, store = request["ApiId"], apigatewayv2.store
    described = rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    document: Document = {"AuthorizerId": apigatewayv2.world.entropy.token(AUTHORIZER_ID_LENGTH)}
    _set(document, request, is_websocket=rules.is_websocket(described))
    rules.within(len(store.all(call, "authorizer", api_id)), rules.AUTHORIZERS_MAX, "Authorizers")
    store.put(call, "authorizer", api_id, document["AuthorizerId"], document)
    deploying.changed(call, apigatewayv2, api_id)
    return shown(document, api.CreateAuthorizerResponse)


def get_authorizer(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetAuthorizerRequest
) -> api.GetAuthorizerResponse:
    """One authorizer."""
    return shown(_authorizer(call, apigatewayv2, request), api.GetAuthorizerResponse)


def get_authorizers(
    call: Call, apigatewayv2: Apigatewayv2, request: api.GetAuthorizersRequest
) -> api.GetAuthorizersResponse:
    """All authorizers of an API."""
    api_id = request["ApiId"]
    rules.found(apigatewayv2.store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return shown(rules.page(apigatewayv2.store.all(call, "authorizer", api_id), request), api.GetAuthorizersResponse)


def update_authorizer(
    call: Call, apigatewayv2: Apigatewayv2, request: api.UpdateAuthorizerRequest
) -> api.UpdateAuthorizerResponse:
    """Change what is given, and leave the rest."""
    document = _authorizer(call, apigatewayv2, request)
    described = apigatewayv2.store.get(call, "api", "", request["ApiId"])
    _set(document, request, is_websocket=described is not None and rules.is_websocket(described))
    apigatewayv2.store.put(call, "authorizer", request["ApiId"], document["AuthorizerId"], document)
    deploying.changed(call, apigatewayv2, request["ApiId"])
    return shown(document, api.UpdateAuthorizerResponse)


def delete_authorizer(call: Call, apigatewayv2: Apigatewayv2, request: api.DeleteAuthorizerRequest) -> None:
    """Delete an authorizer that no route names."""
    api_id, store = request["ApiId"], apigatewayv2.store
    document = _authorizer(call, apigatewayv2, request)
    for route in store.all(call, "route", api_id):
        if route.get("AuthorizerId") == document["AuthorizerId"]:
            # The words are those of version 1 (https://github.com/hashicorp/terraform-provider-aws/issues/14812).
            raise api.ConflictException(
                f"Cannot delete authorizer '{document['Name']}', is referenced in route: {route['RouteKey']}"
            )
    store.delete(call, "authorizer", api_id, document["AuthorizerId"])
    deploying.changed(call, apigatewayv2, api_id)


def _authorizer(call: Call, apigatewayv2: Apigatewayv2, request: Any) -> Document:
    api_id, store = request["ApiId"], apigatewayv2.store
    rules.found(store.get(call, "api", "", api_id), rules.no_such_api(call, api_id))
    return rules.found(store.get(call, "authorizer", api_id, request["AuthorizerId"]), rules.NO_AUTHORIZER)


def _set(document: Document, request: Any, *, is_websocket: bool) -> None:
    if request.get("IdentityValidationExpression"):
        rules.refuse(
            request, {"IdentityValidationExpression": "IdentityValidationExpression is not supported for HTTP"}
        )
    document |= {name: request[name] for name in _MEMBERS if request.get(name) is not None}
    if is_websocket:
        websocket_rules.authorizer(document)
        return
    for source in document.get("IdentitySource", ()):
        if not _IDENTITY_SOURCE.fullmatch(source):
            raise api.BadRequestException(f"Invalid identity source expression: {source}")
    if document["AuthorizerType"] == "JWT":
        _check_jwt(document)
    else:
        _check_request(document)


def _check_jwt(document: Document) -> None:
    configuration = document.get("JwtConfiguration")
    if not configuration:
        raise api.BadRequestException("JwtConfiguration must not be null for JWT Authorizer")
    issuer = urlsplit(configuration.get("Issuer", ""))
    if issuer.scheme not in ("http", "https") or not issuer.netloc:
        # AWS asks the issuer at once; here it is asked when the first token comes.
        raise api.BadRequestException(
            f"Invalid issuer: {configuration.get('Issuer', '')}. Issuer must have a valid discovery endpoint ended with"
            " '/.well-known/openid-configuration'"
        )
    audience = configuration.get("Audience") or ()
    if not audience or len(audience) > rules.AUDIENCES_MAX:
        raise api.BadRequestException(f"A JWT authorizer has 1 to {rules.AUDIENCES_MAX} audiences.")
    if len(document.get("IdentitySource", ())) != 1:
        raise api.BadRequestException("Identity source must be set to a single selection expression for JWT Authorizer")
    for name in ("AuthorizerUri", "AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion"):
        if document.get(name):
            raise api.BadRequestException(f"{name} is not supported for JWT Authorizer")


def _check_request(document: Document) -> None:
    version = document.get("AuthorizerPayloadFormatVersion")
    if not version:
        raise api.BadRequestException("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if version not in ("1.0", "2.0"):
        raise api.BadRequestException(f"AuthorizerPayloadFormatVersion {version} is not supported")
    if document.get("EnableSimpleResponses") and version != "2.0":
        raise api.BadRequestException('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".')
    if not document.get("AuthorizerUri"):
        raise api.BadRequestException("AuthorizerUri is a required field in an Authorizer")
    if rules.function_of(document["AuthorizerUri"]) is None:
        raise api.BadRequestException(
            f"Invalid Authorizer URI: {document['AuthorizerUri']}. Authorizer URI should be a valid API Gateway ARN"
            " that represents a Lambda function invocation."
        )
    document.setdefault("EnableSimpleResponses", False)
    document.setdefault("AuthorizerResultTtlInSeconds", TTL_S_DEFAULT if document.get("IdentitySource") else 0)
    if not 0 <= document["AuthorizerResultTtlInSeconds"] <= TTL_S_MAX:
        raise api.BadRequestException(
            f"Authorizer result TTL outside allowable range. TTL must be between 0 and {TTL_S_MAX} seconds."
        )
    if document["AuthorizerResultTtlInSeconds"] and not document.get("IdentitySource"):
        raise api.BadRequestException(
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
        )
