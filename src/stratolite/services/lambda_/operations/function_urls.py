"""Function URLs: addresses that call functions. What happens there is in ``urls/``."""

import base64
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules, view
from stratolite.services.lambda_.domain import FunctionName
from stratolite.services.lambda_.names import function_name, not_found
from stratolite.services.lambda_.operations.permissions import ABSENT
from stratolite.services.lambda_.url_store import FunctionUrl

LISTED_MAX = 50
ID_BYTES = 20
FIRST = "$LATEST"
"""The marker of a page that ends with the function's own URL."""


def create_function_url_config(
    call: Call, lambda_: Lambda, request: api.CreateFunctionUrlConfigRequest
) -> api.CreateFunctionUrlConfigResponse:
    """Give a function or an alias an address. Who may use it is a matter of its policy."""
    name = _existing(call, lambda_, request["FunctionName"], request.get("Qualifier", ""))
    if lambda_.urls.of_function(name) is not None:
        raise api.ResourceConflictException(
            f"Failed to create function url config for [functionArn = {name.qualified_arn}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    url = FunctionUrl(
        base64.b32encode(lambda_.world.entropy.token_bytes(ID_BYTES)).decode().lower(),
        name,
        request["AuthType"],
        request.get("InvokeMode", ""),
        request.get("Cors", {}),
        call.now_ms,
        call.now_ms,
    )
    lambda_.urls.put(url)
    return view.created_url(url)


def update_function_url_config(
    call: Call, lambda_: Lambda, request: api.UpdateFunctionUrlConfigRequest
) -> api.UpdateFunctionUrlConfigResponse:
    """Change an address; what is not named stays."""
    old = _require(lambda_, _existing(call, lambda_, request["FunctionName"], request.get("Qualifier", "")))
    url = replace(
        old,
        auth_type=request.get("AuthType", old.auth_type),
        invoke_mode=request.get("InvokeMode", old.invoke_mode),
        cors=request.get("Cors", old.cors),
        modified_ms=call.now_ms,
    )
    lambda_.urls.put(url)
    return view.updated_url(url)


def get_function_url_config(
    call: Call, lambda_: Lambda, request: api.GetFunctionUrlConfigRequest
) -> api.GetFunctionUrlConfigResponse:
    """One address."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    return view.function_url(_require(lambda_, name))


def delete_function_url_config(call: Call, lambda_: Lambda, request: api.DeleteFunctionUrlConfigRequest) -> None:
    """Take an address away; another one of the same function will differ."""
    name = function_name(call, request["FunctionName"], request.get("Qualifier", ""))
    lambda_.urls.delete(_require(lambda_, name))


def list_function_url_configs(
    call: Call, lambda_: Lambda, request: api.ListFunctionUrlConfigsRequest
) -> api.ListFunctionUrlConfigsResponse:
    """The addresses of a function and its aliases."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    if lambda_.store.function(name) is None:
        raise not_found("Function does not exist")
    limit, marker = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX), request.get("Marker", "")
    urls = [url for url in lambda_.urls.urls(name) if not marker or _place(url) > ("" if marker == FIRST else marker)]
    answer: api.ListFunctionUrlConfigsResponse = {
        "FunctionUrlConfigs": [view.function_url(url) for url in urls[:limit]]
    }
    if len(urls) > limit:
        answer["NextMarker"] = _place(urls[limit - 1]) or FIRST
    return answer


def _place(url: FunctionUrl) -> str:
    return url.name.qualifier


def _existing(call: Call, lambda_: Lambda, text: str, qualifier: str) -> FunctionName:
    """A function or alias that is there (recorded: ``test_url_config_exceptions``)."""
    name = function_name(call, text, qualifier)
    if name.qualifier:
        is_there = rules.is_alias_name(name.qualifier) and lambda_.store.alias(name, name.qualifier) is not None
    else:
        is_there = lambda_.store.function(name) is not None
    if not is_there:
        raise not_found("Function does not exist")
    return name


def _require(lambda_: Lambda, name: FunctionName) -> FunctionUrl:
    url = lambda_.urls.of_function(name)
    if url is None:
        raise not_found(ABSENT)
    return url
