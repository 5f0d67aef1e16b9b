"""Events of the type Api: a path and a method of a REST API, and who may call the function for it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stratolite.services.cloudformation.sam import rest_apis
from stratolite.services.cloudformation.sam.cors import ANY
from stratolite.services.cloudformation.sam.expansion import Expansion, invalid

if TYPE_CHECKING:
    from stratolite.services.cloudformation.sam.functions import Function
    from stratolite.services.cloudformation.sam.rest_apis import RestApi

_PLACES = {"header": "header", "querystring": "query", "path": "path"}
_VALIDATORS = {(True, True): "body-and-params", (True, False): "body-only", (False, True): "params-only"}
_PARAMETER = re.compile(r"\{[^}]*\}")
_KNOWN = ("Auth", "Method", "Path", "RequestModel", "RequestParameters", "ResponseTransferMode", "RestApiId")
_AUTH = ("ApiKeyRequired", "Authorizer", "AuthorizationScopes", "InvokeRole", "OverrideApiAuth")


def event(expansion: Expansion, function: "Function", name: str, given: Mapping[str, Any]) -> None:
    """A method of an API that calls a function."""
    path = expansion.value(function.required(name, given, "Path"))
    method = expansion.value(function.required(name, given, "Method"))
    function.known(name, given, (*_KNOWN, "TimeoutInMillis"))
    function.known(name, given.get("Auth") or {}, _AUTH)
    if "RestApiId" in given:
        logical_id = expansion.referred(given["RestApiId"])
        api = expansion.rest_apis.get(logical_id)
    else:
        api = rest_apis.implicit(expansion)
        logical_id = api.name
    source = (logical_id and {"Ref": logical_id}) or given["RestApiId"]
    suffix = api.stage if api is not None else "Stage"
    permission = f"{function.name}{name}Permission{suffix}"
    arn = source_arn(source, "*" if method.lower() == "any" else method.upper(), path)
    function.permit(expansion, permission, "apigateway.amazonaws.com", SourceArn=arn)
    if api is None or not api.is_managed:
        return
    verb = ANY if method.lower() == "any" else method.lower()
    if verb in api.paths.get(path, {}):
        raise function.wrong(name, f'API method "{method.lower()}" defined multiple times for path "{path}".')
    operation: dict[str, Any] = {
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri(function)},
        "responses": {},
    }
    for key, member in (("TimeoutInMillis", "timeoutInMillis"), ("ResponseTransferMode", "responseTransferMode")):
        if key in given:
            operation["x-amazon-apigateway-integration"][member] = given[key]
    _take(api, operation, given)
    condition = function.condition.get("Condition", "")
    api.conditions.append(condition)
    if condition and condition != api.resource.attributes.get("Condition"):
        operation = {"Fn::If": [condition, operation, {"Ref": "AWS::NoValue"}]}
    api.paths.setdefault(path, {})[verb] = operation
    api.methods.setdefault(path, {})[verb] = dict(given.get("Auth") or {})


def uri(function: "Function") -> dict[str, Any]:
    """What invokes a function: the function itself, or its alias."""
    named = function.target["Ref"] if function.target != {"Ref": function.name} else f"{function.name}.Arn"
    path = f"lambda:path/2015-03-31/functions/${{{named}}}/invocations"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}"}


def source_arn(api: Any, method: str, path: str) -> dict[str, Any]:
    """The requests to a path: its parameters stand for anything."""
    clean = _PARAMETER.sub("*", path).lstrip("/")
    text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}"
    return {"Fn::Sub": [f"{text}/{method}/{clean}", {"__ApiId__": api, "__Stage__": "*"}]}


def _take(api: "RestApi", operation: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Say what a method takes, and what of it is checked."""
    is_newer = str(api.given.get("OpenApiVersion") or "2").startswith("3")
    parameters: list[dict[str, Any]] = []
    checks = [False, False]
    model = given.get("RequestModel")
    if model:
        name = str(model.get("Model", "")).lower()
        if name not in {one.lower() for one in api.given.get("Models") or {}}:
            raise invalid(
                api.name, f"Unable to set RequestModel [{model.get('Model')}]: it is none of the API's Models."
            )
        if is_newer:
            schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
            operation["requestBody"] = {"content": {"application/json": schema}}
            operation["requestBody"] |= {"required": model["Required"]} if "Required" in model else {}
        else:
            body = {"in": "body", "name": name, "schema": {"$ref": f"#/definitions/{name}"}}
            parameters.append(body | ({"required": model["Required"]} if "Required" in model else {}))
        checks = [model.get("ValidateBody") is True, model.get("ValidateParameters") is True]
    for one in given.get("RequestParameters") or ():
        text, settings = (one, {}) if isinstance(one, str) else next(iter(one.items()))
        parts = str(text).split(".", 3)
        if len(parts) != 4 or parts[:2] != ["method", "request"] or parts[2] not in _PLACES:
            what = (
                "Invalid value for 'RequestParameters' property. Keys must be in the format "
                f"'method.request.[querystring|path|header].{{value}}', but '{text}' is not."
            )
            raise invalid(api.name, what)
        parameter = {
            "in": _PLACES[parts[2]],
            "name": parts[3],
            "required": parts[2] == "path" or bool(settings.get("Required")),
        }
        parameters.append(parameter | ({"schema": {"type": "string"}} if is_newer else {"type": "string"}))
    if parameters:
        operation["parameters"] = parameters
    validator = _VALIDATORS.get((checks[0], checks[1]))
    if validator:
        operation["x-amazon-apigateway-request-validator"] = validator
        api.validators[validator] = {"validateRequestBody": checks[0], "validateRequestParameters": checks[1]}
