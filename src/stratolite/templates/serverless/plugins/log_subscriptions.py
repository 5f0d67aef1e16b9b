"""serverless-plugin-log-subscription: what functions log is handed on, to a function, a stream or a delivery stream.

``custom.logSubscription`` is for all functions, one or a list; ``logSubscription`` of a function is for itself. Logs of
APIs (``apiGatewayLogs``) are not handed on, which is told.
Source: https://github.com/dougmoscrop/serverless-plugin-log-subscription (2.2.1).
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, value_at
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.service import Function

NAME = "serverless-plugin-log-subscription"
DEFAULTS = {"enabled": False, "filterPattern": "", "addLambdaPermission": True, "apiGatewayLogs": False}


def subscribe(work: Compilation, resources: dict[str, Any]) -> None:
    """Add a filter for each function and subscription. Raises UserError for a function without a log group."""
    given = value_at(work.service.document, "custom", "logSubscription")
    rows = list(enumerate(given)) if isinstance(given, List) else [("", given)]
    for suffix, shared in rows:
        common: dict[str, Any] = {**DEFAULTS, **(shared if isinstance(shared, Map) else {})}
        if truthy(common["enabled"]) and truthy(common["apiGatewayLogs"]):
            at = work.service.mark("custom", "logSubscription")
            what = "custom.logSubscription.apiGatewayLogs has no effect: logs of APIs are not handed on"
            work.warn(what, at, Kind.NO_EFFECT, about="plugins")
        for function in work.service.functions.values():
            own = function.settings.get("logSubscription")
            settings = {**common, **own} if isinstance(own, Map) else common
            is_wanted = truthy(own) if own is not None and not isinstance(own, Map) else truthy(settings["enabled"])
            if is_wanted:
                _subscribe(resources, function, settings, str(suffix))


def _subscribe(resources: dict[str, Any], function: Function, settings: Mapping[str, Any], suffix: str) -> None:
    group = resources.get(naming.log_group(function.key))
    if group is None:
        what = f"the function {function.key!r} has no log group whose lines could be handed on"
        raise refusal(what, function.mark("logSubscription"), "Leave out 'disableLogs'.")
    destination = settings.get("destinationArn")
    target = _logical_id(destination)
    before = [target] if target else []
    prefix = naming.normalized(function.key)
    if truthy(settings["addLambdaPermission"]) and _is_function(destination, resources):
        permission = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": destination,
            "Principal": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"},
            "SourceArn": {"Fn::GetAtt": [naming.log_group(function.key), "Arn"]},
        }
        resources[f"{prefix}LogLambdaPermission"] = {"Type": "AWS::Lambda::Permission", "Properties": permission}
        before.append(f"{prefix}LogLambdaPermission")
    properties = {
        "DestinationArn": destination,
        "FilterPattern": settings["filterPattern"],
        "LogGroupName": group["Properties"]["LogGroupName"],
    }
    for name, member in (("filterName", "FilterName"), ("roleArn", "RoleArn")):
        if settings.get(name) is not None:
            properties[member] = settings[name]
    resources[f"{prefix}SubscriptionFilter{suffix}"] = {
        "Type": "AWS::Logs::SubscriptionFilter",
        "Properties": properties,
        "DependsOn": [*before, naming.log_group(function.key)],
    }


def _logical_id(destination: Any) -> str:
    """The resource of the template that an ARN is of, or nothing."""
    if not isinstance(destination, dict):
        return ""
    attribute = destination.get("Fn::GetAtt")
    return str(attribute[0]) if isinstance(attribute, list) else str(destination.get("Ref") or "")


def _is_function(destination: Any, resources: Mapping[str, Any]) -> bool:
    if isinstance(destination, str):
        return destination.startswith("arn:aws:lambda")
    return bool(resources.get(_logical_id(destination), {}).get("Type") == "AWS::Lambda::Function")
