"""How asynchronous invokes are tried again, and what is told of how they end."""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, destinations, rules, view
from stratolite.services.lambda_.domain import LATEST, EventInvokeConfig, FunctionName
from stratolite.services.lambda_.names import function_name, invalid, not_found

LISTED_MAX = 50


def put_function_event_invoke_config(
    call: Call, lambda_: Lambda, request: api.PutFunctionEventInvokeConfigRequest
) -> api.FunctionEventInvokeConfig:
    """Set; what is not named goes back to AWS's default."""
    name = _existing(call, lambda_, request["FunctionName"], request.get("Qualifier", ""))
    _check(lambda_, name, request)
    config = EventInvokeConfig(
        name,
        request.get("MaximumRetryAttempts"),
        request.get("MaximumEventAgeInSeconds"),
        call.now_ms,
        *_destinations(request),
    )
    lambda_.store.put_event_invoke_config(config)
    return view.event_invoke_config(config)


def update_function_event_invoke_config(
    call: Call, lambda_: Lambda, request: api.UpdateFunctionEventInvokeConfigRequest
) -> api.FunctionEventInvokeConfig:
    """Change; what is not named stays. Destinations are named together."""
    name = _existing(call, lambda_, request["FunctionName"], request.get("Qualifier", ""))
    _check(lambda_, name, request)
    old = _require(lambda_, name)
    config = EventInvokeConfig(
        name,
        request.get("MaximumRetryAttempts", old.retries),
        request.get("MaximumEventAgeInSeconds", old.age_s),
        call.now_ms,
        *(_destinations(request) if "DestinationConfig" in request else (old.on_success, old.on_failure)),
    )
    lambda_.store.put_event_invoke_config(config)
    return view.event_invoke_config(config)


def get_function_event_invoke_config(
    call: Call, lambda_: Lambda, request: api.GetFunctionEventInvokeConfigRequest
) -> api.FunctionEventInvokeConfig:
    """The settings of a function and qualifier."""
    return view.event_invoke_config(_require(lambda_, _named(call, request["FunctionName"], request.get("Qualifier"))))


def delete_function_event_invoke_config(
    call: Call, lambda_: Lambda, request: api.DeleteFunctionEventInvokeConfigRequest
) -> None:
    """Go back to AWS's defaults."""
    name = _named(call, request["FunctionName"], request.get("Qualifier"))
    _require(lambda_, name)
    lambda_.store.delete_event_invoke_config(name)


def list_function_event_invoke_configs(
    call: Call, lambda_: Lambda, request: api.ListFunctionEventInvokeConfigsRequest
) -> api.ListFunctionEventInvokeConfigsResponse:
    """The settings of every qualifier of a function."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    if lambda_.store.function(name) is None:
        raise not_found("The function doesn't exist.")
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    marker = request.get("Marker", "")
    configs = [config for config in lambda_.store.event_invoke_configs(name) if config.name.qualifier > marker]
    answer: api.ListFunctionEventInvokeConfigsResponse = {
        "FunctionEventInvokeConfigs": [view.event_invoke_config(config) for config in configs[:limit]]
    }
    if len(configs) > limit:
        answer["NextMarker"] = configs[limit - 1].name.qualifier
    return answer


def _named(call: Call, text: str, qualifier: str | None) -> FunctionName:
    name = function_name(call, text, qualifier or "")
    return name.with_qualifier(name.qualifier or LATEST)


def _existing(call: Call, lambda_: Lambda, text: str, qualifier: str) -> FunctionName:
    name = _named(call, text, qualifier)
    number = rules.version_number(name.qualifier)
    known = lambda_.store.alias(name, name.qualifier) if number is None else lambda_.store.version(name, number)
    if known is None:
        raise not_found("The function doesn't exist.")
    return name


def _require(lambda_: Lambda, name: FunctionName) -> EventInvokeConfig:
    config = lambda_.store.event_invoke_config(name)
    if config is None:
        raise not_found(f"The function {name.qualified_arn} doesn't have an EventInvokeConfig")
    return config


def _check(lambda_: Lambda, name: FunctionName, request: Mapping[str, Any]) -> None:
    """Recorded: ``test_lambda_eventinvokeconfig_exceptions``."""
    settings = ("DestinationConfig", "MaximumRetryAttempts", "MaximumEventAgeInSeconds")
    if all(request.get(setting) in (None, {}) for setting in settings):
        raise invalid("You must specify at least one of error handling or destination setting.")
    destinations.check(lambda_, name, *_destinations(request))


def _destinations(request: Mapping[str, Any]) -> tuple[str, str]:
    """The ARNs for success and for failure; empty for nothing."""
    config = request.get("DestinationConfig", {})
    return config.get("OnSuccess", {}).get("Destination", ""), config.get("OnFailure", {}).get("Destination", "")
