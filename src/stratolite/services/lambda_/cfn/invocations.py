"""``AWS::Lambda::EventInvokeConfig``: what becomes of asynchronous invokes."""

from stratolite.core.resource_types import Made, ResourceType, Work

FUNCTION_PART = 6
"""Where an ARN has the function's name."""


def _put(work: Work) -> Made:
    arn = work.operate("PutFunctionEventInvokeConfig", work.properties)["FunctionArn"]
    # The function by its name, however the template names it: otherwise another form would look like another function,
    # and the cleanup would delete what the update has just put.
    return Made(f"{arn.split(':')[FUNCTION_PART]}|{work.properties['Qualifier']}")


def _delete(work: Work) -> None:
    request = {name: work.properties[name] for name in ("FunctionName", "Qualifier")}
    work.unless_gone("DeleteFunctionEventInvokeConfig", request)


RESOURCE_TYPES = (
    ResourceType(
        "AWS::Lambda::EventInvokeConfig",
        implemented=frozenset(
            {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
        ),
        create=_put,
        update=_put,
        delete=_delete,
    ),
)
