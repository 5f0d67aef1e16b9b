"""serverless-lift: the construct ``webhook``, an HTTP API whose one route puts what it gets on a bus of EventBridge.

Its authorizer is a function of the service. Without one it has to be called insecure.
Source: https://github.com/getlift/lift (1.37), ``src/constructs/aws/Webhook.ts``.
"""

from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.errors import UserError
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.plugins.configuration import Configuration
from stratolite.templates.serverless.plugins.construct_parts import Made, attribute, logical_id

METHODS = ("POST", "PUT", "PATCH")
EVENT_TYPE_DEFAULT = "Webhook"


def make(configuration: Configuration, name: str, settings: Map) -> Made:
    """What a webhook is made of. Raises UserError for one without a path, and one that does not say who may call it."""
    authorizer = _authorizer(name, settings)
    path, method = settings.get("path"), settings.get("method") or METHODS[0]
    if not isinstance(path, str):
        raise UserError(f"the webhook {name!r} has no path", where=str(settings.at), todo="Set 'path'.")
    if method not in METHODS:
        at = str(mark_of(settings, "method"))
        raise UserError(f"the webhook {name!r} has no method {method!r}", where=at, todo=f"Take {', '.join(METHODS)}.")
    api, bus = logical_id(name, "HttpApi", "Resource"), logical_id(name, "Bus", "Resource")
    role, integration = logical_id(name, "ApiGatewayRole", "Resource"), logical_id(name, "Integration")
    own = {"ApiId": attribute(api, "")}
    credentials = attribute(role, "Arn")
    route = {"RouteKey": f"{method} {path}", "Target": _joined("/", ["integrations", attribute(integration, "")])}
    made = Made(
        {
            api: _resource("ApiGatewayV2::Api", {"Name": "HttpApi", "ProtocolType": "HTTP"}),
            logical_id(name, "HttpApi", "DefaultStage", "Resource"): _resource(
                "ApiGatewayV2::Stage", {**own, "AutoDeploy": True, "StageName": "$default"}
            ),
            bus: _resource("Events::EventBus", {"Name": logical_id(name, "Bus")}),
            role: _resource("IAM::Role", _role(attribute(bus, "Arn"))),
            integration: _resource(
                "ApiGatewayV2::Integration",
                {
                    **own,
                    "ConnectionType": "INTERNET",
                    "CredentialsArn": credentials,
                    "IntegrationSubtype": "EventBridge-PutEvents",
                    "IntegrationType": "AWS_PROXY",
                    "PayloadFormatVersion": "1.0",
                    "RequestParameters": {
                        "DetailType": settings.get("eventType") or EVENT_TYPE_DEFAULT,
                        "Detail": "$request.body",
                        "Source": name,
                        "EventBusName": attribute(bus, ""),
                    },
                },
            ),
        },
        {
            logical_id(name, "HttpApiEndpoint"): {"Value": attribute(api, "ApiEndpoint")},
            logical_id(name, "Endpoint"): {"Value": f"{method} {path}"},
        },
        parts={"api": api, "bus": bus},
    )
    guarded: dict[str, Any] = {"AuthorizationType": "NONE"}
    if authorizer is not None:
        key = f"{name}Authorizer"
        configuration.section(configuration.document, "functions").put(key, authorizer, authorizer.at)
        function = attribute(naming.lambda_function(key), "Arn")
        guard = logical_id(name, "Authorizer")
        guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": attribute(guard, "")}
        region = configuration.region
        target = f"arn:{partition_of(region)}:apigateway:{region}:lambda:path/2015-03-31/functions"
        settled = {
            **own,
            "AuthorizerCredentialsArn": credentials,
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": _joined("/", [target, function, "invocations"]),
            "EnableSimpleResponses": True,
            "Name": f"{name}-authorizer",
        }
        policy = logical_id(name, "ApiGatewayRole", "DefaultPolicy", "Resource")
        made.resources[guard] = _resource("ApiGatewayV2::Authorizer", settled)
        made.resources[policy] = _resource("IAM::Policy", _invoking(policy, role, function))
    made.resources[logical_id(name, "Route")] = _resource("ApiGatewayV2::Route", {**own, **guarded, **route})
    return made


def _authorizer(name: str, settings: Map) -> Map | None:
    """The function that authorizes; None for a webhook that is insecure."""
    given, is_insecure = settings.get("authorizer"), settings.get("insecure") is True
    if isinstance(given, Map) != is_insecure:
        return given if isinstance(given, Map) else None
    what = "both insecure and authorized" if is_insecure else "without an authorizer"
    todo = "Give it an authorizer with a handler, or say 'insecure: true'."
    raise UserError(f"the webhook {name!r} is {what}", where=str(settings.at), todo=todo)


def _role(bus: dict[str, Any]) -> dict[str, Any]:
    trusted = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}}
    policy = _document({"Action": "events:PutEvents", "Effect": "Allow", "Resource": bus})
    return {
        "AssumeRolePolicyDocument": _document(trusted),
        "Policies": [{"PolicyDocument": policy, "PolicyName": "EventBridge"}],
    }


def _invoking(policy: str, role: str, function: dict[str, Any]) -> dict[str, Any]:
    versions = _joined("", [function, ":*"])
    statement = {"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": [function, versions]}
    return {"PolicyDocument": _document(statement), "PolicyName": policy, "Roles": [attribute(role, "")]}


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Statement": [statement], "Version": "2012-10-17"}


def _joined(between: str, parts: list[Any]) -> dict[str, Any]:
    return {"Fn::Join": [between, parts]}


def _resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}
