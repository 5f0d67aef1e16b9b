"""``Auth`` of HTTP APIs: tokens, functions and signatures, as security of a definition.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam.expansion import Expansion, invalid, not_done
from stratolite.services.cloudformation.sam.guards import NOBODY, SIGNED, VERBS, uri

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.http_apis import HttpApi

_PREFIX = "x-amazon-apigateway-"
_SOURCES = {
    "Headers": "$request.header",
    "QueryStrings": "$request.querystring",
    "StageVariables": "$stageVariables",
    "Context": "$context",
}


def secure(expansion: Expansion, api: "HttpApi", body: dict[str, Any]) -> None:
    """Set who may call the routes that events made, and what the schemes are that say so."""
    given = api.given.get("Auth") or {}
    unknown = sorted(set(given) - {"Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"})
    if unknown:
        raise not_done(api.name, f"{unknown[0]} of Auth")
    authorizers = given.get("Authorizers") or {}
    for path, methods in api.methods.items():
        for verb, own in methods.items():
            name = own.get("Authorizer", given.get("DefaultAuthorizer"))
            if not name:
                continue
            if name not in (NOBODY, SIGNED) and name not in authorizers:
                what = f"Unable to set Authorizer [{name}] because it wasn't defined in the API's Authorizers."
                raise invalid(api.name, what)
            scopes = own.get("AuthorizationScopes") or (authorizers.get(name) or {}).get("AuthorizationScopes") or []
            operation = api.paths[path][verb]
            inner = operation["Fn::If"][1] if "Fn::If" in operation else operation
            inner["security"] = [{name: scopes}]
    default = given.get("DefaultAuthorizer")
    for path, item in body["paths"].items():
        for verb, operation in item.items() if default and isinstance(item, dict) else ():
            if verb not in api.methods.get(path, {}) and verb in VERBS and isinstance(operation, dict):
                scopes = (authorizers.get(default) or {}).get("AuthorizationScopes") or []
                operation.setdefault("security", [{default: scopes}])
    schemes = {name: _scheme(expansion, api, name, one) for name, one in authorizers.items()}
    if given.get("EnableIamAuthorizer") is True:
        named = {"type": "apiKey", "name": "Authorization", "in": "header"}
        schemes[SIGNED] = {**named, f"{_PREFIX}authtype": "awsSigv4"}
    if schemes:
        body.setdefault("components", {}).setdefault("securitySchemes", {}).update(schemes)


def _scheme(expansion: Expansion, api: "HttpApi", name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if "JwtConfiguration" in given:
        configuration = {key[0].lower() + key[1:]: value for key, value in given["JwtConfiguration"].items()}
        made: dict[str, Any] = {"type": "jwt", "jwtConfiguration": configuration}
        made |= {"identitySource": given["IdentitySource"]} if "IdentitySource" in given else {}
        return {"type": "oauth2", f"{_PREFIX}authorizer": made}
    if "FunctionArn" not in given:
        raise invalid(api.name, f"Authorizer [{name}] requires either JwtConfiguration or FunctionArn.")
    if "AuthorizerPayloadFormatVersion" not in given:
        raise invalid(api.name, f"{name} Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.")
    identity = given.get("Identity") or {}
    made = {
        "type": "request",
        "authorizerUri": uri(given["FunctionArn"]),
        "authorizerPayloadFormatVersion": str(given["AuthorizerPayloadFormatVersion"]),
    }
    sources = [f"{place}.{one}" for key, place in _SOURCES.items() for one in identity.get(key) or ()]
    if sources:
        made["identitySource"] = sources
    if identity.get("ReauthorizeEvery") is not None:
        made["authorizerResultTtlInSeconds"] = identity["ReauthorizeEvery"]
    if "EnableSimpleResponses" in given:
        made["enableSimpleResponses"] = given["EnableSimpleResponses"]
    if given.get("FunctionInvokeRole"):
        made["authorizerCredentials"] = given["FunctionInvokeRole"]
    if given.get("EnableFunctionDefaultPermissions") is True:
        text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*"
        properties = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": given["FunctionArn"],
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": [text, {"__ApiId__": {"Ref": api.name}}]},
        }
        logical_id = f"{api.name}{name}AuthorizerPermission"
        expansion.add(logical_id, "AWS::Lambda::Permission", properties, **api.resource.condition)
    scheme = {"type": "apiKey", "name": "Unused", "in": "header"}
    return {**scheme, f"{_PREFIX}authorizer": made}
