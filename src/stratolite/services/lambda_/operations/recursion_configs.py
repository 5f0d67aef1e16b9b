"""Whether a function may run in a recursive loop."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api
from stratolite.services.lambda_.names import function_name


def put_function_recursion_config(
    call: Call, lambda_: Lambda, request: api.PutFunctionRecursionConfigRequest
) -> api.PutFunctionRecursionConfigResponse:
    """Let loops go on (``Allow``), or have them stopped (``Terminate``, the default)."""
    name = function_name(call, request["FunctionName"])
    lambda_.store.require_function(name)
    lambda_.store.set_recursive_loop(name, request["RecursiveLoop"])
    return {"RecursiveLoop": request["RecursiveLoop"]}


def get_function_recursion_config(
    call: Call, lambda_: Lambda, request: api.GetFunctionRecursionConfigRequest
) -> api.GetFunctionRecursionConfigResponse:
    """What becomes of a loop of the function."""
    function = lambda_.store.require_function(function_name(call, request["FunctionName"]))
    return {"RecursiveLoop": function.recursive_loop}
