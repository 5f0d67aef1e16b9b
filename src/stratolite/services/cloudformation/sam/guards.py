"""``Auth`` of REST APIs: authorizers, keys and signatures, as security of a definition; plans of usage.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam.expansion import Expansion, invalid, not_done

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.rest_apis import RestApi

KEY = "api_key"
SIGNED = "AWS_IAM"
NOBODY = "NONE"
CALLER = "arn:aws:iam::*:user/*"
"""Credentials of an integration: those of whoever calls."""
_PREFIX = "x-amazon-apigateway-"
VERBS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", f"{_PREFIX}any-method"})
_KNOWN = frozenset(
    {"AddApiKeyRequiredToCorsPreflight", "AddDefaultAuthorizerToCorsPreflight", "ApiKeyRequired", "Authorizers"}
    | {"DefaultAuthorizer", "InvokeRole", "ResourcePolicy", "UsagePlan"}
)
_SOURCES = {"Headers": "header", "QueryStrings": "querystring", "StageVariables": "stage", "Context": "context"}
_PLAN = ("Description", "Quota", "Tags", "Throttle", "UsagePlanName")


def auth(api: "RestApi") -> Mapping[str, Any]:
    """What an API says of who may call it. Raises NotImplementedHere for what is not done."""
    given: Mapping[str, Any] = api.given.get("Auth") or {}
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise not_done(api.name, f"{unknown[0]} of Auth")
    return given


def default_of_preflight(api: "RestApi") -> list[dict[str, Any]] | None:
    """What guards preflights: the default authorizer, unless the API says otherwise."""
    given = auth(api)
    default = given.get("DefaultAuthorizer")
    if not default or given.get("AddDefaultAuthorizerToCorsPreflight", True) is False:
        return None
    return [{default: []}]


def secure(expansion: Expansion, api: "RestApi", body: dict[str, Any]) -> None:
    """Set who may call the methods that events made, and what the schemes are that say so."""
    given = auth(api)
    authorizers = given.get("Authorizers") or {}
    used: set[str] = set()
    for path, methods in api.methods.items():
        for verb, own in methods.items():
            operation = _operation(api.paths[path][verb])
            security, names = _security(api, given, own)
            used |= names
            if security is not None:
                operation["security"] = security
            if SIGNED in names:
                role = own.get("InvokeRole", given.get("InvokeRole", CALLER))
                role = CALLER if role == "CALLER_CREDENTIALS" else role
                if role != NOBODY:
                    operation[f"{_PREFIX}integration"]["credentials"] = role
    used |= _secure_defined(api, given, body)
    if given.get("DefaultAuthorizer"):
        used.add(given["DefaultAuthorizer"])
    schemes = {name: _scheme(expansion, api, name, one) for name, one in authorizers.items()}
    policy = given.get("ResourcePolicy") or {}
    unknown = sorted(set(policy) - {"CustomStatements"})
    if unknown:
        raise not_done(api.name, f"{unknown[0]} of ResourcePolicy")
    if policy.get("CustomStatements"):
        body[f"{_PREFIX}policy"] = {"Version": "2012-10-17", "Statement": policy["CustomStatements"]}
    if KEY in used:
        schemes[KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if SIGNED in used:
        named = {"type": "apiKey", "name": "Authorization", "in": "header"}
        schemes[SIGNED] = {**named, f"{_PREFIX}authtype": "awsSigv4"}
    if not schemes:
        return
    if "openapi" in body:
        body.setdefault("components", {}).setdefault("securitySchemes", {}).update(schemes)
    else:
        body.setdefault("securityDefinitions", {}).update(schemes)


def _secure_defined(api: "RestApi", given: Mapping[str, Any], body: Mapping[str, Any]) -> set[str]:
    """Guard the methods of a definition that do not say themselves who may call; the schemes that do."""
    security, names = _security(api, given, {})
    for path, item in body["paths"].items():
        for verb, operation in item.items() if security and isinstance(item, dict) else ():
            is_own = verb in api.methods.get(path, {})
            if not is_own and verb in VERBS and verb != "options" and isinstance(operation, dict):
                operation.setdefault("security", security)
    return names


def _operation(value: dict[str, Any]) -> dict[str, Any]:
    """An operation, out of the condition that it may stand in."""
    inner: dict[str, Any] = value["Fn::If"][1] if "Fn::If" in value else value
    return inner


def _security(
    api: "RestApi", given: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[list[dict[str, Any]] | None, set[str]]:
    name = own.get("Authorizer", given.get("DefaultAuthorizer"))
    security: list[dict[str, Any]] = []
    names: set[str] = set()
    if own.get("ApiKeyRequired", given.get("ApiKeyRequired")) in (True, "true"):
        security.append({KEY: []})
        names.add(KEY)
    if name and name not in (NOBODY, SIGNED) and name not in (given.get("Authorizers") or {}):
        raise invalid(
            api.name,
            f"Unable to set Authorizer [{name}] because it wasn't defined in the API's Authorizers.",
        )
    if name:
        scopes = own.get("AuthorizationScopes") or []
        if name not in (NOBODY, SIGNED):
            scopes = scopes or given["Authorizers"][name].get("AuthorizationScopes") or []
        security.append({name: scopes})
        names.add(name)
    return security or None, names


def _scheme(expansion: Expansion, api: "RestApi", name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    identity = given.get("Identity") or {}
    scheme: dict[str, Any] = {"type": "apiKey", "name": "Authorization", "in": "header"}
    if "UserPoolArn" in given:
        pools = given["UserPoolArn"]
        arns = pools if isinstance(pools, list) else [pools]
        scheme["name"] = identity.get("Header", "Authorization")
        scheme[f"{_PREFIX}authtype"] = "cognito_user_pools"
        made: dict[str, Any] = {"type": "cognito_user_pools", "providerARNs": arns}
    elif "FunctionArn" in given:
        is_request = given.get("FunctionPayloadType", "TOKEN") == "REQUEST"
        scheme["name"] = "Unused" if is_request else identity.get("Header", "Authorization")
        scheme[f"{_PREFIX}authtype"] = "custom"
        made = {"type": "request" if is_request else "token", "authorizerUri": uri(given["FunctionArn"])}
        if is_request:
            source = ", ".join(_sources(identity))
            made |= {"identitySource": source} if source else {}
        if given.get("FunctionInvokeRole"):
            made["authorizerCredentials"] = given["FunctionInvokeRole"]
        else:
            _permit(expansion, api, name, given["FunctionArn"])
    else:
        raise invalid(api.name, f"Authorizer [{name}] requires either UserPoolArn or FunctionArn.")
    if identity.get("ReauthorizeEvery") is not None:
        made["authorizerResultTtlInSeconds"] = identity["ReauthorizeEvery"]
    if identity.get("ValidationExpression"):
        made["identityValidationExpression"] = identity["ValidationExpression"]
    scheme[f"{_PREFIX}authorizer"] = made
    return scheme


def _sources(identity: Mapping[str, Any]) -> list[str]:
    texts = {"header": "method.request.header", "querystring": "method.request.querystring"}
    texts |= {"stage": "stageVariables", "context": "context"}
    return [f"{texts[place]}.{one}" for key, place in _SOURCES.items() for one in identity.get(key) or ()]


def uri(arn: Any) -> dict[str, Any]:
    """What invokes a function that an ARN names."""
    path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations"
    text = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}"
    return {"Fn::Sub": [text, {"__FunctionArn__": arn}]}


def _permit(expansion: Expansion, api: "RestApi", name: str, arn: Any) -> None:
    text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*"
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": arn,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": [text, {"__ApiId__": {"Ref": api.name}}]},
    }
    logical_id = f"{api.name}{name}AuthorizerPermission"
    expansion.add(logical_id, "AWS::Lambda::Permission", properties, **api.resource.condition)


def plans(expansion: Expansion, api: "RestApi", stage: str, condition: Mapping[str, Any]) -> None:
    """A plan of usage with a key, where the API wants one of its own."""
    given = auth(api).get("UsagePlan") or {}
    kind = given.get("CreateUsagePlan", "NONE")
    if kind == "NONE":
        return
    if kind != "PER_API":
        raise not_done(api.name, f"CreateUsagePlan {kind}")
    stages = [{"ApiId": {"Ref": api.name}, "Stage": {"Ref": stage}}]
    properties: dict[str, Any] = {"ApiStages": stages}
    properties |= {key: given[key] for key in _PLAN if key in given}
    plan, key = f"{api.name}UsagePlan", f"{api.name}ApiKey"
    expansion.add(plan, "AWS::ApiGateway::UsagePlan", properties, DependsOn=[api.name], **condition)
    opened = {"Enabled": True, "StageKeys": [{"RestApiId": {"Ref": api.name}, "StageName": {"Ref": stage}}]}
    expansion.add(key, "AWS::ApiGateway::ApiKey", opened, DependsOn=[plan], **condition)
    tied = {"KeyId": {"Ref": key}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": plan}}
    expansion.add(f"{plan}Key", "AWS::ApiGateway::UsagePlanKey", tied, DependsOn=[key], **condition)
    expansion.renamed |= {f"{api.name}.UsagePlan": plan, f"{api.name}.ApiKey": key}
