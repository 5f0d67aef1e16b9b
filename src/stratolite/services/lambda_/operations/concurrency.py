"""Reserved concurrency: how many executions of a function may run at the same time."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import LATEST, FunctionName
from stratolite.services.lambda_.names import function_name, invalid


def put_function_concurrency(
    call: Call, lambda_: Lambda, request: api.PutFunctionConcurrencyRequest
) -> api.Concurrency:
    """Reserve; with 0 every invoke is throttled."""
    name = _unqualified(call, request["FunctionName"])
    lambda_.store.require_function(name, f"{name.arn}:{LATEST}")
    wanted = request["ReservedConcurrentExecutions"]
    provisioned = lambda_.provisioned.requested(name)
    left = lambda_.provisioned.unreserved(name) - wanted
    if left < rules.UNRESERVED_MIN:
        raise api.InvalidParameterValueException(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{rules.UNRESERVED_MIN}].",
            # This one error is recorded without a type.
            Type=None,
        )
    if wanted < provisioned:
        # Recorded with these spaces: ``test_reserved_provisioned_overlap``.
        raise api.InvalidParameterValueException(
            f" ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned "
            f"concurrency [{provisioned}].",
            Type=None,
        )
    lambda_.store.set_reserved(name, wanted)
    return {"ReservedConcurrentExecutions": wanted}


def get_function_concurrency(
    call: Call, lambda_: Lambda, request: api.GetFunctionConcurrencyRequest
) -> api.GetFunctionConcurrencyResponse:
    """What is reserved; nothing when nothing is."""
    function = lambda_.store.require_function(_unqualified(call, request["FunctionName"]))
    return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}


def delete_function_concurrency(call: Call, lambda_: Lambda, request: api.DeleteFunctionConcurrencyRequest) -> None:
    """Give the reservation back."""
    name = _unqualified(call, request["FunctionName"])
    lambda_.store.require_function(name, f"{name.arn}:{LATEST}")
    lambda_.store.set_reserved(name, None)


def _unqualified(call: Call, text: str) -> FunctionName:
    name = function_name(call, text)
    if name.qualifier:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
            "operation. Please specify either a function name or an unqualified function ARN."
        )
    return name
